//! What a rotation refuses, and that it then changes nothing.

use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::{ENV, KEY, OTHER_KEY, Ran, Repo};
use crate::support::{current_key, first_id, id_of, keys_in, last_entry, rotate};
use crate::terminal::CTRL_C;

#[track_caller]
fn refused(repo: &Repo, words: &[&str], code: i32, because: &str) {
    let index = repo.git(["ls-files", "-s"]).ok().stdout;
    let ledger = repo.read(".seal/ledger.jsonl");
    let ran = repo.seal(words).ends_with(code);
    assert!(
        ran.mentions(because),
        "{because:?} is not in\n{}",
        ran.err()
    );
    ran.tells_nothing();
    assert_eq!(repo.git(["ls-files", "-s"]).ok().stdout, index);
    assert_eq!(repo.read(".seal/ledger.jsonl"), ledger);
    assert!(!repo.path(".git/git-seal/rotation.json").exists());
}

#[test]
fn bad_arguments_are_refused() {
    let repo = Repo::with_env();
    refused(&repo, &["rotate"], 2, "needs a reason");
    refused(&repo, &["rotate", "--reason", "  "], 2, "needs a reason");
    refused(&repo, &["rotate", "--reason", "a\nb"], 2, "one line");
    refused(
        &repo,
        &["rotate", "--env", "nowhere", "--reason", "x"],
        2,
        "no environment nowhere",
    );
    refused(&repo, &["rotate", "--finish"], 2, "no key is prepared");
    refused(
        &repo,
        &["rotate", "--continue"],
        2,
        "no rotation was interrupted",
    );
    refused(
        &repo,
        &["rotate", "--abort"],
        2,
        "no rotation was interrupted",
    );
    refused(
        &repo,
        &["rotate", "--reason", "x", "--key-from-env", "NOT_SET"],
        2,
        "NOT_SET is not set",
    );
}

#[test]
fn a_reason_that_holds_a_secret_is_refused_without_repeating_it() {
    let repo = Repo::with_env();
    for reason in [
        "leaked: sk_live_4eC39HqLyjWD",
        "hunter2-winter was on a poster",
        "old one was Zmlyc3QgbWFzdGVyIGtleSBmb3Igc2NlbmFyaW9zISE=",
    ] {
        refused(
            &repo,
            &["rotate", "--reason", reason],
            2,
            "the reason holds",
        );
    }
    rotate(&repo, "the billing key of production leaked");
}

#[test]
fn a_merge_in_progress_is_refused() {
    let repo = Repo::with_env();
    repo.git(["checkout", "--quiet", "-b", "side"]).ok();
    repo.write("text", "one\n");
    repo.commit("one");
    repo.git(["checkout", "--quiet", "main"]).ok();
    repo.write("text", "two\n");
    repo.commit("two");
    repo.git(["merge", "side"]).fails();
    refused(
        &repo,
        &["rotate", "--reason", "x"],
        2,
        "text is not resolved",
    );
    // Nor is a resolved one the place for a rotation, in which nobody would look for it.
    repo.write("text", "both\n");
    repo.git(["add", "text"]).ok();
    let told = "git-seal: error: a merge is in progress\n\
        git-seal: hint: finish it with `git commit`, or give it up with `git merge --abort`, and rotate then\n";
    for words in ["rotate --reason x", "rotate --reason x --dry-run"] {
        let words: Vec<&str> = words.split(' ').collect();
        refused(&repo, &words, 2, told);
    }
    repo.git(["commit", "--quiet", "--no-edit"]).ok();
    rotate(&repo, "after the merge");
}

#[test]
fn a_picked_or_reverted_commit_in_the_making_is_refused() {
    for (start, what) in [
        ("cherry-pick side", "a cherry-pick is in progress"),
        ("revert --no-edit HEAD~1", "a revert is in progress"),
    ] {
        let repo = Repo::with_env();
        repo.write("text", "none\n");
        repo.commit("none");
        repo.git(["checkout", "--quiet", "-b", "side"]).ok();
        repo.write("text", "one\n");
        repo.commit("one");
        repo.git(["checkout", "--quiet", "main"]).ok();
        for text in ["two\n", "three\n"] {
            repo.write("text", text);
            repo.commit(text.trim());
        }
        repo.git(start.split(' ')).fails();
        repo.write("text", "resolved\n");
        repo.git(["add", "text"]).ok();
        refused(&repo, &["rotate", "--reason", "x"], 2, what);
    }
}

#[test]
fn a_value_that_does_not_open_stops_the_rotation() {
    let repo = Repo::with_env();
    let sealed = String::from_utf8(repo.blob(":.env")).unwrap();
    let moved = sealed.replace("API_KEY=", "OTHER=");
    let id = repo.git(["hash-object", "-w", "--stdin", "--no-filters"]);
    let id = id.stdin(moved).ok().out();
    let entry = format!("100644,{},.env", id.trim());
    repo.git(["update-index", "--cacheinfo", &entry]).ok();
    refused(
        &repo,
        &["rotate", "--reason", "x"],
        4,
        "(OTHER): the sealed value does not authenticate",
    );
}

