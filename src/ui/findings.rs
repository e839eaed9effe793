//! Findings of the guard, for people and machines. The secret itself is never among it.

use serde_json::{Value, json};

use super::Ui;
use crate::core::printable::printable;
use crate::core::scan::Origin;
use crate::vault::guard::{Located, Standing};

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
        if located.counts() && !finding.advice.is_empty() {
            self.hint(&finding.advice);
        }
    }
}

/// All findings as one SARIF 2.1.0 document.
#[must_use]
pub fn sarif(found: &[Located]) -> String {
    let rules: std::collections::BTreeMap<&str, &Located> = found
        .iter()
        .map(|located| (located.finding.rule.as_str(), located))
        .collect();
    let descriptions: Vec<Value> = rules
        .iter()
        .map(|(id, located)| {
            json!({
                "id": id,
                "shortDescription": { "text": located.finding.why },
                "help": { "text": located.finding.advice },
            })
        })
        .collect();
    let results: Vec<Value> = found.iter().map(sarif_result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "git-seal",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": descriptions,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
    .to_string()
}

fn sarif_result(located: &Located) -> Value {
    let finding = &located.finding;
    let mut result = json!({
        "ruleId": finding.rule.as_str(),
        "level": "error",
        "message": { "text": format!("{}: {}", finding.why, finding.advice) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&located.path) },
            "region": {
                "startLine": finding.line,
                "startColumn": finding.column,
                "endLine": finding.last_line.max(finding.line),
                "endColumn": finding.end_column.max(1),
            },
        }}],
    });
    if !located.counts() {
        result["suppressions"] =
            json!([{ "kind": "external", "justification": standing_word(located.standing) }]);
    }
    result
}

/// A path as a relative URI reference (RFC 3986).
fn uri(path: &[u8]) -> String {
    use std::fmt::Write as _;
    path.iter().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(*byte));
            }
            _ => write!(text, "%{byte:02X}").expect("writing to a String succeeds"),
        }
        text
    })
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
