//! Rotation in two steps, for teams.

use crate::sandbox::{OTHER_KEY, Repo};
use crate::support::{current_key, first_id, id_of, keys_in, last_entry, rotate};

#[test]
fn a_prepared_key_seals_only_once_it_is_finished() {
    let repo = Repo::with_env();
    let ran = repo
        .seal([
            "rotate",
            "--prepare",
            "--reason",
            "Ada leaves",
            "--compromised",
        ])
        .ok();
    ran.tells_nothing();
    let file = ran
        .err()
        .lines()
        .find_map(|line| line.split("hand it out: cat ").nth(1).map(str::to_owned))
        .expect("where the key is");
    let new = std::fs::read_to_string(file).unwrap();
    repo.assert_env();
    assert_eq!(id_of(&current_key(&repo)), first_id());
    repo.write(".env", "A=quokka-nine\n");
    repo.commit("Still the old key");
    assert_eq!(keys_in(&repo.blob("HEAD:.env")), [first_id()]);

    let refused = repo.seal(["rotate", "--reason", "x"]).ends_with(2);
    assert!(refused.mentions("--finish"), "{}", refused.err());
    repo.seal(["rotate", "--finish"]).ok();
    assert_eq!(current_key(&repo), new.trim());
    assert_eq!(keys_in(&repo.blob(":.env")), [id_of(&new)]);
    let entry = last_entry(&repo);
    assert_eq!(entry.reason, "Ada leaves");
    assert!(entry.compromised);
    assert!(!repo.path(".git/git-seal/rotation.json").exists());
}

#[test]
fn a_colleague_can_finish_with_the_key_handed_out() {
    let repo = Repo::with_env();
    let key = repo.sandbox().path("prepared.key");
    let name = key.to_str().unwrap();
    repo.seal([
        "rotate",
        "--prepare",
        "--reason",
        "x",
        "--new-key-file",
        name,
    ])
    .ok();
    let clone = repo.clone_to("colleague");
    clone.unlock();
    let text = std::fs::read_to_string(&key).unwrap();
    clone
        .seal(["rotate", "--reason", "x", "--key-from-env", "NEW"])
        .env("NEW", text.trim())
        .ok();
    assert_eq!(keys_in(&clone.blob(":.env")), [id_of(&text)]);
}

#[test]
fn a_prepared_rotation_can_be_dropped() {
    let repo = Repo::with_env();
    repo.seal(["rotate", "--prepare", "--reason", "x"]).ok();
    let stored = repo.path(".git/git-seal/keys/default");
    let count = || std::fs::read_dir(&stored).unwrap().count();
    assert_eq!(count(), 2);
    repo.seal(["rotate", "--abort"]).ok();
    assert_eq!(count(), 2, "no key is ever deleted");
    assert_eq!(id_of(&current_key(&repo)), first_id());
    repo.assert_env();
    rotate(&repo, "y");
}

#[test]
fn a_finish_that_is_killed_stays_prepared_or_is_done() {
    let repo = Repo::with_env();
    repo.seal([
        "rotate",
        "--prepare",
        "--reason",
        "x",
        "--key-from-env",
        "NEW",
    ])
    .env("NEW", OTHER_KEY)
    .ok();
    for step in ["sealed", "objects"] {
        let killed = repo.seal(["rotate", "--finish"]);
        assert_eq!(killed.env("GIT_SEAL_CRASH_AT", step).run().code, -1);
        assert_eq!(keys_in(&repo.blob(":.env")), [first_id()]);
    }
    repo.seal(["rotate", "--abort"]).ok();
    repo.seal(["rotate", "--finish"]).ok();
    assert_eq!(keys_in(&repo.blob(":.env")), [id_of(OTHER_KEY)]);
}
