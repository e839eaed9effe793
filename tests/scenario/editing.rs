//! Changing files: `set`, `unset`, `edit`, on plain and sealed files, and the sealed work tree.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::sandbox::{ENV, KEY, PLAIN, Repo};
use crate::using::sealed_on_disk;

/// The copy whose path an editor left in `where` is gone, and the directory around it.
#[track_caller]
fn assert_no_copy(repo: &Repo) {
    let copy = repo.text("where");
    let copy = Path::new(copy.trim_end());
    assert!(
        copy.is_absolute() && copy.ends_with(".env"),
        "{}",
        copy.display()
    );
    assert!(
        !copy.parent().expect("a directory").exists(),
        "{}",
        copy.display()
    );
}

#[test]
fn set_and_unset_leave_everything_else_byte_for_byte() {
    let repo = Repo::with_env();
    std::fs::set_permissions(repo.path(".env"), std::fs::Permissions::from_mode(0o640)).unwrap();
    repo.seal(["set", "API_KEY"])
        .stdin("quokka-nine x\n")
        .ok()
        .tells_nothing();
    let changed = ENV.replace("\"sk_live_4eC39HqLyjWD\"", "'quokka-nine x'");
    assert_eq!(repo.text(".env"), changed);
    let mode = repo.path(".env").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    repo.seal(["unset", "API_KEY"]).ok();
    assert_eq!(
        repo.text(".env"),
        changed.replace("API_KEY='quokka-nine x' # billing-quartz\n", "")
    );
    repo.seal(["unset", "API_KEY"]).ends_with(1);
}

#[test]
fn a_sealed_file_stays_sealed_and_only_the_variable_changes() {
    let repo = sealed_on_disk();
    let before = repo.text(".env");
    repo.seal(["set", "API_KEY"])
        .stdin("quokka-nine\n")
        .ok()
        .tells_nothing();
    let after = repo.text(".env");
    assert!(!PLAIN.iter().any(|plain| after.contains(plain)), "{after}");
    let differing: Vec<&str> = before
        .lines()
        .zip(after.lines())
        .filter(|(a, b)| a != b)
        .map(|(a, _)| &a[..8])
        .collect();
    assert_eq!(differing, ["API_KEY="]);
    assert_eq!(repo.seal(["get", "API_KEY"]).ok().out(), "quokka-nine");
    repo.commit("Change a value");
    repo.assert_well();
}

#[test]
fn a_value_is_asked_for_without_an_echo() {
    let repo = Repo::with_env();
    let asked = repo.seal(["set", "NEW"]).on_terminal();
    let ran = asked
        .sees("Value of NEW")
        .types("quokka-nine\r")
        .ends_with(0);
    ran.tells_nothing();
    assert_eq!(repo.text(".env"), format!("{ENV}NEW=quokka-nine\n"));
}

#[test]
fn values_are_generated_and_never_shown() {
    let repo = Repo::with_env();
    for (recipe, length) in [
        ("--generate", 32),
        ("--generate=hex", 64),
        ("--generate=uuid", 36),
        ("--generate=12", 12),
    ] {
        let ran = repo.seal(["set", "FRESH", recipe]).ok();
        assert_eq!((ran.out(), ran.err()), (String::new(), String::new()));
        assert_eq!(
            repo.seal(["get", "FRESH"]).ok().out().len(),
            length,
            "{recipe}"
        );
    }
    repo.seal(["set", "FRESH", "--generate=3"]).ends_with(2);
    repo.seal(["set", "FIRST", "--generate", "--file", "new.env"])
        .ok();
    let mode = repo
        .path("new.env")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600, "a new file is private");
}

#[test]
fn a_value_that_no_file_can_hold_is_refused() {
    let repo = Repo::with_env();
    repo.seal(["set", "NEW"])
        .stdin("quokka-nine\0")
        .ends_with(2)
        .tells_nothing();
    repo.seal(["set", "no name"])
        .stdin("quokka-nine")
        .ends_with(2)
        .tells_nothing();
    assert_eq!(repo.text(".env"), ENV);
}

