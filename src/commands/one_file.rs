//! `git-seal clean` and `git-seal smudge`: one file per process, for clients that know no
//! long-running filter.

use std::ffi::OsString;
use std::io::Read as _;

use crate::failure::{Failure, Outcome};
use crate::git::paths;
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::{Origin, Vault};

/// Seal one file from standard input to standard output (called by git)
#[derive(Debug, clap::Args)]
pub struct CleanArgs {
    /// Its path from the top of the work tree
    path: OsString,
}

/// Open one file from standard input to standard output (called by git)
#[derive(Debug, clap::Args)]
pub struct SmudgeArgs {
    /// Its path from the top of the work tree
    path: OsString,
}

impl CleanArgs {
    pub(crate) fn of(path: OsString) -> Self {
        Self { path }
    }
}

impl SmudgeArgs {
    pub(crate) fn of(path: OsString) -> Self {
        Self { path }
    }
}

fn read_stdin() -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    std::io::stdin().lock().read_to_end(&mut content)?;
    Ok(content)
}

/// Seals standard input.
///
/// # Errors
/// When the content cannot be sealed; nothing is written then.
pub fn clean(args: &CleanArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let path = paths::to_bytes(&args.path);
    let content = read_stdin()?;
    let mut vault = Vault::open()?;
    let sealed = vault.clean(&path, content);
    Notices::new(ui).troubles(vault.troubles());
    let sealed =
        sealed.map_err(|error| Failure::adding(&vault.repository().here(), &path, error))?;
    ui.give(&sealed)?;
    vault.save();
    Ok(Outcome::Fine)
}

/// Opens standard input as far as possible.
///
/// # Errors
/// When standard input or output fails, or there is no repository.
pub fn smudge(args: &SmudgeArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let path = paths::to_bytes(&args.path);
    let content = read_stdin()?;
    let mut vault = Vault::open()?;
    let smudged = vault.check_out(&path, content, &Origin::default());
    let mut notices = Notices::new(ui);
    notices.troubles(vault.troubles());
    notices.about(&path, &smudged.notices);
    ui.give(&smudged.content)?;
    vault.save();
    Ok(Outcome::Fine)
}
