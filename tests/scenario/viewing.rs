//! Seeing changes without seeing values.

use crate::sandbox::{ENV, KEY, PLAIN, Repo};

/// A repository with two commits: [`ENV`], then a change, an addition and a removal.
fn edited() -> Repo {
    let repo = Repo::with_env();
    repo.write(".env", edit());
    repo.commit("Edit");
    repo
}

fn edit() -> String {
    ENV.replace("hunter2-winter@db", "hunter2-winter@other")
        .replace("EMPTY=\n", "NEW=quokka-nine\n")
}

#[test]
fn gits_own_views_are_masked_in_open_and_locked_clones() {
    let repo = edited();
    let locked = repo.clone_to("locked");
    locked.seal(["install"]).ok();
    for clone in [&repo, &locked] {
        for words in [
            &["show", "HEAD"][..],
            &["diff", "HEAD~"],
            &["log", "-p"],
            &["diff", "HEAD~", "HEAD", "--stat", "-p"],
            &["show", "--textconv", "HEAD:.env"],
        ] {
            let shown = clone.git(words).ok();
            shown.tells_nothing();
            assert!(
                shown.out().contains("••••••••"),
                "{words:?}: {}",
                shown.out()
            );
            assert!(
                !shown.out().contains("seal1:"),
                "{words:?}: {}",
                shown.out()
            );
        }
        let blame = clone.git(["blame", "HEAD", "--", ".env"]).ok();
        assert!(blame.tells_nothing().out().contains("••••••••"));
        let changed = clone.git(["diff", "HEAD~", "HEAD"]).ok().out();
        let lines = changed
            .lines()
            .filter(|l| l.starts_with(['+', '-']) && l.contains('•'));
        assert_eq!(
            lines.count(),
            4,
            "what did not change has the same mark\n{changed}"
        );
    }
}

#[test]
fn diff_says_what_changed_in_every_form_and_shows_no_value() {
    let repo = edited();
    for form in [
        &[][..],
        &["--stat"],
        &["--side-by-side"],
        &["--json"],
        &["--format", "markdown"],
        &["--mask", "edges"],
        &["--mask", "shape"],
    ] {
        for columns in ["40", "80", "200"] {
            let words = ["diff", "HEAD~", "HEAD"].iter().chain(form);
            let shown = repo.seal(words).env("COLUMNS", columns).ok();
            shown.tells_nothing();
            if form != ["--stat"] {
                for name in ["DATABASE_URL", "NEW", "EMPTY"] {
                    assert!(
                        shown.out().contains(name) || columns == "40",
                        "{form:?}: {}",
                        shown.out()
                    );
                }
            }
            assert!(!shown.out().contains("API_KEY"), "{}", shown.out());
        }
    }
    let json = repo.seal(["diff", "HEAD~", "HEAD", "--json"]).ok();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["files"][0]["changes"][0]["parts"][0]["part"], "host");
}

#[test]
fn diff_compares_what_git_diff_compares() {
    let repo = edited();
    let changed = |words: &[&str]| {
        let shown = repo.seal(words).ok().out();
        shown.contains("DATABASE_URL")
    };
    assert!(!changed(&["diff"]) && !changed(&["diff", "--staged"]) && !changed(&["diff", "HEAD"]));
    for words in [
        &["diff", "HEAD~"][..],
        &["diff", "HEAD~", "HEAD"],
        &["diff", "HEAD~..HEAD"],
        &["diff", "HEAD~...HEAD"],
        &["diff", "HEAD~.."],
        &["diff", "--staged", "HEAD~"],
        &["diff", "HEAD~", "--", ".env"],
        &["diff", "HEAD~", ".env"],
    ] {
        assert!(changed(words), "{words:?}");
    }
    assert!(!changed(&["diff", "HEAD~", "--", "other"]));
    repo.write(".env", ENV);
    assert!(changed(&["diff"]) && !changed(&["diff", "--staged"]));
    repo.git(["add", ".env"]).ok();
    assert!(!changed(&["diff"]) && changed(&["diff", "--staged"]));
    repo.seal(["diff", "nowhere"]).ends_with(2);
    repo.seal(["diff", "HEAD", "--exit-code"]).ends_with(1);
    repo.seal(["diff", "HEAD", "--exit-code", "--", "other"])
        .ok();
}

#[test]
fn diff_without_a_key_names_what_came_went_and_changed() {
    let locked = edited().clone_to("locked");
    let shown = locked.seal(["diff", "HEAD~", "HEAD"]).ok();
    let shown = shown.tells_nothing().out();
    for line in ["~ DATABASE_URL", "- EMPTY", "+ NEW"] {
        assert!(shown.contains(line), "{shown}");
    }
    assert!(!shown.contains("API_KEY"), "{shown}");
}

#[test]
fn values_are_revealed_only_where_it_is_meant() {
    let repo = edited();
    repo.seal(["diff", "HEAD~", "--reveal"])
        .ends_with(2)
        .tells_nothing();
    let shown = repo.seal(["diff", "HEAD~", "--reveal", "--yes"]).ok();
    assert!(shown.out().contains("quokka-nine"));
    let long = "long-value-".repeat(20);
    repo.write(".env", format!("LONG={long}\n"));
    let shown = repo.seal(["diff", "--reveal", "--yes"]).ok();
    assert!(shown.out().contains(&long), "whole: {}", shown.out());
}

