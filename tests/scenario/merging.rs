//! Two people edit the same `.env`: merges by variable, whatever git command asks for them.

use std::sync::Arc;

use git_seal::core::key::{Keyring, MasterKey, SealKey};
use git_seal::core::ledger::{Ledger, Meta};

use crate::sandbox::{KEY, OTHER_KEY, PLAIN, Ran, Repo, contains};

/// Every line is the next one's neighbour.
const BASE: &str = "A=quokka-nine-a\nB=quokka-nine-b\nC=quokka-nine-c\n";

/// A repository with `base`, and on the branches `main` and `other` what the two sides made of it;
/// `main` is checked out.
fn diverged(base: &str, ours: &str, theirs: &str) -> Repo {
    let repo = Repo::initialised();
    repo.write(".env", base);
    repo.commit("Base");
    repo.git(["switch", "--quiet", "-c", "other"]).ok();
    repo.write(".env", theirs);
    repo.commit("Theirs");
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.write(".env", ours);
    repo.commit("Ours");
    repo
}

/// Edits of different variables next to each other, and additions at the same place.
fn harmless() -> (Repo, &'static str) {
    let repo = diverged(
        BASE,
        "A=quokka-nine-ours\nB=quokka-nine-b\nC=quokka-nine-c\nOURS=quokka-nine-1\n",
        "A=quokka-nine-a\nB=quokka-nine-theirs\nC=quokka-nine-c\nTHEIRS=quokka-nine-2\n",
    );
    let merged = "A=quokka-nine-ours\nB=quokka-nine-theirs\nC=quokka-nine-c\nOURS=quokka-nine-1\nTHEIRS=quokka-nine-2\n";
    (repo, merged)
}

fn conflicting() -> Repo {
    diverged(
        BASE,
        "A=quokka-nine-ours\nB=quokka-nine-b\nC=quokka-nine-c\n",
        "A=quokka-nine-theirs\nB=quokka-nine-b\nC=quokka-nine-c\n",
    )
}

#[track_caller]
fn assert_merged(repo: &Repo, merged: &str) {
    assert_eq!(repo.text(".env"), merged);
    repo.assert_well();
}

fn told(ran: &Ran) -> String {
    ran.out() + &ran.err()
}

#[test]
fn a_merge_keeps_both_sides_changes() {
    let (repo, merged) = harmless();
    repo.git(["merge", "--quiet", "-m", "Merge", "other"]).ok();
    assert_merged(&repo, merged);
}

#[test]
fn a_merge_without_any_key_works_on_tokens() {
    let (repo, merged) = harmless();
    let other = repo.clone_to("locked");
    other.git(["branch", "other", "origin/other"]).ok();
    other.seal(["install"]).ok();
    other.git(["merge", "--quiet", "-m", "Merge", "other"]).ok();
    assert!(contains(&other.read(".env"), b"OURS=seal1:"));
    other.assert_nowhere(&PLAIN);
    other.unlock();
    assert_eq!(other.text(".env"), merged);
    repo.assert_clean();
}

#[test]
fn a_rebase_a_cherry_pick_and_a_stash_merge_by_variable() {
    let (repo, merged) = harmless();
    repo.git(["rebase", "--quiet", "other"]).ok();
    let mut lines: Vec<String> = repo.text(".env").lines().map(str::to_owned).collect();
    let mut expected: Vec<&str> = merged.lines().collect();
    lines.sort();
    expected.sort_unstable();
    assert_eq!(lines, expected);
    repo.assert_well();

    let (repo, merged) = harmless();
    repo.git(["cherry-pick", "other"]).ok();
    assert_merged(&repo, merged);

    let (repo, merged) = harmless();
    let theirs = repo.git(["show", "--no-textconv", "other:.env"]).ok();
    assert!(contains(&theirs.stdout, b"seal1:"));
    repo.git(["switch", "--quiet", "other"]).ok();
    let plain = repo.text(".env");
    repo.git(["switch", "--quiet", "--detach", "main~"]).ok();
    repo.write(".env", plain);
    repo.git(["stash", "--quiet"]).ok();
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.git(["stash", "pop", "--quiet"]).ok();
    assert_eq!(repo.text(".env"), merged);
    repo.commit("After the stash");
    repo.assert_well();
}

