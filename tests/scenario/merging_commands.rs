//! The other git commands that merge files: each asks the driver, and what it leaves is plain to see
//! and sealed in every object.

use crate::sandbox::{PLAIN, Repo};

fn env(a: &str, b: &str) -> String {
    format!("A=quokka-nine-{a}\nB=quokka-nine-{b}\n")
}

/// `main` and `other` changed the same variable differently; `main` changed its neighbour too.
fn conflicting() -> Repo {
    let repo = Repo::initialised();
    repo.write(".env", env("base", "base"));
    repo.commit("Base");
    repo.git(["switch", "--quiet", "-c", "other"]).ok();
    repo.write(".env", env("theirs", "base"));
    repo.commit("Theirs");
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.write(".env", env("ours", "ours"));
    repo.commit("Ours");
    repo
}

#[track_caller]
fn assert_conflict(repo: &Repo) {
    let text = repo.text(".env");
    let rest = text.strip_prefix("<<<<<<< ").expect("a conflict at once");
    let lines: Vec<&str> = rest.lines().skip(1).collect();
    let [ours, middle, theirs, end, b] = lines.as_slice() else {
        panic!("{text}");
    };
    assert_eq!(
        [*ours, *middle, *theirs, *b],
        [
            "A=quokka-nine-ours",
            "=======",
            "A=quokka-nine-theirs",
            "B=quokka-nine-ours"
        ]
    );
    assert!(end.starts_with(">>>>>>> "), "{text}");
    let unmerged = repo.git(["ls-files", "--unmerged"]).ok().out();
    assert_eq!(unmerged.lines().count(), 3, "{unmerged}");
    repo.assert_nowhere(&PLAIN);
}

#[test]
fn a_conflict_can_be_made_again_and_either_side_be_taken() {
    let repo = conflicting();
    repo.git(["merge", "other"]).ends_with(1);
    assert_conflict(&repo);
    repo.write(".env", "tried in vain\n");
    repo.git(["checkout", "--quiet", "--merge", ".env"]).ok();
    assert_conflict(&repo);
    for (side, a, b) in [("--theirs", "theirs", "base"), ("--ours", "ours", "ours")] {
        repo.git(["checkout", "--quiet", side, ".env"]).ok();
        assert_eq!(repo.text(".env"), env(a, b));
    }
    repo.git(["add", ".env"]).ok();
    repo.git(["commit", "--quiet", "-m", "Ours"]).ok();
    repo.assert_well();
}

#[test]
fn a_patch_that_does_not_apply_is_merged() {
    let repo = conflicting();
    let patch = repo.git(["format-patch", "-1", "--stdout", "other"]).ok();
    assert!(!patch.mentions("quokka"));
    let patch = repo.sandbox().write("patch", &patch.out());
    let patch = patch.to_str().expect("UTF-8");
    repo.git(["am", "--quiet", "--3way", patch]).fails();
    assert_conflict(&repo);
    repo.git(["am", "--abort"]).ok();
    repo.assert_well();
    repo.git(["apply", "--3way", patch]).ends_with(1);
    assert_conflict(&repo);
}

#[test]
fn a_merge_that_normalises_first_is_the_same() {
    let repo = conflicting();
    repo.git(["merge", "-Xrenormalize", "other"]).ends_with(1);
    assert_conflict(&repo);
    repo.git(["merge", "--abort"]).ok();
    // Git tells no driver of these.
    repo.git(["merge", "-Xtheirs", "other"]).ends_with(1);
    assert_conflict(&repo);
}

#[test]
fn a_revert_of_what_was_changed_since_conflicts() {
    let repo = conflicting();
    repo.write(".env", env("later", "ours"));
    repo.commit("Later");
    repo.git(["revert", "--no-edit", "HEAD~"]).ends_with(1);
    let text = repo.text(".env");
    assert!(text.contains("A=quokka-nine-later\n") && text.contains("A=quokka-nine-base\n"));
    assert!(text.ends_with("B=quokka-nine-base\n"), "{text}");
    repo.assert_nowhere(&PLAIN);
}

#[test]
fn a_diff_of_what_is_staged_names_what_is_not_merged() {
    let repo = conflicting();
    repo.git(["merge", "other"]).ends_with(1);
    let diff = repo.seal(["diff", "--staged"]).ok();
    assert_eq!(diff.out(), "");
    assert_eq!(
        diff.err(),
        "git-seal: .env is not merged: see git seal diff\n"
    );
    let elsewhere = repo.seal(["diff", "--staged", "--", ".gitattributes"]).ok();
    assert_eq!(elsewhere.err(), "");
}
