//! What git leaves behind in plain text, and what `lock` does about it.

use crate::sandbox::{ENV, Repo, contains};

/// A clone in which a conflict was settled with `rerere` and `mergetool` looking on.
fn after_a_conflict() -> Repo {
    let repo = Repo::with_env();
    repo.git(["config", "rerere.enabled", "true"]).ok();
    repo.git(["switch", "--quiet", "-c", "other"]).ok();
    repo.write(".env", ENV.replace("EMPTY=", "EMPTY=quokka-nine"));
    repo.commit("Theirs");
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.write(".env", ENV.replace("EMPTY=", "EMPTY=another"));
    repo.commit("Ours");
    repo.git(["merge", "other"]).fails();
    repo
}

fn settle(repo: &Repo) {
    repo.write(".env", ENV);
    repo.commit("Settled");
}

fn conflicts(repo: &Repo) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(repo.path(".git/rr-cache")).expect("rerere is on");
    entries
        .map(|entry| entry.expect("readable").path())
        .collect()
}

#[test]
fn lock_waits_for_a_conflict_to_be_settled() {
    let repo = after_a_conflict();
    let conflict = repo.text(".env");
    for words in [&["lock"][..], &["lock", "--force"]] {
        repo.seal(words).ends_with(1).says(
            "git-seal: error: .env is in conflict\n\
             git-seal: hint: settle the conflict, or give it up with `git merge --abort` or the like\n",
        );
    }
    assert_eq!(repo.text(".env"), conflict);
    repo.seal(["key", "show"]).ok();
}

#[test]
fn lock_removes_what_rerere_and_mergetool_left_of_known_values() {
    let repo = after_a_conflict();
    settle(&repo);
    let remembered = std::fs::read(conflicts(&repo)[0].join("preimage")).expect("rerere's");
    assert!(
        contains(&remembered, b"hunter2-winter"),
        "rerere keeps plain text"
    );
    let exclude = "_*_*.env\n*.orig\n";
    repo.write(".git/info/exclude", exclude);
    repo.write("_LOCAL_12.env", ENV);
    repo.write("_REMOTE_12.env", "OTHER=unknown-to-us\n");
    repo.write(".env.orig", ENV);
    repo.write("notes_LOCAL_1.txt", "hunter2-winter is none of git's\n");
    repo.seal(["lock"]).ok().says(
        "git-seal: sealed 1 file in the work tree; the clone's keys are forgotten\n\
         git-seal: removed 3 leftovers of rerere, mergetool or `git seal edit`\n",
    );
    assert_eq!(conflicts(&repo).len(), 0);
    assert!(!repo.path("_LOCAL_12.env").exists() && !repo.path(".env.orig").exists());
    assert!(repo.path("_REMOTE_12.env").exists(), "no known value in it");
    assert!(
        repo.path("notes_LOCAL_1.txt").exists(),
        "not beside a sealed file of that name"
    );
    assert!(repo.path(".env").exists());
}

#[test]
fn purge_removes_them_whatever_they_hold() {
    let repo = after_a_conflict();
    settle(&repo);
    repo.write(".git/info/exclude", "_*_*.env\n");
    repo.write("_REMOTE_12.env", "OTHER=unknown-to-us\n");
    repo.write("tracked_LOCAL_1.env", "A=quokka-nine\n");
    repo.write("tracked.env", "A=quokka-nine\n");
    repo.git(["add", "--force", "tracked_LOCAL_1.env", "tracked.env"])
        .ok();
    repo.seal(["lock"]).ok();
    repo.seal(["lock", "--purge"]).ok().says(
        "git-seal: no file was open in the work tree; the clone's keys are forgotten\n\
         git-seal: removed 1 leftover of rerere, mergetool or `git seal edit`\n",
    );
    assert!(!repo.path("_REMOTE_12.env").exists());
    assert!(repo.path("tracked_LOCAL_1.env").exists(), "git tracks it");
}

#[test]
fn lock_empties_the_record() {
    let repo = Repo::with_env();
    assert!(repo.path(".git/git-seal/record").exists());
    repo.seal(["lock"]).ok();
    assert!(!repo.path(".git/git-seal/record").exists());
    assert!(!repo.path(".git/git-seal/record.key").exists());
}