#[test]
fn without_the_key_in_use_nothing_rotates() {
    let repo = Repo::with_env();
    let clone = repo.clone_to("without");
    refused(&clone, &["rotate", "--reason", "x"], 3, &first_id().short());
    let forged = clone
        .seal(["rotate", "--reason", "x"])
        .env("SECRETS_MASTER_KEY", OTHER_KEY)
        .ends_with(3);
    forged.tells_nothing();
}

#[test]
fn a_key_that_the_ledger_knows_is_no_new_one() {
    let repo = Repo::with_env();
    rotate(&repo, "one");
    repo.commit("Rotate");
    let ran = repo
        .seal(["rotate", "--reason", "back", "--key-from-env", "OLD"])
        .env("OLD", KEY)
        .ends_with(2);
    assert!(ran.mentions("is no new key"), "{}", ran.err());
}

#[test]
fn only_one_rotation_at_a_time() {
    let repo = Repo::with_env();
    repo.seal(["rotate", "--reason", "x", "--dry-run"]).ok();
    let lock = std::fs::File::options()
        .write(true)
        .open(repo.path(".git/git-seal/rotation.lock"))
        .unwrap();
    lock.try_lock().unwrap();
    refused(
        &repo,
        &["rotate", "--reason", "x"],
        2,
        "another rotation is at work",
    );
    drop(lock);
    rotate(&repo, "x");
}

#[test]
fn an_index_that_git_holds_is_left_alone() {
    let repo = Repo::with_env();
    repo.write(".git/index.lock", "");
    let before = keys_in(&repo.blob(":.env"));
    repo.seal(["rotate", "--reason", "x"]).ends_with(2);
    assert!(repo.path(".git/index.lock").exists());
    std::fs::remove_file(repo.path(".git/index.lock")).unwrap();
    assert_eq!(keys_in(&repo.blob(":.env")), before);
    assert!(!repo.path(".git/git-seal/rotation.json").exists());
    repo.assert_env();
    rotate(&repo, "x");
}

#[test]
fn commit_is_refused_beside_other_changes() {
    let repo = Repo::with_env();
    repo.write("other", "x\n");
    repo.git(["add", "other"]).ok();
    refused(
        &repo,
        &["rotate", "--reason", "x", "--commit"],
        2,
        "something else is staged",
    );
}

