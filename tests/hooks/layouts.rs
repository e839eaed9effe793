//! Where hooks go: `core.hooksPath`, linked work trees, submodules, bare repositories, and git's own
//! configuration where git is new enough.

use crate::sandbox::{Sandbox, errors};

#[test]
fn a_linked_work_tree_is_guarded_with_its_clone() {
    let sandbox = Sandbox::new();
    sandbox.commit("app one");
    sandbox.git(
        "app one",
        &["worktree", "add", "-q", "-b", "other", "../linked tree"],
    );
    sandbox.seal("linked tree", &["install", "--hooks"]);
    assert!(sandbox.app(".git/hooks/pre-commit").is_file());
    for directory in ["linked tree", "app one"] {
        sandbox.commit(directory);
        assert!(
            sandbox.record().starts_with("<hook><pre-commit>\n"),
            "{directory}"
        );
    }
}

#[test]
fn a_submodule_is_guarded_and_the_repository_around_it_is_not() {
    let sandbox = Sandbox::new();
    sandbox.commit("app one");
    sandbox.git(".", &["init", "-q", "outer"]);
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        "../app one",
        "inner part",
    ];
    sandbox.git("outer", &add);
    sandbox.seal("outer/inner part", &["install", "--hooks"]);
    sandbox.commit("outer/inner part");
    assert!(sandbox.record().starts_with("<hook><pre-commit>\n"));
    assert!(sandbox.commit("outer").0);
    assert_eq!(sandbox.record(), "");
}

#[test]
fn a_bare_repository_gets_the_hook_that_is_named() {
    let sandbox = Sandbox::new();
    sandbox.git(".", &["init", "-q", "--bare", "server.git"]);
    sandbox.seal("server.git", &["install", "--hooks", "update"]);
    assert!(!sandbox.path("server.git/hooks/pre-receive").exists());
    sandbox.commit("app one");
    sandbox.git("app one", &["push", "-q", "../server.git", "main"]);
    assert!(
        sandbox
            .record()
            .starts_with("<hook><update><refs/heads/main><")
    );
}

#[test]
fn a_tracked_hooks_directory_is_written_to_only_with_consent() {
    let sandbox = Sandbox::new();
    sandbox.script(
        "app one/.githooks/pre-commit",
        "#!/bin/sh\necho earlier >>\"$RECORD\"\n",
    );
    sandbox.git("app one", &["config", "core.hooksPath", ".githooks"]);
    let before = sandbox.listing("app one");
    let output = sandbox.try_seal("app one", &["install", "--hooks"]);
    assert_eq!(output.status.code(), Some(1));
    let said = errors(&output);
    assert!(
        said.contains("git-seal hook pre-commit \"$@\" || exit 1"),
        "{said}"
    );
    assert!(said.contains("--shared"), "{said}");
    assert_eq!(sandbox.listing("app one"), before);

    sandbox.seal("app one", &["install", "--hooks", "--shared"]);
    // The path of this machine is nothing to commit.
    assert!(
        sandbox
            .read("app one/.githooks/pre-commit")
            .contains("\nrecorded=''\n")
    );
    assert!(sandbox.commit("app one").0);
    assert!(
        sandbox
            .record()
            .starts_with("earlier\n<hook><pre-commit>\n")
    );

    sandbox.seal("app one", &["install", "--hooks", "--uninstall"]);
    assert!(sandbox.app(".githooks/pre-push").exists());
    sandbox.seal(
        "app one",
        &["install", "--hooks", "--uninstall", "--shared"],
    );
    assert_eq!(
        sandbox.listing("app one/.githooks"),
        [before
            .into_iter()
            .find(|(file, ..)| file.ends_with(".githooks/pre-commit"))
            .expect("the hook")]
    );
}

