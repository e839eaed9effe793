//! The ledger as one page for auditors: nothing is loaded, nothing runs, every text is escaped.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};

use super::status;
use crate::core::environment::Environment;
use crate::core::key::KeyId;
use crate::core::ledger::{Due, Entry, KeyStatus, Ledger, State};

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8885;--bad:#c00;--soon:#a60;--used:#4a7db8;--now:#2f9e5b}\
@media (prefers-color-scheme:dark){:root{--bad:#f66;--soon:#fb4}}\
body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}\
h2{margin:2.5rem 0 .5rem;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}\
th,td{text-align:left;padding:.3rem 1rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}\
th,td,code{white-space:nowrap}td.text{white-space:normal;overflow-wrap:anywhere;min-width:12.5rem}\
code{font-size:.9em}small{opacity:.75;display:block}\
.bad{color:var(--bad);font-weight:600}.soon{color:var(--soon)}\
.line{display:grid;grid-template-columns:10.5rem 1fr;align-items:center;line-height:1.4}\
.track{position:relative;height:1.4em;border-left:1px solid var(--line)}\
.track i{position:absolute;top:.5em;height:.45em;min-width:3px;background:var(--used);border-radius:2px}\
.track i.now{background:var(--now)}.track i.late{background:var(--bad)}\
.track b{position:absolute;top:0;bottom:0;border-left:2px dashed var(--bad)}\
.axis{position:relative;height:1.5em;font-size:.85em;opacity:.75}.axis span{position:absolute;white-space:nowrap}\
@media screen and (max-width:48rem){thead{display:none}tr{display:block;border-bottom:1px solid var(--line);\
padding:.5rem 0}td,td.text{display:flex;gap:.5rem;border:0;padding:.1rem 0;white-space:normal}\
td::before{content:attr(data-of);flex:0 0 6.5rem;opacity:.75}td:empty{display:none}\
.line{grid-template-columns:5rem 1fr}.axis span:nth-child(2):not(:last-child){display:none}}\
@media print{@page{size:landscape;margin:12mm}body{margin:0;max-width:none;font-size:11px}td.text{min-width:8rem}tr,.line{break-inside:avoid}h2{break-after:avoid}\
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

/// What verification had to say, in the caller's words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verified<'a> {
    /// Everything that is wrong.
    pub findings: &'a [String],
    /// Environments whose current key was not at hand: not all of their MACs were checked.
    pub unchecked: &'a [Environment],
}

/// A self-contained page: what verification found, a summary, then each environment's timeline and
/// entries.
#[must_use]
pub fn page(ledger: &Ledger, dues: &[Due], verified: Verified<'_>, now: DateTime<Utc>) -> String {
    let overdue = dues.iter().filter(|due| due.state == State::Overdue);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Key rotation ledger</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Key rotation ledger</h1>\n<p>As of {}: {} and {}, {} overdue. Times and names are \
         claims of those who wrote the entries.</p>\n",
        minute(now),
        counted(dues.len(), "environment"),
        counted(ledger.entries().len(), "entr"),
        overdue.count(),
    );
    push_verified(&mut out, verified);
    push_summary(&mut out, ledger, dues);
    for due in dues {
        let heading = escaped(due.environment.as_str());
        writeln!(out, "<section>\n<h2>{heading}</h2>").expect(WRITES);
        push_timeline(&mut out, ledger, due, now);
        push_entries(&mut out, ledger, &due.environment, now);
        out.push_str("</section>\n");
    }
    writeln!(
        out,
        "<p><small>Written by git-seal {} from .seal/ledger.jsonl.</small></p>\n</body>\n</html>",
        env!("CARGO_PKG_VERSION")
    )
    .expect(WRITES);
    out
}

const WRITES: &str = "writing to a String succeeds";

