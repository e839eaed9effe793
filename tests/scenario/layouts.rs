//! Repositories of every make: what libgit2 does not open, the second reader does.

use crate::guarding::{EXTRA, guarded};
use crate::sandbox::{Call, ENV, KEY, Repo, Sandbox};

/// `git init` with these words, and the whole way from `init` to a second clone.
fn story(words: &[&str]) {
    let sandbox = Sandbox::new();
    let repo = Repo::at(&sandbox, "app");
    std::fs::create_dir(repo.directory()).expect("a directory");
    if !repo.git_can(["init", "--quiet"].iter().chain(words)) {
        eprintln!("this git has no {words:?}: skipped");
        return;
    }
    repo.initialise();
    repo.write(".env", ENV);
    repo.commit("Seal secrets");
    repo.assert_env();
    repo.seal(["status"]).ok();
    repo.seal(["reseal"]).ok();
    repo.write("plain.ini", "quokka\n");
    repo.seal(["track", "plain.ini", "--opaque"]).ok();
    repo.commit("Opaque");
    repo.assert_env();
    repo.seal(["lock"]).ok();
    assert_eq!(repo.read(".env"), repo.blob("HEAD:.env"));
    let clone = repo.clone_to("clone");
    clone.unlock();
    clone.assert_env();
    assert_eq!(clone.text("plain.ini"), "quokka\n");
}

#[test]
fn objects_named_by_sha256() {
    story(&["--object-format=sha256"]);
}

#[test]
fn references_in_a_reftable() {
    story(&["--ref-format=reftable"]);
}

#[test]
fn a_split_index() {
    let repo = Repo::with_env();
    repo.git(["update-index", "--split-index"]).ok();
    repo.write(".env", ENV.replace("hunter2-winter", "quokka-nine"));
    repo.commit("Change");
    repo.assert_well();
    repo.seal(["status"]).ok();
    repo.write("more.env", "A=1\n");
    repo.git(["add", "more.env"]).ok();
    repo.seal(["reseal"]).ok();
    repo.seal(["lock"]).ends_with(0);
    assert_eq!(repo.read(".env"), repo.blob("HEAD:.env"));
}

#[test]
fn a_plain_file_is_resealed_in_a_split_index() {
    let repo = Repo::with_env();
    repo.write("app.ini", "quokka\n");
    repo.commit("Plain");
    repo.git(["update-index", "--split-index"]).ok();
    repo.seal(["track", "app.ini"]).ok();
    assert_eq!(repo.seal(["reseal"]).ok().out(), "resealed app.ini\n");
    repo.commit("Sealed");
    repo.git(["fsck"]).ok();
    repo.assert_env();
}

fn with_directories(repo: &Repo, call: Call) -> Call {
    call.env("GIT_DIR", repo.path(".git"))
        .env("GIT_WORK_TREE", repo.directory())
}

#[test]
fn git_dir_and_git_work_tree_are_obeyed() {
    let repo = Repo::with_env();
    repo.write(".env", ENV.replace("hunter2-winter", "quokka-nine"));
    let elsewhere = |call: Call| with_directories(&repo, call).below("../home");
    elsewhere(repo.git(["add", "--all", "."])).ok();
    elsewhere(repo.git(["commit", "--quiet", "-m", "From afar"])).ok();
    elsewhere(repo.seal(["status"])).ok();
    elsewhere(repo.seal(["lock"])).ok();
    assert_eq!(repo.read(".env"), repo.blob("HEAD:.env"));
    elsewhere(repo.seal(["unlock", "--stdin"])).stdin(KEY).ok();
    assert_eq!(
        repo.text(".env"),
        ENV.replace("hunter2-winter", "quokka-nine")
    );
    repo.assert_well();
    // Relative ones count from where one stands.
    let relative = repo
        .git(["status", "--porcelain"])
        .env("GIT_DIR", "../.git")
        .env("GIT_WORK_TREE", "..");
    assert_eq!(relative.below(".seal").ok().says("").out(), "");
    let relative = repo
        .seal(["status"])
        .env("GIT_DIR", "../.git")
        .env("GIT_WORK_TREE", "..");
    relative.below(".seal").ok();
}

#[test]
fn a_separate_git_directory_works() {
    let sandbox = Sandbox::new();
    let repo = Repo::at(&sandbox, "app");
    std::fs::create_dir(repo.directory()).expect("a directory");
    repo.git(["init", "--quiet", "--separate-git-dir=../store.git"])
        .ok();
    repo.initialise();
    repo.write(".env", ENV);
    repo.commit("Seal secrets");
    repo.assert_env();
    assert!(sandbox.path("store.git/git-seal/keys").exists());
}

#[test]
fn git_index_file_is_obeyed() {
    let repo = Repo::with_env();
    repo.write(".env", ENV.replace("hunter2-winter", "quokka-nine"));
    let index = repo.sandbox().path("other-index");
    let other = |call: Call| call.env("GIT_INDEX_FILE", &index);
    other(repo.git(["read-tree", "HEAD"])).ok();
    other(repo.git(["add", ".env"])).ok();
    let tree = other(repo.git(["write-tree"])).ok().out();
    let sealed = repo
        .git(["cat-file", "blob", &format!("{}:.env", tree.trim())])
        .ok();
    sealed.tells_nothing();
    assert_ne!(
        sealed.stdout,
        repo.blob(":.env"),
        "the usual index is as before"
    );
    repo.write("app.ini", "quokka\n");
    repo.seal(["track", "app.ini"]).ok();
    let id = repo
        .git(["hash-object", "-w", "--no-filters", "app.ini"])
        .ok()
        .out();
    let entry = format!("100644,{},app.ini", id.trim());
    other(repo.git(["update-index", "--add", "--cacheinfo", &entry])).ok();
    assert_eq!(
        other(repo.seal(["reseal"])).ok().out(),
        "resealed app.ini\n"
    );
    assert_eq!(repo.git(["ls-files", "app.ini"]).ok().out(), "");
}

