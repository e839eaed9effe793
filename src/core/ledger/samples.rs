//! Keys, entries and whole ledgers for the tests.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use super::{Entry, Ledger, Meta};
use crate::core::environment::Environment;
use crate::core::key::{Keyring, MasterKey, SealKey};

pub fn key(number: u32) -> Arc<SealKey> {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Arc::new(SealKey::derive(MasterKey::from_bytes(bytes)))
}

pub fn ring(numbers: &[u32]) -> Keyring {
    let mut ring = Keyring::new();
    for number in numbers {
        ring.add(key(*number));
    }
    ring
}

pub fn environment(name: &str) -> Environment {
    name.parse().expect("a good name")
}

pub fn production() -> Environment {
    environment("production")
}

pub fn day(number: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-01-01T12:00:00Z".parse().expect("a time");
    start + TimeDelta::days(number)
}

pub fn meta(on: i64) -> Meta {
    Meta {
        time: day(on),
        who: "Ada <ada@example.org>".to_owned(),
        reason: "Quarterly rotation".to_owned(),
        files: 3,
        values: 42,
        due: None,
        suite: None,
    }
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// `create` under the first key, a rotation a day after that.
pub fn chain(numbers: &[u32]) -> Ledger {
    let (first, rest) = numbers.split_first().expect("a key");
    let mut ledger = Ledger::default();
    let created = ledger.create(&production(), &key(*first), meta(0));
    ledger = ledger.with(created.expect("creates"));
    for (number, on) in rest.iter().zip(1..) {
        ledger = ledger.with(rotated(&ledger, *number, numbers, on));
    }
    ledger
}

pub fn rotated(ledger: &Ledger, to: u32, held: &[u32], on: i64) -> Entry {
    ledger
        .rotate(&production(), &key(to), &ring(held), meta(on), false)
        .expect("rotates")
}

/// Changes an entry and signs it again, as whoever knows these keys could.
pub fn forged(entry: &Entry, signers: &[u32], change: impl FnOnce(&mut Entry)) -> Entry {
    let mut entry = entry.clone();
    change(&mut entry);
    let keys: Vec<_> = signers.iter().map(|number| key(*number)).collect();
    entry.sign(&keys.iter().map(Arc::as_ref).collect::<Vec<_>>());
    entry
}

/// A ledger of two environments after random rotations on random branches, merges and forks
/// included; with the keys that made it.
pub fn any_ledger() -> impl Strategy<Value = (Ledger, Vec<u32>)> {
    prop::collection::vec((0..4_u8, 0..8_usize, 0..8_usize), 1..14).prop_map(|steps| {
        let mut numbers: Vec<u32> = vec![0, 1];
        let mut base = Ledger::default();
        for (name, number) in [("production", 0), ("default", 1)] {
            let entry = base.create(&environment(name), &key(number), meta(0));
            base = base.with(entry.expect("creates"));
        }
        let mut branches = vec![base];
        for (what, a, b) in steps {
            let from = branches[a % branches.len()].clone();
            let on = i64::try_from(numbers.len()).expect("small");
            if what == 0 {
                branches.push(from.merge(&branches[b % branches.len()]));
                continue;
            }
            let name = ["production", "default"][usize::from(what == 1)];
            let number = u32::try_from(numbers.len()).expect("small");
            let entry = from.rotate(
                &environment(name),
                &key(number),
                &ring(&numbers),
                meta(on),
                false,
            );
            numbers.push(number);
            branches.push(from.with(entry.expect("rotates")));
        }
        let merged = branches[1..]
            .iter()
            .fold(branches[0].clone(), |all, branch| all.merge(branch));
        (merged, numbers)
    })
}
