//! Findings as workflow commands of GitHub Actions, which show them beside the lines of a pull
//! request (GitHub docs, "Workflow commands").

use super::Reported;

/// `::error file=…,line=…::message`, ended by a line feed.
#[must_use]
pub fn line(reported: &Reported<'_>) -> String {
    let finding = reported.finding;
    let level = if reported.note.is_some() {
        "notice"
    } else {
        "error"
    };
    let path = property(&String::from_utf8_lossy(reported.path));
    let title = property(&format!("plaintext secret: {}", finding.rule));
    let message = message(&format!("{}; {}", finding.why, finding.advice));
    let (line, last) = (finding.line, finding.last_line);
    // Columns only make sense within one line.
    let columns = if line == last {
        format!(",col={},endColumn={}", finding.column, finding.end_column)
    } else {
        String::new()
    };
    format!("::{level} file={path},line={line},endLine={last}{columns},title={title}::{message}\n")
}

fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
