//! Any bytes: reading never panics, and an error names a place in the file.
#![no_main]

use git_seal::core::config::{BadConfig, Config};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Err(BadConfig::Syntax { line, column, .. }) = Config::parse(text) {
        let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
        assert!((1..=lines).contains(&line) && (1..=text.len() + 1).contains(&column));
    }
});
