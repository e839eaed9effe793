//! Any bytes at any path: no panic, findings lie inside the text, no excerpt shows its secret, and
//! a stream of pieces finds the same.
#![no_main]

use git_seal::core::scan::{Options, RuleSet, Scanner};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::built_in);

fuzz_target!(|input: (&str, &[u8])| {
    let (path, text) = input;
    let scanner = Scanner::new(&RULES, None, Options::default());
    let found = scanner.scan(text, path.as_bytes(), None);
    for finding in &found {
        assert!(finding.range.start <= finding.secret.start && finding.secret.end <= finding.range.end);
        assert!(finding.range.end <= text.len() && finding.line >= 1 && finding.column >= 1);
        let secret = String::from_utf8_lossy(&finding.plain);
        assert!(secret.len() < 12 || !finding.excerpt.contains(&*secret));
    }
    let mut stream = scanner.stream(path.as_bytes());
    let mut streamed: Vec<_> = text.chunks(7).flat_map(|piece| stream.push(piece)).collect();
    streamed.extend(stream.finish());
    assert_eq!(streamed, found);
});