#[test]
fn a_revert_of_one_variable_leaves_the_others() {
    let (repo, merged) = harmless();
    repo.git(["merge", "--quiet", "-m", "Merge", "other"]).ok();
    repo.git(["revert", "--no-edit", "other"]).ok();
    let expected = merged
        .replace("THEIRS=quokka-nine-2\n", "")
        .replace("quokka-nine-theirs", "quokka-nine-b");
    assert_merged(&repo, &expected);
}

#[test]
fn a_conflict_is_plain_to_see_and_sealed_in_every_object() {
    let repo = conflicting();
    let merge = repo.git(["merge", "other"]).ends_with(1);
    assert!(told(&merge).contains("CONFLICT"), "{}", told(&merge));
    assert_eq!(
        repo.text(".env"),
        "<<<<<<< HEAD\nA=quokka-nine-ours\n=======\nA=quokka-nine-theirs\n>>>>>>> other\nB=quokka-nine-b\nC=quokka-nine-c\n"
    );
    repo.assert_nowhere(&PLAIN);
    repo.write(".env", BASE);
    repo.commit("Resolved");
    repo.assert_well();
}

#[test]
fn conflict_styles_show_the_base() {
    for (style, base) in [("diff3", true), ("zdiff3", true), ("merge", false)] {
        let repo = conflicting();
        repo.git(["config", "merge.conflictStyle", style]).ok();
        repo.git(["merge", "other"]).ends_with(1);
        let text = repo.text(".env");
        assert_eq!(text.contains("|||||||"), base, "{style}: {text}");
        assert_eq!(text.contains("A=quokka-nine-a\n"), base, "{style}: {text}");
        repo.assert_nowhere(&PLAIN);
    }
}

/// Git 2.44 tells a driver what the sides are called, and so which commits they are.
fn tells_labels(repo: &Repo) -> bool {
    let version = repo.git(["version"]).ok().out();
    let mut numbers = version.split([' ', '.']).filter_map(|n| n.parse().ok());
    (numbers.next(), numbers.next()) >= (Some(2), Some(44))
}

#[test]
fn rerere_replays_a_resolution_and_keeps_tokens_out_of_sight() {
    let repo = conflicting();
    if !tells_labels(&repo) {
        return;
    }
    repo.git(["config", "rerere.enabled", "true"]).ok();
    repo.git(["merge", "other"]).ends_with(1);
    let resolved = BASE.replace("quokka-nine-a", "quokka-nine-both");
    repo.write(".env", &resolved);
    repo.commit("Resolved");
    repo.git(["reset", "--quiet", "--hard", "HEAD~"]).ok();
    repo.git(["merge", "other"]).ends_with(1);
    assert_eq!(repo.text(".env"), resolved, "as it was resolved before");
    repo.git(["commit", "--quiet", "--all", "-m", "Again"]).ok();
    repo.assert_well();
}

#[test]
fn a_renamed_file_merges_with_its_old_self() {
    let repo = Repo::initialised();
    let base: String = (0..20).map(|n| format!("V{n}=quokka-nine-{n}\n")).collect();
    repo.write(".env", &base);
    repo.commit("Base");
    repo.git(["switch", "--quiet", "-c", "other"]).ok();
    std::fs::create_dir(repo.path("config")).unwrap();
    repo.git(["mv", ".env", "config/app.env"]).ok();
    repo.commit("Move");
    repo.git(["switch", "--quiet", "main"]).ok();
    let edited = base.replace("V3=quokka-nine-3\n", "V3=quokka-nine-x\n");
    repo.write(".env", &edited);
    repo.commit("Edit");
    repo.git(["merge", "--quiet", "-m", "Merge", "other"]).ok();
    assert_eq!(repo.text("config/app.env"), edited);
    repo.assert_well();
}

#[test]
fn a_criss_cross_merge_has_a_base_of_its_own() {
    let (repo, merged) = harmless();
    repo.git(["branch", "first"]).ok();
    repo.git(["merge", "--quiet", "-m", "One", "other"]).ok();
    repo.git(["switch", "--quiet", "other"]).ok();
    repo.git(["merge", "--quiet", "-m", "Two", "first"]).ok();
    repo.write(
        ".env",
        repo.text(".env").replace("nine-theirs", "nine-twice"),
    );
    repo.commit("On");
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.write(".env", merged.replace("nine-ours", "nine-again"));
    repo.commit("On");
    repo.git(["merge", "--quiet", "-m", "Three", "other"]).ok();
    let expected = merged
        .replace("nine-theirs", "nine-twice")
        .replace("nine-ours", "nine-again");
    assert_merged(&repo, &expected);
}

