//! Findings for people, without colours.

use std::fmt::Write as _;

use super::Reported;

/// `path:line:column: rule: excerpt`, and below it why, and what to do. Control characters of the path
/// are shown as `\u{…}`.
#[must_use]
pub fn lines(reported: &Reported<'_>) -> String {
    let finding = reported.finding;
    let mut out = String::new();
    if let Some(commit) = reported.commit {
        write!(out, "{commit}:").expect("writing to a String succeeds");
    }
    let place = format!(
        "{}:{}:{}",
        printable(reported.path),
        finding.line,
        finding.column
    );
    write!(
        out,
        "{place}: {}: {}\n    {}",
        finding.rule, finding.excerpt, finding.why
    )
    .expect("writing to a String succeeds");
    if let Some(note) = reported.note {
        write!(out, " ({note})").expect("writing to a String succeeds");
    }
    if !finding.advice.is_empty() {
        write!(out, "\n    to do: {}", finding.advice).expect("writing to a String succeeds");
    }
    out.push('\n');
    out
}

/// A path that is safe on a terminal.
#[must_use]
pub fn printable(path: &[u8]) -> String {
    String::from_utf8_lossy(path)
        .chars()
        .flat_map(|character| {
            let is_safe = !character.is_control() && !super::super::is_invisible(character);
            let escaped: Vec<char> = if is_safe {
                vec![character]
            } else {
                character.escape_unicode().collect()
            };
            escaped
        })
        .collect()
}
