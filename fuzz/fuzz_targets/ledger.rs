//! Any bytes: reading never panics, and a sound ledger is written as it was read.
#![no_main]

use git_seal::core::key::Keyring;
use git_seal::core::ledger::Ledger;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let lenient = Ledger::read(text);
    for environment in lenient.environments() {
        let _ = lenient.sealing_key(environment, &Keyring::new());
    }
    if let Ok(ledger) = Ledger::parse(text) {
        let written = ledger.to_text();
        let again = Ledger::parse(written.as_bytes()).expect("what we write is sound");
        assert_eq!(again.to_text(), written);
        assert_eq!(
            ledger.merge(&ledger).entries().len(),
            ledger.entries().len()
        );
    }
});
