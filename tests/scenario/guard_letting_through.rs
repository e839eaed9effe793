//! What lets a finding through, and how its exceptions end.

use crate::guarding::{
    EXTRA, allow, check, commit_unseen, expect_staged, findings, guarded, keyless, rules_staged,
    silent, stage_raw, staged,
};
use crate::sandbox::{KEY, Repo};

fn leak(repo: &Repo) {
    repo.write(
        "docs/example.md",
        format!("The key {EXTRA} is for tests.\n"),
    );
    repo.git(["add", "docs"]).ok();
}

#[test]
fn allow_writes_an_entry_for_this_secret_only() {
    let repo = guarded();
    leak(&repo);
    let words = ["allow", "known-value", "docs/example.md"];
    repo.seal(words).ends_with(2);
    let said = repo
        .seal(words.iter().chain(&["--reason", "a test key"]))
        .ok();
    silent(&said);
    let text = repo.text(".seal/allow.jsonl");
    assert!(text.contains("\"fingerprint\":\"") && !text.contains(EXTRA));
    // It counts once it is staged.
    assert_eq!(rules_staged(&repo), ["known-value"]);
    repo.git(["add", ".seal/allow.jsonl"]).ok();
    expect_staged(&repo, &[]);
    // Neither at another path, nor for another secret at this one.
    stage_raw(&repo, "docs/other.md", EXTRA);
    stage_raw(&repo, "docs/example.md", "see sk_live_4eC39HqLyjWD\n");
    let found = staged(&repo);
    assert!(
        found.contains(&("docs/other.md".into(), "known-value".into())),
        "{found:?}"
    );
    assert!(
        found.contains(&("docs/example.md".into(), "known-value".into())),
        "{found:?}"
    );
}

#[test]
fn allow_takes_paths_from_here_and_refuses_what_nothing_lets_through() {
    let repo = guarded();
    leak(&repo);
    stage_raw(&repo, ".env.new", "A=plain\n");
    let said = repo
        .seal(["allow", "unsealed", ".env.new", "--reason", "why not"])
        .ends_with(2);
    assert!(said.mentions("-filter"), "{}", said.err());
    repo.seal([
        "allow",
        "known-value",
        "example.md",
        "--reason",
        "a test key",
    ])
    .below("docs")
    .ok();
    let entry = repo.text(".seal/allow.jsonl");
    assert!(entry.contains("\"docs/example.md\""), "{entry}");
    repo.git(["add", ".seal/allow.jsonl"]).ok();
    assert_eq!(rules_staged(&repo), ["unsealed"]);
}

#[test]
fn without_the_key_an_entry_is_allowed_and_not_verified() {
    let repo = guarded();
    let secret = "k7Qz9vT2mXw4pL8sD3nB6hJ1";
    repo.write("docs/example.md", format!("client_secret = \"{secret}\"\n"));
    repo.git(["add", "docs"]).ok();
    let rule = rules_staged(&repo).pop().unwrap();
    repo.seal(["allow", &rule, "docs/example.md", "--reason", "revoked"])
        .ok();
    repo.git(["add", ".seal"]).ok();
    commit_unseen(&repo, "Allowed");
    let clone = keyless(&repo, "clone");
    let ran = check(&clone, &["--range", "HEAD"]).ok();
    assert!(
        ran.out().contains("\"allowed_not_verified\""),
        "{}",
        ran.out()
    );
    let text = clone.seal(["check", "--range", "HEAD"]).ok();
    assert!(text.mentions("allowed, not verified"), "{}", text.err());
    assert!(!text.mentions(secret));
}

#[test]
fn an_entry_has_an_end() {
    let repo = guarded();
    leak(&repo);
    let words = [
        "allow",
        "known-value",
        "docs/example.md",
        "--reason",
        "for now",
    ];
    repo.seal(words.iter().chain(&["--until", "2020-02-02"]))
        .ok();
    repo.git(["add", ".seal"]).ok();
    let ran = check(&repo, &[]).ends_with(1);
    assert!(ran.out().contains("\"expired\""), "{}", ran.out());
    repo.seal(words.iter().chain(&["--until", "2999-02-02"]))
        .ok();
    repo.git(["add", ".seal"]).ok();
    expect_staged(&repo, &[]);
}

#[test]
fn a_malformed_line_blocks_and_is_named_but_not_quoted() {
    let repo = guarded();
    stage_raw(&repo, "a.md", "fine\n");
    allow(&repo, "{}");
    let said = repo.seal(["hook", "pre-commit"]).ends_with(2);
    assert!(said.mentions(".seal/allow.jsonl: line 1"), "{}", said.err());
    let line = r#"{"rule":"known-value","path":"a","reason":"x","who":"y"}"#;
    repo.write(".seal/allow.jsonl", format!("{line}\n{EXTRA}\n"));
    repo.git(["add", ".seal"]).ok();
    let said = repo.git(["commit", "-m", "x"]).fails();
    assert!(said.mentions("line 2"), "{}", said.err());
    silent(&said);
}

