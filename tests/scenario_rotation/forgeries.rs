//! What people can do who may write to the repository, and know no key, an old one, or another
//! environment's: nobody ever seals under a key of theirs.

use git_seal::core::key::{MasterKey, SealKey};
use git_seal::core::ledger::{Entry, Ledger, canonical};
use git_seal::core::suites::Suite;
use git_seal::core::token::{Address, Kind};
use hmac::{Hmac, Mac as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::sandbox::{KEY, OTHER_KEY, Repo};
use crate::support::{clone_with, current_key, keys_in, ledger_at, rotate};

const LEDGER: &str = ".seal/ledger.jsonl";

fn seal_key(text: &str) -> SealKey {
    SealKey::derive(MasterKey::parse(text.trim().as_bytes()).unwrap())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An entry under a key, as anybody can write one.
fn draft(environment: &str, event: &str, key: &SealKey) -> Map<String, Value> {
    let draft = json!({
        "v": 1, "parents": [], "time": "2024-01-01T00:00:00Z", "environment": environment,
        "event": event, "key_id": key.id().to_string(), "commitment": hex(&key.commitment().0),
        "previous": [], "reason": "x", "who": "Mallory <m@example.org>", "files": 0, "values": 0,
        "compromised": false, "wrapped": {},
    });
    draft.as_object().unwrap().clone()
}

/// With the id that fits, and MACs under the keys that the forger knows.
fn signed(mut draft: Map<String, Value>, signers: &[&SealKey]) -> Entry {
    let id = Sha256::digest(canonical::object(&draft).unwrap());
    let mac = |key: &&SealKey| {
        let mac = Hmac::<Sha256>::new_from_slice(key.ledger_mac()).unwrap();
        let mac = mac.chain_update(id).finalize().into_bytes();
        (key.id().to_string(), Value::from(hex(&mac)))
    };
    draft.insert("id".into(), hex(&id).into());
    draft.insert("macs".into(), signers.iter().map(mac).collect());
    Entry::parse(canonical::object(&draft).unwrap().as_bytes()).expect("well formed")
}

/// Such an entry with an id below that of every head.
fn ground(draft: &Map<String, Value>, signers: &[&SealKey], ledger: &Ledger) -> Entry {
    let name = draft["environment"].as_str().unwrap().parse().unwrap();
    let lowest = ledger.heads(&name).iter().map(|head| head.id).min();
    (0..u64::MAX)
        .map(|number| {
            let mut draft = draft.clone();
            draft.insert("reason".into(), format!("{number}").into());
            signed(draft, signers)
        })
        .find(|entry| lowest.is_none_or(|lowest| entry.id < lowest))
        .expect("without end")
}

fn wrapped(inner: &SealKey, under: &SealKey) -> Value {
    let name = inner.id().to_string();
    let address = Address {
        kind: Kind::Key,
        name: name.as_bytes(),
    };
    let token = Suite::Aes256Siv.seal(under, address, inner.master().bytes());
    json!({ name.as_str(): String::from_utf8(token).unwrap() })
}

/// Commits a ledger with more entries, as somebody does who has no filter and no hook.
fn push(repo: &Repo, ledger: &Ledger, entries: Vec<Entry>) {
    let forged = entries
        .into_iter()
        .fold(ledger.clone(), |all, entry| all.with(entry));
    let line = |words: &[&str]| repo.git(words).ok().out().trim().to_owned();
    let blob = repo.git(["hash-object", "-w", "--stdin"]);
    let blob = blob.stdin(forged.to_text()).ok().out();
    let entry = format!("100644,{},{LEDGER}", blob.trim());
    line(&["update-index", "--cacheinfo", &entry]);
    let tree = line(&["write-tree"]);
    let commit = line(&["commit-tree", "-p", "HEAD", "-m", "Nothing to see", &tree]);
    line(&["reset", "--quiet", "--hard", &commit]);
}

/// Somebody edits a value and adds the file: whatever happens, not under this key.
#[track_caller]
fn never_seals_under(repo: &Repo, path: &str, key: &SealKey) {
    repo.write(path, "NEW=quokka-nine\n");
    let added = repo.git(["add", path]).run();
    let staged = repo.git(["cat-file", "blob", &format!(":{path}")]).run();
    let keys = keys_in(&staged.stdout);
    assert!(!keys.contains(&key.id()), "sealed under the forger's key");
    added.tells_nothing();
    if path == ".env" {
        let encrypted = repo.seal(["encrypt"]).stdin("A=quokka-nine\n").run();
        assert!(!keys_in(&encrypted.stdout).contains(&key.id()));
    }
}

/// A repository rotated once: the first key is known to somebody who left.
fn after_a_rotation() -> (Repo, Ledger, String) {
    let repo = Repo::with_env();
    rotate(&repo, "Mallory left");
    repo.commit("Rotate");
    let ledger = ledger_at(&repo, "HEAD:.seal/ledger.jsonl");
    let current = current_key(&repo);
    (repo, ledger, current)
}

/// A key of the forger's, wrapped under one that they know.
fn carrier(ledger: &Ledger, environment: &str, known: &SealKey, own: &SealKey) -> Entry {
    let mut carrier = draft(environment, "note", known);
    carrier.insert("wrapped".into(), wrapped(own, known));
    let under = ledger.entries().iter().find(|e| e.key_id == known.id());
    let parents = under.map(|entry| entry.id.to_string());
    carrier.insert("parents".into(), parents.into_iter().collect());
    signed(carrier, &[known])
}

#[test]
fn a_leaver_cannot_hand_over_a_key_wrapped_under_the_one_they_know() {
    let (repo, ledger, current) = after_a_rotation();
    let (old, own) = (seal_key(KEY), seal_key(OTHER_KEY));
    // Everybody's current key unwraps the retired one, and that one the leaver's.
    let carrier = carrier(&ledger, "default", &old, &own);
    let create = ground(&draft("default", "create", &own), &[&own], &ledger);
    push(&repo, &ledger, vec![carrier, create]);
    let fresh = clone_with(&repo, "fresh", &current);
    let behind = clone_with(&repo, "behind", KEY);
    for clone in [&repo, &fresh, &behind] {
        never_seals_under(clone, ".env", &own);
    }
    let verdict = fresh.seal(["ledger", "verify"]).fails();
    assert!(verdict.out().contains("fork"), "{}", verdict.out());
    // A rotation ends it: its key is new, and the forger's is retired with all others.
    rotate(&fresh, "Settle what Mallory did");
    fresh.commit("Settle");
    fresh.seal(["ledger", "verify"]).run();
    assert_eq!(
        keys_in(&fresh.blob("HEAD:.env")),
        [seal_key(&current_key(&fresh)).id()]
    );
}

#[test]
fn nor_as_a_forged_past_of_it_nor_from_another_branch() {
    let (repo, ledger, current) = after_a_rotation();
    let (old, own) = (seal_key(KEY), seal_key(OTHER_KEY));
    // "The first key replaced the leaver's": good MACs of both, for the leaver knows both.
    let create = ground(&draft("default", "create", &own), &[&own], &ledger);
    let mut past = draft("default", "rotate", &old);
    past.insert("parents".into(), json!([create.id.to_string()]));
    past.insert("previous".into(), json!([own.id().to_string()]));
    past.insert("wrapped".into(), wrapped(&own, &old));
    let past = signed(past, &[&own, &old]);
    repo.git(["branch", "evil"]).ok();
    push(&repo, &ledger, vec![create.clone()]);
    repo.git(["checkout", "--quiet", "--force", "evil"]).ok();
    push(&repo, &ledger, vec![create, past]);
    repo.git(["checkout", "--quiet", "--force", "main"]).ok();
    let fresh = clone_with(&repo, "fresh", &current);
    let behind = clone_with(&repo, "behind", KEY);
    for clone in [&repo, &fresh, &behind] {
        never_seals_under(clone, ".env", &own);
        clone.git(["checkout", "--quiet", "--force", "evil"]).run();
        never_seals_under(clone, ".env", &own);
    }
}

#[test]
fn who_reads_one_environment_cannot_make_another_seal_under_its_key_or_theirs() {
    let repo = Repo::with_env();
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    repo.write(".env.production", "P=quokka-nine\n");
    repo.commit("Production");
    let ledger = ledger_at(&repo, "HEAD:.seal/ledger.jsonl");
    let production = repo.seal(["key", "export", "--env", "production", "--yes"]);
    let production = production.ok().out();
    let (known, own) = (seal_key(KEY), seal_key(OTHER_KEY));

    // The other environment's line is cut out, so that its key looks like production's alone.
    let cut = ledger
        .entries()
        .iter()
        .filter(|e| e.environment.as_str() == "production");
    let cut = cut.fold(Ledger::default(), |all, e| all.with(e.clone()));
    let planted = ground(&draft("production", "create", &known), &[&known], &cut);
    repo.git(["branch", "cut"]).ok();
    repo.git(["checkout", "--quiet", "--force", "cut"]).ok();
    push(&repo, &cut, vec![planted]);
    repo.git(["checkout", "--quiet", "--force", "main"]).ok();
    let carrier = carrier(&ledger, "default", &known, &own);
    let create = ground(&draft("production", "create", &own), &[&own], &ledger);
    push(&repo, &ledger, vec![carrier, create]);

    let fresh = clone_with(&repo, "fresh", KEY);
    fresh
        .seal(["key", "import", "--env", "production"])
        .stdin(&production)
        .ok();
    for branch in ["main", "cut"] {
        for clone in [&repo, &fresh] {
            clone.git(["checkout", "--quiet", "--force", branch]).run();
            never_seals_under(clone, ".env.production", &own);
            never_seals_under(clone, ".env.production", &known);
        }
    }
}

#[test]
fn who_knows_no_key_can_stop_sealing_and_no_more() {
    let (repo, ledger, current) = after_a_rotation();
    let (head, own) = (&ledger.entries()[1], seal_key(OTHER_KEY));
    let create = ground(&draft("default", "create", &own), &[&own], &ledger);
    // A rotation that retires the good key; its MAC can only be made up, or left out.
    let mut away = draft("default", "rotate", &own);
    away.insert("parents".into(), json!([head.id.to_string()]));
    away.insert("previous".into(), json!([head.key_id.to_string()]));
    let mut made_up = serde_json::to_value(&away).unwrap();
    let away = signed(away, &[&own]);
    made_up["wrapped"] = json!({ head.key_id.to_string(): "seal1:AAAA" });
    let made_up = signed(made_up.as_object().unwrap().clone(), &[&own]);
    let truncated = Ledger::default();
    for (number, (base, forged)) in [
        (&ledger, vec![create.clone()]),
        (&ledger, vec![away.clone()]),
        (&ledger, vec![made_up]),
        (&truncated, vec![create]),
    ]
    .into_iter()
    .enumerate()
    {
        repo.git(["checkout", "--quiet", "--force", "-B", "evil", "main"])
            .ok();
        push(&repo, base, forged);
        let fresh = clone_with_run(&repo, &format!("fresh{number}"), &current);
        // Whoever was behind and took the forger's word for the new key.
        let misled = clone_with_run(&repo, &format!("misled{number}"), KEY);
        let import = misled.seal(["key", "import", "--env", "default"]);
        import.stdin(OTHER_KEY).run();
        for clone in [&repo, &fresh] {
            never_seals_under(clone, ".env", &own);
        }
        if base.entries().len() == 2 && number > 0 {
            never_seals_under(&misled, ".env", &own);
        }
    }
}

#[test]
fn a_key_given_under_another_environments_name_is_told_so() {
    let repo = Repo::with_env();
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    let key = repo.seal(["key", "export", "--env", "production", "--yes"]);
    let key = key.ok().out();
    repo.write(".env.production", "P=quokka-nine\n");
    repo.commit("Production");
    let clone = clone_with(&repo, "clone", KEY);
    clone.write(".env.production", "NEW=quokka-nine\n");
    let add = |name: &str| {
        let add = clone.git(["add", ".env.production"]);
        add.env(name, key.trim()).run()
    };
    let refused = add("SECRETS_MASTER_KEY_PROD");
    assert!(
        refused.mentions("at hand in SECRETS_MASTER_KEY_PROD, which is not for production"),
        "{}",
        refused.err()
    );
    assert!(refused.mentions("set SECRETS_MASTER_KEY_PRODUCTION"));
    assert_eq!(add("SECRETS_MASTER_KEY").code, 0);
    assert_eq!(add("SECRETS_MASTER_KEY_PRODUCTION").code, 0);
}

/// A clone that was given a key, whatever it says to that.
fn clone_with_run(repo: &Repo, name: &str, key: &str) -> Repo {
    let clone = repo.clone_to(name);
    clone.seal(["unlock", "--stdin"]).stdin(key).run();
    clone
        .seal(["key", "import", "--env", "default"])
        .stdin(key)
        .run();
    clone
}
