//! The guard over commits and over all of history.

use std::os::unix::process::ExitStatusExt as _;

use crate::guarding::{
    EXTRA, check, commit_unseen, expect_range, findings, found_by, guarded, stage_raw, write_blob,
};
use crate::sandbox::{ENV, Repo};

fn all(repo: &Repo) -> Vec<(String, String)> {
    found_by(repo, &["--all-history"])
}

#[test]
fn a_leak_that_was_taken_back_is_found_with_its_commit() {
    let repo = guarded();
    assert_eq!(all(&repo), []);
    stage_raw(&repo, "notes.md", EXTRA);
    commit_unseen(&repo, "Leak");
    let leak = repo.git(["rev-parse", "HEAD"]).ok().out();
    stage_raw(&repo, "notes.md", "fine\n");
    commit_unseen(&repo, "Take it back");
    let ran = check(&repo, &["--all-history"]).ends_with(1);
    assert!(ran.out().contains(leak.trim()), "{}", ran.out());
    assert_eq!(findings(&ran), [("notes.md".into(), "known-value".into())]);
    expect_range(&repo, "HEAD~2..HEAD", &[("notes.md", "known-value")]);
    expect_range(&repo, "HEAD~1..HEAD", &[]);
}

#[test]
fn a_secret_that_stays_through_versions_is_one_finding_of_its_first_commit() {
    let repo = guarded();
    let mut first = String::new();
    for number in 0..3 {
        stage_raw(&repo, "notes.md", format!("{number}\n{EXTRA}\n"));
        commit_unseen(&repo, "Leak");
        if number == 0 {
            first = repo.git(["rev-parse", "HEAD"]).ok().out();
        }
    }
    let out = check(&repo, &["--all-history"]).ends_with(1).out();
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(out.contains(first.trim()), "{out}");
}

#[test]
fn a_value_that_does_not_authenticate_is_found_once_where_its_key_is_at_hand() {
    let repo = guarded();
    let stored = String::from_utf8(repo.blob(":.env")).expect("text");
    let forged = stored.replace("API_KEY=", "MOVED_HERE=");
    assert_ne!(forged, stored);
    for number in 0..2 {
        stage_raw(&repo, ".env", format!("{forged}\n# {number}\n"));
        commit_unseen(&repo, "Forge");
    }
    let ran = check(&repo, &["--all-history"]).ends_with(4);
    let forged: Vec<_> = findings(&ran)
        .into_iter()
        .filter(|(_, rule)| rule == "forged-token")
        .collect();
    assert_eq!(forged, [(".env".to_owned(), "forged-token".to_owned())]);
    assert!(ran.out().contains("MOVED_HERE"), "{}", ran.out());
}

#[test]
fn plain_versions_of_protected_files_are_found_at_every_path() {
    let repo = guarded();
    // The same blob under another name first: the name must not hide the other.
    stage_raw(&repo, "a-copy.txt", ENV);
    stage_raw(&repo, "z/.env", ENV);
    stage_raw(&repo, "z/.ENV", "A=plain\n");
    commit_unseen(&repo, "Leak");
    let found = all(&repo);
    assert!(
        found.contains(&("z/.env".into(), "plain-in-history".into()))
            && found.contains(&("z/.ENV".into(), "plain-in-history".into())),
        "{found:?}"
    );
    assert!(
        found.iter().any(|(path, _)| path == "a-copy.txt"),
        "{found:?}"
    );
}

#[test]
fn every_ref_counts_and_so_do_messages_and_tagged_files() {
    let repo = guarded();
    let blob = write_blob(&repo, format!("see {EXTRA}"));
    repo.git(["tag", "loose", &blob]).ok();
    assert_eq!(all(&repo), [(String::new(), "known-value".into())]);
    repo.git(["tag", "-d", "loose"]).ok();
    repo.git(["switch", "--quiet", "-c", "side"]).ok();
    commit_unseen(&repo, &format!("Use {EXTRA}"));
    repo.git(["switch", "--quiet", "main"]).ok();
    assert_eq!(all(&repo), [("the message".into(), "known-value".into())]);
    repo.git(["branch", "--quiet", "-D", "side"]).ok();
    repo.git(["tag", "-a", "v1", "-m", EXTRA]).ok();
    assert_eq!(all(&repo), [("the message".into(), "known-value".into())]);
    repo.git(["tag", "-d", "v1"]).ok();
    repo.write("work.md", EXTRA);
    repo.git(["add", "work.md"]).ok();
    repo.git(["stash", "--quiet"]).ok();
    assert_eq!(all(&repo), [("work.md".into(), "known-value".into())]);
}

