//! Ledgers that somebody made to keep others waiting. Whatever took a step per pair of entries would
//! take hours here; nothing measures time.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::samples::{chain, day, environment, key, production, ring};
use super::*;
use crate::core::key::KeyId;

/// Entries of each ledger.
const MANY: usize = 30_000;

fn id(number: usize) -> EntryId {
    let mut bytes = [0; 32];
    bytes[24..].copy_from_slice(&(number as u64).to_be_bytes());
    EntryId(bytes)
}

fn key_id(number: usize) -> KeyId {
    KeyId((number as u64).to_be_bytes())
}

/// An entry that nobody signed: its place in the graph is all that counts here.
fn entry(number: usize, event: Event, under: usize, parents: &[usize]) -> Entry {
    static MODEL: LazyLock<Entry> = LazyLock::new(|| chain(&[1]).entries()[0].clone());
    let mut entry = MODEL.clone();
    entry.id = id(number);
    entry.event = event;
    entry.key_id = key_id(under);
    entry.parents = parents.iter().map(|parent| id(*parent)).collect();
    entry.macs.clear();
    entry
}

fn ledger(entries: Vec<Entry>) -> Ledger {
    let lines = (1..=entries.len()).collect();
    Ledger::assemble(entries, lines, Vec::new())
}

fn grant() -> Event {
    Event::Other("grant".to_owned())
}

/// Asks a ledger everything that it is asked about each of its entries or environments.
fn ask(ledger: &Ledger) -> Vec<Finding> {
    let policy = RotationPolicy {
        rotate_every_days: Some(90),
        warn_before_days: 14,
    };
    let dues = ledger.due(|_| policy, day(1));
    assert_eq!(dues.len(), ledger.environments().count());
    let verified = report::Verified::default();
    assert!(report::page(ledger, &dues, verified, day(1)).len() > ledger.entries().len());
    assert!(report::csv::table(ledger).len() > ledger.entries().len());
    let _ = report::json::document(ledger, &dues, None);
    let _ = ledger.compromised_keys();
    assert!(ledger.sealing_key(&production(), &ring(&[1])).is_err());
    let wanted: Vec<KeyId> = ledger.entries().iter().map(|entry| entry.key_id).collect();
    assert!(ledger.unwrap_keys(&wanted, &ring(&[1])).len() <= wanted.len());
    assert_eq!(ledger.merge(ledger).entries().len(), ledger.entries().len());
    ledger.verify(&ring(&[1]))
}

fn returns(findings: &[Finding]) -> usize {
    let returning = |finding: &&Finding| matches!(finding.problem, Problem::KeyReturns(_));
    findings.iter().filter(returning).count()
}

#[test]
fn many_rotations_to_one_key_on_a_long_chain() {
    let half = MANY / 2;
    let mut entries = vec![entry(0, Event::Create, 0, &[])];
    entries.extend((1..half).map(|at| entry(at, Event::Rotate, at, &[at - 1])));
    entries.extend((half..MANY).map(|at| entry(at, Event::Rotate, half, &[half - 1])));
    // Under one key side by side, as two branches may have it: no key returns.
    assert_eq!(returns(&ask(&ledger(entries))), 0);
}

#[test]
fn a_chain_that_goes_through_all_its_keys_a_second_time() {
    let half = MANY / 2;
    let mut entries = vec![entry(0, Event::Create, 0, &[])];
    entries.extend((1..MANY).map(|at| entry(at, Event::Rotate, at % half, &[at - 1])));
    assert_eq!(returns(&ask(&ledger(entries))), half);
}

#[test]
fn many_entries_under_one_key_that_none_of_them_brought() {
    let mut entries = vec![entry(0, grant(), 0, &[])];
    entries.extend((1..MANY).map(|at| entry(at, grant(), 0, &[at - 1])));
    assert_eq!(returns(&ask(&ledger(entries))), 0);
}

#[test]
fn many_heads_under_retired_keys() {
    let half = MANY / 2;
    let retiring = (0..half).map(|at| {
        let mut retiring = entry(at, Event::Rotate, at, &[]);
        retiring.previous = vec![key_id(half + at)];
        retiring
    });
    let retired = (half..MANY).map(|at| entry(at, Event::Create, at, &[]));
    // The lowest ids are those of heads that may not seal.
    let mut entries: Vec<Entry> = retired.chain(retiring).collect();
    for (at, entry) in entries.iter_mut().enumerate() {
        entry.id = id(at);
    }
    let findings = ask(&ledger(entries));
    let fork = findings.iter().find_map(|finding| match &finding.problem {
        Problem::Fork { heads, .. } => Some(heads.len()),
        _ => None,
    });
    assert_eq!(fork, Some(MANY));
}

