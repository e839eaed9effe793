//! `git seal audit`: what is overdue, and which values others may know, in one answer.

mod gather;
mod markdown;
mod sarif;

use chrono::Utc;
use console::Style;
use serde_json::{Value, json};

use super::setup::work_tree;
use crate::core::environment::Environment;
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::Vault;

/// List what is overdue and which values must be changed, for CI and for the person on call
///
/// Keys overdue; values older than their policy allows; values that a compromised key ever opened,
/// or that stand in plain text anywhere in history: change each at its provider and in its file, and
/// it leaves the list. Looks at what HEAD holds and at every blob that a ref reaches, and verifies
/// the ledger.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal audit\n  git seal audit --format markdown > leak.md\n\n\
                  Exit code: 0 nothing to do; 1 something is; 3 a key is missing to tell; \
                  4 the ledger or a value does not authenticate; 5 objects are missing in this clone."
)]
pub struct Args {
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// For code scanning (SARIF 2.1.0)
    Sarif,
    /// For an issue or a pull request
    Markdown,
}

/// What kind of thing was found. The words are published and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    Ledger,
    KeyOverdue,
    ValueKnown,
    ValueInPlainText,
    ValueTooOld,
}

impl Rule {
    pub(crate) const ALL: [Self; 5] = [
        Self::Ledger,
        Self::KeyOverdue,
        Self::ValueKnown,
        Self::ValueInPlainText,
        Self::ValueTooOld,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::KeyOverdue => "key-overdue",
            Self::ValueKnown => "value-readable-under-compromised-key",
            Self::ValueInPlainText => "value-in-plain-text-in-history",
            Self::ValueTooOld => "value-too-old",
        }
    }

    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Ledger => "The ledger of keys does not hold",
            Self::KeyOverdue => "A key is older than its policy allows",
            Self::ValueKnown => "A key marked as compromised opened this very value",
            Self::ValueInPlainText => "This very value stands in plain text in history",
            Self::ValueTooOld => "A value is older than its policy allows",
        }
    }
}

/// One thing to do.
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) environment: Option<Environment>,
    pub(crate) path: Vec<u8>,
    /// In the stored file, from 1; 0 where there is none.
    pub(crate) line: usize,
    /// The variable, safe to show; empty where there is none.
    pub(crate) name: String,
    /// What was found, in one sentence without its full stop.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) todo: String,
}

/// All that was found, and what could not be told.
pub(crate) struct Report {
    pub(crate) findings: Vec<Finding>,
    /// Sentences about what could not be told.
    pub(crate) untold: Vec<String>,
    pub(crate) outcome: Outcome,
}

/// Audits.
///
/// # Errors
/// When history or policies cannot be read.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    work_tree(vault.repository())?;
    Notices::new(ui).troubles(vault.troubles());
    let report = gather::gather(&mut vault, Utc::now())?;
    match if args.json { Format::Json } else { args.format } {
        Format::Text => show(ui, &report),
        Format::Json => ui.say(&document(&report).to_string()),
        Format::Sarif => ui.say(&sarif::document(&report).to_string()),
        Format::Markdown => ui.give(markdown::text(&report).as_bytes())?,
    }
    Ok(report.outcome)
}

fn document(report: &Report) -> Value {
    let findings = report.findings.iter().map(|finding| {
        json!({
            "rule": finding.rule.as_str(),
            "environment": finding.environment.as_ref().map(Environment::as_str),
            "path": printable(&finding.path),
            "line": finding.line,
            "name": (!finding.name.is_empty()).then_some(&finding.name),
            "what": finding.what,
            "todo": finding.todo,
        })
    });
    json!({
        "version": 1,
        "findings": findings.collect::<Vec<_>>(),
        "untold": report.untold,
        "exit_code": report.outcome as u8,
    })
}

/// `path NAME`, as far as there is one. People read the open file, where lines have other numbers than
/// in the sealed one.
fn place(finding: &Finding) -> String {
    let place = format!("{} {}", printable(&finding.path), finding.name);
    place.trim_end().to_owned()
}

fn show(ui: &Ui, report: &Report) {
    let mut rule = None;
    for (at, finding) in report.findings.iter().enumerate() {
        if rule.replace(finding.rule) != Some(finding.rule) {
            let style = Style::new().red().bold();
            ui.say(&style.apply_to(finding.rule.about()).to_string());
        }
        ui.say(&format!("  {}: {}", place(finding), finding.what));
        // What is to be done about several is said once, below the last of them.
        let next = report.findings.get(at + 1);
        if next.is_none_or(|next| (next.rule, &next.todo) != (finding.rule, &finding.todo)) {
            ui.say(&format!("    {}", finding.todo));
        }
    }
    report.untold.iter().for_each(|text| ui.warn(text));
    if report.untold.is_empty() && report.outcome == Outcome::Fine {
        ui.say("nothing to do: no key is overdue, no value is known to be readable for others");
    }
}
