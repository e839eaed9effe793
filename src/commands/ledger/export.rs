//! `git seal ledger export`: the ledger for auditors.

use std::path::PathBuf;

use chrono::Utc;

use super::{give, verify};
use crate::core::ledger::report;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::vault::rotation;
use crate::vault::{Vault, View};

/// The form of the document.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// A table for spreadsheets (RFC 4180)
    Csv,
    /// One JSON document
    Json,
    /// One page that needs nothing else: timelines, ages, who and why
    Html,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal ledger export --format html -o ledger.html\n  git seal ledger export --format csv > ledger.csv"
)]
pub(super) struct Args {
    /// The form of the document
    #[arg(long, value_enum)]
    format: Format,
    /// Write to this file, whole or not at all
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(vault: &mut Vault, args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let ledger = super::read(vault)?;
    let now = Utc::now();
    let dues = rotation::due(vault, &View::WorkTree, now)?;
    let text = match args.format {
        Format::Csv => report::csv::table(&ledger),
        Format::Json => format!("{}\n", report::json::document(&ledger, &dues, None)),
        Format::Html => {
            let mut verdict = verify::verify(vault, &ledger, None)?;
            // That another branch is ahead is no fault of this ledger.
            verdict.gone.retain(|gone| !gone.elsewhere);
            let verified = report::Verified {
                findings: &verdict.sentences(),
                unchecked: &verdict.unchecked,
            };
            report::page(&ledger, &dues, verified, now)
        }
    };
    give(&text, args.output.as_deref(), ui)?;
    Ok(super::tell_damage(&ledger, ui))
}
