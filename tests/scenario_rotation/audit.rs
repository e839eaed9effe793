//! What must be changed after a leak, and a list that shrinks.

use serde_json::Value;

use crate::sandbox::{ENV, Repo};
use crate::support::{clone_with, current_key, ledger_at, rotate};

/// `rule NAME` of every finding.
fn findings(repo: &Repo, code: i32) -> Vec<String> {
    let ran = repo.seal(["audit", "--json"]).ends_with(code);
    ran.tells_nothing();
    let json: Value = serde_json::from_str(&ran.out()).unwrap();
    assert_eq!(json["exit_code"], code);
    let row = |row: &Value| {
        let rule = row["rule"].as_str().unwrap();
        format!("{rule} {}", row["name"].as_str().unwrap_or("-"))
    };
    json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect()
}

const KNOWN: &str = "value-readable-under-compromised-key";
const PLAIN: &str = "value-in-plain-text-in-history";

#[test]
fn what_was_never_set_up_is_not_said_to_be_well() {
    let repo = Repo::empty();
    repo.write("README.md", "Nothing sealed\n");
    repo.commit("Begin");
    let ran = repo.seal(["audit"]).ends_with(2);
    assert!(ran.err().contains("git seal init"), "{}", ran.err());
}

#[test]
fn after_a_leak_every_value_is_listed_until_it_changes() {
    let repo = Repo::with_env();
    assert_eq!(findings(&repo, 0), [""; 0]);
    repo.seal([
        "rotate",
        "--compromised",
        "--reason",
        "Laptop stolen",
        "--commit",
    ])
    .ok();
    let all = ["DATABASE_URL", "API_KEY", "MULTI"].map(|name| format!("{KNOWN} {name}"));
    assert_eq!(findings(&repo, 1), all);
    // What is to be done about all of them is said once.
    let shown = repo.seal(["audit"]).ends_with(1).out();
    assert_eq!(shown.matches("    change the value").count(), 1, "{shown}");
    repo.write(
        ".env",
        ENV.replace("sk_live_4eC39HqLyjWD", "new-quokka-nine-value"),
    );
    repo.commit("Change one");
    assert_eq!(findings(&repo, 1), [all[0].clone(), all[2].clone()]);
    // Renaming a variable or quoting its value changes no password.
    let renamed = repo.text(".env").replace("DATABASE_URL=", "DB_URL = ");
    repo.write(".env", renamed);
    repo.commit("Rename");
    assert_eq!(findings(&repo, 1)[0], format!("{KNOWN} DB_URL"));
    // A later rotation does not make the leak good.
    rotate(&repo, "Quarterly");
    repo.commit("Rotate");
    assert_eq!(findings(&repo, 1).len(), 2);
    let fresh = clone_with(&repo, "fresh", &current_key(&repo));
    assert_eq!(findings(&fresh, 1).len(), 2);
    repo.write(".env", "API_KEY=all-new-quokka-nine\n");
    repo.commit("Change the rest");
    assert_eq!(findings(&repo, 0), [""; 0]);
}

#[test]
fn what_older_keys_sealed_is_known_to_whoever_has_the_compromised_one() {
    let repo = Repo::with_env();
    rotate(&repo, "first");
    repo.commit("Rotate");
    repo.seal(["rotate", "--compromised", "--reason", "leak", "--commit"])
        .ok();
    assert_eq!(findings(&repo, 1).len(), 3);
}

#[test]
fn plain_text_anywhere_in_history_is_found() {
    let repo = Repo::empty();
    repo.write(".env", "OLD_TOKEN=quokka-nine-in-plain\nPORT=80\n");
    repo.write("notes.txt", "the other: quokka-nine-copied-about\n");
    repo.commit("Before sealing");
    repo.initialise();
    repo.git(["rm", "--quiet", "--cached", ".env", "notes.txt"])
        .ok();
    std::fs::remove_file(repo.path("notes.txt")).unwrap();
    std::fs::remove_file(repo.path(".gitattributes")).unwrap();
    repo.seal(["init", "--yes", ".env"]).run();
    repo.write(
        ".env",
        "OLD_TOKEN=\"quokka-nine-in-plain\"\nCOPIED_SECRET=quokka-nine-copied-about\nFINE_KEY=quokka-nine-elsewhere\n",
    );
    repo.commit("Sealed");
    let listed = findings(&repo, 1);
    assert_eq!(
        listed,
        [
            format!("{PLAIN} OLD_TOKEN"),
            format!("{PLAIN} COPIED_SECRET")
        ]
    );
    let shown = repo.seal(["audit"]).ends_with(1).out();
    assert!(shown.contains("notes.txt"), "{shown}");
}

#[test]
fn without_a_key_it_says_that_it_cannot_tell() {
    let repo = Repo::with_env();
    repo.seal(["rotate", "--compromised", "--reason", "leak", "--commit"])
        .ok();
    let clone = repo.clone_to("locked");
    let ran = clone.seal(["audit"]).ends_with(3);
    assert!(ran.mentions("4 values do not open"), "{}", ran.err());
    let page = clone.seal(["audit", "--format", "markdown"]).ends_with(3);
    assert!(!page.out().contains("Nothing to do"), "{}", page.out());
    assert!(page.out().contains("Warning: 4"), "{}", page.out());
    let sarif = clone.seal(["audit", "--format", "sarif"]).ends_with(3);
    let sarif: Value = serde_json::from_str(&sarif.out()).unwrap();
    let told = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert!(told.to_string().contains("4 values do not open"), "{told}");
}

