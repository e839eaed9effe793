//! Every situation of the contract's table, with its message whole.

use chrono::{TimeZone as _, Utc};
use git_seal::core::environment::Environment;
use git_seal::core::key::{Keyring, MasterKey, SealKey};
use git_seal::core::ledger::{Ledger, Meta};

use crate::sandbox::{ENV, KEY, OTHER_KEY, Repo, contains};

fn key(text: &str) -> std::sync::Arc<SealKey> {
    let master = MasterKey::parse(text.as_bytes()).expect("a key of the tests");
    std::sync::Arc::new(SealKey::derive(master))
}

/// Appends a rotation from [`KEY`] to [`OTHER_KEY`] to the ledger of the work tree.
fn rotate(repo: &Repo) {
    let ledger = Ledger::parse(&repo.read(".seal/ledger.jsonl")).expect("a good ledger");
    let mut old = Keyring::new();
    old.add(key(KEY));
    let meta = Meta {
        time: Utc
            .with_ymd_and_hms(2031, 2, 3, 4, 5, 6)
            .single()
            .expect("a time"),
        who: "Test <test@example.org>".to_owned(),
        reason: "leaver".to_owned(),
        files: 0,
        values: 0,
        due: None,
        suite: None,
    };
    let entry = ledger
        .rotate(
            &Environment::default_name(),
            &key(OTHER_KEY),
            &old,
            meta,
            false,
        )
        .expect("rotates");
    repo.write(".seal/ledger.jsonl", ledger.with(entry).to_text());
}

fn forget_keys(repo: &Repo) {
    std::fs::remove_dir_all(repo.path(".git/git-seal")).expect("it has a store");
}

/// Commits a blob as it is, behind the filter's back, as a pusher without git-seal would.
fn commit_raw(repo: &Repo, path: &str, content: &[u8]) {
    let id = repo
        .git(["hash-object", "-w", "--stdin"])
        .stdin(content)
        .ok()
        .out();
    let entry = format!("100644,{},{path}", id.trim());
    repo.git(["update-index", "--add", "--cacheinfo", &entry])
        .ok();
    repo.git(["commit", "--quiet", "--no-verify", "-m", "Raw"])
        .ok();
    repo.git(["reset", "--quiet", "--hard", "HEAD~1"]).ok();
}

#[test]
fn sealing_without_a_key_names_environment_variables_and_ways() {
    let repo = Repo::with_env();
    forget_keys(&repo);
    repo.write(".env", ENV.replace("hunter2-winter", "quokka-nine"));
    let said = repo.git(["add", ".env"]).ends_with(128);
    said.says(
        "git-seal: error: .env: no key at hand for environment default to seal line 1, DATABASE_URL, API_KEY, MULTI and EMPTY\n\
         git-seal: hint: set SECRETS_MASTER_KEY, or run `git seal unlock`\n\
         git-seal: hint: then run `git add .env` again\n",
    );
    assert_eq!(repo.git(["diff", "--cached", "--stat"]).ok().out(), "");
    repo.assert_nowhere(&["quokka-nine"]);
}

#[test]
fn many_names_are_cut_short() {
    let repo = Repo::initialised();
    forget_keys(&repo);
    let many: Vec<String> = (1..=9).map(|n| format!("V{n}=quokka-nine\n")).collect();
    repo.write(".env", many.concat());
    repo.git(["add", ".env"]).ends_with(128).says(
        "git-seal: error: .env: no key at hand for environment default to seal V1, V2, V3, V4, V5 and 4 more\n\
         git-seal: hint: set SECRETS_MASTER_KEY, or run `git seal unlock`\n\
         git-seal: hint: then run `git add .env` again\n",
    );
}

#[test]
fn sealing_with_a_retired_key_names_the_current_one() {
    let repo = Repo::with_env();
    rotate(&repo);
    repo.write(".env", "A=quokka-nine\n");
    repo.git(["add", ".env"]).ends_with(128).says(
        "git-seal: error: .env: the key at hand for environment default (8013ca7d) is retired; ed597967 is current since 2031-02-03\n\
         git-seal: hint: ask a colleague for key ed597967; set SECRETS_MASTER_KEY, or run `git seal unlock`\n\
         git-seal: hint: then run `git add .env` again\n",
    );
    repo.assert_nowhere(&["quokka-nine"]);
    // With the new key, the old one is unwrapped, and everything moves to the new one.
    repo.git(["add", "."])
        .env("SECRETS_MASTER_KEY", OTHER_KEY)
        .ok()
        .says("");
    repo.git(["commit", "--quiet", "-m", "Rotated"]).ok();
    forget_keys(&repo);
    repo.git(["checkout", "--quiet", "HEAD~1"])
        .env("SECRETS_MASTER_KEY", OTHER_KEY)
        .ok()
        .says("");
    assert_eq!(repo.text(".env"), ENV, "the current key opens all history");
    repo.git(["status"])
        .env("SECRETS_MASTER_KEY", OTHER_KEY)
        .ok()
        .says("");
    repo.assert_env();
}

