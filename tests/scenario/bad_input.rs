//! Places and files that are not as they should be: a clear error, and nothing changed. Keys are in
//! `keys`, what was written to do harm in `hostile`.

use std::os::unix::fs::PermissionsExt;

use crate::sandbox::{Call, ENV, KEY, Repo, Sandbox};

#[test]
fn a_malformed_configuration_is_named_by_line_and_column() {
    let repo = Repo::with_env();
    repo.write(".seal/config.toml", "version = 1\ncoments = \"clear\"\n");
    repo.write(".env", "A=quokka-nine\n");
    let said = repo.git(["add", ".env"]).ends_with(128);
    let error = "git-seal: error: .seal/config.toml: line 2, column 1: unknown field `coments`, expected one of `version`, `suite`, `sensitive`, `environment`, `scan`, `rule`\n\
        git-seal: hint: docs/CONFIG.md lists every setting\n";
    said.says(error);
    let status = repo.seal(["status"]).ends_with(2).out();
    assert!(
        status.contains(
            "config-invalid: .seal/config.toml: line 2, column 1: unknown field `coments`"
        ),
        "{status}"
    );
    repo.seal(["init", "--yes"]).ends_with(2).says(error);
    assert_eq!(repo.git(["diff", "--cached", "--stat"]).ok().out(), "");
    assert_eq!(
        repo.git(["diff", "--name-only", "--", ":!.env"]).ok().out(),
        ".seal/config.toml\n"
    );
    repo.git(["checkout", "--quiet", ".env"]).ok();
    assert_eq!(repo.text(".env"), ENV, "opening goes on");
    repo.write(".seal/config.toml", "version = 2\n");
    let newer = repo.seal(["status"]).ends_with(2);
    assert!(
        newer
            .out()
            .contains("it has version 2, and this git-seal knows version 1")
    );
}

#[test]
fn wrong_attributes_are_refused_by_name() {
    let repo = Repo::with_env();
    let lines = repo.text(".gitattributes");
    for (line, error, hint) in [
        (
            "*.env seal-format=zip",
            "attribute seal-format: \"zip\" is no format: use `opaque`, or leave it out for dotenv",
            "correct its line in .gitattributes",
        ),
        (
            "*.env seal-format",
            "attribute seal-format needs a value, as in `seal-format=opaque`",
            "correct its line in .gitattributes",
        ),
        (
            "*.env seal-env=Eu",
            "attribute seal-env: \"Eu\" is no environment name: use lower-case letters, digits and inner dashes; not `file` or `command`, nor a name ending in `-file` or `-command`",
            "correct its line in .gitattributes",
        ),
        (
            "*.env seal-format=opaque",
            "it is sealed as an opaque file, and its attributes let git convert line ends inside the ciphertext",
            "in .gitattributes, add `-text` to the line of .env",
        ),
        (
            "*.env seal-format=opaque -text ident",
            "its attribute ident would change the sealed form",
            "in .gitattributes, add `-ident` to the line of .env",
        ),
        (
            "*.env working-tree-encoding=UTF-16LE",
            "its attribute working-tree-encoding would change the sealed form",
            "in .gitattributes, add `-working-tree-encoding` to the line of .env",
        ),
    ] {
        repo.write(".gitattributes", format!("{lines}{line}\n"));
        repo.write(".env", "A=quokka-nine\n");
        let said = repo.git(["add", ".env"]).ends_with(128);
        said.says(&format!(
            "git-seal: error: .env: {error}\ngit-seal: hint: {hint}\n"
        ));
        assert_eq!(repo.git(["diff", "--cached", "--stat"]).ok().out(), "");
        repo.seal(["status"]).ends_with(2).tells_nothing();
    }
    repo.assert_nowhere(&["quokka-nine"]);
}

