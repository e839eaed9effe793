//! The ledger's promises, seen from outside.

use std::collections::BTreeSet;

use super::samples::{chain, environment, forged, key, meta, production, ring, rotated};
use super::*;
use crate::core::key::{Commitment, KeyId};
use crate::core::suites::Suite;
use crate::core::token::{Address, Kind};

fn problems(ledger: &Ledger, numbers: &[u32]) -> Vec<Problem> {
    let findings = ledger.verify(&ring(numbers)).into_iter();
    findings.map(|finding| finding.problem).collect()
}

fn sealing_number(ledger: &Ledger, numbers: &[u32]) -> Result<KeyId, SealingKeyError> {
    ledger
        .sealing_key(&production(), &ring(numbers))
        .map(|(key, _)| key.id())
}

fn lines(ledger: &Ledger) -> Vec<String> {
    ledger.to_text().lines().map(str::to_owned).collect()
}

#[test]
fn a_new_environment_seals_with_the_key_that_created_it() {
    let ledger = chain(&[1]);
    assert_eq!(sealing_number(&ledger, &[1]), Ok(key(1).id()));
    assert_eq!(problems(&ledger, &[1]), []);
    assert_eq!(ledger.environment_of(key(1).id()), Some(&production()));
}

#[test]
fn rotation_retires_the_old_key_and_the_new_one_opens_all_history() {
    let ledger = chain(&[1, 2, 3]);
    assert_eq!(sealing_number(&ledger, &[3]), Ok(key(3).id()));
    for number in [1, 2, 3] {
        let opened = ledger
            .unwrap_key(key(number).id(), &ring(&[3]))
            .expect("unwraps");
        assert_eq!(opened.master().bytes(), key(number).master().bytes());
    }
    assert!(ledger.unwrap_key(key(3).id(), &ring(&[2])).is_none());
    let KeyStatus::Retired { since, by } = ledger.status_of(&production(), key(1).id()) else {
        panic!("retired");
    };
    assert_eq!((since, by.key_id), (samples::day(1), key(2).id()));
    assert_eq!(
        ledger.status_of(&production(), key(3).id()),
        KeyStatus::Current
    );
    assert_eq!(
        ledger.status_of(&production(), key(9).id()),
        KeyStatus::Unknown
    );
    assert_eq!(problems(&ledger, &[3]), []);
}

#[test]
fn without_the_current_key_the_error_says_which_and_since_when() {
    let ledger = chain(&[1, 2]);
    assert_eq!(
        sealing_number(&ledger, &[1]),
        Err(SealingKeyError::KeyAbsent {
            current: key(2).id(),
            since: samples::day(1),
            at_hand_retired: vec![key(1).id()],
        })
    );
    assert_eq!(
        ledger
            .sealing_key(&environment("staging"), &ring(&[1]))
            .err(),
        Some(SealingKeyError::NoEntry)
    );
}

#[test]
fn a_fork_seals_with_the_lowest_head_until_one_more_rotation_settles_it() {
    let base = chain(&[1]);
    let ours = base.with(rotated(&base, 2, &[1], 1));
    let theirs = base.with(rotated(&base, 3, &[1], 2));
    let forked = ours.merge(&theirs);
    let heads = forked.heads(&production());
    assert_eq!(heads.len(), 2);
    assert!(heads[0].id < heads[1].id && forked.is_forked(&production()));
    assert_eq!(sealing_number(&forked, &[2, 3]), Ok(heads[0].key_id));
    assert_eq!(
        forked.status_of(&production(), heads[1].key_id),
        KeyStatus::Forked
    );
    assert!(matches!(
        problems(&forked, &[2, 3])[..],
        [Problem::Fork { .. }]
    ));
    let lowest = if heads[0].key_id == key(2).id() { 2 } else { 3 };
    assert!(matches!(
        sealing_number(&forked, &[5 - lowest]),
        Err(SealingKeyError::ForkedWithoutKey { current, at_hand, .. })
            if current == key(lowest).id() && at_hand == [key(5 - lowest).id()]
    ));

    assert_eq!(
        forked.rotate(&production(), &key(4), &ring(&[2]), meta(3), false),
        Err(AppendError::KeysAbsent(vec![key(3).id()]))
    );
    let settled = forked.with(rotated(&forked, 4, &[2, 3], 3));
    assert_eq!(sealing_number(&settled, &[4]), Ok(key(4).id()));
    assert_eq!(problems(&settled, &[4]), []);
}

