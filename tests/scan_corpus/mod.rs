//! Labelled texts: made from the rules' own examples in several surroundings, and read from
//! `tests/data/scan/`, which was written apart from them.

#![allow(clippy::single_range_in_vec_init)]

use std::ops::Range;

use git_seal::core::scan::example::fill;
use git_seal::core::scan::rules::built_in;
use git_seal::core::scan::{Options, RuleSet, Scanner};

/// One text and the secrets in it.
pub struct Sample {
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
    pub false_alarms: Vec<String>,
    pub missed: Vec<String>,
}

impl Score {
    pub fn recall(&self) -> f64 {
        ratio(self.found, self.secrets)
    }

    pub fn precision(&self) -> f64 {
        ratio(self.findings - self.false_alarms.len(), self.findings)
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
    for rule in built_in() {
        for template in rule.examples {
            for (number, (path, around)) in (0_u64..).zip(SURROUNDINGS) {
                let example = fill(template, seed * 101 + number);
                let shift = around.find("{}").expect("a place for the secret");
                samples.push(Sample {
                    label: rule.id.to_owned(),
                    path: path.to_owned(),
                    text: around.replacen("{}", &example.text, 1),
                    secrets: vec![example.secret.start + shift..example.secret.end + shift],
                });
            }
        }
        for template in rule.harmless {
            samples.push(Sample {
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
    for block in blocks.split("%% ").filter(|block| !block.trim().is_empty()) {
        let (path, template) = block.split_once('\n').expect("a path and a text");
        for seed in 0..times {
            let example = fill(template, seed);
            let is_secret = template.contains('⟦');
            samples.push(Sample {
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
                score
                    .missed
                    .push(format!("{}: {}", sample.label, sample.text));
            }
        }
        for finding in &findings {
            if !sample
                .secrets
                .iter()
                .any(|secret| overlap(&finding.secret, secret) > 0)
            {
                score.false_alarms.push(format!(
                    "{}: {}: {}",
                    sample.label, finding.rule, finding.excerpt
                ));
            }
        }
    }
    score
}
