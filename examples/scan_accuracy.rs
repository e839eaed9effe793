//! Prints recall and precision of every rule on the labelled texts of `tests/`:
//! `cargo run --example scan_accuracy`, with `-- missed` also what was missed and what was a false
//! alarm.
#![allow(clippy::print_stdout, clippy::disallowed_macros)]

#[path = "../tests/scan_corpus/mod.rs"]
mod scan_corpus;

use std::collections::BTreeMap;

use git_seal::core::scan::RuleSet;
use scan_corpus::{HELD_OUT, Sample, Score, from_rules, score};

fn main() {
    let tells_missed = std::env::args().nth(1).is_some_and(|word| word == "missed");
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
        all.add(score);
    }
    print("all rules", &all);
    for set in HELD_OUT {
        let score = score(&rules, &set.samples(50));
        println!();
        for (rule, count) in &score.findings_by_rule {
            let alarms = score.false_alarms_by_rule.get(rule).unwrap_or(&0);
            println!("{rule:34} {count:7} found {alarms:5} false alarms");
        }
        print(set.name, &score);
        if tells_missed {
            print_once("missed", &score.missed);
            print_once("false alarm", &score.false_alarms);
        }
    }
}

/// Prints one of the texts that come from the same block, and how many there were.
fn print_once(what: &str, texts: &[(usize, String)]) {
    let mut by_block: BTreeMap<usize, (usize, &str)> = BTreeMap::new();
    for (block, text) in texts {
        by_block.entry(*block).or_insert((0, text)).0 += 1;
    }
    for (count, text) in by_block.values() {
        println!("{what} {count:3}: {}", text.trim_end());
    }
}

fn print(what: &str, score: &Score) {
    println!(
        "{what:34} {:7} {:7.3} {:9.3}",
        score.secrets,
        score.recall(),
        score.precision()
    );
}
