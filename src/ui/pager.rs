//! Long answers, shown as git shows its own: in the pager that git would use, on a terminal only.

use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use super::Ui;
use crate::git::{Repository, command};

/// What git sets for pagers that know it, where the user has not (git-config, `core.pager`).
const SETTINGS: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];
/// Columns where the output is no terminal and `COLUMNS` says nothing.
const COLUMNS: usize = 120;

/// Whether standard output is a terminal.
#[must_use]
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether to use colours on standard output: a terminal does, unless `NO_COLOR` is set.
#[must_use]
pub fn has_colours() -> bool {
    console::colors_enabled()
}

/// Columns of the terminal.
#[must_use]
pub fn width() -> usize {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let seen = console::Term::stdout().size_checked();
    told.or(seen.map(|(_, columns)| usize::from(columns)))
        .filter(|columns| *columns > 0)
        .unwrap_or(COLUMNS)
}

/// Shows a text in git's pager, or as it is where there is no terminal or no pager.
///
/// # Errors
/// When the text cannot be written.
pub fn show(text: &str, repository: &Repository, ui: &Ui) -> std::io::Result<()> {
    let pager = if is_terminal() && !text.is_empty() {
        pager(repository)
    } else {
        None
    };
    match pager {
        Some(pager) if page(text, &pager).is_ok() => Ok(()),
        _ => ui.give(text.as_bytes()),
    }
}

/// `GIT_PAGER`, `core.pager`, `PAGER`, or git's own choice; `None` for none.
fn pager(repository: &Repository) -> Option<String> {
    let answer = command::output(repository.git().args(["var", "GIT_PAGER"])).ok()?;
    let pager = String::from_utf8(answer).ok()?.trim().to_owned();
    (!pager.is_empty() && pager != "cat").then_some(pager)
}

fn page(text: &str, pager: &str) -> std::io::Result<()> {
    let mut command = Command::new("sh");
    command.args(["-c", pager]).stdin(Stdio::piped());
    for (name, value) in SETTINGS {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A pager that was quit reads no more.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait().map(drop)
}
