//! `git seal status`: which files are protected, and whether they are sealed where they should be;
//! and `git seal` alone, the same in short.

use crate::core::standing::porcelain::{self, Ending};
use crate::core::standing::{Report, json};
use crate::failure::{Failure, Outcome};
use crate::git::GitError;
use crate::git::hooks::{self, HookName};
use crate::ui::Ui;
use crate::ui::standing::{brief, full};
use crate::vault::Vault;

use super::standing;

/// Show which files are protected, and whether they are sealed where they should be
///
/// For each protected file: its form in HEAD and in the index (sealed, plain, partly sealed, damaged),
/// what it is on disk (open, sealed, changed, absent), and its key: current, retired, or missing. For
/// each environment: its key, where that was found, and when it is due for rotation. Then whatever is
/// wrong, with what to do about it. `git seal` alone says the same in a few lines.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal status\n  git seal status --json\n  git seal status --porcelain -z\n\n\
                  Exit code: 0 all is well; 1 something is not; 2 the configuration cannot be used; \
                  3 a key is missing; 4 something does not authenticate; 5 it could not be told. \
                  Where several hold, the first of 2, 4, 1, 3, 5."
)]
pub struct Args {
    /// One JSON document
    #[arg(long, conflicts_with_all = ["porcelain", "nul"])]
    json: bool,
    /// Lines for scripts, in a form that is kept
    #[arg(long)]
    porcelain: bool,
    /// The same with NUL at the end of each record, and paths byte for byte
    #[arg(short = 'z', id = "nul")]
    nul: bool,
}

/// Shows the state.
///
/// # Errors
/// When the repository cannot be read.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    let report = standing::report(&mut vault)?;
    if args.json {
        ui.say(&json::document(&report).to_string());
    } else if args.nul {
        ui.give(&porcelain::records(&report, Ending::Nul))?;
    } else if args.porcelain {
        ui.give(&porcelain::records(&report, Ending::Line))?;
    } else {
        full(ui, &report);
    }
    vault.save();
    Ok(outcome(&report))
}

/// `git seal` alone: a few lines, and what to do next.
///
/// # Errors
/// When the repository cannot be read. That there is none is said, and is no error.
pub fn in_short(ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = match Vault::open() {
        Err(GitError::NotARepository) => {
            ui.say("not in a git repository");
            ui.say("next: git seal demo   # shows how it works");
            ui.say("      git seal init   # sets a repository up");
            return Ok(Outcome::Usage);
        }
        vault => vault?,
    };
    if vault.repository().work_tree().is_none() {
        return in_short_on_a_server(&vault, ui);
    }
    let report = standing::report(&mut vault)?;
    brief(ui, &report);
    vault.save();
    Ok(outcome(&report))
}

fn in_short_on_a_server(vault: &Vault, ui: &Ui) -> Result<Outcome, Failure> {
    ui.say("a bare repository: there is no work tree to seal files in");
    let hooks = hooks::survey(vault.repository())?;
    let guards = |name: HookName| hooks.unguarded(&[name]).is_empty();
    if guards(HookName::PreReceive) || guards(HookName::Update) {
        ui.say("it refuses pushes that bring plain text");
    } else {
        ui.say("next: git seal install --hooks   # has it refuse pushes that bring plain text");
    }
    Ok(Outcome::Fine)
}

fn outcome(report: &Report) -> Outcome {
    let problems = report.all_problems();
    let outcomes = problems.iter().map(|problem| problem.severity.into());
    outcomes.fold(Outcome::Fine, Outcome::worse)
}
