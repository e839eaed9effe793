//! The ledger's format is no secret of this program: docs/ledger-verify.py, written against the
//! specification with another JSON and another crypto library, comes to the same conclusions.
//!
//! Needs `python3` with `PyPI`'s `cryptography`; where that is missing the tests say so and pass,
//! unless `GIT_SEAL_REQUIRE_PYTHON` is set, as in CI.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use git_seal::core::environment::Environment;
use git_seal::core::key::{Keyring, MasterKey, SealKey};
use git_seal::core::ledger::{Entry, Ledger, Meta, canonical};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value};

#[path = "python/present.rs"]
mod present;

use present::python_has;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ledger-verify.py");

fn key(number: u8) -> Arc<SealKey> {
    Arc::new(SealKey::derive(MasterKey::from_bytes([number; 32])))
}

fn environment(name: &str) -> Environment {
    name.parse().expect("a good name")
}

fn meta(minute: u8) -> Meta {
    Meta {
        time: format!("2026-11-23T21:{minute:02}:00Z")
            .parse()
            .expect("a time"),
        who: "Zoë \"Z\" <zoe@example.org>".to_owned(),
        reason: "a\\b\u{7f}\u{1}\n\u{2028}😀\u{fb33}".to_owned(),
        files: 3,
        values: 42,
        due: Some("2027-02-21".parse().expect("a date")),
        suite: None,
    }
}

fn rotated(ledger: &Ledger, to: u8, held: &[u8]) -> Ledger {
    let mut ring = Keyring::new();
    for number in held {
        ring.add(key(*number));
    }
    let production = environment("production");
    let entry = ledger.rotate(&production, &key(to), &ring, meta(to), true);
    ledger.with(entry.expect("rotates"))
}

/// Two environments; one of them forked and settled.
fn sample() -> Ledger {
    let mut ledger = Ledger::default();
    for (name, number) in [("production", 1), ("default", 9)] {
        let entry = ledger.create(&environment(name), &key(number), meta(0));
        ledger = ledger.with(entry.expect("creates"));
    }
    let forked = rotated(&ledger, 2, &[1]).merge(&rotated(&ledger, 3, &[1]));
    rotated(&forked, 4, &[2, 3])
}

/// Runs the script on a ledger with one key, given by the environment.
fn verify(text: &str, number: Option<u8>) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.jsonl");
    std::fs::write(&path, text).expect("writes");
    let mut command = Command::new("python3");
    command.arg(SCRIPT);
    if let Some(number) = number {
        command.args(["--key-env", "LEDGER_TEST_KEY"]);
        command.env("LEDGER_TEST_KEY", key(number).master().to_text().as_str());
    }
    command.arg(&path).output().expect("python3 runs")
}

fn outcome(output: &Output) -> (Option<i32>, String) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.code(), text)
}

#[test]
fn python_verifies_our_ledgers_with_and_without_keys() {
    if !python_has("cryptography") {
        return;
    }
    let text = sample().to_text();
    let expect = |keys: u8| format!("5 entries, {keys} keys: all is well\n");
    assert_eq!(outcome(&verify(&text, None)), (Some(0), expect(0)));
    assert_eq!(outcome(&verify(&text, Some(9))), (Some(0), expect(1)));
    // The settling key unwraps both sides of the fork and the key before them.
    assert_eq!(outcome(&verify(&text, Some(4))), (Some(0), expect(4)));
}

#[test]
fn python_finds_what_was_done_to_a_ledger() {
    if !python_has("cryptography") {
        return;
    }
    let text = sample().to_text();
    let lines: Vec<&str> = text.lines().collect();
    let code = |text: &str, number| outcome(&verify(text, number)).0;
    assert_eq!(
        code(&text.replacen("\"files\":3", "\"files\":4", 1), None),
        Some(4)
    );
    assert_eq!(
        code(&text.replacen("\"v\":1", "\"v\": 1", 1), None),
        Some(4)
    );
    assert_eq!(code(&lines[1..].join("\n"), None), Some(1));
    assert_eq!(code(&lines[..4].join("\n"), None), Some(1));
    let reversed: Vec<&str> = lines.iter().rev().copied().collect();
    assert_eq!(code(&reversed.join("\n"), None), Some(1));

    let mut entry = sample().entries()[4].clone();
    entry.macs.insert(key(2).id(), [0; 32]);
    let changed = format!("{}\n{}\n", lines[..4].join("\n"), entry.to_line());
    assert_eq!(code(&changed, None), Some(0));
    let (code, said) = outcome(&verify(&changed, Some(4)));
    assert_eq!(code, Some(4));
    assert_eq!(
        said,
        format!("line 5: the MAC of key {} is wrong\n", key(2).id())
    );
}

