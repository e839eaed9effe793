//! The questions of `init`, `unlock` and `key export`, answered on a terminal.

use crate::sandbox::{ENV, KEY, OTHER_KEY, PLAIN, Repo, contains};
use crate::terminal::{CTRL_C, DOWN, Terminal};

const ENTER: &str = "\r";

/// A `.env` that is ignored.
fn with_ignored_env() -> Repo {
    let repo = Repo::empty();
    repo.write(".gitignore", ".env\n");
    repo.write(".env", ENV);
    repo
}

/// `init` on a terminal, at its question about an ignored `.env`.
fn asked_about_env(repo: &Repo) -> Terminal {
    let asked = repo.seal(["init"]).on_terminal();
    asked.sees("What about .env?")
}

/// Nothing stands in the work tree, the configuration or below `.git` but what was there before.
#[track_caller]
fn assert_untouched(repo: &Repo, status: &str) {
    let now = repo.git(["status", "--porcelain", "--ignored"]).ok().out();
    assert_eq!(now, status);
    let config = repo.git(["config", "--get-regexp", "seal"]).run().out();
    assert_eq!(config, "");
    assert!(!repo.path(".git/git-seal/keys").exists());
    assert!(!repo.path(".git/hooks/pre-commit").exists());
}

#[test]
fn without_a_question_to_ask_init_asks_none() {
    let repo = Repo::empty();
    repo.write(".env", ENV);
    let ran = repo.seal(["init"]).on_terminal().ends_with(0);
    ran.tells_nothing();
    let out = ran.out();
    assert!(out.contains("made key ") && !out.contains('?'), "{out}");
    assert!(
        out.contains("next: git add .gitattributes .seal .env && git commit"),
        "{out}"
    );
    repo.commit("Seal secrets");
    repo.assert_env();
}

#[test]
fn another_file_is_shared_and_the_ignored_one_stays_personal() {
    let repo = with_ignored_env();
    let ran = repo
        .seal(["init"])
        .on_terminal()
        .sees("which git would overwrite without a word")
        .sees("What about .env?")
        .types(ENTER)
        .sees("Name of the shared file")
        // Names that will not do are asked for again.
        .types("shared.txt\r")
        .sees("a name that begins with")
        .types("\x15.env.local\r")
        .sees("a name that begins with")
        .types("\x15.env.development\r")
        .ends_with(0);
    ran.tells_nothing();
    let out = ran.out();
    assert!(
        out.contains("copied .env to .env.development: remove what is personal"),
        "{out}"
    );
    assert!(
        out.contains("next: git add .gitattributes .seal .env.development && git commit"),
        "{out}"
    );
    repo.commit("Seal secrets");
    assert_eq!(
        repo.git(["ls-files", ".env*"]).ok().out(),
        ".env.development\n"
    );
    assert_eq!(repo.text(".env.development"), ENV);
    assert_eq!(repo.text(".gitignore"), ".env\n");
    repo.assert_env();
}

#[test]
fn an_ignored_file_is_shared_in_two_steps_and_init_stops_after_the_first() {
    let repo = with_ignored_env();
    let ran = asked_about_env(&repo).types(DOWN).types(ENTER).ends_with(0);
    let out = ran.out();
    assert!(
        out.contains("step 1, now: git add .gitattributes .seal .gitignore && git commit"),
        "{out}"
    );
    assert!(out.contains("step 2, when everyone has pulled"), "{out}");
    assert_eq!(repo.text(".gitignore"), ".env\n!/.env\n");
    assert_eq!(repo.git(["ls-files"]).ok().out(), "", "nothing is staged");
    let status = repo.git(["status", "--porcelain"]).ok().out();
    assert!(status.contains("?? .env\n"), "{status}");
    repo.commit("Both steps");
    repo.assert_env();
}

#[test]
fn an_ignored_file_may_be_left_alone() {
    let repo = with_ignored_env();
    let ran = asked_about_env(&repo)
        .types(DOWN)
        .types(DOWN)
        .types(ENTER)
        .ends_with(0);
    assert!(!ran.out().contains(" .env &&"), "{}", ran.out());
    repo.commit("Set up");
    assert_eq!(repo.git(["ls-files", ".env"]).ok().out(), "");
    assert_eq!(repo.text(".gitignore"), ".env\n");
}

