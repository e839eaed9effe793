//! What is to be said about keys: when they are due, where else they are, and rotations under way.

use crate::core::key::KeyId;
use crate::core::ledger::State;
use crate::core::standing::{Problem, Report, Severity};
use crate::failure::Failure;
use crate::ui::rotation::due_text;
use crate::vault::Vault;
use crate::vault::rotation::journal::{Journal, Running};

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
