//! Findings as SARIF 2.1.0 (OASIS), for code scanning.

use serde_json::{Value, json};

use super::Reported;
use crate::core::scan::finding::KNOWN_VALUE;
use crate::core::scan::rules::built_in;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One document with one run; `version` is that of this program.
#[must_use]
pub fn document(findings: &[Reported<'_>], version: &str) -> String {
    let mut ids: Vec<&str> = findings
        .iter()
        .map(|found| found.finding.rule.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let results: Vec<Value> = findings.iter().map(|found| result(found, &ids)).collect();
    let rules: Vec<Value> = ids.iter().map(|id| rule(id, findings)).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "git-seal",
                "semanticVersion": version,
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    document.to_string()
}

fn rule(id: &str, findings: &[Reported<'_>]) -> Value {
    let built_in = built_in().find(|rule| rule.id == id);
    let of_rule = findings
        .iter()
        .map(|found| found.finding)
        .find(|f| f.rule.as_str() == id);
    let what = match built_in {
        Some(rule) => rule.title(),
        None if id == KNOWN_VALUE => "a value that this repository seals".to_owned(),
        None => of_rule.map_or(String::new(), |finding| finding.why.clone()),
    };
    let advice = of_rule.map_or("", |finding| &finding.advice);
    let mut rule = json!({
        "id": id,
        "name": id,
        "shortDescription": { "text": format!("Plaintext secret: {what}") },
        "fullDescription": { "text": format!("A plaintext secret: {what}.") },
        "help": {
            "text": format!("What to do: {advice}. A false alarm? Say `seal:allow {id}` in a comment on the line, or run `git seal allow`."),
            "markdown": format!("**What to do:** {advice}.\n\nA false alarm? Say `seal:allow {id}` in a comment on the line, or run `git seal allow`."),
        },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": ["security", "secret"], "security-severity": "8.0" },
    });
    if let Some(source) = built_in.and_then(|rule| rule.source) {
        rule["helpUri"] = json!(source);
    }
    rule
}

fn result(found: &Reported<'_>, ids: &[&str]) -> Value {
    let finding = found.finding;
    let id = finding.rule.as_str();
    let mut result = json!({
        "ruleId": id,
        "ruleIndex": ids.binary_search(&id).expect("every rule is among the ids"),
        "level": if found.note.is_some() { "note" } else { "error" },
        "message": { "text": format!("{}: {}", finding.why, finding.excerpt) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(found.path), "uriBaseId": "%SRCROOT%" },
                "region": {
                    "startLine": finding.line,
                    "startColumn": finding.column,
                    "endLine": finding.last_line,
                    "endColumn": finding.end_column,
                },
            },
        }],
    });
    if let Some(note) = found.note {
        result["suppressions"] = json!([{ "kind": "external", "justification": note }]);
    }
    if let Some(commit) = found.commit {
        result["properties"] = json!({ "commit": commit });
    }
    result
}

/// A path as a relative URI reference (RFC 3986 section 4.2).
#[must_use]
pub fn uri(path: &[u8]) -> String {
    use std::fmt::Write as _;
    path.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) {
            text.push(char::from(*byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a String succeeds");
        }
        text
    })
}