#[test]
fn a_hooks_directory_of_all_repositories_is_written_to_only_with_consent() {
    let sandbox = Sandbox::new();
    let shared = sandbox.path("home/hooks");
    std::fs::create_dir(&shared).expect("a directory");
    sandbox.git(".", &["config", "--global", "core.hooksPath", "~/hooks"]);
    let output = sandbox.try_seal("app one", &["install", "--hooks"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors(&output).contains("other repositories"),
        "{}",
        errors(&output)
    );
    assert_eq!(sandbox.listing("home/hooks"), []);
    sandbox.seal("app one", &["install", "--hooks", "--shared"]);
    assert!(sandbox.commit("app one").0);
    assert!(sandbox.record().starts_with("<hook><pre-commit>\n"));
}

#[test]
fn a_snippet_that_was_pasted_counts() {
    let sandbox = Sandbox::new();
    sandbox.git("app one", &["config", "core.hooksPath", ".githooks"]);
    for name in ["pre-commit", "pre-merge-commit", "commit-msg", "pre-push"] {
        let hook = format!("#!/bin/sh\ngit-seal hook {name} \"$@\" || exit 1\n");
        sandbox.script(&format!("app one/.githooks/{name}"), &hook);
    }
    let before = sandbox.listing("app one");
    assert_eq!(sandbox.install(), "");
    assert_eq!(sandbox.listing("app one"), before);
}

#[test]
fn hooks_below_the_git_directory_that_git_no_longer_runs_are_told() {
    let sandbox = Sandbox::new();
    sandbox.install();
    sandbox.git("app one", &["config", "core.hooksPath", ".githooks"]);
    let output = sandbox.try_seal("app one", &["install", "--hooks"]);
    let said = errors(&output);
    assert!(
        said.contains("core.hooksPath keeps git from running"),
        "{said}"
    );
    sandbox.uninstall();
    assert!(!sandbox.app(".git/hooks/pre-commit").exists());
}

/// A git that says to be 2.54; the rest is the git of this machine.
fn pretend_new_git(sandbox: &Sandbox) {
    let real = String::from_utf8(
        sandbox
            .command("sh", ".")
            .args(["-c", "command -v git"])
            .output()
            .expect("sh")
            .stdout,
    );
    let real = real.expect("a path");
    sandbox.script(
        "bin/git",
        &format!(
            "#!/bin/sh\n[ \"$1\" != version ] || exec echo git version 2.54.0\nexec {} \"$@\"\n",
            real.trim()
        ),
    );
}

/// Runs a hook as git 2.54 does: its `hook.c` gives the command to the shell, the arguments behind it.
fn run_configured(sandbox: &Sandbox, name: &str, arguments: &[&str]) -> (bool, String) {
    let key = format!("hook.seal-{name}.command");
    let command = sandbox.git("app one", &["config", "--get", &key]).stdout;
    let command = String::from_utf8(command).expect("text");
    let mut shell = sandbox.command("sh", "app one");
    shell
        .args(["-c", &format!("{} \"$@\"", command.trim_end()), "hook"])
        .args(arguments);
    let output = shell.output().expect("sh");
    (output.status.success(), errors(&output))
}

#[test]
fn a_newer_git_guards_from_its_configuration_where_files_are_not_ours() {
    let sandbox = Sandbox::new();
    pretend_new_git(&sandbox);
    sandbox.git("app one", &["config", "core.hooksPath", ".githooks"]);
    sandbox.install();
    assert!(!sandbox.app(".githooks").exists());
    let event = sandbox.git(
        "app one",
        &["config", "--get-all", "hook.seal-pre-push.event"],
    );
    assert_eq!(event.stdout, b"pre-push\n");
    let config = sandbox.read("app one/.git/config");
    assert_eq!(sandbox.install(), "");
    assert_eq!(sandbox.read("app one/.git/config"), config);

    assert!(run_configured(&sandbox, "commit-msg", &["a b"]).0);
    assert_eq!(sandbox.record(), "<hook><commit-msg><a b>\n");

    sandbox.uninstall();
    assert!(!sandbox.read("app one/.git/config").contains("seal"));
}

#[test]
fn a_configured_hook_without_git_seal_blocks_only_where_files_are_sealed() {
    let sandbox = Sandbox::new();
    pretend_new_git(&sandbox);
    let program = sandbox.path("a b/git-seal");
    std::fs::create_dir(sandbox.path("a b")).expect("a directory");
    std::fs::copy(env!("CARGO_BIN_EXE_git-seal"), &program).expect("a copy");
    let mut seal = sandbox.command(&program, "app one");
    assert!(seal.arg("install").status().expect("git-seal").success());
    std::fs::remove_file(sandbox.path("bin/git-seal")).expect("no git-seal on PATH");

    sandbox.script("a b/git-seal", crate::sandbox::RECORDER);
    assert!(run_configured(&sandbox, "pre-commit", &[]).0);
    assert_eq!(sandbox.record(), "<hook><pre-commit>\n");

    std::fs::remove_file(&program).expect("no git-seal at all");
    assert!(run_configured(&sandbox, "pre-commit", &[]).0);
    sandbox.write("app one/.seal/config.toml", "");
    sandbox.git("app one", &["add", ".seal"]);
    let (passed, said) = run_configured(&sandbox, "pre-commit", &[]);
    assert!(!passed);
    assert!(
        said.contains("nothing was checked") && said.contains("install it"),
        "{said}"
    );
}

#[test]
fn an_older_git_gets_no_global_hooks() {
    let sandbox = Sandbox::new();
    sandbox.script("bin/git", "#!/bin/sh\n[ \"$1\" != version ] || exec echo git version 2.53.0\nPATH=/usr/local/bin:/usr/bin:/bin exec git \"$@\"\n");
    let said = sandbox.seal("app one", &["install"]);
    assert!(said.contains("git seal unlock"), "{said}");
    let config = sandbox.read("home/.gitconfig");
    assert!(
        config.contains("[filter") && !config.contains("[hook") && !config.contains("hooksPath"),
        "{config}"
    );
}