#[test]
fn a_bare_repository_has_nothing_to_seal() {
    let repo = Repo::with_env();
    repo.git(["clone", "--quiet", "--bare", "app", "bare.git"])
        .below("..")
        .ok();
    let bare = Repo::at(repo.sandbox(), "bare.git");
    for words in [
        &["init", "--yes"][..],
        &["unlock"],
        &["lock"],
        &["status"],
        &["doctor"],
        &["track", "x"],
        &["reseal"],
        &["deinit", "--files", "plain"],
        &["rotate", "--reason", "x"],
        &["allow", "known-value", "x", "--reason", "x"],
        &["set", "A", "--generate=hex"],
        // These would take every file of HEAD for gone, or for never sealed.
        &["check"],
        &["check", "--worktree"],
        &["ages"],
        &["audit"],
        &["diff"],
        &["diff", "--staged"],
    ] {
        bare.seal(words).ends_with(2).says(
            "git-seal: error: this is a bare repository: it has no work tree to seal files in\n\
             git-seal: hint: clone it, and run this in the clone\n",
        );
    }
    assert!(!bare.path(".env").exists());
    bare.seal(["diff", "HEAD", "HEAD"]).ok();
    bare.seal(["check", "--all-history"]).ok();
    bare.seal(["ledger", "show"]).ok();
    bare.seal(["key", "show"]).ends_with(3);
}

#[test]
fn outside_a_repository_every_command_says_so() {
    let sandbox = Sandbox::new();
    let nowhere = Repo::at(&sandbox, "home");
    for words in [
        &["init", "--yes"][..],
        &["unlock"],
        &["lock"],
        &["status"],
        &["track", "x"],
        &["reseal"],
        &["deinit", "--files", "plain"],
        &["key", "show"],
        &["key", "export", "--yes"],
        &["clean", ".env"],
        &["smudge", ".env"],
        &["hook", "pre-commit"],
        &["install", "--hooks"],
        &["doctor"],
        &["rotate", "--reason", "x"],
        &["ledger", "verify"],
        &["ages"],
        &["audit"],
        &["diff"],
        &["log"],
        &["compare", "a", "b"],
        &["check"],
        &["allow", "known-value", "x", "--reason", "x"],
    ] {
        nowhere.seal(words).ends_with(2).says(
            "git-seal: error: not a git repository (or any parent up to the root)\n\
             git-seal: hint: go to a repository, or make one with `git init`\n",
        );
    }
    nowhere.seal(["keygen"]).ok();
    nowhere.seal(["filter-process"]).ends_with(2).says(
        "git-seal: error: this command is called by git: standard input does not speak its filter protocol\n",
    );
    let typo = nowhere.seal(["unlok"]).ends_with(2);
    assert!(typo.mentions("unrecognized subcommand 'unlok'") && typo.mentions("'unlock'"));
    assert!(typo.mentions("try 'git seal -h'"), "{}", typo.err());
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Lets everybody read below a directory, and nobody write.
fn make_read_only(path: &std::path::Path) {
    let metadata = path.symlink_metadata().expect("it is there");
    if metadata.is_dir() {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("ours");
        for entry in std::fs::read_dir(path).expect("readable") {
            make_read_only(&entry.expect("readable").path());
        }
    }
    let mode = if metadata.is_dir() { 0o555 } else { 0o444 };
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("ours");
}

fn make_writable(path: &std::path::Path) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("ours");
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("readable") {
            make_writable(&entry.expect("readable").path());
        }
    }
}

/// Root may write everywhere: somebody else tries, to whom this sandbox is open.
fn ordinary(call: Call) -> Call {
    let call = call.env("GIT_CONFIG_COUNT", "1");
    let call = call.env("GIT_CONFIG_KEY_0", "safe.directory");
    let call = call.env("GIT_CONFIG_VALUE_0", "*");
    if is_root() { call.user(65534) } else { call }
}

fn open_sandbox(repo: &Repo) {
    let top = repo.sandbox().path("");
    std::fs::set_permissions(top, PermissionsExt::from_mode(0o755)).expect("ours");
}

