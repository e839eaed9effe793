//! The sealed work tree: files stay sealed on disk although the key is at hand, per environment.

use crate::sandbox::{ENV, KEY, PLAIN, Repo, contains};

const PRODUCTION: &str = ".env.production";

/// A repository with two environments, of which `production` stays sealed on disk.
fn with_production_sealed() -> Repo {
    let repo = Repo::with_env();
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    repo.write(PRODUCTION, ENV.replace("sk_live_", "sk_prod_"));
    repo.commit("Seal production");
    repo.seal(["lock", "--keep-key", "--env", "production"])
        .ok();
    assert_sealed(&repo);
    repo
}

/// The default environment's file is open, production's is sealed, and nothing plain is elsewhere.
#[track_caller]
fn assert_sealed(repo: &Repo) {
    let on_disk = repo.text(PRODUCTION);
    assert!(on_disk.contains("API_KEY=seal1:"), "{on_disk}");
    assert!(PLAIN.iter().all(|plain| !on_disk.contains(plain)));
    assert!(repo.text(".env").contains("sk_live_"));
    assert!(!contains(&repo.read(PRODUCTION), b"sk_prod_"));
}

fn get(repo: &Repo, name: &'static str) -> String {
    let words = ["get", "--env", "production", name];
    repo.seal(words).ok().out()
}

#[test]
fn every_command_that_uses_values_works_on_it() {
    let repo = with_production_sealed();
    repo.assert_well();
    assert_eq!(get(&repo, "API_KEY"), "sk_prod_4eC39HqLyjWD");
    let print = ["run", "--env", "production", "--", "printenv", "API_KEY"];
    assert_eq!(repo.seal(print).ok().out(), "sk_prod_4eC39HqLyjWD\n");
    let export = ["export", "--env", "production", "--format", "json"];
    let exported = repo.seal(export).ok();
    let json: serde_json::Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert_eq!(json["API_KEY"], "sk_prod_4eC39HqLyjWD");
    let ran = repo.seal(["list", "--env", "production"]).ok();
    assert!(ran.out().contains("API_KEY"));
    ran.tells_nothing();

    let set = ["set", "--env", "production", "ADDED"];
    repo.seal(set).stdin("quokka-nine").ok();
    assert_eq!(get(&repo, "ADDED"), "quokka-nine");
    let editor = "sed -i s/sk_prod_/sk_next_/";
    repo.seal(["edit", "--env", "production"])
        .env("EDITOR", editor)
        .ok();
    assert_eq!(get(&repo, "API_KEY"), "sk_next_4eC39HqLyjWD");
    repo.seal(["unset", "--env", "production", "EMPTY"]).ok();
    assert_sealed(&repo);

    for words in [&["diff"][..], &["diff", "HEAD"], &["diff", "--json"]] {
        let diff = repo.seal(words).run();
        for name in ["API_KEY", "ADDED", "EMPTY"] {
            assert!(diff.out().contains(name), "{words:?}\n{}", diff.out());
        }
        assert!(!diff.out().contains("DATABASE"), "{}", diff.out());
        diff.tells_nothing();
    }
    repo.commit("Change production");
    assert_sealed(&repo);
    repo.assert_well();
    let log = repo.seal(["diff", "HEAD~1", "HEAD"]).run();
    assert!(log.out().contains("API_KEY"), "{}", log.out());
}

#[test]
fn it_stays_sealed_through_whatever_git_does() {
    let repo = with_production_sealed();
    let set = |name: &'static str, value: &str| {
        repo.seal(["set", "--env", "production", name])
            .stdin(value)
            .ok();
    };
    let git = |words: &[&'static str]| {
        repo.git(words).ok();
        assert_sealed(&repo);
        repo.assert_well();
    };
    git(&["checkout", "--quiet", "-b", "feature"]);
    set("FEATURE", "first-zephyr");
    repo.commit("Feature");
    git(&["checkout", "--quiet", "-"]);
    repo.seal(["get", "--env", "production", "FEATURE"])
        .ends_with(1);
    set("OTHER", "second-zephyr");
    repo.commit("Other");
    git(&["merge", "--quiet", "--no-edit", "feature"]);
    assert_eq!(get(&repo, "FEATURE"), "first-zephyr");
    assert_eq!(get(&repo, "OTHER"), "second-zephyr");
    set("API_KEY", "quokka-nine");
    git(&["stash", "--quiet"]);
    assert_eq!(get(&repo, "API_KEY"), "sk_prod_4eC39HqLyjWD");
    repo.git(["stash", "pop", "--quiet"]).ok();
    assert_sealed(&repo);
    assert_eq!(get(&repo, "API_KEY"), "quokka-nine");
    git(&["checkout", "--quiet", "--", "."]);
    git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    std::fs::remove_file(repo.path(PRODUCTION)).unwrap();
    git(&["checkout", "--quiet", "HEAD", "--", PRODUCTION]);
    repo.seal(["reseal"]).ok();
    assert_sealed(&repo);
    repo.assert_well();
}