#[test]
fn criss_cross_conflicts_are_sealed_in_the_inner_base_too() {
    let repo = conflicting();
    repo.git(["branch", "first"]).ok();
    repo.git(["merge", "other"]).ends_with(1);
    repo.write(".env", BASE.replace("nine-a", "nine-left"));
    repo.commit("One");
    repo.git(["switch", "--quiet", "other"]).ok();
    repo.git(["merge", "first"]).ends_with(1);
    repo.write(".env", BASE.replace("nine-a", "nine-right"));
    repo.commit("Two");
    repo.git(["merge", "main"]).ends_with(1);
    let text = repo.text(".env");
    assert!(
        text.contains("A=quokka-nine-left") && text.contains("A=quokka-nine-right"),
        "{text}"
    );
    repo.assert_nowhere(&PLAIN);
}

#[test]
fn an_octopus_merges_what_lies_apart_and_stays_sealed() {
    let repo = Repo::initialised();
    let base: String = (0..30).map(|n| format!("V{n}=quokka-nine-{n}\n")).collect();
    repo.write(".env", &base);
    repo.commit("Base");
    for (branch, n) in [("one", 3), ("two", 15), ("three", 27)] {
        repo.git(["switch", "--quiet", "-c", branch, "main"]).ok();
        repo.write(
            ".env",
            base.replace(&format!("V{n}=quokka"), &format!("V{n}=new-quokka")),
        );
        repo.commit(branch);
    }
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.git(["merge", "--quiet", "-m", "Octopus", "one", "two", "three"])
        .ok();
    // Git merges an octopus by lines, without drivers and filters: the work tree holds tokens.
    assert!(contains(&repo.read(".env"), b"V3=seal1:"));
    repo.assert_well();
    std::fs::remove_file(repo.path(".env")).unwrap();
    repo.git(["checkout", "--quiet", "."]).ok();
    assert_eq!(repo.text(".env").matches("=new-quokka").count(), 3);
}

#[test]
fn merge_tree_gives_the_merged_tree_without_a_work_tree() {
    let (repo, merged) = harmless();
    if !repo.git_can(["merge-tree", "--write-tree", "main", "main"]) {
        return;
    }
    let tree = repo
        .git(["merge-tree", "--write-tree", "main", "other"])
        .ok()
        .out();
    let blob = repo.blob(&format!("{}:.env", tree.trim()));
    assert!(contains(&blob, b"THEIRS=seal1:") && contains(&blob, b"OURS=seal1:"));
    repo.git(["read-tree", "-u", "--reset", tree.trim()]).ok();
    assert_eq!(repo.text(".env"), merged);
    repo.assert_nowhere(&PLAIN);
}

#[test]
fn opaque_files_are_chosen_whole() {
    let repo = Repo::initialised();
    repo.seal(["track", "--opaque", "key.p12"]).ok();
    repo.write("key.p12", b"\0quokka-nine base");
    repo.commit("Base");
    repo.git(["switch", "--quiet", "-c", "other"]).ok();
    repo.write("key.p12", b"\0quokka-nine theirs");
    repo.commit("Theirs");
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.write("key.p12", b"\0quokka-nine ours");
    repo.commit("Ours");
    let merge = repo.git(["merge", "other"]).ends_with(1);
    merge.says(
        "git-seal: warning: key.p12: both sides changed this file, which is sealed as a whole; ours stands in the work tree\n\
         git-seal: hint: choose with `git checkout --ours` or `git checkout --theirs` and the path, then `git add` it\n",
    );
    assert_eq!(repo.read("key.p12"), b"\0quokka-nine ours");
    repo.git(["checkout", "--theirs", "key.p12"]).ok();
    assert_eq!(repo.read("key.p12"), b"\0quokka-nine theirs");
    repo.commit("Chosen");
    repo.assert_well();
}

#[test]
fn whatever_is_no_conflict_ends_with_129() {
    let repo = Repo::with_env();
    for words in [
        vec!["merge-driver"],
        vec!["merge-driver", "--help"],
        vec!["merge-driver", "a", "b", "c", ".env", "7"],
        vec!["merge-driver", ".env", ".env", ".env", ".env", "many"],
    ] {
        repo.seal(words).ends_with(129).tells_nothing();
    }
    repo.assert_env();
}