#[test]
fn many_environments_that_share_one_key() {
    let entries = (0..MANY).map(|at| {
        let mut entry = entry(at, Event::Create, 0, &[]);
        entry.environment = environment(&format!("e{at}"));
        entry.compromised = true;
        entry.previous = vec![key_id(0)];
        entry
    });
    let findings = ask(&ledger(entries.collect()));
    let contested = |finding: &&Finding| matches!(finding.problem, Problem::Contested(_));
    assert_eq!(findings.iter().filter(contested).count(), MANY);
}

#[test]
fn wide_merges() {
    let width = 250;
    let mut entries: Vec<Entry> = (0..width)
        .map(|at| entry(at, Event::Create, at, &[]))
        .collect();
    let all: Vec<usize> = (0..width).collect();
    let rows = 2 * width;
    entries.extend((width..rows).map(|at| entry(at, Event::Rotate, at % width, &all)));
    let parents: Vec<usize> = (0..MANY).collect();
    entries.push(entry(MANY, Event::Rotate, MANY, &parents));
    let findings = ask(&ledger(entries));
    let missing = |finding: &&Finding| matches!(finding.problem, Problem::UnknownParent(_));
    assert_eq!(findings.iter().filter(missing).count(), MANY - rows);
}

#[test]
fn many_wrapped_keys_that_do_not_open() {
    let mut hoard = entry(0, Event::Create, 0, &[]);
    hoard.key_id = key(1).id();
    hoard.commitment = key(1).commitment();
    let token = chain(&[2, 1]).entries()[1].wrapped[&key(2).id()].clone();
    hoard.wrapped = (0..MANY / 10)
        .map(|at| (key_id(at), token.clone()))
        .collect();
    let mut entries = vec![hoard];
    entries.extend((1..MANY / 10).map(|at| entry(at, Event::Create, at, &[])));
    let findings = ask(&ledger(entries));
    let closed = |finding: &&Finding| matches!(finding.problem, Problem::WrappedNotAuthentic(_));
    assert_eq!(findings.iter().filter(closed).count(), MANY / 10);
}

proptest! {
    /// Random graphs under few keys, against a walk from every entry.
    #[test]
    fn a_key_returns_where_an_ancestor_stands_under_it(
        steps in prop::collection::vec((0..6_usize, 0..3_u8, any::<[prop::sample::Index; 2]>()), 1..40),
        many_keys: bool,
    ) {
        let mut entries: Vec<Entry> = Vec::new();
        for (at, (under, event, parents)) in steps.into_iter().enumerate() {
            let event = match event {
                0 => Event::Create,
                1 => Event::Rotate,
                _ => grant(),
            };
            let parents: BTreeSet<usize> = match at {
                0 => BTreeSet::new(),
                _ => parents.iter().map(|parent| parent.index(at)).collect(),
            };
            let parents: Vec<usize> = parents.into_iter().collect();
            entries.push(entry(at, event, under, &parents));
        }
        let own = entries.len();
        if many_keys {
            // More keys than one pass follows, each brought twice, in front of those in question.
            entries.extend((own..own + 1200).map(|at| {
                entry(at, Event::Create, usize::MAX - at / 2, &[])
            }));
        }
        let brings = |entry: &Entry| entry.event.introduces_key();
        let brought = |key: KeyId| entries.iter().filter(|e| e.key_id == key && brings(e)).count();
        let mut expected = BTreeSet::new();
        for (at, start) in entries.iter().enumerate().take(own) {
            let mut open = vec![at];
            let mut above = BTreeSet::new();
            while let Some(at) = open.pop() {
                for parent in &entries[at].parents {
                    let parent = entries.iter().position(|e| e.id == *parent).expect("there");
                    if above.insert(parent) {
                        open.push(parent);
                    }
                }
            }
            let stood = above.iter().any(|at| entries[*at].key_id == start.key_id);
            if start.event == Event::Rotate && stood && brought(start.key_id) > 1 {
                expected.insert(at);
            }
        }
        prop_assert_eq!(ledger(entries).returning(), expected);
    }
}
