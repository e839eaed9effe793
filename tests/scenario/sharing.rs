//! Several people, several clones, several work trees.

use crate::sandbox::{ENV, KEY, OTHER_KEY, Repo, Sandbox};

#[test]
fn a_clone_without_the_key_works_on_sealed_text() {
    let repo = Repo::with_env();
    let clone = repo.clone_to("clone");
    assert_eq!(clone.read(".env"), repo.blob("HEAD:.env"));
    clone.assert_well();
    clone.write("README", "hello\n");
    clone.commit("Something else");
    clone.assert_well();
}

#[test]
fn unlock_opens_and_lock_seals_again() {
    let repo = Repo::with_env();
    let clone = repo.clone_to("clone");
    clone.seal(["unlock", "--stdin"]).stdin(KEY).ok().says(
        "git-seal: installed hooks: pre-commit, pre-merge-commit, commit-msg, pre-push\n\
         git-seal: the filter is set up; opened 1 file\n",
    );
    clone.assert_env();
    clone
        .seal(["lock"])
        .ok()
        .says("git-seal: sealed 1 file in the work tree; the clone's keys are forgotten\n");
    assert_eq!(clone.read(".env"), repo.blob("HEAD:.env"));
    clone.assert_well();
    clone.seal(["key", "show"]).ends_with(3);
    clone.unlock();
    clone.assert_env();
}

#[test]
fn a_change_travels_between_clones() {
    let repo = Repo::with_env();
    let clone = repo.clone_to("clone");
    clone.unlock();
    let changed = ENV.replace("hunter2-winter", "quokka-nine");
    clone.write(".env", &changed);
    clone.commit("Change");
    clone
        .git(["push", "--quiet", "origin", "HEAD:changed"])
        .ok();
    repo.git(["merge", "--quiet", "changed"]).ok();
    assert_eq!(repo.text(".env"), changed);
    repo.assert_well();
}

#[test]
fn after_install_a_clone_opens_by_itself() {
    let repo = Repo::with_env();
    repo.seal(["install"]).ok();
    let url = repo.directory().as_os_str();
    repo.git(["clone".as_ref(), "--quiet".as_ref(), url, "clone".as_ref()])
        .below("..")
        .env("SECRETS_MASTER_KEY", KEY)
        .ok();
    let clone = Repo::at(repo.sandbox(), "clone");
    assert_eq!(clone.text(".env"), ENV);
    // Without the variable, the record knows the content.
    clone.assert_env();
    repo.seal(["install", "--uninstall"]).ok();
    let left = repo
        .git(["config", "--global", "--get-regexp", "seal"])
        .run();
    assert_eq!(left.out(), "");
    repo.seal(["install", "--uninstall"]).ok();
}

#[test]
fn unlock_refuses_keys_that_do_not_belong_here() {
    let repo = Repo::with_env();
    let clone = repo.clone_to("clone");
    clone
        .seal(["unlock", "--stdin"])
        .stdin(OTHER_KEY)
        .ends_with(3)
        .says(
            "git-seal: error: this key (id ed597967) is none of this repository's\n\
         git-seal: hint: environment default has key 8013ca7d: ask a colleague for that one\n",
        );
    clone.seal(["unlock"]).ends_with(3).says(
        "git-seal: error: no key at hand for environment default\n\
         git-seal: hint: set SECRETS_MASTER_KEY, or give it with --key-file or --stdin\n",
    );
    for words in [
        &["unlock", "--stdin", "--env", "production"][..],
        &["lock", "--env", "production"],
    ] {
        clone.seal(words).stdin(KEY).ends_with(2).says(
            "git-seal: error: there is no environment production here\n\
             git-seal: hint: there is: default\n",
        );
    }
    assert_eq!(
        clone.git(["config", "--get-regexp", "filter"]).run().out(),
        ""
    );
    assert!(!clone.path(".git/git-seal/keys").exists());
}

