//! `git seal check`: what the hooks judge, for CI, servers and people.

mod history;
mod work_tree;

use chrono::Utc;

use super::setup::work_tree;
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::objects::ObjectId;
use crate::git::{Repository, changes};
use crate::ui::Ui;
use crate::ui::findings::Format;
use crate::ui::messages::Notices;
use crate::ui::rotation::days;
use crate::vault::guard::range;
use crate::vault::{Vault, View};

/// Check that nothing secret gets out: protected files sealed, no plaintext secret elsewhere
///
/// Judges stored content, never the work tree's files (except with --worktree). Needs no key; with one,
/// every sealed value must authenticate, and the values that this repository seals are searched for
/// everywhere.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal check                             # what is staged\n  \
                  git seal check --range origin/main..HEAD   # a pull request in CI\n  \
                  git seal check --all-history --format sarif\n\n\
                  Exit code: 0 nothing found; 1 found; 2 wrong usage or configuration; 4 something does not authenticate;\n\
                  5 could not tell (objects missing in a shallow or partial clone)."
)]
pub struct Args {
    /// What is staged (the default)
    #[arg(long, group = "what")]
    staged: bool,
    /// The commits of a range, one by one
    #[arg(long, group = "what", value_name = "A..B")]
    range: Option<String>,
    /// Every blob of every ref, once
    #[arg(long, group = "what")]
    all_history: bool,
    /// The files of the work tree that git tracks or would add
    #[arg(long, group = "what")]
    worktree: bool,
    /// Also fail when a key rotation is overdue
    #[arg(long)]
    rotation: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// JSON Lines; short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// Checks.
///
/// # Errors
/// When something cannot be read, or the rules are malformed.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    let format = if args.json { Format::Json } else { args.format };
    Notices::new(ui).troubles(vault.troubles());
    if args.range.is_none() && !args.all_history {
        work_tree(vault.repository())?;
    }
    let today = Utc::now().date_naive();
    let (found, known) = if let Some(range) = &args.range {
        refuse_shallow(&vault)?;
        let list = changes::commits(vault.repository(), std::slice::from_ref(range));
        if list.is_err() {
            refuse_unknown(vault.repository(), range)?;
        }
        let list = list?;
        range::commits(&mut vault, &list, today)?
    } else if args.all_history {
        refuse_shallow(&vault)?;
        history::judge(&mut vault, today, ui)?
    } else if args.worktree {
        work_tree::judge(&mut vault, today)?
    } else {
        range::staged(&mut vault, today)?
    };
    vault.save();
    let mut outcome = ui.findings(&found, format)?;
    ui.left_out(&known);
    outcome = outcome.worse(say_forks(&mut vault, ui)?);
    if args.rotation {
        outcome = outcome.worse(rotation(&mut vault, ui)?);
    }
    if outcome == Outcome::Fine && format == Format::Text {
        ui.note("nothing found");
    }
    Ok(outcome)
}

/// Says which environments have several current keys. The answer is no where any has; hooks only say
/// it, for the merge that makes a fork has to be committed before a rotation can settle it.
///
/// # Errors
/// When the ledger cannot be read.
pub fn say_forks(vault: &mut Vault, ui: &Ui) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::Fine;
    let snapshot = vault.snapshot(&View::WorkTree)?;
    if let Some(ledger) = snapshot.lenient_ledger() {
        for environment in ledger
            .environments()
            .filter(|environment| ledger.is_forked(environment))
        {
            ui.warn(&format!(
                "environment {environment} has several current keys (two branches rotated it)"
            ));
            ui.hint(&format!(
                "whoever has all of them settles it: git seal rotate --env {environment}"
            ));
            outcome = Outcome::No;
        }
    }
    Ok(outcome)
}

/// Refuses a range with an end that names no commit.
fn refuse_unknown(repository: &Repository, range: &str) -> Result<(), Failure> {
    let ends = range.split("..").map(|end| end.trim_start_matches('.'));
    for end in ends.filter(|end| !end.is_empty()) {
        if repository.commit_id(end)?.is_none() {
            // Whoever writes an id in full knows of a commit that this clone does not have.
            let is_id = end.parse::<ObjectId>().is_ok();
            let outcome = if is_id {
                Outcome::Unknown
            } else {
                Outcome::Usage
            };
            let end = printable(end.as_bytes());
            return Err(Failure::new(outcome, format!("{end} names no commit here"))
                .hint("correct it, or fetch it first: `git fetch`"));
        }
    }
    Ok(())
}

fn refuse_shallow(vault: &Vault) -> Result<(), Failure> {
    if vault
        .repository()
        .layout()
        .common_dir
        .join("shallow")
        .exists()
    {
        return Err(Failure::new(
            Outcome::Unknown,
            "this clone is shallow: what lies behind its end cannot be told",
        )
        .hint(
            "`git fetch --unshallow`; in GitHub Actions: actions/checkout with `fetch-depth: 0`",
        ));
    }
    Ok(())
}

fn rotation(vault: &mut Vault, ui: &Ui) -> Result<Outcome, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let (Some(ledger), Ok(config)) = (snapshot.lenient_ledger(), &snapshot.config) else {
        return Ok(Outcome::Usage);
    };
    let today = Utc::now();
    let mut outcome = Outcome::Fine;
    for due in ledger.due(|environment| config.rotation_policy(environment), today) {
        if due.overdue_days() > 0 {
            ui.error(&format!(
                "the key of environment {} is overdue by {}",
                due.environment,
                days(due.overdue_days().into())
            ));
            ui.hint(&format!(
                "git seal rotate --env {} --reason \"Scheduled rotation\"",
                due.environment
            ));
            outcome = Outcome::No;
        }
    }
    Ok(outcome)
}
