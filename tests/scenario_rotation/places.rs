//! Repositories of all shapes.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::sandbox::{ENV, KEY, Repo};
use crate::support::{clone_with, current_key, id_of, keys_in, last_entry, rotate};

#[test]
fn a_detached_head_rotates() {
    let repo = Repo::with_env();
    repo.git(["checkout", "--quiet", "--detach"]).ok();
    rotate(&repo, "x");
    repo.commit("Rotate");
    repo.assert_env();
}

#[test]
fn a_cone_sparse_checkout_without_the_ledger_on_disk_rotates() {
    for sparse_index in ["false", "true"] {
        let repo = Repo::with_env();
        repo.write("app/.env", "APP=quokka-nine\n");
        repo.write("lib/.env", "LIB=quokka-nine\n");
        repo.write("lib/deep/text", "text\n");
        repo.commit("More");
        repo.git(["config", "index.sparse", sparse_index]).ok();
        repo.git(["sparse-checkout", "set", "--cone", "app"]).ok();
        assert!(!repo.path(".seal").exists() && !repo.path("lib").exists());
        rotate(&repo, "sparse");
        let new = last_entry(&repo).key_id;
        for file in [":.env", ":app/.env", ":lib/.env"] {
            assert_eq!(keys_in(&repo.blob(file)), [new], "{file}");
        }
        assert!(!repo.path(".seal").exists() && !repo.path("lib").exists());
        repo.git(["commit", "--quiet", "-m", "Rotate"]).ok();
        repo.assert_clean();
        assert_eq!(id_of(&current_key(&repo)), new);
        repo.git(["sparse-checkout", "disable"]).ok();
        assert_eq!(repo.text("lib/.env"), "LIB=quokka-nine\n");
        repo.assert_env();
    }
}

#[test]
fn flags_of_single_files_survive() {
    let repo = Repo::with_env();
    repo.write("other.env", "A=quokka-nine\n");
    repo.commit("More");
    repo.git(["update-index", "--skip-worktree", "other.env"])
        .ok();
    rotate(&repo, "x");
    let flags = repo.git(["ls-files", "-t", "other.env"]).ok().out();
    assert_eq!(flags, "S other.env\n");
    let new = last_entry(&repo).key_id;
    assert_eq!(keys_in(&repo.blob(":other.env")), [new]);
}

#[test]
fn a_shallow_clone_rotates() {
    let repo = Repo::with_env();
    repo.write("text", "text\n");
    repo.commit("More");
    let clone = Repo::at(repo.sandbox(), "shallow");
    let url = format!("file://{}", repo.directory().display());
    repo.git(["clone", "--quiet", "--depth=1", &url, "shallow"])
        .below("..")
        .ok();
    clone.unlock();
    rotate(&clone, "x");
    clone.commit("Rotate");
    clone.assert_env();
    clone.git(["push", "--quiet", "origin", "HEAD:new"]).ok();
}

#[test]
fn a_second_work_tree_rotates_and_shares_the_key() {
    let repo = Repo::with_env();
    repo.git(["worktree", "add", "--quiet", "../second", "-b", "second"])
        .ok();
    let second = Repo::at(repo.sandbox(), "second");
    rotate(&second, "x");
    second.commit("Rotate");
    second.assert_env();
    repo.assert_env();
    repo.git(["merge", "--quiet", "second"]).ok();
    repo.assert_env();
    assert_eq!(current_key(&repo), current_key(&second));
}

#[test]
fn a_rotation_interrupted_in_one_work_tree_is_not_continued_in_another() {
    let repo = Repo::with_env();
    repo.git(["worktree", "add", "--quiet", "../second", "-b", "second"])
        .ok();
    let second = Repo::at(repo.sandbox(), "second");
    second
        .seal(["rotate", "--reason", "x"])
        .env("GIT_SEAL_CRASH_AT", "objects")
        .fails();
    repo.seal(["rotate", "--continue"]).ends_with(2);
    second.seal(["rotate", "--continue"]).ok();
    second.commit("Rotate");
    second.assert_env();
}

#[test]
fn a_sha256_repository_rotates() {
    let sandboxed = Repo::empty();
    let repo = Repo::at(sandboxed.sandbox(), "modern");
    sandboxed
        .git(["init", "--quiet", "--object-format=sha256", "../modern"])
        .ok();
    repo.initialise();
    repo.write(".env", ENV);
    repo.commit("Seal secrets");
    rotate(&repo, "x");
    repo.commit("Rotate");
    repo.assert_env();
    let clone = clone_with(&repo, "clone", &current_key(&repo));
    clone.assert_env();
}

#[test]
fn a_repository_that_cannot_be_written_stays_as_it_is() {
    let repo = Repo::with_env();
    let index = repo.git(["ls-files", "-s"]).ok().stdout;
    let top = repo.sandbox().path("");
    std::fs::set_permissions(top, PermissionsExt::from_mode(0o755)).unwrap();
    change_modes(repo.directory(), |mode| mode & !0o222 | 0o444);
    let is_root = std::fs::write(repo.path(".git/probe"), b"").is_ok();
    // Root may write everywhere: somebody else tries, who owns nothing there.
    let call = repo
        .seal(["rotate", "--reason", "x"])
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .env("SECRETS_MASTER_KEY", KEY);
    let ran = if is_root { call.user(65534) } else { call }.run();
    change_modes(repo.directory(), |mode| mode | 0o200);
    assert_ne!(ran.code, 0);
    assert!(ran.mentions("git-seal: error: "), "{}", ran.err());
    ran.tells_nothing();
    assert_eq!(repo.git(["ls-files", "-s"]).ok().stdout, index);
    repo.git(["config", "core.fileMode", "false"]).ok();
    repo.assert_env();
}

/// Changes the mode of a directory and of everything below.
fn change_modes(path: &Path, change: fn(u32) -> u32) {
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    let changed = PermissionsExt::from_mode(change(mode));
    std::fs::set_permissions(path, changed).unwrap();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            change_modes(&entry.unwrap().path(), change);
        }
    }
}
