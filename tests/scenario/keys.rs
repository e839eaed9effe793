//! Every source of keys, and what it says when it gives none.

use std::os::unix::fs::PermissionsExt;

use crate::sandbox::{Call, ENV, KEY, OTHER_KEY, Ran, Repo};

const NO_KEY: &str = "git-seal: error: .env: no key at hand for environment default to seal NEW\n\
    git-seal: hint: set SECRETS_MASTER_KEY, or run `git seal unlock`\n\
    git-seal: hint: then run `git add .env` again\n";

/// A clone that holds no key, with a value to seal.
fn keyless() -> Repo {
    let repo = Repo::with_env();
    std::fs::remove_dir_all(repo.path(".git/git-seal")).expect("it has a store");
    repo.write(
        ".env",
        [repo.blob("HEAD:.env"), b"NEW=quokka-nine\n".to_vec()].concat(),
    );
    repo
}

/// `git add` seals with what `give` gives.
#[track_caller]
fn seals(give: impl Fn(Call) -> Call) -> Ran {
    let repo = keyless();
    let added = give(repo.git(["add", ".env"])).ok();
    assert!(
        repo.git(["diff", "--cached", "--stat"])
            .ok()
            .out()
            .contains(".env")
    );
    repo.assert_nowhere(&["quokka-nine"]);
    added
}

/// `git add` fails with what `give` gives, stages nothing, and warns like this.
#[track_caller]
fn refuses(give: impl Fn(&Repo, Call) -> Call, warning: &str) {
    let repo = keyless();
    let said = give(&repo, repo.git(["add", ".env"])).ends_with(128);
    let warning = warning.replace("SANDBOX", &repo.sandbox().path("").to_string_lossy());
    said.says(&format!("{warning}{NO_KEY}"));
    assert_eq!(repo.git(["diff", "--cached", "--stat"]).ok().out(), "");
    repo.assert_nowhere(&["quokka-nine"]);
}

#[test]
fn no_key_stages_nothing_and_names_the_ways_to_give_one() {
    refuses(|_, call| call, "");
}

#[test]
fn variables_give_keys() {
    seals(|call| call.env("SECRETS_MASTER_KEY", KEY)).says("");
    seals(|call| call.env("SECRETS_MASTER_KEY_DEFAULT", KEY)).says("");
    seals(|call| call.env("SECRETS_MASTER_KEY", format!("{OTHER_KEY}, {KEY}"))).says("");
    let lenient = format!("  {}\n", KEY.trim_end_matches('='));
    seals(|call| call.env("SECRETS_MASTER_KEY", &lenient)).says("");
}

#[test]
fn a_malformed_key_beside_the_right_one_is_a_warning() {
    seals(|call| {
        call.env("SECRETS_MASTER_KEY", "quokka-nine!")
            .env("SECRETS_MASTER_KEY_DEFAULT", KEY)
    })
    .says("git-seal: warning: SECRETS_MASTER_KEY holds no usable key: it is not base64\n");
}

#[test]
fn a_malformed_key_is_a_warning_when_opening_and_never_an_error() {
    let repo = keyless();
    let warning = "git-seal: warning: SECRETS_MASTER_KEY holds no usable key: it is not base64\n";
    let checkout = || {
        let call = repo.git(["checkout", "--quiet", ".env"]);
        call.env("SECRETS_MASTER_KEY", "quokka-nine!")
    };
    checkout().ok().says(&format!(
        "{warning}git-seal: hint: files of environment default stay sealed: key 8013ca7d is not at hand; set SECRETS_MASTER_KEY, or run `git seal unlock`\n"
    ));
    assert_eq!(repo.read(".env"), repo.blob("HEAD:.env"));
    std::fs::remove_file(repo.path(".env")).expect("it is there");
    let right = checkout().env("SECRETS_MASTER_KEY_DEFAULT", KEY);
    right.ok().says(warning);
    assert_eq!(repo.text(".env"), ENV);
}

#[test]
fn malformed_keys_are_told_by_their_variable() {
    let bad =
        |value: &'static str| move |_: &Repo, call: Call| call.env("SECRETS_MASTER_KEY", value);
    let says =
        |why: &str| format!("git-seal: warning: SECRETS_MASTER_KEY holds no usable key: {why}\n");
    refuses(bad(""), &says("it is empty"));
    refuses(bad("   "), &says("it is empty"));
    refuses(bad("quokka-nine!"), &says("it is not base64"));
    refuses(
        bad(&KEY[..40]),
        &says("it holds 30 bytes where a key has 32"),
    );
}

