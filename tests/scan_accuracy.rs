//! How much of what is secret is found, and how much of what is found is secret.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

mod scan_corpus;

use std::path::Path;

use git_seal::core::scan::RuleSet;
use scan_corpus::{HELD_OUT, Sample, Score, from_rules, score};

fn assert_good(what: &str, score: &Score) {
    let missed = &score.missed[..score.missed.len().min(40)];
    assert!(
        score.recall() >= 0.8,
        "{what}: recall {:.3}; missed: {missed:#?}",
        score.recall()
    );
    let alarms = &score.false_alarms[..score.false_alarms.len().min(40)];
    assert!(
        score.precision() >= 0.96,
        "{what}: precision {:.3}; {alarms:#?}",
        score.precision()
    );
}

#[test]
fn secrets_of_the_rules_own_kinds_are_found_and_nothing_else() {
    assert_good("rules", &score(&RuleSet::built_in(), &from_rules(7)));
}

#[test]
fn secrets_that_the_rules_were_not_made_from_are_found_and_nothing_else() {
    for set in HELD_OUT {
        let score = score(&RuleSet::built_in(), &set.samples(10));
        assert_good(set.name, &score);
    }
}

/// Ordinary source: this repository's own, the scanner apart, whose tests are full of made-up secrets.
#[test]
fn no_secret_is_seen_in_ordinary_source() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let samples: Vec<_> = ["src", "docs", "examples", "hooks"]
        .iter()
        .flat_map(|folder| ignore::Walk::new(root.join(folder)).flatten())
        .filter(|entry| !entry.path().starts_with(root.join("src/core/scan")))
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(root).ok()?.to_str()?.to_owned();
            let text = std::fs::read_to_string(entry.path()).ok()?;
            Some(Sample {
                block: 0,
                label: path.clone(),
                path,
                text,
                secrets: Vec::new(),
            })
        })
        .collect();
    assert!(samples.len() > 10);
    let alarms = score(&RuleSet::built_in(), &samples).false_alarms;
    assert!(alarms.is_empty(), "{alarms:#?}");
}
