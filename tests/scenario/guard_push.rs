//! The guard at a push, and on a server that has no key.

use crate::guarding::{
    EXTRA, commit_unseen, expect_range, guarded, keyless, put_hooks, silent, stage_raw, write_blob,
};
use crate::sandbox::{Call, ENV, Ran, Repo};

/// A repository with a bare remote that has its first commit.
fn with_remote(hooks: &[&str]) -> (Repo, Repo) {
    let repo = guarded();
    repo.git(["init", "--quiet", "--bare", "../server"]).ok();
    let server = Repo::at(repo.sandbox(), "server");
    repo.git(["remote", "add", "origin", "../server"]).ok();
    repo.git(["push", "--quiet", "-u", "origin", "main"]).ok();
    put_hooks(&server, hooks);
    (repo, server)
}

fn push(repo: &Repo, words: &[&str]) -> Call {
    repo.git(["push", "--no-verify", "origin"].iter().chain(words))
}

#[track_caller]
fn refused(call: Call, rule: &str) -> Ran {
    let ran = call.fails();
    silent(&ran);
    assert!(ran.mentions(&format!("[{rule}]")), "{}", ran.err());
    ran
}

#[test]
fn a_push_is_judged_commit_by_commit() {
    let (repo, _) = with_remote(&[]);
    stage_raw(&repo, "notes.md", EXTRA);
    commit_unseen(&repo, "Leak");
    repo.git(["rm", "--quiet", "--cached", "notes.md"]).ok();
    commit_unseen(&repo, "Take it back");
    let said = refused(repo.git(["push"]), "known-value");
    assert!(said.mentions(":notes.md:1:1"), "{}", said.err());
    refused(
        repo.git(["push", "origin", "HEAD:refs/heads/new"]),
        "known-value",
    );
    // Deleting refs and pushing what is there already bring nothing.
    repo.git(["push", "--quiet", "origin", "origin/main:refs/heads/same"])
        .ok();
    repo.git(["push", "--quiet", "origin", ":same"]).ok();
    repo.git(["reset", "--quiet", "--hard", "origin/main"]).ok();
    repo.write("notes.md", "fine\n");
    repo.commit("Fine");
    repo.git(["push", "--quiet"]).ok();
}

#[test]
fn messages_of_commits_and_tags_are_judged() {
    let (repo, _) = with_remote(&[]);
    commit_unseen(&repo, &format!("Now with {EXTRA}"));
    refused(repo.git(["push"]), "known-value");
    repo.git(["reset", "--quiet", "--hard", "origin/main"]).ok();
    repo.git(["tag", "-a", "v1", "-m", EXTRA]).ok();
    refused(repo.git(["push", "origin", "v1"]), "known-value");
}

#[test]
fn tags_of_files_and_trees_are_judged() {
    let (repo, _) = with_remote(&["pre-receive"]);
    let blob = write_blob(&repo, EXTRA);
    repo.git(["tag", "loose", &blob]).ok();
    refused(repo.git(["push", "origin", "loose"]), "known-value");
    stage_raw(&repo, "b/.env", "A=plain\n");
    let tree = repo.git(["write-tree"]).ok().out();
    repo.git(["tag", "-a", "tree", "-m", "A tree", tree.trim()])
        .ok();
    refused(repo.git(["push", "origin", "tree"]), "unsealed");
    refused(push(&repo, &["tree"]), "unsealed");
}

#[test]
fn a_server_without_a_key_refuses_plain_files_in_quarantine() {
    for hook in ["pre-receive", "update"] {
        let (repo, server) = with_remote(&[hook]);
        let before = server.git(["rev-parse", "main"]).ok().out();
        stage_raw(&repo, ".env", ENV);
        commit_unseen(&repo, "Leak");
        refused(push(&repo, &["main"]), "unsealed");
        refused(push(&repo, &["main:refs/heads/other"]), "unsealed");
        assert_eq!(server.git(["rev-parse", "main"]).ok().out(), before);
        repo.git(["reset", "--quiet", "--hard", "origin/main"]).ok();
        repo.write(".env", format!("{ENV}MORE=plain-secret\n"));
        repo.commit("More");
        push(&repo, &["--quiet", "main"]).ok();
        push(&repo, &["--quiet", "main:refs/heads/new"]).ok();
        push(&repo, &["--quiet", ":new"]).ok();
    }
}

#[test]
fn a_server_refuses_damage_and_strange_keys() {
    let (repo, _) = with_remote(&["pre-receive"]);
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).unwrap();
    let id_changed = sealed.replacen("seal1:A", "seal1:B", 1);
    for (text, rule) in [
        (sealed.replacen("seal1:", "seal1:%", 1), "damaged-token"),
        (id_changed, "damaged-token"),
    ] {
        stage_raw(&repo, ".env", text);
        commit_unseen(&repo, "Damage");
        refused(push(&repo, &["main"]), rule);
        repo.git(["reset", "--quiet", "--hard", "origin/main"]).ok();
    }
}

