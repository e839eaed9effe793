//! The answers of `check` and `scan`: JSON Lines, SARIF, annotations; and what `scan` looks at.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::guarding::{EXTRA, check, guarded, silent, stage_raw};
use crate::python::python_has;
use crate::sandbox::{Repo, Sandbox};

/// A value that only its name gives away.
const TOKEN: &str = "k7Qz9vT2mXw4pL8sD3nB6hJ1";

fn with_findings() -> Repo {
    let repo = guarded();
    stage_raw(&repo, "a b%,:\n.md", format!("first\nsee {EXTRA}\n"));
    stage_raw(&repo, "b.py", format!("client_secret = '{TOKEN}'\n"));
    stage_raw(&repo, "c/.env", "A=plain-value\nB=plain-value\n");
    repo
}

#[test]
fn json_is_one_object_a_line() {
    let repo = with_findings();
    let out = check(&repo, &[]).ends_with(1).out();
    let all: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(all.len(), 4, "{out}");
    for one in &all {
        assert_eq!(one["version"], 1);
        for name in ["path", "rule", "excerpt", "why", "advice", "standing"] {
            assert!(one[name].is_string(), "{name} {one}");
        }
        assert!(one["line"].as_u64().unwrap() > 0 && one["column"].as_u64().unwrap() > 0);
    }
    let known = all.iter().find(|one| one["rule"] == "known-value").unwrap();
    assert_eq!((&known["line"], &known["column"]), (&2.into(), &5.into()));
    assert_eq!(known["variables"][0]["name"], "EXTRA_PASSWORD");
}

/// The properties that the schema of SARIF 2.1.0 requires, and the forms of those that we give.
#[test]
fn sarif_has_what_its_schema_requires() {
    let repo = with_findings();
    let ran = repo.seal(["check", "--format", "sarif"]).ends_with(1);
    silent(&ran);
    let log: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert!(driver["name"].is_string());
    let rules: Vec<&str> = driver["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    let mut unique = rules.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), rules.len());
    assert!(matches!(
        run["columnKind"].as_str(),
        Some("utf16CodeUnits" | "unicodeCodePoints")
    ));
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    for result in results {
        assert!(result["message"]["text"].is_string());
        assert!(rules.contains(&result["ruleId"].as_str().unwrap()));
        assert!(matches!(
            result["level"].as_str(),
            Some("none" | "note" | "warning" | "error")
        ));
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
        for name in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][name].as_u64().unwrap() >= 1, "{name}");
        }
    }
    assert!(ran.out().contains("a%20b%25%2C%3A%0A.md"));
    // Nothing found is a whole document too.
    repo.git(["reset", "--quiet"]).ok();
    let empty = repo.seal(["check", "--format", "sarif"]).ok();
    let log: Value = serde_json::from_slice(&empty.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
}

/// All that `check`, `scan` and `audit` may say in SARIF, against the schema itself.
#[test]
fn sarif_is_valid_against_its_schema() {
    if !python_has("jsonschema") {
        return;
    }
    let repo = with_findings();
    let staged = repo.seal(["check", "--format", "sarif"]).ends_with(1);
    let message = format!("Token {EXTRA}");
    repo.git(["commit", "--quiet", "--no-verify", "-m", &message])
        .ok();
    let range = ["check", "--format", "sarif", "--range", "HEAD~1..HEAD"];
    let range = repo.seal(range).ends_with(1);
    let history = repo
        .seal(["check", "--format", "sarif", "--all-history"])
        .ends_with(1);
    let nothing = repo.seal(["check", "--format", "sarif"]).ok();
    let scan = repo.seal(["scan", "--format", "sarif", "."]).ends_with(1);
    let audit = repo.seal(["audit", "--format", "sarif"]).run();
    for ran in [staged, range, history, nothing, scan, audit] {
        silent(&ran);
        assert_eq!(objections(&ran.stdout), "", "{}", ran.out());
    }
    let mut wrong: Value = serde_json::from_str(r#"{"version":"2.1.0","runs":[{}]}"#).unwrap();
    assert!(objections(wrong.to_string().as_bytes()).contains("tool"));
    wrong["version"] = "2.0".into();
    assert!(objections(wrong.to_string().as_bytes()).contains("2.1.0"));
}

/// What the schema objects to in a document, a line for each.
fn objections(document: &[u8]) -> String {
    const VALIDATE: &str = "import json, jsonschema, sys\n\
        schema = json.load(open(sys.argv[1]))\n\
        validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())\n\
        for error in validator.iter_errors(json.load(sys.stdin)): print(error.json_path, error.message)\n";
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/sarif/sarif-schema-2.1.0.json"
    );
    let mut child = Command::new("python3")
        .args(["-c", VALIDATE, schema])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(document).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn annotations_are_one_line_each_and_escaped() {
    let repo = with_findings();
    let out = repo
        .seal(["check", "--format", "github"])
        .ends_with(1)
        .out();
    assert_eq!(out.lines().count(), 4, "{out}");
    assert!(
        out.lines().all(|line| line.starts_with("::error file=")),
        "{out}"
    );
    assert!(out.contains("file=a b%25%2C%3A"), "{out}");
}

#[test]
fn a_directory_is_scanned_as_git_would_enter_it() {
    let repo = guarded();
    repo.write(".gitignore", "ignored/\n");
    repo.write("ignored/a.md", EXTRA);
    repo.write("src/a.md", EXTRA);
    let ran = repo.seal(["scan", "--json", "."]).run();
    silent(&ran);
    assert!(!ran.out().contains("ignored/"), "{}", ran.out());
    assert!(ran.out().contains("src/a.md"));
    repo.seal(["scan", "ignored/a.md"]).ends_with(1);
    repo.seal(["scan", ".gitignore"]).ok();
    repo.seal(["scan", "not-there"]).ends_with(2);
}

#[test]
fn standard_input_is_scanned_with_and_without_a_repository() {
    let repo = guarded();
    let ran = repo
        .seal(["scan", "-"])
        .stdin(format!("a\n{EXTRA}\n"))
        .ends_with(1);
    assert!(ran.mentions("-:2:1"), "{}", ran.err());
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("plain")).unwrap();
    let nowhere = Repo::at(&sandbox, "plain");
    nowhere.seal(["scan", "-"]).stdin(EXTRA).ok();
    let ran = nowhere
        .seal(["scan", "-"])
        .stdin(format!("client_secret = {TOKEN}\n"))
        .ends_with(1);
    assert!(!ran.mentions(TOKEN));
    nowhere.seal(["check"]).ends_with(2);
}

