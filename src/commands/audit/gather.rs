//! Everything that an audit looks at, as a list of things to do.

use chrono::{DateTime, Utc};

use super::{Finding, Report, Rule};
use crate::commands::ledger::verify::{self, Verdict};
use crate::commands::{ages, setup};
use crate::core::config::CONFIG_PATH;
use crate::core::environment::Environment;
use crate::core::ledger::{Due, Ledger, Severity, State};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::history;
use crate::ui::rotation::{counted, days};
use crate::vault::ages::Ages;
use crate::vault::exposure::{Exposure, Exposures, How};
use crate::vault::rotation;
use crate::vault::{LEDGER_PATH, Vault, View};

pub(super) fn gather(vault: &mut Vault, now: DateTime<Utc>) -> Result<Report, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    if snapshot.ledger_text.is_none() {
        // "Nothing to do" would be believed.
        return Err(Failure::no_ledger());
    }
    let config = snapshot.config.clone()?;
    let ledger = snapshot.readable_ledger();
    let verdict = verify::verify(vault, &ledger, None)?;
    let dues = rotation::due(vault, &View::WorkTree, now)?;
    setup::usable_rules(vault)?;
    let ages = vault.ages()?;
    let exposures = vault.exposures()?;

    let mut findings = of_ledger(&verdict);
    findings.extend(dues.iter().filter_map(of_due));
    for exposure in &exposures.found {
        findings.push(of_exposure(vault, &ledger, exposure)?);
    }
    let mut unsure = 0_u32;
    for age in &ages.values {
        let limit = config.environment(&age.environment).value_max_age_days;
        let is_over = ages::is_over(age, limit, now);
        if limit.is_some() && !is_over && !age.certain && !age.is_clear {
            unsure += 1;
        }
        if let Some(limit) = limit.filter(|_| is_over) {
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
    let outcome = outcome(&findings, &verdict, &ages, &exposures, unsure);
    Ok(Report {
        findings,
        untold: untold(&verdict, &dues, &ages, &exposures, unsure),
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
        todo: if exposure.is_trivial {
            format!(
                "if it is no secret, add it to `clear` of [environment.{}] in {CONFIG_PATH} and run \
                 `git seal reseal`; otherwise {}",
                exposure.environment,
                change(&exposure.path)
            )
        } else {
            change(&exposure.path)
        },
    })
}

fn change(path: &[u8]) -> String {
    format!(
        "change the value at its provider, put the new one into {}, commit",
        printable(path)
    )
}

fn outcome(
    findings: &[Finding],
    verdict: &Verdict,
    ages: &Ages,
    exposures: &Exposures,
    unsure: u32,
) -> Outcome {
    let mut outcome = verdict.outcome();
    if ages.values.iter().any(|age| age.is_forged) {
        outcome = outcome.worse(Outcome::NotAuthentic);
    }
    if !findings.is_empty() {
        outcome = outcome.worse(Outcome::No);
    }
    let cut = ages.is_shallow || exposures.missing.max(ages.missing) > 0;
    if exposures.closed > 0 || !exposures.absent.is_empty() || (unsure > 0 && !cut) {
        outcome = outcome.worse(Outcome::NoKey);
    }
    if cut || exposures.too_large > 0 {
        outcome = outcome.worse(Outcome::Unknown);
    }
    outcome
}

fn untold(
    verdict: &Verdict,
    dues: &[Due],
    ages: &Ages,
    exposures: &Exposures,
    unsure: u32,
) -> Vec<String> {
    let mut untold = Vec::new();
    for age in ages.values.iter().filter(|age| age.is_forged) {
        let place = format!("{} {}", printable(&age.path), printable(&age.name));
        untold.push(format!(
            "{} does not authenticate: it was changed, or moved from another variable",
            place.trim_end()
        ));
    }
    for due in dues.iter().filter(|due| due.from_the_future.is_some()) {
        untold.push(format!(
            "an entry of environment {} is from the future: a clock is wrong, and the age of the key is not known",
            due.environment
        ));
    }
    if !verdict.unchecked.is_empty() {
        let names: Vec<&str> = verdict.unchecked.iter().map(Environment::as_str).collect();
        untold.push(format!(
            "not all MACs of the ledger were checked: the current key is not at hand, of environment {}",
            names.join(", ")
        ));
    }
    if exposures.closed > 0 {
        untold.push(format!(
            "{} not open with the keys at hand: nothing can be told of {}",
            match exposures.closed {
                1 => "one value does".to_owned(),
                number => format!("{number} values do"),
            },
            if exposures.closed == 1 { "it" } else { "them" }
        ));
    }
    if !exposures.absent.is_empty() {
        let ids: Vec<String> = exposures.absent.iter().map(|id| id.short()).collect();
        untold.push(format!(
            "what was sealed under compromised key {} does not open: values copied from there are not found",
            ids.join(", ")
        ));
    }
    if unsure > 0 {
        untold.push(format!(
            "{} may be older than the policy allows: see `git seal ages`",
            counted(unsure, "value")
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
