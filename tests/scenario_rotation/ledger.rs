//! The ledger's own commands.

use chrono::{DateTime, Days, Utc};
use git_seal::core::key::{MasterKey, SealKey};
use git_seal::core::ledger::{Ledger, Meta};

use crate::sandbox::{KEY, Repo};
use crate::support::{current_key, rotate};

const LEDGER: &str = ".seal/ledger.jsonl";

/// A repository with three entries in its ledger, all committed.
fn rotated_twice() -> Repo {
    let repo = Repo::with_env();
    for reason in ["first", "second"] {
        rotate(&repo, reason);
        repo.commit(reason);
    }
    repo
}

fn lines(repo: &Repo) -> Vec<String> {
    repo.text(LEDGER).lines().map(str::to_owned).collect()
}

fn put(repo: &Repo, lines: &[String]) {
    repo.write(LEDGER, lines.join("\n") + "\n");
}

/// Codes of `ledger verify`: with the key, without it in a clone of the sound one, and there with
/// `--against`.
fn codes(repo: &Repo, name: &str) -> (i32, i32, i32) {
    let with_key = repo.seal(["ledger", "verify"]).run().code;
    let clone = repo.clone_to(name);
    clone.write(LEDGER, repo.text(LEDGER));
    let ignorant = clone.seal(["ledger", "verify"]).run().code;
    let against = clone.seal(["ledger", "verify", "--against", "HEAD"]);
    (with_key, ignorant, against.run().code)
}

#[test]
fn a_ledger_that_this_clone_lacks_is_not_taken_for_none() {
    let repo = rotated_twice();
    let id = repo.git(["rev-parse", "HEAD~1:.seal/ledger.jsonl"]).ok();
    let id = id.out().trim().to_owned();
    let (directory, file) = id.split_at(2);
    std::fs::remove_file(repo.path(format!(".git/objects/{directory}/{file}"))).unwrap();
    let against = |revision: &str| repo.seal(["ledger", "verify", "--against", revision]);
    against("HEAD").ok();
    against("HEAD~1").ends_with(5).says(&format!(
        "git-seal: error: object {id} is missing from this clone\n\
         git-seal: hint: this clone is shallow, partial or damaged: `git fetch --unshallow`, `git fetch --refetch --no-filter`, or `git fsck`\n"
    ));
    // Where another ledger is enough, nothing fails.
    repo.git(["checkout", "--quiet", "-f", "HEAD"]).ok();
    repo.seal(["status"]).ok();
    repo.git(["branch", "old", "HEAD~1"]).ok();
    let key = current_key(&repo);
    repo.seal(["lock"]).ok();
    repo.seal(["unlock", "--stdin"]).stdin(key).ok();
    repo.assert_clean();
}

#[test]
fn whatever_is_done_to_a_line_is_found() {
    let repo = rotated_twice();
    let sound = lines(&repo);
    assert_eq!(sound.len(), 3);
    repo.seal(["ledger", "verify"]).ok();
    let changed = |at: usize, from: &str, to: &str| {
        let mut lines = sound.clone();
        assert!(lines[at].contains(from), "{from}");
        lines[at] = lines[at].replacen(from, to, 1);
        lines
    };
    let without = |at: usize| {
        let mut lines = sound.clone();
        lines.remove(at);
        lines
    };
    let mut reordered = sound.clone();
    reordered.swap(1, 2);
    let mut inserted = sound.clone();
    inserted.insert(1, "not an entry".to_owned());
    let mac = sound[2].split("\"macs\":{\"").nth(1).unwrap()[19..23].to_owned();
    let other_mac = if mac == "0000" { "1111" } else { "0000" };
    let first_mac = format!("\":\"{mac}");
    // What was done, the ledger, and the exit codes; 3 is "sound as far as can be told without".
    let table = [
        ("edited", changed(1, "first", "fir5t"), (4, 4, 4)),
        ("deleted", without(1), (1, 1, 1)),
        ("deleted at the start", without(0), (1, 1, 1)),
        ("truncated", without(2), (1, 1, 1)),
        ("reordered", reordered, (1, 1, 1)),
        ("inserted", inserted, (4, 4, 4)),
        (
            "another MAC",
            changed(2, &first_mac, &format!("\":\"{other_mac}")),
            (4, 3, 3),
        ),
    ];
    for (number, (what, lines, expected)) in table.into_iter().enumerate() {
        put(&repo, &lines);
        assert_eq!(codes(&repo, &format!("clone{number}")), expected, "{what}");
    }
}

