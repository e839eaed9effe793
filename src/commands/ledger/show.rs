//! `git seal ledger show`: a table of entries, and a timeline of keys.

use chrono::{DateTime, Utc};
use console::Style;

use crate::core::environment::Environment;
use crate::core::ledger::{Due, Entry, KeyStatus, Ledger, State, report};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::ui::rotation::{due_style, due_text};
use crate::vault::rotation;
use crate::vault::{Vault, View};

/// Columns of a timeline.
const WIDTH: usize = 48;

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
    let dues = rotation::due(vault, &View::WorkTree, now)?;
    if args.json {
        ui.say(&report::json::document(&ledger, &dues).to_string());
        return Ok(Outcome::Fine);
    }
    if let Some(wanted) = &args.env
        && !dues.iter().any(|due| due.environment == *wanted)
    {
        return Err(Failure::usage(format!(
            "the ledger has no environment {wanted}"
        )));
    }
    for damage in ledger.damage() {
        ui.error(&format!("{}: {damage}", crate::vault::LEDGER_PATH));
    }
    let shown = dues.iter().filter(|due| {
        args.env
            .as_ref()
            .is_none_or(|wanted| *wanted == due.environment)
    });
    for (number, due) in shown.enumerate() {
        if number > 0 {
            ui.say("");
        }
        show(ui, &ledger, due, now);
    }
    Ok(Outcome::Fine)
}

fn show(ui: &Ui, ledger: &Ledger, due: &Due, now: DateTime<Utc>) {
    let bold = Style::new().bold();
    ui.say(&format!(
        "{}  key {} for {} days, {}",
        bold.apply_to(&due.environment),
        due.key_id.short(),
        due.age_days,
        due_style(due).apply_to(due_text(due)),
    ));
    let entries: Vec<&Entry> = ledger
        .entries()
        .iter()
        .filter(|entry| entry.environment == due.environment)
        .collect();
    for entry in &entries {
        ui.say(&row(ledger, entry));
    }
    ui.say("");
    timeline(ui, ledger, &entries, due, now);
}

fn word(ledger: &Ledger, entry: &Entry) -> &'static str {
    match ledger.status_of(&entry.environment, entry.key_id) {
        KeyStatus::Current => "current",
        KeyStatus::Forked => "forked",
        KeyStatus::Retired { .. } => "retired",
        KeyStatus::Unknown => "unknown",
    }
}

fn row(ledger: &Ledger, entry: &Entry) -> String {
    let leak = if entry.compromised {
        format!(" {}", Style::new().red().apply_to("old key compromised"))
    } else {
        String::new()
    };
    format!(
        "  {}  {:6}  {} {:7}  {} files, {} values  {}  {}{leak}",
        entry.time.format("%Y-%m-%d %H:%M"),
        printable(entry.event.as_str().as_bytes()),
        entry.key_id.short(),
        word(ledger, entry),
        entry.files,
        entry.values,
        printable(entry.who.as_bytes()),
        printable(entry.reason.as_bytes()),
    )
}

/// A bar per key, from its introduction to its replacement or to now; `│` is the due date.
fn timeline(ui: &Ui, ledger: &Ledger, entries: &[&Entry], due: &Due, now: DateTime<Utc>) {
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
        return;
    };
    let column = |time: DateTime<Utc>| {
        let span = i128::from((last - first).num_seconds().max(1));
        let into = i128::from((time - first).num_seconds()) * (WIDTH as i128 - 1);
        usize::try_from(into / span).unwrap_or(0).min(WIDTH - 1)
    };
    for entry in keys {
        let (until, style) = match ledger.status_of(&entry.environment, entry.key_id) {
            KeyStatus::Retired { since, .. } => (since, Style::new().dim()),
            _ if due.state == State::Overdue => (now, Style::new().red()),
            _ => (now, Style::new().green()),
        };
        let (from, until) = (column(entry.time), column(until));
        let bar: String = (0..WIDTH)
            .map(|at| match at {
                _ if at >= from && at <= until => '━',
                _ if deadline.is_some_and(|deadline| column(deadline) == at) => '│',
                _ => ' ',
            })
            .collect();
        ui.say(&format!(
            "  {} {}",
            entry.key_id.short(),
            style.apply_to(bar)
        ));
    }
    ui.say(&format!(
        "           {:<half$}{:>rest$}",
        first.format("%Y-%m-%d").to_string(),
        last.format("%Y-%m-%d").to_string(),
        half = WIDTH / 2,
        rest = WIDTH - WIDTH / 2,
    ));
}