#[test]
fn a_read_only_repository_is_not_set_up() {
    let repo = Repo::empty();
    repo.write(".env", ENV);
    let before = repo.git(["config", "--list", "--local"]).ok().out();
    open_sandbox(&repo);
    make_read_only(repo.directory());
    let init = repo.seal(["init", "--yes"]).env("SECRETS_MASTER_KEY", KEY);
    ordinary(init).ends_with(5).says(&format!(
        "git-seal: error: {}: Permission denied\n\
         git-seal: hint: this must be writable: see who owns it, or whether the disk is read-only\n",
        repo.path(".seal/config.toml").display()
    ));
    make_writable(repo.directory());
    for name in [".seal", ".gitattributes", ".git/git-seal"] {
        assert!(!repo.path(name).exists(), "{name}");
    }
    let after = repo.git(["config", "--list", "--local"]).ok().out();
    assert_eq!(after, before);

    let sealed = Repo::with_env();
    let clone = sealed.clone_to("clone");
    open_sandbox(&clone);
    make_read_only(clone.directory());
    let unlock = clone.seal(["unlock", "--stdin"]).stdin(KEY);
    ordinary(unlock).ends_with(5).says(&format!(
        "git-seal: error: {}: Permission denied\n\
         git-seal: hint: this must be writable: see who owns it, or whether the disk is read-only\n",
        clone
            .path(".git/git-seal/keys/default/8013ca7dbd9372c3")
            .display()
    ));
    make_writable(clone.directory());
    assert!(!clone.path(".git/git-seal").exists());
    assert_eq!(clone.read(".env"), sealed.blob("HEAD:.env"));
}

#[test]
fn a_read_only_repository_is_read_and_left_as_it_is() {
    let repo = Repo::with_env();
    open_sandbox(&repo);
    make_read_only(repo.directory());
    ordinary(repo.git(["status"])).ok();
    // What everybody can read is told, hooks that nobody can run too, and the files all the same.
    let status = ordinary(repo.seal(["status"])).ends_with(1);
    assert!(status.out().contains("  .env\n"), "{}", status.out());
    let denied = |place: &str| {
        format!(
            "git-seal: error: {}: Permission denied\n\
             git-seal: hint: this must be writable: see who owns it, or whether the disk is read-only\n",
            repo.path(place).display()
        )
    };
    for (words, error) in [
        (&["track", "x"][..], denied(".gitattributes")),
        (
            &["rotate", "--reason", "x"],
            denied(".git/git-seal/rotation.lock"),
        ),
        (
            &["lock"],
            format!(
                "git-seal: error: git checkout-index failed: Unable to create '{}': Permission denied\n",
                repo.path(".git/index.lock").display()
            ),
        ),
        (
            &["deinit", "--files", "plain"],
            "git-seal: error: git config failed: could not lock config file .git/config\n".into(),
        ),
    ] {
        let said = ordinary(repo.seal(words)).ends_with(5);
        let loose = "git-seal: warning: this clone's store (default) can be read by every user of this machine: `git seal doctor --fix` mends that\n";
        assert_eq!(said.err().replace(loose, ""), error);
        said.tells_nothing();
    }
    let said = ordinary(repo.seal(["init", "--yes", "--env", "eu"])).ends_with(5);
    assert!(said.mentions("Permission denied\n"), "{}", said.err());
    assert!(!said.mentions("wrote"), "{}", said.err());
    make_writable(repo.directory());
    repo.git(["config", "core.fileMode", "false"]).ok();
    repo.assert_env();
}

#[test]
fn a_tree_that_is_missing_is_said_to_be_so_with_what_to_do() {
    let repo = Repo::with_env();
    repo.write("d/notes.txt", "one\n");
    repo.commit("Notes");
    let tree = repo.git(["rev-parse", "HEAD:d"]).ok().out();
    let (start, rest) = tree.trim().split_at(2);
    std::fs::remove_file(repo.path(format!(".git/objects/{start}/{rest}"))).expect("an object");
    repo.write("d/notes.txt", "two\n");
    repo.git(["add", "d/notes.txt"]).ok();
    let said = repo.seal(["check"]).ends_with(5);
    assert!(said.mentions(tree.trim()), "{}", said.err());
    assert!(
        said.mentions("git fetch --refetch --no-filter"),
        "{}",
        said.err()
    );
}
