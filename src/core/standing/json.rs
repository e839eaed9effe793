//! The report as a JSON document. Its shape is documented in docs/JSON.md and kept.

use serde_json::{Value, json};

use super::{FileStanding, Problem, Report};
use crate::core::environment::Environment;
use crate::core::form::Form;
use crate::core::here::Here;
use crate::core::ledger::report;
use crate::core::printable::printable;

/// What `status --json` prints.
#[must_use]
pub fn document(report: &Report) -> Value {
    json!({
        "version": 1,
        "initialised": report.is_initialised,
        "files": report.files.iter().map(|file| file_row(file, &report.here)).collect::<Vec<_>>(),
        "environments": environment_rows(report),
        "unprotected": report.unprotected().map(printable).collect::<Vec<_>>(),
        "problems": problem_rows(&report.problems),
    })
}

/// Problems as `status` and `doctor` list them.
#[must_use]
pub fn problem_rows(problems: &[Problem]) -> Vec<Value> {
    let rows = problems.iter().map(|problem| {
        json!({
            "id": problem.id,
            "path": problem.path.as_deref().map(printable),
            "severity": problem.severity.as_str(),
            "what": problem.what,
            "advice": problem.advice,
            "fixable": problem.remedy.is_some(),
        })
    });
    rows.collect()
}

fn file_row(file: &FileStanding, here: &Here) -> Value {
    let keys = file.keys.iter().map(
        |key| json!({ "key_id": key.id.to_string(), "status": key.status, "at_hand": key.at_hand }),
    );
    json!({
        "path": printable(&file.path),
        "environment": file.environment.as_ref().map(Environment::as_str),
        "head": file.head.as_ref().map(Form::as_str),
        "index": file.index_word(),
        "work_tree": file.disk_word(),
        "keys": keys.collect::<Vec<_>>(),
        "authentic": file.is_authentic,
        "problems": problem_rows(&file.problems(here)),
    })
}

/// The rows of `ledger due`, with what this clone knows of the key beside them.
fn environment_rows(report: &Report) -> Vec<Value> {
    let rows = report.environments.iter().map(|standing| {
        let mut row = report::json::due_row(&standing.due);
        row["at_hand"] = standing.is_at_hand().into();
        row["sources"] = standing.sources.clone().into();
        row["second_home"] = standing.has_second_home.into();
        row
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::standing::samples::healthy;
    use crate::core::standing::{Remedy, UNPROTECTED};

    #[test]
    fn a_document_tells_of_files_keys_and_problems() {
        let mut report = healthy();
        let line = Remedy::AddAttributes("x".to_owned());
        report.problems.push(
            Problem::new(UNPROTECTED, "what", "advice")
                .in_file(b"a\x1b.env")
                .mended_by(line),
        );
        let document = document(&report);
        assert_eq!(document["files"][0]["head"], "sealed");
        assert_eq!(document["files"][0]["work_tree"], "open");
        assert_eq!(document["environments"][0]["days_left"], 89);
        assert_eq!(document["environments"][0]["at_hand"], true);
        assert_eq!(document["unprotected"][0], "a\\x1b.env");
        assert_eq!(document["problems"][0]["fixable"], true);
    }
}
