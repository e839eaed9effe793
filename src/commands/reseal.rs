//! `git seal reseal`: what is staged, brought to the current key and policy.

use std::path::PathBuf;

use crate::core::gitattributes;
use crate::core::printable::{argument, printable};
use crate::failure::{Failure, Outcome};
use crate::git::index::Entry;
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::Vault;

/// Bring stored files to the current key and policy
///
/// Seals again what is staged: plain text that was committed before the file was sealed, values under
/// a retired key, names that the policy clears or no longer clears. Work tree files and unstaged
/// edits stay as they are; the result is staged, ready to commit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  git seal reseal\n  git seal reseal .env config/")]
pub struct Args {
    /// Files or directories; all sealed files if none is given
    paths: Vec<PathBuf>,
}

/// Reseals the index.
///
/// # Errors
/// When a file cannot be resealed; nothing is changed then.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    super::setup::work_tree(vault.repository())?;
    let entries = chosen(&vault, &args.paths)?;
    let changed = vault.reseal_staged(&entries);
    Notices::new(ui).troubles(vault.troubles());
    let changed = changed.map_err(|(path, error)| Failure::sealing(&path, error))?;
    for entry in &changed {
        ui.say(&format!("resealed {}", printable(&entry.path)));
    }
    if changed.is_empty() {
        ui.note("everything staged is sealed under the current key and policy");
    } else {
        ui.hint("staged; commit with `git commit -m \"Reseal\"`");
    }
    vault.save();
    Ok(Outcome::Fine)
}

/// The sealed files at or below these paths; all of them where no path is given.
///
/// # Errors
/// When a path is outside the work tree, or names no sealed file.
pub fn chosen(vault: &Vault, paths: &[PathBuf]) -> Result<Vec<Entry>, Failure> {
    let all = vault.repository().sealed_entries()?;
    if paths.is_empty() {
        return Ok(all);
    }
    let mut chosen: Vec<Entry> = Vec::new();
    for path in paths {
        let wanted = vault.repository().relative(path)?;
        let below = [wanted.as_slice(), b"/"].concat();
        let before = chosen.len();
        chosen.extend(
            all.iter()
                .filter(|entry| {
                    wanted.is_empty() || entry.path == wanted || entry.path.starts_with(&below)
                })
                .cloned(),
        );
        if chosen.len() == before {
            let path = printable(&wanted);
            let failure = Failure::usage(format!("{path} is no sealed file that git tracks"));
            return Err(failure.hint(format!(
                "`git seal track {}` and `git add {}` make it one",
                argument(&gitattributes::escaped(&wanted)),
                vault.repository().here().argument(&wanted)
            )));
        }
    }
    chosen.sort_by(|a, b| a.path.cmp(&b.path));
    chosen.dedup_by(|a, b| a.path == b.path);
    Ok(chosen)
}