#[test]
fn key_files_that_are_none_are_told_by_their_path() {
    refuses(
        |repo, call| call.env("SECRETS_MASTER_KEY_FILE", repo.sandbox().path("missing")),
        "git-seal: warning: SECRETS_MASTER_KEY_FILE (SANDBOXmissing) cannot be read: No such file or directory\n",
    );
    refuses(
        |repo, call| call.env("SECRETS_MASTER_KEY_FILE", repo.sandbox().path("home")),
        "git-seal: warning: SECRETS_MASTER_KEY_FILE (SANDBOXhome) cannot be read: it is a directory\n",
    );
    refuses(
        |repo, call| {
            let path = repo.sandbox().write("empty", "");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("ours");
            call.env("SECRETS_MASTER_KEY_FILE", path)
        },
        "git-seal: warning: SECRETS_MASTER_KEY_FILE (SANDBOXempty) holds no usable key: it is empty\n",
    );
    let repo = keyless();
    let endless = repo
        .git(["add", ".env"])
        .env("SECRETS_MASTER_KEY_FILE", "/dev/zero")
        .ends_with(128);
    assert!(endless.mentions("it is too long for a key file"));
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    refuses(
        |_, call| call.env("SECRETS_MASTER_KEY_FILE", KEY),
        "git-seal: warning: SECRETS_MASTER_KEY_FILE holds a key, not the name of a file: name it without _FILE\n",
    );
    let quoted = format!("'{KEY}'");
    let repo = keyless();
    for key in [KEY, &KEY[..40], &quoted] {
        let call = repo.git(["add", ".env"]);
        call.env("SECRETS_MASTER_KEY_FILE", key)
            .ends_with(128)
            .tells_nothing();
        for words in [
            &["unlock", "--key-file", key][..],
            &["key", "import", "--key-file", key],
        ] {
            repo.seal(words).ends_with(2).says(
                "git-seal: error: --key-file takes the name of a file, and this is a key\n\
                 git-seal: hint: it stands in your shell's history now: if it is in use, `git seal rotate`\n",
            );
        }
    }
}

#[test]
fn a_key_may_come_through_a_pipe_and_a_silent_one_is_not_waited_for() {
    let repo = keyless();
    let pipe = repo.sandbox().path("pipe");
    repo.program("mkfifo", [pipe.as_os_str()]).ok();
    // Nobody writes to it.
    let before = std::time::Instant::now();
    let said = repo
        .git(["add", ".env"])
        .env("SECRETS_MASTER_KEY_FILE", &pipe)
        .ends_with(128);
    assert!(
        said.mentions("holds no usable key: it is empty"),
        "{}",
        said.err()
    );
    repo.seal(["unlock".as_ref(), "--key-file".as_ref(), pipe.as_os_str()])
        .ends_with(2);
    assert!(before.elapsed().as_secs() < 50, "{:?}", before.elapsed());
    // Somebody does, late.
    let clone = repo.clone_to("clone");
    let script = format!("exec git-seal unlock --key-file <(sleep 1; echo {KEY})");
    clone.program("bash", ["-c", &script]).ok();
    clone.assert_env();
}

#[test]
fn a_key_file_works_and_must_be_private() {
    let repo = keyless();
    let file = repo.sandbox().write("key", &format!("{KEY}\n"));
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("ours");
    repo.git(["add", ".env"]).env("SECRETS_MASTER_KEY_FILE", &file).ok().says(&format!(
        "git-seal: warning: SECRETS_MASTER_KEY_FILE ({}) can be read by every user of this machine: `chmod 600` it\n",
        file.display()
    ));
    let clone = repo.clone_to("clone");
    let path = file.to_str().expect("UTF-8");
    for (words, answer) in [
        (
            &["key", "import", "--key-file", path][..],
            "git-seal: kept key 8013ca7d of environment default in this clone\n",
        ),
        (
            &["unlock", "--key-file", path],
            "git-seal: installed hooks: pre-commit, pre-merge-commit, commit-msg, pre-push\n\
             git-seal: the filter is set up; opened 1 file\n",
        ),
    ] {
        clone.seal(words).ok().says(&format!(
            "git-seal: warning: {path} can be read by every user of this machine: `chmod 600` it\n{answer}"
        ));
    }
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("ours");
    repo.touch(".env");
    repo.git(["add", ".env"])
        .env("SECRETS_MASTER_KEY_FILE", &file)
        .ok()
        .says("");
}

