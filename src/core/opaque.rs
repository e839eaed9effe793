//! Seal and open any other file, whole.

use zeroize::Zeroizing;

use super::key::{KeyId, Keyring, SealKey};
use super::suites::{self, Suite};
use super::token::Sighting;

/// Why an opaque file cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The content is plain and the current key is not at hand.
    #[error("no key at hand to seal it")]
    NoKey,
    /// It starts like a sealed file and is none.
    #[error("a damaged sealed file")]
    Malformed,
    /// It is sealed, and its own key does not open it.
    #[error("a sealed file that does not authenticate")]
    NotAuthentic,
}

/// Work-tree content to repository content; `None` where the content is to be kept as it is.
/// Empty stays empty. A sealed file is checked where its key is at hand, and brought to the current
/// key and suite.
///
/// # Errors
/// See [`SealError`].
pub fn seal(
    content: &[u8],
    key: Option<&SealKey>,
    keyring: &Keyring,
    suite: Suite,
) -> Result<Option<Vec<u8>>, SealError> {
    if content.is_empty() {
        return Ok(None);
    }
    let token = match suites::sight_file(content) {
        Sighting::Plain => {
            let key = key.ok_or(SealError::NoKey)?;
            return Ok(Some(suite.seal_file(key, content)));
        }
        Sighting::Malformed | Sighting::Embedded => return Err(SealError::Malformed),
        Sighting::Token(token) => token,
    };
    let same_ids = token.key_id.map_or(&[][..], |id| keyring.with_id(id));
    if same_ids.is_empty() {
        return Ok(None);
    }
    let plain = same_ids
        .iter()
        .find_map(|held| suites::open_file(held, &token).ok())
        .ok_or(SealError::NotAuthentic)?;
    Ok(key
        .filter(|key| token.key_id != Some(key.id()) || token.suite != suite)
        .map(|key| suite.seal_file(key, &plain)))
}

/// An opaque file after opening.
pub enum Opened {
    /// Its plain content.
    Plain(Zeroizing<Vec<u8>>),
    /// It was never sealed.
    NotSealed,
    /// Its key is not at hand.
    KeyAbsent(Option<KeyId>),
    /// Its key is at hand and does not open it, or it is damaged.
    NotAuthentic,
}

/// Repository content to work-tree content.
#[must_use]
pub fn open(content: &[u8], keyring: &Keyring) -> Opened {
    match suites::sight_file(content) {
        Sighting::Plain => Opened::NotSealed,
        Sighting::Malformed | Sighting::Embedded => Opened::NotAuthentic,
        Sighting::Token(token) => {
            let keys = token.key_id.map_or(&[][..], |id| keyring.with_id(id));
            match keys
                .iter()
                .find_map(|key| suites::open_file(key, &token).ok())
            {
                Some(plain) => Opened::Plain(plain),
                None if keys.is_empty() => Opened::KeyAbsent(token.key_id),
                None => Opened::NotAuthentic,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::core::key::MasterKey;

    fn key(byte: u8) -> Arc<SealKey> {
        Arc::new(SealKey::derive(MasterKey::from_bytes([byte; 32])))
    }

    #[test]
    fn files_are_sealed_once_and_follow_the_current_key() {
        let (old, new) = (key(1), key(2));
        let mut ring = Keyring::new();
        ring.add(Arc::clone(&old));
        ring.add(Arc::clone(&new));
        let sealed = seal(b"\0p12\r\n", Some(&old), &ring, Suite::default())
            .expect("seals")
            .expect("new");
        assert_eq!(seal(&sealed, Some(&old), &ring, Suite::default()), Ok(None));
        let moved = seal(&sealed, Some(&new), &ring, Suite::default())
            .expect("seals")
            .expect("new");
        assert_eq!(moved, Suite::default().seal_file(&new, b"\0p12\r\n"));
        assert!(
            matches!(open(&moved, &ring), Opened::Plain(plain) if plain.as_slice() == b"\0p12\r\n")
        );
    }

    #[test]
    fn the_ways_not_to_open_are_told_apart() {
        let mut ring = Keyring::new();
        let mut sealed = Suite::default().seal_file(&key(1), b"x");
        assert!(matches!(open(&sealed, &ring), Opened::KeyAbsent(Some(id)) if id == key(1).id()));
        assert_eq!(seal(&sealed, None, &ring, Suite::default()), Ok(None));
        ring.add(key(1));
        *sealed.last_mut().expect("not empty") ^= 1;
        assert!(matches!(open(&sealed, &ring), Opened::NotAuthentic));
        assert_eq!(
            seal(&sealed, Some(&key(1)), &ring, Suite::default()),
            Err(SealError::NotAuthentic)
        );
        assert!(matches!(open(b"plain", &ring), Opened::NotSealed));
        assert_eq!(
            seal(b"plain", None, &ring, Suite::default()),
            Err(SealError::NoKey)
        );
    }
}
