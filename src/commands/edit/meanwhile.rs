//! A file that changed on disk while it was edited.

use std::collections::BTreeSet;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::core::file::{self, SealWith};
use crate::core::key::{Keyring, SealKey};
use crate::core::merge::{self, Markers, Sides};
use crate::core::policy::Policy;
use crate::failure::Failure;
use crate::keys;

/// What was typed and what somebody else wrote, both from `base`, as one text; none where they
/// contradict each other. The merge is of sealed texts: a key that lives no longer than it seals them.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn both(
    base: &[u8],
    on_disk: &[u8],
    typed: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let key = Arc::new(SealKey::derive(keys::generate()?));
    let mut keyring = Keyring::new();
    keyring.add(Arc::clone(&key));
    let with = SealWith {
        key: Some(&key),
        keyring: &keyring,
        policy: &Policy::default(),
        accepted: &BTreeSet::new(),
    };
    let sides = Sides {
        base,
        ours: on_disk,
        theirs: typed,
    };
    let merged = merge::merge(&sides, &with, &Markers::default());
    let Some(merged) = merged.ok().filter(|merged| merged.conflicts == 0) else {
        return Ok(None);
    };
    let opened = file::open(&merged.text, &keyring, with.policy);
    Ok(opened.problems.is_empty().then_some(opened.text))
}
