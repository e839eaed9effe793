//! Memory of a scan, as the kernel counts it: by itself in a process, so that nothing else counts.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use git_seal::core::scan::example::fill;
use git_seal::core::scan::{Options, RuleSet, Scanner};

/// The most memory that this process ever held, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.unwrap().split_ascii_whitespace().nth(1).unwrap();
    kilobytes.parse::<usize>().unwrap() << 10
}

#[test]
fn a_hundred_megabytes_on_one_line_are_scanned_in_a_few() {
    let rules = RuleSet::built_in();
    let piece = " ordinary words of a line".repeat(40_000);
    let token = fill("ghp_{b62:30}{crc}", 3).text;
    let before = peak();
    let mut stream = Scanner::new(&rules, None, Options::default()).stream(b"a.txt");
    let mut found = Vec::new();
    for number in 0..100 {
        found.extend(stream.push(piece.as_bytes()));
        if number == 50 {
            found.extend(stream.push(format!(" {token}").as_bytes()));
        }
    }
    found.extend(stream.finish());
    let held = peak() - before;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].line, found[0].column), (1, 51 * piece.len() + 2));
    assert!(held < 16 << 20, "{held} bytes more than before");
}
