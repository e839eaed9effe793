//! Nobody is locked in: docs/recover.py, with another crypto library and nothing but the key, opens
//! what we seal, and what it seals opens here.
//!
//! Needs `python3` with `PyPI`'s `cryptography`; where that is missing the tests say so and pass,
//! unless `GIT_SEAL_REQUIRE_PYTHON` is set, as in CI.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git_seal::core::file::{self, SealWith, Trouble};
use git_seal::core::key::{Keyring, MasterKey, SealKey};
use git_seal::core::ledger::{Ledger, Meta};
use git_seal::core::opaque;
use git_seal::core::policy::Policy;
use git_seal::core::suites::Suite;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;

#[path = "python/present.rs"]
mod present;

use present::python_has;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/recover.py");

/// Calls one of the script's functions for each line of `function key hex`.
const BATCH: &str = "\
import runpy, sys
script = runpy.run_path(sys.argv[1])
for line in sys.stdin.read().splitlines():
    function, key, content = line.split(' ')
    key, say = script['Key'].parse(key), script['Say']()
    result = script[function](bytes.fromhex(content), {key.id: key}, say)
    print(say.code, result.hex())
";

fn key(number: u8) -> Arc<SealKey> {
    Arc::new(SealKey::derive(MasterKey::from_bytes([number; 32])))
}

fn ring(keys: &[&Arc<SealKey>]) -> Keyring {
    let mut ring = Keyring::new();
    for key in keys {
        ring.add(Arc::clone(key));
    }
    ring
}

fn seal(text: &[u8], key: &Arc<SealKey>) -> Vec<u8> {
    file::seal(
        text,
        &SealWith::new(Some(key), &ring(&[key]), &Policy::default()),
    )
    .expect("seals")
}

/// Files that are more interesting than noise, without tokens in them.
fn files(count: usize) -> Vec<Vec<u8>> {
    let pieces = vec![
        "A=",
        "B_1 =",
        "export ",
        "\"",
        "'",
        "`",
        "\\",
        "#",
        "=",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "-----BEGIN K-----",
        "-----END K-----",
        "<<<<<<< x",
        "=======",
        ">>>>>>> y",
        "junk",
        "\u{feff}",
        "é",
        "MIIEvQIBADANBgkqhkiG9w0BAQ",
        "C='x\ny' # z\n",
    ];
    let piece = prop_oneof![
        4 => prop::sample::select(pieces).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    let file = prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat());
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| file.new_tree(&mut runner).expect("a value").current())
        .collect()
}

