//! What a hook does when git runs it.

use std::path::Path;

use crate::sandbox::{Sandbox, errors};

const HOOKS: &str = "app one/.git/hooks";

#[test]
fn a_commit_is_judged_and_a_refusal_blocks_it() {
    let sandbox = Sandbox::new();
    sandbox.install();
    assert!(sandbox.commit("app one").0);
    assert_eq!(
        sandbox.record(),
        "<hook><pre-commit>\n<hook><commit-msg><.git/COMMIT_EDITMSG>\n"
    );
    let mut git = sandbox.command("git", "app one");
    git.args(["commit", "-q", "--allow-empty", "-m", "x"])
        .env("VERDICT", "1");
    assert!(!git.status().expect("git").success());
}

#[test]
fn a_merge_is_judged() {
    let sandbox = Sandbox::new();
    sandbox.commit("app one");
    sandbox.git("app one", &["checkout", "-q", "-b", "side"]);
    sandbox.commit("app one");
    sandbox.git("app one", &["checkout", "-q", "main"]);
    sandbox.install();
    sandbox.git(
        "app one",
        &["merge", "-q", "--no-ff", "-m", "merge", "side"],
    );
    assert!(sandbox.record().starts_with("<hook><pre-merge-commit>\n"));
}

#[test]
fn the_hook_that_was_there_runs_first_with_the_same_arguments() {
    let sandbox = Sandbox::new();
    let earlier = "#!/bin/sh\nprintf 'earlier <%s>\\n' \"$@\" >>\"$RECORD\"\n";
    sandbox.script(&format!("{HOOKS}/commit-msg"), earlier);
    let said = sandbox.install();
    assert!(said.contains("commit-msg.before-git-seal"), "{said}");
    assert!(sandbox.commit("app one").0);
    assert_eq!(
        sandbox.record(),
        "<hook><pre-commit>\nearlier <.git/COMMIT_EDITMSG>\n<hook><commit-msg><.git/COMMIT_EDITMSG>\n"
    );
}

#[test]
fn arguments_with_blanks_stay_whole() {
    let sandbox = Sandbox::new();
    sandbox.script(
        &format!("{HOOKS}/update"),
        "#!/bin/sh\nprintf 'earlier <%s>\\n' \"$3\" >>\"$RECORD\"\n",
    );
    sandbox.seal("app one", &["install", "--hooks", "update"]);
    let mut hook = sandbox.command("./update", HOOKS);
    let status = hook.args(["refs/heads/a b", "", "it's\n*"]).status();
    assert!(status.expect("the hook").success());
    assert_eq!(
        sandbox.record(),
        "earlier <it's\n*>\n<hook><update><refs/heads/a b><><it's\n*>\n"
    );
}

#[test]
fn a_refusal_of_the_earlier_hook_blocks_and_nothing_else_runs() {
    let sandbox = Sandbox::new();
    sandbox.script(
        &format!("{HOOKS}/pre-commit"),
        "#!/bin/sh\necho no >&2\nexit 3\n",
    );
    sandbox.install();
    let (passed, said) = sandbox.commit("app one");
    assert!(!passed && said.contains("no"), "{said}");
    assert_eq!(sandbox.record(), "");
}

#[test]
fn an_earlier_hook_that_is_not_executable_is_passed_over_as_git_does() {
    let sandbox = Sandbox::new();
    sandbox.write(&format!("{HOOKS}/pre-commit"), "#!/bin/sh\nexit 3\n");
    sandbox.install();
    assert!(sandbox.commit("app one").0);
}

#[test]
fn both_hooks_read_the_refs_of_a_push() {
    let sandbox = Sandbox::new();
    sandbox.git(".", &["init", "-q", "--bare", "the server.git"]);
    for hooks in [HOOKS, "the server.git/hooks"] {
        for name in ["pre-push", "pre-receive"] {
            sandbox.script(
                &format!("{hooks}/{name}"),
                "#!/bin/sh\n{ echo earlier; cat; } >>\"$RECORD\"\n",
            );
        }
    }
    sandbox.install();
    sandbox.seal("the server.git", &["install", "--hooks"]);
    sandbox.commit("app one");
    sandbox.record();
    sandbox.git("app one", &["push", "-q", "../the server.git", "main"]);

    let head = sandbox.git("app one", &["rev-parse", "HEAD"]).stdout;
    let head = String::from_utf8_lossy(&head).trim().to_owned();
    let none = "0".repeat(40);
    let pushed = format!("refs/heads/main {head} refs/heads/main {none}\n");
    let received = format!("{none} {head} refs/heads/main\n");
    let to = "<../the server.git>";
    assert_eq!(
        sandbox.record(),
        format!(
            "earlier\n{pushed}<hook><pre-push>{to}{to}\n{pushed}earlier\n{received}<hook><pre-receive>\n{received}"
        )
    );
}

