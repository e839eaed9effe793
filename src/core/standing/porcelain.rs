//! The report as lines for scripts. Their form is documented in docs/JSON.md and kept: records and
//! fields may be added at the end, so readers pass over what they don't know.

use super::{FileStanding, Problem, Report};
use crate::core::form::Form;

/// How records end, and how paths are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A line feed; paths in git's quotes where they hold anything odd.
    Line,
    /// A NUL; paths byte for byte.
    Nul,
}

/// What `status --porcelain` prints.
#[must_use]
pub fn records(report: &Report, ending: Ending) -> Vec<u8> {
    let mut records = vec![
        b"version 1".to_vec(),
        format!("initialised {}", yes(report.is_initialised)).into_bytes(),
    ];
    for standing in &report.environments {
        let due = &standing.due;
        let date = due
            .due
            .map_or_else(|| "-".to_owned(), |due| due.to_string());
        let text = format!(
            "environment {} {} {} {} {date}",
            due.environment,
            due.key_id,
            if standing.is_at_hand() {
                "at_hand"
            } else {
                "missing"
            },
            due.state.as_str(),
        );
        records.push(text.into_bytes());
    }
    let of_files = report.files.iter().map(|file| file_record(file, ending));
    records.extend(of_files);
    let problems = report.all_problems();
    records.extend(
        problems
            .iter()
            .map(|problem| problem_record(problem, ending)),
    );
    let end: &[u8] = match ending {
        Ending::Line => b"\n",
        Ending::Nul => b"\0",
    };
    let ended = records.iter().map(|record| [record, end].concat());
    ended.collect::<Vec<_>>().concat()
}

fn file_record(file: &FileStanding, ending: Ending) -> Vec<u8> {
    let keys = file.keys.iter().map(|key| {
        let at_hand = if key.at_hand { "at_hand" } else { "missing" };
        format!("{}:{}:{at_hand}", key.id, key.status)
    });
    let keys: Vec<String> = keys.collect();
    let front = format!(
        "file {} {} {} {} {} ",
        file.head.as_ref().map_or("-", Form::as_str),
        file.index_word(),
        file.disk_word(),
        file.environment.as_ref().map_or("-", |e| e.as_str()),
        if keys.is_empty() {
            "-".to_owned()
        } else {
            keys.join(",")
        },
    );
    [front.into_bytes(), path(&file.path, ending)].concat()
}

fn problem_record(problem: &Problem, ending: Ending) -> Vec<u8> {
    let mut record = format!("problem {} {}", problem.severity.as_str(), problem.id).into_bytes();
    if let Some(about) = &problem.path {
        record.push(b' ');
        record.extend(path(about, ending));
    }
    record
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn path(path: &[u8], ending: Ending) -> Vec<u8> {
    match ending {
        Ending::Nul => path.to_vec(),
        Ending::Line => quoted(path),
    }
}

/// As git quotes paths in its own listings (core.quotePath): only where a byte is not printable
/// ASCII, or is a quote or a backslash.
fn quoted(path: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if path.iter().all(plain) {
        return path.to_vec();
    }
    let mut text = vec![b'"'];
    for byte in path {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', *byte]),
            b'\n' => text.extend(b"\\n"),
            b'\t' => text.extend(b"\\t"),
            byte if plain(byte) => text.push(*byte),
            byte => text.extend(format!("\\{byte:03o}").into_bytes()),
        }
    }
    text.push(b'"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::standing::samples::{file, healthy, id};

    #[test]
    fn the_form_is_this_for_ever() {
        let mut report = healthy();
        let mut odd = file("a b\n\u{e9}.env");
        odd.head = None;
        odd.environment = None;
        odd.keys.clear();
        report.files.push(odd);
        report
            .problems
            .push(Problem::new("hooks-missing", "what", "advice"));
        let key = id(7);
        let current = report.environments[0].due.key_id;
        let before = format!(
            "version 1|initialised yes|environment default {current} at_hand ok 2026-04-01|\
             file sealed sealed open default {key}:current:at_hand .env|file - sealed open - - "
        );
        let expected = |path: &str, end: &str| {
            format!("{before}{path}|problem unwell hooks-missing|").replace('|', end)
        };
        let text = |ending| String::from_utf8(records(&report, ending)).expect("UTF-8");
        assert_eq!(
            text(Ending::Line),
            expected("\"a b\\n\\303\\251.env\"", "\n")
        );
        assert_eq!(text(Ending::Nul), expected("a b\n\u{e9}.env", "\0"));
    }
}