#[test]
fn sealing_with_a_stranger_names_the_current_key() {
    let repo = Repo::with_env();
    forget_keys(&repo);
    repo.write(".env", "A=quokka-nine\n");
    let since = Utc::now().format("%Y-%m-%d");
    repo.git(["add", ".env"]).env("SECRETS_MASTER_KEY", OTHER_KEY).ends_with(128).says(&format!(
        "git-seal: error: .env: the key at hand for environment default (ed597967) is none of this repository's; 8013ca7d is current since {since}\n\
         git-seal: hint: ask a colleague for key 8013ca7d; set SECRETS_MASTER_KEY, or run `git seal unlock`\n\
         git-seal: hint: then run `git add .env` again\n",
    ));
    repo.assert_nowhere(&["quokka-nine"]);
}

#[test]
fn sealing_in_an_environment_that_is_not_set_up_points_to_init() {
    let repo = Repo::with_env();
    repo.write(
        ".gitattributes",
        repo.text(".gitattributes") + ".env.eu seal-env=eu\n",
    );
    repo.write(".env.eu", "A=quokka-nine\n");
    repo.git(["add", ".env.eu"]).ends_with(128).says(
        "git-seal: error: .env.eu: environment eu is not set up here: .seal/ledger.jsonl has no entry for it\n\
         git-seal: hint: run `git seal init --env eu`\n\
         git-seal: hint: then run `git add .env.eu` again\n",
    );
    repo.assert_nowhere(&["quokka-nine"]);
}

#[test]
fn a_missing_key_is_one_hint_per_command_and_never_an_error() {
    let repo = Repo::with_env();
    for n in 0..4 {
        repo.write(format!("{n}.env"), "A=quokka-nine\n");
    }
    repo.commit("More");
    let clone = repo.clone_to("clone");
    clone.unlock();
    clone.seal(["lock"]).ok();
    clone.git(["rm", "--quiet", "-r", "--cached", "."]).ok();
    clone.git(["reset", "--quiet", "--hard"]).ok().says(
        "git-seal: hint: files of environment default stay sealed: key 8013ca7d is not at hand; set SECRETS_MASTER_KEY, or run `git seal unlock`\n",
    );
    clone.assert_well();
    clone.git(["rm", "--quiet", "-r", "--cached", "."]).ok();
    clone.git(["reset", "--quiet", "--hard"]).env("SECRETS_MASTER_KEY", OTHER_KEY).ok().says(
        "git-seal: hint: files of environment default stay sealed: key 8013ca7d is not at hand; set SECRETS_MASTER_KEY, or run `git seal unlock`\n",
    );
}

#[test]
fn a_token_that_does_not_authenticate_is_loud_and_cannot_be_committed_again() {
    let repo = Repo::with_env();
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).expect("text");
    // The value of one variable moved to another.
    let stolen = sealed.replace("\nEMPTY=", "\nOTHER=");
    commit_raw(&repo, ".env", stolen.as_bytes());
    repo.git(["checkout", "--quiet", "HEAD@{1}"]).ok().says(
        "git-seal: error: .env: line 6 (OTHER): the sealed value does not authenticate and stays sealed: it was changed, or moved from another variable\n",
    );
    let text = repo.text(".env");
    assert!(
        text.starts_with(&ENV[..ENV.len() - "EMPTY=\n".len()]),
        "the rest opens: {text}"
    );
    assert!(text.contains("\nOTHER=seal1:"));
    let status = repo.seal(["status"]).ends_with(4);
    status.tells_nothing();
    assert!(
        status
            .out()
            .contains("      not-authentic: a sealed value does not authenticate: "),
        "{}",
        status.out()
    );
    repo.touch(".env");
    repo.git(["add", ".env"]).ends_with(128).says(
        "git-seal: error: .env: line 6 (OTHER): the sealed value does not authenticate\n\
         git-seal: hint: it was changed, or moved here from another variable: restore it from history, or write the plain value\n",
    );
    repo.git(["switch", "--quiet", "--discard-changes", "main"])
        .ok();
    repo.assert_env();
}

