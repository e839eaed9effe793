//! Counts, by language, the files under directories in which the rules find something: for measuring
//! false alarms on code that is known to be ordinary.
//! `cargo run --release --example scan_flagged -- [--list] DIR…`; with `--list` each finding too, as
//! path, line, column, rule and masked excerpt.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_macros
)]

use std::collections::BTreeMap;
use std::path::Path;

use git_seal::core::scan::{Finding, Options, RuleSet, Scanner};

/// Languages and the endings of their files.
const LANGUAGES: [(&str, &str); 13] = [
    ("Python", "py pyi pyx"),
    ("Go", "go"),
    ("Ruby", "rb rake gemspec"),
    ("JavaScript, TypeScript", "js mjs cjs jsx ts mts cts tsx"),
    ("C, C++", "c h cc cpp cxx hh hpp hxx"),
    ("Rust", "rs"),
    ("Java", "java kt scala"),
    ("PHP", "php"),
    ("Perl", "pl pm t"),
    ("shell", "sh bash zsh ksh"),
    (
        "documentation",
        "md rst txt html htm adoc textile rdoc ipynb",
    ),
    (
        "configuration",
        "json yml yaml toml ini cfg conf xml properties env",
    ),
    ("other text", ""),
];

#[derive(Default)]
struct Count {
    files: usize,
    flagged: usize,
    /// Flagged for more than private keys.
    but_for_keys: usize,
}

fn main() {
    let (options, roots): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|word| word == "--list");
    let rules = RuleSet::built_in();
    let scanner = Scanner::new(&rules, None, Options::default());
    let mut counts: BTreeMap<usize, Count> = BTreeMap::new();
    let files = roots.iter().flat_map(|root| {
        ignore::WalkBuilder::new(root)
            .standard_filters(false)
            .build()
            .flatten()
            .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
    });
    for file in files {
        let path = file.into_path();
        let text = std::fs::read(&path).unwrap_or_default();
        let is_binary = text.iter().take(8000).any(|byte| *byte == 0);
        if is_binary {
            continue;
        }
        let findings = scanner.scan(&text, path.as_os_str().as_encoded_bytes(), None);
        let count = counts.entry(language(&path)).or_default();
        count.files += 1;
        count.flagged += usize::from(!findings.is_empty());
        count.but_for_keys += usize::from(!findings.iter().all(is_private_key));
        for finding in findings.iter().filter(|_| !options.is_empty()) {
            println!(
                "{}:{}:{}: {}: {}",
                path.display(),
                finding.line,
                finding.column,
                finding.rule,
                finding.excerpt
            );
        }
    }
    println!(
        "{:24} {:>8} {:>8} {:>8} {:>10}",
        "", "files", "flagged", "share", "no keys"
    );
    for (number, count) in counts {
        println!(
            "{:24} {:8} {:8} {:>8} {:10} {:>8}",
            LANGUAGES[number].0,
            count.files,
            count.flagged,
            share(count.flagged, count.files),
            count.but_for_keys,
            share(count.but_for_keys, count.files)
        );
    }
}

fn is_private_key(finding: &Finding) -> bool {
    finding.rule.as_str().contains("private-key")
}

fn language(path: &Path) -> usize {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    LANGUAGES
        .iter()
        .position(|(_, endings)| endings.split(' ').any(|one| ending == one))
        .unwrap_or(LANGUAGES.len() - 1)
}

#[allow(clippy::cast_precision_loss)]
fn share(part: usize, whole: usize) -> String {
    format!("{:.3} %", 100.0 * part as f64 / whole as f64)
}
