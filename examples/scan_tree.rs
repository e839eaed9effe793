//! Scans every file under a directory with all rules and prints what it finds and how fast: for
//! measuring speed and false alarms by hand. `cargo run --release --example scan_tree -- DIR [quiet]`
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_macros
)]

use std::path::Path;
use std::time::{Duration, SystemTime};

use git_seal::core::environment::Environment;
use git_seal::core::scan::{KnownValues, Options, RuleSet, Scanner};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().expect("a directory");
    let mode = arguments.next().unwrap_or_default();
    let files: Vec<_> = ignore::WalkBuilder::new(&root)
        .standard_filters(false)
        .build()
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(|entry| {
            let text = std::fs::read(entry.path()).unwrap_or_default();
            (entry.into_path(), text)
        })
        .collect();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let started = cpu_time();
    let rules = RuleSet::built_in();
    println!(
        "{} rules ready in {:?}",
        rules.len(),
        cpu_time().saturating_sub(started)
    );
    let started = cpu_time();
    let values: Vec<_> = (0..200_u32).map(value).collect();
    let known = KnownValues::new(values.iter().map(|value| {
        (
            Environment::default_name(),
            &b"A_SECRET"[..],
            value.as_bytes(),
        )
    }));
    println!(
        "{} known values ready in {:?}",
        known.len(),
        cpu_time().saturating_sub(started)
    );
    let started = cpu_time();
    let found: usize = files
        .iter()
        .map(|(_, text)| known.find_iter(text).count())
        .sum();
    report("known values only", bytes, found, started);
    for (what, known) in [
        ("rules only", None),
        ("rules and known values", Some(&known)),
    ] {
        let scanner = Scanner::new(&rules, known, Options::default());
        let started = cpu_time();
        let found = files
            .iter()
            .map(|(path, text)| scan(&scanner, path, text, mode != "quiet" && known.is_none()));
        let found = found.sum();
        report(what, bytes, found, started);
    }
    println!("{} files", files.len());
}

fn scan(scanner: &Scanner<'_>, path: &Path, text: &[u8], show: bool) -> usize {
    let findings = scanner.scan(text, path.as_os_str().as_encoded_bytes(), None);
    for finding in findings.iter().filter(|_| show) {
        println!(
            "{}:{}: {}: {}",
            path.display(),
            finding.line,
            finding.rule,
            finding.excerpt
        );
    }
    findings.len()
}

fn value(number: u32) -> String {
    git_seal::core::scan::example::fill("{b62:32}", u64::from(number)).text
}

#[allow(clippy::cast_precision_loss)]
fn report(what: &str, bytes: usize, found: usize, started: Duration) {
    let seconds = cpu_time().saturating_sub(started).as_secs_f64();
    let rate = bytes as f64 / 1e6 / seconds;
    println!("{what}: {found} found, {seconds:.3} s, {rate:.0} MB/s");
}

/// Time this thread has run, where Linux tells it; elsewhere the time of day.
fn cpu_time() -> Duration {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(
        || SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
        Duration::from_nanos,
    )
}
