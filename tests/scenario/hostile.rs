//! A repository whose files were written to do harm: nothing is written elsewhere, nothing hangs,
//! nothing reaches the terminal, and no plain value is staged.

use std::time::{Duration, Instant};

use crate::sandbox::{ENV, Ran, Repo};

/// A repository with a change to seal.
fn with_a_change() -> Repo {
    let repo = Repo::with_env();
    repo.write(".env", format!("{ENV}NEW=quokka-nine\n"));
    repo
}

/// `git add` fails, stages nothing, and says nothing that a terminal would obey.
#[track_caller]
fn refuses_to_add(repo: &Repo) -> Ran {
    let said = repo.git(["add", ".env"]).ends_with(128);
    said.tells_nothing();
    assert!(!said.err().contains(['\x1b', '\x07']), "{:?}", said.err());
    assert!(said.err().len() < 2000, "{} bytes", said.err().len());
    assert_eq!(repo.git(["diff", "--cached", "--stat"]).ok().out(), "");
    repo.assert_nowhere(&["quokka-nine"]);
    said
}

#[test]
fn attributes_name_no_place_in_the_file_system() {
    let long = "a".repeat(1500);
    for value in [
        "../../x",
        "/etc/passwd",
        "a/b",
        "..",
        "x\x1b[31m\x07",
        &long,
    ] {
        let repo = with_a_change();
        let lines = repo.text(".gitattributes");
        repo.write(".gitattributes", format!("{lines}.env seal-env={value}\n"));
        let said = refuses_to_add(&repo);
        assert!(said.mentions("is no environment name"), "{}", said.err());
        for words in [&["status"][..], &["unlock"], &["lock", "--force"]] {
            repo.seal(words).run().tells_nothing();
        }
        let above = std::fs::read_dir(repo.sandbox().path("")).expect("ours");
        let mut names: Vec<_> = above
            .map(|entry| entry.expect("ours").file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["app", "gitconfig", "home"], "{value}");
    }
}

#[test]
fn policies_are_refused_by_place_and_without_their_text() {
    let deep = format!("x = {}", "[".repeat(100_000));
    for (text, error) in [
        ("[[[", "line 1, column 3: "),
        ("version = \"x\"\n", "line 1, column 11: "),
        ("version = 99999999999999999999\n", "line 1, column 11: "),
        ("version = 1\nclear = [", "line 2, column 10: "),
        (
            "version = 1\n[environment.\"../x\"]\n",
            "line 2, column 14: \"../x\" is no environment name",
        ),
        ("version = 1\nsuite = \"\x1b[31m\"\n", "line 2, column 10: "),
        (&deep, "line 1, column "),
    ] {
        let repo = with_a_change();
        repo.write(".seal/config.toml", text);
        let said = refuses_to_add(&repo);
        let expected = format!("git-seal: error: .seal/config.toml: {error}");
        assert!(said.mentions(&expected), "{}", said.err());
    }
    let repo = with_a_change();
    repo.write(".seal/config.toml", b"version = 1 # \xff");
    let said = refuses_to_add(&repo);
    assert!(
        said.mentions("config.toml: line 1, column 15: it is not UTF-8"),
        "{}",
        said.err()
    );
}

#[test]
fn a_ledger_of_any_size_and_depth_ends_in_an_answer() {
    let sound = Repo::with_env().text(".seal/ledger.jsonl");
    let line = "{".repeat(2_000_000);
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    let text = format!("\"{}\"", "x".repeat(2_000_000));
    for bad in [
        &line,
        &deep,
        &text,
        "\0\0\0",
        "{}",
        "{\"v\":1,\"id\":\"\x1b[31m\"}",
    ] {
        let repo = with_a_change();
        repo.write(".seal/ledger.jsonl", format!("{sound}{bad}\n"));
        let before = Instant::now();
        let said = refuses_to_add(&repo);
        assert!(
            said.mentions("git-seal: error: .seal/ledger.jsonl: line 2: "),
            "{}",
            said.err()
        );
        repo.seal(["status"]).ends_with(4).tells_nothing();
        assert!(
            before.elapsed() < Duration::from_secs(60),
            "{:?}",
            before.elapsed()
        );
        // What is committed still opens.
        repo.git(["checkout", "--quiet", ".env"]).ok();
        assert_eq!(repo.text(".env"), ENV);
    }
}

#[test]
fn links_in_the_place_of_our_files_are_not_followed() {
    for place in [".seal", ".seal/ledger.jsonl", ".seal/config.toml"] {
        let repo = with_a_change();
        let target = repo.sandbox().path("elsewhere");
        std::fs::rename(repo.path(place), &target).unwrap();
        std::os::unix::fs::symlink(&target, repo.path(place)).unwrap();
        let error = format!(
            "git-seal: error: {} is a symbolic link\n\
             git-seal: hint: it could point anywhere: put a plain file or directory in its place\n",
            repo.path(place).display()
        );
        let said = refuses_to_add(&repo);
        assert!(said.mentions("is a symbolic link"), "{}", said.err());
        for words in [
            &["init", "--yes"][..],
            &["init", "--yes", "--env", "eu"],
            &["unlock"],
            &["track", "x"],
            &["status"],
            &["rotate", "--reason", "x"],
        ] {
            let said = repo.seal(words).ends_with(2);
            assert!(said.mentions(&error), "{words:?}: {}", said.err());
        }
        if target.is_dir() {
            assert_eq!(
                std::fs::read_dir(&target).unwrap().count(),
                2,
                "nothing new there"
            );
        }
    }
    // A pushed link to something endless.
    let repo = with_a_change();
    std::fs::remove_file(repo.path(".seal/ledger.jsonl")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", repo.path(".seal/ledger.jsonl")).unwrap();
    refuses_to_add(&repo);
}

#[test]
fn a_file_that_became_a_link_is_not_written_through() {
    let repo = Repo::with_env();
    let target = repo.sandbox().write("victim", ENV);
    std::fs::remove_file(repo.path(".env")).unwrap();
    std::os::unix::fs::symlink(&target, repo.path(".env")).unwrap();
    for words in [&["lock", "--force"][..], &["unlock"], &["init", "--yes"]] {
        repo.seal(words).run().tells_nothing();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), ENV, "{words:?}");
    }
}

#[test]
fn a_path_given_to_the_filter_is_a_name_and_is_not_opened() {
    let repo = Repo::with_env();
    let outside = repo.sandbox().write("outside.env", "A=quokka-nine\n");
    for path in [
        "../outside.env",
        outside.to_str().unwrap(),
        "\x1b[2J.env",
        "a\nb.env",
        "",
    ] {
        for command in ["clean", "smudge"] {
            let ran = repo.seal([command, path]).stdin("B=velvet-one\n").run();
            ran.tells_nothing();
            assert!(!ran.err().contains('\x1b'), "{:?}", ran.err());
        }
    }
}
