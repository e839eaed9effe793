//! What reports show and what they never show.

use serde_json::Value;

use super::{Reported, sarif};
use crate::core::environment::Environment;
use crate::core::scan::{Finding, KnownValues, Options, RuleSet, Scanner};

const SECRET: &str = "Zk4vQ8mT2xLp9R";

fn findings() -> Vec<Finding> {
    let rules = RuleSet::built_in();
    let value = (
        Environment::default_name(),
        &b"DB_PASSWORD"[..],
        SECRET.as_bytes(),
    );
    let known = KnownValues::new([value]);
    let scanner = Scanner::new(&rules, Some(&known), Options::default());
    let text = format!("first\nurl = x:{SECRET}@h\nsmtp_password: 'n0tKnown7Yet'\n");
    scanner.scan(text.as_bytes(), b"a.yml", None)
}

fn reported(finding: &Finding) -> Reported<'_> {
    Reported {
        path: b"dir, x:y/%a\n\xff.yml",
        commit: None,
        finding,
        note: None,
    }
}

#[test]
fn no_report_shows_a_secret() {
    let findings = findings();
    assert_eq!(findings.len(), 2);
    let all: Vec<_> = findings.iter().map(reported).collect();
    for found in &all {
        let shown = [
            format!("{:?}", found.finding),
            sarif::document(&all, "1.0.0"),
        ];
        for shown in shown {
            assert!(
                !shown.contains(SECRET) && !shown.contains("n0tKnown7Yet"),
                "{shown}"
            );
            assert!(
                shown.contains("known-value") || shown.contains("generic-password"),
                "{shown}"
            );
        }
    }
}

/// What the SARIF 2.1.0 schema requires of the objects that occur here.
#[test]
fn sarif_has_the_shape_that_its_schema_requires() {
    let findings = findings();
    let all: Vec<_> = findings.iter().map(reported).collect();
    let document: Value = serde_json::from_str(&sarif::document(&all, "1.0.0")).expect("JSON");
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string());
    assert!(
        ["utf16CodeUnits", "unicodeCodePoints"]
            .contains(&run["columnKind"].as_str().expect("text"))
    );
    let rules = driver["rules"].as_array().expect("rules");
    for rule in rules {
        assert!(rule["id"].is_string() && rule["help"]["text"].is_string());
        assert!(rule["shortDescription"]["text"].is_string());
        let is_of_github = rule["id"] == "github-pat";
        assert_eq!(rule["helpUri"].is_string(), is_of_github, "{rule}");
    }
    for result in run["results"].as_array().expect("results") {
        let index =
            usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["message"]["text"].is_string());
        assert!(
            ["none", "note", "warning", "error"].contains(&result["level"].as_str().expect("text"))
        );
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"],
            "dir%2C%20x%3Ay/%25a%0A%FF.yml"
        );
        for number in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][number].as_u64().expect("a number") >= 1);
        }
    }
    let empty: Value = serde_json::from_str(&sarif::document(&[], "1.0.0")).expect("JSON");
    assert_eq!(empty["runs"][0]["results"], Value::Array(Vec::new()));
}