/// What the function gives for each content, and its exit code.
fn batch(function: &str, key: &SealKey, contents: &[Vec<u8>]) -> Vec<(u8, Vec<u8>)> {
    let key = key.master().to_text();
    let mut input = Vec::new();
    for content in contents {
        writeln!(input, "{function} {} {}", key.as_str(), hex(content)).expect("memory");
    }
    let mut child = Command::new("python3")
        .args(["-c", BATCH, SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("python3 runs");
    // The program reads all of its input before it writes.
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(&input).expect("python3 reads");
    drop(stdin);
    let output = child.wait_with_output().expect("python3 ends");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let results: Vec<_> = text
        .lines()
        .map(|line| {
            let (code, content) = line.split_once(' ').expect("two fields");
            (code.parse().expect("a number"), unhex(content))
        })
        .collect();
    assert_eq!(results.len(), contents.len());
    results
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex"))
        .collect()
}

#[test]
fn what_we_seal_opens_there() {
    if !python_has("cryptography") {
        return;
    }
    let (key, plain) = (key(1), files(300));
    let sealed: Vec<Vec<u8>> = plain.iter().map(|text| seal(text, &key)).collect();
    for (opened, text) in batch("open_dotenv", &key, &sealed).iter().zip(&plain) {
        assert_eq!(opened, &(0, text.clone()));
    }
    let sealed: Vec<Vec<u8>> = plain
        .iter()
        .map(|content| Suite::Aes256Siv.seal_file(&key, content))
        .collect();
    for (opened, content) in batch("open_opaque", &key, &sealed).iter().zip(&plain) {
        assert_eq!(opened, &(0, content.clone()));
    }
}

#[test]
fn what_it_seals_is_what_we_seal() {
    if !python_has("cryptography") {
        return;
    }
    let (key, plain) = (key(2), files(300));
    for (made, text) in batch("seal_dotenv", &key, &plain).iter().zip(&plain) {
        assert_eq!(made, &(0, seal(text, &key)));
        let opened = file::open(&made.1, &ring(&[&key]), &Policy::default());
        assert_eq!(
            (opened.text.as_slice(), opened.problems),
            (text.as_slice(), vec![])
        );
    }
    for (made, content) in batch("seal_opaque", &key, &plain).iter().zip(&plain) {
        let mut ours = content.clone();
        let (keyring, policy) = (ring(&[&key]), Policy::default());
        opaque::seal(&mut ours, &SealWith::new(Some(&key), &keyring, &policy)).expect("seals");
        assert_eq!(made, &(0, ours));
    }
}

#[test]
fn damage_is_seen_alike() {
    if !python_has("cryptography") {
        return;
    }
    let key = key(3);
    let mut runner = TestRunner::deterministic();
    let damage = (any::<prop::sample::Index>(), any::<u8>(), any::<bool>());
    let damaged: Vec<Vec<u8>> = files(400)
        .iter()
        .map(|text| {
            let mut sealed = seal(text, &key);
            let (at, byte, cut) = damage.new_tree(&mut runner).expect("a value").current();
            if !sealed.is_empty() {
                let at = at.index(sealed.len());
                sealed[at] = byte;
                sealed.truncate(if cut { at + 1 } else { sealed.len() });
            }
            sealed
        })
        .collect();
    let mut codes = BTreeSet::new();
    for (theirs, text) in batch("open_dotenv", &key, &damaged).iter().zip(&damaged) {
        let ours = file::open(text, &ring(&[&key]), &Policy::default());
        let code = ours.problems.iter().map(|problem| match problem.trouble {
            Trouble::Plain => 0,
            Trouble::KeyAbsent(_) => 3,
            Trouble::NotAuthentic | Trouble::Malformed => 4,
        });
        assert_eq!(theirs, &(code.max().unwrap_or(0), ours.text.to_vec()));
        codes.insert(theirs.0);
    }
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), [0, 3, 4]);
}

#[test]
fn it_knows_the_known_answers() {
    if !python_has("cryptography") {
        return;
    }
    let vectors: Value =
        serde_json::from_str(include_str!("vectors/seal-v1.json")).expect("the vectors are JSON");
    for (list, direction) in [("files", "dotenv"), ("opaque", "opaque")] {
        let cases = vectors[list].as_array().expect("a list of cases");
        assert!(!cases.is_empty());
        for case in cases {
            let text = |field: &str| case[field].as_str().expect("text");
            let bytes = |field| STANDARD.decode(text(field)).expect("standard base64");
            let master = MasterKey::parse(text("key").as_bytes()).expect("a key");
            let key = SealKey::derive(master);
            let one = |function: &str, content| {
                batch(&format!("{function}_{direction}"), &key, &[content]).remove(0)
            };
            assert_eq!(one("seal", bytes("plain")), (0, bytes("sealed")));
            assert_eq!(one("open", bytes("sealed")), (0, bytes("plain")));
        }
    }
}

/// Runs the script in a folder that holds the key of `number` as `app.key`.
fn recover(folder: &Path, number: u8, arguments: &[&str]) -> Output {
    let text = key(number).master().to_text();
    std::fs::write(folder.join("app.key"), text.as_bytes()).expect("writes");
    let output = Command::new("python3")
        .arg(SCRIPT)
        .args(arguments)
        .current_dir(folder)
        .env("THE_KEY", text.as_str())
        .stdin(Stdio::null())
        .output()
        .expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !said.contains("Traceback") && !said.contains(text.as_str()),
        "{said}"
    );
    output
}

