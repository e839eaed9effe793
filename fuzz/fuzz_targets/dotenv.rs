//! Any bytes: splitting loses nothing, sealing is stable, and what is sealed comes back.
#![no_main]

use std::sync::{Arc, LazyLock};

use git_seal::core::dotenv::Document;
use git_seal::core::file::{self, SealWith};
use git_seal::core::key::{Keyring, MasterKey, SealKey};
use git_seal::core::policy::{Comments, Policy};
use libfuzzer_sys::fuzz_target;

static KEY: LazyLock<Arc<SealKey>> =
    LazyLock::new(|| Arc::new(SealKey::derive(MasterKey::from_bytes([7; 32]))));

fuzz_target!(|text: &[u8]| {
    let document = Document::split(text);
    assert_eq!(document.join(), text);

    let mut keyring = Keyring::new();
    keyring.add(Arc::clone(&KEY));
    let clear = Policy {
        clear: vec!["PORT".to_owned(), "A*".to_owned()],
        comments: Comments::Clear,
        ..Policy::default()
    };
    for policy in [Policy::default(), clear] {
        let with = SealWith::new(Some(&KEY), &keyring, &policy);
        // Refused: it holds damaged or foreign tokens.
        let Ok(sealed) = file::seal(text, &with) else {
            continue;
        };
        assert_eq!(file::seal(&sealed, &with).as_ref(), Ok(&sealed));
        let opened = file::open(&sealed, &keyring, &policy);
        let holds = |start: &[u8]| text.windows(start.len()).any(|bytes| bytes == start);
        let has_ours = document.has_header() || holds(b"seal1:") || holds(b"gAAAAAAAAAAA");
        assert!(has_ours || opened.text.as_slice() == text);
    }
});