#[test]
fn the_work_tree_is_checked_without_its_opened_files() {
    let repo = guarded();
    check(&repo, &["--worktree"]).ok();
    repo.write("new.md", EXTRA);
    repo.write(".gitignore", "*.log\n");
    repo.write("a.log", EXTRA);
    let ran = check(&repo, &["--worktree"]).ends_with(1);
    assert_eq!(
        crate::guarding::findings(&ran),
        [("new.md".into(), "known-value".into())]
    );
}

const OWN_RULE: &str = r#"version = 1
[scan]
disable = ["bearer-header"]

[[rule]]
id = "acme-token"
description = "ACME token"
keywords = ["acme_"]
pattern = 'acme_([0-9a-f]{32})'
secret_group = 1
examples = ["ACME=acme_\u27e6{hex:32}\u27e7"]
harmless = ["acme_{hex:8}"]
"#;

#[test]
fn rules_are_listed_with_what_is_switched_off_and_the_teams_own() {
    let repo = guarded();
    repo.write(".seal/config.toml", OWN_RULE);
    let text = repo.seal(["scan", "--list-rules"]).ok().out();
    assert!(text.lines().next().unwrap().starts_with("known-value "));
    let line = |id: &str| text.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(line("bearer-header ").ends_with("  (off)"));
    assert!(line("acme-token ").ends_with(" ACME token"));
    let json = repo.seal(["scan", "--list-rules", "--json"]).ok().out();
    let listing: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(listing["version"], 1);
    let rules = listing["rules"].as_array().unwrap();
    assert_eq!(rules.len(), text.lines().count());
    let of = |id: &str| rules.iter().find(|rule| rule["id"] == id).unwrap();
    assert_eq!(of("bearer-header")["enabled"], false);
    assert_eq!(of("github-pat")["field"], "Git hosts");
    assert_eq!(of("acme-token")["keywords"][0], "acme_");
}

#[test]
fn the_teams_own_rules_are_tried_on_their_examples() {
    let repo = guarded();
    repo.write(".seal/config.toml", OWN_RULE);
    let out = repo.seal(["scan", "--test-rules"]).ok().out();
    assert_eq!(
        out,
        "acme-token: fine: finds 1 example, lets 1 harmless text through\n"
    );
    let broken = OWN_RULE
        .replace("{hex:8}", "{hex:32}")
        .replace("{32}", "{33}");
    repo.write(".seal/config.toml", &broken);
    let out = repo.seal(["scan", "--test-rules"]).ends_with(1).out();
    assert!(
        out.contains("example 1 is not found: the pattern does not match"),
        "{out}"
    );
    repo.write(".seal/config.toml", OWN_RULE.replace("{hex:8}", "{hex:32}"));
    let out = repo.seal(["scan", "--test-rules"]).ends_with(1).out();
    assert_eq!(out, "acme-token: harmless text 1 is found\n");
    for unusable in [
        OWN_RULE.replace("9a-f]", "9a-f"),
        OWN_RULE.replace("\"acme_\"", "\"ac\""),
        OWN_RULE.replace("\"acme-token\"", "\"jwt\""),
    ] {
        repo.write(".seal/config.toml", unusable);
        repo.seal(["scan", "--test-rules"]).ends_with(2);
        repo.seal(["scan", "--list-rules"]).ends_with(2);
        repo.seal(["scan", "."]).ends_with(2);
    }
}
