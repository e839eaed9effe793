//! Key ages as metrics for the node exporter's textfile collector: Prometheus' text exposition
//! format 0.0.4.

use std::fmt::Write as _;

use chrono::{DateTime, Days, NaiveTime, Utc};

use crate::core::ledger::{Due, State};

/// One sample per environment and metric; environments without a due date have no due timestamp.
#[must_use]
pub fn metrics(dues: &[Due], now: DateTime<Utc>) -> String {
    let mut out = String::new();
    family(
        &mut out,
        "git_seal_key_due_timestamp_seconds",
        "Unix time from which the key is overdue.",
        dues,
        |due| {
            let overdue = due.due?.checked_add_days(Days::new(1))?;
            Some(overdue.and_time(NaiveTime::MIN).and_utc().timestamp())
        },
    );
    family(
        &mut out,
        "git_seal_key_created_timestamp_seconds",
        "Unix time since which the key is in use, as the ledger claims.",
        dues,
        |due| Some(due.since.timestamp()),
    );
    family(
        &mut out,
        "git_seal_key_age_seconds",
        "Age of the key when these metrics were written.",
        dues,
        |due| Some((now - due.since).num_seconds().max(0)),
    );
    family(
        &mut out,
        "git_seal_key_overdue",
        "1 if the key should have been replaced already.",
        dues,
        |due| Some((due.state == State::Overdue).into()),
    );
    out
}

fn family(
    out: &mut String,
    name: &str,
    about: &str,
    dues: &[Due],
    value: impl Fn(&Due) -> Option<i64>,
) {
    let mut put = |text: String| writeln!(out, "{text}").expect("writing to a String succeeds");
    put(format!("# HELP {name} {about}"));
    put(format!("# TYPE {name} gauge"));
    for due in dues {
        if let Some(value) = value(due) {
            let environment = label(due.environment.as_str());
            put(format!("{name}{{environment=\"{environment}\"}} {value}"));
        }
    }
}

/// A label's value: backslash, quote and line feed are escaped.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ledger::RotationPolicy;
    use crate::core::ledger::samples::{chain, day};

    fn metrics_on(days: Option<u32>, on: i64) -> String {
        let policy = RotationPolicy {
            rotate_every_days: days,
            warn_before_days: 14,
        };
        metrics(&chain(&[1]).due(|_| policy, day(on)), day(on))
    }

    #[test]
    fn the_due_timestamp_is_the_moment_at_which_overdue_turns_to_one() {
        // Created on 1 January 2026 at noon, due on 11 January: overdue from the 12th.
        let text = metrics_on(Some(10), 11);
        for sample in [
            "git_seal_key_due_timestamp_seconds{environment=\"production\"} 1768176000\n",
            "git_seal_key_created_timestamp_seconds{environment=\"production\"} 1767268800\n",
            "git_seal_key_age_seconds{environment=\"production\"} 950400\n",
            "git_seal_key_overdue{environment=\"production\"} 1\n",
            "# TYPE git_seal_key_overdue gauge\n",
        ] {
            assert!(text.contains(sample), "{sample}{text}");
        }
        assert!(metrics_on(Some(10), 10).contains("overdue{environment=\"production\"} 0\n"));
    }

    #[test]
    fn without_a_due_date_there_is_no_due_timestamp() {
        let text = metrics_on(None, 1);
        assert!(!text.contains("due_timestamp_seconds{"));
        assert!(text.contains("age_seconds{environment=\"production\"} 86400\n"));
    }

    #[test]
    fn label_values_are_escaped() {
        assert_eq!(label("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
