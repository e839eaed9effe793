//! The guard where attributes stand in unusual places, or in files that git does not read.

use crate::guarding::{
    EXTRA, attributes, check, expect_staged, findings, found_by, guarded, stage_id, stage_raw,
    write_blob,
};
use crate::sandbox::{Call, Repo};

/// A file that a personal attributes file alone protects, staged plain; and where that file is named.
fn protected_elsewhere() -> (Repo, String) {
    let repo = guarded();
    let sandbox = repo.sandbox();
    let lines = sandbox.write("mine.attributes", "secrets.txt filter=seal\n");
    let text = format!("[core]\n\tattributesFile = {}\n", lines.display());
    let config = sandbox.write("more.config", &text);
    stage_raw(&repo, "secrets.txt", "A=quokka-nine\n");
    (repo, config.display().to_string())
}

/// The commit is refused for what is plain in `secrets.txt`.
#[track_caller]
fn refuses(commit: Call) {
    let ran = commit.fails();
    assert!(ran.err().contains("secrets.txt:1:1"), "{}", ran.err());
}

#[test]
fn configuration_included_on_the_command_line_names_attributes() {
    let (repo, config) = protected_elsewhere();
    let include = format!("include.path={config}");
    refuses(repo.git(["-c", &include, "commit", "--quiet", "-m", "Plain"]));
    expect_staged(&repo, &[]);
}

#[test]
fn configuration_included_for_a_remote_names_attributes() {
    let (repo, config) = protected_elsewhere();
    let key = "includeIf.hasconfig:remote.*.url:https://example.org/**.path";
    repo.git(["config", key, &config]).ok();
    let url = "https://example.org/app.git";
    repo.git(["config", "remote.origin.url", url]).ok();
    refuses(repo.git(["commit", "--quiet", "-m", "Plain"]));
}

#[test]
fn attributes_that_git_does_not_read_are_told_of() {
    let repo = guarded();
    let target = write_blob(&repo, ".env -filter");
    stage_id(&repo, "120000", &target, b"sub/.gitattributes");
    stage_raw(&repo, "sub/notes.txt", "nothing\n");
    let told = |path| [(path, "attributes-unreadable")];
    expect_staged(&repo, &told("sub/.gitattributes"));
    repo.git(["rm", "-r", "--quiet", "--cached", "sub"]).ok();

    for text in [
        &b"\xef\xbb\xbfsecrets.txt filter=seal\n"[..],
        b"s\0e\0c\0r\0e\0t\0",
    ] {
        stage_raw(&repo, "sub/.gitattributes", text);
        expect_staged(&repo, &told("sub/.gitattributes"));
    }
    // With a mark, but nothing that is about sealing.
    let marked = b"\xef\xbb\xbf* text=auto\nsecrets.txt filter=seal\n";
    stage_raw(&repo, "sub/.gitattributes", marked);
    expect_staged(&repo, &[]);
}

#[test]
fn the_index_is_named_from_the_top_whatever_directory_one_is_in() {
    let repo = guarded();
    attributes(&repo, "*.ini filter=seal\n");
    repo.write("sub/notes.txt", format!("see {EXTRA}\n"));
    let other = |call: Call| call.env("GIT_INDEX_FILE", ".git/other");
    std::fs::copy(repo.path(".git/index"), repo.path(".git/other")).expect("an index");
    other(repo.git(["add", "sub/notes.txt"])).ok();
    let below = other(check(&repo, &[])).below("sub").fails();
    let expected = ("sub/notes.txt".to_owned(), "known-value".to_owned());
    assert_eq!(findings(&below), [expected]);
    assert_eq!(found_by(&repo, &[]), []);
}
