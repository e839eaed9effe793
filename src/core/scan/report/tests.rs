//! What reports show and what they never show.

use serde_json::Value;

use super::{Reported, github, json, sarif, text};
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
            text::lines(found),
            json::line(found),
            github::line(found),
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

#[test]
fn json_lines_carry_the_place_and_the_variable() {
    let findings = findings();
    let line = json::line(&reported(&findings[0]));
    assert_eq!(line.matches('\n').count(), 1);
    let value: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(value["version"], 1);
    assert_eq!((&value["line"], &value["column"]), (&2.into(), &9.into()));
    assert_eq!(value["variables"][0]["name"], "DB_PASSWORD");
    assert_eq!(value["variables"][0]["environment"], "default");
    assert_eq!(
        value["path_hex"].as_str().map(|hex| &hex[..6]),
        Some("646972")
    );
}

#[test]
fn annotations_escape_what_github_takes_for_syntax() {
    let findings = findings();
    let line = github::line(&reported(&findings[0]));
    let expected = "::error file=dir%2C x%3Ay/%25a%0A\u{fffd}.yml,line=2,endLine=2,col=9,endColumn=23,\
                    title=plaintext secret%3A known-value::the value of DB_PASSWORD (default), as it is; ";
    assert!(line.starts_with(expected), "{line}");
    assert_eq!(line.matches('\n').count(), 1);
}

#[test]
fn text_lines_are_safe_on_a_terminal() {
    let findings = findings();
    let mut found = reported(&findings[0]);
    found.path = b"a\x1b[2J\xe2\x80\xaeb";
    found.note = Some("allowed, not verified");
    let shown = text::lines(&found);
    assert!(
        shown.starts_with("a\\u{1b}[2J\\u{202e}b:2:9: known-value: url = x:"),
        "{shown}"
    );
    assert!(shown.contains("(allowed, not verified)"));
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
            "dir,%20x%3Ay/%25a%0A%FF.yml"
        );
        for number in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][number].as_u64().expect("a number") >= 1);
        }
    }
    let empty: Value = serde_json::from_str(&sarif::document(&[], "1.0.0")).expect("JSON");
    assert_eq!(empty["runs"][0]["results"], Value::Array(Vec::new()));
}
