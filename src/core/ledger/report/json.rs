//! The ledger and its due dates as JSON rows. Shapes are documented in docs/JSON.md and kept.

use serde_json::{Value, json};

use super::status;
use crate::core::environment::Environment;
use crate::core::ledger::{Due, Entry, Ledger, time_text};

/// `{"version": 1, "entries": [...], "environments": [...]}`: entries in the order of their lines,
/// environments as in [`due_dates`]; with `only`, the entries of that environment.
#[must_use]
pub fn document(ledger: &Ledger, dues: &[Due], only: Option<&Environment>) -> Value {
    let rows = ledger.entries().iter();
    let rows = rows.filter(|entry| only.is_none_or(|only| entry.environment == *only));
    let rows: Vec<Value> = rows.map(|entry| entry_row(ledger, entry)).collect();
    json!({ "version": 1, "entries": rows, "environments": due_rows(dues) })
}

/// `{"version": 1, "environments": [...]}`, by name.
#[must_use]
pub fn due_dates(dues: &[Due]) -> Value {
    json!({ "version": 1, "environments": due_rows(dues) })
}

fn entry_row(ledger: &Ledger, entry: &Entry) -> Value {
    let texts = |ids: Vec<String>| Value::from(ids);
    json!({
        "line": ledger.line_of(entry.id),
        "id": entry.id.to_string(),
        "parents": texts(entry.parents.iter().map(ToString::to_string).collect()),
        "time": time_text(entry.time),
        "environment": entry.environment.as_str(),
        "event": entry.event.as_str(),
        "key_id": entry.key_id.to_string(),
        "status": status(ledger, entry),
        "previous": texts(entry.previous.iter().map(ToString::to_string).collect()),
        "compromised": entry.compromised,
        "due": entry.due.map(|due| due.to_string()),
        "suite": entry.suite,
        "files": entry.files,
        "values": entry.values,
        "who": entry.who,
        "reason": entry.reason,
    })
}

fn due_rows(dues: &[Due]) -> Vec<Value> {
    dues.iter().map(due_row).collect()
}

/// One environment's row.
#[must_use]
pub fn due_row(due: &Due) -> Value {
    json!({
        "environment": due.environment.as_str(),
        "key_id": due.key_id.to_string(),
        "since": time_text(due.since),
        "age_days": due.age_days,
        "due": due.due.map(|date| date.to_string()),
        "days_left": due.days_left,
        "overdue_days": due.overdue_days(),
        "state": due.state.as_str(),
        "from_the_future": due.from_the_future.map(time_text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ledger::RotationPolicy;
    use crate::core::ledger::samples::{chain, day, key};

    #[test]
    fn rows_carry_what_auditors_ask_and_no_key_material() {
        let ledger = chain(&[1, 2]);
        let policy = RotationPolicy {
            rotate_every_days: Some(90),
            warn_before_days: 14,
        };
        let document = document(&ledger, &ledger.due(|_| policy, day(100)), None);
        assert_eq!(
            document["entries"][1]["previous"][0],
            key(1).id().to_string()
        );
        assert_eq!(document["entries"][1]["who"], "Ada <ada@example.org>");
        assert_eq!(document["entries"][0]["due"], Value::Null);
        assert_eq!(document["environments"][0]["state"], "overdue");
        assert_eq!(document["environments"][0]["overdue_days"], 9);
        assert!(!document.to_string().contains("seal1:"));
    }
}
