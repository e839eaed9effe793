//! Installing twice, updating, and taking out.

use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::{Sandbox, errors};

const HOOKS: &str = "app one/.git/hooks";

#[test]
fn taking_out_puts_back_every_byte_and_mode() {
    let sandbox = Sandbox::new();
    sandbox.script(
        &format!("{HOOKS}/pre-commit"),
        "#!/bin/sh\n# no newline at the end",
    );
    sandbox.write(&format!("{HOOKS}/pre-push"), "not executable\n");
    std::os::unix::fs::symlink("pre-commit", sandbox.path(HOOKS).join("commit-msg"))
        .expect("a link");
    let before = sandbox.listing("app one/.git");
    sandbox.install();
    assert_ne!(sandbox.listing("app one/.git"), before);
    sandbox.uninstall();
    assert_eq!(sandbox.listing("app one/.git"), before);
    assert!(sandbox.path(HOOKS).join("commit-msg").is_symlink());
}

#[test]
fn installing_twice_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.script(&format!("{HOOKS}/pre-commit"), "#!/bin/sh\n");
    sandbox.install();
    let once = sandbox.listing("app one/.git");
    let said = sandbox.install();
    assert_eq!(said, "");
    assert_eq!(sandbox.listing("app one/.git"), once);
}

#[test]
fn a_hook_of_another_version_is_brought_up_to_date() {
    let sandbox = Sandbox::new();
    sandbox.install();
    let hook = format!("{HOOKS}/pre-commit");
    let now = sandbox.read(&hook);
    // An older text with its own checksum, as an older version wrote it.
    sandbox.script(
        &hook,
        "#!/bin/sh\n# git-seal hook, checksum 0cac07c02e159fd1\nexec git-seal hook pre-commit \"$@\"\n",
    );
    let older = sandbox.read(&hook);
    assert_ne!(older, now);
    sandbox.install();
    assert_eq!(sandbox.read(&hook), now);
}

#[test]
fn a_hook_that_lost_its_executable_bit_gets_it_back() {
    let sandbox = Sandbox::new();
    sandbox.install();
    let hook = sandbox.path(HOOKS).join("pre-commit");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    sandbox.install();
    assert_eq!(
        hook.metadata().expect("the hook").permissions().mode() & 0o777,
        0o755
    );
}

#[test]
fn a_hook_changed_by_hand_is_neither_overwritten_nor_removed() {
    let sandbox = Sandbox::new();
    sandbox.install();
    let hook = format!("{HOOKS}/pre-commit");
    let mine = sandbox.read(&hook) + "# mine\n";
    sandbox.write(&hook, &mine);
    sandbox.install();
    assert_eq!(sandbox.read(&hook), mine);
    let said = sandbox.uninstall();
    assert!(
        said.contains("left as it is") && said.contains("pre-commit"),
        "{said}"
    );
    assert_eq!(sandbox.read(&hook), mine);
    assert!(!sandbox.path(HOOKS).join("pre-push").exists());
}

#[test]
fn an_installation_that_was_cut_short_is_finished() {
    let sandbox = Sandbox::new();
    let hook = sandbox.path(HOOKS).join("pre-commit");
    sandbox.script(
        &format!("{HOOKS}/pre-commit"),
        "#!/bin/sh\necho earlier >>\"$RECORD\"\n",
    );
    std::fs::hard_link(
        &hook,
        sandbox.path(HOOKS).join("pre-commit.before-git-seal"),
    )
    .expect("a link");
    sandbox.install();
    assert!(sandbox.commit("app one").0);
    assert!(
        sandbox
            .record()
            .starts_with("earlier\n<hook><pre-commit>\n")
    );
}

#[test]
fn two_hooks_of_others_are_not_mixed_up() {
    let sandbox = Sandbox::new();
    sandbox.script(&format!("{HOOKS}/pre-commit"), "#!/bin/sh\n# one\n");
    sandbox.script(
        &format!("{HOOKS}/pre-commit.before-git-seal"),
        "#!/bin/sh\n# another\n",
    );
    let before = sandbox.listing(HOOKS);
    let output = sandbox.try_seal("app one", &["install", "--hooks"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        errors(&output).contains("which is to be kept?"),
        "{}",
        errors(&output)
    );
    assert_eq!(sandbox.listing(HOOKS), before);
}

#[test]
fn a_directory_that_cannot_be_written_to_is_named() {
    let sandbox = Sandbox::new();
    // Nobody can make directories there, root included.
    let hooks = "/sys/git-seal/hooks";
    sandbox.git("app one", &["config", "core.hooksPath", hooks]);
    let output = sandbox.try_seal("app one", &["install", "--hooks", "--shared"]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    let said = errors(&output);
    assert!(
        said.contains("cannot write the hook") && said.contains(hooks),
        "{said}"
    );
    assert!(said.contains("hint: "), "{said}");
}

#[test]
fn hooks_that_were_switched_off_stay_off() {
    let sandbox = Sandbox::new();
    sandbox.git("app one", &["config", "core.hooksPath", "/dev/null"]);
    let output = sandbox.try_seal("app one", &["install", "--hooks"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        errors(&output).contains("switched off"),
        "{}",
        errors(&output)
    );
}

#[test]
fn init_installs_and_deinit_takes_out() {
    let sandbox = Sandbox::new();
    sandbox.seal("app one", &["init", "--yes", "--no-hooks"]);
    assert!(!sandbox.path(HOOKS).exists());
    sandbox.seal("app one", &["init", "--yes"]);
    for name in ["pre-commit", "pre-merge-commit", "commit-msg", "pre-push"] {
        assert!(sandbox.path(HOOKS).join(name).is_file(), "{name}");
    }
    sandbox.seal("app one", &["deinit", "--files", "plain"]);
    assert_eq!(sandbox.listing(HOOKS), []);
}
