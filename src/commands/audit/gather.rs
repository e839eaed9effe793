//! Everything that an audit looks at, as a list of things to do.

use chrono::{DateTime, Utc};

use super::{Finding, Report, Rule};
use crate::commands::ages;
use crate::commands::ledger::verify::{self, Verdict};
use crate::core::ledger::{Due, Ledger, Severity, State};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::history;
use crate::ui::rotation::days;
use crate::vault::ages::Ages;
use crate::vault::exposure::{Exposure, Exposures, How};
use crate::vault::rotation;
use crate::vault::{LEDGER_PATH, Vault, View};

pub(super) fn gather(vault: &mut Vault, now: DateTime<Utc>) -> Result<Report, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let config = snapshot.config.clone()?;
    let ledger = snapshot.readable_ledger();
    let verdict = verify::verify(vault, &ledger, None)?;
    let dues = rotation::due(vault, &View::WorkTree, now)?;
    let ages = vault.ages()?;
    let exposures = vault.exposures()?;

    let mut findings = of_ledger(&verdict);
    findings.extend(dues.iter().filter_map(of_due));
    for exposure in &exposures.found {
        findings.push(of_exposure(vault, &ledger, exposure)?);
    }
    for age in &ages.values {
        let limit = config.environment(&age.environment).value_max_age_days;
        if let Some(limit) = limit.filter(|_| ages::is_over(age, limit, now)) {
            findings.push(Finding {
                rule: Rule::ValueTooOld,
                environment: Some(age.environment.clone()),
                path: age.path.clone(),
                line: age.value.line,
                name: printable(&age.name),
                what: format!(
                    "unchanged for {}, and the policy allows {}",
                    days(ages::age_days(age, now)),
                    days(limit.into())
                ),
                todo: change(&age.path),
            });
        }
    }
    findings.sort_by(|a, b| (a.rule, &a.path, a.line).cmp(&(b.rule, &b.path, b.line)));
    let outcome = outcome(&findings, &verdict, &ages, &exposures);
    Ok(Report {
        findings,
        untold: untold(&ages, &exposures),
        outcome,
    })
}

fn of_ledger(verdict: &Verdict) -> Vec<Finding> {
    let is_clean = verdict
        .findings
        .iter()
        .all(|finding| finding.problem.severity() == Severity::Notice)
        && verdict.gone.iter().all(|gone| gone.elsewhere);
    if is_clean {
        return Vec::new();
    }
    verdict
        .sentences()
        .into_iter()
        .map(|what| Finding {
            rule: Rule::Ledger,
            environment: None,
            path: LEDGER_PATH.as_bytes().to_vec(),
            line: 0,
            name: String::new(),
            what,
            todo: "run `git seal ledger verify`; a fork is settled by `git seal rotate`, \
                   anything else by restoring the file from history"
                .to_owned(),
        })
        .collect()
}

fn of_due(due: &Due) -> Option<Finding> {
    (due.state == State::Overdue).then(|| Finding {
        rule: Rule::KeyOverdue,
        environment: Some(due.environment.clone()),
        path: LEDGER_PATH.as_bytes().to_vec(),
        line: 0,
        name: String::new(),
        what: format!(
            "key {} of environment {} is {} old, overdue by {}",
            due.key_id.short(),
            due.environment,
            days(due.age_days.into()),
            days(due.overdue_days().into()),
        ),
        todo: format!(
            "git seal rotate --env {} --reason \"Scheduled rotation\"",
            due.environment
        ),
    })
}

fn of_exposure(vault: &Vault, ledger: &Ledger, exposure: &Exposure) -> Result<Finding, Failure> {
    let (rule, what) = match &exposure.how {
        How::CompromisedKey(key) => {
            let marked = ledger
                .entries()
                .iter()
                .find(|entry| entry.compromised && entry.previous.contains(key));
            let when = marked.map_or_else(String::new, |entry| {
                format!(
                    ", marked as compromised on {}",
                    entry.time.format("%Y-%m-%d")
                )
            });
            let what = format!("whoever has key {}{when}, knows this value", key.short());
            (Rule::ValueKnown, what)
        }
        How::PlainText(blob, path) => {
            let commit = history::commit_with(vault.repository(), blob)?;
            let commit =
                commit.map_or_else(String::new, |id| format!(", commit {}", &id.as_str()[..10]));
            let what = format!(
                "it stands in plain text in {} (blob {}{commit})",
                printable(path),
                &blob.as_str()[..10],
            );
            (Rule::ValueInPlainText, what)
        }
    };
    Ok(Finding {
        rule,
        environment: Some(exposure.environment.clone()),
        path: exposure.path.clone(),
        line: exposure.line,
        name: printable(&exposure.name),
        what,
        todo: change(&exposure.path),
    })
}

fn change(path: &[u8]) -> String {
    format!(
        "change it at its provider, put the new value into {}, commit",
        printable(path)
    )
}

fn outcome(findings: &[Finding], verdict: &Verdict, ages: &Ages, exposures: &Exposures) -> Outcome {
    let mut outcome = verdict.outcome().worse(ages::outcome(ages));
    if !findings.is_empty() {
        outcome = outcome.worse(Outcome::No);
    }
    if exposures.closed > 0 {
        outcome = outcome.worse(Outcome::NoKey);
    }
    if exposures.missing > 0 || exposures.too_large > 0 {
        outcome = outcome.worse(Outcome::Unknown);
    }
    outcome
}

fn untold(ages: &Ages, exposures: &Exposures) -> Vec<String> {
    let mut untold = Vec::new();
    if exposures.closed > 0 {
        untold.push(format!(
            "{} not open with the keys at hand: nothing can be told of that",
            match exposures.closed {
                1 => "one value does".to_owned(),
                number => format!("{number} values do"),
            }
        ));
    }
    let missing = exposures.missing.max(ages.missing);
    if missing > 0 {
        untold.push(format!("{missing} objects are missing from this clone"));
    }
    if ages.is_shallow {
        untold.push("history ends early in this shallow clone: `git fetch --unshallow`".to_owned());
    }
    if exposures.too_large > 0 {
        untold.push(format!(
            "{} blobs of more than 16 MiB were not searched",
            exposures.too_large
        ));
    }
    untold
}