#[test]
fn tracked_files_are_listed_and_those_ticked_are_sealed() {
    let repo = Repo::empty();
    repo.write(".env", ENV);
    repo.write("demo.env", "A=1\n");
    repo.write("tests/fixtures/b.env", "A=2\n");
    repo.commit("Plain");
    let ran = repo
        .seal(["init"])
        .on_terminal()
        .sees("history keeps what it has")
        .sees("Which are to be sealed?")
        // .env is ticked, demo.env too: untick that one; fixtures are not.
        .types(DOWN)
        .types(" ")
        .types(ENTER)
        .ends_with(0);
    ran.tells_nothing();
    let out = ran.out();
    assert!(out.contains("staged .env sealed"), "{out}");
    assert!(
        out.contains("history keeps the plain values of .env"),
        "{out}"
    );
    for left in ["demo.env", "tests/fixtures/b.env"] {
        let line = format!("{left} stays in plain text: .gitattributes says so");
        assert!(out.contains(&line), "{out}");
    }
    let staged = repo.blob(":.env");
    assert!(PLAIN.iter().all(|text| !contains(&staged, text.as_bytes())));
    repo.commit("Seal");
    assert_eq!(repo.blob("HEAD:demo.env"), b"A=1\n");
    assert_eq!(repo.blob("HEAD:tests/fixtures/b.env"), b"A=2\n");
    assert_eq!(repo.text(".env"), ENV);
    repo.assert_clean();
}

