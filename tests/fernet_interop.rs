//! Fernet tokens made here open elsewhere, and the reverse: the vectors of the Fernet spec, known
//! answers of Python's `cryptography`, and that library itself where it is installed.
#![allow(
    clippy::print_stderr,
    clippy::ref_option_ref,
    clippy::single_range_in_vec_init
)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde_json::Value;

use git_seal::core::exchange::{self, DecryptError, Freshness, Stamp};
use git_seal::core::file::{self, SealWith};
use git_seal::core::key::{Keyring, MasterKey, SealKey};
use git_seal::core::policy::Policy;
use git_seal::core::suites::{self, Suite};
use git_seal::core::token::{Address, Kind, Sighting};

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} is text"))
}

fn cases(json: &str) -> Vec<Value> {
    let cases: Vec<Value> = serde_json::from_str(json).expect("a list of cases");
    assert!(!cases.is_empty());
    cases
}

fn python_cases(list: &str) -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("vectors/fernet-python.json")).expect("JSON");
    let cases = all[list].as_array().expect("a list of cases").clone();
    assert!(!cases.is_empty());
    cases
}

fn plain(case: &Value) -> Vec<u8> {
    STANDARD.decode(text(case, "plain")).expect("base64")
}

fn key(text: &str) -> Arc<SealKey> {
    let master = MasterKey::parse(text.as_bytes()).expect("a key");
    Arc::new(SealKey::derive(master))
}

fn ring(key: &Arc<SealKey>) -> Keyring {
    let mut ring = Keyring::new();
    ring.add(Arc::clone(key));
    ring
}

fn iv(case: &Value) -> [u8; 16] {
    serde_json::from_value(case["iv"].clone()).expect("16 bytes")
}

fn seconds(case: &Value) -> u64 {
    let time = DateTime::parse_from_rfc3339(text(case, "now")).expect("a time");
    u64::try_from(time.timestamp()).expect("after 1970")
}

fn decrypt_fresh(case: &Value) -> Result<Vec<u8>, DecryptError> {
    let freshness = Freshness {
        ttl: case["ttl_sec"].as_u64().expect("seconds"),
        now: seconds(case),
    };
    let keyring = ring(&key(text(case, "secret")));
    exchange::decrypt(
        text(case, "token").as_bytes(),
        &keyring,
        &Policy::default(),
        Some(freshness),
    )
    .map(|decrypted| decrypted.content.to_vec())
}

#[test]
fn the_spec_generates_the_same_tokens() {
    for case in cases(include_str!("vectors/fernet-generate.json")) {
        let stamp = Stamp {
            iv: iv(&case),
            time: seconds(&case),
        };
        let key = key(text(&case, "secret"));
        let token = exchange::encrypt_fernet(text(&case, "src").as_bytes(), &key, stamp);
        assert_eq!(String::from_utf8_lossy(&token), text(&case, "token"));
    }
}

#[test]
fn the_tokens_of_the_spec_verify() {
    for case in cases(include_str!("vectors/fernet-verify.json")) {
        assert_eq!(decrypt_fresh(&case), Ok(text(&case, "src").into()));
    }
}

#[test]
fn the_invalid_tokens_of_the_spec_are_refused_for_their_reason() {
    for case in cases(include_str!("vectors/fernet-invalid.json")) {
        let refused = decrypt_fresh(&case).expect_err("invalid");
        let expected = match text(&case, "desc") {
            "invalid base64" => DecryptError::NotSealed,
            "too short" | "payload size not multiple of block size" => {
                DecryptError::NotAuthentic(Vec::new())
            }
            "expired TTL" => DecryptError::Expired,
            "far-future TS (unacceptable clock skew)" => DecryptError::FromTheFuture,
            _ => DecryptError::NoKeyOrNotAuthentic,
        };
        assert_eq!(refused, expected, "{}", text(&case, "desc"));
    }
}

#[test]
fn python_makes_the_same_deterministic_tokens() {
    for case in python_cases("deterministic") {
        let kind = match text(&case, "kind") {
            "value" => Kind::Value,
            "comment" => Kind::Comment,
            "line" => Kind::Line,
            _ => Kind::File,
        };
        let address = Address {
            kind,
            name: text(&case, "name").as_bytes(),
        };
        let (key, plain) = (key(text(&case, "key")), plain(&case));
        let made = Suite::Fernet.seal(&key, address, &plain);
        assert_eq!(String::from_utf8_lossy(&made), text(&case, "token"));
        let Sighting::Token(token) = suites::sight(&made) else {
            panic!("it is a token");
        };
        let opened = suites::open(&key, address, &token).expect("opens");
        assert_eq!(opened.as_slice(), plain);
    }
}

#[test]
fn python_makes_the_same_standard_tokens() {
    for case in python_cases("standard") {
        let (key, plain) = (key(text(&case, "key")), plain(&case));
        let time = case["time"].as_u64().expect("seconds");
        let stamp = Stamp {
            iv: iv(&case),
            time,
        };
        let token = exchange::encrypt_fernet(&plain, &key, stamp);
        assert_eq!(String::from_utf8_lossy(&token), text(&case, "token"));
        let opened =
            exchange::decrypt(&token, &ring(&key), &Policy::default(), None).expect("opens");
        assert_eq!(opened.content.as_slice(), plain);
    }
}

/// Runs Python with `cryptography`; `None`, and a note, where that is not installed.
fn python(script: &str, input: &[u8]) -> Option<Vec<u8>> {
    let runs = |arguments: &[&str]| {
        let mut child = Command::new("python3")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(input).ok()?;
        child.wait_with_output().ok()
    };
    let installed = runs(&["-c", "import cryptography"]);
    if !installed.is_some_and(|output| output.status.success()) {
        eprintln!("note: not compared, python3 with `cryptography` is not installed");
        return None;
    }
    let output = runs(&["-c", script]).expect("Python runs");
    assert!(output.status.success(), "Python refused");
    Some(output.stdout)
}

#[test]
fn python_opens_every_value_of_a_sealed_file() {
    let key = key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    let (keyring, accepted) = (ring(&key), BTreeSet::new());
    let policy = Policy {
        suite: Suite::Fernet,
        ..Policy::default()
    };
    let with = SealWith {
        key: Some(&key),
        keyring: &keyring,
        policy: &policy,
        accepted: &accepted,
    };
    let plain = "A=hunter2\nexport B = \"two\nlines\" # why\n# note\njunk\n";
    let sealed = file::seal(plain.as_bytes(), &with).expect("seals");
    let script = "
import re, sys
from cryptography.fernet import Fernet
f = Fernet('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=')
text = sys.stdin.buffer.read().split(b'\\n', 1)[1]
out = re.sub(rb'gAAAA[A-Za-z0-9_-]+=*', lambda m: f.decrypt(m.group()), text)
sys.stdout.buffer.write(out)";
    if let Some(opened) = python(script, &sealed) {
        assert_eq!(String::from_utf8_lossy(&opened), plain);
    }
}

#[test]
fn what_python_encrypts_opens_here() {
    let script = "
import sys
from cryptography.fernet import Fernet
f = Fernet('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=')
sys.stdout.buffer.write(f.encrypt(sys.stdin.buffer.read()))";
    let content: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let keyring = ring(&key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="));
    if let Some(token) = python(script, &content) {
        let opened = exchange::decrypt(&token, &keyring, &Policy::default(), None).expect("opens");
        assert_eq!(opened.content.as_slice(), content);
    }
}
