//! `git seal ledger show`: a table of entries, and a timeline of keys.

use chrono::{DateTime, Utc};
use console::Style;

use crate::core::environment::Environment;
use crate::core::ledger::{Due, Entry, KeyStatus, Ledger, State, report};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::ui::rotation::{counted, days, due_style, due_text};
use crate::ui::{pager, wrap};
use crate::vault::rotation;
use crate::vault::{Vault, View};

/// Columns at least, and at most: lines that are too long are hard to follow.
const MIN_WIDTH: usize = 60;
const MAX_WIDTH: usize = 110;
/// Columns where there is no terminal.
const ELSEWHERE: usize = 80;
/// In front of who and why, and in front of a timeline's axis.
const INDENT: &str = "      ";
const LABEL: &str = "           ";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// This environment only
    #[arg(long, value_name = "ENV")]
    env: Option<Environment>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(vault: &mut Vault, args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let ledger = super::read(vault)?;
    let now = Utc::now();
    let mut dues = rotation::due(vault, &View::WorkTree, now)?;
    let only = args.env.as_ref();
    if let Some(wanted) = only {
        dues.retain(|due| due.environment == *wanted);
        if dues.is_empty() {
            return Err(Failure::usage(format!(
                "the ledger has no environment {wanted}"
            )));
        }
    }
    if args.json {
        ui.say(&report::json::document(&ledger, &dues, only).to_string());
        return Ok(super::tell_damage(&ledger, ui));
    }
    let width = if pager::is_terminal() {
        pager::width().clamp(MIN_WIDTH, MAX_WIDTH)
    } else {
        ELSEWHERE
    };
    let parts: Vec<String> = dues
        .iter()
        .map(|due| {
            let entries: Vec<&Entry> = ledger.entries_of(&due.environment).collect();
            let rows: String = entries.iter().map(|e| row(&ledger, e, width)).collect();
            let bars = timeline(&ledger, &entries, due, now, width);
            format!("{}{rows}\n{bars}", heading(&ledger, due))
        })
        .collect();
    pager::show(&parts.join("\n"), vault.repository(), ui)?;
    Ok(super::tell_damage(&ledger, ui))
}

fn heading(ledger: &Ledger, due: &Due) -> String {
    let mut text = format!(
        "{}  key {} for {}, {}\n",
        Style::new().bold().apply_to(&due.environment),
        due.key_id.short(),
        days(due.age_days.into()),
        due_style(due).apply_to(due_text(due)),
    );
    if ledger.is_forked(&due.environment) {
        let fork = "forked: several keys are current; one more rotation settles it";
        text += &format!("  {}\n", Style::new().red().apply_to(fork));
    }
    text
}

/// An entry: what happened to which key and who did it, and below it why.
fn row(ledger: &Ledger, entry: &Entry, width: usize) -> String {
    let sealed = match (entry.files, entry.values) {
        (0, 0) => String::new(),
        (files, values) => format!("  {}, {}", counted(files, "file"), counted(values, "value")),
    };
    let mut text = format!(
        "  {}  {:6}  {}  {:8}{sealed}\n",
        entry.time.format("%Y-%m-%d %H:%M"),
        printable(entry.event.as_str().as_bytes()),
        entry.key_id.short(),
        report::status(ledger, entry),
    );
    let why = format!(
        "{}: {}",
        printable(entry.who.as_bytes()),
        printable(entry.reason.as_bytes())
    );
    for line in wrap::lines(&why, width - INDENT.len()) {
        text += &format!("{INDENT}{line}\n");
    }
    if entry.compromised {
        let style = Style::new().red();
        let said = "the key replaced here is known to have leaked";
        text += &format!("{INDENT}{}\n", style.apply_to(said));
    }
    text
}

/// A bar per key, from its introduction to its replacement or to now; `│` is the due date.
fn timeline(
    ledger: &Ledger,
    entries: &[&Entry],
    due: &Due,
    now: DateTime<Utc>,
    width: usize,
) -> String {
    let width = width - LABEL.len();
    let keys: Vec<&&Entry> = entries
        .iter()
        .filter(|entry| entry.event.introduces_key())
        .collect();
    let deadline = due
        .due
        .and_then(|date| date.and_hms_opt(23, 59, 59))
        .map(|end| end.and_utc());
    let times = || keys.iter().map(|entry| entry.time).chain([now]);
    let (Some(first), Some(last)) = (times().min(), times().chain(deadline).max()) else {
        return String::new();
    };
    let column = |time: DateTime<Utc>| {
        let span = i128::from((last - first).num_seconds().max(1));
        let into = i128::from((time - first).num_seconds()) * (width as i128 - 1);
        usize::try_from(into / span).unwrap_or(0).min(width - 1)
    };
    let mut text = String::new();
    for entry in keys {
        let (until, style) = match ledger.status_of(&entry.environment, entry.key_id) {
            KeyStatus::Retired { since, .. } => (since, Style::new().dim()),
            _ if due.state == State::Overdue => (now, Style::new().red()),
            _ => (now, Style::new().green()),
        };
        let (from, until) = (column(entry.time), column(until));
        let bar: String = (0..width)
            .map(|at| match at {
                _ if at >= from && at <= until => '━',
                _ if deadline.is_some_and(|deadline| column(deadline) == at) => '│',
                _ => ' ',
            })
            .collect();
        text += &format!(
            "  {} {}\n",
            entry.key_id.short(),
            style.apply_to(bar.trim_end())
        );
    }
    let due = due
        .due
        .map_or(String::new(), |date| format!("│ due {date}"));
    let ends = [first, last].map(|end| end.format("%Y-%m-%d").to_string());
    let room = width.saturating_sub(ends[0].len() + ends[1].len());
    text + &format!("{LABEL}{}{due:^room$}{}\n", ends[0], ends[1])
}