#[test]
fn a_cone_without_our_directory_needs_nothing_of_it_on_disk() {
    sparse(&["--cone", "app"]);
    sparse(&["--cone", "--sparse-index", "app"]);
}

#[test]
fn patterns_without_a_cone_work_too() {
    sparse(&["--no-cone", "/app/"]);
}

fn sparse(words: &[&str]) {
    let repo = Repo::initialised();
    repo.write("app/.env", ENV);
    repo.write("other/.env", "A=quokka-nine\n");
    repo.commit("Seal secrets");
    let clone = repo.clone_to("clone");
    clone
        .git(["sparse-checkout", "set"].iter().chain(words))
        .ok();
    assert!(!clone.path(".seal").exists() && !clone.path("other").exists());
    clone.unlock();
    assert_eq!(clone.text("app/.env"), ENV);
    clone.assert_well();
    let edited = ENV.replace("hunter2-winter", "quokka-nine");
    clone.write("app/.env", &edited);
    clone
        .git(["commit", "--quiet", "--all", "-m", "In the cone"])
        .ok();
    clone.assert_well();
    clone.seal(["status"]).ok();
    clone.seal(["reseal"]).ok();
    assert!(!clone.path("other").exists());
    clone.seal(["lock"]).ok();
    assert!(!clone.path("other").exists());
    clone.unlock();
    clone.git(["sparse-checkout", "disable"]).ok();
    assert_eq!(clone.text("other/.env"), "A=quokka-nine\n");
    assert_eq!(clone.text("app/.env"), edited);
    clone.assert_well();
}

#[test]
fn a_partial_clone_with_a_cone_fetches_what_it_needs_of_our_directory() {
    let repo = Repo::initialised();
    repo.write("app/.env", ENV);
    repo.commit("Seal secrets");
    repo.git(["config", "uploadpack.allowFilter", "true"]).ok();
    let clone = Repo::at(repo.sandbox(), "clone");
    let url = format!("file://{}", repo.directory().display());
    let words = [
        "clone",
        "--quiet",
        "--filter=blob:none",
        "--sparse",
        &url,
        "clone",
    ];
    repo.git(words).below("..").ok();
    clone.git(["sparse-checkout", "set", "app"]).ok();
    assert!(!clone.path(".seal").exists());
    clone.unlock();
    assert_eq!(clone.text("app/.env"), ENV);
    clone.seal(["status"]).ok();
    clone.seal(["doctor"]).ok();
    clone.write("app/.env", format!("{ENV}NEW=quokka-nine\n"));
    clone
        .git(["commit", "--quiet", "--all", "-m", "In the cone"])
        .ok();
    clone.assert_clean();
}

#[test]
fn a_directory_of_another_owner_is_opened_where_git_allows_it() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("only root can give a directory away: skipped");
        return;
    }
    let repo = Repo::with_env();
    let mut open = vec![repo.directory().to_owned()];
    while let Some(path) = open.pop() {
        std::os::unix::fs::lchown(&path, Some(12345), Some(12345)).expect("root may");
        if path.is_dir() && !path.is_symlink() {
            let entries = std::fs::read_dir(&path).expect("readable");
            open.extend(entries.map(|entry| entry.expect("readable").path()));
        }
    }
    let refused = repo.seal(["status"]).ends_with(2);
    assert!(
        refused.mentions(
            "git-seal: error: git does not open this repository: detected dubious ownership"
        ),
        "{}",
        refused.err()
    );
    assert!(refused.mentions("git-seal: hint: run `git status` here to see git's own advice\n"));
    let allowed = |call: Call| {
        call.env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
    };
    allowed(repo.seal(["status"])).ok();
    repo.write(".env", ENV.replace("hunter2-winter", "quokka-nine"));
    allowed(repo.git(["commit", "--quiet", "--all", "-m", "Theirs"])).ok();
    let objects = allowed(repo.git(["cat-file", "--batch-all-objects", "--batch"])).ok();
    objects.tells_nothing();
    allowed(repo.seal(["lock"])).ok();
}

#[test]
fn a_bare_repository_that_is_given_a_work_tree_is_guarded() {
    let repo = guarded();
    let store = repo.sandbox().path("store.git");
    std::fs::rename(repo.path(".git"), &store).expect("moved");
    // As people have it who keep their home directory under git.
    let there = |call: Call| {
        call.env("GIT_DIR", &store)
            .env("GIT_WORK_TREE", repo.directory())
    };
    there(repo.git(["config", "core.bare", "true"])).ok();
    there(repo.seal(["status"])).ok();
    repo.write("notes.md", format!("see {EXTRA}\n"));
    there(repo.git(["add", "notes.md"])).ok();
    let ran = there(repo.git(["commit", "--quiet", "-m", "Notes"])).fails();
    assert!(ran.err().contains("notes.md:1:5"), "{}", ran.err());
    repo.write("notes.md", "see .env\n");
    there(repo.git(["add", "notes.md"])).ok();
    there(repo.git(["commit", "--quiet", "-m", "Notes"])).ok();
    let relative = |call: Call| {
        call.env("GIT_DIR", "../../store.git")
            .env("GIT_WORK_TREE", "..")
            .below(".seal")
    };
    relative(repo.seal(["status"])).ok();
    relative(repo.seal(["check"])).ok();
}