#[test]
fn an_earlier_hook_that_reads_no_refs_is_no_error() {
    let sandbox = Sandbox::new();
    sandbox.script(&format!("{HOOKS}/pre-push"), "#!/bin/sh\nexit 0\n");
    sandbox.install();
    let refs = "refs/heads/main 1 refs/heads/main 2\n".repeat(20_000);
    sandbox.write("refs", &refs);
    let input = std::fs::File::open(sandbox.path("refs")).expect("the refs");
    let output = sandbox.command("./pre-push", HOOKS).stdin(input).output();
    let output = output.expect("the hook");
    assert!(output.status.success());
    assert_eq!(errors(&output), "");
    assert_eq!(sandbox.record(), format!("<hook><pre-push>\n{refs}"));
}

#[test]
fn a_refusal_on_the_server_refuses_the_push() {
    let sandbox = Sandbox::new();
    sandbox.git(".", &["init", "-q", "--bare", "server.git"]);
    sandbox.seal("server.git", &["install", "--hooks"]);
    sandbox.commit("app one");
    let mut git = sandbox.command("git", "app one");
    git.args(["push", "-q", "../server.git", "main"])
        .env("VERDICT", "1");
    assert!(!git.status().expect("git").success());
    assert_eq!(sandbox.git("server.git", &["for-each-ref"]).stdout, b"");
}

/// Installs the hooks by a copy of git-seal that stands elsewhere.
fn install_by(sandbox: &Sandbox, program: &Path) {
    crate::sandbox::copy_binary(program);
    let mut seal = sandbox.command(program, "app one");
    let installed = seal.args(["install", "--hooks"]).status();
    assert!(installed.expect("git-seal").success());
}

#[test]
fn with_a_short_path_the_hook_falls_back_on_the_recorded_git_seal() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("it's here")).expect("a directory");
    let program = sandbox.path("it's here/git-seal");
    install_by(&sandbox, &program);
    std::fs::remove_file(sandbox.path("bin/git-seal")).expect("no git-seal on PATH");
    sandbox.script("it's here/git-seal", crate::sandbox::RECORDER);
    assert!(sandbox.commit("app one").0);
    assert!(sandbox.record().starts_with("<hook><pre-commit>\n"));
}

#[test]
fn without_git_seal_the_hook_blocks_and_says_what_to_do() {
    let sandbox = Sandbox::new();
    let program = sandbox.path("git-seal");
    install_by(&sandbox, &program);
    std::fs::remove_file(&program).expect("no git-seal where it was");
    std::fs::remove_file(sandbox.path("bin/git-seal")).expect("no git-seal on PATH");

    let (passed, said) = sandbox.commit("app one");
    assert!(!passed);
    let program = program.display();
    assert_eq!(
        said,
        format!(
            "git-seal: error: pre-commit: git-seal is not on PATH, nor at {program}: nothing was checked, so this is refused\n\
             git-seal: hint: install it with `cargo install git-seal`, or put it on PATH\n\
             git-seal: hint: to do without it, remove the hook: rm \".git/hooks/pre-commit\"\n"
        )
    );
}

#[test]
fn a_manager_that_puts_our_hook_behind_the_kept_one_makes_no_endless_round() {
    let sandbox = Sandbox::new();
    // As the pre-commit framework does: what it finds becomes NAME.legacy, which it runs.
    let manager = "#!/bin/sh\necho manager >>\"$RECORD\"\n\"$(cd \"$(dirname \"$0\")\" && pwd)/pre-commit.legacy\" \"$@\"\n";
    sandbox.install();
    std::fs::rename(
        sandbox.path(HOOKS).join("pre-commit"),
        sandbox.path(HOOKS).join("pre-commit.legacy"),
    )
    .expect("moved");
    sandbox.script(&format!("{HOOKS}/pre-commit"), manager);
    sandbox.install();
    assert!(sandbox.commit("app one").0);
    let record = sandbox.record();
    assert_eq!(record.matches("manager").count(), 1, "{record}");
    assert!(record.contains("<hook><pre-commit>"), "{record}");
}

#[test]
fn one_script_that_several_hooks_link_to_still_runs_for_each() {
    let sandbox = Sandbox::new();
    sandbox.script(
        &format!("{HOOKS}/pre-commit"),
        "#!/bin/sh\necho \"earlier $#\" >>\"$RECORD\"\n",
    );
    std::os::unix::fs::symlink("pre-commit", sandbox.path(HOOKS).join("commit-msg"))
        .expect("a link");
    sandbox.install();
    assert!(sandbox.commit("app one").0);
    assert_eq!(
        sandbox.record(),
        "earlier 0\n<hook><pre-commit>\nearlier 1\n<hook><commit-msg><.git/COMMIT_EDITMSG>\n"
    );
}