#[test]
fn a_key_file_is_private_and_never_overwritten() {
    let repo = Repo::with_env();
    let file = repo.sandbox().path("new.key");
    let name = file.to_str().unwrap();
    repo.seal(["rotate", "--reason", "x", "--new-key-file", name])
        .ok()
        .tells_nothing();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.trim(), current_key(&repo));
    repo.commit("Rotate");
    refused(
        &repo,
        &["rotate", "--reason", "y", "--new-key-file", name],
        2,
        "never overwritten",
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_clone_that_keeps_no_keys_needs_another_place_for_the_new_one() {
    let repo = Repo::with_env();
    repo.git(["config", "seal.store", "never"]).ok();
    refused(&repo, &["rotate", "--reason", "x"], 2, "nowhere to go");
    repo.seal(["rotate", "--reason", "x", "--key-from-env", "NEW"])
        .env("NEW", OTHER_KEY)
        .ok()
        .tells_nothing();
    assert_eq!(keys_in(&repo.blob(":.env")), [id_of(OTHER_KEY)]);
    let id = id_of(OTHER_KEY).to_string();
    assert!(!repo.path(".git/git-seal/keys/default").join(id).exists());
}

/// Rotates with ever larger limits on the size of a file, in blocks of 512 bytes, until it succeeds:
/// each time another step is the first that can't write. `before` each is prepended to the shell's line.
fn with_growing_room(before: &str, mut after_failure: impl FnMut(&Repo, &Ran)) {
    let repo = Repo::with_env();
    // A ledger larger than anything else that is written.
    for number in 0..6 {
        rotate(&repo, &format!("rotation {number} {}", "x".repeat(300)));
    }
    repo.commit("Many rotations");
    let index = repo.git(["ls-files", "-s"]).ok().stdout;
    let ledger = repo.read(".seal/ledger.jsonl");
    let seal = env!("CARGO_BIN_EXE_git-seal");
    for blocks in 0..64 {
        let line = format!("{before} ulimit -f {blocks}; exec '{seal}' rotate --reason full");
        let ran = repo.program("sh", ["-c", &line]).run();
        ran.tells_nothing();
        if ran.code == 0 {
            assert!(blocks > 4, "only {blocks} blocks were needed");
            repo.commit("Room at last");
            repo.assert_env();
            return;
        }
        after_failure(&repo, &ran);
        assert_eq!(repo.git(["ls-files", "-s"]).ok().stdout, index, "{blocks}");
        assert_eq!(repo.read(".seal/ledger.jsonl"), ledger, "{blocks}");
        assert!(!repo.path(".git/index.lock").exists(), "{blocks}");
        assert!(!repo.path(".git/git-seal/rotation.json").exists());
        assert_eq!(repo.text(".env"), ENV);
    }
    panic!("it never had room enough");
}

#[test]
fn a_full_disk_leaves_the_old_state_at_whatever_step() {
    let mut complaints = std::collections::BTreeSet::new();
    with_growing_room("trap '' XFSZ;", |repo, ran| {
        assert!(ran.mentions("git-seal: error: "), "{}", ran.err());
        let what = ["git-seal/keys", "object database", "index", ".seal/ledger"];
        let found = what.into_iter().find(|what| ran.mentions(what));
        complaints.insert(found.unwrap_or("something else"));
        assert!(
            ran.err().matches("ledger.jsonl").count() < 2,
            "{}",
            ran.err()
        );
        let keys = std::fs::read_dir(repo.path(".git/git-seal/keys/default")).unwrap();
        assert_eq!(
            keys.count(),
            7,
            "a key that nothing is sealed under is left: {}",
            ran.err()
        );
        assert!(ran.mentions("nothing was changed"), "{}", ran.err());
        repo.seal(["ledger", "verify"]).ok();
    });
    assert!(complaints.len() >= 3, "{complaints:?}");
}

#[test]
fn killed_because_nothing_can_be_written_it_is_taken_back() {
    // The signal for a file that grows too large ends the process: a crash in the midst of a write.
    with_growing_room("", |repo, _| {
        if repo.path(".git/git-seal/rotation.json").exists() {
            repo.seal(["rotate", "--abort"]).ok();
        }
    });
}

#[test]
fn on_a_terminal_the_reason_is_asked_for() {
    let repo = Repo::with_env();
    let asked = repo
        .seal(["rotate"])
        .on_terminal()
        .sees("Why is the key rotated");
    let ran = asked.types("Ada left\r").ends_with(0);
    ran.tells_nothing();
    assert_eq!(last_entry(&repo).reason, "Ada left");
    assert!(ran.out().contains("replaces"), "{}", ran.out());
    repo.commit("Rotate");
    // A secret is refused there too, and an interrupt changes nothing.
    let index = repo.git(["ls-files", "-s"]).ok().stdout;
    let asked = repo
        .seal(["rotate"])
        .on_terminal()
        .sees("Why is the key rotated");
    let ran = asked.types("old: sk_live_4eC39HqLyjWD\r").ends_with(2);
    assert!(ran.out().contains("the reason holds"), "{}", ran.out());
    let asked = repo
        .seal(["rotate"])
        .on_terminal()
        .sees("Why is the key rotated");
    assert_ne!(asked.types(CTRL_C).ends().code, 0);
    assert_eq!(repo.git(["ls-files", "-s"]).ok().stdout, index);
    assert!(!repo.path(".git/git-seal/rotation.json").exists());
    // With the reason given, nothing is asked.
    repo.seal(["rotate", "--reason", "x"])
        .on_terminal()
        .ends_with(0);
}

/// A push of all that the remote does not have, judged by the hook.
fn push(repo: &Repo) -> Ran {
    repo.git(["push", "--quiet", "origin", "HEAD:main"]).run()
}

fn with_remote() -> Repo {
    let repo = Repo::with_env();
    repo.git(["init", "--quiet", "--bare", "../remote.git"])
        .ok();
    repo.git(["remote", "add", "origin", "../remote.git"]).ok();
    assert_eq!(push(&repo).code, 0);
    repo
}

#[test]
fn what_was_committed_before_a_rotation_is_pushed_with_it() {
    let repo = with_remote();
    repo.write(".env", format!("{ENV}NEW=quokka-nine-1\n"));
    repo.commit("A new value");
    for reason in ["one", "two"] {
        rotate(&repo, reason);
        repo.commit(reason);
    }
    let pushed = push(&repo);
    assert_eq!(pushed.code, 0, "{}", pushed.err());
}

#[test]
fn a_new_value_under_a_key_that_another_branch_retired_is_refused_until_that_is_merged() {
    let repo = with_remote();
    repo.git(["checkout", "--quiet", "-b", "rotated"]).ok();
    rotate(&repo, "x");
    repo.commit("Rotate");
    // The clone remembers what it has seen committed.
    repo.seal(["status"]).ok();
    repo.git(["checkout", "--quiet", "main"]).ok();
    repo.write(".env", format!("{ENV}NEW=quokka-nine-1\n"));
    repo.git(["add", ".env"]).ok();
    let refused = repo.git(["commit", "--quiet", "-m", "New"]).ends_with(1);
    assert!(refused.mentions("[stale-key]"), "{}", refused.err());
    let skip = ["commit", "--quiet", "--no-verify", "-m", "New"];
    repo.git(skip).ok();
    let refused = push(&repo);
    assert!(
        refused.code == 1 && refused.mentions("[stale-key]"),
        "{}",
        refused.err()
    );
    repo.git(["merge", "--quiet", "--no-edit", "rotated"]).ok();
    let pushed = push(&repo);
    assert_eq!(pushed.code, 0, "{}", pushed.err());
}