fn push_verified(out: &mut String, verified: Verified<'_>) {
    if !verified.findings.is_empty() {
        out.push_str("<h2 class=\"bad\">Verification found</h2>\n<ul>\n");
        for finding in verified.findings {
            writeln!(out, "<li class=\"bad\">{}</li>", escaped(finding)).expect(WRITES);
        }
        out.push_str("</ul>\n");
    } else if verified.unchecked.is_empty() {
        out.push_str("<p>Verified: ids, order and the MACs of all keys are right.</p>\n");
    } else {
        out.push_str("<p>Verified: ids and order are right.</p>\n");
    }
    if !verified.unchecked.is_empty() {
        let names: Vec<String> = verified
            .unchecked
            .iter()
            .map(|name| escaped(name.as_str()))
            .collect();
        writeln!(
            out,
            "<p>Not all MACs were checked, for want of the current key: {}.</p>",
            names.join(", ")
        )
        .expect(WRITES);
    }
}

/// A cell: its column's name, and its markup.
type Cell = (&'static str, String);

/// Columns whose text may be long, and is broken anywhere.
const LONG: [&str; 4] = ["Environment", "State", "Who", "Why"];

fn push_table(out: &mut String, rows: &[Vec<Cell>]) {
    let Some(first) = rows.first() else { return };
    out.push_str("<table>\n<thead><tr>");
    for (name, _) in first {
        write!(out, "<th>{name}</th>").expect(WRITES);
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (name, cell) in row {
            let class = if LONG.contains(name) {
                " class=\"text\""
            } else {
                ""
            };
            // Elements side by side would each become a column of a narrow window's cell.
            let cell = if cell.contains('<') {
                format!("<div>{cell}</div>")
            } else {
                cell.clone()
            };
            write!(out, "<td{class} data-of=\"{name}\">{cell}</td>").expect(WRITES);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

fn push_summary(out: &mut String, ledger: &Ledger, dues: &[Due]) {
    let row = |due: &Due| {
        let date = due.due.map_or("–".to_owned(), |date| date.to_string());
        vec![
            ("Environment", escaped(due.environment.as_str())),
            ("Current key", code(due.key_id)),
            ("Since", due.since.date_naive().to_string()),
            ("Age", days(due.age_days.into())),
            ("Due", date),
            ("State", state(ledger, due)),
        ]
    };
    let rows: Vec<Vec<Cell>> = dues.iter().map(row).collect();
    push_table(out, &rows);
}

fn code(key: KeyId) -> String {
    format!("<code>{key}</code>")
}

fn state(ledger: &Ledger, due: &Due) -> String {
    let mut text = match due.state {
        State::Ok => "fine".to_owned(),
        State::Soon => format!(
            "<span class=\"soon\">due in {}</span>",
            days(due.days_left.unwrap_or(0))
        ),
        State::Overdue => bad(&format!("overdue by {}", days(due.overdue_days().into()))),
        State::Unscheduled => "no rotation demanded".to_owned(),
    };
    if ledger.is_forked(&due.environment) {
        text += &format!("<br>{}", bad("forked: one more rotation settles it"));
    }
    if let Some(time) = due.from_the_future {
        let said = format!("an entry is dated {}: a clock is wrong", minute(time));
        text += &format!("<br>{}", bad(&said));
    }
    text
}

fn bad(text: &str) -> String {
    format!("<span class=\"bad\">{text}</span>")
}

fn days(number: i64) -> String {
    format!("{number} day{}", if number == 1 { "" } else { "s" })
}

/// A number of things, by a word that takes an `s`, or one without its `y` that takes `ies`.
fn counted(number: usize, word: &str) -> String {
    let ending = match (word.ends_with('r'), number == 1) {
        (true, true) => "y",
        (true, false) => "ies",
        (false, true) => "",
        (false, false) => "s",
    };
    format!("{number} {word}{ending}")
}

/// To the minute: the seconds are in the other exports.
fn minute(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn push_entries(out: &mut String, ledger: &Ledger, environment: &Environment, now: DateTime<Utc>) {
    let rows: Vec<Vec<Cell>> = ledger
        .entries_of(environment)
        .map(|entry| cells(ledger, entry, now))
        .collect();
    push_table(out, &rows);
}

fn cells(ledger: &Ledger, entry: &Entry, now: DateTime<Utc>) -> Vec<Cell> {
    let mut replaced: Vec<String> = entry.previous.iter().map(|key| code(*key)).collect();
    if entry.compromised {
        replaced.push(bad("known to have leaked"));
    }
    let sealed = format!(
        "{}<small>{}</small>",
        counted(entry.files as usize, "file"),
        counted(entry.values as usize, "value")
    );
    vec![
        ("When", minute(entry.time)),
        ("Event", escaped(entry.event.as_str())),
        (
            "Key",
            format!(
                "{}<small>{}</small>",
                code(entry.key_id),
                status(ledger, entry)
            ),
        ),
        ("Replaces", replaced.join("<br>")),
        ("In use", in_use(ledger, entry, now)),
        ("Who", escaped(&entry.who)),
        ("Why", escaped(&entry.reason)),
        ("Sealed", sealed),
    ]
}

/// How long the entry's key sealed, and by how much it outlived the date that was promised.
fn in_use(ledger: &Ledger, entry: &Entry, now: DateTime<Utc>) -> String {
    if !entry.event.introduces_key() {
        return String::new();
    }
    let until = end_of_use(ledger, entry, now);
    let mut text = days((until - entry.time).num_days().max(0));
    let late = entry
        .due
        .map(|due| until.date_naive().signed_duration_since(due).num_days());
    if let Some(late) = late.filter(|late| *late > 0) {
        text += &format!("<br>{}", bad(&format!("{} late", days(late))));
    }
    text
}

/// When the entry's key was replaced; now, where it was not.
fn end_of_use(ledger: &Ledger, entry: &Entry, now: DateTime<Utc>) -> DateTime<Utc> {
    match ledger.status_of(&entry.environment, entry.key_id) {
        KeyStatus::Retired { since, .. } => since,
        _ => now,
    }
}

/// Time from left to right, in thousandths of the width.
struct Scale {
    from: i64,
    span: i64,
}

impl Scale {
    fn place(&self, time: DateTime<Utc>) -> i64 {
        let into = i128::from(time.timestamp() - self.from) * 1000;
        i64::try_from(into / i128::from(self.span)).map_or(1000, |place| place.clamp(0, 1000))
    }
}

/// Thousandths as CSS wants them.
fn percent(thousandths: i64) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

/// A bar per key, from its introduction to its replacement or to now, and a line at the due date.
fn push_timeline(out: &mut String, ledger: &Ledger, due: &Due, now: DateTime<Utc>) {
    let keys: Vec<&Entry> = ledger
        .entries_of(&due.environment)
        .filter(|entry| entry.event.introduces_key())
        .collect();
    let deadline = due.due.and_then(end_of);
    let times = || keys.iter().map(|entry| entry.time).chain([now]);
    let (Some(first), Some(last)) = (times().min(), times().chain(deadline).max()) else {
        return;
    };
    let scale = Scale {
        from: first.timestamp(),
        span: (last - first).num_seconds().max(1),
    };
    let name = escaped(due.environment.as_str());
    writeln!(
        out,
        "<div role=\"img\" aria-label=\"Timeline of the keys of {name}\">"
    )
    .expect(WRITES);
    for entry in keys {
        let until = end_of_use(ledger, entry, now);
        let class = match ledger.status_of(&entry.environment, entry.key_id) {
            KeyStatus::Retired { .. } => "used",
            _ if due.state == State::Overdue => "late",
            _ => "now",
        };
        let left = scale.place(entry.time);
        let mark = deadline.map_or(String::new(), |deadline| {
            format!("<b style=\"left:{}\"></b>", percent(scale.place(deadline)))
        });
        writeln!(
            out,
            "<div class=\"line\"><span><code>{}</code></span><span class=\"track\">\
             <i class=\"{class}\" style=\"left:{};width:{}\"></i>{mark}</span></div>",
            entry.key_id.short(),
            percent(left),
            percent((scale.place(until) - left).max(0)),
        )
        .expect(WRITES);
    }
    push_axis(out, first, last, due.due);
    out.push_str("</div>\n");
}

fn push_axis(out: &mut String, first: DateTime<Utc>, last: DateTime<Utc>, due: Option<NaiveDate>) {
    let middle = due.map_or(String::new(), |date| {
        format!("<span style=\"left:50%;translate:-50%\">dashed: due {date}</span>")
    });
    writeln!(
        out,
        "<div class=\"line\"><span></span><div class=\"axis\"><span style=\"left:0\">{}</span>{middle}\
         <span style=\"right:0\">{}</span></div></div>",
        first.date_naive(),
        last.date_naive()
    )
    .expect(WRITES);
}

/// The moment at which a due date has passed.
fn end_of(date: NaiveDate) -> Option<DateTime<Utc>> {
    let next = date.succ_opt()?;
    Some(next.and_hms_opt(0, 0, 0)?.and_utc())
}

/// Text for element content and quoted attributes. Control characters, and those that turn the
/// direction of writing, would let a text look like another.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.push('\u{fffd}');
            }
            _ if character.is_control() => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ledger::RotationPolicy;
    use crate::core::ledger::samples::{chain, day, forged, key, production};

    fn page_on(ledger: &Ledger, on: i64, findings: &[String]) -> String {
        let policy = RotationPolicy {
            rotate_every_days: Some(90),
            warn_before_days: 14,
        };
        let verified = Verified {
            findings,
            unchecked: &[production()],
        };
        page(ledger, &ledger.due(|_| policy, day(on)), verified, day(on))
    }

    #[test]
    fn the_page_tells_of_every_key_and_what_is_overdue() {
        let text = page_on(&chain(&[1, 2]), 100, &[]);
        for number in [1, 2] {
            assert!(text.contains(&key(number).id().to_string()));
        }
        assert!(text.contains("<span class=\"bad\">overdue by 9 days</span>"));
        assert!(text.contains("Ada &lt;ada@example.org&gt;"));
        assert_eq!(text.matches("<i class=").count(), 2);
        assert!(text.contains("1 environment and 2 entries, 1 overdue"));
        assert!(page_on(&chain(&[1]), 90, &[]).contains("due in 0 days"));
        assert!(!page_on(&chain(&[1]), 1, &[]).contains("class=\"bad\">overdue"));
    }

    #[test]
    fn nothing_in_an_entry_or_a_finding_becomes_markup() {
        let hostile = "<script>alert(1)</script>\"'&\u{202e}\u{1b}[31m";
        let entry = forged(&chain(&[1]).entries()[0], &[1], |entry| {
            entry.who = hostile.to_owned();
            entry.reason = hostile.to_owned();
        });
        let ledger = Ledger::default().with(entry);
        let text = page_on(&ledger, 1, &[hostile.to_owned()]);
        assert!(!text.contains("<script") && !text.contains(['\u{202e}', '\u{1b}']));
        assert_eq!(text.matches("&lt;script&gt;").count(), 3);
        assert!(text.contains("default-src 'none'"));
        assert!(!text.contains("http://") && !text.contains("https://"));
    }

    #[test]
    fn a_timeline_of_one_moment_or_of_the_future_is_drawn() {
        for on in [0, -400, 100_000] {
            let text = page_on(&chain(&[1, 2]), on, &[]);
            assert_eq!(text.matches("<i class=").count(), 2, "{text}");
            assert!(
                !text.contains("left:-") && !text.contains("width:-"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_key_that_outlived_its_date_is_told_even_when_it_is_replaced() {
        let mut ledger = Ledger::default();
        let mut meta = crate::core::ledger::samples::meta(0);
        meta.due = Some(crate::core::ledger::samples::date("2026-01-11"));
        let created = ledger.create(&production(), &key(1), meta);
        ledger = ledger.with(created.expect("creates"));
        let text = page_on(&ledger, 10, &[]);
        assert!(!text.contains(" late<"), "{text}");
        let replaced = crate::core::ledger::samples::rotated(&ledger, 2, &[1], 13);
        let text = page_on(&ledger.with(replaced), 20, &[]);
        assert!(text.contains("13 days<br><span class=\"bad\">3 days late</span>"));
        assert!(text.contains(">7 days</td>"), "{text}");
    }

    #[test]
    fn what_was_verified_is_said() {
        let said = |findings: &[String], unchecked: &[Environment]| {
            let mut out = String::new();
            let verified = Verified {
                findings,
                unchecked,
            };
            push_verified(&mut out, verified);
            out
        };
        assert!(said(&[], &[]).contains("MACs of all keys are right"));
        assert!(!said(&["x".to_owned()], &[]).contains("right"));
        let partly = said(&[], &[production()]);
        assert!(partly.contains("Not all MACs") && partly.contains("production"));
    }
}