#[test]
fn unlock_reads_a_key_file_and_says_what_is_wrong_with_it() {
    let clone = Repo::with_env().clone_to("clone");
    let unlock = |name: &str, content: &str| {
        let file = clone.sandbox().write(name, content);
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("ours");
        clone.seal(["unlock".as_ref(), "--key-file".as_ref(), file.as_os_str()])
    };
    for (content, why) in [
        ("", "it is empty"),
        ("quokka-nine!", "it is not base64"),
        (&KEY[..40], "it holds 30 bytes where a key has 32"),
    ] {
        let file = clone.sandbox().path("k");
        unlock("k", content).ends_with(2).says(&format!(
            "git-seal: error: {} holds no key: {why}\n\
             git-seal: hint: a key is 44 characters of base64, as `git seal keygen` prints it\n",
            file.display()
        ));
    }
    let missing = clone.seal(["unlock", "--key-file", "missing"]).ends_with(2);
    missing.says("git-seal: error: missing: No such file or directory\n");
    let directory = clone.seal(["unlock", "--key-file", ".git"]).ends_with(2);
    directory.says("git-seal: error: .git: it is a directory\n");
    assert!(!clone.path(".git/git-seal/keys").exists());
    unlock("k", KEY).ok();
    clone.assert_env();
}

/// A keyless repository with this key command.
fn with_command(text: &str) -> Repo {
    let repo = keyless();
    repo.git(["config", "seal.default.keyCommand", text]).ok();
    repo
}

#[test]
fn a_key_command_gives_the_key_once_per_process() {
    let repo = keyless();
    let log = repo.sandbox().path("asked");
    let command = format!(
        "echo asked >> '{}'; echo {KEY}; echo trailing",
        log.display()
    );
    repo.git(["config", "seal.default.keyCommand", &command])
        .ok();
    repo.write("b.env", "B=quokka-nine\n");
    repo.git(["add", "."]).ok().says("");
    assert_eq!(
        std::fs::read_to_string(&log).expect("it was asked"),
        "asked\n"
    );
    repo.seal(["unlock"]).ok();
    assert_eq!(repo.text("b.env"), "B=quokka-nine\n");
    assert!(
        !repo.path(".git/git-seal/keys").exists(),
        "the password manager keeps the key"
    );
    assert!(repo.text(".env").starts_with(ENV));
    repo.assert_nowhere(&crate::sandbox::PLAIN);
}

#[test]
fn a_key_command_that_gives_no_key_is_named() {
    for (command, why) in [
        (
            "exit 3",
            "git config seal.default.keyCommand failed: it ended with exit status: 3",
        ),
        (
            "echo quokka-nine!",
            "git config seal.default.keyCommand holds no usable key: it is not base64",
        ),
        (
            "true",
            "git config seal.default.keyCommand holds no usable key: it is empty",
        ),
        (
            "no-such-program-quince 2>/dev/null",
            "git config seal.default.keyCommand failed: it ended with exit status: 127",
        ),
    ] {
        let repo = with_command(command);
        let said = repo.git(["add", ".env"]).ends_with(128);
        said.says(&format!("git-seal: warning: {why}\n{NO_KEY}"));
        repo.assert_nowhere(&["quokka-nine"]);
    }
}

#[test]
fn a_key_command_that_hangs_is_ended() {
    for command in [
        "sleep 60",
        "sleep 60; echo never",
        "sleep 60 & echo; sleep 60",
    ] {
        let repo = with_command(command);
        repo.git(["config", "seal.keyCommandTimeout", "1"]).ok();
        let before = std::time::Instant::now();
        let said = repo.git(["add", ".env"]).ends_with(128);
        said.says(&format!(
            "git-seal: warning: git config seal.default.keyCommand failed: it took longer than a second\n{NO_KEY}"
        ));
        assert!(
            before.elapsed().as_secs() < 20,
            "{command}: {:?}",
            before.elapsed()
        );
    }
}