#[test]
fn unlock_leaves_local_changes_alone() {
    let repo = Repo::with_env();
    repo.write("b.env", "B=quokka-nine\n");
    repo.commit("Second");
    let clone = repo.clone_to("clone");
    let edited = [clone.read(".env"), b"NEW=quokka-nine\n".to_vec()].concat();
    clone.write(".env", &edited);
    let said = clone.seal(["unlock", "--stdin"]).stdin(KEY).ends_with(1);
    said.says(
        "git-seal: installed hooks: pre-commit, pre-merge-commit, commit-msg, pre-push\n\
         git-seal: the filter is set up; opened 1 file\n\
         git-seal: warning: local changes, left sealed: .env\n\
         git-seal: hint: commit or stash them, then run `git seal unlock` again\n",
    );
    assert_eq!(clone.read(".env"), edited);
    assert_eq!(clone.text("b.env"), "B=quokka-nine\n");
    // Half sealed, half plain: sealing brings both to the same form.
    clone.commit("Half");
    clone.seal(["unlock"]).ok();
    assert_eq!(clone.text(".env"), format!("{ENV}NEW=quokka-nine\n"));
    clone.assert_well();
}

#[test]
fn lock_refuses_to_lose_changes_or_keys() {
    let repo = Repo::with_env();
    let changed = ENV.replace("hunter2-winter", "quokka-nine");
    repo.write(".env", &changed);
    repo.seal(["lock"]).ends_with(1).says(
        "git-seal: error: changes that are not staged would be lost: .env\n\
         git-seal: hint: `git add` or stash them first, or lose them with --force\n",
    );
    assert_eq!(repo.text(".env"), changed);
    repo.git(["add", ".env"]).ok();
    repo.seal(["lock"]).ok();
    assert_eq!(
        repo.read(".env"),
        repo.blob(":.env"),
        "what is staged, sealed"
    );

    let alone = Repo::empty();
    alone.seal(["init", "--yes"]).ok();
    // Its own store is no second home.
    alone.seal(["unlock"]).ok();
    let refused = alone.seal(["lock"]).ends_with(1);
    assert!(refused.mentions("is nowhere but in this clone: it would be lost"));
    alone.seal(["key", "show"]).ok();
    alone.seal(["key", "export", "--yes"]).ok();
    alone.seal(["lock"]).ok();
    alone.seal(["key", "show"]).ends_with(3);
}

#[test]
fn work_trees_share_the_key() {
    let repo = Repo::with_env();
    repo.git(["worktree", "add", "--quiet", "-b", "second", "../second"])
        .ok();
    let second = Repo::at(repo.sandbox(), "second");
    second.assert_env();
    second.write(".env", ENV.replace("hunter2-winter", "quokka-nine"));
    second.commit("From the second");
    second.assert_well();
    second.seal(["status"]).ok();
    repo.assert_env();
}

#[test]
fn a_submodule_is_sealed_by_itself() {
    let inner = Repo::with_env();
    let outer = Repo::at(inner.sandbox(), "outer");
    std::fs::create_dir(outer.directory()).unwrap();
    outer.git(["init", "--quiet"]).ok();
    let url = format!("file://{}", inner.directory().display());
    outer.git(["submodule", "--quiet", "add", &url, "sub"]).ok();
    let sub = Repo::at(inner.sandbox(), "outer/sub");
    assert_eq!(sub.read(".env"), inner.blob("HEAD:.env"));
    sub.unlock();
    sub.assert_env();
    sub.write(".env", ENV.replace("hunter2-winter", "quokka-nine"));
    sub.commit("In the submodule");
    outer.commit("With a submodule");
    outer.assert_well();
    sub.assert_well();
    let clone = Repo::at(inner.sandbox(), "again");
    sub.git(["push", "--quiet", "origin", "HEAD:next"]).ok();
    outer
        .git(["clone", "--quiet", "--recurse-submodules", "outer", "again"])
        .below("..")
        .ok();
    clone.assert_clean();
}

