//! The ledger as one page for auditors: nothing is loaded, nothing runs, every text is escaped.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};

use super::{joined, status};
use crate::core::environment::Environment;
use crate::core::ledger::{Due, Entry, Ledger, State, time_text};

/// Width of a timeline in its own units; the browser scales it.
const WIDTH: i64 = 1000;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}\
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886;vertical-align:top;\
overflow-wrap:anywhere}\
th,td:first-child,td:last-child{white-space:nowrap}code{font-size:.9em}h2{margin-top:2.5rem}\
.bad{color:#c00;font-weight:600}.soon{color:#a60}.scroll{overflow-x:auto}\
svg{width:100%;height:auto;display:block}svg text{font-size:13px;fill:currentColor}\
.bar{fill:#4a7db8}.bar.now{fill:#2f9e5b}.bar.late{fill:#c00}.due{stroke:#c00;stroke-dasharray:4 3}\
@media (prefers-color-scheme:dark){.bad{color:#f66}.soon{color:#fb4}.due{stroke:#f66}}\
@media print{body{margin:0;max-width:none}}";

/// A self-contained page: a summary, then each environment's timeline and entries. The findings of
/// verification, if any, stand on top, in the caller's words.
#[must_use]
pub fn page(ledger: &Ledger, dues: &[Due], findings: &[String], now: DateTime<Utc>) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Key rotation ledger</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Key rotation ledger</h1>\n<p>As of {}. Times and names are claims of those who wrote \
         the entries.</p>\n",
        time_text(now)
    );
    push_findings(&mut out, findings);
    push_summary(&mut out, dues);
    for due in dues {
        let heading = escaped(due.environment.as_str());
        push(&mut out, &format!("<h2>{heading}</h2>\n"));
        push_timeline(&mut out, ledger, due, now);
        push_entries(&mut out, ledger, &due.environment);
    }
    push(&mut out, "</body>\n</html>\n");
    out
}

fn push(out: &mut String, text: &str) {
    out.push_str(text);
}

fn push_findings(out: &mut String, findings: &[String]) {
    if findings.is_empty() {
        return;
    }
    push(out, "<h2 class=\"bad\">Verification found</h2>\n<ul>\n");
    for finding in findings {
        push(
            out,
            &format!("<li class=\"bad\">{}</li>\n", escaped(finding)),
        );
    }
    push(out, "</ul>\n");
}

fn push_summary(out: &mut String, dues: &[Due]) {
    push(
        out,
        "<div class=\"scroll\"><table>\n<thead><tr><th>Environment</th><th>Current key</th>\
         <th>Since</th><th>Age</th><th>Due</th><th>State</th></tr></thead>\n<tbody>\n",
    );
    for due in dues {
        let cells = [
            escaped(due.environment.as_str()),
            format!("<code>{}</code>", due.key_id),
            due.since.date_naive().to_string(),
            days(due.age_days.into()),
            due.due
                .map_or_else(|| "–".to_owned(), |date| date.to_string()),
            state(due),
        ];
        push_row(out, &cells);
    }
    push(out, "</tbody>\n</table></div>\n");
}

fn state(due: &Due) -> String {
    let mut text = match due.state {
        State::Ok => "fine".to_owned(),
        State::Soon => format!(
            "<span class=\"soon\">due in {}</span>",
            days(due.days_left.unwrap_or(0))
        ),
        State::Overdue => format!(
            "<span class=\"bad\">overdue by {}</span>",
            days(due.overdue_days().into())
        ),
        State::Unscheduled => "no rotation demanded".to_owned(),
    };
    if let Some(time) = due.from_the_future {
        write!(
            text,
            " <span class=\"bad\">an entry is dated {}: a clock is wrong</span>",
            time_text(time)
        )
        .expect("writing to a String succeeds");
    }
    text
}

fn days(number: i64) -> String {
    format!("{number} day{}", if number == 1 { "" } else { "s" })
}

fn push_entries(out: &mut String, ledger: &Ledger, environment: &Environment) {
    push(
        out,
        "<div class=\"scroll\"><table>\n<thead><tr><th>Time</th><th>Event</th><th>Key</th>\
         <th>Replaces</th><th>Who</th><th>Why</th><th>Sealed</th><th>Due</th></tr></thead>\n\
         <tbody>\n",
    );
    for entry in entries(ledger, environment) {
        push_row(out, &cells(ledger, entry));
    }
    push(out, "</tbody>\n</table></div>\n");
}

fn cells(ledger: &Ledger, entry: &Entry) -> [String; 8] {
    let leak = if entry.compromised {
        " <span class=\"bad\">compromised</span>"
    } else {
        ""
    };
    let files = if entry.files == 1 { "file" } else { "files" };
    [
        time_text(entry.time),
        escaped(entry.event.as_str()),
        format!("<code>{}</code> {}", entry.key_id, status(ledger, entry)),
        format!("<code>{}</code>{leak}", joined(&entry.previous)),
        escaped(&entry.who),
        escaped(&entry.reason),
        format!("{} {files}, {} values", entry.files, entry.values),
        entry
            .due
            .map_or_else(|| "–".to_owned(), |due| due.to_string()),
    ]
}

fn push_row(out: &mut String, cells: &[String]) {
    push(out, "<tr>");
    for cell in cells {
        push(out, &format!("<td>{cell}</td>"));
    }
    push(out, "</tr>\n");
}

fn entries<'a>(
    ledger: &'a Ledger,
    environment: &'a Environment,
) -> impl Iterator<Item = &'a Entry> {
    let all = ledger.entries().iter();
    all.filter(move |entry| entry.environment == *environment)
}

