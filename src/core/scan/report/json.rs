//! Findings as JSON Lines: one object a line, `snake_case` keys, version 1.

use serde::Serialize;

use super::Reported;
use crate::core::hex;
use crate::core::scan::finding::Origin;

/// The version of the shape; fields may be added to it, none changed or removed.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
#[allow(clippy::struct_field_names)] // the names are the format's
struct Line<'a> {
    version: u32,
    path: String,
    /// The path's bytes in hex, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    rule: &'a str,
    excerpt: &'a str,
    why: &'a str,
    advice: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    variables: Vec<Variable<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct Variable<'a> {
    environment: &'a str,
    name: String,
}

/// One finding as one line, ended by a line feed.
#[must_use]
pub fn line(reported: &Reported<'_>) -> String {
    let finding = reported.finding;
    let (variables, form) = match &finding.origin {
        Origin::Rule => (Vec::new(), None),
        Origin::Known(owners, form) => {
            let variables = owners.iter().map(|owner| Variable {
                environment: owner.environment.as_str(),
                name: String::from_utf8_lossy(&owner.name).into_owned(),
            });
            (variables.collect(), Some(form.as_str()))
        }
    };
    let is_utf8 = std::str::from_utf8(reported.path).is_ok();
    let line = Line {
        version: VERSION,
        path: String::from_utf8_lossy(reported.path).into_owned(),
        path_hex: (!is_utf8).then(|| hex::encode(reported.path)),
        commit: reported.commit,
        line: finding.line,
        column: finding.column,
        end_line: finding.last_line,
        end_column: finding.end_column,
        rule: finding.rule.as_str(),
        excerpt: &finding.excerpt,
        why: &finding.why,
        advice: &finding.advice,
        variables,
        form,
        note: reported.note,
    };
    serde_json::to_string(&line).expect("texts and numbers serialize") + "\n"
}
