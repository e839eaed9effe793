//! Every situation of the contract's table, with its message whole.

use chrono::{TimeZone as _, Utc};
use git_seal::core::environment::Environment;
use git_seal::core::key::{Keyring, MasterKey, SealKey};
use git_seal::core::ledger::{Ledger, Meta};

use crate::guarding::stage_raw;
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
    stage_raw(repo, path, content);
    repo.git(["commit", "--quiet", "--no-verify", "-m", "Raw"])
        .ok();
    repo.git(["reset", "--quiet", "--hard", "HEAD~1"]).ok();
}

/// What is staged and not committed.
fn staged(repo: &Repo) -> String {
    repo.git(["diff", "--cached", "--stat"]).ok().out()
}

/// What `check` says of the commit that [`commit_raw`] made.
#[track_caller]
fn check_says(repo: &Repo, code: i32, expected: &str) {
    let commit = repo.git(["rev-parse", "HEAD"]).ok().out();
    let said = repo
        .seal(["check", "--range", "HEAD~1..HEAD"])
        .ends_with(code);
    assert_eq!(said.err(), expected.replace("COMMIT", &commit[..8]));
    said.tells_nothing();
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
    assert_eq!(staged(&repo), "");
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
    let without = Repo::with_env();
    without.git(["rm", "--quiet", "-r", ".seal"]).ok();
    without
        .git(["commit", "--quiet", "--no-verify", "-m", "No ledger"])
        .ok();
    without.write(".env", "A=quokka-nine\n");
    without.git(["add", ".env"]).ends_with(128).says(
        "git-seal: error: .env: environment default is not set up here: .seal/ledger.jsonl has no entry for it\n\
         git-seal: hint: run `git seal init`\n\
         git-seal: hint: then run `git add .env` again\n",
    );
    for repo in [repo, without] {
        assert_eq!(staged(&repo), "");
        repo.assert_nowhere(&["quokka-nine"]);
    }
}

#[test]
fn each_environment_names_its_own_ways_to_give_a_key() {
    let repo = Repo::with_env();
    repo.seal(["init", "--yes", "--env", "eu-1"])
        .env("SECRETS_MASTER_KEY_EU_1", OTHER_KEY)
        .ok();
    repo.write(".env.eu-1", "A=quokka-nine\n");
    repo.git(["add", "--all"]).ends_with(128).says(
        "git-seal: error: .env.eu-1: no key at hand for environment eu-1 to seal A\n\
         git-seal: hint: set SECRETS_MASTER_KEY_EU_1, or run `git seal unlock --env eu-1`\n\
         git-seal: hint: then run `git add .env.eu-1` again\n",
    );
    assert_eq!(staged(&repo), "");
    repo.git(["add", "--all"])
        .env("SECRETS_MASTER_KEY_EU_1", OTHER_KEY)
        .ok();
    repo.git(["commit", "--quiet", "-m", "Europe"]).ok();
    forget_keys(&repo);
    for name in [".env", ".env.eu-1"] {
        std::fs::remove_file(repo.path(name)).expect("it is there");
    }
    repo.git(["checkout", "--quiet", "."]).ok().says(
        "git-seal: hint: files of environment default stay sealed: key 8013ca7d is not at hand; set SECRETS_MASTER_KEY, or run `git seal unlock`\n\
         git-seal: hint: files of environment eu-1 stay sealed: key ed597967 is not at hand; set SECRETS_MASTER_KEY_EU_1, or run `git seal unlock --env eu-1`\n",
    );
    repo.assert_well();
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
            .contains("      not-authentic: a sealed value does not authenticate: it was changed, or moved from another variable\n          restore it: `git log -p -- .env` shows since when\n"),
        "{}",
        status.out()
    );
    check_says(
        &repo,
        4,
        "git-seal: error: COMMIT:.env:6:1: the sealed value does not authenticate: it was changed, or moved from another variable [forged-token]\n\
         git-seal:     OTHER=…\n\
         git-seal: hint: restore it from history, or write the plain value and add it again\n",
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
    assert!(
        status.out().contains(
            "      plain-in-index: staged partly sealed (line 7)\n          git seal reseal .env\n"
        ),
        "{}",
        status.out()
    );
    check_says(
        &repo,
        1,
        "git-seal: error: COMMIT:.env:7:1: it is committed in plain text in a protected file [unsealed]\n\
         git-seal:     ADDED=…\n\
         git-seal: hint: in a clone that `git seal unlock` has set up: git add --renormalize .env\n",
    );
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
    check_says(
        &repo,
        1,
        "git-seal: error: COMMIT:.env:1:1: it is committed in plain text in a protected file [unsealed]\n\
         git-seal:     OLD=…\n\
         git-seal: hint: in a clone that `git seal unlock` has set up: git add --renormalize .env\n",
    );
}

#[test]
fn an_opaque_file_is_told_of_by_its_path_alone() {
    let repo = Repo::with_env();
    repo.seal(["track", "key.p12", "--opaque"]).ok();
    repo.write("key.p12", b"\0quokka-nine\r\n");
    repo.commit("Opaque");
    let mut damaged = repo.blob("HEAD:key.p12");
    *damaged.last_mut().expect("it is not empty") ^= 1;
    commit_raw(&repo, "key.p12", &damaged);
    repo.git(["checkout", "--quiet", "HEAD@{1}"]).ok().says(
        "git-seal: error: key.p12: the sealed file does not authenticate and stays sealed: it was changed\n",
    );
    assert_eq!(repo.read("key.p12"), damaged);
    repo.seal(["status"]).ends_with(4).tells_nothing();
    repo.touch("key.p12");
    repo.git(["add", "key.p12"]).ends_with(128).says(
        "git-seal: error: key.p12: the sealed file does not authenticate\n\
         git-seal: hint: restore the file from history\n",
    );
    repo.git(["switch", "--quiet", "--discard-changes", "main"])
        .ok();
    repo.assert_env();
    forget_keys(&repo);
    repo.write("key.p12", b"\0quokka-nine\n");
    repo.git(["add", "key.p12"]).ends_with(128).says(
        "git-seal: error: key.p12: no key at hand for environment default\n\
         git-seal: hint: set SECRETS_MASTER_KEY, or run `git seal unlock`\n\
         git-seal: hint: then run `git add key.p12` again\n",
    );
    assert_eq!(staged(&repo), "");
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
