//! Findings of the guard, for people and machines. The secret itself is never among it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::Ui;
use crate::core::printable::printable;
use crate::core::scan::Origin;
use crate::core::scan::report::{self, Reported};
use crate::failure::{Failure, Outcome};
use crate::vault::guard::{Known, Located, Standing};

/// The form in which findings are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// JSON Lines: one object a finding
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// GitHub annotations
    Github,
}

/// What `.seal/allow.jsonl` says, in one word.
#[must_use]
pub fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Allowed => "allowed",
        Standing::AllowedNotVerified => "allowed_not_verified",
        Standing::Expired => "expired",
    }
}

/// A finding as JSON.
#[must_use]
pub fn to_json(located: &Located) -> Value {
    let finding = &located.finding;
    let variables: Vec<Value> = match &finding.origin {
        Origin::Known(owners, _) => owners
            .iter()
            .map(|owner| json!({ "environment": owner.environment.as_str(), "name": printable(&owner.name) }))
            .collect(),
        Origin::Rule => Vec::new(),
    };
    json!({
        "version": 1,
        "path": printable(&located.path),
        "commit": located.commit,
        "line": finding.line,
        "column": finding.column,
        "rule": finding.rule.as_str(),
        "excerpt": finding.excerpt,
        "why": finding.why,
        "advice": finding.advice,
        "variables": variables,
        "standing": standing_word(located.standing),
    })
}

impl Ui {
    /// Gives findings in a format, and the exit code that they ask for.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn findings(&self, found: &[Located], format: Format) -> Result<Outcome, Failure> {
        match format {
            Format::Text => {
                let mut told = HashSet::new();
                for located in found {
                    self.finding(located);
                    // The same advice for the tenth time helps nobody.
                    if told.insert(&located.finding.advice) {
                        self.advice(located);
                    }
                }
            }
            Format::Json => found
                .iter()
                .for_each(|located| self.say(&to_json(located).to_string())),
            Format::Sarif => self.say(&sarif(found)),
            Format::Github => found
                .iter()
                .filter(|located| located.counts())
                .for_each(|located| {
                    self.say(&github(located));
                }),
        }
        Ok(found
            .iter()
            .map(Outcome::from)
            .fold(Outcome::Fine, Outcome::worse))
    }

    /// Says that known values were not searched for, where that is so.
    pub fn left_out(&self, known: &Known) {
        if known.left_out > 0 {
            let (files, their) = match known.left_out {
                1 => ("1 sealed file".to_owned(), "its"),
                several => (format!("{several} sealed files"), "their"),
            };
            self.note(&format!(
                "no key at hand for {files}: {their} values were not searched for"
            ));
        }
    }

    /// Shows a finding to a person, on standard error: hooks have their own standard output.
    pub fn finding(&self, located: &Located) {
        let finding = &located.finding;
        let commit = located
            .commit
            .as_ref()
            .map(|id| format!("{}:", &id[..id.len().min(8)]))
            .unwrap_or_default();
        let place = format!(
            "{commit}{}:{}:{}",
            printable(&located.path),
            finding.line,
            finding.column
        );
        let line = format!("{place}: {} [{}]", finding.why, finding.rule);
        match located.standing {
            Standing::Open => self.error(&line),
            Standing::Expired => self.error(&format!("{line}; its exception has expired")),
            Standing::AllowedNotVerified => {
                self.note(&format!("{line}: allowed, not verified (no key at hand)"));
            }
            Standing::Allowed => return,
        }
        if !finding.excerpt.is_empty() {
            self.note(&format!("    {}", finding.excerpt));
        }
    }

    /// Shows what to do about a finding that counts.
    pub fn advice(&self, located: &Located) {
        let advice = &located.finding.advice;
        if located.counts() && !advice.is_empty() {
            self.hint(advice);
        }
    }
}

/// All findings as one SARIF 2.1.0 document.
#[must_use]
pub fn sarif(found: &[Located]) -> String {
    let reported: Vec<Reported<'_>> = found
        .iter()
        .map(|located| Reported {
            path: &located.path,
            commit: located.commit.as_deref(),
            finding: &located.finding,
            note: (!located.counts()).then(|| standing_word(located.standing)),
        })
        .collect();
    report::sarif::document(&reported, env!("CARGO_PKG_VERSION"))
}

/// A finding as a workflow command of GitHub Actions.
#[must_use]
pub fn github(located: &Located) -> String {
    let finding = &located.finding;
    let text = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |value: &str| text(value).replace(':', "%3A").replace(',', "%2C");
    format!(
        "::error file={},line={},col={},title={}::{}",
        property(&printable(&located.path)),
        finding.line,
        finding.column,
        property(&format!("git-seal: {}", finding.rule)),
        text(&format!("{}. {}", finding.why, finding.advice)),
    )
}