#[test]
fn a_bad_line_is_named_by_its_number() {
    let repo = rotated_twice();
    let mut lines = lines(&repo);
    lines[1].push('x');
    put(&repo, &lines);
    let ran = repo.seal(["ledger", "verify"]).ends_with(4);
    assert!(ran.out().contains("line 2:"), "{}", ran.out());
    repo.seal(["rotate", "--reason", "x"]).ends_with(4);
}

#[test]
fn an_old_branch_is_older_and_a_cut_ledger_went_backwards() {
    let repo = rotated_twice();
    repo.seal(["status"]).run();
    repo.git(["checkout", "--quiet", "HEAD~1"]).ok();
    let older = repo.seal(["ledger", "verify"]).ok();
    assert!(
        older.out().contains("this ledger is older"),
        "{}",
        older.out()
    );
    repo.git(["checkout", "--quiet", "main"]).ok();
    // A force push took the last rotation away, everywhere but in this clone's memory.
    repo.git(["reset", "--quiet", "--hard", "HEAD~1"]).ok();
    let cut = repo.seal(["ledger", "verify"]).ends_with(1);
    assert!(cut.out().contains("went backwards"), "{}", cut.out());
}

#[test]
fn a_rotation_thrown_away_before_it_was_committed_leaves_no_trace() {
    let repo = Repo::with_env();
    rotate(&repo, "a mistake");
    repo.seal(["status"]).run();
    repo.git(["reset", "--quiet", "--hard"]).ok();
    repo.seal(["ledger", "verify"]).ok();
    repo.assert_env();
    let ran = rotate(&repo, "the real one");
    assert!(!ran.mentions("fork"), "{}", ran.err());
}

#[test]
fn the_ledger_is_shown_and_exported_in_every_form() {
    let repo = rotated_twice();
    let shown = repo.seal(["ledger", "show"]).ok();
    shown.tells_nothing();
    for text in ["create", "first", "second", "Test <test@example.org>", "━"] {
        assert!(shown.out().contains(text), "{text}\n{}", shown.out());
    }
    let json = repo.seal(["ledger", "show", "--json"]).ok().out();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["entries"].as_array().unwrap().len(), 3);
    let csv = repo
        .seal(["ledger", "export", "--format", "csv"])
        .ok()
        .out();
    assert_eq!(csv.lines().count(), 4);
    let html = repo.sandbox().path("ledger.html");
    let name = html.to_str().unwrap();
    repo.seal(["ledger", "export", "--format", "html", "-o", name])
        .ok();
    let html = std::fs::read_to_string(html).unwrap();
    assert!(html.contains("class=\"track\"") && html.contains("second"));
    assert!(!html.contains("http:") && !html.contains("https:"));
}

/// The text of a ledger whose only entry was made at some time.
fn made_at(time: DateTime<Utc>) -> String {
    let key = SealKey::derive(MasterKey::parse(KEY.as_bytes()).unwrap());
    let meta = Meta {
        time,
        who: "Test <test@example.org>".to_owned(),
        reason: "long ago".to_owned(),
        files: 0,
        values: 0,
        due: None,
        suite: None,
    };
    let entry = Ledger::default()
        .create(&"default".parse().unwrap(), &key, meta)
        .unwrap();
    Ledger::default().with(entry).to_text()
}

#[test]
fn a_clock_that_went_backwards_is_told_and_stops_nothing() {
    let repo = Repo::with_env();
    // A clock that was ahead by a month, and has been set right since.
    as_if_made_at(&repo, Utc::now() + Days::new(30));
    let verdict = repo.seal(["ledger", "verify"]).ok();
    assert!(verdict.out().contains("1 entry, all sound"));
    for words in ["status", "ledger due"] {
        let shown = repo.seal(words.split(' ')).ok().out();
        assert!(shown.contains("a clock is wrong"), "{words}: {shown}");
        assert!(!shown.contains("git seal rotate"), "{words}: {shown}");
    }
    let audit = repo.seal(["audit"]).ok();
    assert!(audit.mentions("is from the future"), "{}", audit.err());
    assert!(!audit.out().contains("nothing to do"), "{}", audit.out());
    // A rotation today comes before what it replaces; all else works on.
    rotate(&repo, "today");
    repo.commit("Rotate");
    repo.assert_env();
    let verdict = repo.seal(["ledger", "verify"]).ok().out();
    let told = "line 2: its time is before that of its parent";
    assert!(verdict.contains(told), "{verdict}");
    assert!(verdict.contains("2 entries, all sound"), "{verdict}");
    let due = repo.seal(["ledger", "due", "--json"]).ok().out();
    let due: serde_json::Value = serde_json::from_str(&due).unwrap();
    assert_eq!(due["environments"][0]["days_left"], 90);
}