/// Time from left to right; places on it in the units of the drawing.
struct Scale {
    from: i64,
    span: i64,
}

impl Scale {
    fn x(&self, time: DateTime<Utc>) -> i64 {
        let into = i128::from(time.timestamp() - self.from) * i128::from(WIDTH);
        i64::try_from(into / i128::from(self.span)).map_or(WIDTH, |x| x.clamp(0, WIDTH))
    }
}

/// A bar per key, from its introduction to its replacement or to now, and a line at the due date.
fn push_timeline(out: &mut String, ledger: &Ledger, due: &Due, now: DateTime<Utc>) {
    let keys: Vec<&Entry> = entries(ledger, &due.environment)
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
    let height = 22 * keys.len() + 24;
    let name = escaped(due.environment.as_str());
    push(
        out,
        &format!(
            "<svg viewBox=\"-4 0 1008 {height}\" role=\"img\" aria-label=\"Timeline of {name}\">\n"
        ),
    );
    for (at, entry) in keys.iter().enumerate() {
        push_bar(out, &scale, ledger, entry, 22 * at, due, now);
    }
    if let Some(deadline) = deadline {
        let x = scale.x(deadline);
        push(
            out,
            &format!(
                "<line class=\"due\" x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"{}\"/>\n",
                height - 20
            ),
        );
    }
    let y = height - 6;
    push(
        out,
        &format!(
            "<text x=\"0\" y=\"{y}\">{}</text><text x=\"{WIDTH}\" y=\"{y}\" \
             text-anchor=\"end\">{}</text>\n</svg>\n",
            first.date_naive(),
            last.date_naive()
        ),
    );
}

fn push_bar(
    out: &mut String,
    scale: &Scale,
    ledger: &Ledger,
    entry: &Entry,
    y: usize,
    due: &Due,
    now: DateTime<Utc>,
) {
    use crate::core::ledger::KeyStatus;
    let (until, class) = match ledger.status_of(&entry.environment, entry.key_id) {
        KeyStatus::Retired { since, .. } => (since, "bar"),
        _ if due.state == State::Overdue => (now, "bar late"),
        _ => (now, "bar now"),
    };
    let left = scale.x(entry.time);
    let width = (scale.x(until) - left).max(2);
    // The label stands where there is room: right of what starts left, left of what starts right.
    let (x, anchor) = if left < WIDTH / 2 {
        (left + 6, "start")
    } else {
        (left - 6, "end")
    };
    push(
        out,
        &format!(
            "<rect class=\"{class}\" x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"4\"/>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{} {}</text>\n",
            y + 15,
            y + 12,
            entry.key_id.short(),
            status(ledger, entry)
        ),
    );
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
    use crate::core::ledger::samples::{chain, day, forged, key};

    fn page_on(ledger: &Ledger, on: i64, findings: &[String]) -> String {
        let policy = RotationPolicy {
            rotate_every_days: Some(90),
            warn_before_days: 14,
        };
        page(ledger, &ledger.due(|_| policy, day(on)), findings, day(on))
    }

    #[test]
    fn the_page_tells_of_every_key_and_what_is_overdue() {
        let text = page_on(&chain(&[1, 2]), 100, &[]);
        for number in [1, 2] {
            assert!(text.contains(&key(number).id().to_string()));
        }
        assert!(text.contains("<span class=\"bad\">overdue by 9 days</span>"));
        assert!(text.contains("Ada &lt;ada@example.org&gt;"));
        assert_eq!(text.matches("<rect ").count(), 2);
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
            assert!(page_on(&chain(&[1, 2]), on, &[]).contains("</svg>"));
        }
    }
}