#[test]
fn two_branches_that_both_create_merge_and_are_settled_by_a_rotation() {
    let merged = chain(&[1]).merge(&chain(&[2]));
    assert!(merged.is_forked(&production()));
    let settled = merged.with(rotated(&merged, 3, &[1, 2], 1));
    assert_eq!(problems(&settled, &[3]), []);
}

#[test]
fn a_branch_that_did_not_see_the_rotation_does_not_bring_the_old_key_back() {
    let ours = chain(&[1, 2]);
    let theirs = Ledger::default().with(forged(&chain(&[1]).entries()[0], &[1], |entry| {
        entry.time = samples::day(9);
    }));
    let merged = ours.merge(&theirs);
    assert!(merged.is_forked(&production()));
    assert_eq!(sealing_number(&merged, &[1, 2]), Ok(key(2).id()));
}

#[test]
fn a_leaver_cannot_make_an_old_key_seal_again() {
    let ledger = chain(&[1, 2]);
    // A second `create` under the old key, with an id ground to be the lowest.
    let ground = (0..1000)
        .map(|at| {
            forged(&ledger.entries()[0], &[1], |entry| {
                entry.reason = format!("grind {at}");
            })
        })
        .find(|entry| entry.id < ledger.entries()[1].id)
        .expect("found");
    assert_eq!(
        sealing_number(&ledger.with(ground), &[1, 2]),
        Ok(key(2).id())
    );
    // A rotation back, signed with the old key only; alone, or with an entry of a later kind on top.
    let back = forged(&ledger.entries()[1], &[1], |entry| {
        entry.parents = vec![ledger.entries()[1].id];
        entry.previous = vec![key(2).id()];
        entry.key_id = key(1).id();
        entry.commitment = key(1).commitment();
    });
    assert!(
        !ledger
            .with(back.clone())
            .authentic_head(&back, &ring(&[1, 2]))
    );
    assert!(matches!(
        sealing_number(&ledger.with(back), &[1, 2]),
        Err(SealingKeyError::Contested { .. })
    ));
}

/// A rotation of `chain(&[1, 2])` by somebody who has none of its keys, to key 8.
fn rotated_away(ledger: &Ledger) -> Entry {
    forged(&ledger.entries()[1], &[8], |entry| {
        entry.parents = vec![ledger.entries()[1].id];
        entry.previous = vec![key(2).id()];
        entry.key_id = key(8).id();
        entry.commitment = key(8).commitment();
        entry.wrapped.clear();
    })
}

#[test]
fn a_forged_rotation_to_any_other_key_at_hand_does_not_authenticate() {
    let ledger = chain(&[1, 2]);
    let away = rotated_away(&ledger);
    let forged_ledger = ledger.with(away.clone());
    let expected = Err(SealingKeyError::NotAuthentic {
        line: 3,
        id: away.id,
    });
    assert_eq!(sealing_number(&forged_ledger, &[2, 8]), expected);
    assert_eq!(sealing_number(&forged_ledger, &[2]), expected);
    assert!(problems(&forged_ledger, &[]).contains(&Problem::MacMissing(key(2).id())));
    assert!(matches!(
        forged_ledger.rotate(&production(), &key(9), &ring(&[2, 8]), meta(5), false),
        Err(AppendError::NotAuthentic { line: 3, .. })
    ));
    // An entry of a later kind on top, good in itself, does not hide it.
    let on_top = forged(&away, &[8], |entry| {
        entry.event = Event::Other("grant".to_owned());
        entry.parents = vec![away.id];
        entry.previous.clear();
    });
    assert_eq!(
        sealing_number(&forged_ledger.with(on_top), &[2, 8]),
        expected
    );
}

#[test]
fn a_rotation_that_does_not_wrap_what_it_replaces_does_not_authenticate() {
    // Whoever was given the forger's key, and has none of the replaced, can't check their MACs.
    let ledger = chain(&[1, 2]);
    let away = rotated_away(&ledger);
    let id = away.id;
    assert_eq!(
        sealing_number(&ledger.with(away), &[1, 8]),
        Err(SealingKeyError::NotAuthentic { line: 3, id })
    );
}