/// As if the key had been made at another time, by a clone that saw nothing else.
fn as_if_made_at(repo: &Repo, time: DateTime<Utc>) {
    repo.write(LEDGER, made_at(time));
    let amend = "commit --quiet --no-verify --amend --all -m Seal";
    repo.git(amend.split(' ')).ok();
    let _ = std::fs::remove_file(repo.path(".git/git-seal/ledger.jsonl"));
}

#[test]
fn an_overdue_key_is_told_at_each_commit_or_stops_it_and_fails_in_ci() {
    let repo = Repo::with_env();
    as_if_made_at(&repo, Utc::now() - Days::new(100));
    repo.write("other", "x\n");
    repo.git(["add", "other"]).ok();
    let told = repo.git(["commit", "--quiet", "-m", "Other"]).ok();
    let overdue = "environment default is overdue for rotation by 10 days";
    assert!(told.mentions(overdue), "{}", told.err());
    let failed = repo.seal(["check", "--rotation"]).ends_with(1);
    assert!(failed.mentions("overdue by 10 days"), "{}", failed.err());
    let policy = "version = 1\n[environment.default]\non_overdue = \"block\"\n";
    repo.write(".seal/config.toml", policy);
    repo.git(["add", "--all"]).ok();
    let head = repo.git(["rev-parse", "HEAD"]).ok().stdout;
    let stopped = repo.git(["commit", "--quiet", "-m", "Policy"]).fails();
    assert!(stopped.mentions(overdue), "{}", stopped.err());
    assert_eq!(repo.git(["rev-parse", "HEAD"]).ok().stdout, head);
    rotate(&repo, "at last");
    repo.commit("Rotate");
    repo.seal(["check", "--rotation"]).ok();
}

#[test]
fn what_is_overdue_is_told_to_people_and_machines() {
    let repo = Repo::with_env();
    repo.write(LEDGER, made_at(Utc::now() - Days::new(100)));
    let due = repo.seal(["ledger", "due"]).ends_with(1);
    assert!(due.out().contains("overdue by 10 days"), "{}", due.out());
    let json = repo.seal(["ledger", "due", "--json"]).ends_with(1).out();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["environments"][0]["state"], "overdue");
    let ics = repo.seal(["ledger", "due", "--format", "ics"]).ok().out();
    assert!(ics.starts_with("BEGIN:VCALENDAR\r\n"), "{ics}");
    let metrics = repo.seal(["ledger", "due", "--format", "prometheus"]);
    let metrics = metrics.ok().out();
    let sample = "git_seal_key_overdue{environment=\"default\"} 1";
    assert!(metrics.contains(sample), "{metrics}");
    let audit = repo.seal(["audit"]).run();
    assert!(
        audit.out().contains("overdue by 10 days"),
        "{}",
        audit.out()
    );
    let status = repo.seal(["status"]).run();
    assert!(
        status.out().contains("overdue by 10 days"),
        "{}",
        status.out()
    );

    rotate(&repo, "at last");
    repo.seal(["ledger", "due"]).ok();
    assert!(!current_key(&repo).is_empty());
}

#[test]
fn one_environment_alone_is_shown_as_text_and_as_json() {
    let repo = Repo::with_env();
    repo.write(".env.production", "A=b-value-of-production\n");
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    let shown = |arguments: &[&str]| {
        let words = ["ledger", "show"].iter().chain(arguments);
        repo.seal(words.copied()).ok().out()
    };
    let both: serde_json::Value = serde_json::from_str(&shown(&["--json"])).unwrap();
    assert_eq!(both["environments"].as_array().unwrap().len(), 2);
    let one = shown(&["--json", "--env", "production"]);
    let one: serde_json::Value = serde_json::from_str(&one).unwrap();
    for rows in [&one["entries"], &one["environments"]] {
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["environment"], "production");
    }
    assert!(!shown(&["--env", "production"]).contains("default"));
    repo.seal(["ledger", "show", "--json", "--env", "nowhere"])
        .ends_with(2);
}
