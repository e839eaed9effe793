//! What the scenarios of the guard share: hooks in place, blobs staged past every filter, and the
//! findings of a check as pairs of path and rule.

use crate::sandbox::{Call, KEY, Ran, Repo, contains, os};

/// A value of [`crate::sandbox::ENV`] that no rule knows: only the value itself gives it away.
pub const VALUE: &str = "hunter2-winter";
/// A sealed value of its own, without meaning to any provider.
pub const EXTRA: &str = "Zr4-quill-93x-ember";

/// A repository whose only commit has its `.env` sealed, with [`EXTRA`] in it, and with the hooks.
pub fn guarded() -> Repo {
    let repo = Repo::initialised();
    repo.write(
        ".env",
        format!("{}EXTRA_PASSWORD={EXTRA}\n", crate::sandbox::ENV),
    );
    repo.commit("Seal secrets");
    put_hooks(
        &repo,
        &["pre-commit", "pre-merge-commit", "commit-msg", "pre-push"],
    );
    repo
}

/// Hooks of one line each.
pub fn put_hooks(repo: &Repo, names: &[&str]) {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = repo.git(["rev-parse", "--git-path", "hooks"]).ok();
    let directory = repo.directory().join(directory.out().trim());
    std::fs::create_dir_all(&directory).unwrap();
    for name in names {
        let file = directory.join(name);
        std::fs::write(
            &file,
            format!("#!/bin/sh\nexec git-seal hook {name} \"$@\"\n"),
        )
        .unwrap();
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Stages content as a client without filters does.
pub fn stage_raw(repo: &Repo, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) {
    let id = write_blob(repo, content);
    stage_id(repo, "100644", &id, path.as_ref());
}

/// Writes a blob past every filter.
pub fn write_blob(repo: &Repo, content: impl AsRef<[u8]>) -> String {
    let written = repo
        .git(["hash-object", "-w", "--no-filters", "--stdin"])
        .stdin(content)
        .ok();
    written.out().trim().to_owned()
}

/// Stages an object under a mode.
pub fn stage_id(repo: &Repo, mode: &str, id: &str, path: &[u8]) {
    let mut line = format!("{mode} {id}\t").into_bytes();
    line.extend_from_slice(path);
    line.push(0);
    repo.git(["update-index", "-z", "--add", "--index-info"])
        .stdin(line)
        .ok();
}

/// A commit that no hook has seen.
pub fn commit_unseen(repo: &Repo, subject: &str) {
    repo.git([
        "commit",
        "--quiet",
        "--no-verify",
        "--allow-empty",
        "-m",
        subject,
    ])
    .ok();
}

/// `git seal check --json …`.
pub fn check(repo: &Repo, words: &[&str]) -> Call {
    repo.seal(["check", "--json"].iter().chain(words))
}

/// The findings that count, as path and rule.
pub fn findings(ran: &Ran) -> Vec<(String, String)> {
    let all = ran.out();
    let mut found: Vec<(String, String)> = all
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|value| matches!(value["standing"].as_str(), Some("open" | "expired")))
        .map(|value| {
            let text = |name: &str| value[name].as_str().unwrap().to_owned();
            (text("path"), text("rule"))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What a check of the staged state finds.
#[track_caller]
pub fn staged(repo: &Repo) -> Vec<(String, String)> {
    found_by(repo, &[])
}

/// What a check finds; its exit code has to agree.
#[track_caller]
pub fn found_by(repo: &Repo, arguments: &[&str]) -> Vec<(String, String)> {
    let ran = check(repo, arguments).run();
    silent(&ran);
    let found = findings(&ran);
    assert_eq!(
        found.is_empty(),
        ran.code == 0,
        "{}{}",
        ran.out(),
        ran.err()
    );
    found
}

/// Exactly these are found in what is staged, and the hook stops the commit; or none is, and it goes
/// through.
#[track_caller]
pub fn expect_staged(repo: &Repo, expected: &[(&str, &str)]) {
    let found = staged(repo);
    let found: Vec<(&str, &str)> = found.iter().map(|(p, r)| (&**p, &**r)).collect();
    assert_eq!(found, expected);
    let commit = repo.git(["commit", "--quiet", "-m", "As staged"]).run();
    silent(&commit);
    assert_eq!(commit.code == 0, expected.is_empty(), "{}", commit.err());
}

/// The rules of what is found in what is staged.
#[track_caller]
pub fn rules_staged(repo: &Repo) -> Vec<String> {
    let mut rules: Vec<String> = staged(repo).into_iter().map(|(_, rule)| rule).collect();
    rules.sort();
    rules.dedup();
    rules
}

/// Nothing secret was printed.
#[track_caller]
pub fn silent(ran: &Ran) {
    for secret in [VALUE, EXTRA, KEY, "sk_live_4eC39HqLyjWD", "wintermute"] {
        for part in secret.as_bytes().windows(8) {
            let told = contains(&ran.stderr, part) || contains(&ran.stdout, part);
            assert!(!told, "tells of {secret}:\n{}{}", ran.out(), ran.err());
        }
    }
}

/// Adds lines to `.gitattributes`.
pub fn attributes(repo: &Repo, lines: &str) {
    let old = repo.text(".gitattributes");
    repo.write(".gitattributes", old + lines);
    repo.git(["add", ".gitattributes"]).ok();
}

/// A line for `.seal/allow.jsonl`, staged.
pub fn allow(repo: &Repo, line: &str) {
    let path = repo.path(".seal/allow.jsonl");
    let old = std::fs::read_to_string(path).unwrap_or_default();
    repo.write(".seal/allow.jsonl", format!("{old}{line}\n"));
    repo.git(["add", ".seal/allow.jsonl"]).ok();
}

/// The whole staged blob of a path.
pub fn staged_blob(repo: &Repo, path: &str) -> Vec<u8> {
    repo.blob(&format!(":{path}"))
}

/// A name of bytes as a name in the file system.
pub fn name(bytes: &[u8]) -> std::ffi::OsString {
    os(bytes)
}

/// Commits past the guard's hooks must still be stopped by this: the finding of a range.
#[track_caller]
pub fn expect_range(repo: &Repo, range: &str, expected: &[(&str, &str)]) {
    let ran = check(repo, &["--range", range]).run();
    silent(&ran);
    let found = findings(&ran);
    let found: Vec<(&str, &str)> = found.iter().map(|(p, r)| (&**p, &**r)).collect();
    assert_eq!(found, expected, "{}", ran.err());
}

/// A clone of the repository that has no key at all.
pub fn keyless(repo: &Repo, name: &str) -> Repo {
    let clone = repo.clone_to(name);
    put_hooks(&clone, &["pre-commit", "commit-msg", "pre-push"]);
    clone
}