#[test]
fn an_editor_changes_a_sealed_file_and_leaves_no_copy() {
    let repo = sealed_on_disk();
    let script = repo.sandbox().write(
        "editor",
        "#!/bin/sh\nstat -c %a \"$2\" > mode\necho \"$2\" > where\necho \"ADDED=$1\" >> \"$2\"\n",
    );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let editor = format!("'{}' 'two words'", script.display());
    repo.seal(["edit"]).env("VISUAL", editor).ok();
    assert_eq!(repo.text("mode"), "600\n");
    assert!(!repo.text(".env").contains("two words"));
    let ran = repo.seal(["get", "ADDED"]).ok();
    assert_eq!(ran.out(), "two words");
    assert_no_copy(&repo);
}

#[test]
fn an_editor_that_fails_or_writes_unreadable_lines_changes_nothing() {
    let repo = Repo::with_env();
    let mark = "echo \"$0\" > where; echo A=1 >> \"$0\"";
    for (script, code) in [
        (format!("sh -c '{mark}; exit 1'"), 1),
        (format!("sh -c '{mark}; kill -KILL $$'"), 1),
        (
            format!("sh -c '{mark}; echo not-an-assignment >> \"$0\"'"),
            2,
        ),
        ("no-such-editor".to_owned(), 2),
        ("'open".to_owned(), 2),
    ] {
        repo.seal(["edit"])
            .env("EDITOR", &script)
            .ends_with(code)
            .tells_nothing();
        assert_eq!(repo.text(".env"), ENV, "{script}");
        assert_no_copy(&repo);
    }
}

#[test]
fn unreadable_lines_are_asked_about_on_a_terminal() {
    let repo = Repo::with_env();
    let script = repo.sandbox().write(
        "editor",
        "#!/bin/sh\nif [ -e once ]; then sed -i /nonsense/d \"$1\"; echo OK=1 >> \"$1\"; else touch once; echo nonsense >> \"$1\"; fi\n",
    );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let edited = repo.seal(["edit"]).env("EDITOR", script.as_os_str());
    let ran = edited
        .on_terminal()
        .sees("What now?")
        .types("\r")
        .ends_with(0);
    assert_eq!(repo.text(".env"), format!("{ENV}OK=1\n"));
    ran.tells_nothing();
}

#[test]
fn a_repository_of_fernet_tokens_opens_with_the_key_itself() {
    let repo = Repo::empty();
    repo.seal(["key", "import", "--env", "default"])
        .stdin(KEY)
        .ok();
    repo.seal(["init", "--yes", "--suite", "fernet"]).ok();
    repo.write(".env", ENV);
    repo.commit("Seal secrets");
    repo.assert_env();
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).unwrap();
    assert!(sealed.contains("API_KEY=gAAAA"), "{sealed}");
    repo.seal(["init", "--yes", "--suite", "aes256-siv"])
        .ends_with(2);
}

#[test]
fn a_value_on_the_command_line_is_refused_and_not_shown_again() {
    let repo = Repo::with_env();
    let value = "quokka-nine";
    for words in [
        vec!["set", "API_KEY", value],
        vec!["set", "API_KEY=quokka-nine"],
    ] {
        let ran = repo.seal(words).ends_with(2);
        assert!(ran.mentions("history"), "{}", ran.err());
        ran.tells_nothing();
    }
    for words in [
        &["key", "import", KEY][..],
        &["unlock", KEY],
        &["encrypt", ".env", "-o", "x", "--key-file", KEY],
    ] {
        let ran = repo.seal(words).ends_with(2);
        assert!(ran.mentions("history"), "{}", ran.err());
        assert!(!ran.err().contains(KEY), "{}", ran.err());
    }
    let ran = repo.seal(["decrypt", ".env", "-o", "-"]);
    let ran = ran.env("SECRETS_MASTER_KEY_FILE", KEY).run();
    assert!(!ran.err().contains(KEY), "{}", ran.err());
    assert_eq!(repo.text(".env"), ENV);
}

#[test]
fn a_question_gives_the_terminal_back_however_it_ends() {
    let repo = Repo::with_env();
    let asks = || repo.seal(["set", "NEW"]).on_terminal().sees("Value of NEW");
    asks().types("quokka\x03").ends_with(128 + 2);
    for keys in ["\x03", "\x04"] {
        // The shell outlives it, and tells how the terminal was left.
        let script = "trap : INT; git-seal set NEW; stty -a";
        let shell = repo.program("sh", ["-c", script]).on_terminal();
        let ran = shell.sees("Value of NEW").types(keys).ends();
        assert!(ran.out().contains(" echo "), "{}", ran.out());
        assert!(ran.out().contains(" icanon "), "{}", ran.out());
    }
    assert_eq!(repo.text(".env"), ENV);
}