#[test]
fn a_variable_is_moved_between_files_and_an_opaque_file_is_one_change() {
    let repo = Repo::with_env();
    repo.seal(["track", "--opaque", "key.p12"]).ok();
    repo.write("key.p12", b"\0quokka-nine");
    repo.write(
        ".env",
        ENV.replace("API_KEY=\"sk_live_4eC39HqLyjWD\" # billing-quartz\n", ""),
    );
    repo.write(
        "api.env",
        "API_KEY=\"sk_live_4eC39HqLyjWD\" # billing-quartz\n",
    );
    repo.git(["add", "--all"]).ok();
    let shown = repo.seal(["diff", "--staged"]).ok();
    let shown = shown.tells_nothing().out();
    assert!(
        shown.contains("> API_KEY") && shown.contains("from .env"),
        "{shown}"
    );
    assert!(
        shown.contains("key.p12 (default)\n  + the whole file"),
        "{shown}"
    );
}

#[test]
fn escapes_in_names_and_paths_do_not_reach_the_terminal() {
    let repo = Repo::with_env();
    repo.write(
        "\x1b[2J.env",
        "A=1\nB=\x1b[31mred-value\n# \x1b]0;title\x07\n",
    );
    repo.git(["add", "--all"]).ok();
    repo.git(["commit", "--quiet", "-m", "\x1b[2J"]).ok();
    for words in [
        &["diff", "HEAD~", "HEAD"][..],
        &["diff", "HEAD~", "HEAD", "--reveal", "--yes"],
        &["diff", "HEAD~", "HEAD", "--json"],
        &["diff", "HEAD~", "HEAD", "--format", "markdown"],
        &["log"],
        &["log", "--json"],
    ] {
        let out = repo.seal(words).ok().out();
        assert!(!out.contains(['\x1b', '\x07']), "{words:?}: {out:?}");
    }
}

#[test]
fn log_follows_a_variable_through_its_names() {
    let repo = edited();
    repo.write(".env", edit().replace("NEW=", "NEWER="));
    repo.commit("Rename");
    repo.write(
        ".env",
        edit().replace("NEW=quokka-nine", "NEWER=quokka-nine-two"),
    );
    repo.commit("Change");
    let shown = repo.seal(["log", "NEWER"]).ok();
    let shown = shown.tells_nothing().out();
    let subjects: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.split_once("Test: ").map(|(_, subject)| subject))
        .collect();
    assert_eq!(subjects, ["Change", "Rename", "Edit"], "{shown}");
    assert!(shown.contains("was NEW"), "{shown}");
    let json = repo.seal(["log", "NEWER", "--json"]).ok();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["commits"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        json["commits"][1]["files"][0]["changes"][0]["what"],
        "renamed"
    );
    let gone = repo.seal(["log", "NEW"]).ok().out();
    assert!(gone.contains("was NEW") && gone.contains("Edit"), "{gone}");
    assert!(!gone.contains("Change"), "that is no longer NEW\n{gone}");
    repo.seal(["log", "NOWHERE"]).ends_with(1);
    repo.seal(["log", "NEWER", "--", "other"]).ends_with(1);
}

#[test]
fn compare_tells_drift_by_names_and_values() {
    let repo = Repo::with_env();
    repo.write(
        "a.env",
        "SAME=quokka-nine\nURL=\"postgres://u:quokka-nine@a/x\"\nLEFT=1\n",
    );
    repo.write(
        "b.env",
        "SAME='quokka-nine'\nURL=postgres://u:quokka-nine@b/x\nRIGHT=1\n",
    );
    repo.write("a.env.example", "SAME=\nURL=\nMORE=\n");
    let ran = repo
        .seal(["compare", "a.env", "b.env", "--exit-code"])
        .ends_with(1);
    assert_eq!(
        ran.tells_nothing().out(),
        "- LEFT   only in a.env\n+ RIGHT  only in b.env\n~ URL    differs (host)\n= 1 equal\n"
    );
    let ran = repo
        .seal(["compare", "a.env", "a.env.example", "--exit-code"])
        .ends_with(1);
    assert_eq!(
        ran.out(),
        "- LEFT  only in a.env\n+ MORE  only in a.env.example\n= 2 in both\n"
    );
    repo.seal(["compare", "HEAD:.env", ".env", "--exit-code"])
        .ok();
    std::fs::create_dir(repo.path("deep")).unwrap();
    for name in ["HEAD:.env", "HEAD:../.env"] {
        let compare = repo.seal(["compare", name, "../.env", "--exit-code"]);
        compare.below("deep").ok();
    }
    let ran = repo.seal(["compare", "default", "a.env", "--json"]).ok();
    let json: serde_json::Value = serde_json::from_slice(&ran.tells_nothing().stdout).unwrap();
    assert_eq!(json["missing_left"][0], "LEFT");
    repo.seal(["compare", "staging", ".env"]).ends_with(2);
    repo.seal(["compare", "HEAD:nothing", ".env"]).ends_with(2);
}

#[test]
fn no_view_leaves_anything_behind() {
    let repo = edited();
    for words in [
        &["diff", "HEAD~"][..],
        &["log"],
        &["compare", "HEAD~:.env", ".env"],
    ] {
        repo.seal(words).env("SECRETS_MASTER_KEY", KEY).ok();
    }
    repo.git(["log", "-p"]).ok();
    repo.assert_clean();
    repo.assert_nowhere(&PLAIN);
}
