//! Every rule against its own examples.

use std::collections::BTreeSet;

use super::{RuleSet, Shape, built_in};
use crate::core::scan::example::{Example, fill};
use crate::core::scan::finding::RuleId;
use crate::core::scan::settings::ScanSettings;
use crate::core::scan::{Options, Scanner};

/// How often each template is filled.
const TRIES: u64 = 12;

fn only(id: &str) -> RuleSet {
    let others = built_in().filter(|rule| rule.id != id);
    let settings = ScanSettings {
        disable: others.map(|rule| rule.id.to_owned()).collect(),
        ..ScanSettings::default()
    };
    RuleSet::new(&settings, &[]).expect("built-in ids")
}

fn secrets(rules: &RuleSet, text: &str) -> Vec<String> {
    Scanner::new(rules, None, Options::default())
        .scan(text.as_bytes(), b"notes", None)
        .into_iter()
        .map(|finding| text[finding.secret].to_owned())
        .collect()
}

/// What a template gives, bare and as it might stand in a file.
fn texts(template: &str) -> Vec<Example> {
    (0..TRIES)
        .map(|seed| fill(template, seed))
        .flat_map(|example| {
            let shifted = Example {
                text: format!("first line\n{}\nlast", example.text),
                secret: example.secret.start + 11..example.secret.end + 11,
            };
            [example, shifted]
        })
        .collect()
}

#[test]
fn there_are_enough_rules_and_their_ids_are_good_and_different() {
    let ids: BTreeSet<_> = built_in().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), built_in().count());
    assert!(ids.len() >= 150, "{}", ids.len());
    assert!(ids.iter().all(|id| RuleId::parse(id).is_some()));
}

#[test]
fn every_rule_has_what_it_needs() {
    for rule in built_in() {
        let is_file = matches!(rule.shape, Shape::File(..));
        assert_eq!(rule.keywords.is_empty(), is_file, "{}", rule.id);
        assert!(
            rule.keywords.iter().all(|word| word.len() >= 3),
            "{}",
            rule.id
        );
        assert!(
            !rule.provider.advice.is_empty() && !rule.what.ends_with('.'),
            "{}",
            rule.id
        );
        assert!(
            rule.source
                .is_none_or(|address| address.starts_with("https://")),
            "{}",
            rule.id
        );
        if matches!(rule.shape, Shape::Token(_) | Shape::Value(_)) {
            assert!(!rule.examples.is_empty(), "{} has no example", rule.id);
        }
    }
}

#[test]
fn every_rule_finds_exactly_the_secret_of_its_examples() {
    let mut failures = Vec::new();
    for rule in built_in() {
        let rules = only(rule.id);
        for template in rule.examples {
            let missed = texts(template).into_iter().find(|example| {
                let secret = example.text[example.secret.clone()].to_owned();
                secrets(&rules, &example.text) != [secret]
            });
            if let Some(example) = missed {
                failures.push(format!("{} misses {:?}", rule.id, example.text));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn some_rule_finds_every_example_when_all_are_in_force() {
    let rules = RuleSet::built_in();
    let mut failures = Vec::new();
    for rule in built_in() {
        for template in rule.examples {
            let is_missed = |example: &Example| {
                let found = secrets(&rules, &example.text);
                let secret = &example.text[example.secret.clone()];
                !found
                    .iter()
                    .any(|found| found.contains(secret) || secret.contains(found.as_str()))
            };
            let missed = texts(template).iter().filter(|e| is_missed(e)).count();
            if missed > 0 {
                failures.push(format!("{}: {missed} of {template:?}", rule.id));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_rule_finds_its_harmless_texts() {
    let all = RuleSet::built_in();
    let mut failures = Vec::new();
    for rule in built_in() {
        for template in rule.harmless {
            for example in texts(template) {
                let found = secrets(&all, &example.text);
                if !found.is_empty() {
                    failures.push(format!("{}: {template:?}", rule.id));
                    break;
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_rule_takes_a_place_holder_for_a_secret() {
    let all = RuleSet::built_in();
    let mut failures = Vec::new();
    for rule in built_in() {
        for template in rule.examples {
            let example = fill(template, 1);
            let secret: String = example.text[example.secret.clone()]
                .chars()
                .enumerate()
                .map(|(at, c)| match c {
                    '0'..='9' => '0',
                    'a'..='z' | 'A'..='Z' if at > 5 => 'x',
                    _ => c,
                })
                .collect();
            let mut text = example.text.clone();
            text.replace_range(example.secret.clone(), &secret);
            if secret.contains("xxxxxx") && !secrets(&all, &text).is_empty() {
                failures.push(format!("{}: {text}", rule.id));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
