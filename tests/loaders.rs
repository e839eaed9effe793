//! `run` gives a program what the established loaders give, wherever they agree: at least three of
//! npm's dotenv, Node's `--env-file`, python-dotenv and dotenvy. What those read is recorded in
//! data/loaders.json (made by `python/measure_loaders.py`); docs/DOTENV.md has it as a table.
#![cfg(unix)]
#![allow(
    clippy::print_stderr,
    clippy::ref_option_ref,
    clippy::single_range_in_vec_init
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The values that a loader gives; `None` where it refuses the file.
type Reading = Option<BTreeMap<String, String>>;

struct Case {
    title: String,
    text: String,
    /// What the environment held before.
    given: BTreeMap<String, String>,
    read: BTreeMap<String, Reading>,
}

fn cases() -> Vec<Case> {
    let json: Value = serde_json::from_str(include_str!("data/loaders.json")).expect("JSON");
    let case = |case: &Value| Case {
        title: case["case"].as_str().expect("a title").to_owned(),
        text: case["text"].as_str().expect("a text").to_owned(),
        given: serde_json::from_value(case["given"].clone()).unwrap_or_default(),
        read: serde_json::from_value(case["read"].clone()).expect("readings by loader"),
    };
    let cases: Vec<Case> = json.as_array().expect("a list").iter().map(case).collect();
    assert!(cases.len() > 70);
    cases
}

/// What a program gets that `run` starts with the file.
fn ours(case: &Case, flags: &[&str]) -> BTreeMap<String, String> {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file.env");
    std::fs::write(&file, &case.text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_git-seal"))
        .args(["run", "--file", "file.env"])
        .args(flags)
        .args(["--", "env", "-0"])
        .current_dir(&directory)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs(&case.given)
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", case.title);
    let environment = String::from_utf8_lossy(&output.stdout);
    let pairs = environment.split_terminator('\0');
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').expect("NAME=value");
        (name.to_owned(), value.to_owned())
    };
    pairs.map(pair).filter(|(name, _)| name != "PATH").collect()
}

/// Each name of the file with what at least three of the four make of it; a value or nothing.
fn agreed(case: &Case) -> BTreeMap<String, Option<String>> {
    let readings: Vec<_> = case.read.values().flatten().collect();
    let names: BTreeSet<&String> = readings.iter().flat_map(|reading| reading.keys()).collect();
    let verdict = |name: &String| {
        let votes: Vec<_> = readings.iter().map(|reading| reading.get(name)).collect();
        let of = |vote: &Option<&String>| votes.iter().filter(|other| *other == vote).count();
        let found = votes.iter().find(|vote| of(vote) >= 3)?;
        Some((name.clone(), found.cloned()))
    };
    names.into_iter().filter_map(verdict).collect()
}

/// `A==` is sealed whole, as the tail of pasted data, and so it is no variable here.
const DEVIATIONS: [(&str, &str); 2] = [("PEM without quotes", "ab"), ("a value of =", "T")];

#[test]
fn what_the_loaders_agree_on_is_what_we_read() {
    let mut compared = 0;
    let mut deviations = Vec::new();
    for case in &cases() {
        let ours = ours(case, &[]);
        for (name, value) in agreed(case) {
            compared += 1;
            if ours.get(&name) != value.as_ref() {
                deviations.push((case.title.clone(), name));
            }
        }
    }
    assert!(compared > 80, "{compared}");
    assert_eq!(
        deviations,
        DEVIATIONS.map(|(case, name)| (case.to_owned(), name.to_owned()))
    );
}

#[test]
fn without_expansion_references_are_read_as_npm_and_node_read_them() {
    let mut compared = 0;
    for case in cases().iter().filter(|case| case.text.contains("${")) {
        let ours = ours(case, &["--no-expand"]);
        for loader in ["npm", "node"] {
            assert_eq!(
                Some(&ours),
                case.read[loader].as_ref(),
                "{} {loader}",
                case.title
            );
            compared += 1;
        }
    }
    assert!(compared > 15, "{compared}");
}

#[test]
fn where_the_loaders_are_split_the_rules_decide() {
    for (title, name, value) in [
        ("# with no blank before", "T", "x#y"),
        ("\\r in double quotes", "T", "a\rb"),
        ("\\t in double quotes", "T", "a\\tb"),
        ("\\\\ in double quotes", "T", "a\\b"),
        ("\\\" in double quotes", "T", "a\"b"),
        ("\\' in single quotes", "T", "a\\'b"),
        ("backtick", "T", "x y"),
        ("text after a closing quote", "T", "\"x\"y"),
        ("unterminated double", "T", "\"x"),
        ("${A} unquoted", "T", "1/x"),
        ("${A:-d}", "T", "d"),
        ("${A:-d} of an empty name", "T", "d"),
        ("${A-d}", "T", "${A-d}"),
        ("unset ${A}", "T", "x"),
        ("${A} set later", "T", "x"),
        ("\\${A} in double quotes", "T", "${A}"),
        ("lone CR", "A", "x\rB=y"),
        ("NAME: value", "U", "1"),
        ("multi-line backtick", "T", "a\nb"),
        ("${A} in double quotes", "T", "1/x"),
        ("${A} of a name that is set already", "T", "mine/x"),
        (
            "${A} of a name that only the environment has",
            "T",
            "mine/x",
        ),
    ] {
        let case = cases().into_iter().find(|case| case.title == title);
        let case = case.expect("a recorded case");
        let ours = ours(&case, &[]);
        assert_eq!(ours.get(name).map(String::as_str), Some(value), "{title}");
        assert_ne!(
            agreed(&case).get(name),
            Some(&Some(value.to_owned())),
            "{title} is agreed on"
        );
    }
}

/// What Node on this machine reads; `None` where it is missing or refuses the file.
fn node(path: &str, given: &BTreeMap<String, String>) -> Reading {
    let output = Command::new("node")
        .arg(format!("--env-file={path}"))
        .args(["-p", "JSON.stringify(process.env)"])
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs(given)
        .output()
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

#[test]
fn the_node_at_hand_reads_what_was_recorded() {
    for case in cases() {
        let file = tempfile::NamedTempFile::new().expect("a temp file");
        std::fs::write(&file, &case.text).expect("written");
        let Some(read) = node(file.path().to_str().expect("UTF-8"), &case.given) else {
            eprintln!("note: not compared, no node that knows --env-file");
            return;
        };
        // Where loaders agree, versions do too; the rest changes with them.
        for (name, value) in agreed(&case) {
            let recorded = case.read["node"]
                .as_ref()
                .and_then(|reading| reading.get(&name));
            if recorded == value.as_ref() {
                assert_eq!(read.get(&name), value.as_ref(), "{} {name}", case.title);
            }
        }
    }
}
