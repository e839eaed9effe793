//! Beside tools that write hooks of their own.

use crate::sandbox::{Sandbox, errors};

/// As husky 9 sets itself up: git looks in `.husky/_`, whose scripts run those of `.husky`.
fn husky(sandbox: &Sandbox) {
    let start = "#!/usr/bin/env sh\ns=\"$(dirname \"$(dirname \"$0\")\")/$(basename \"$0\")\"\n[ ! -f \"$s\" ] && exit 0\nsh -e \"$s\" \"$@\"\n";
    for name in ["pre-commit", "pre-merge-commit", "commit-msg", "pre-push"] {
        sandbox.script(&format!("app one/.husky/_/{name}"), start);
    }
    sandbox.write("app one/.husky/_/.gitignore", "*");
    sandbox.write("app one/.husky/pre-commit", "echo earlier >>\"$RECORD\"");
    sandbox.git("app one", &["config", "core.hooksPath", ".husky/_"]);
}

#[test]
fn husky_is_told_of_by_lines_to_paste() {
    let sandbox = Sandbox::new();
    husky(&sandbox);
    let before = sandbox.listing("app one/.husky");
    let output = sandbox.try_seal("app one", &["install", "--hooks"]);
    assert_eq!(output.status.code(), Some(1));
    let said = errors(&output);
    let line = format!(
        "{}: git-seal hook pre-push \"$@\" || exit 1",
        sandbox.app(".husky/pre-push").display()
    );
    assert!(said.contains(&line), "{said}");
    assert_eq!(sandbox.listing("app one/.husky"), before);
}

#[test]
fn with_consent_huskys_scripts_call_us_until_we_are_taken_out() {
    let sandbox = Sandbox::new();
    husky(&sandbox);
    sandbox.write("app one/.husky/pre-commit", "echo earlier >>\"$RECORD\"\n");
    let before = sandbox.listing("app one/.husky");
    sandbox.seal("app one", &["install", "--hooks", "--shared"]);
    let once = sandbox.listing("app one/.husky");
    assert!(sandbox.commit("app one").0);
    assert_eq!(
        sandbox.record(),
        "earlier\n<hook><pre-commit>\n<hook><commit-msg><.git/COMMIT_EDITMSG>\n"
    );
    sandbox.seal("app one", &["install", "--hooks", "--shared"]);
    assert_eq!(sandbox.listing("app one/.husky"), once);

    let said = sandbox.uninstall();
    assert!(said.contains("left as it is"), "{said}");
    assert_eq!(sandbox.listing("app one/.husky"), once);
    sandbox.seal(
        "app one",
        &["install", "--hooks", "--uninstall", "--shared"],
    );
    assert_eq!(sandbox.listing("app one/.husky"), before);
}

#[test]
fn lefthook_is_wrapped_and_told_of_by_a_snippet() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "app one/lefthook.yml",
        "pre-commit:\n  commands:\n    lint:\n      run: true\n",
    );
    sandbox.script(
        "app one/.git/hooks/pre-commit",
        "#!/bin/sh\necho lefthook >>\"$RECORD\"\n",
    );
    let said = sandbox.install();
    assert!(
        said.contains("run: git-seal hook pre-push {1} {2}\n      use_stdin: true"),
        "{said}"
    );
    assert!(sandbox.commit("app one").0);
    assert!(
        sandbox
            .record()
            .starts_with("lefthook\n<hook><pre-commit>\n")
    );
}

#[test]
fn a_lefthook_that_runs_git_seal_is_left_alone() {
    let sandbox = Sandbox::new();
    let mut config = String::new();
    for name in ["pre-commit", "pre-merge-commit", "commit-msg", "pre-push"] {
        config +=
            &format!("{name}:\n  commands:\n    git-seal:\n      run: git-seal hook {name}\n");
        sandbox.script(
            &format!("app one/.git/hooks/{name}"),
            "#!/bin/sh\nlefthook run\n",
        );
    }
    sandbox.write("app one/lefthook.yml", &config);
    let before = sandbox.listing("app one");
    assert_eq!(sandbox.install(), "");
    assert_eq!(sandbox.listing("app one"), before);
}

#[test]
fn the_pre_commit_framework_runs_first_and_comes_back() {
    let sandbox = Sandbox::new();
    sandbox.write("app one/.pre-commit-config.yaml", "repos: []\n");
    // The shape of its hook file: it finds its place by $0, and passes the arguments on.
    sandbox.script(
        "app one/.git/hooks/pre-commit",
        "#!/usr/bin/env bash\nHERE=\"$(cd \"$(dirname \"$0\")\" && pwd)\"\n[ -e \"$HERE/pre-commit\" ] && echo framework >>\"$RECORD\"\n",
    );
    let before = sandbox.listing("app one/.git/hooks");
    sandbox.install();
    assert!(sandbox.commit("app one").0);
    assert!(
        sandbox
            .record()
            .starts_with("framework\n<hook><pre-commit>\n")
    );
    sandbox.uninstall();
    assert_eq!(sandbox.listing("app one/.git/hooks"), before);
}

#[test]
fn a_pre_commit_framework_that_runs_git_seal_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "app one/.pre-commit-config.yaml",
        "repos:\n  - repo: https://example.org/git-seal\n    rev: v1\n    hooks:\n      - id: git-seal-pre-commit\n",
    );
    sandbox.script(
        "app one/.git/hooks/pre-commit",
        "#!/bin/sh\npre-commit run\n",
    );
    let before = sandbox.read("app one/.git/hooks/pre-commit");
    sandbox.install();
    assert_eq!(sandbox.read("app one/.git/hooks/pre-commit"), before);
    assert!(sandbox.app(".git/hooks/commit-msg").is_file());
}