#[test]
fn another_environments_values_count_once_and_its_compromised_key_is_named() {
    let repo = Repo::with_env();
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    repo.commit("Production");
    let clone = |name: &str| clone_with(&repo, name, &current_key(&repo));
    // Nothing is sealed there yet: only the ledger can't be checked in full.
    let ran = clone("early").seal(["audit"]).ends_with(3);
    assert!(
        ran.mentions("of environment production"),
        "{}\n{}",
        ran.out(),
        ran.err()
    );
    for value in ["quokka-nine-one", "quokka-nine-two", "quokka-nine-three"] {
        repo.write(".env.production", format!("P_KEY={value}\nQ_KEY={value}\n"));
        repo.commit("Change");
    }
    let environment = "production".parse().unwrap();
    let ledger = ledger_at(&repo, "HEAD:.seal/ledger.jsonl");
    let leaked = ledger.current(&environment).unwrap().key_id;
    let words = "rotate --env production --compromised --reason leak --commit";
    repo.seal(words.split(' ')).ok();
    let ran = clone("late").seal(["audit"]).ends_with(3);
    assert!(ran.mentions("2 values do not open"), "{}", ran.err());
    let named = format!("compromised key {} does not open", leaked.short());
    assert!(ran.mentions(&named), "{}", ran.err());
}

#[test]
fn a_damaged_token_is_nobodys_value_and_the_list_still_ends() {
    let repo = Repo::with_env();
    let mut sealed = repo.blob("HEAD:.env");
    let text = String::from_utf8(sealed.clone()).unwrap();
    let start = text.find("API_KEY=seal1:").unwrap();
    let near_end = start + text[start..].find('\n').unwrap() - 2;
    sealed[near_end] = if sealed[near_end] == b'A' { b'B' } else { b'A' };
    let id = repo.git(["hash-object", "-w", "--stdin", "--no-filters"]);
    let id = id.stdin(sealed).ok().out();
    let entry = format!("100644,{},.env", id.trim());
    repo.git(["update-index", "--cacheinfo", &entry]).ok();
    repo.git(["commit", "--quiet", "--no-verify", "-m", "Damage"])
        .ok();
    let ran = repo.seal(["audit"]).ends_with(4);
    assert!(
        ran.mentions(".env API_KEY does not authenticate"),
        "{}",
        ran.err()
    );
    repo.git(["checkout", "--quiet", "--force", "HEAD~1", "--", ".env"])
        .ok();
    repo.git(["commit", "--quiet", "-m", "Restore"]).ok();
    assert_eq!(findings(&repo, 0), [""; 0]);
    let words = "rotate --compromised --reason leak --commit";
    repo.seal(words.split(' ')).ok();
    assert_eq!(findings(&repo, 1).len(), 3);
    repo.write(".env", "API_KEY=all-new-quokka-nine\n");
    repo.commit("Change all");
    assert_eq!(findings(&repo, 0), [""; 0]);
}

#[test]
fn what_looks_like_no_secret_leaves_the_list_as_it_is_told() {
    let repo = Repo::initialised();
    repo.write(".env", "PORT=8080\n");
    repo.commit("Port");
    let words = "rotate --compromised --reason leak --commit";
    repo.seal(words.split(' ')).ok();
    let shown = repo.seal(["audit"]).ends_with(1).out();
    let advice = "add it to `clear` of [environment.default] in .seal/config.toml";
    assert!(shown.contains(advice), "{shown}");
    let policy = "version = 1\n[environment.default]\nclear = [\"PORT\"]\nvalue_max_age_days = 1\n";
    repo.write(".seal/config.toml", policy);
    repo.seal(["reseal"]).ok();
    repo.git(["add", "--all"]).ok();
    // The hooks ask whether it may be readable; and it has not changed for years.
    repo.git(["commit", "--quiet", "--no-verify", "-m", "Clear"])
        .env("GIT_AUTHOR_DATE", "2024-01-01T12:00:00Z")
        .ok();
    assert_eq!(findings(&repo, 0), [""; 0]);
}

#[test]
fn other_programs_read_sarif_and_people_markdown() {
    let repo = Repo::with_env();
    repo.seal(["rotate", "--compromised", "--reason", "leak", "--commit"])
        .ok();
    let sarif = repo.seal(["audit", "--format", "sarif"]).ends_with(1).out();
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], ".env");
    assert_eq!(place["region"]["startLine"], 3);
    let markdown = repo.seal(["audit", "--format", "markdown"]).ends_with(1);
    assert!(
        markdown.out().contains("| .env DATABASE\\_URL |"),
        "{}",
        markdown.out()
    );
}

#[test]
fn a_ledger_that_does_not_hold_is_part_of_the_answer() {
    let repo = Repo::with_env();
    let ledger = repo
        .text(".seal/ledger.jsonl")
        .replace("git seal init", "git seal 1nit");
    repo.write(".seal/ledger.jsonl", ledger);
    let ran = repo.seal(["audit", "--json"]).ends_with(4);
    assert!(ran.out().contains("\"ledger\""), "{}", ran.out());
}