#[test]
fn only_what_a_given_key_vouches_for_is_its_history() {
    let ledger = chain(&[1, 2, 3]);
    let all = ring(&[1, 2, 3, 8]);
    let [first, second, third] = [0, 1, 2].map(|at| &ledger.entries()[at]);
    for (entry, given, expected) in [
        (first, 3, true),
        (second, 3, true),
        // A head is no history of itself, and a retired key vouches for nothing.
        (third, 3, false),
        (first, 2, false),
        (first, 8, false),
    ] {
        assert_eq!(
            ledger.is_history_of_given(entry, &ring(&[given]), &all),
            expected
        );
    }
    // Who knows key 1 can say that it replaced a key of theirs, and nothing later repeats it.
    let mut created = chain(&[8]).entries()[0].clone();
    created.environment = production();
    let past = forged(first, &[1, 8], |entry| {
        entry.event = Event::Rotate;
        entry.parents = vec![created.id];
        entry.previous = vec![key(8).id()];
    });
    let planted = ledger.with(created.clone()).with(past);
    for given in [1, 2, 3] {
        assert!(!planted.is_history_of_given(&created, &ring(&[given]), &all));
    }
    assert!(planted.is_history_of_given(first, &ring(&[3]), &all));
    // Nor does a head with made-up MACs.
    let made_up = forged(third, &[8], |_| ());
    let forged = chain(&[1, 2]).with(made_up);
    assert!(!forged.is_history_of_given(first, &ring(&[3]), &all));
}

#[test]
fn a_key_of_another_environment_never_seals() {
    let ledger = chain(&[1]);
    let development = environment("development");
    let ledger = ledger.with(
        ledger
            .create(&development, &key(2), meta(0))
            .expect("creates"),
    );
    assert!(matches!(
        ledger.create(&environment("staging"), &key(2), meta(0)),
        Err(AppendError::KeyKnown { .. })
    ));
    let planted = forged(&ledger.entries()[1], &[2], |entry| {
        entry.environment = production();
    });
    let forged_ledger = ledger.with(planted);
    assert_eq!(sealing_number(&forged_ledger, &[1, 2]), Ok(key(1).id()));
    assert!(problems(&forged_ledger, &[]).contains(&Problem::SharedKey(key(2).id())));
}

#[test]
fn a_key_that_only_shares_the_id_is_refused() {
    let ledger = chain(&[1]);
    let other = forged(&ledger.entries()[0], &[1], |entry| {
        entry.commitment = Commitment([9; 32]);
    });
    let ledger = Ledger::default().with(other);
    assert_eq!(
        sealing_number(&ledger, &[1]),
        Err(SealingKeyError::CommitmentMismatch {
            key_id: key(1).id()
        })
    );
    assert_eq!(
        problems(&ledger, &[1]),
        [Problem::CommitmentMismatch(key(1).id())]
    );
}

#[test]
fn a_wrapped_key_that_is_not_the_recorded_one_does_not_unwrap() {
    let ledger = chain(&[1, 2]);
    for token in [
        unwrap::wrap(&key(5), &key(2)),
        unwrap::wrap(&key(1), &key(3)),
        String::new(),
    ] {
        let swapped = forged(&ledger.entries()[1], &[1, 2], |entry| {
            entry.wrapped.insert(key(1).id(), token);
        });
        let swapped = chain(&[1]).with(swapped);
        assert!(swapped.unwrap_key(key(1).id(), &ring(&[2])).is_none());
        assert_eq!(
            problems(&swapped, &[2]),
            [Problem::WrappedNotAuthentic(key(1).id())]
        );
    }
}

#[test]
fn a_wrapped_key_must_have_its_id_even_where_no_commitment_was_recorded() {
    let ledger = chain(&[1, 2]);
    // The line that brought key 1 is lost; what wraps it under key 2 is not key 1.
    let swapped = forged(&ledger.entries()[1], &[1, 2], |entry| {
        let name = key(1).id().to_string();
        let address = Address {
            kind: Kind::Key,
            name: name.as_bytes(),
        };
        let token = Suite::Aes256Siv.seal(&key(2), address, key(5).master().bytes());
        let token = String::from_utf8(token).expect("ASCII");
        entry.wrapped.insert(key(1).id(), token);
    });
    let all = Ledger::default().with(swapped).unwrap_all(&ring(&[2]));
    assert!(!all.holds(key(1).id()) && !all.holds(key(5).id()));
    let lost = Ledger::default().with(ledger.entries()[1].clone());
    assert!(lost.unwrap_key(key(1).id(), &ring(&[2])).is_some());
}

#[test]
fn an_entry_of_another_environment_takes_no_head_away() {
    let ledger = chain(&[1]);
    let foreign = forged(&chain(&[8]).entries()[0], &[8], |entry| {
        entry.environment = environment("other");
        entry.parents = vec![ledger.entries()[0].id];
        entry.previous = vec![key(1).id()];
    });
    let ledger = ledger.with(foreign);
    assert_eq!(ledger.heads(&production()).len(), 1);
    assert_eq!(sealing_number(&ledger, &[1]), Ok(key(1).id()));
}