#[test]
fn git_is_asked_once_for_the_commands_of_all_environments() {
    let repo = Repo::with_env();
    for name in ["one", "two", "three"] {
        repo.seal(["init", "--yes", "--env", name]).ok();
    }
    std::fs::remove_dir_all(repo.path(".git/git-seal")).expect("it has a store");
    let asked = "echo x >> asked; echo no key";
    repo.git(["config", "seal.three.keyCommand", asked]).ok();
    let trace = repo.sandbox().path("trace");
    let verify = repo.seal(["ledger", "verify"]).env("GIT_TRACE", &trace);
    let told = verify.ends_with(3);
    assert!(
        told.mentions("of environment default, one, three, two"),
        "{}",
        told.err()
    );
    // The command was found among them.
    assert_eq!(repo.text("asked"), "x\n");
    let trace = std::fs::read_to_string(trace).expect("git wrote it");
    let asked = trace.matches("keycommand").count();
    assert_eq!(asked, 1, "{trace}");
}

#[test]
fn a_key_command_from_the_work_tree_is_never_run() {
    let repo = keyless();
    let ran = repo.sandbox().path("ran");
    let command = format!(
        "[seal \"default\"]\n\tkeyCommand = touch '{}'; echo {KEY}\n",
        ran.display()
    );
    repo.write("team.config", command);
    repo.git(["config", "include.path", "../team.config"]).ok();
    let said = repo.git(["add", ".env"]).ends_with(128);
    let origin = said.err();
    assert!(
        origin.contains(
            "git-seal: warning: git config seal.default.keyCommand is ignored: it is set in file:"
        ) && origin.contains("inside the work tree\n"),
        "{origin}"
    );
    assert!(!ran.exists());
    said.tells_nothing();
}

#[test]
fn init_adopts_the_key_of_a_command() {
    let repo = Repo::empty();
    repo.git(["config", "seal.default.keyCommand", &format!("echo {KEY}")])
        .ok();
    let said = repo.seal(["init", "--yes"]).ok();
    assert!(said.mentions("git-seal: environment default: adopted key 8013ca7d from git config seal.default.keyCommand\n"));
    repo.write(".env", ENV);
    repo.commit("Sealed");
    repo.assert_env();
    assert!(!repo.path(".git/git-seal/keys").exists());

    let repo = Repo::empty();
    repo.git(["config", "seal.default.keyCommand", "false"])
        .ok();
    repo.seal(["init", "--yes"]).ends_with(2);
    assert!(!repo.path(".seal/ledger.jsonl").exists());
}

#[test]
fn keys_are_shown_by_id_and_exported_on_request() {
    let repo = Repo::with_env();
    let shown = repo
        .seal(["key", "show"])
        .env("SECRETS_MASTER_KEY", OTHER_KEY)
        .ok();
    shown.tells_nothing();
    assert_eq!(
        shown.out(),
        "ed597967a9f1be3b  no environment here  unknown  SECRETS_MASTER_KEY\n\
         8013ca7dbd9372c3  default  current  this clone's store (default)\n"
    );
    repo.seal(["key", "show", "--json"]).ok().tells_nothing();
    repo.seal(["key", "export"]).ends_with(2).says(
        "git-seal: error: this needs an answer, and there is no terminal to ask on\n\
         git-seal: hint: answer with --yes\n",
    );
    assert_eq!(
        repo.seal(["key", "export", "--yes"]).ok().out(),
        format!("{KEY}\n")
    );
    repo.seal(["key", "export", "--yes", "--env", "production"])
        .ends_with(2);
    let made = repo.seal(["keygen"]).ok().out();
    assert_eq!(made.len(), 45);
    assert_ne!(made, repo.seal(["keygen"]).ok().out());
}

#[test]
fn the_store_is_private() {
    let repo = Repo::with_env();
    let store = repo.path(".git/git-seal");
    let mut open = vec![store];
    while let Some(path) = open.pop() {
        let mode = path.metadata().expect("it is there").permissions().mode() & 0o777;
        if path.is_dir() {
            assert_eq!(mode, 0o700, "{}", path.display());
            let entries = std::fs::read_dir(path).expect("readable");
            open.extend(entries.map(|entry| entry.expect("readable").path()));
        } else {
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
}
