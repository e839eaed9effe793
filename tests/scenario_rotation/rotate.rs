//! What a rotation does, and what it leaves alone.

use crate::sandbox::{ENV, KEY, Repo, contains};
use crate::support::{
    clone_with, current_key, first_id, id_of, keys_in, last_entry, ledger_at, rotate,
};

#[test]
fn everything_staged_comes_under_the_new_key_and_nothing_else_changes() {
    let repo = Repo::with_env();
    repo.write("README", "read me\n");
    repo.commit("Text");
    let ran = rotate(&repo, "Quarterly rotation");
    ran.tells_nothing();
    let status = repo.git(["status", "--porcelain"]).ok().out();
    assert_eq!(status, "M  .env\nM  .seal/ledger.jsonl\n");
    let new = id_of(&current_key(&repo));
    assert_ne!(new, first_id());
    assert_eq!(keys_in(&repo.blob(":.env")), [new]);
    let entry = last_entry(&repo);
    assert_eq!((entry.key_id, entry.files, entry.values), (new, 1, 4));
    assert_eq!(entry.previous, [first_id()]);
    assert_eq!(entry.reason, "Quarterly rotation");
    assert_eq!(entry.who, "Test <test@example.org>");
    repo.git(["commit", "--quiet", "-m", "Rotate"]).ok();
    repo.assert_env();
    repo.seal(["ledger", "verify"]).ok();
}

#[test]
fn the_new_key_alone_opens_every_commit() {
    let repo = Repo::with_env();
    rotate(&repo, "one");
    repo.commit("Rotate");
    let second = format!("{ENV}MORE=quokka-nine\n");
    repo.write(".env", &second);
    repo.commit("More");
    rotate(&repo, "two");
    repo.commit("Rotate again");
    let clone = clone_with(&repo, "new", &current_key(&repo));
    assert_eq!(clone.text(".env"), second);
    for (commit, content) in [
        ("main~1", second.as_str()),
        ("main~2", ENV),
        ("main~3", ENV),
        ("main", &second),
    ] {
        clone.git(["checkout", "--quiet", commit]).ok();
        assert_eq!(clone.text(".env"), content, "{commit}");
        clone.assert_clean();
    }
    clone.assert_well();
}

#[test]
fn a_clone_that_starts_on_an_old_branch_opens_it_with_the_new_key() {
    let repo = Repo::with_env();
    repo.git(["branch", "old"]).ok();
    rotate(&repo, "one");
    repo.commit("Rotate");
    let url = format!("file://{}", repo.directory().display());
    let clone = Repo::at(repo.sandbox(), "late");
    repo.git(["clone", "--quiet", "--branch", "old", &url, "late"])
        .below("..")
        .ok();
    clone
        .seal(["unlock", "--stdin"])
        .stdin(current_key(&repo))
        .ok();
    clone.assert_env();
    clone.git(["checkout", "--quiet", "main"]).ok();
    clone.assert_env();
    clone.git(["checkout", "--quiet", "old"]).ok();
    clone.assert_env();
}

#[test]
fn who_has_the_old_key_only_is_told_which_is_needed_and_cannot_commit() {
    let repo = Repo::with_env();
    let colleague = clone_with(&repo, "colleague", KEY);
    colleague.assert_env();
    rotate(&repo, "Ada left");
    repo.commit("Rotate");
    let new = id_of(&current_key(&repo));
    let pulled = colleague.git(["pull", "--quiet"]).ok();
    let date = last_entry(&repo).time.format("%Y-%m-%d").to_string();
    assert!(pulled.mentions(&new.short()), "{}", pulled.err());
    assert!(pulled.mentions(&date), "{}", pulled.err());
    assert_eq!(colleague.read(".env"), repo.blob("HEAD:.env"));
    let before = colleague.blob(":.env");
    colleague.write(".env", "NEW=quokka-nine\n");
    let refused = colleague.git(["add", ".env"]).fails();
    assert!(refused.mentions(&first_id().short()), "{}", refused.err());
    assert!(refused.mentions(&new.short()), "{}", refused.err());
    assert_eq!(colleague.blob(":.env"), before);
    let rotated = colleague
        .seal(["rotate", "--reason", "no key"])
        .ends_with(3);
    assert!(rotated.mentions(&new.short()), "{}", rotated.err());
}

#[test]
fn unstaged_edits_and_opaque_files_and_other_environments_survive() {
    let repo = Repo::with_env();
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    repo.write(".env.production", "P=quokka-nine\n");
    repo.seal(["track", "--opaque", "key.p12"]).ok();
    let certificate = b"\0\x01\r\nquokka-nine\xff".as_slice();
    repo.write("key.p12", certificate);
    repo.commit("More");
    let production = repo.blob(":.env.production");
    let edited = format!("{ENV}EDITED=quokka-nine\n");
    repo.write(".env", &edited);
    rotate(&repo, "Quarterly");
    let new = id_of(&current_key(&repo));
    assert_eq!(repo.text(".env"), edited);
    assert!(!contains(&repo.blob(":.env"), b"EDITED"));
    assert_eq!(keys_in(&repo.blob(":key.p12")), [new]);
    assert_eq!(repo.blob(":.env.production"), production);
    let status = repo.git(["status", "--porcelain"]).ok().out();
    assert_eq!(status, "MM .env\nM  .seal/ledger.jsonl\nM  key.p12\n");
    repo.commit("All");
    assert_eq!(repo.read("key.p12"), certificate);
    repo.assert_well();
}

