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
fn a_signal_during_the_edit_removes_the_copy() {
    let repo = Repo::with_env();
    let script = repo.sandbox().write(
        "editor",
        "#!/bin/sh\necho \"$1\" > where\ntrap '' TERM\nexec sleep 30\n",
    );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut child = repo
        .seal(["edit"])
        .env("EDITOR", script.as_os_str())
        .start();
    while !repo.path("where").exists() || repo.text("where").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let copy = repo.text("where");
    assert!(Path::new(copy.trim_end()).exists());
    let pid = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(128 + 15));
    assert!(!Path::new(copy.trim_end()).parent().unwrap().exists());
    assert_eq!(repo.text(".env"), ENV);
}

#[test]
fn a_sealed_work_tree_stays_sealed_until_unlock() {
    let repo = sealed_on_disk();
    let on_disk = repo.read(".env");
    assert_eq!(on_disk, repo.blob("HEAD:.env"));
    repo.assert_well();
    repo.git(["rm", "--quiet", "--cached", ".env"]).ok();
    std::fs::remove_file(repo.path(".env")).unwrap();
    repo.git(["checkout", "--quiet", "HEAD", "--", ".env"]).ok();
    assert_eq!(repo.read(".env"), on_disk);
    assert!(!repo.path(".git/git-seal/record").exists());
    repo.write("other", "x");
    repo.commit("Something else");
    repo.assert_well();
    repo.seal(["unlock"]).ok();
    repo.assert_env();
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
