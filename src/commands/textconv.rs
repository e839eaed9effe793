//! `git-seal textconv FILE`: a file with its values masked, for git's own views. One process a blob:
//! start-up is all there is. Never fails: git would give up the whole diff.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use crate::core::mask::HIDDEN;
use crate::core::textconv::mask_file;
use crate::git::{Repository, paths};
use crate::ui::Ui;
use crate::vault::{Record, Vault};

/// The word on the command line.
pub const NAME: &str = "textconv";

/// What git config `seal.textconv` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Masked,
    Sealed,
    Plain,
}

/// Shows a file, from the words behind [`NAME`] to the exit code, which is always 0.
#[must_use]
pub fn main(words: &[OsString]) -> ExitCode {
    let shown = catch_unwind(AssertUnwindSafe(|| view(words)));
    let shown = shown.ok().flatten();
    // A reader that has gone away wants no more.
    let _ = Ui::new().give(&shown.unwrap_or_else(|| format!("{HIDDEN}\n").into_bytes()));
    ExitCode::SUCCESS
}

fn view(words: &[OsString]) -> Option<Vec<u8>> {
    let path = Path::new(words.first()?);
    let file = std::fs::read(path).ok()?;
    let Ok(repository) = Repository::discover() else {
        return Some(masked(&file, None));
    };
    match wanted(&repository) {
        View::Plain => Some(file),
        View::Masked => Some(masked(&file, Some(&repository))),
        View::Sealed => Some(sealed(path, &file, repository)),
    }
}

fn wanted(repository: &Repository) -> View {
    let setting = repository.config_in_process("seal.textconv").ok().flatten();
    match setting.as_deref() {
        Some("plain") => View::Plain,
        Some("sealed") => View::Sealed,
        // VS Code's git extension compares what `git show` prints with the open file. Its other
        // variables are set in its terminal too.
        Some("auto") if std::env::var_os("VSCODE_GIT_COMMAND").is_some_and(|c| c == "show") => {
            View::Plain
        }
        _ => View::Masked,
    }
}

/// The marks are keyed by the clone's own key; where that can't be kept, by one of this moment:
/// then equal values look changed, and nothing is told.
fn masked(file: &[u8], repository: Option<&Repository>) -> Vec<u8> {
    let kept = repository.and_then(|repository| Record::of(repository).clone_key());
    let key = kept.unwrap_or_else(|| {
        let mut key = [0; 32];
        match getrandom::fill(&mut key) {
            Ok(()) => key,
            Err(error) => panic!("no random bytes: {error}"),
        }
    });
    mask_file(file, &key).into_bytes()
}

/// As the repository has it. Git tells the base name only, which need not give the environment.
fn sealed(path: &Path, file: &[u8], repository: Repository) -> Vec<u8> {
    let name = paths::to_bytes(path.file_name().unwrap_or_default()).into_owned();
    let sealed = Vault::of(repository)
        .ok()
        .and_then(|mut vault| vault.clean(&name, file.to_vec()).ok());
    sealed.unwrap_or_else(|| masked(file, Repository::discover().ok().as_ref()))
}
