//! An audit for an issue or a pull request.

use std::fmt::Write as _;

use super::{Report, place};

pub(super) fn text(report: &Report) -> String {
    let mut out = String::from("# git-seal audit\n\n");
    if report.findings.is_empty() && report.untold.is_empty() {
        out.push_str("Nothing to do.\n");
    } else if report.findings.is_empty() {
        out.push_str("Nothing was found, as far as can be told.\n");
    } else {
        out.push_str("| What | Where | Why | To do |\n| --- | --- | --- | --- |\n");
    }
    for finding in &report.findings {
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            finding.rule.about(),
            escaped(&place(finding)),
            escaped(&finding.what),
            escaped(&finding.todo),
        )
        .expect("writing to a String succeeds");
    }
    for text in &report.untold {
        writeln!(out, "\nWarning: {}.", escaped(text)).expect("writing to a String succeeds");
    }
    out
}

/// Names from a repository are anybody's: nothing in them becomes markup, or mentions somebody.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '!' | '~' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_no_markup() {
        assert_eq!(
            escaped("a|b <i> [x](y) @all #1"),
            "a\\|b &lt;i&gt; \\[x\\](y) &#64;all &#35;1"
        );
    }
}
