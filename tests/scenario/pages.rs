//! docs/JSON.md is true: each example has the very fields of the real document; and every command
//! with `--json` has its section.

use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory as _;
use serde_json::Value;

use crate::sandbox::{ENV, KEY, OTHER_KEY, Ran, Repo};

const PAGE: &str = include_str!("../../docs/JSON.md");

/// The example of each command's document, by the command as its heading has it.
fn examples() -> BTreeMap<String, Value> {
    let mut examples = BTreeMap::new();
    for section in PAGE.split("\n## ").skip(1) {
        let (heading, text) = section.split_once('\n').expect("a heading");
        let Some((_, block)) = text.split_once("```json\n") else {
            continue;
        };
        let (block, _) = block.split_once("```").expect("an end");
        let example: Value = serde_json::from_str(block).expect("JSON");
        for command in heading.split(", ") {
            let command = command.trim_matches('`').trim_start_matches("git seal ");
            examples.insert(command.to_owned(), example.clone());
        }
    }
    examples
}

/// The paths of all fields; the elements of a list count together.
fn fields(value: &Value, path: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = format!("{path}.{name}");
                fields(member, &path, all);
                all.insert(path);
            }
        }
        Value::Array(elements) => {
            let path = format!("{path}[]");
            elements
                .iter()
                .for_each(|element| fields(element, &path, all));
        }
        _ => {}
    }
}

fn document(ran: &Ran) -> Value {
    let text = ran.out();
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The fields of the example are those of the document; `elsewhere`: fields that the page names in
/// its text alone.
#[track_caller]
fn same_fields(command: &str, real: &Value, elsewhere: &[&str]) {
    let examples = examples();
    let example = examples
        .get(command)
        .unwrap_or_else(|| panic!("{command} has no example"));
    let (mut written, mut found) = (BTreeSet::new(), BTreeSet::new());
    fields(example, "", &mut written);
    fields(real, "", &mut found);
    written.extend(elsewhere.iter().map(|field| (*field).to_owned()));
    assert_eq!(found, written, "{command}: {real}");
    for field in found {
        let is_snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".[]_".contains(c);
        assert!(field.chars().all(is_snake), "{command}: {field}");
    }
    if real.get("version").is_some() {
        assert_eq!(real["version"], 1, "{command}");
    }
}

/// Every command that has a flag `--json`, in words.
fn with_json(command: &clap::Command, words: &str, all: &mut BTreeSet<String>) {
    for inner in command.get_subcommands() {
        let words = format!("{words} {}", inner.get_name());
        if inner.get_arguments().any(|a| a.get_long() == Some("json")) {
            all.insert(format!("{} --json", words.trim()));
        }
        with_json(inner, &words, all);
    }
}

#[test]
fn every_command_with_json_has_its_section() {
    let mut commands = BTreeSet::new();
    with_json(&git_seal::cli::Cli::command(), "", &mut commands);
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        let heading = format!("`git seal {command}`");
        let is_there = |line: &str| line.starts_with("## ") && line.contains(&heading);
        assert!(PAGE.lines().any(is_there), "{heading}");
    }
}

/// One file, changed once, with a second environment whose key is elsewhere.
fn lived_in() -> Repo {
    let repo = Repo::with_env();
    let other = ["init", "--yes", "--env", "production"];
    repo.seal(other)
        .env("SECRETS_MASTER_KEY_PRODUCTION", OTHER_KEY)
        .ok();
    repo.write(".env.production", "API_KEY=production-zephyr\n");
    repo.git(["add", "--all"])
        .env("SECRETS_MASTER_KEY_PRODUCTION", OTHER_KEY)
        .ok();
    repo.git(["commit", "--quiet", "-m", "Production"]).ok();
    repo.write(".env", ENV.replace("@db/prod", "@other.internal/prod"));
    repo.git(["add", ".env"]).ok();
    repo.git(["commit", "--quiet", "-m", "Move"]).ok();
    repo
}

