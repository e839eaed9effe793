//! Two clocks: the key's and the value's.

use serde_json::Value;

use crate::sandbox::Repo;
use crate::support::{clone_with, current_key, rotate};

/// Commits everything on a day of 2024, as somebody.
fn commit_on(repo: &Repo, date: &str, who: &str) {
    repo.git(["add", "--all"]).ok();
    repo.git(["commit", "--quiet", "--allow-empty", "-m", "x"])
        .env("GIT_AUTHOR_DATE", format!("{date}T12:00:00Z"))
        .env("GIT_AUTHOR_NAME", who)
        .ok();
}

/// `NAME date` for each variable, with `?` where it is not certain.
fn ages(repo: &Repo, code: i32) -> Vec<String> {
    let out = repo.seal(["ages", "--json"]).ends_with(code).out();
    let json: Value = serde_json::from_str(&out).unwrap();
    let row = |row: &Value| {
        let mark = if row["certain"] == true { "" } else { "?" };
        let date = &row["changed"].as_str().unwrap()[..10];
        format!("{} {date}{mark}", row["name"].as_str().unwrap_or("-"))
    };
    json["values"].as_array().unwrap().iter().map(row).collect()
}

/// A value changes in the commit of a rotation, others do not.
fn history() -> Repo {
    let repo = Repo::initialised();
    repo.write(".env", "A=one-quokka\nB=two-quokka\n");
    commit_on(&repo, "2024-01-01", "Ada");
    repo.write(".env", "A=one-quokka\nB=new-quokka\n");
    commit_on(&repo, "2024-02-01", "Bob");
    repo.write(".env", "A=one-quokka\nB=new-quokka\nC=three\n");
    rotate(&repo, "rotation and edit in one commit");
    commit_on(&repo, "2024-03-01", "Cleo");
    rotate(&repo, "again");
    commit_on(&repo, "2024-04-01", "Dan");
    repo
}

#[test]
fn sealing_anew_is_no_change_and_a_key_tells_so() {
    let repo = history();
    assert_eq!(
        ages(&repo, 0),
        ["A 2024-01-01", "B 2024-02-01", "C 2024-03-01"]
    );
    let shown = repo.seal(["ages"]).ok();
    shown.tells_nothing();
    assert!(
        shown.out().contains("Bob <test@example.org>"),
        "{}",
        shown.out()
    );
    let fresh = clone_with(&repo, "fresh", &current_key(&repo));
    assert_eq!(ages(&fresh, 0), ages(&repo, 0));
}

#[test]
fn without_a_key_the_latest_possible_date_is_marked() {
    let repo = history();
    let clone = repo.clone_to("locked");
    assert_eq!(
        ages(&clone, 3),
        ["A 2024-04-01?", "B 2024-04-01?", "C 2024-04-01?"]
    );
    let shown = clone.seal(["ages"]).ends_with(3);
    assert!(shown.out().contains("at the latest"), "{}", shown.out());
}

#[test]
fn a_merge_keeps_the_dates_of_both_sides() {
    let repo = Repo::initialised();
    repo.write(".env", "A=one-quokka\nKEEP=x\nKEEP2=y\nB=two-quokka\n");
    commit_on(&repo, "2024-01-01", "Ada");
    repo.git(["checkout", "--quiet", "-b", "side"]).ok();
    repo.write(".env", "A=side-quokka\nKEEP=x\nKEEP2=y\nB=two-quokka\n");
    commit_on(&repo, "2024-02-01", "Bob");
    repo.git(["checkout", "--quiet", "main"]).ok();
    repo.write(".env", "A=one-quokka\nKEEP=x\nKEEP2=y\nB=main-quokka\n");
    commit_on(&repo, "2024-03-01", "Cleo");
    repo.git(["merge", "--quiet", "--no-edit", "side"]).ok();
    let expected = [
        "A 2024-02-01",
        "B 2024-03-01",
        "KEEP 2024-01-01",
        "KEEP2 2024-01-01",
    ];
    assert_eq!(ages(&repo, 0), expected);
}

#[test]
fn a_moved_file_keeps_its_dates() {
    let repo = Repo::initialised();
    repo.write(".env", "A=one-quokka\n");
    commit_on(&repo, "2024-01-01", "Ada");
    repo.git(["mv", ".env", "app.env"]).ok();
    commit_on(&repo, "2024-02-01", "Bob");
    assert_eq!(ages(&repo, 0), ["A 2024-01-01"]);
}

#[test]
fn a_shallow_clone_says_that_it_may_be_older() {
    let repo = history();
    let url = format!("file://{}", repo.directory().display());
    let clone = Repo::at(repo.sandbox(), "shallow");
    repo.git(["clone", "--quiet", "--depth=1", &url, "shallow"])
        .below("..")
        .ok();
    clone
        .seal(["unlock", "--stdin"])
        .stdin(current_key(&repo))
        .ok();
    assert_eq!(
        ages(&clone, 5),
        ["A 2024-04-01?", "B 2024-04-01?", "C 2024-04-01?"]
    );
}

#[test]
fn values_over_policy_are_told() {
    let repo = history();
    repo.write(
        ".seal/config.toml",
        "version = 1\n[environment.default]\nvalue_max_age_days = 30\n",
    );
    let shown = repo.seal(["ages"]).ok().out();
    assert_eq!(shown.matches("policy: 30 days").count(), 3, "{shown}");
    let audit = repo.seal(["audit", "--json"]).ends_with(1).out();
    assert_eq!(audit.matches("\"value-too-old\"").count(), 3, "{audit}");
    // What may stay readable is no secret: its age does not matter.
    repo.write(
        ".seal/config.toml",
        "version = 1\n[environment.default]\nvalue_max_age_days = 30\nclear = [\"A\"]\n",
    );
    repo.seal(["reseal"]).ok();
    repo.git(["add", "--all"]).ok();
    repo.git(["commit", "--quiet", "--no-verify", "-m", "Clear"])
        .ok();
    let shown = repo.seal(["ages"]).ok().out();
    assert_eq!(shown.matches("policy: 30 days").count(), 2, "{shown}");
    let audit = repo.seal(["audit", "--json"]).ends_with(1).out();
    assert_eq!(audit.matches("\"value-too-old\"").count(), 2, "{audit}");
}