#[test]
fn a_plain_side_cannot_be_merged_without_a_key_and_nothing_is_changed() {
    let (repo, _) = harmless();
    repo.write("o", "A=1\n");
    repo.write("a", "A=quokka-nine\n");
    repo.write("b", "A=1\nB=2\n");
    let clone = repo.clone_to("locked");
    for name in ["o", "a", "b"] {
        clone.write(name, repo.read(name));
    }
    let ran = clone
        .seal(["merge-driver", "o", "a", "b", ".env", "7"])
        .ends_with(129);
    assert!(ran.mentions("no key at hand"), "{}", ran.err());
    ran.tells_nothing();
    assert_eq!(clone.text("a"), "A=quokka-nine\n");
}

/// Rotates the key of `default` to [`OTHER_KEY`], as the branch's ledger then says.
fn rotate(repo: &Repo) {
    let master = |text: &str| MasterKey::parse(text.as_bytes()).unwrap();
    let new = SealKey::derive(master(OTHER_KEY));
    let mut old = Keyring::new();
    old.add(Arc::new(SealKey::derive(master(KEY))));
    let ledger = Ledger::parse(&repo.read(".seal/ledger.jsonl")).unwrap();
    let meta = Meta {
        time: "2024-05-06T07:08:09Z".parse().unwrap(),
        who: "Test <test@example.org>".to_owned(),
        reason: "a test".to_owned(),
        files: 1,
        values: 1,
        due: None,
        suite: None,
    };
    let environment = "default".parse().unwrap();
    let entry = ledger
        .rotate(&environment, &new, &old, meta, false)
        .unwrap();
    repo.write(".seal/ledger.jsonl", ledger.with(entry).to_text());
    repo.seal(["key", "import", "--env", "default"])
        .stdin(OTHER_KEY)
        .ok();
    repo.git(["add", ".seal"]).ok();
    repo.seal(["reseal"]).ok();
    repo.commit("Rotate");
}

/// The other branch rotates after its edit.
fn rotated() -> (Repo, &'static str) {
    let (repo, merged) = harmless();
    repo.git(["switch", "--quiet", "other"]).ok();
    rotate(&repo);
    repo.git(["switch", "--quiet", "main"]).ok();
    (repo, merged)
}

/// The key that a token of this blob names.
fn key_of(repo: &Repo, name: &str) -> Vec<u8> {
    let blob = repo.blob(name);
    let at = memchr::memmem::find(&blob, b"seal1:").unwrap();
    blob[at..at + 16].to_vec()
}

#[test]
fn a_merge_across_a_rotation_is_under_the_newer_key_whichever_side_rotated() {
    for (here, there) in [("main", "other"), ("other", "main")] {
        let (repo, merged) = rotated();
        let newer = key_of(&repo, "other:.env");
        repo.git(["switch", "--quiet", here]).ok();
        repo.git(["merge", "--quiet", "-m", "Merge", there]).ok();
        let mut lines: Vec<String> = repo.text(".env").lines().map(str::to_owned).collect();
        lines.sort();
        let mut expected: Vec<&str> = merged.lines().collect();
        expected.sort_unstable();
        assert_eq!(lines, expected);
        let blob = repo.blob("HEAD:.env");
        let tokens = memchr::memmem::find_iter(&blob, b"seal1:").count();
        let under_newer = memchr::memmem::find_iter(&blob, &newer).count();
        assert_eq!(tokens, under_newer, "{there} into {here}");
        repo.assert_well();
    }
}

#[test]
fn a_picked_commit_comes_without_the_rotation_of_another_commit() {
    let (repo, _) = rotated();
    repo.git(["switch", "--quiet", "other"]).ok();
    let after = repo
        .text(".env")
        .replace("quokka-nine-c", "quokka-nine-picked");
    repo.write(".env", after);
    repo.commit("After the rotation");
    repo.git(["switch", "--quiet", "main"]).ok();
    let older = key_of(&repo, "HEAD:.env");
    repo.git(["cherry-pick", "other"]).ok();
    assert!(repo.text(".env").contains("C=quokka-nine-picked"));
    assert_eq!(
        key_of(&repo, "HEAD:.env"),
        older,
        "as this branch's ledger says"
    );
    repo.assert_well();

    // The commit that rotates brings its key; where git does not tell the driver of that commit, it
    // takes a reseal.
    repo.git(["cherry-pick", "other~"]).ok();
    if !tells_labels(&repo) {
        assert_eq!(key_of(&repo, "HEAD:.env"), older);
        repo.seal(["reseal"]).ok();
        repo.git(["commit", "--quiet", "-m", "Reseal"]).ok();
    }
    assert_ne!(key_of(&repo, "HEAD:.env"), older);
    repo.assert_well();
}
