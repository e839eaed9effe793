//! Two versions of an opaque file: one change, or none.

use sha2::{Digest as _, Sha256};

use super::content::{Content, Likeness};
use super::version::{Form, Reading, Subject};
use super::{Change, End, What};
use crate::core::hex;
use crate::core::key::KeyId;
use crate::core::suites;
use crate::core::token::Sighting;

/// What happened to a whole file; `None` for a side where there is no file. Works without a key as
/// [`super::between`] does.
#[must_use]
pub fn between(old: Option<&[u8]>, new: Option<&[u8]>, reading: &Reading<'_>) -> Option<Change> {
    let content = |file: Option<&[u8]>| file.map(|file| Content::read_whole(file, reading.keyring));
    let what = match (content(old), content(new)) {
        (None, None) => return None,
        (None, Some(_)) => What::Added,
        (Some(_), None) => What::Removed,
        (Some(before), Some(after)) => match before.likeness(&after) {
            Likeness::Differs => What::Changed,
            Likeness::Unclear => What::Unclear,
            Likeness::Same => kept(old.and_then(key_id), new.and_then(key_id))?,
        },
    };
    let end = |file: Option<&[u8]>| file.map(|file| end(file, reading));
    Some(Change {
        what,
        subject: Subject::File,
        name: None,
        parts: Vec::new(),
        reordered: false,
        old: end(old),
        new: end(new),
    })
}

/// The same content: nothing happened, unless it is under another key.
fn kept(old: Option<KeyId>, new: Option<KeyId>) -> Option<What> {
    (old.is_some() && new.is_some() && old != new).then_some(What::Resealed)
}

fn key_id(file: &[u8]) -> Option<KeyId> {
    match suites::sight_file(file) {
        Sighting::Token(token) => token.key_id,
        _ => None,
    }
}

fn end(file: &[u8], reading: &Reading<'_>) -> End {
    let content = Content::read_whole(file, reading.keyring);
    let is_sealed = matches!(suites::sight_file(file), Sighting::Token(_));
    let current = reading.current.filter(|key| key_id(file) != Some(key.id()));
    let sealed = match (content.plain(), current) {
        (Some(plain), Some(key)) => Some(reading.suite.seal_file(key, plain)),
        _ => is_sealed.then(|| file.to_vec()),
    };
    End {
        line: 1,
        form: if is_sealed { Form::Sealed } else { Form::Plain },
        fingerprint: sealed.map(|sealed| hex::encode(&Sha256::digest(sealed)[..4])),
        content,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::core::key::{Keyring, MasterKey, SealKey};
    use crate::core::suites::Suite;

    #[test]
    fn a_whole_file_changes_by_content_with_the_keys_and_by_tokens_without() {
        let keys = [1, 2].map(|n| Arc::new(SealKey::derive(MasterKey::from_bytes([n; 32]))));
        let mut both = Keyring::new();
        keys.iter().for_each(|key| both.add(Arc::clone(key)));
        let sealed = |key: usize, text: &[u8]| Suite::default().seal_file(&keys[key], text);
        let what = |keyring: &Keyring, old: Option<&[u8]>, new: Option<&[u8]>| {
            let reading = Reading {
                keyring,
                current: None,
                suite: Suite::default(),
            };
            between(old, new, &reading).map(|change| change.what)
        };
        let (one, two, other) = (sealed(0, b"a"), sealed(1, b"a"), sealed(0, b"b"));
        let none = Keyring::new();
        assert_eq!(what(&both, Some(&one), Some(&one)), None);
        assert_eq!(what(&both, Some(&one), Some(b"a")), None);
        assert_eq!(what(&both, Some(&one), Some(&two)), Some(What::Resealed));
        assert_eq!(what(&none, Some(&one), Some(&two)), Some(What::Unclear));
        assert_eq!(what(&none, Some(&one), Some(&other)), Some(What::Changed));
        assert_eq!(what(&none, None, Some(&one)), Some(What::Added));
        assert_eq!(what(&none, Some(&one), None), Some(What::Removed));
    }
}