#[test]
fn what_only_a_merge_brings_is_found() {
    let repo = guarded();
    repo.git(["switch", "--quiet", "-c", "side"]).ok();
    commit_unseen(&repo, "Side");
    repo.git(["switch", "--quiet", "main"]).ok();
    commit_unseen(&repo, "Main");
    repo.git(["merge", "--quiet", "--no-commit", "side"]).ok();
    stage_raw(&repo, "evil.md", EXTRA);
    commit_unseen(&repo, "Merge");
    assert_eq!(all(&repo), [("evil.md".into(), "known-value".into())]);
    expect_range(&repo, "HEAD~1..HEAD", &[("evil.md", "known-value")]);
}

#[test]
fn a_large_blob_is_searched_in_pieces() {
    let repo = guarded();
    let mut large = vec![b'\n'; 20 << 20];
    large.extend_from_slice(EXTRA.as_bytes());
    stage_raw(&repo, "large.txt", large);
    commit_unseen(&repo, "Large");
    assert_eq!(all(&repo), [("large.txt".into(), "known-value".into())]);
    expect_range(&repo, "HEAD~1..HEAD", &[("large.txt", "known-value")]);
}

#[test]
fn a_missing_object_is_said() {
    let repo = guarded();
    let id = write_blob(&repo, "lost");
    crate::guarding::stage_id(&repo, "100644", &id, b"lost.md");
    commit_unseen(&repo, "Lost");
    std::fs::remove_file(repo.path(format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
    check(&repo, &["--all-history"]).ends_with(5);
    check(&repo, &["--range", "HEAD~1..HEAD"]).ends_with(5);
    let elsewhere = format!("{}..HEAD", "1".repeat(id.len()));
    check(&repo, &["--range", &elsewhere]).ends_with(5);
    let nowhere = check(&repo, &["--range", "nowhere..HEAD"]).ends_with(2);
    assert!(
        nowhere.mentions("nowhere names no commit here"),
        "{}",
        nowhere.err()
    );
}

#[test]
fn a_bare_repository_is_checked() {
    let repo = guarded();
    stage_raw(&repo, ".env", ENV);
    commit_unseen(&repo, "Leak");
    repo.git(["clone", "--quiet", "--bare", ".", "../bare"])
        .ok();
    let bare = Repo::at(repo.sandbox(), "bare");
    let found = all(&bare);
    assert!(
        found.contains(&(".env".into(), "plain-in-history".into())),
        "{found:?}"
    );
}

#[test]
fn rebased_and_amended_commits_are_judged() {
    let repo = guarded();
    repo.write("a.md", "one\n");
    repo.commit("One");
    repo.write("a.md", format!("{EXTRA}\n"));
    repo.git(["add", "a.md"]).ok();
    repo.git(["commit", "--amend", "--no-edit"]).fails();
    commit_unseen(&repo, "Leak");
    repo.git([
        "rebase",
        "--quiet",
        "--exec",
        "git seal check --range HEAD~1..HEAD",
        "HEAD~1",
    ])
    .fails();
}

#[test]
fn an_interrupt_ends_a_long_check_at_once() {
    let repo = guarded();
    for number in 0..6 {
        let text = format!("{number} lorem = ipsum password dolor\n").repeat(1 << 19);
        stage_raw(&repo, format!("big{number}.txt"), text);
    }
    commit_unseen(&repo, "Big");
    // The machine decides how far a check gets meanwhile: one that ends first proves nothing.
    let interrupted = (0..20).any(|pause| {
        let mut child = check(&repo, &["--all-history"]).start();
        std::thread::sleep(std::time::Duration::from_millis(pause * 5));
        let id = child.id().to_string();
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap();
        child.wait().unwrap().signal() == Some(2)
    });
    assert!(interrupted);
}