#[test]
fn damaged_and_quoted_tokens_are_refused() {
    let repo = Repo::with_env();
    repo.write(".env", "A=1\nB=seal1:quokka\n");
    repo.git(["add", ".env"]).ends_with(128).says(
        "git-seal: error: .env: line 2 (B): this starts like a sealed value and is none\n\
         git-seal: hint: it was cut or edited: restore the whole token from history, or write the plain value\n",
    );
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).expect("text");
    let token = sealed.split("\nEMPTY=").nth(1).expect("it has one").trim();
    repo.write(".env", format!("EMPTY=\"{token}\"\n"));
    repo.git(["add", ".env"]).ends_with(128).says(
        "git-seal: error: .env: line 1 (EMPTY): a sealed value with other text around it does not open again\n\
         git-seal: hint: remove quotes and comments around the token, or write the plain value\n",
    );
    repo.git(["checkout", "--quiet", ".env"]).ok();
    let cut = sealed.replace(token, &token[..30]);
    commit_raw(&repo, ".env", cut.as_bytes());
    repo.git(["checkout", "--quiet", "HEAD@{1}"])
        .run()
        .says("git-seal: error: .env: line 6 (EMPTY): a damaged sealed value stays as it is\n");
    repo.seal(["status"]).ends_with(4).tells_nothing();
}

#[test]
fn a_plain_value_in_a_sealed_file_opens_with_a_warning() {
    let repo = Repo::with_env();
    let pushed = [repo.blob("HEAD:.env"), b"ADDED=quokka-nine\n".to_vec()].concat();
    commit_raw(&repo, ".env", &pushed);
    let out = repo.git(["checkout", "--quiet", "HEAD@{1}"]).ok();
    out.says(
        "git-seal: warning: .env: line 7 (ADDED): this was committed in plain text by someone without the key; `git add` seals it, but history keeps it\n",
    );
    assert_eq!(repo.text(".env"), format!("{ENV}ADDED=quokka-nine\n"));
    let status = repo.seal(["status"]).ends_with(1);
    status.tells_nothing();
    assert!(status.out().contains("partly sealed"), "{}", status.out());
    repo.git(["add", ".env"]).ok();
    repo.git(["commit", "--quiet", "-m", "Sealed"]).ok();
    assert!(!contains(&repo.blob("HEAD:.env"), b"quokka-nine"));
    repo.assert_clean();
    repo.seal(["status"]).ok();
}

#[test]
fn what_policy_clears_is_no_trouble() {
    let repo = Repo::initialised();
    repo.write(
        ".seal/config.toml",
        "[environment.default]\nclear = [\"PORT\"]\n",
    );
    repo.write(".env", "PORT=8080\nKEY=quokka-nine\n");
    repo.commit("Clear port");
    assert!(contains(&repo.blob("HEAD:.env"), b"\nPORT=8080\n"));
    repo.git(["rm", "--quiet", "--cached", ".env"]).ok();
    repo.git(["reset", "--quiet", "--hard"]).ok().says("");
    repo.seal(["status"]).ok();
    repo.assert_well();
}

#[test]
fn a_plain_blob_in_history_is_checked_out_as_it_is() {
    let repo = Repo::with_env();
    commit_raw(&repo, ".env", b"OLD=velvet\n");
    repo.git(["checkout", "--quiet", "HEAD@{1}"]).ok().says("");
    assert_eq!(repo.text(".env"), "OLD=velvet\n");
    let status = repo.seal(["status"]).ends_with(1);
    assert!(
        status.out().contains(
            "      plain-in-index: staged plain (line 1)\n          git seal reseal .env\n"
        ),
        "{}",
        status.out()
    );
    assert!(!status.out().contains("velvet"));
}

