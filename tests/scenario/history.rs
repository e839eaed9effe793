//! Joining and rewriting history.

use crate::sandbox::{ENV, Repo};

/// `main` with [`ENV`]; on `other`, the same with one more edit; both edited.
fn two_branches(ours: (&str, &str), theirs: (&str, &str)) -> Repo {
    let repo = Repo::with_env();
    repo.git(["switch", "--quiet", "-c", "other"]).ok();
    repo.write(".env", ENV.replace(theirs.0, theirs.1));
    repo.commit("Theirs");
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.write(".env", ENV.replace(ours.0, ours.1));
    repo.commit("Ours");
    repo
}

const FIRST: (&str, &str) = ("hunter2-winter", "quokka-nine-1");
const LAST: (&str, &str) = ("EMPTY=", "EMPTY=quokka-nine-2");
const FIRST_AGAIN: (&str, &str) = ("hunter2-winter", "quokka-nine-3");

fn both() -> String {
    ENV.replace(FIRST.0, FIRST.1).replace(LAST.0, LAST.1)
}

#[test]
fn a_merge_takes_both_sides_in_plain_text() {
    let repo = two_branches(FIRST, LAST);
    repo.git(["merge", "--quiet", "--no-edit", "other"]).ok();
    assert_eq!(repo.text(".env"), both());
    repo.assert_well();
}

#[test]
fn a_rebase_without_a_conflict_goes_through() {
    let repo = two_branches(FIRST, LAST);
    repo.git(["rebase", "--quiet", "other"]).ok();
    assert_eq!(repo.text(".env"), both());
    repo.assert_well();
}

#[test]
fn a_conflict_is_shown_in_plain_text_and_settled_as_ever() {
    for command in ["merge", "rebase", "cherry-pick"] {
        let repo = two_branches(FIRST, FIRST_AGAIN);
        repo.git([command, "other"]).fails();
        let conflict = repo.text(".env");
        assert!(conflict.contains("<<<<<<< "), "{command}: {conflict}");
        assert!(
            conflict.contains("app:quokka-nine-1@db"),
            "{command}: {conflict}"
        );
        assert!(
            conflict.contains("app:quokka-nine-3@db"),
            "{command}: {conflict}"
        );
        repo.assert_nowhere(&crate::sandbox::PLAIN);
        repo.write(".env", both());
        repo.git(["add", ".env"]).ok();
        repo.git([command, "--continue"]).ok();
        assert_eq!(repo.text(".env"), both(), "{command}");
        repo.assert_well();
    }
}

#[test]
fn an_abandoned_merge_leaves_everything_as_it_was() {
    let repo = two_branches(FIRST, FIRST_AGAIN);
    repo.git(["merge", "other"]).fails();
    repo.git(["merge", "--abort"]).ok();
    assert_eq!(repo.text(".env"), ENV.replace(FIRST.0, FIRST.1));
    repo.assert_well();
}

#[test]
fn conflict_markers_may_be_staged_and_stay_readable() {
    let repo = two_branches(FIRST, FIRST_AGAIN);
    repo.git(["merge", "other"]).fails();
    let conflict = repo.text(".env");
    let words = ["commit", "--quiet", "--all", "-m", "With markers"];
    repo.git(words).fails().tells_nothing();
    repo.git(words.iter().chain(&["--no-verify"])).ok();
    assert!(String::from_utf8_lossy(&repo.blob("HEAD:.env")).contains("\n<<<<<<< "));
    assert_eq!(repo.text(".env"), conflict);
    repo.assert_well();
}

#[test]
fn commits_are_picked_and_reverted() {
    let repo = two_branches(FIRST, LAST);
    repo.git(["cherry-pick", "other"]).ok();
    assert_eq!(repo.text(".env"), both());
    repo.git(["revert", "--no-edit", "HEAD~1"]).ok();
    assert_eq!(repo.text(".env"), ENV.replace(LAST.0, LAST.1));
    repo.assert_well();
}

#[test]
fn bisect_opens_every_commit_it_stops_at() {
    let repo = Repo::with_env();
    for n in 1..=6 {
        repo.write(".env", format!("{ENV}N=quokka-nine-{n}\n"));
        repo.commit(&format!("Number {n}"));
    }
    repo.git(["bisect", "start", "HEAD", "HEAD~6"]).ok();
    let found = repo
        .git([
            "bisect",
            "run",
            "sh",
            "-c",
            "! grep -q 'quokka-nine-[456]' .env",
        ])
        .ok();
    assert!(
        found.out().contains("is the first bad commit"),
        "{}",
        found.out()
    );
    let first = repo.git(["log", "-1", "--format=%s", "bisect/bad"]).ok();
    assert_eq!(first.out(), "Number 4\n");
    repo.git(["bisect", "reset"]).ok();
    assert_eq!(repo.text(".env"), format!("{ENV}N=quokka-nine-6\n"));
    repo.assert_well();
}

#[test]
fn patches_by_mail_hold_tokens_and_apply() {
    let repo = two_branches(FIRST, LAST);
    let patch = repo.git(["format-patch", "--stdout", "main..other"]).ok();
    patch.tells_nothing();
    repo.git(["am", "--quiet", "--3way"])
        .stdin(&patch.stdout)
        .ok();
    assert_eq!(repo.text(".env"), both());
    repo.git(["reset", "--quiet", "--hard", "HEAD~2"]).ok();
    repo.git(["am", "--quiet"]).stdin(&patch.stdout).ok();
    assert_eq!(repo.text(".env"), ENV.replace(LAST.0, LAST.1));
    repo.assert_well();
}

#[test]
fn an_archive_leaves_sealed_files_out() {
    let repo = Repo::empty();
    repo.write(".env", ENV);
    repo.write("README", "read me\n");
    repo.initialise();
    repo.commit("Seal secrets");
    let archive = repo.git(["archive", "--format=tar", "HEAD"]).ok();
    archive.tells_nothing();
    let names = repo
        .git(["archive", "--format=tar", "HEAD", "."])
        .ok()
        .out();
    assert!(names.contains("README"));
    assert!(!names.contains("ledger.jsonl") && !names.contains(".env\0"));
    repo.assert_env();
}
