//! What the scenarios of rotation share.

use git_seal::core::dotenv::Document;
use git_seal::core::key::{KeyId, MasterKey, SealKey};
use git_seal::core::ledger::{Entry, Ledger};
use git_seal::core::suites;
use git_seal::core::token::Sighting;

use crate::sandbox::{KEY, Ran, Repo};

/// The id of a key in its text form.
pub fn id_of(key: &str) -> KeyId {
    SealKey::derive(MasterKey::parse(key.as_bytes()).expect("a key")).id()
}

/// The id of the key with which [`Repo::with_env`] begins.
pub fn first_id() -> KeyId {
    id_of(KEY)
}

/// The current key, exported.
pub fn current_key(repo: &Repo) -> String {
    let out = repo.seal(["key", "export", "--yes"]).ok().out();
    out.trim().to_owned()
}

/// Rotates the default environment.
#[track_caller]
pub fn rotate(repo: &Repo, reason: &str) -> Ran {
    repo.seal(["rotate", "--reason", reason]).ok()
}

/// The keys that the tokens of a stored file name.
pub fn keys_in(text: &[u8]) -> Vec<KeyId> {
    let mut keys: Vec<KeyId> = match suites::sight_file(text) {
        Sighting::Token(token) => token.key_id.into_iter().collect(),
        _ => Document::split(text)
            .lines
            .iter()
            .filter_map(|line| match suites::sight(line.secret) {
                Sighting::Token(token) => token.key_id,
                _ => None,
            })
            .collect(),
    };
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The ledger under a name such as `:.seal/ledger.jsonl`.
pub fn ledger_at(repo: &Repo, name: &str) -> Ledger {
    Ledger::parse(&repo.blob(name)).expect("a sound ledger")
}

/// The newest entry of the staged ledger.
pub fn last_entry(repo: &Repo) -> Entry {
    let ledger = ledger_at(repo, ":.seal/ledger.jsonl");
    ledger.entries().last().expect("an entry").clone()
}

/// A clone that has this key in its store, and no other.
pub fn clone_with(repo: &Repo, name: &str, key: &str) -> Repo {
    let clone = repo.clone_to(name);
    clone.seal(["unlock", "--stdin"]).stdin(key).ok();
    clone
}
