//! Known answers made by independent implementations: the format, frozen for ever.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use git_seal::core::file::{self, SealWith};
use git_seal::core::key::{Keyring, MasterKey, SealKey};
use git_seal::core::opaque;
use git_seal::core::policy::Policy;
use git_seal::core::suites::{self, Suite};
use git_seal::core::token::{Address, Kind, Sighting};

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/seal-v1.json")).expect("the vectors are JSON")
}

fn cases<'a>(vectors: &'a Value, list: &str) -> &'a Vec<Value> {
    let cases = vectors[list].as_array().expect("a list of cases");
    assert!(!cases.is_empty());
    cases
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} is text"))
}

fn bytes(case: &Value, field: &str) -> Vec<u8> {
    STANDARD.decode(text(case, field)).expect("standard base64")
}

fn key(case: &Value) -> Arc<SealKey> {
    Arc::new(SealKey::derive(
        MasterKey::parse(text(case, "key").as_bytes()).expect("a key"),
    ))
}

fn ring(key: &Arc<SealKey>) -> Keyring {
    let mut ring = Keyring::new();
    ring.add(Arc::clone(key));
    ring
}

#[test]
fn key_ids() {
    for case in cases(&vectors(), "keys") {
        assert_eq!(key(case).id().to_string(), text(case, "id"));
    }
}

#[test]
fn tokens() {
    for case in cases(&vectors(), "tokens") {
        let kind = match text(case, "kind") {
            "value" => Kind::Value,
            "comment" => Kind::Comment,
            "line" => Kind::Line,
            other => panic!("an unknown kind {other}"),
        };
        let address = Address {
            kind,
            name: text(case, "name").as_bytes(),
        };
        let (key, plain, sealed) = (key(case), bytes(case, "plain"), text(case, "token"));
        let made = Suite::Aes256Siv.seal(&key, address, &plain);
        assert_eq!(String::from_utf8_lossy(&made), sealed);
        let Sighting::Token(token) = suites::sight(sealed.as_bytes()) else {
            panic!("{sealed} is a token");
        };
        assert_eq!(
            suites::open(&key, address, &token)
                .expect("opens")
                .as_slice(),
            plain
        );
    }
}

#[test]
fn files() {
    for case in cases(&vectors(), "files") {
        let (key, name) = (key(case), text(case, "name"));
        let (plain, sealed) = (bytes(case, "plain"), bytes(case, "sealed"));
        let (keyring, policy) = (ring(&key), Policy::default());
        let with = SealWith::new(Some(&key), &keyring, &policy);
        let made = file::seal(&plain, &with).expect("seals");
        assert_eq!(
            String::from_utf8_lossy(&made),
            String::from_utf8_lossy(&sealed),
            "{name}"
        );
        assert_eq!(
            file::open(&sealed, &keyring, &policy).text.as_slice(),
            plain,
            "{name}"
        );
    }
}

#[test]
fn opaque_files() {
    for case in cases(&vectors(), "opaque") {
        let (key, plain, sealed) = (key(case), bytes(case, "plain"), bytes(case, "sealed"));
        let (keyring, policy) = (ring(&key), Policy::default());
        let with = SealWith::new(Some(&key), &keyring, &policy);
        let mut made = plain.clone();
        opaque::seal(&mut made, &with).expect("seals");
        assert_eq!(made, sealed);
        assert!(
            matches!(opaque::open(&sealed, &ring(&key)), opaque::Opened::Plain(p) if *p == plain)
        );
    }
}