#[test]
fn a_damaged_ledger_stops_sealing_but_not_opening() {
    let repo = Repo::with_env();
    let ledger = repo.text(".seal/ledger.jsonl");
    repo.write(".seal/ledger.jsonl", format!("{ledger}not json\n"));
    repo.write(".env", "A=quokka-nine\n");
    let said = repo.git(["add", ".env"]).ends_with(128);
    assert!(
        said.mentions("git-seal: error: .seal/ledger.jsonl: line 2"),
        "{}",
        said.err()
    );
    said.tells_nothing();
    repo.git(["checkout", "--quiet", ".env"]).ok();
    assert_eq!(repo.text(".env"), ENV);
    repo.seal(["status"]).ends_with(4);
    repo.seal(["init", "--yes"]).ends_with(4).tells_nothing();
    repo.assert_nowhere(&["quokka-nine"]);
}

#[test]
fn a_malformed_configuration_is_named_by_line_and_column() {
    let repo = Repo::with_env();
    repo.write(".seal/config.toml", "version = 1\ncoments = \"clear\"\n");
    repo.write(".env", "A=quokka-nine\n");
    let said = repo.git(["add", ".env"]).ends_with(128);
    let error = "git-seal: error: .seal/config.toml: line 2, column 1: unknown field `coments`, expected one of `version`, `suite`, `sensitive`, `environment`, `scan`, `rule`\n\
        git-seal: hint: docs/CONFIG.md lists every setting\n";
    said.says(error);
    let status = repo.seal(["status"]).ends_with(2).out();
    assert!(
        status.contains(
            "config-invalid: .seal/config.toml: line 2, column 1: unknown field `coments`"
        ),
        "{status}"
    );
    repo.seal(["init", "--yes"]).ends_with(2).says(error);
    repo.git(["checkout", "--quiet", ".env"]).ok();
    assert_eq!(repo.text(".env"), ENV, "opening goes on");
    repo.write(".seal/config.toml", "version = 2\n");
    let newer = repo.seal(["status"]).ends_with(2);
    assert!(
        newer
            .out()
            .contains("it has version 2, and this git-seal knows version 1")
    );
}

#[test]
fn wrong_attributes_are_refused_by_name() {
    let repo = Repo::with_env();
    let lines = repo.text(".gitattributes");
    for (line, error, hint) in [
        (
            "*.env seal-format=zip",
            "attribute seal-format: \"zip\" is no format: use `opaque`, or leave it out for dotenv",
            "correct its line in .gitattributes",
        ),
        (
            "*.env seal-format",
            "attribute seal-format needs a value, as in `seal-format=opaque`",
            "correct its line in .gitattributes",
        ),
        (
            "*.env seal-env=Eu",
            "attribute seal-env: \"Eu\" is no environment name: use lower-case letters, digits and inner dashes; not `file` or `command`, nor a name ending in `-file` or `-command`",
            "correct its line in .gitattributes",
        ),
        (
            "*.env seal-format=opaque",
            "it is sealed as an opaque file, and its attributes let git convert line ends inside the ciphertext",
            "in .gitattributes, add `-text` to the line of .env",
        ),
        (
            "*.env seal-format=opaque -text ident",
            "its attribute ident would change the sealed form",
            "in .gitattributes, add `-ident` to the line of .env",
        ),
        (
            "*.env working-tree-encoding=UTF-16LE",
            "its attribute working-tree-encoding would change the sealed form",
            "in .gitattributes, add `-working-tree-encoding` to the line of .env",
        ),
    ] {
        repo.write(".gitattributes", format!("{lines}{line}\n"));
        repo.write(".env", "A=quokka-nine\n");
        let said = repo.git(["add", ".env"]).ends_with(128);
        said.says(&format!(
            "git-seal: error: .env: {error}\ngit-seal: hint: {hint}\n"
        ));
        assert_eq!(repo.git(["diff", "--cached", "--stat"]).ok().out(), "");
        repo.seal(["status"]).ends_with(2).tells_nothing();
    }
    repo.assert_nowhere(&["quokka-nine"]);
}

#[test]
fn names_from_the_repository_cannot_reach_the_terminal() {
    let repo = Repo::with_env();
    forget_keys(&repo);
    let name = "\u{1b}[2J.env";
    repo.write(name, "A=quokka-nine\n");
    repo.git(["add", "--", name]).ends_with(128).says(
        "git-seal: error: \\x1b[2J.env: no key at hand for environment default to seal A\n\
         git-seal: hint: set SECRETS_MASTER_KEY, or run `git seal unlock`\n\
         git-seal: hint: then run `git add $'\\033[2J.env'` again\n",
    );
}