#[test]
fn python_and_we_agree_on_every_damaged_line() {
    if !python_has("cryptography") {
        return;
    }
    let good = sample().entries()[2].to_line();
    let mut runner = TestRunner::deterministic();
    let damage = (any::<prop::sample::Index>(), any::<u8>());
    let mut lines = vec![good.clone().into_bytes()];
    for _ in 0..400 {
        let (at, byte) = damage.new_tree(&mut runner).expect("a value").current();
        let mut line = good.clone().into_bytes();
        let at = at.index(line.len());
        line[at] = if byte == b'\n' { b'x' } else { byte };
        lines.push(line);
    }
    for (from, to) in [
        ("21:02:00Z", "21:02:60Z"),
        ("2026-11-23T", "2026-02-30T"),
        ("2027-02-21", "0001-02-21"),
        ("\"files\":3", "\"files\":3.0"),
        ("\"files\":3", "\"files\":-0"),
        ("\"v\":1", "\"v\":true"),
        ("\"files\":3", "\"files\":4294967296"),
        ("production", "my-file"),
        ("\"who\":", "\"x\":"),
    ] {
        lines.push(good.replace(from, to).into_bytes());
    }
    let program = "import runpy,sys\n\
        parse=runpy.run_path(sys.argv[1])['parse']\n\
        def good(line):\n\
        \ttry: parse(line); return '1'\n\
        \texcept ValueError: return '0'\n\
        print(''.join(good(line) for line in sys.stdin.buffer.read().split(b'\\n')),end='')";
    let ours: String = lines
        .iter()
        .map(|line| if Entry::parse(line).is_ok() { '1' } else { '0' })
        .collect();
    assert_eq!(piped(program, &lines.join(&b'\n')), ours.as_bytes());
    assert!(ours.starts_with('1') && ours.contains('0'));
}

#[test]
fn python_spells_objects_as_we_do() {
    if !python_has("cryptography") {
        return;
    }
    let mut runner = TestRunner::deterministic();
    let mut given = String::new();
    let mut ours = String::new();
    for _ in 0..500 {
        let map = objects().new_tree(&mut runner).expect("a value").current();
        // How serde_json spells it is one more spelling that is not ours.
        given.push_str(&serde_json::to_string(&map).expect("JSON"));
        given.push('\n');
        ours.push_str(&canonical::object(&map).expect("exact integers"));
        ours.push('\n');
    }
    let by_script = "import runpy,sys,json\n\
        canonical=runpy.run_path(sys.argv[1])['canonical']\n\
        for line in sys.stdin.buffer.read().split(b'\\n')[:-1]:\n\
        \tsys.stdout.buffer.write(canonical(json.loads(line)).encode()+b'\\n')";
    assert_eq!(piped(by_script, given.as_bytes()), ours.as_bytes());
    // Python's own writer, given the fields in the right order, is a third opinion.
    let by_json = "import sys,json\n\
        order=lambda v: {k:order(v[k]) for k in sorted(v,key=lambda k:k.encode('utf-16-be'))} \
        if isinstance(v,dict) else [order(i) for i in v] if isinstance(v,list) else v\n\
        for line in sys.stdin.buffer.read().split(b'\\n')[:-1]:\n\
        \ttext=json.dumps(order(json.loads(line)),ensure_ascii=False,separators=(',',':'))\n\
        \tsys.stdout.buffer.write(text.encode()+b'\\n')";
    assert_eq!(piped(by_json, given.as_bytes()), ours.as_bytes());
}

fn objects() -> impl Strategy<Value = Map<String, Value>> {
    const EXACT: i64 = (1 << 53) - 1;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-EXACT..=EXACT).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\\x00-\\x7f\\u{80}-\\u{9f}\\u{2028}\\u{2029}\\u{e000}-\\u{ffff}\\u{10000}-\\u{1ffff}]{0,9}"
            .prop_map(Value::from),
    ];
    let name = || {
        prop_oneof![
            any::<String>(),
            "[a-c\\u{e000}\\u{ffee}\\u{10000}\\u{1f600}]{0,3}"
        ]
    };
    let value = leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map(name(), value, 0..8).prop_map(|map| map.into_iter().collect())
}

/// What a Python program prints when it is given the script's path and an input.
fn piped(program: &str, input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("python3")
        .args(["-c", program, SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    // The programs read all of their input before they write.
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(input).expect("python3 reads");
    drop(stdin);
    let output = child.wait_with_output().expect("python3 ends");
    assert!(output.status.success());
    output.stdout
}
