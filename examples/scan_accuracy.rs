//! Prints recall and precision of every rule on the labelled texts of `tests/`:
//! `cargo run --example scan_accuracy`
#![allow(clippy::print_stdout, clippy::disallowed_macros)]

#[path = "../tests/scan_corpus/mod.rs"]
mod scan_corpus;

use std::collections::BTreeMap;

use git_seal::core::scan::RuleSet;
use scan_corpus::{Sample, Score, from_blocks, from_rules, score};

const SECRETS: &str = include_str!("../tests/data/scan/secrets.txt");
const HARMLESS: &str = include_str!("../tests/data/scan/harmless.txt");

fn main() {
    let rules = RuleSet::built_in();
    let mut by_rule: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    for sample in (0..10).flat_map(from_rules) {
        by_rule
            .entry(sample.label.clone())
            .or_default()
            .push(sample);
    }
    println!(
        "{:34} {:>7} {:>7} {:>9}",
        "rule", "secrets", "recall", "precision"
    );
    let mut all = Score::default();
    for (id, samples) in &by_rule {
        let score = score(&rules, samples);
        print(id, &score);
        all.secrets += score.secrets;
        all.found += score.found;
        all.findings += score.findings;
        all.false_alarms.extend(score.false_alarms);
    }
    print("all rules", &all);
    let mut held_out = from_blocks(SECRETS, 50);
    held_out.extend(from_blocks(HARMLESS, 50));
    let held_out = score(&rules, &held_out);
    print("held out", &held_out);
    for alarm in held_out.false_alarms.iter().take(20) {
        println!("false alarm: {alarm}");
    }
    let mut missed: BTreeMap<&str, usize> = BTreeMap::new();
    for text in &held_out.missed {
        *missed
            .entry(text.split(':').next().unwrap_or_default())
            .or_default() += 1;
    }
    println!("missed: {missed:?}");
}

fn print(what: &str, score: &Score) {
    println!(
        "{what:34} {:7} {:7.3} {:9.3}",
        score.secrets,
        score.recall(),
        score.precision()
    );
}
