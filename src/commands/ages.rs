//! `git seal ages`: since when each value is what it is, beside the age of the key that seals it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use console::Style;
use serde_json::json;

use super::setup::{usable_rules, work_tree};
use crate::core::environment::Environment;
use crate::core::ledger::{Due, time_text};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::ui::rotation::{days, due_style, due_text};
use crate::vault::ages::{Age, Ages, is_closed};
use crate::vault::rotation;
use crate::vault::{Vault, View};

/// Show when each value last changed, by whom, beside the age of its key
///
/// Two clocks: a rotation renews the key and leaves the values as they are. Sealing a value anew is
/// no change; where a rotation cannot be opened, the date is the latest possible one and marked so.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal ages\n  git seal ages --env production --json\n\n\
                  Exit code: 0 all told; 3 a key is missing to tell some; 4 a value does not \
                  authenticate; 5 history is missing in this clone."
)]
pub struct Args {
    /// This environment only
    #[arg(long, value_name = "ENV")]
    env: Option<Environment>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Shows the ages of what HEAD holds.
///
/// # Errors
/// When history or policies cannot be read.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    // The attributes are those of a work tree.
    work_tree(vault.repository())?;
    Notices::new(ui).troubles(vault.troubles());
    let now = Utc::now();
    let dues = rotation::due(&mut vault, &View::WorkTree, now)?;
    usable_rules(&mut vault)?;
    let mut ages = vault.ages()?;
    if let Some(wanted) = &args.env {
        ages.values.retain(|age| age.environment == *wanted);
        if ages.values.is_empty() && !dues.iter().any(|due| due.environment == *wanted) {
            return Err(Failure::usage(format!(
                "the ledger has no environment {wanted}"
            )));
        }
    }
    let limits = limits(&mut vault, &ages)?;
    if args.json {
        ui.say(&document(&ages, &dues, &limits, now).to_string());
    } else {
        show(ui, &ages, &dues, &limits, now);
    }
    Ok(outcome(&ages))
}

/// The policies' greatest age of a value, in days, by environment.
type Limits = BTreeMap<Environment, u32>;

fn limits(vault: &mut Vault, ages: &Ages) -> Result<Limits, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let config = snapshot.usable_config()?;
    let limit = |age: &Age| {
        let days = config.environment(&age.environment).value_max_age_days?;
        Some((age.environment.clone(), days))
    };
    Ok(ages.values.iter().filter_map(limit).collect())
}

/// Whole days since a value changed; 0 for a time in the future.
pub(super) fn age_days(age: &Age, now: DateTime<Utc>) -> i64 {
    ((now.timestamp() - age.time) / 86_400).max(0)
}

/// Whether a value is older than its policy allows; an unsure date is the latest possible one.
pub(super) fn is_over(age: &Age, limit: Option<u32>, now: DateTime<Utc>) -> bool {
    let is_secret = !age.value.empty && !age.is_clear;
    limit.is_some_and(|limit| is_secret && age_days(age, now) > limit.into())
}

/// What could not be told.
fn outcome(ages: &Ages) -> Outcome {
    if ages.values.iter().any(|age| age.is_forged) {
        return Outcome::NotAuthentic;
    }
    let mut unsure = ages.values.iter().filter(|age| !age.certain).peekable();
    let is_unsure = unsure.peek().is_some();
    let missing = ages.missing > 0 || (ages.is_shallow && is_unsure);
    match (missing, is_unsure) {
        (true, _) if !unsure.any(|age| is_closed(&age.value)) => Outcome::Unknown,
        (_, true) => Outcome::NoKey,
        (true, false) => Outcome::Unknown,
        (false, false) => Outcome::Fine,
    }
}

pub(super) fn written(age: &Age) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(age.time, 0)
}

fn document(ages: &Ages, dues: &[Due], limits: &Limits, now: DateTime<Utc>) -> serde_json::Value {
    let rows = ages.values.iter().map(|age| {
        let due = dues.iter().find(|due| due.environment == age.environment);
        json!({
            "path": printable(&age.path),
            "environment": age.environment.as_str(),
            "name": (!age.name.is_empty()).then(|| printable(&age.name)),
            "changed": written(age).map(time_text),
            "age_days": age_days(age, now),
            "certain": age.certain,
            "over_policy": is_over(age, limits.get(&age.environment).copied(), now),
            "author": printable(age.author.as_bytes()),
            "commit": age.commit.as_str(),
            "key_id": due.map(|due| due.key_id.to_string()),
            "key_age_days": due.map(|due| due.age_days),
        })
    });
    json!({
        "version": 1,
        "values": rows.collect::<Vec<_>>(),
        "missing_blobs": ages.missing,
        "shallow": ages.is_shallow,
    })
}

fn show(ui: &Ui, ages: &Ages, dues: &[Due], limits: &Limits, now: DateTime<Utc>) {
    if ages.values.is_empty() {
        ui.note("HEAD holds no sealed values");
    }
    let mut path: Option<&[u8]> = None;
    let width = ages
        .values
        .iter()
        .map(|age| label(age).chars().count())
        .max()
        .unwrap_or(0);
    for age in &ages.values {
        if path != Some(&age.path) {
            path = Some(&age.path);
            heading(ui, age, dues);
        }
        ui.say(&row(age, width, limits.get(&age.environment).copied(), now));
    }
    for age in ages.values.iter().filter(|age| age.is_forged) {
        ui.error(&format!(
            "{}: {} does not authenticate: it was changed, or moved from another variable",
            printable(&age.path),
            label(age)
        ));
    }
    if ages.values.iter().any(|age| !age.certain) {
        let why = if ages.is_shallow {
            "history ends there in this shallow clone (`git fetch --unshallow`)"
        } else {
            "it was sealed anew there, and telling whether it changed needs a key that is not at hand"
        };
        ui.hint(&format!("`at the latest`: {why}"));
    }
    if ages.missing > 0 {
        ui.warn(&format!(
            "{} blobs are missing from this clone: what they held is not counted",
            ages.missing
        ));
    }
}

fn heading(ui: &Ui, age: &Age, dues: &[Due]) {
    let key = match dues.iter().find(|due| due.environment == age.environment) {
        None => String::new(),
        Some(due) => format!(
            "  key {} is {} old, {}",
            due.key_id.short(),
            days(due.age_days.into()),
            due_style(due).apply_to(due_text(due)),
        ),
    };
    let path = Style::new().bold().apply_to(printable(&age.path));
    ui.say(&format!("{path}  {}{key}", age.environment));
}

fn label(age: &Age) -> String {
    if age.name.is_empty() {
        "(the whole file)".to_owned()
    } else {
        printable(&age.name)
    }
}

fn row(age: &Age, width: usize, limit: Option<u32>, now: DateTime<Utc>) -> String {
    let since = match written(age) {
        Some(time) => time.format("%Y-%m-%d").to_string(),
        None => "?".to_owned(),
    };
    let style = if is_over(age, limit, now) {
        Style::new().red().bold()
    } else {
        Style::new()
    };
    let unsure = if age.certain { "" } else { " at the latest" };
    let over = match limit.filter(|_| is_over(age, limit, now)) {
        Some(limit) => format!(" (policy: {})", days(limit.into())),
        None => String::new(),
    };
    let changed = format!("{since}{unsure}, {} ago{over}", days(age_days(age, now)));
    format!(
        "  {:width$}  {}  {}  {}",
        label(age),
        style.apply_to(changed),
        &age.commit.as_str()[..10],
        printable(age.author.as_bytes()),
    )
}