#[test]
fn a_deleted_reordered_or_inserted_line_is_found_without_a_key() {
    let lines = lines(&chain(&[1, 2, 3]));
    let found = |order: &[usize]| {
        let kept: Vec<&str> = order.iter().map(|at| lines[*at].as_str()).collect();
        let text = kept.join("\n");
        problems(&Ledger::parse(text.as_bytes()).expect("sound lines"), &[])
    };
    assert_eq!(found(&[0, 1, 2]), []);
    assert!(matches!(
        found(&[0, 2])[..],
        [Problem::UnknownParent(_), Problem::Fork { .. }]
    ));
    assert!(matches!(found(&[0, 2, 1])[..], [Problem::ParentBelow(_)]));
    let stranger = chain(&[7]).to_text();
    let text = format!("{}\n{stranger}", lines.join("\n"));
    let inserted = Ledger::parse(text.as_bytes()).expect("sound lines");
    assert!(matches!(
        problems(&inserted, &[])[..],
        [Problem::Fork { .. }]
    ));
    // A cut tail shows only against another copy.
    let cut = chain(&[1, 2]);
    assert_eq!(problems(&cut, &[2]), []);
    let whole = chain(&[1, 2, 3]);
    assert_eq!(cut.compare_against(&whole), [whole.entries()[2].id]);
    assert_eq!(whole.compare_against(&cut), []);
}

#[test]
fn every_rule_of_the_graph_has_its_finding() {
    let ledger = chain(&[1, 2, 3]);
    let found = |change: fn(&mut Entry), signers: &[u32]| {
        let last = forged(&ledger.entries()[2], signers, change);
        problems(&chain(&[1, 2]).with(last), &[3])
    };
    let both = [2, 3];
    assert!(found(|e| e.event = Event::Create, &both).contains(&Problem::CreateWithParents));
    assert!(found(|e| e.parents.clear(), &both).contains(&Problem::RotateWithoutParents));
    assert!(found(|e| e.previous.clear(), &both).contains(&Problem::PreviousMismatch));
    assert!(
        found(|e| e.environment = environment("x"), &both)
            .iter()
            .any(|problem| { matches!(problem, Problem::ForeignParent(_)) })
    );
    let earlier = found(|e| e.time = samples::day(-9), &both);
    assert!(matches!(earlier[..], [Problem::TimeBackwards(_)]));
    assert_eq!(earlier[0].severity(), Severity::Notice);
    assert_eq!(
        found(|e| e.wrapped.clear(), &both)[..],
        [Problem::WrappedMissing(key(2).id())]
    );
    assert_eq!(found(|_| (), &[3])[..], [Problem::MacMissing(key(2).id())]);
    assert_eq!(
        found(|_| (), &[2, 3, 5])[..],
        [Problem::MacUnexpected(key(5).id())]
    );
    assert!(
        found(|e| e.event = Event::Other("grant".to_owned()), &both).contains(&Problem::KeyChanged)
    );
    let returns = found(
        |e| {
            e.key_id = key(1).id();
            e.commitment = key(1).commitment();
        },
        &[1, 2],
    );
    assert!(returns.contains(&Problem::KeyReturns(key(1).id())));
    assert!(returns.contains(&Problem::Contested(production())));
}

#[test]
fn a_changed_mac_is_found_with_the_key() {
    let ledger = chain(&[1, 2]);
    let mut entry = ledger.entries()[1].clone();
    entry.macs.insert(key(1).id(), [0; 32]);
    let text = format!("{}\n{}\n", lines(&ledger)[0], entry.to_line());
    let changed = Ledger::parse(text.as_bytes()).expect("MACs are not looked at");
    assert_eq!(problems(&changed, &[]), []);
    assert_eq!(problems(&changed, &[2]), [Problem::MacWrong(key(1).id())]);
    assert!(sealing_number(&changed, &[2]).is_err());
    let both = format!("{}{text}", ledger.to_text());
    assert_eq!(
        Ledger::parse(both.as_bytes()).err(),
        Some(LedgerError {
            line: 4,
            problem: BadEntry::OtherMacs
        })
    );
}

#[test]
fn sealing_refuses_a_damaged_ledger_and_opening_does_not() {
    let text = format!(
        "{}<<<<<<< ours\n\n{}",
        chain(&[1, 2]).to_text(),
        chain(&[1]).to_text()
    );
    let damage = LedgerError {
        line: 3,
        problem: BadEntry::NotJson,
    };
    assert_eq!(Ledger::parse(text.as_bytes()).err(), Some(damage));
    let ledger = Ledger::read(text.as_bytes());
    assert!(ledger.unwrap_key(key(1).id(), &ring(&[2])).is_some());
    assert_eq!(
        sealing_number(&ledger, &[2]),
        Err(SealingKeyError::Damaged(damage))
    );
    assert_eq!(
        problems(&ledger, &[]),
        [Problem::BadLine(BadEntry::NotJson)]
    );
    assert_eq!(
        ledger.rotate(&production(), &key(3), &ring(&[2]), meta(2), false),
        Err(AppendError::Damaged(damage))
    );
}