#[test]
fn a_paste_of_several_lines_is_refused_as_a_whole() {
    let repo = Repo::with_env();
    let asked = repo.seal(["set", "NEW"]).on_terminal().sees("Value of NEW");
    let ran = asked.types("quokka-nine\nquokka-nine\nls\n").ends_with(2);
    assert!(ran.out().contains("several lines"), "{}", ran.out());
    ran.tells_nothing();
    assert_eq!(repo.text(".env"), ENV);
}

#[test]
fn a_pasted_line_may_be_longer_than_a_terminal_keeps_and_be_corrected() {
    let repo = Repo::with_env();
    let long = "x".repeat(6000);
    let typed = format!("wrong\x15{long}yz\x7f\x1b[D\r");
    let asked = repo.seal(["set", "NEW"]).on_terminal().sees("Value of NEW");
    asked.types(&typed).ends_with(0);
    assert_eq!(repo.seal(["get", "NEW"]).ok().out(), format!("{long}y"));
}

#[test]
fn a_new_file_is_told_of_and_one_that_git_would_not_seal_is_warned_of() {
    let repo = Repo::with_env();
    let set = |more: [&'static str; 2]| repo.seal(["set", "A", "--generate", more[0], more[1]]);
    let ran = set(["--file", "app.cfg"]).ok();
    assert!(ran.mentions("app.cfg: a new file"), "{}", ran.err());
    assert!(ran.mentions("plain text"), "{}", ran.err());
    let ran = set(["--env", "staging"]).ok();
    assert!(
        ran.mentions("seals for environment default"),
        "{}",
        ran.err()
    );
    assert!(!ran.mentions("plain text"), "{}", ran.err());
    let ran = set(["--file", "typo/.env"]).ends_with(2);
    assert!(
        ran.mentions("typo: there is no such directory"),
        "{}",
        ran.err()
    );
    assert!(!repo.path("typo").exists());
}

#[test]
fn what_an_editor_puts_beside_the_copy_goes_too() {
    let repo = Repo::with_env();
    let script = "#!/bin/sh\necho \"$1\" > where\ncp \"$1\" \"$1~\"\ncp \"$1\" \"$(dirname \"$1\")/.env.swp\"\n\
        sed s/sk_live_/sk_test_/ \"$1\" > \"$1.new\"\nmv \"$1.new\" \"$1\"\n";
    let script = repo.sandbox().write("editor", script);
    let editor = format!("sh {}", script.display());
    repo.seal(["edit"]).env("EDITOR", editor).ok();
    assert_eq!(repo.text(".env"), ENV.replace("sk_live_", "sk_test_"));
    assert_no_copy(&repo);
    let ran = repo.seal(["edit"]).env("EDITOR", "rm").ends_with(1);
    assert!(ran.mentions("nothing was written"), "{}", ran.err());
}

#[test]
fn without_a_terminal_no_editor_is_guessed() {
    let repo = Repo::with_env();
    let ran = repo.seal(["edit"]).env("EDITOR", "").ends_with(2);
    assert!(ran.mentions("EDITOR"), "{}", ran.err());
}

#[test]
fn what_was_typed_goes_into_a_file_that_changed_meanwhile() {
    let repo = Repo::with_env();
    let meanwhile = |typed: &str, elsewhere: &str| {
        let file = repo.path(".env");
        let editor = format!(
            "sed -i -e {typed} $1; sed -i -e {elsewhere} {}",
            file.display()
        );
        let script = repo.sandbox().write("editor.sh", &editor);
        let editor = format!("sh {}", script.display());
        repo.seal(["edit"]).env("EDITOR", editor).run()
    };
    let both = meanwhile("'s/billing-quartz/other/'", "'$aNEW=quokka-nine-1'");
    both.says(
        "git-seal: .env: it changed on disk in the meantime; what you changed is put into that\n",
    );
    let expected = ENV.replace("billing-quartz", "other") + "NEW=quokka-nine-1\n";
    assert_eq!((both.code, repo.text(".env")), (0, expected.clone()));

    let neither = meanwhile("s/EMPTY=/EMPTY=1/", "s/EMPTY=/EMPTY=2/");
    neither.says(
        "git-seal: error: .env: the same lines changed on disk in the meantime; nothing was written\n",
    );
    let theirs = expected.replace("EMPTY=", "EMPTY=2");
    assert_eq!((neither.code, repo.text(".env")), (1, theirs));
}
