//! What is to be said about keys: when they are due, where else they are, and rotations under way.

use std::collections::{BTreeMap, BTreeSet};

use crate::commands::setup;
use crate::core::gitattributes::{self, ATTRIBUTES_PATH};
use crate::core::here::Here;
use crate::core::key::KeyId;
use crate::core::ledger::State;
use crate::core::standing::{Problem, Report, Severity};
use crate::failure::Failure;
use crate::git::paths;
use crate::ui::rotation::due_text;
use crate::vault::rotation::journal::{Journal, Running};
use crate::vault::{LEDGER_PATH, Vault, View};

pub(super) fn problems(vault: &Vault, report: &Report) -> Result<Vec<Problem>, Failure> {
    let mut problems = Vec::new();
    for standing in &report.environments {
        let (environment, due) = (&standing.environment, &standing.due);
        let (id, severity) = match due.state {
            State::Overdue => ("key-overdue", Severity::Unwell),
            State::Soon => ("key-due-soon", Severity::Notice),
            _ if due.from_the_future.is_some() => ("clock-wrong", Severity::Notice),
            _ => ("", Severity::Notice),
        };
        if !id.is_empty() {
            problems.push(
                Problem::of_work(
                    id,
                    format!(
                        "environment {environment}: key {} is {}",
                        due.key_id.short(),
                        due_text(due)
                    ),
                    match id {
                        // A rotation changes nothing about a clock.
                        "clock-wrong" => "date -u".to_owned(),
                        _ => format!("git seal rotate --env {environment}"),
                    },
                )
                .weighing(severity),
            );
        }
        if !standing.has_second_home {
            problems.push(
                Problem::of_work(
                    "no-second-home",
                    format!(
                        "environment {environment}: key {} is in this clone alone",
                        due.key_id.short()
                    ),
                    format!("git seal key export --env {environment}"),
                )
                .weighing(Severity::Notice),
            );
        }
    }
    let journal = Journal::read(vault.repository())?;
    for (environment, _) in journal.running.iter().flat_map(Running::keys) {
        problems.push(Problem::new(
            "rotation-interrupted",
            format!("environment {environment}: a rotation was interrupted"),
            "git seal rotate --continue, or --abort",
        ));
    }
    for one in &journal.prepared {
        let id = one.key_id().map(KeyId::short).unwrap_or_default();
        problems.push(
            Problem::of_work(
                "rotation-prepared",
                format!(
                    "environment {}: key {id} is prepared since {}",
                    one.environment, one.since
                ),
                format!(
                    "git seal rotate --finish --env {}, when everyone has it",
                    one.environment
                ),
            )
            .weighing(Severity::Notice),
        );
    }
    Ok(problems)
}

/// Environments that attributes name and that nobody has set up: the first file of one could not be
/// added.
pub(super) fn not_set_up(vault: &mut Vault, here: &Here) -> Result<Vec<Problem>, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let Some(ledger) = snapshot.lenient_ledger().filter(|l| !l.is_empty()) else {
        return Ok(Vec::new());
    };
    let is_attributes = |name: &[u8]| name == ATTRIBUTES_PATH.as_bytes();
    let tracked = vault.repository().entries_named(is_attributes)?;
    let mut files: BTreeSet<Vec<u8>> = tracked.into_iter().map(|entry| entry.path).collect();
    files.insert(ATTRIBUTES_PATH.into());
    let mut named = BTreeMap::new();
    for path in files {
        // One that is not on disk, or is a link, is told of elsewhere.
        let top = vault.repository().home();
        let text = setup::read_if_there(&top.join(paths::to_os(&path)));
        let text = text.ok().flatten().unwrap_or_default();
        for environment in gitattributes::environments(&text) {
            if ledger.heads(&environment).is_empty() {
                named.entry(environment).or_insert_with(|| path.clone());
            }
        }
    }
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let elsewhere = vault.every_ledger()?;
    Ok(named
        .into_iter()
        .map(|(environment, path)| {
            let what = format!(
                "its lines give files to environment {environment}, which is not set up: none can be sealed"
            );
            let advice = if elsewhere.heads(&environment).is_empty() {
                format!("git seal init --env {environment}, or take the lines out")
            } else {
                format!("another branch has set it up: merge that one, `git log --all -- {}` shows which",
 here.argument(LEDGER_PATH.as_bytes()))
            };
            Problem::new("environment-not-set-up", what, advice).in_file(&path)
        })
        .collect())
}
