//! `git seal ledger due`: dates for people, calendars and monitoring.

use std::path::PathBuf;

use chrono::Utc;

use super::give;
use crate::core::ledger::{Due, State, report};
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::ui::rotation::{due_style, due_text};
use crate::vault::rotation;
use crate::vault::{Vault, View};

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// A calendar to subscribe to (RFC 5545)
    Ics,
    /// Metrics for the node exporter's textfile collector
    Prometheus,
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write to this file, whole or not at all
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(vault: &mut Vault, args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let ledger = super::read(vault)?;
    let now = Utc::now();
    let dues = rotation::due(vault, &View::WorkTree, now)?;
    let format = if args.json { Format::Json } else { args.format };
    let text = match format {
        Format::Text => table(&dues),
        Format::Json => format!("{}\n", report::json::due_dates(&dues)),
        Format::Ics => report::ics::calendar(&dues, now),
        Format::Prometheus => report::prometheus::metrics(&dues, now),
    };
    give(&text, args.output.as_deref(), ui)?;
    let overdue = dues.iter().any(|due| due.state == State::Overdue);
    // A calendar and metrics say it themselves; a failing cron job would stop delivering them.
    let speaks = matches!(format, Format::Text | Format::Json);
    let outcome = super::tell_damage(&ledger, ui);
    Ok(if overdue && speaks {
        outcome.worse(Outcome::No)
    } else {
        outcome
    })
}

fn table(dues: &[Due]) -> String {
    let width = dues.iter().map(|due| due.environment.as_str().len()).max();
    let rows: Vec<String> = dues
        .iter()
        .map(|due| {
            format!(
                "{:width$}  {}  in use since {} ({} days)  {}\n",
                due.environment,
                due.key_id.short(),
                due.since.format("%Y-%m-%d"),
                due.age_days,
                due_style(due).apply_to(due_text(due)),
                width = width.unwrap_or(0),
            )
        })
        .collect();
    rows.concat()
}
