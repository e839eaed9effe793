//! The ledger as a table for spreadsheets: CSV, RFC 4180.

use super::{joined, status};
use crate::core::ledger::{Entry, Ledger, time_text};

const COLUMNS: [&str; 15] = [
    "line",
    "time",
    "environment",
    "event",
    "key_id",
    "status",
    "previous",
    "compromised",
    "due",
    "files",
    "values",
    "who",
    "reason",
    "id",
    "parents",
];

/// One row per entry, in the order of the lines, under a row of column names. Lines end in CR LF.
#[must_use]
pub fn table(ledger: &Ledger) -> String {
    let mut out = row(&COLUMNS.map(str::to_owned));
    for entry in ledger.entries() {
        out.push_str(&row(&cells(ledger, entry)));
    }
    out
}

fn cells(ledger: &Ledger, entry: &Entry) -> [String; COLUMNS.len()] {
    [
        ledger.line_of(entry.id).to_string(),
        time_text(entry.time),
        entry.environment.to_string(),
        entry.event.to_string(),
        entry.key_id.to_string(),
        status(ledger, entry).to_owned(),
        joined(&entry.previous),
        entry.compromised.to_string(),
        entry.due.map_or_else(String::new, |due| due.to_string()),
        entry.files.to_string(),
        entry.values.to_string(),
        entry.who.clone(),
        entry.reason.clone(),
        entry.id.to_string(),
        joined(&entry.parents),
    ]
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    cells.join(",") + "\r\n"
}

/// A cell. Spreadsheets run what starts like a formula (OWASP, "CSV Injection"): an apostrophe in
/// front makes it text, at the price of being seen by other readers.
///
/// Where commas are decimal points, a spreadsheet splits at semicolons instead, and knows no quote
/// in the middle of what it takes for a cell: there, a cell starts behind every separator.
fn escaped(text: &str) -> String {
    let mut defused = String::with_capacity(text.len());
    let mut at_start = true;
    for character in text.chars() {
        match character {
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' if at_start => {
                defused.push('\'');
                at_start = false;
            }
            ';' | '\t' | '\r' | '\n' => at_start = true,
            ' ' | '"' => {}
            _ => at_start = false,
        }
        defused.push(character);
    }
    let text = defused;
    if text.contains([',', '"', '\r', '\n', ';', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ledger::samples::{chain, forged};

    #[test]
    fn every_entry_is_a_row_of_as_many_cells_as_there_are_columns() {
        let text = table(&chain(&[1, 2]));
        let rows: Vec<Vec<&str>> = text.lines().map(|row| row.split(',').collect()).collect();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.len() == COLUMNS.len()));
        assert_eq!(
            rows[1][1..4],
            ["2026-01-01T12:00:00Z", "production", "create"]
        );
        assert_eq!((rows[1][5], rows[2][5]), ("retired", "current"));
    }

    #[test]
    fn cells_are_quoted_and_never_run() {
        assert_eq!(escaped("plain"), "plain");
        assert_eq!(escaped("a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\"");
        assert_eq!(escaped("=1+2"), "'=1+2");
        assert_eq!(escaped("@x,y"), "\"'@x,y\"");
        assert_eq!(escaped(" \t=1"), "\" \t'=1\"");
        assert_eq!(escaped("x;=1;\"-2\";3-4"), "\"x;'=1;\"\"'-2\"\";3-4\"");
        assert_eq!(escaped("x\r\n+1"), "\"x\r\n'+1\"");
        assert_eq!(escaped("a-b = c"), "a-b = c");
        let entry = forged(&chain(&[1]).entries()[0], &[1], |entry| {
            entry.reason = "=HYPERLINK(\"x\")".to_owned();
        });
        let text = table(&Ledger::default().with(entry));
        assert!(text.contains(",\"'=HYPERLINK(\"\"x\"\")\","), "{text}");
    }
}