#[test]
fn nothing_is_created_twice_and_no_key_comes_back() {
    let ledger = chain(&[1, 2]);
    assert_eq!(
        ledger.create(&production(), &key(3), meta(0)),
        Err(AppendError::Exists(production()))
    );
    for known in [1, 2] {
        assert!(matches!(
            ledger.rotate(&production(), &key(known), &ring(&[2]), meta(2), false),
            Err(AppendError::KeyKnown { .. })
        ));
    }
    assert_eq!(
        Ledger::default().rotate(&production(), &key(1), &ring(&[]), meta(0), false),
        Err(AppendError::NoEntry(production()))
    );
}

#[test]
fn events_and_fields_of_later_versions_are_kept_and_covered_by_the_id() {
    let ledger = chain(&[1, 2]);
    let granted = forged(&ledger.entries()[1], &[2], |entry| {
        entry.event = Event::Other("grant".to_owned());
        entry.parents = vec![ledger.entries()[1].id];
        entry.previous.clear();
        entry.wrapped.clear();
        entry.unknown.insert(
            "recipient".to_owned(),
            serde_json::json!({"ü": [1, null, "é"]}),
        );
    });
    let ledger = ledger.with(granted);
    let text = ledger.to_text();
    let again = Ledger::parse(text.as_bytes()).expect("sound");
    assert_eq!(again.to_text(), text);
    assert_eq!(problems(&again, &[2]), []);
    assert_eq!(sealing_number(&again, &[2]), Ok(key(2).id()));
    assert_eq!(
        Ledger::parse(text.replace("\"é\"", "\"è\"").as_bytes()).err(),
        Some(LedgerError {
            line: 3,
            problem: BadEntry::WrongId
        })
    );
}

#[test]
fn what_unwraps_from_a_compromised_key_is_compromised_too() {
    let ledger = chain(&[1, 2]);
    let leaked = ledger.rotate(&production(), &key(3), &ring(&[2]), meta(2), true);
    let ledger = ledger.with(leaked.expect("rotates"));
    assert_eq!(
        ledger.compromised_keys(),
        BTreeSet::from([key(1).id(), key(2).id()])
    );
    assert!(chain(&[1, 2]).compromised_keys().is_empty());
}

#[test]
fn blank_lines_carriage_returns_and_repeated_lines_are_tolerated() {
    let text = chain(&[1, 2]).to_text();
    let doubled = format!("\r\n{}\n  \n{text}", text.replace('\n', "\r\n"));
    let ledger = Ledger::parse(doubled.as_bytes()).expect("sound");
    assert_eq!(ledger.to_text(), text);
    assert_eq!(ledger.line_of(ledger.entries()[1].id), 3);
}

#[test]
fn a_bad_line_is_named_by_number_and_kind() {
    let good = lines(&chain(&[1])).remove(0);
    let refused = |line: String| {
        let text = format!("{good}\n{line}\n");
        Ledger::parse(text.as_bytes()).expect_err("refused")
    };
    for (line, problem) in [
        ("[]".to_owned(), BadEntry::NotJson),
        (good.replace("\"v\":1", "\"v\":2"), BadEntry::Version),
        (
            good.replace("\"v\":1", "\"v\":1.0"),
            BadEntry::Number(canonical::BadNumber),
        ),
        (
            good.replace("\"who\":", "\"whom\":"),
            BadEntry::Missing("who"),
        ),
        (
            good.replace("\"files\":3", "\"files\":-3"),
            BadEntry::Malformed("files"),
        ),
        (
            good.replace("T12:00:00Z", "T12:00:60Z"),
            BadEntry::Malformed("time"),
        ),
        (
            good.replace("T12:00:00Z", "T12:00:0Z"),
            BadEntry::Malformed("time"),
        ),
        (good.replace("\"v\":1", "\"v\": 1"), BadEntry::NotCanonical),
        (
            good.replace("\"v\":1", "\"v\":1,\"v\":1"),
            BadEntry::NotCanonical,
        ),
        (
            good.replace("\"files\":3", "\"files\":4"),
            BadEntry::WrongId,
        ),
    ] {
        assert_ne!(line, good);
        assert_eq!(refused(line), LedgerError { line: 2, problem });
    }
}