#[test]
fn comments_let_their_line_through() {
    let repo = guarded();
    for comment in [
        "seal:allow",
        "seal:allow known-value",
        "gitleaks:allow",
        "pragma: allowlist secret",
    ] {
        stage_raw(&repo, "a.py", format!("x = '{EXTRA}'  # {comment}\n"));
        assert_eq!(staged(&repo), []);
    }
    stage_raw(
        &repo,
        "a.py",
        format!("x = '{EXTRA}'  # seal:allow generic-secret\n"),
    );
    stage_raw(&repo, "b.py", format!("# seal:allow\nx = '{EXTRA}'\n"));
    assert!(
        findings(&check(&repo, &[]).ends_with(1)).contains(&("b.py".into(), "known-value".into()))
    );
}

#[test]
fn policies_name_paths_and_a_malformed_policy_blocks() {
    let repo = guarded();
    stage_raw(
        &repo,
        "vendor/a.md",
        "client_secret = \"k7Qz9vT2mXw4pL8sD3nB6hJ1\"\n",
    );
    assert!(!staged(&repo).is_empty());
    stage_raw(
        &repo,
        ".seal/config.toml",
        "[scan]\nallow_paths = [\"vendor/*\"]\n",
    );
    let ran = check(&repo, &[]).run();
    assert!(ran.code == 0, "{}{}", ran.out(), ran.err());
    stage_raw(&repo, ".seal/config.toml", "nonsense");
    repo.seal(["hook", "pre-commit"]).ends_with(2);
}

#[test]
fn trivial_and_readable_values_are_not_sought() {
    let repo = guarded();
    repo.write(
        ".env",
        "DEBUG=true\nPORT=3000\nHOST=localhost\nPUBLIC_SITE=Qz7-orbit-51k-plume\n",
    );
    repo.write(
        ".seal/config.toml",
        "[environment.default]\nclear = [\"PUBLIC_*\"]\n",
    );
    repo.git(["add", "--all"]).ok();
    commit_unseen(&repo, "Another");
    stage_raw(&repo, "a.md", "true 3000 localhost Qz7-orbit-51k-plume\n");
    expect_staged(&repo, &[]);
}

#[test]
fn every_way_to_write_a_value_is_found_wherever_it_stands() {
    let repo = guarded();
    let value = "p/Q+7 \"z\"&9-ember=Kx4";
    repo.write(".env", format!("DEPLOY_PASSWORD='{value}'\n"));
    repo.commit("Another");
    let forms = [
        value.to_owned(),
        "p%2FQ%2B7%20%22z%22%269-ember%3DKx4".to_owned(),
        "cC9RKzcgInoiJjktZW1iZXI9S3g0".to_owned(),
        "p/Q+7 \\\"z\\\"&9-ember=Kx4".to_owned(),
    ];
    for path in [
        "docs/a.md",
        "src/a.rs",
        ".env.example",
        "a.ipynb",
        "logs/a.log",
    ] {
        for form in &forms {
            stage_raw(&repo, path, format!("before\n{form}\n"));
            let found = staged(&repo);
            let expected = (path.to_owned(), "known-value".to_owned());
            assert!(found.contains(&expected), "{path} {form} {found:?}");
        }
        repo.git(["rm", "--quiet", "--cached", "-f", path]).ok();
    }
}

#[test]
fn values_of_all_environments_and_of_opaque_files_are_known() {
    let repo = guarded();
    let armoured = "-----BEGIN EXAMPLE-----\nTUlJRXZRSUJBREFOQmdrcWhraUc5dzBCQVFFRkFBU0NCS2N3\n-----END EXAMPLE-----\n";
    let old = repo.text(".gitattributes");
    repo.write(
        ".gitattributes",
        format!("{old}key.pem filter=seal diff=seal merge=seal seal-format=opaque -text\n"),
    );
    repo.write("key.pem", armoured);
    repo.git(["add", "--all"]).ok();
    repo.git(["commit", "--quiet", "-m", "Opaque"]).ok();
    stage_raw(
        &repo,
        "a.md",
        "TUlJRXZRSUJBREFOQmdrcWhraUc5dzBCQVFFRkFBU0NCS2N3\n",
    );
    assert!(rules_staged(&repo).contains(&"known-value".to_owned()));
}

#[test]
fn no_answer_tells_a_secret_in_any_format() {
    let repo = guarded();
    leak(&repo);
    stage_raw(&repo, ".env", crate::sandbox::ENV);
    for format in ["text", "json", "sarif", "github"] {
        let ran = repo
            .seal(["check", "--format", format])
            .env("RUST_BACKTRACE", "full")
            .ends_with(1);
        silent(&ran);
    }
    let ran = repo
        .seal(["hook", "pre-commit"])
        .env("RUST_BACKTRACE", "full")
        .fails();
    silent(&ran);
    let ran = repo
        .seal(["scan", "docs"])
        .env("SECRETS_MASTER_KEY", KEY)
        .env("RUST_BACKTRACE", "full")
        .ends_with(1);
    silent(&ran);
}