#[test]
fn all_environments_rotate_in_one_step() {
    let repo = Repo::with_env();
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    repo.write(".env.production", "P=quokka-nine\n");
    repo.commit("Production");
    repo.seal(["rotate", "--all", "--reason", "Yearly", "--commit"])
        .ok();
    let ledger = ledger_at(&repo, "HEAD:.seal/ledger.jsonl");
    assert_eq!(ledger.entries().len(), 4);
    for (name, file) in [("default", ".env"), ("production", ".env.production")] {
        let current = ledger.current(&name.parse().unwrap()).unwrap();
        assert_eq!(
            keys_in(&repo.blob(&format!("HEAD:{file}"))),
            [current.key_id]
        );
        assert!(!current.previous.is_empty());
    }
    repo.assert_env();
    let subject = repo.git(["log", "-1", "--format=%s%n%b"]).ok().out();
    assert_eq!(
        subject.trim(),
        "Rotate the key of default, production\nYearly"
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let repo = Repo::with_env();
    let keys = repo.path(".git/git-seal/keys/default");
    let count = || std::fs::read_dir(&keys).unwrap().count();
    let before = count();
    let ran = repo.seal(["rotate", "--reason", "try", "--dry-run"]).ok();
    assert!(ran.out().contains("1 file with 4 values"), "{}", ran.out());
    assert_eq!(count(), before);
    repo.assert_env();
}

#[test]
fn values_that_a_merge_left_under_the_old_key_come_along() {
    let repo = Repo::with_env();
    let old = repo.blob("HEAD:.env");
    rotate(&repo, "one");
    repo.commit("Rotate");
    // A branch made before the rotation brings a file under the old key.
    let id = repo.git(["hash-object", "-w", "--stdin", "--no-filters"]);
    let id = id.stdin(&old).ok().out();
    let entry = format!("100644,{},sub/.env", id.trim());
    repo.git(["update-index", "--add", "--cacheinfo", &entry])
        .ok();
    repo.git(["checkout-index", "sub/.env"]).ok();
    assert_eq!(repo.text("sub/.env"), ENV);
    rotate(&repo, "two");
    let new = id_of(&current_key(&repo));
    assert_eq!(keys_in(&repo.blob(":sub/.env")), [new]);
    repo.commit("Done");
    repo.assert_env();
}

#[test]
fn open_branches_that_touch_sealed_files_are_named() {
    let repo = Repo::with_env();
    for (branch, file) in [("touching", ".env"), ("other", "README")] {
        repo.git(["checkout", "--quiet", "-b", branch, "main"]).ok();
        repo.write(file, "A=quokka-nine\n");
        repo.commit(branch);
    }
    repo.git(["checkout", "--quiet", "main"]).ok();
    let ran = rotate(&repo, "one");
    assert!(ran.mentions("old key: touching;"), "{}", ran.err());
    assert!(!ran.mentions("other;"), "{}", ran.err());
}

#[test]
fn a_rotation_can_change_the_suite_and_back() {
    let repo = Repo::with_env();
    let policies = repo.text(".seal/config.toml");
    repo.seal(["rotate", "--suite", "rot13", "--reason", "x"])
        .ends_with(2);
    for step in ["locked", "ledger"] {
        let killed = repo.seal(["rotate", "--suite", "fernet", "--reason", "x"]);
        assert_eq!(killed.env("GIT_SEAL_CRASH_AT", step).run().code, -1);
        repo.seal(["rotate", "--abort"]).ok();
        assert_eq!(repo.text(".seal/config.toml"), policies);
        repo.assert_env();
    }
    let killed = repo.seal(["rotate", "--suite", "fernet", "--reason", "exchange"]);
    assert_eq!(killed.env("GIT_SEAL_CRASH_AT", "ledger").run().code, -1);
    repo.seal(["rotate", "--continue"]).ok();
    let changed = repo.text(".seal/config.toml");
    assert_eq!(changed, policies.replace("aes256-siv", "fernet"));
    assert_eq!(repo.blob(":.seal/config.toml"), changed.as_bytes());
    assert!(contains(&repo.blob(":.env"), b"DATABASE_URL=gAAAAA"));
    assert_eq!(last_entry(&repo).suite.as_deref(), Some("fernet"));
    // The hooks hold a change of the suite back until it is allowed; that is not this story.
    repo.git(["commit", "--quiet", "--no-verify", "-m", "Rotate"])
        .ok();
    repo.assert_env();
    repo.seal(["rotate", "--suite", "aes256-siv", "--reason", "back"])
        .ok();
    repo.git(["commit", "--quiet", "--no-verify", "-m", "Back"])
        .ok();
    assert_eq!(repo.text(".seal/config.toml"), policies);
    assert_eq!(keys_in(&repo.blob("HEAD:.env")).len(), 1);
    repo.assert_env();
    let clone = clone_with(&repo, "new", &current_key(&repo));
    clone.git(["checkout", "--quiet", "main~1"]).ok();
    clone.assert_env();
}
