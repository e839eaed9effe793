//! The ratchet: what was sealed becomes no less so unnoticed; and an exception with a reason lets it.

use crate::guarding::{
    EXTRA, allow, attributes, check, commit_unseen, expect_range, expect_staged, findings, guarded,
    keyless, rules_staged, silent, stage_id, stage_raw, staged, write_blob,
};
use crate::sandbox::{OTHER_KEY, Repo};

const WHY: &str = r#""reason":"agreed","who":"Ann <ann@example.org>""#;

/// The rule blocks; an exception lets it through; once its day is over it blocks again.
#[track_caller]
fn blocks_until_allowed(repo: &Repo, rule: &str, path: &str) {
    assert_eq!(staged(repo), [(path.to_owned(), rule.to_owned())]);
    repo.git(["commit", "-m", "x"]).fails();
    allow(
        repo,
        &format!(r#"{{"rule":"{rule}","path":"{path}",{WHY},"until":"2020-01-01"}}"#),
    );
    let ran = check(repo, &[]).ends_with(1);
    assert!(ran.out().contains("\"expired\""), "{}", ran.out());
    allow(
        repo,
        &format!(r#"{{"rule":"{rule}","path":"{path}",{WHY}}}"#),
    );
    assert_eq!(staged(repo), []);
    repo.git(["commit", "--quiet", "-m", "x"]).ok();
}

fn configure(repo: &Repo, text: &str) {
    repo.write(".seal/config.toml", text);
    repo.git(["add", ".seal/config.toml"]).ok();
}

#[test]
fn a_path_that_loses_its_filter_blocks_until_allowed() {
    let repo = guarded();
    attributes(&repo, ".env -filter\n");
    blocks_until_allowed(&repo, "ratchet-filter", ".env");
}

#[test]
fn a_decision_against_sealing_takes_a_reason_and_then_the_file_may_be_plain() {
    let repo = guarded();
    attributes(&repo, ".env -filter\n");
    stage_raw(&repo, ".env", "GREETING=hello\n");
    assert_eq!(rules_staged(&repo), ["ratchet-filter", "unsealed"]);
    let said = repo.git(["commit", "-m", "x"]).fails();
    let typed = "git seal allow ratchet-filter .env --reason";
    assert!(said.mentions(typed), "{}", said.err());
    let words = ["allow", "ratchet-filter", ".env", "--reason", "no secrets"];
    repo.seal(words).ok();
    repo.git(["add", ".seal/allow.jsonl"]).ok();
    // What was sealed is still a secret.
    stage_raw(&repo, ".env", format!("GREETING={EXTRA}\n"));
    expect_staged(&repo, &[(".env", "known-value")]);
    stage_raw(&repo, ".env", "GREETING=hello\n");
    expect_staged(&repo, &[]);
    // The dotenv name alone is no decision.
    stage_raw(&repo, ".env.more", "GREETING=hello\n");
    expect_staged(&repo, &[(".env.more", "unsealed")]);
}

#[test]
fn an_exception_for_the_filter_is_no_leave_for_a_dotenv_name_without_a_decision() {
    let repo = guarded();
    allow(
        &repo,
        &format!(r#"{{"rule":"ratchet-filter","path":".env",{WHY}}}"#),
    );
    repo.write(".gitattributes", "");
    repo.git(["add", ".gitattributes"]).ok();
    stage_raw(&repo, ".env", "GREETING=hello\n");
    expect_staged(&repo, &[(".env", "unsealed")]);
}

#[test]
fn a_deleted_attribute_line_blocks_and_dotenv_names_stay_protected() {
    let repo = guarded();
    repo.write(".gitattributes", "");
    repo.git(["add", ".gitattributes"]).ok();
    stage_raw(&repo, "new.env", "A=plain\n");
    assert_eq!(
        staged(&repo),
        [
            (".env".into(), "ratchet-filter".into()),
            ("new.env".into(), "unsealed".into())
        ]
    );
}

#[test]
fn macros_and_attributes_further_down_are_seen_through() {
    let repo = guarded();
    repo.write("deep/.env", "A=plain-value\n");
    repo.commit("Deep");
    attributes(&repo, "[attr]harmless -filter\ndeep/.env harmless\n");
    assert_eq!(
        staged(&repo),
        [("deep/.env".into(), "ratchet-filter".into())]
    );
    repo.git(["reset", "--quiet", "--hard"]).ok();
    repo.write("deep/.gitattributes", ".env !filter\n");
    repo.git(["add", "deep/.gitattributes"]).ok();
    assert_eq!(
        staged(&repo),
        [("deep/.env".into(), "ratchet-filter".into())]
    );
}

#[test]
fn an_explicit_decision_for_a_path_never_sealed_passes() {
    let repo = guarded();
    attributes(&repo, "fixtures/*.env -filter\n");
    stage_raw(&repo, "fixtures/test.env", "GREETING=hello\n");
    expect_staged(&repo, &[]);
}

#[test]
fn a_sealed_file_does_not_come_back_plain_by_way_of_deletion() {
    let repo = guarded();
    repo.git(["rm", "--quiet", "-f", ".env"]).ok();
    repo.git(["commit", "--quiet", "-m", "Delete"]).ok();
    attributes(&repo, ".env -filter\n");
    repo.git(["commit", "--quiet", "-m", "Decide"]).ok();
    stage_raw(&repo, ".env", "GREETING=hello\n");
    assert_eq!(rules_staged(&repo), ["ratchet-filter", "unsealed"]);
}

#[test]
fn losing_the_filter_with_the_file_deleted_in_the_same_commit_blocks() {
    let repo = guarded();
    attributes(&repo, ".env -filter\n");
    repo.git(["rm", "--quiet", "-f", ".env"]).ok();
    assert_eq!(rules_staged(&repo), ["ratchet-filter"]);
}

#[test]
fn links_submodules_and_directories_do_not_lead_around_it() {
    let repo = guarded();
    let target = write_blob(&repo, "settings.txt");
    stage_id(&repo, "120000", &target, b".env");
    assert_eq!(rules_staged(&repo), ["ratchet-filter"]);
    let head = repo.git(["rev-parse", "HEAD"]).ok().out();
    stage_id(&repo, "160000", head.trim(), b".env");
    assert_eq!(rules_staged(&repo), ["ratchet-filter"]);
    repo.git(["rm", "--quiet", "--cached", "-f", ".env"]).ok();
    stage_raw(&repo, ".env/settings", format!("EXTRA={EXTRA}\n"));
    assert_eq!(rules_staged(&repo), ["known-value"]);
    // And back again: after a commit that nobody judged.
    repo.git(["reset", "--quiet"]).ok();
    stage_id(&repo, "120000", &target, b".env");
    commit_unseen(&repo, "Link");
    stage_raw(&repo, ".env", "A=plain\n");
    assert_eq!(rules_staged(&repo), ["unsealed"]);
}

#[test]
fn a_variable_that_becomes_clear_blocks_until_allowed() {
    let repo = guarded();
    configure(&repo, "[environment.default]\nclear = [\"EMPTY\"]\n");
    blocks_until_allowed(&repo, "ratchet-clear", ".env");
    // And the file itself, when it is sealed anew.
    repo.touch(".env");
    repo.git(["add", "--renormalize", ".env"]).ok();
    assert_eq!(staged(&repo), []);
}

#[test]
fn a_variable_that_becomes_clear_together_with_the_policy_blocks() {
    let repo = guarded();
    configure(
        &repo,
        "[environment.default]\nclear = [\"EXTRA_*\", \"EXTRA_PASSWORD\"]\n",
    );
    repo.git(["add", "--renormalize", ".env"]).ok();
    let rules = rules_staged(&repo);
    assert!(rules.contains(&"ratchet-clear".to_owned()), "{rules:?}");
}

#[test]
fn a_wildcard_clears_no_sensitive_name() {
    let repo = guarded();
    configure(&repo, "[environment.default]\nclear = [\"*\"]\n");
    let said = check(&repo, &[]).ends_with(1).out();
    assert!(
        !said.contains("EXTRA_PASSWORD") && said.contains("EMPTY"),
        "{said}"
    );
}

#[test]
fn comments_that_become_clear_block_until_allowed() {
    let repo = guarded();
    configure(&repo, "[environment.default]\ncomments = \"clear\"\n");
    blocks_until_allowed(&repo, "ratchet-comments", ".env");
}

#[test]
fn another_suite_blocks_until_allowed() {
    let repo = guarded();
    configure(&repo, "suite = \"fernet\"\n");
    blocks_until_allowed(&repo, "ratchet-suite", ".seal/config.toml");
}

#[test]
fn tokens_of_the_weaker_suite_do_not_slip_in() {
    let repo = guarded();
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).unwrap();
    // By its form a token of the exchange suite; no key made it.
    let token = format!("gAAAAAAAAAAA{}A==", "B".repeat(85));
    stage_raw(&repo, ".env", format!("{sealed}NEW={token}\n"));
    assert_eq!(rules_staged(&repo), ["forged-token", "ratchet-suite"]);
    let clone = keyless(&repo, "clone");
    stage_raw(&clone, ".env", format!("{sealed}NEW={token}\n"));
    assert_eq!(rules_staged(&clone), ["ratchet-suite"]);
}

#[test]
fn another_environment_blocks_until_allowed() {
    let repo = guarded();
    repo.seal(["key", "import", "--env", "leaky"])
        .stdin(OTHER_KEY)
        .ok();
    repo.seal(["init", "--yes", "--env", "leaky"]).ok();
    repo.git(["add", "--all"]).ok();
    repo.git(["commit", "--quiet", "-m", "Environment"]).ok();
    attributes(&repo, ".env seal-env=leaky\n");
    repo.git(["add", "--renormalize", ".env"]).ok();
    blocks_until_allowed(&repo, "ratchet-environment", ".env");
}

#[test]
fn another_format_blocks_until_allowed() {
    let repo = guarded();
    attributes(&repo, ".env seal-format=opaque -text !eol\n");
    repo.touch(".env");
    repo.git(["add", "--renormalize", ".env"]).ok();
    blocks_until_allowed(&repo, "ratchet-format", ".env");
}

#[test]
fn the_ledger_only_grows() {
    let repo = guarded();
    let ledger = repo.text(".seal/ledger.jsonl");
    stage_raw(&repo, ".seal/ledger.jsonl", "");
    assert!(rules_staged(&repo).contains(&"ratchet-ledger".to_owned()));
    stage_raw(
        &repo,
        ".seal/ledger.jsonl",
        ledger.replace("create", "creates"),
    );
    assert!(rules_staged(&repo).contains(&"damaged-ledger".to_owned()));
    repo.git(["rm", "--quiet", "--cached", "-f", ".seal/ledger.jsonl"])
        .ok();
    assert!(rules_staged(&repo).contains(&"ratchet-ledger".to_owned()));
}

#[test]
fn what_cannot_be_excused_stays_open() {
    let repo = guarded();
    for rule in [
        "unsealed",
        "unknown-key",
        "forged-token",
        "damaged-token",
        "known-value",
    ] {
        allow(&repo, &format!(r#"{{"rule":"{rule}","path":"*",{WHY}}}"#));
    }
    stage_raw(&repo, ".env.new", "A=plain\n");
    stage_raw(&repo, "notes.md", EXTRA);
    expect_staged(
        &repo,
        &[(".env.new", "unsealed"), ("notes.md", "known-value")],
    );
}

#[test]
fn a_merge_loosens_nothing_that_either_side_had_sealed() {
    let repo = guarded();
    // A branch of another root: there, a plain file is a decision.
    repo.git(["switch", "--quiet", "--orphan", "evil"]).ok();
    repo.write(".gitattributes", ".env -filter\n");
    repo.write(".env", "GREETING=hello\n");
    repo.git(["add", "--all"]).ok();
    repo.git(["commit", "--quiet", "-m", "Another root"]).ok();
    let merge = [
        "merge",
        "--quiet",
        "--allow-unrelated-histories",
        "-s",
        "ours",
        "-m",
        "x",
        "main",
    ];
    repo.git(merge).fails();
    repo.git(["merge", "--abort"]).run();
    repo.git(["reset", "--quiet", "--hard"]).ok();
    repo.git(merge.iter().chain(&["--no-verify"])).ok();
    let lost = (".seal/ledger.jsonl", "ratchet-ledger");
    expect_range(&repo, "main..evil", &[(".env", "ratchet-filter"), lost]);
}

#[test]
fn a_merge_clears_no_variable_that_the_other_side_has_sealed() {
    let repo = guarded();
    let old = repo.text(".env");
    repo.git(["switch", "--quiet", "-c", "work"]).ok();
    configure(&repo, "[environment.default]\nclear = [\"GREETING\"]\n");
    repo.write(".env", format!("{old}GREETING=hello\n"));
    repo.commit("Never sealed here: a decision");
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.write(".env", format!("{old}GREETING=welcome\n"));
    repo.commit("Sealed");
    repo.git(["switch", "--quiet", "work"]).ok();
    let merge = ["merge", "--quiet", "-s", "ours", "-m", "x", "main"];
    repo.git(merge).fails();
    repo.git(["merge", "--abort"]).run();
    repo.git(merge.iter().chain(&["--no-verify"])).ok();
    expect_range(&repo, "main..work", &[(".env", "ratchet-clear")]);
}

#[test]
fn a_merge_is_not_blamed_for_what_the_other_side_holds_already() {
    let repo = guarded();
    repo.git(["switch", "--quiet", "-c", "work"]).ok();
    repo.write("a.md", "fine\n");
    repo.commit("Fine");
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.write("old.md", EXTRA);
    repo.git(["add", "old.md"]).ok();
    commit_unseen(&repo, "Known there since long");
    repo.git(["switch", "--quiet", "work"]).ok();
    repo.git(["merge", "--quiet", "--no-edit", "main"]).ok();
    expect_range(&repo, "main..work", &[]);
    // What the merge itself adds is its own.
    repo.write("old.md", format!("{EXTRA}\nagain {EXTRA}\n"));
    repo.git(["add", "old.md"]).ok();
    repo.git(["commit", "--quiet", "--no-verify", "--amend", "--no-edit"])
        .ok();
    expect_range(&repo, "main..work", &[("old.md", "known-value")]);
}

#[test]
fn a_retired_key_blocks_and_reseal_mends_it() {
    let repo = guarded();
    let Some(old) = rotated(&repo) else { return };
    stage_raw(&repo, ".env", &old);
    let ran = check(&repo, &[]).ends_with(1);
    silent(&ran);
    assert_eq!(findings(&ran), [(".env".into(), "retired-key".into())]);
}

/// The sealed file under the old key, after a rotation; `None` where this build has no `rotate`.
fn rotated(repo: &Repo) -> Option<Vec<u8>> {
    let old = repo.blob("HEAD:.env");
    let ran = repo.seal(["rotate", "--reason", "test"]).run();
    if ran.code == 2 {
        return None;
    }
    repo.commit("Rotate");
    Some(old)
}