#[test]
fn status_doctor_and_keys_are_as_the_page_says() {
    let repo = lived_in();
    repo.write(
        ".gitattributes",
        repo.text(".gitattributes") + "*.env !filter\n",
    );
    repo.write("config/x.env", ENV);
    repo.seal(["lock", "--force"]).run();
    let status = repo.seal(["status", "--json"]).run();
    same_fields("status --json", &document(&status), &[]);
    let doctor = repo.seal(["doctor", "--json"]).ends_with(1);
    same_fields("doctor --json", &document(&doctor), &[]);
    let keys = repo
        .seal(["key", "show", "--json"])
        .env("SECRETS_MASTER_KEY", KEY);
    same_fields("key show --json", &document(&keys.ok()), &[]);
    let none = document(
        &repo
            .seal(["key", "show", "--json"])
            .env("GIT_SEAL_LOCKED", "1")
            .ends_with(3),
    );
    assert_eq!(none["keys"], Value::Array(Vec::new()));
}

#[test]
fn findings_are_as_the_page_says() {
    let repo = Repo::with_env();
    repo.write(
        "a.md",
        "The password is hunter2-winter, of course.\nTOKEN=postgres://app:hunter2-winter@db/prod\n",
    );
    for words in [
        &["check", "--worktree", "--json"][..],
        &["scan", "a.md", "--json"],
    ] {
        let ran = repo.seal(words).ends_with(1);
        let lines: Vec<Value> = ran
            .out()
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert!(!lines.is_empty());
        let known = lines.iter().find(|line| line["rule"] == "known-value");
        let known = known.unwrap_or_else(|| panic!("{words:?}: {}", ran.out()));
        same_fields(&format!("{} --json", words[0]), known, &[]);
    }
}

#[test]
fn ledger_ages_and_audit_are_as_the_page_says() {
    let repo = lived_in();
    repo.seal(["rotate", "--reason", "leak", "--compromised", "--commit"])
        .ok();
    let ledger = document(&repo.seal(["ledger", "show", "--json"]).ok());
    let rows = "environment key_id since age_days due days_left overdue_days state from_the_future";
    let rows: Vec<String> = rows
        .split(' ')
        .map(|row| format!(".environments[].{row}"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    same_fields("ledger show --json", &ledger, &rows);
    let exported = repo.seal(["ledger", "export", "--format", "json"]).ok();
    same_fields("ledger export --format json", &document(&exported), &rows);

    let due = document(&repo.seal(["ledger", "due", "--json"]).ok());
    let mut found = BTreeSet::new();
    fields(&due, "", &mut found);
    let mut written: BTreeSet<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    written.extend([".version".to_owned(), ".environments".to_owned()]);
    assert_eq!(found, written);

    same_fields(
        "ages --json",
        &document(&repo.seal(["ages", "--json"]).run()),
        &[],
    );
    let audit = document(&repo.seal(["audit", "--json"]).run());
    same_fields("audit --json", &audit, &[]);

    let text = repo.text(".seal/ledger.jsonl");
    let first = text.find('\n').expect("several lines") + 1;
    repo.write(".seal/ledger.jsonl", format!("{}{{}}\n", &text[first..]));
    let verify = repo.seal(["ledger", "verify", "--json", "--against", "HEAD"]);
    let gone = [".gone[].id", ".gone[].seen_in", ".gone[].elsewhere"];
    same_fields(
        "ledger verify --json",
        &document(&verify.ends_with(4)),
        &gone,
    );
}

#[test]
fn views_are_as_the_page_says() {
    let repo = lived_in();
    let diff = document(&repo.seal(["diff", "HEAD~1", "HEAD", "--json"]).ok());
    same_fields("diff --json", &diff, &[]);
    let log = document(&repo.seal(["log", "--json"]).ok());
    let mut files = BTreeSet::new();
    fields(&log["commits"], ".commits", &mut files);
    let inside: Vec<String> = files
        .into_iter()
        .filter(|f| f.starts_with(".commits[].files[]"))
        .collect();
    let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
    same_fields("log --json", &log, &inside);
    repo.write("left.env", "A=1\nB=2\nURL=https://a.example/\n");
    repo.write("right.env", "B=2\nC=3\nURL=https://b.example/\n");
    let compare = document(
        &repo
            .seal(["compare", "left.env", "right.env", "--json"])
            .run(),
    );
    same_fields("compare --json", &compare, &[]);
    same_fields(
        "list --json",
        &document(&repo.seal(["list", "--json"]).ok()),
        &[],
    );
}