#[test]
fn no_branch_of_a_push_lends_its_policy_to_another() {
    let (repo, _) = with_remote(&["pre-receive"]);
    stage_raw(&repo, "new/.env", "A=plain\n");
    commit_unseen(&repo, "Leak");
    // A branch of its own root, where everything goes; its name comes first and its commit last.
    repo.git(["switch", "--quiet", "--orphan", "a-decoy"]).ok();
    repo.write(".gitattributes", "* -filter\n");
    repo.git(["add", ".gitattributes"]).ok();
    for number in ["1", "2", "3"] {
        commit_unseen(&repo, number);
    }
    refused(push(&repo, &["a-decoy", "main"]), "unsealed");
    refused(push(&repo, &["main", "a-decoy"]), "unsealed");
}

#[test]
fn an_exception_on_top_lets_earlier_commits_of_a_push_through() {
    let (repo, _) = with_remote(&["pre-receive"]);
    let attributes = repo.text(".gitattributes");
    repo.write(".gitattributes", format!("{attributes}.env -filter\n"));
    repo.git(["add", ".gitattributes"]).ok();
    commit_unseen(&repo, "Loosen");
    refused(push(&repo, &["main"]), "ratchet-filter");
    repo.write(
        ".seal/allow.jsonl",
        "{\"rule\":\"ratchet-filter\",\"path\":\".env\",\"reason\":\"agreed\",\"who\":\"Ann\"}\n",
    );
    repo.git(["add", ".seal/allow.jsonl"]).ok();
    commit_unseen(&repo, "Say why");
    push(&repo, &["--quiet", "main"]).ok();
}

#[test]
fn replacements_on_the_server_hide_nothing() {
    let (repo, _) = with_remote(&["pre-receive"]);
    let plain = write_blob(&repo, ENV);
    let sealed = repo.git(["rev-parse", "HEAD:.env"]).ok().out();
    repo.git(["replace", &plain, sealed.trim()]).ok();
    push(&repo, &["--quiet", "refs/replace/*:refs/replace/*"]).ok();
    stage_raw(&repo, ".env", ENV);
    commit_unseen(&repo, "Leak");
    refused(push(&repo, &["main"]), "unsealed");
}

#[test]
fn grafts_hide_no_commit() {
    let (repo, _) = with_remote(&[]);
    stage_raw(&repo, "notes.md", EXTRA);
    commit_unseen(&repo, "Leak");
    commit_unseen(&repo, "On top");
    let id = |name: &str| repo.git(["rev-parse", name]).ok().out().trim().to_owned();
    let graft = format!("{} {}\n", id("HEAD"), id("origin/main"));
    std::fs::create_dir_all(repo.path(".git/info")).unwrap();
    std::fs::write(repo.path(".git/info/grafts"), graft).unwrap();
    expect_range(&repo, "origin/main..main", &[("notes.md", "known-value")]);
    refused(repo.git(["push"]), "known-value");
}

#[test]
fn shallow_and_partial_clones_say_that_they_cannot_tell() {
    let (repo, server) = with_remote(&[]);
    repo.write("notes.md", "fine\n");
    repo.commit("Fine");
    push(&repo, &["--quiet", "main"]).ok();
    let url = format!("file://{}", server.directory().display());
    repo.git(["clone", "--quiet", "--depth=1", &url, "../shallow"])
        .ok();
    let shallow = Repo::at(repo.sandbox(), "shallow");
    shallow.seal(["check", "--all-history"]).ends_with(5);
    let said = shallow.seal(["check", "--range", "HEAD"]).ends_with(5);
    assert!(said.mentions("fetch-depth: 0"), "{}", said.err());
    server
        .git(["config", "uploadpack.allowFilter", "true"])
        .ok();
    repo.git([
        "clone",
        "--quiet",
        "--bare",
        "--filter=blob:none",
        &url,
        "../partial",
    ])
    .ok();
    let partial = Repo::at(repo.sandbox(), "partial");
    partial.seal(["check", "--all-history"]).ends_with(5);
    partial.seal(["check", "--range", "HEAD"]).ends_with(5);
}

#[test]
fn a_clone_without_a_key_still_judges_its_pushes() {
    let (repo, _) = with_remote(&[]);
    let clone = keyless(&repo, "clone");
    stage_raw(&clone, ".env", ENV);
    commit_unseen(&clone, "Leak");
    refused(
        clone.git(["push", "origin", "main:refs/heads/leak"]),
        "unsealed",
    );
}
