//! Labelled texts: made from the rules' own examples in several surroundings, and read from
//! `tests/data/scan/`, which was written apart from them.

#![allow(clippy::single_range_in_vec_init)]

use std::collections::BTreeMap;
use std::ops::Range;

use git_seal::core::scan::example::fill;
use git_seal::core::scan::rules::built_in;
use git_seal::core::scan::{Options, RuleSet, Scanner};

/// Labelled texts that were written apart from the rules.
pub struct Set {
    pub name: &'static str,
    secrets: &'static str,
    harmless: &'static str,
}

/// What each set is: `tests/data/scan/README.md`.
pub const HELD_OUT: [Set; 3] = [
    Set {
        name: "held out",
        secrets: include_str!("../data/scan/secrets.txt"),
        harmless: include_str!("../data/scan/harmless.txt"),
    },
    Set {
        name: "from the field",
        secrets: include_str!("../data/scan/field_secrets.txt"),
        harmless: include_str!("../data/scan/field_harmless.txt"),
    },
    Set {
        name: "other people's files",
        secrets: include_str!("../data/scan/wild_secrets.txt"),
        harmless: include_str!("../data/scan/wild_harmless.txt"),
    },
];

impl Set {
    /// The texts, each template filled `times` times.
    pub fn samples(&self, times: u64) -> Vec<Sample> {
        let mut samples = from_blocks(self.secrets, times);
        let first = samples.last().map_or(0, |sample| sample.block + 1);
        samples.extend(
            from_blocks(self.harmless, times)
                .into_iter()
                .map(|sample| Sample {
                    block: first + sample.block,
                    ..sample
                }),
        );
        samples
    }
}

/// One text and the secrets in it.
pub struct Sample {
    /// The number of its block in the file of templates, or of its rule.
    pub block: usize,
    pub label: String,
    pub path: String,
    pub text: String,
    pub secrets: Vec<Range<usize>>,
}

/// What a scan of samples gave.
#[derive(Clone, Debug, Default)]
pub struct Score {
    pub secrets: usize,
    pub found: usize,
    pub findings: usize,
    pub findings_by_rule: BTreeMap<String, usize>,
    pub false_alarms_by_rule: BTreeMap<String, usize>,
    /// With the number of the block that each comes from.
    pub false_alarms: Vec<(usize, String)>,
    pub missed: Vec<(usize, String)>,
}

impl Score {
    pub fn recall(&self) -> f64 {
        ratio(self.found, self.secrets)
    }

    pub fn precision(&self) -> f64 {
        ratio(self.findings - self.false_alarms.len(), self.findings)
    }

    #[allow(dead_code)]
    pub fn add(&mut self, other: Self) {
        self.secrets += other.secrets;
        self.found += other.found;
        self.findings += other.findings;
        self.false_alarms.extend(other.false_alarms);
        self.missed.extend(other.missed);
    }
}

#[allow(clippy::cast_precision_loss)]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// Places in which a secret may stand, `{}` being it.
const SURROUNDINGS: [(&str, &str); 4] = [
    ("notes.txt", "{}"),
    ("src/app.rs", "    // {}\n    let answer = 42;"),
    ("deploy.sh", "#!/bin/sh\nset -e\n{}\n"),
    ("README.md", "# Set-up\n\n    {}\n\nThen run it."),
];

/// The rules' examples, each in every surrounding.
pub fn from_rules(seed: u64) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (block, rule) in built_in().enumerate() {
        for template in rule.examples {
            for (number, (path, around)) in (0_u64..).zip(SURROUNDINGS) {
                let example = fill(template, seed * 101 + number);
                let shift = around.find("{}").expect("a place for the secret");
                samples.push(Sample {
                    block,
                    label: rule.id.to_owned(),
                    path: path.to_owned(),
                    text: around.replacen("{}", &example.text, 1),
                    secrets: vec![example.secret.start + shift..example.secret.end + shift],
                });
            }
        }
        for template in rule.harmless {
            samples.push(Sample {
                block,
                label: rule.id.to_owned(),
                path: "notes.txt".to_owned(),
                text: fill(template, seed).text,
                secrets: Vec::new(),
            });
        }
    }
    samples
}

/// The blocks of a file of templates, each filled `times` times.
pub fn from_blocks(blocks: &str, times: u64) -> Vec<Sample> {
    let mut samples = Vec::new();
    let blocks = blocks.split("%% ").filter(|block| !block.trim().is_empty());
    for (block, text) in blocks.enumerate() {
        let (path, template) = text.split_once('\n').expect("a path and a text");
        for seed in 0..times {
            let example = fill(template, seed);
            let is_secret = template.contains('⟦');
            samples.push(Sample {
                block,
                label: path.to_owned(),
                path: path.to_owned(),
                text: example.text,
                secrets: is_secret.then_some(example.secret).into_iter().collect(),
            });
        }
    }
    samples
}

/// Scans the samples. A secret is found if a finding covers at least half of it; a finding that
/// touches no secret is a false alarm.
pub fn score(rules: &RuleSet, samples: &[Sample]) -> Score {
    let scanner = Scanner::new(rules, None, Options::default());
    let mut score = Score::default();
    for sample in samples {
        let findings = scanner.scan(sample.text.as_bytes(), sample.path.as_bytes(), None);
        score.findings += findings.len();
        score.secrets += sample.secrets.len();
        let overlap = |a: &Range<usize>, b: &Range<usize>| {
            a.end.min(b.end).saturating_sub(a.start.max(b.start))
        };
        for secret in &sample.secrets {
            let is_found = findings
                .iter()
                .any(|f| overlap(&f.secret, secret) * 2 >= secret.len());
            score.found += usize::from(is_found);
            if !is_found {
                let text = format!("{}: {}", sample.label, sample.text);
                score.missed.push((sample.block, text));
            }
        }
        for finding in &findings {
            let rule = finding.rule.to_string();
            *score.findings_by_rule.entry(rule.clone()).or_default() += 1;
            if !sample
                .secrets
                .iter()
                .any(|secret| overlap(&finding.secret, secret) > 0)
            {
                let text = format!("{}: {rule}: {}", sample.label, finding.excerpt);
                score.false_alarms.push((sample.block, text));
                *score.false_alarms_by_rule.entry(rule).or_default() += 1;
            }
        }
    }
    score
}
