//! What must be changed after a leak, and a list that shrinks.

use serde_json::Value;

use crate::sandbox::{ENV, Repo};
use crate::support::{clone_with, current_key, rotate};

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
    assert!(ran.mentions("do not open"), "{}", ran.err());
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
