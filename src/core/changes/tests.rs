//! What changed, in a compact notation: `+A` added, `-A` removed, `~A` changed, `A>B` renamed,
//! `=A` re-sealed, `?A` unclear, `!A` exposed, `*A` sealed, `/A` reordered; `#` stands for a comment,
//! `_` for a line of no form.

use std::sync::Arc;

use proptest::prelude::*;

use super::across::{FileChanges, find_moves};
use super::compare::{Comparison, Difference, compare};
use super::*;
use crate::core::dotenv::dotenv_like;
use crate::core::environment::Environment;
use crate::core::file;
use crate::core::key::{Keyring, MasterKey, SealKey};
use crate::core::policy::Policy;
use crate::core::suites::Suite;

fn key(byte: u8) -> Arc<SealKey> {
    Arc::new(SealKey::derive(MasterKey::from_bytes([byte; 32])))
}

fn ring(keys: &[u8]) -> Keyring {
    let mut ring = Keyring::new();
    for byte in keys {
        ring.add(key(*byte));
    }
    ring
}

fn seal(text: &str, byte: u8) -> Vec<u8> {
    file::seal(
        text.as_bytes(),
        &file::SealWith::new(Some(&key(byte)), &ring(&[byte]), &Policy::default()),
    )
    .expect("seals")
}

fn changes(old: &[u8], new: &[u8], keys: &[u8]) -> Vec<Change> {
    let keyring = ring(keys);
    let current = keys.first().map(|byte| key(*byte));
    let reading = Reading {
        keyring: &keyring,
        current: current.as_deref(),
        suite: Suite::default(),
    };
    let (old, new) = (Version::read(old, &keyring), Version::read(new, &keyring));
    between(&old, &new, &reading)
}

