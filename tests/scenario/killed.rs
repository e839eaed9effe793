//! Commands that are ended before their time: what they leave behind.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use crate::exchange::files;
use crate::sandbox::{ENV, KEY, Repo, Sandbox, contains};

/// An `edit` whose editor waits, in a session without a terminal.
struct Editing {
    repo: Repo,
    child: Child,
}

impl Editing {
    /// `script` is what the editor does first; `$1` is the copy.
    fn start(script: &str) -> Self {
        let repo = Repo::with_env();
        let text = format!(
            "#!/bin/sh\n{script}\necho $PPID > ours.new\necho $$ > theirs\necho \"$1\" > where\n\
             mv ours.new ours\nexec sleep 60\n"
        );
        let editor = repo.sandbox().write("editor", &text);
        std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
        let words = ["--wait", "git-seal", "edit"];
        let call = repo.program("setsid", words).env("EDITOR", &editor);
        let child = call.start();
        while !repo.path("ours").exists() {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(contains(&repo.read(".env"), b"API_KEY"));
        let editing = Self { repo, child };
        assert!(contains(
            &std::fs::read(editing.copy()).unwrap(),
            b"sk_live_"
        ));
        editing
    }

    fn copy(&self) -> PathBuf {
        PathBuf::from(self.repo.text("where").trim_end())
    }

    /// Sends a signal to the process whose number a file holds.
    fn kill(&self, signal: &str, whom: &str) {
        let number = self.repo.text(whom);
        let sent = Command::new("kill")
            .args([signal, number.trim_end()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// The exit code once it ends; the file must be as it was.
    fn ends(&mut self) -> i32 {
        let code = self.child.wait().unwrap().code().unwrap();
        assert_eq!(self.repo.text(".env"), ENV);
        code
    }
}

impl Drop for Editing {
    fn drop(&mut self) {
        // The editor outlives a process that is killed.
        let number = self.repo.text("theirs");
        let _ = Command::new("kill")
            .args(["-KILL", number.trim_end()])
            .output();
    }
}

#[test]
fn a_signal_during_an_edit_removes_the_copy() {
    for (signal, number) in [("-HUP", 1), ("-INT", 2), ("-QUIT", 3), ("-TERM", 15)] {
        let mut editing = Editing::start("trap '' HUP INT QUIT TERM");
        editing.kill(signal, "ours");
        assert_eq!(editing.ends(), 128 + number, "{signal}");
        assert!(!editing.copy().parent().unwrap().exists(), "{signal}");
    }
}

#[test]
fn an_editor_that_is_killed_changes_nothing_and_the_copy_goes() {
    for signal in ["-KILL", "-SEGV", "-TERM"] {
        let mut editing = Editing::start("echo CHANGED=1 >> \"$1\"; ulimit -c 0");
        editing.kill(signal, "theirs");
        assert_eq!(editing.ends(), 1, "{signal}");
        assert!(!editing.copy().parent().unwrap().exists(), "{signal}");
    }
}

#[test]
fn what_a_killed_edit_left_goes_with_the_next_and_when_the_clone_is_locked() {
    for words in [&["edit"][..], &["lock", "--force"]] {
        let mut editing = Editing::start("");
        editing.kill("-KILL", "ours");
        assert_ne!(editing.ends(), 0);
        assert!(editing.copy().exists(), "nobody could remove it");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(editing.copy().parent().unwrap()), 0o700);
        editing.repo.seal(words).env("EDITOR", "true").ok();
        assert!(!editing.copy().parent().unwrap().exists(), "{words:?}");
    }
}

#[test]
fn ctrl_c_in_the_editor_is_the_editors_own() {
    let repo = Repo::with_env();
    let script = "#!/bin/sh\necho \"$1\" > where\ntrap 'echo CHANGED=1 >> \"$1\"; exit 0' INT\necho ready\n\
                  while :; do sleep 0.05; done\n";
    let editor = repo.sandbox().write("editor", script);
    let editor = format!("sh {}", editor.display());
    let editing = repo.seal(["edit"]).env("EDITOR", editor).on_terminal();
    editing.sees("ready").types_openly("\x03").ends_with(0);
    assert_eq!(repo.text(".env"), format!("{ENV}CHANGED=1\n"));
    assert!(!Path::new(repo.text("where").trim_end()).exists());
}

/// A directory with a large file in it, and its three encrypted forms.
fn outside() -> Repo {
    let sandbox = Sandbox::new();
    let place = Repo::at(&sandbox, "home");
    let line = "A_LINE='quokka-nine and more'\n";
    place.write("big.env", line.repeat(20_000));
    for (output, flags) in [("dotenv", &[][..]), ("fernet", &["--fernet"])] {
        let words = [&["encrypt", "big.env", "-o", output][..], flags].concat();
        place.seal(words).env("SECRETS_MASTER_KEY", KEY).ok();
    }
    place.write("big", line.repeat(20_000));
    let words = ["encrypt", "big", "-o", "opaque"];
    place.seal(words).env("SECRETS_MASTER_KEY", KEY).ok();
    place
}

/// The system ends a process that writes more than it may with SIGXFSZ, which nothing here catches:
/// it is killed in the middle of its output.
#[test]
fn a_process_killed_while_it_writes_leaves_no_part_of_its_output() {
    let place = outside();
    place.write("old", "old");
    let before = files(&place);
    for sealed in ["dotenv", "opaque", "fernet"] {
        for (output, force) in [("new", ""), ("old", "--force")] {
            let script = format!(
                "ulimit -c 0; ulimit -f 100; exec git-seal decrypt {sealed} -o {output} {force}"
            );
            let ran = place
                .program("sh", ["-c", &script])
                .env("SECRETS_MASTER_KEY", KEY);
            assert_eq!(ran.run().code, -1, "ended by a signal");
            assert_eq!(files(&place), before, "{sealed}");
            assert_eq!(place.text("old"), "old");
        }
        place
            .seal(["decrypt", sealed, "-o", "old", "--force"])
            .env("SECRETS_MASTER_KEY", KEY)
            .ok();
        assert!(place.text("old").contains("quokka-nine"));
        assert_eq!(files(&place), before, "{sealed}");
        place.write("old", "old");
    }
}

#[test]
fn a_process_killed_while_it_writes_leaves_a_plain_file_as_it_was() {
    let repo = Repo::with_env();
    let script =
        "ulimit -c 0; ulimit -f 100; head -c 200000 /dev/zero | tr '\\0' x | exec git-seal set BIG";
    repo.program("sh", ["-c", script]).fails();
    assert_eq!(repo.text(".env"), ENV);
    // What the killed process left is not in the work tree.
    repo.assert_clean();
    assert_eq!(files(&repo), [".env", ".git", ".gitattributes", ".seal"]);
}

const INIT_STEPS: [&str; 5] = [
    "init-keys",
    "init-filter",
    "init-hooks",
    "init-attributes",
    "init-ignored",
];

fn init_killed_at(repo: &Repo, step: &str, words: &[&str]) {
    let killed = repo.seal(words).env("GIT_SEAL_CRASH_AT", step).run();
    assert_eq!(killed.code, -1, "{step}: {}", killed.err());
}

#[test]
fn init_killed_at_any_step_lets_no_ignored_file_be_staged_in_plain_text() {
    for step in INIT_STEPS {
        let repo = Repo::empty();
        repo.write(".gitignore", ".env\n");
        repo.write(".env", ENV);
        repo.commit("Ignored");
        let init = ["init", "--yes", "--unignore"];
        init_killed_at(&repo, step, &init);
        assert_eq!(repo.text(".env"), ENV, "{step}");
        // Whether git adds it depends on how far it came: in plain text never.
        repo.git(["add", "--all"]).run();
        repo.assert_nowhere(&["sk_live_", "hunter2"]);
        repo.seal(init).ok();
        repo.git(["add", "--all"]).ok();
        repo.git(["commit", "--quiet", "--message", "Sealed"]).ok();
        repo.assert_nowhere(&["sk_live_", "hunter2"]);
        let keys = std::fs::read_dir(repo.path(".git/git-seal/keys/default")).unwrap();
        assert_eq!(keys.count(), 1, "{step}");
        repo.seal(["ledger", "verify"]).ok();
    }
}

#[test]
fn init_killed_is_as_before_until_the_attributes_are_written_and_seals_from_then_on() {
    for step in INIT_STEPS {
        let repo = Repo::empty();
        repo.write(".env", ENV);
        init_killed_at(&repo, step, &["init", "--yes"]);
        let seals = ["init-attributes", "init-ignored"].contains(&step);
        assert_eq!(repo.path(".gitattributes").exists(), seals, "{step}");
        if seals {
            repo.git(["add", "--all"]).ok();
            repo.assert_nowhere(&["sk_live_", "hunter2"]);
        }
        repo.seal(["init", "--yes"]).ok();
        repo.git(["add", "--all"]).ok();
        repo.git(["commit", "--quiet", "--message", "Sealed"]).ok();
        repo.assert_env();
        repo.assert_well();
    }
}
