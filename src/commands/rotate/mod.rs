//! `git seal rotate`: a new master key for an environment, and everything staged sealed under it.

mod branches;
mod keys;
mod reason;
mod say;
mod steps;

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::Utc;

use crate::core::environment::Environment;
use crate::core::ledger::Ledger;
use crate::core::printable::printable;
use crate::core::suites::Suite;
use crate::failure::{Failure, Outcome};
use crate::git::{Repository, changes, command};
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::rotation::journal::{Journal, RotationLock};
use crate::vault::rotation::{self, OpenFile, RotationError};
use crate::vault::{Vault, View};

use super::setup;

/// Renew an environment's key and seal everything staged under it
///
/// Opens every sealed file in the index under the key in use, makes a new key and keeps it, seals
/// each file under it, proves that it opens again, and stages files and ledger in one step. Work tree
/// files and unstaged edits stay as they are. Killed at any moment, it leaves the old state or the new
/// one; `--continue` ends what was interrupted. Values stay the same: what was readable under a
/// leaked key must be changed at its provider (`git seal audit` lists it).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal rotate --reason \"Quarterly rotation\"\n  \
                  git seal rotate --env production --compromised --reason \"Laptop stolen\" --commit\n  \
                  git seal rotate --prepare --reason \"Ada leaves\"   # hand the new key out; the old one still seals\n  \
                  git seal rotate --finish                          # when everyone has it"
)]
pub struct Args {
    /// The environment [default: default]
    #[arg(long, value_name = "ENV", conflicts_with = "all")]
    env: Option<Environment>,
    /// All environments in one step
    #[arg(long)]
    all: bool,
    /// Why; recorded in the ledger for ever, so no secrets
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The key in use is known to have leaked
    #[arg(long)]
    compromised: bool,
    /// Change how values are encrypted, in the whole repository: aes256-siv or fernet
    #[arg(long, value_name = "SUITE", value_parser = suite, conflicts_with_all = ["prepare", "finish", "env"])]
    suite: Option<Suite>,
    /// Prove that everything opens and seals, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the new key to this file too (made with mode 0600, never overwritten)
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    new_key_file: Option<PathBuf>,
    /// Take the new key from this environment variable instead of making one
    #[arg(long, value_name = "VAR", conflicts_with = "all")]
    key_from_env: Option<String>,
    /// Commit the result; refused where something else is staged
    #[arg(long)]
    commit: bool,
    /// Make the new key and stop: the old one seals until --finish
    #[arg(long, conflicts_with_all = ["finish", "commit", "dry_run"])]
    prepare: bool,
    /// Rotate to the prepared key
    #[arg(long)]
    finish: bool,
    /// End an interrupted rotation
    #[arg(long = "continue", conflicts_with_all = ["suite", "prepare", "finish", "abort", "env", "all", "reason", "compromised", "dry_run"])]
    go_on: bool,
    /// Take back an interrupted or prepared rotation; no key is deleted
    #[arg(long, conflicts_with_all = ["suite", "prepare", "finish", "reason", "compromised", "dry_run", "commit"])]
    abort: bool,
}

/// Rotates.
///
/// # Errors
/// When anything does not open or seal, or a key has nowhere to go; nothing is changed then.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    setup::work_tree(vault.repository())?;
    Notices::new(ui).troubles(vault.troubles());
    let Some(_lock) = RotationLock::take(vault.repository())? else {
        return Err(Failure::usage(
            "another rotation is at work in this clone: wait until it has ended",
        ));
    };
    let journal = Journal::read(vault.repository())?;
    if args.abort {
        return steps::abort(&mut vault, journal, args, ui);
    }
    if args.go_on {
        return steps::go_on(&mut vault, journal, args, ui);
    }
    if let Some(running) = &journal.running {
        let names: Vec<&str> = running.keys().map(|(env, _)| env.as_str()).collect();
        return Err(
            Failure::usage(format!("a rotation of {} was interrupted", names.join(", ")))
                .hint("end it with `git seal rotate --continue`, or take it back with `git seal rotate --abort`"),
        );
    }
    steps::begin(&mut vault, journal, args, ui)
}

fn suite(text: &str) -> Result<Suite, String> {
    let known = Suite::ALL.into_iter().find(|suite| suite.as_str() == text);
    known.ok_or_else(|| {
        let names = Suite::ALL.map(Suite::as_str);
        format!("there is no such suite; choose {}", names.join(" or "))
    })
}

/// The environments asked for, all of them in the ledger.
fn chosen(args: &Args, ledger: &Ledger) -> Result<BTreeSet<Environment>, Failure> {
    let all: BTreeSet<Environment> = ledger.environments().cloned().collect();
    if all.is_empty() {
        return Err(
            Failure::usage("nothing is sealed here: the ledger has no entry")
                .hint("run `git seal init` to set it up, or `git pull` if a colleague has"),
        );
    }
    // The suite is the repository's, not an environment's.
    if args.all || args.suite.is_some() {
        return Ok(all);
    }
    let wanted = args.env.clone().unwrap_or_else(Environment::default_name);
    if all.contains(&wanted) {
        return Ok(BTreeSet::from([wanted]));
    }
    let names: Vec<String> = all.iter().map(|name| format!("--env {name}")).collect();
    Err(
        Failure::usage(format!("the ledger has no environment {wanted}"))
            .hint(format!("choose one: {}, or --all", names.join(", "))),
    )
}

/// Opens everything, and refuses where a merge is not resolved.
fn open(
    vault: &mut Vault,
    environments: &BTreeSet<Environment>,
    suite: Option<Suite>,
) -> Result<Vec<OpenFile>, Failure> {
    let unmerged = changes::unmerged(vault.repository())?;
    if let Some(first) = unmerged.first() {
        return Err(Failure::usage(format!(
            "a merge is in progress: {} is not resolved",
            printable(first)
        ))
        .hint("resolve it, `git add` it, `git commit`, and rotate then"));
    }
    refuse_unfinished(vault.repository())?;
    Ok(rotation::open_all(vault, environments, suite)?)
}

/// Commands of git's that wait for their commit, by what they leave in the git directory.
const UNFINISHED: [(&str, &str, &str); 3] = [
    ("MERGE_HEAD", "merge", "git commit"),
    (
        "CHERRY_PICK_HEAD",
        "cherry-pick",
        "git cherry-pick --continue",
    ),
    ("REVERT_HEAD", "revert", "git revert --continue"),
];

/// The commit that is waited for would bring the rotation along, where nobody looks for it; and who
/// gives it up throws the new key's entry away.
fn refuse_unfinished(repository: &Repository) -> Result<(), Failure> {
    for (reference, what, finish) in UNFINISHED {
        let mut git = repository.git();
        git.args(["rev-parse", "--quiet", "--verify", reference]);
        if command::run(&mut git, None)?.status.success() {
            return Err(
                Failure::usage(format!("a {what} is in progress")).hint(format!(
                    "finish it with `{finish}`, or give it up with `git {what} --abort`, and rotate then"
                )),
            );
        }
    }
    Ok(())
}

fn ledger(vault: &mut Vault) -> Result<Ledger, RotationError> {
    Ok(vault.snapshot(&View::WorkTree)?.ledger.clone()?)
}

fn plan(
    vault: &Vault,
    keys: keys::NewKeys,
    reason: String,
    compromised: bool,
    suite: Option<Suite>,
) -> rotation::Plan {
    rotation::Plan {
        keys,
        reason,
        compromised,
        suite,
        who: setup::identity(vault.repository()),
        now: Utc::now(),
    }
}
