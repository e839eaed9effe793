//! What holds for every ledger: of any shape, cut anywhere, changed anywhere.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::samples::{any_ledger, chain, forged, key, ring};
use super::*;

fn with_fitting_id(line: &str) -> Option<String> {
    let whole: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).ok()?;
    let mut body = whole.clone();
    body.remove("id");
    body.remove("macs");
    let mut fitting = whole;
    let id = EntryId::of(&canonical::object(&body).ok()?);
    fitting.insert("id".to_owned(), id.to_string().into());
    canonical::object(&fitting).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_line_read_and_written_is_the_same_line(
        reason: String, who: String, files: u32, values: u32, name in "\\PC{0,8}", field: String,
        number in -9_007_199_254_740_991..=9_007_199_254_740_991_i64,
    ) {
        let entry = forged(&chain(&[1, 2]).entries()[1], &[1, 2], |entry| {
            entry.reason = reason;
            entry.who = who;
            entry.files = files;
            entry.values = values;
            entry.due = Some(samples::date("2027-02-21"));
            entry.suite = Some("fernet".to_owned());
            entry.unknown.insert(format!("x{name}"), serde_json::json!({name: field, "n": number}));
        });
        prop_assert_eq!(Entry::parse(entry.to_line().as_bytes()), Ok(entry));
    }

    #[test]
    fn flipping_any_byte_is_found(at: prop::sample::Index, flip in 1..=255_u8) {
        let ledger = chain(&[1, 2]);
        let mut text = ledger.to_text().into_bytes();
        let at = at.index(text.len() - 1);
        // The line end between two lines is not part of a line: without it there is no second one.
        text[at] ^= flip;
        let changed = Ledger::read(&text);
        let blank = |byte: u8| byte == b'\n' || byte == b'\r';
        prop_assert!(
            !changed.verify(&ring(&[2])).is_empty() || blank(text[at]) && changed.to_text() == ledger.to_text()
        );
    }

    #[test]
    fn a_line_that_is_read_is_written_byte_for_byte(at: prop::sample::Index, with in "[ -~]{0,3}") {
        let entry = forged(&chain(&[1, 2]).entries()[1], &[1, 2], |entry| {
            entry.due = Some(samples::date("2027-02-21"));
        });
        let mut line = entry.to_line();
        let at = at.index(line.len());
        line.replace_range(at..=at, &with);
        // With an id that fits, so that nothing but the fields decides.
        let Some(line) = with_fitting_id(&line) else {
            return Ok(());
        };
        if let Ok(entry) = Entry::parse(line.as_bytes()) {
            prop_assert_eq!(entry.to_line(), line);
        }
    }

    #[test]
    fn nothing_makes_reading_panic(text: Vec<u8>) {
        let ledger = Ledger::read(&text);
        prop_assert!(ledger.entries().is_empty());
    }

    #[test]
    fn union_is_commutative_and_idempotent_and_loses_nothing(
        (all, _) in any_ledger(), cut: u64, other_cut: u64,
    ) {
        let part = |mask: u64| {
            let kept = all.entries().iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1);
            kept.fold(Ledger::default(), |ledger, (_, entry)| ledger.with(entry.clone()))
        };
        let (a, b) = (part(cut), part(other_cut));
        let union = a.merge(&b);
        prop_assert_eq!(union.to_text(), b.merge(&a).to_text());
        prop_assert_eq!(union.merge(&b).to_text(), union.to_text());
        prop_assert_eq!(union.merge(&union).to_text(), union.to_text());
        prop_assert_eq!(union.compare_against(&a), []);
        prop_assert_eq!(union.entries().len(), part(cut | other_cut).entries().len());
    }

    #[test]
    fn heads_are_what_has_no_descendant((ledger, numbers) in any_ledger()) {
        for environment in ledger.environments() {
            let own = || ledger.entries().iter().filter(|entry| entry.environment == *environment);
            let parents: BTreeSet<_> = own().flat_map(|entry| entry.parents.clone()).collect();
            let expected: BTreeSet<_> =
                own().map(|entry| entry.id).filter(|id| !parents.contains(id)).collect();
            let heads: Vec<_> = ledger.heads(environment).iter().map(|head| head.id).collect();
            prop_assert!(heads.is_sorted());
            prop_assert_eq!(heads.into_iter().collect::<BTreeSet<_>>(), expected);
            prop_assert!(ledger.sealing_key(environment, &ring(&numbers)).is_ok());
        }
        let findings = ledger.verify(&ring(&numbers));
        let only_forks = findings.iter().all(|f| matches!(f.problem, Problem::Fork { .. }));
        prop_assert!(only_forks, "{:?}", findings);
    }

    #[test]
    fn the_heads_keys_unwrap_every_key_there_was((ledger, numbers) in any_ledger()) {
        let mut held = crate::core::key::Keyring::new();
        for head in ledger.environments().flat_map(|environment| ledger.heads(environment)) {
            let is_heads = |number: &&u32| key(**number).id() == head.key_id;
            held.add(key(*numbers.iter().find(is_heads).expect("one of ours")));
        }
        for entry in ledger.entries() {
            let opened = ledger.unwrap_key(entry.key_id, &held).expect("unwraps");
            prop_assert_eq!(opened.commitment(), entry.commitment);
        }
    }
}