#[test]
fn an_environment_may_get_a_key_of_its_own() {
    let repo = Repo::empty();
    repo.write(".env", ENV);
    repo.write(".env.production", "P=quokka-nine\n");
    repo.write(".env.test", "T=1\n");
    let ran = repo
        .seal(["init"])
        .on_terminal()
        .sees("cannot be read by those who only have the default one")
        .sees("Which get a key of their own?")
        // production is ticked, test is not.
        .types(ENTER)
        .ends_with(0);
    let out = ran.out();
    assert!(out.contains("environment default: made key"), "{out}");
    assert!(out.contains("environment production: made key"), "{out}");
    assert!(!out.contains("environment test"), "{out}");
    assert!(
        out.contains("git seal key export --env production"),
        "{out}"
    );
    repo.commit("Seal secrets");
    repo.assert_env();
    let key_of = |path: &str| {
        let show = repo.git(["check-attr", "seal-env", "--", path]).ok().out();
        show.trim_end()
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(key_of(".env.production"), "production");
    assert_eq!(key_of(".env.test"), "unspecified");
}

#[test]
fn an_interrupted_init_has_written_nothing_and_gives_the_terminal_back() {
    let repo = with_ignored_env();
    repo.write("old.env", "A=1\n");
    repo.git(["add", "old.env"]).ok();
    repo.git(["commit", "--quiet", "-m", "Plain"]).ok();
    let before = repo.git(["status", "--porcelain", "--ignored"]).ok().out();
    // At the first question, and at a later one after a first answer.
    let first = asked_about_env(&repo);
    first.types(CTRL_C).ends_with(130);
    assert_untouched(&repo, &before);
    let second = asked_about_env(&repo)
        .types(DOWN)
        .types(ENTER)
        .sees("Which are to be sealed?")
        .types(CTRL_C)
        .ends_with(130);
    assert!(second.out().ends_with("\r\n"), "{}", second.out());
    assert_untouched(&repo, &before);
    assert_eq!(repo.text(".gitignore"), ".env\n");
}

#[test]
fn where_nobody_can_answer_a_question_is_an_error_and_nothing_is_written() {
    let repo = with_ignored_env();
    let before = repo.git(["status", "--porcelain", "--ignored"]).ok().out();
    repo.seal(["init"]).ends_with(2).says(
        "git-seal: warning: .env is ignored: each colleague may have an own .env, which git would overwrite without a word when they pull a commit that adds yours\n\
         git-seal: error: this needs an answer, and there is no terminal to ask on\n\
         git-seal: hint: answer with --yes or --unignore\n",
    );
    assert_untouched(&repo, &before);
    let repo = Repo::empty();
    repo.write(".env", ENV);
    repo.commit("Plain");
    let said = repo.seal(["init"]).ends_with(2);
    assert!(said.mentions("hint: answer with --yes and the names of those to seal\n"));
    assert_untouched(&repo, "");
}

#[test]
fn unlock_asks_for_the_key_and_does_not_show_it() {
    let clone = Repo::with_env().clone_to("clone");
    let ran = clone
        .seal(["unlock"])
        .on_terminal()
        .sees("Master key of environment default")
        .types(&format!("{KEY}\n"))
        .ends_with(0);
    ran.tells_nothing();
    assert!(ran.out().contains("opened 1 file\r\n"), "{}", ran.out());
    clone.assert_env();
}

#[test]
fn what_is_typed_at_the_hidden_prompt_may_be_wrong() {
    let clone = Repo::with_env().clone_to("clone");
    for (typed, code, expected) in [
        (
            "quokka-nine!",
            2,
            "what you typed holds no key: it is not base64",
        ),
        (
            OTHER_KEY,
            3,
            "this key (id ed597967) is none of this repository's",
        ),
    ] {
        let ran = clone
            .seal(["unlock"])
            .on_terminal()
            .sees("Master key of environment default")
            .types(&format!("{typed}\n"))
            .ends();
        ran.tells_nothing();
        assert!(ran.out().contains(expected), "{typed}: {}", ran.out());
        assert_eq!(ran.code, code, "{}", ran.out());
    }
    let asked = clone.seal(["unlock"]).on_terminal().sees("Master key of");
    asked.types(CTRL_C).ends_with(130);
    assert_untouched(&clone, "");
}

#[test]
fn key_import_asks_and_key_export_wants_a_yes() {
    let repo = Repo::empty();
    let ran = repo
        .seal(["key", "import", "--env", "default"])
        .on_terminal()
        .sees("Master key")
        .types(&format!("{KEY}\n"))
        .ends_with(0);
    ran.tells_nothing();
    repo.seal(["init"]).on_terminal().ends_with(0);
    for (typed, code) in [("n", 1), (ENTER, 1), (CTRL_C, 130)] {
        let ran = repo
            .seal(["key", "export"])
            .on_terminal()
            .sees("Print the master key of environment default?")
            .types(typed)
            .ends_with(code);
        ran.tells_nothing();
    }
    let ran = repo
        .seal(["key", "export"])
        .on_terminal()
        .sees("Print the master key of environment default?")
        .types("y")
        .ends_with(0);
    assert!(ran.out().contains(KEY), "{}", ran.out());
}

#[test]
fn deinit_asks_how_files_are_to_be_left() {
    let repo = Repo::with_env();
    let asked = repo.seal(["deinit"]).on_terminal();
    asked
        .sees("How should sealed files be left")
        .types(CTRL_C)
        .ends_with(130);
    repo.assert_env();
    let asked = repo.seal(["deinit"]).on_terminal();
    asked
        .sees("How should sealed files be left")
        .types(ENTER)
        .ends_with(0);
    assert_eq!(repo.read(".env"), repo.blob("HEAD:.env"));
}

#[test]
fn where_vs_code_is_used_init_asks_what_it_may_show() {
    let setting = |repo: &Repo| repo.git(["config", "seal.textconv"]).run().out();
    for (keys, chosen) in [
        (ENTER.to_owned(), "masked\n"),
        (format!("{DOWN}{ENTER}"), "auto\n"),
    ] {
        let repo = Repo::empty();
        repo.write(".env", ENV);
        repo.write(".vscode/settings.json", "{}");
        let init = || repo.seal(["init"]).on_terminal();
        init()
            .sees("What are comparisons of sealed files to show?")
            .types(&keys)
            .ends_with(0);
        assert_eq!(setting(&repo), chosen);
        let again = init().ends_with(0).out();
        assert!(!again.contains("comparisons"), "asked once\n{again}");
    }
    let repo = Repo::empty();
    repo.seal(["init"])
        .env("TERM_PROGRAM", "vscode")
        .on_terminal()
        .sees("What are comparisons")
        .types(CTRL_C)
        .ends();
    assert_untouched(&repo, "");
}