fn told(changes: &[Change]) -> String {
    let word = |change: &Change| {
        let name = match change.subject {
            Subject::Variable => change.name.as_deref().expect("variables have names"),
            Subject::Comment => "#",
            Subject::Line => "_",
            Subject::File => "@",
        };
        match &change.what {
            What::Added => format!("+{name}"),
            What::Removed => format!("-{name}"),
            What::Changed => format!("~{name}"),
            What::Renamed { from } => format!("{from}>{name}"),
            What::Moved { from } => format!("{from}:{name}"),
            What::Resealed => format!("={name}"),
            What::Unclear => format!("?{name}"),
            What::Sealed => format!("*{name}"),
            What::Exposed => format!("!{name}"),
            What::Reordered => format!("/{name}"),
        }
    };
    changes.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Sealed under one key and read with it, then read without; both must tell the same.
fn told_between(old: &str, new: &str) -> String {
    let open = told(&changes(&seal(old, 1), &seal(new, 1), &[1]));
    assert_eq!(
        open,
        told(&changes(old.as_bytes(), new.as_bytes(), &[])),
        "plain and sealed"
    );
    open
}

#[test]
fn each_kind_of_change_is_told() {
    for (old, new, expected) in [
        ("A=1\n", "A=1\n", ""),
        ("", "A=1\nB=2\n", "+A +B"),
        ("A=1\nB=2\n", "", "-A -B"),
        ("A=1\nB=2\nC=3\n", "A=1\nC=4\nD=5\n", "-B ~C +D"),
        ("A='x\ny'\n", "A='x\nz'\n", "~A"),
        ("A=1\n", "export A=1\n", "~A"),
        ("A=1\n\n\nB=1", "A=1\r\nB=1\r\n", ""),
        ("# a\nA=1\n", "# b\nA=1\n# c\n", "~# +#"),
        ("# a\n# b\n", "# b\n", "-#"),
        ("x y\n", "x z\n", "~_"),
        ("A=1\nB=2\nC=3\n", "B=2\nC=3\nA=1\n", "/A"),
        ("A=1\nB=2\nC=3\n", "B=2\nC=3\nA=2\n", "~A"),
    ] {
        assert_eq!(told_between(old, new), expected, "{old:?} {new:?}");
    }
}

#[test]
fn a_rename_needs_a_telling_value_or_the_same_place() {
    for (old, new, expected) in [
        (
            "A=long-enough-value\nB=1\n",
            "B=1\nX=long-enough-value\n",
            "A>X",
        ),
        ("A=on\nB=1\n", "X=on\nB=1\n", "A>X"),
        ("A=on\nB=1\n", "B=1\nX=on\n", "-A +X"),
        ("A=\nB=1\n", "X=\nB=1\n", "-A +X"),
        ("A=\"long-enough-value\"\n", "X=long-enough-value\n", "A>X"),
    ] {
        assert_eq!(told_between(old, new), expected, "{old:?} {new:?}");
    }
    let (old, new) = (
        seal("A=long-enough-value\n", 1),
        seal("X=long-enough-value\n", 1),
    );
    assert_eq!(told(&changes(&old, &new, &[])), "-A +X");
}

#[test]
fn a_name_that_stands_twice_is_paired_by_value_then_by_place() {
    for (old, new, expected) in [
        ("A=1\nA=2\n", "A=1\nA=3\n", "~A"),
        ("A=1\nA=2\n", "A=2\n", "-A"),
        ("A=1\n", "A=0\nA=1\n", "+A"),
        ("A=1\nA=2\nA=3\n", "A=4\nA=3\n", "~A -A"),
    ] {
        assert_eq!(told_between(old, new), expected, "{old:?} {new:?}");
    }
}

#[test]
fn a_rotation_is_told_as_far_as_the_keys_go() {
    let (old, new) = (seal("A=1\nB=1\n# c\n", 1), seal("A=1\nB=2\n# c\n", 2));
    assert_eq!(told(&changes(&old, &new, &[2, 1])), "=A ~B =#");
    assert_eq!(told(&changes(&old, &new, &[])), "?A ?B ?#");
    assert_eq!(told(&changes(&old, &new, &[2])), "?A ?B ?#");
    assert_eq!(told(&changes(&old, &seal("A=1\nB=2\n# c\n", 1), &[])), "~B");
}

#[test]
fn a_secret_that_becomes_readable_is_told() {
    let sealed = seal("A=1\nB=1\n", 1);
    let line = sealed.split(|b| *b == b'\n').nth(1).expect("a line");
    let exposed = String::from_utf8_lossy(&sealed).replace(&*String::from_utf8_lossy(line), "A=1");
    assert_eq!(told(&changes(&sealed, exposed.as_bytes(), &[1])), "!A");
    assert_eq!(told(&changes(exposed.as_bytes(), &sealed, &[1])), "*A");
    assert_eq!(told(&changes(&sealed, b"A=1\nB=1\n", &[1])), "");
}

#[test]
fn fingerprints_are_those_of_the_token_under_the_current_key() {
    let fingerprint = |old: &[u8], keys: &[u8]| {
        let changes = changes(old, b"", keys);
        changes[0]
            .old
            .as_ref()
            .and_then(|end| end.fingerprint.clone())
    };
    let (first, second) = (seal("A=1\n", 1), seal("A=1\n", 2));
    let expected = fingerprint(&second, &[]);
    assert_eq!(expected.as_ref().map(String::len), Some(8));
    assert_eq!(fingerprint(&second, &[2]), expected);
    assert_eq!(fingerprint(&first, &[2, 1]), expected);
    assert_eq!(fingerprint(b"A=1\n", &[2]), expected);
    assert_ne!(fingerprint(&first, &[]), expected);
    assert_eq!(fingerprint(b"A=1\n", &[]), None);
}

#[test]
fn a_query_key_that_is_a_value_elsewhere_is_not_named() {
    let (old, new) = (
        b"U=http://h/?topsecret=1&b=1\nP=topsecret\n",
        b"U=http://h/?topsecret=2&b=2\nP=topsecret\n",
    );
    let parts = &changes(old, new, &[])[0].parts;
    assert_eq!(
        parts[..],
        [Part::Query(None), Part::Query(Some("b".into()))]
    );
}

fn file(path: &str, old: &str, new: &str) -> FileChanges {
    FileChanges {
        path: path.into(),
        environment: Environment::default_name(),
        changes: changes(&seal(old, 1), &seal(new, 1), &[]),
    }
}

#[test]
fn what_goes_here_and_comes_there_moved() {
    let mut files = [
        file(".env", "A=1\nB=1\n", ""),
        file("api/.env", "", "A=1\nB=2\n"),
    ];
    find_moves(&mut files);
    assert_eq!(told(&files[0].changes), "-B");
    assert_eq!(told(&files[1].changes), ".env:A +B");
}

#[test]
fn an_opaque_file_changes_as_a_whole() {
    let sealed = |byte, plain: &[u8]| Suite::default().seal_file(&key(byte), plain);
    let what = |old: &[u8], new: &[u8], keys: &[u8]| {
        let read = |file: &[u8]| Content::read_whole(file, &ring(keys));
        opaque(Some(&read(old)), Some(&read(new)), old == new)
    };
    let (a, b, rotated) = (sealed(1, b"a"), sealed(1, b"b"), sealed(2, b"a"));
    assert_eq!(what(&a, &a, &[]), None);
    assert_eq!(what(&a, &b, &[]), Some(What::Changed));
    assert_eq!(what(&a, &rotated, &[]), Some(What::Unclear));
    assert_eq!(what(&a, &rotated, &[1, 2]), Some(What::Resealed));
    assert_eq!(what(&b, &rotated, &[1, 2]), Some(What::Changed));
    let content = Content::read_whole(&a, &ring(&[]));
    assert_eq!(opaque(None, Some(&content), false), Some(What::Added));
    assert_eq!(opaque(Some(&content), None, false), Some(What::Removed));
}

#[test]
fn lines_are_counted_as_in_the_work_tree() {
    let text = "A='1\n2'\n\n# c\r\nB=1\n";
    let lines = |text: &[u8], keys: &[u8]| -> Vec<usize> {
        let version = Version::read(text, &ring(keys));
        version.items.iter().map(|item| item.line).collect()
    };
    assert_eq!(lines(text.as_bytes(), &[]), [1, 4, 5]);
    assert_eq!(lines(&seal(text, 1), &[1]), [1, 4, 5]);
}

#[test]
fn two_files_are_compared_by_what_a_loader_reads() {
    let keyring = ring(&[1]);
    let left = Version::read(b"A=1\nB='x'\nC=http://a/\nL=1\nL=2\n", &keyring).entries();
    let right = Version::read(b"B=x # same\nC=http://b/\nL=2\nR=1\n", &keyring).entries();
    let expected = Comparison {
        missing_left: vec!["R".into()],
        missing_right: vec!["A".into()],
        differing: vec![Difference {
            name: "C".into(),
            parts: vec![Part::Host],
        }],
        equal: vec!["B".into(), "L".into()],
        ..Comparison::default()
    };
    assert_eq!(compare(&left, &right), expected);
    let template = Version::read(b"A=\nB=change-me\nC=\nL=\nM=\n", &keyring).names_only();
    let found = compare(&left, &template);
    assert_eq!(found.missing_left, ["M"]);
    assert_eq!(found.named, ["A", "B", "C", "L"]);
    let sealed = |byte| Version::read(&seal("A=1\n", byte), &Keyring::new()).entries();
    assert_eq!(compare(&sealed(1), &sealed(2)).unclear, ["A"]);
    assert!(compare(&sealed(1), &sealed(1)).is_same());
}

proptest! {
    #[test]
    fn what_is_serialised_holds_no_value(
        values in prop::collection::vec("[a-z0-9]{8,12}(,[a-z0-9]{8,12})?", 6),
        shape in prop::sample::select(vec![
            "A={}\nB='{}'\n",
            "A={\"k\":\"{}\",\"m\":[\"{}\"]}\n",
            "A=http://{}:{}@h/{}?k={}\n",
            "# {}\n{} {}\n",
        ])
    ) {
        let fill = |from: usize| (from..from + 4).fold(shape.to_owned(), |text, at| text.replacen("{}", &values[at], 1));
        let (old, new) = (fill(0), fill(2));
        for keys in [&[1][..], &[]] {
            for (old, new) in [(old.clone().into_bytes(), new.clone().into_bytes()), (seal(&old, 1), seal(&new, 1))] {
                let changes = changes(&old, &new, keys);
                let json = serde_json::to_string(&changes).expect("serialises");
                for value in &values {
                    prop_assert!(!json.contains(value), "{} in {}", value, json);
                    let debug = format!("{changes:?}");
                    prop_assert!(!debug.contains(value));
                }
            }
        }
    }

    #[test]
    fn any_two_texts_can_be_compared_and_none_differs_from_itself(old in dotenv_like(), new in dotenv_like()) {
        prop_assert_eq!(told(&changes(&old, &old, &[1])), "");
        let changes = changes(&old, &new, &[1]);
        let keyring = ring(&[1]);
        let (old, new) = (Version::read(&old, &keyring), Version::read(&new, &keyring));
        let count = |what: fn(&Change) -> bool| changes.iter().filter(|change| what(change)).count();
        let added = count(|change| change.old.is_none());
        let removed = count(|change| change.new.is_none());
        prop_assert_eq!(new.items.len() + removed, old.items.len() + added);
    }
}