#[test]
fn a_merge_conflict_in_it_shows_no_value() {
    let repo = with_production_sealed();
    let set = |value: &str| {
        repo.seal(["set", "--env", "production", "API_KEY"])
            .stdin(value)
            .ok();
        repo.commit("Another key");
    };
    repo.git(["checkout", "--quiet", "-b", "theirs"]).ok();
    set("quokka-nine");
    repo.git(["checkout", "--quiet", "-"]).ok();
    set("first-zephyr");
    repo.git(["merge", "--quiet", "theirs"])
        .fails()
        .tells_nothing();
    let conflict = repo.text(PRODUCTION);
    assert!(conflict.contains("<<<<<<<"), "{conflict}");
    assert!(
        PLAIN.iter().all(|plain| !conflict.contains(plain)),
        "{conflict}"
    );
    repo.git(["merge", "--abort"]).ok();
    assert_sealed(&repo);
    repo.assert_well();
}

#[test]
fn a_rotation_leaves_it_sealed_and_unlock_ends_it() {
    let repo = with_production_sealed();
    let rotate = ["rotate", "--env", "production", "--reason", "Test"];
    repo.seal(rotate).ok();
    repo.commit("Rotate");
    assert_sealed(&repo);
    assert_eq!(get(&repo, "API_KEY"), "sk_prod_4eC39HqLyjWD");
    repo.assert_well();
    // The other environment's unlocking is none of it.
    repo.seal(["unlock", "--stdin", "--env", "default"])
        .stdin(KEY)
        .ok();
    assert_sealed(&repo);
    repo.seal(["unlock", "--env", "production"]).ok();
    assert_eq!(repo.text(PRODUCTION), ENV.replace("sk_live_", "sk_prod_"));
    repo.assert_well();
    let setting = ["config", "--get", "seal.production.worktree"];
    repo.git(setting).ends_with(1);
}

#[test]
fn every_environment_at_once_and_what_is_added_to_it_later() {
    let repo = Repo::with_env();
    repo.seal(["lock", "--keep-key"]).ok();
    assert_eq!(repo.read(".env"), repo.blob("HEAD:.env"));
    repo.assert_well();
    repo.git(["rm", "--quiet", "--cached", ".env"]).ok();
    std::fs::remove_file(repo.path(".env")).unwrap();
    repo.git(["checkout", "--quiet", "HEAD", "--", ".env"]).ok();
    assert_eq!(repo.read(".env"), repo.blob("HEAD:.env"));
    assert!(!repo.path(".git/git-seal/record").exists());
    // A new file is sealed from its first value on.
    repo.seal(["set", "--file", ".env.test", "A"])
        .stdin("quokka-nine")
        .ok();
    assert!(repo.text(".env.test").contains("A=seal1:"));
    repo.write("other", "x");
    repo.commit("Something else");
    repo.assert_well();
    repo.seal(["unlock"]).ok();
    assert_eq!(repo.text(".env.test"), "A=quokka-nine\n");
    repo.assert_env();
}

#[test]
fn without_a_key_nobody_is_asked_for_what_could_not_be_kept() {
    let repo = Repo::with_env();
    repo.seal(["lock", "--keep-key"]).ok();
    std::fs::remove_dir_all(repo.path(".git/git-seal/keys")).unwrap();
    let editor = "touch asked #";
    for file in [".env", ".env.new"] {
        repo.seal(["edit", "--file", file])
            .env("EDITOR", editor)
            .ends_with(3);
        assert!(!repo.path("asked").exists(), "{file}");
        let set = repo.seal(["set", "--file", file, "A"]).stdin("quokka-nine");
        set.ends_with(3).tells_nothing();
    }
    assert!(!repo.path(".env.new").exists());
    let terminal = repo.seal(["set", "--file", ".env.new", "A"]).on_terminal();
    let ran = terminal.ends_with(3);
    assert!(!ran.out().contains("Value of A"), "{}", ran.out());
}
