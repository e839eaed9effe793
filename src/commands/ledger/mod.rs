//! `git seal ledger`: who replaced which key when and why, and whether the record holds.

mod due;
mod export;
mod show;
pub(crate) mod verify;

use std::path::Path;

use crate::core::ledger::Ledger;
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::staging;
use crate::ui::Ui;
use crate::vault::{LEDGER_PATH, Vault, View};

/// Show, verify or export the ledger of keys
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show every entry, and each environment's keys on a timeline
    #[command(
        after_help = "Examples:\n  git seal ledger show\n  git seal ledger show --env production"
    )]
    Show(show::Args),
    /// Check ids, graph and, with a key, MACs; name every bad line
    #[command(
        after_help = "Examples:\n  git seal ledger verify\n  git seal ledger verify --against origin/main\n\n\
                      Exit code: 0 sound; 1 forked, or went backwards; 4 something is not what its author wrote.\n\
                      Without a key, MACs are not checked: exit code 3 if all else is sound."
    )]
    Verify(verify::Args),
    /// Say when each key is to be replaced
    #[command(
        after_help = "Examples:\n  git seal ledger due\n  git seal ledger due --format ics --output rotations.ics\n\n\
                            Exit code: 0 none is overdue; 1 one is; 4 the ledger is damaged."
    )]
    Due(due::Args),
    /// Write the ledger for auditors
    Export(export::Args),
}

/// Runs one of the actions.
///
/// # Errors
/// As the action says.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    match &args.action {
        Action::Show(args) => show::run(&mut vault, args, ui),
        Action::Verify(args) => verify::run(&mut vault, args, ui),
        Action::Due(args) => due::run(&mut vault, args, ui),
        Action::Export(args) => export::run(&mut vault, args, ui),
    }
}

/// The work tree's ledger; a repository without one is no mistake of the ledger's.
fn read(vault: &mut Vault) -> Result<Ledger, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    if snapshot.ledger_text.is_none() {
        return Err(Failure::no_ledger());
    }
    Ok(snapshot.readable_ledger().into_owned())
}

/// Says which lines could not be read, and what that makes of an answer.
fn tell_damage(ledger: &Ledger, ui: &Ui) -> Outcome {
    for damage in ledger.damage() {
        ui.error(&format!("{LEDGER_PATH}: {damage}"));
    }
    if ledger.damage().is_empty() {
        return Outcome::Fine;
    }
    ui.hint("this is what can be read of it; run `git seal ledger verify`");
    Outcome::NotAuthentic
}

/// Gives a document: to the file named, whole or not at all, or to standard output.
fn give(text: &str, output: Option<&Path>, ui: &Ui) -> Result<(), Failure> {
    match output {
        None => ui.give(text.as_bytes())?,
        Some(file) => {
            staging::write_whole(file, text.as_bytes())?;
            ui.note(&format!(
                "wrote {}",
                printable(file.as_os_str().as_encoded_bytes())
            ));
        }
    }
    Ok(())
}
