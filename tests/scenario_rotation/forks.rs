//! Two branches that both rotate.

use crate::sandbox::{ENV, KEY, Repo};
use crate::support::{clone_with, current_key, id_of, keys_in, last_entry, ledger_at, rotate};

/// Two clones that rotated independently, merged into the first; both keys are in its store.
fn forked() -> Repo {
    let repo = Repo::with_env();
    let other = clone_with(&repo, "other", KEY);
    rotate(&repo, "ours");
    repo.commit("Rotate here");
    rotate(&other, "theirs");
    other.commit("Rotate there");
    let theirs = current_key(&other);
    let url = format!("file://{}", other.directory().display());
    repo.git(["fetch", "--quiet", &url, "main:theirs"]).ok();
    repo.git(["merge", "--quiet", "theirs"]).run();
    repo.seal(["key", "import", "--env", "default"])
        .stdin(&theirs)
        .ok();
    repo
}

#[test]
fn both_rotations_merge_in_the_ledger_and_one_more_settles_the_fork() {
    let repo = forked();
    // The ledger itself merges by union, without a conflict.
    let staged = repo.git(["ls-files", "-u", ".seal"]).ok().out();
    assert_eq!(staged, "");
    repo.git(["checkout", "--quiet", "--theirs", ".env"]).run();
    repo.write(".env", ENV);
    repo.git(["add", ".env"]).ok();
    repo.git(["commit", "--quiet", "-m", "Merge"]).run();

    let ledger = ledger_at(&repo, "HEAD:.seal/ledger.jsonl");
    let environment = "default".parse().unwrap();
    let heads = ledger.heads(&environment);
    assert_eq!(heads.len(), 2);
    let lowest = heads.iter().min_by_key(|head| head.id).unwrap();
    assert_eq!(keys_in(&repo.blob("HEAD:.env")), [lowest.key_id]);
    let verdict = repo.seal(["ledger", "verify"]).ends_with(1);
    assert!(verdict.out().contains("fork"), "{}", verdict.out());

    repo.seal(["rotate", "--reason", "settle"]).ok();
    repo.commit("Settle");
    let entry = last_entry(&repo);
    assert_eq!(entry.parents.len(), 2);
    repo.seal(["ledger", "verify"]).ok();
    assert_eq!(keys_in(&repo.blob("HEAD:.env")), [entry.key_id]);
    repo.assert_env();
    let clone = clone_with(&repo, "fresh", &current_key(&repo));
    for commit in ["HEAD~1", "theirs~0", "HEAD"] {
        let known = clone
            .git(["rev-parse", "--quiet", "--verify", commit])
            .run();
        if known.code == 0 {
            clone.git(["checkout", "--quiet", commit]).ok();
            assert_eq!(clone.text(".env"), ENV, "{commit}");
        }
    }
}

#[test]
fn the_key_that_does_not_seal_still_opens_and_the_fork_is_named() {
    let repo = forked();
    repo.write(".env", ENV);
    repo.git(["add", ".env"]).ok();
    repo.git(["commit", "--quiet", "-m", "Merge"]).run();
    let ledger = ledger_at(&repo, "HEAD:.seal/ledger.jsonl");
    let environment = "default".parse().unwrap();
    let sealing = ledger.current(&environment).unwrap().key_id;
    let ids: Vec<_> = ledger
        .heads(&environment)
        .iter()
        .map(|head| head.key_id)
        .collect();
    let loser = ids.iter().find(|id| **id != sealing).unwrap();
    let stored = repo.path(".git/git-seal/keys/default");
    let key = std::fs::read_to_string(stored.join(loser.to_string())).unwrap();
    assert_eq!(id_of(&key), *loser);
    let clone = repo.clone_to("loser");
    clone
        .seal(["key", "import", "--env", "default"])
        .stdin(&key)
        .ok();
    clone
        .git(["config", "filter.seal.clean", "git-seal clean %f"])
        .ok();
    clone.write(".env", "NEW=quokka-nine\n");
    let refused = clone
        .seal(["clean", ".env"])
        .stdin("NEW=quokka-nine\n")
        .fails();
    assert!(refused.mentions("fork"), "{}", refused.err());
    assert!(refused.mentions(&sealing.short()), "{}", refused.err());
}

#[test]
fn one_file_that_two_inits_sealed_opens_once_both_keys_are_there_and_a_rotation_settles_it() {
    let repo = Repo::empty();
    repo.write("readme", "x\n");
    repo.commit("Before");
    repo.git(["branch", "other"]).ok();
    let set_up = |text: &str| {
        repo.write(".env", text);
        repo.seal(["init", "--yes"]).ok();
        repo.commit("Seal");
        current_key(&repo)
    };
    let ours = set_up("A=quokka-nine\n");
    repo.git(["checkout", "--quiet", "other"]).ok();
    std::fs::remove_dir_all(repo.path(".git/git-seal")).unwrap();
    let theirs = set_up("B=zephyr-first\n");
    // Whoever merges has their own key alone.
    repo.git(["merge", "--quiet", "main"]).ok();
    let verdict = repo.seal(["ledger", "verify"]).run();
    assert!(verdict.out().contains("fork"), "{}", verdict.out());
    assert!(repo.text(".env").contains("seal1:"));
    let both = format!("{ours},{theirs}");
    repo.seal(["unlock"]).env("SECRETS_MASTER_KEY", &both).ok();
    let text = repo.text(".env");
    assert!(
        text.contains("A=quokka-nine\n") && text.contains("B=zephyr-first\n"),
        "{text}"
    );
    repo.seal(["rotate", "--reason", "settle"]).ok();
    repo.commit("Settle");
    repo.seal(["ledger", "verify"]).ok();
    assert_eq!(last_entry(&repo).parents.len(), 2);
    let clone = clone_with(&repo, "fresh", &current_key(&repo));
    assert_eq!(clone.text(".env"), text);
    repo.assert_nowhere(&["quokka-nine", "zephyr"]);
}