#[test]
fn a_shallow_clone_unlocks() {
    let repo = Repo::with_env();
    repo.write("other.env", "A=quokka-nine\n");
    repo.commit("Second");
    let url = format!("file://{}", repo.directory().display());
    repo.git(["clone", "--quiet", "--depth=1", &url, "shallow"])
        .below("..")
        .ok();
    let shallow = Repo::at(repo.sandbox(), "shallow");
    shallow.unlock();
    shallow.assert_env();
    assert_eq!(shallow.text("other.env"), "A=quokka-nine\n");
    shallow.seal(["status"]).ok();
}

#[test]
fn a_partial_clone_unlocks_and_switches_branches() {
    let repo = Repo::with_env();
    repo.git(["config", "uploadpack.allowFilter", "true"]).ok();
    repo.git(["config", "uploadpack.allowAnySHA1InWant", "true"])
        .ok();
    repo.git(["switch", "--quiet", "-c", "other"]).ok();
    let other = ENV.replace("hunter2-winter", "quokka-nine");
    repo.write(".env", &other);
    repo.commit("Other");
    repo.git(["switch", "--quiet", "main"]).ok();
    let url = format!("file://{}", repo.directory().display());
    repo.git(["clone", "--quiet", "--filter=blob:none", &url, "partial"])
        .below("..")
        .ok();
    let partial = Repo::at(repo.sandbox(), "partial");
    partial.unlock();
    partial.assert_env();
    partial.seal(["status"]).ok();
    partial.git(["switch", "--quiet", "other"]).ok();
    assert_eq!(partial.text(".env"), other);
    partial.assert_well();
}

#[test]
fn a_partial_clone_without_its_remote_says_what_is_missing() {
    let repo = Repo::with_env();
    repo.git(["config", "uploadpack.allowFilter", "true"]).ok();
    let url = format!("file://{}", repo.directory().display());
    repo.git([
        "clone",
        "--quiet",
        "--no-checkout",
        "--filter=blob:none",
        &url,
        "partial",
    ])
    .below("..")
    .ok();
    let partial = Repo::at(repo.sandbox(), "partial");
    partial.git(["reset", "--quiet"]).run();
    std::fs::rename(repo.directory(), repo.sandbox().path("gone")).unwrap();
    partial.seal(["status"]).ends_with(5).tells_nothing();
}

#[test]
fn two_environments_open_each_with_its_own_key() {
    let sandbox = Sandbox::new();
    let repo = Repo::at(&sandbox, "app");
    std::fs::create_dir(repo.directory()).unwrap();
    repo.git(["init", "--quiet"]).ok();
    repo.seal(["init", "--yes", "--env", "default", "--env", "production"])
        .env("SECRETS_MASTER_KEY", KEY)
        .env("SECRETS_MASTER_KEY_PRODUCTION", OTHER_KEY)
        .ok();
    repo.write(".env", ENV);
    repo.write(".env.production", "API_KEY=quokka-nine\n");
    let both = |call: crate::sandbox::Call| {
        call.env("SECRETS_MASTER_KEY", KEY)
            .env("SECRETS_MASTER_KEY_PRODUCTION", OTHER_KEY)
    };
    both(repo.git(["add", "--all"])).ok();
    repo.git(["commit", "--quiet", "-m", "Both"]).ok();
    repo.assert_nowhere(&crate::sandbox::PLAIN);

    let clone = repo.clone_to("clone");
    clone.unlock();
    assert_eq!(clone.text(".env"), ENV);
    assert_eq!(
        clone.read(".env.production"),
        repo.blob("HEAD:.env.production")
    );
    clone.seal(["status"]).ends_with(3).tells_nothing();
    clone
        .seal(["unlock", "--stdin", "--env", "production"])
        .stdin(OTHER_KEY)
        .ok();
    assert_eq!(clone.text(".env.production"), "API_KEY=quokka-nine\n");
    clone.seal(["status"]).ok();
    clone.seal(["lock", "--env", "production"]).ok();
    assert_eq!(
        clone.read(".env.production"),
        repo.blob("HEAD:.env.production")
    );
    assert_eq!(clone.text(".env"), ENV);
    clone.assert_clean();
}