#[test]
fn a_file_is_recovered_with_nothing_but_the_key() {
    if !python_has("cryptography") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let plain = b"# note\nexport DB_PASSWORD='hunter2' # x\n";
    std::fs::write(folder.path().join(".env"), seal(plain, &key(4))).expect("writes");
    for source in [["--key-file", "app.key"], ["--key-env", "THE_KEY"]] {
        let output = recover(folder.path(), 4, &["open", source[0], source[1], ".env"]);
        assert_eq!(
            (output.status.code(), &*output.stdout),
            (Some(0), &plain[..])
        );
    }
    let to_file = ["open", "--key-file", "app.key", "-o", "out", ".env"];
    assert_eq!(recover(folder.path(), 4, &to_file).status.code(), Some(0));
    let out = folder.path().join("out");
    assert_eq!(std::fs::read(&out).expect("it was written"), plain);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&out)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // What is there is not overwritten.
    assert_eq!(recover(folder.path(), 4, &to_file).status.code(), Some(2));
}

#[test]
fn what_does_not_open_is_named_and_stays_sealed() {
    if !python_has("cryptography") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let sealed = String::from_utf8(seal(b"A=1\nB=2\n", &key(5))).expect("text");
    let moved = sealed.replacen("B=", "C=", 1);
    std::fs::write(folder.path().join(".env"), &moved).expect("writes");
    let open = ["open", "--key-file", "app.key", ".env"];

    let wrong = recover(folder.path(), 6, &open);
    assert_eq!(
        (wrong.status.code(), wrong.stdout),
        (Some(3), moved.clone().into_bytes())
    );
    let right = recover(folder.path(), 5, &open);
    let token = sealed
        .lines()
        .last()
        .expect("a line")
        .trim_start_matches("B=");
    assert_eq!(right.status.code(), Some(4));
    assert_eq!(
        String::from_utf8_lossy(&right.stdout),
        format!("A=1\nC={token}\n")
    );
    assert_eq!(
        String::from_utf8_lossy(&right.stderr),
        "recover.py: output line 2 C: does not authenticate\n"
    );
    // Nothing is written that cannot be sealed as a whole.
    let again = recover(folder.path(), 5, &["seal", "--key-file", "app.key", ".env"]);
    assert_eq!((again.status.code(), again.stdout), (Some(4), vec![]));
}

#[test]
fn with_the_ledger_the_current_key_opens_what_retired_keys_sealed() {
    if !python_has("cryptography") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let production = "production".parse().expect("a good name");
    let meta = |day: u8| Meta {
        time: format!("2026-11-{day:02}T12:00:00Z")
            .parse()
            .expect("a time"),
        who: "A <a@example.org>".to_owned(),
        reason: "test".to_owned(),
        files: 1,
        values: 1,
        due: None,
        suite: None,
    };
    let mut ledger = Ledger::default();
    let first = ledger.create(&production, &key(7), meta(1));
    ledger = ledger.with(first.expect("creates"));
    for (day, number) in [(2, 8), (3, 9)] {
        let held = ring(&[&key(number - 1)]);
        let entry = ledger.rotate(&production, &key(number), &held, meta(day), false);
        ledger = ledger.with(entry.expect("rotates"));
    }
    std::fs::write(folder.path().join("ledger.jsonl"), ledger.to_text()).expect("writes");
    std::fs::write(folder.path().join(".env"), seal(b"OLD=1\n", &key(7))).expect("writes");
    let arguments = [
        "open",
        "--key-file",
        "app.key",
        ".env",
        "--ledger",
        "ledger.jsonl",
    ];
    assert_eq!(
        recover(folder.path(), 9, &arguments[..4]).status.code(),
        Some(3)
    );
    let output = recover(folder.path(), 9, &arguments);
    assert_eq!(
        (output.status.code(), &*output.stdout),
        (Some(0), &b"OLD=1\n"[..])
    );
}
