//! Seal and open any other file, whole.

use zeroize::Zeroizing;

use super::file::SealWith;
use super::key::{KeyId, Keyring};
use super::suites;
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
    /// It is sealed, names no key, no key at hand opens it, and it was not there before.
    #[error("a sealed file that no key at hand opens")]
    NoKeyOpens,
}

/// Work-tree content to repository content, in the buffer that holds it. Empty stays empty. A sealed
/// file is checked where its key is at hand, and brought to the current key and suite.
///
/// # Errors
/// See [`SealError`]; `content` is then as it was.
pub fn seal(content: &mut Vec<u8>, with: &SealWith<'_>) -> Result<(), SealError> {
    if content.is_empty() {
        return Ok(());
    }
    let suite = with.policy.suite;
    let token = match suites::sight_file(content) {
        Sighting::Plain => {
            let key = with.key.ok_or(SealError::NoKey)?;
            suite.seal_file_in_place(key, content);
            return Ok(());
        }
        Sighting::Malformed | Sighting::Embedded => return Err(SealError::Malformed),
        Sighting::Token(token) => token,
    };
    let opened = token
        .keys(with.keyring)
        .find_map(|held| suites::open_file(held, &token).ok());
    let Some(mut plain) = opened else {
        return match token.key_id {
            Some(id) if with.keyring.holds(id) => Err(SealError::NotAuthentic),
            None if with.refuses(content) => Err(SealError::NoKeyOpens),
            _ => Ok(()),
        };
    };
    if let Some(key) = with.key
        && (token.key_id != Some(key.id()) || token.suite != suite)
    {
        suite.seal_file_in_place(key, &mut plain);
        *content = std::mem::take(&mut *plain);
    }
    Ok(())
}

/// An opaque file after opening.
#[derive(Debug, PartialEq, Eq)]
pub enum Opened<Plain = Zeroizing<Vec<u8>>> {
    /// Its plain content.
    Plain(Plain),
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
    if suites::sight_file(content) == Sighting::Plain {
        return Opened::NotSealed;
    }
    let mut plain = Zeroizing::new(content.to_vec());
    match open_in_place(&mut plain, keyring) {
        Opened::Plain(()) => Opened::Plain(plain),
        Opened::NotSealed => Opened::NotSealed,
        Opened::KeyAbsent(id) => Opened::KeyAbsent(id),
        Opened::NotAuthentic => Opened::NotAuthentic,
    }
}

/// Like [`open`], in the buffer that holds the content; what does not open stays as it is.
pub fn open_in_place(content: &mut Vec<u8>, keyring: &Keyring) -> Opened<()> {
    let token = match suites::sight_file(content) {
        Sighting::Plain => return Opened::NotSealed,
        Sighting::Malformed | Sighting::Embedded => return Opened::NotAuthentic,
        Sighting::Token(token) => token,
    };
    let (suite, id) = (token.suite, token.key_id);
    let keys: Vec<_> = token.keys(keyring).collect();
    if keys
        .iter()
        .any(|key| suite.open_file_in_place(key, content).is_ok())
    {
        return Opened::Plain(());
    }
    match id {
        Some(id) if keyring.holds(id) => Opened::NotAuthentic,
        id => Opened::KeyAbsent(id),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use std::collections::BTreeSet;

    use super::*;
    use crate::core::key::{MasterKey, SealKey};
    use crate::core::policy::Policy;
    use crate::core::suites::Suite;

    fn seal_in(
        suite: Suite,
        content: &[u8],
        key: Option<&SealKey>,
        keyring: &Keyring,
        accepted: &[&[u8]],
    ) -> Result<Vec<u8>, SealError> {
        let policy = Policy {
            suite,
            ..Policy::default()
        };
        let accepted: BTreeSet<_> = accepted.iter().map(|token| token.to_vec()).collect();
        let with = SealWith {
            key,
            keyring,
            policy: &policy,
            accepted: &accepted,
        };
        let mut buffer = content.to_vec();
        let sealed = seal(&mut buffer, &with);
        if sealed.is_err() {
            assert_eq!(buffer, content);
        }
        sealed.map(|()| buffer)
    }

    fn key(byte: u8) -> Arc<SealKey> {
        Arc::new(SealKey::derive(MasterKey::from_bytes([byte; 32])))
    }

    #[test]
    fn files_are_sealed_once_and_follow_the_current_key() {
        let (old, new) = (key(1), key(2));
        let mut ring = Keyring::new();
        ring.add(Arc::clone(&old));
        ring.add(Arc::clone(&new));
        let sealed =
            seal_in(Suite::default(), b"\0p12\r\n", Some(&old), &ring, &[]).expect("seals");
        assert_eq!(
            seal_in(Suite::default(), &sealed, Some(&old), &ring, &[]),
            Ok(sealed.clone())
        );
        let moved = seal_in(Suite::default(), &sealed, Some(&new), &ring, &[]).expect("seals");
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
        assert_eq!(
            seal_in(Suite::default(), &sealed, None, &ring, &[]),
            Ok(sealed.clone())
        );
        ring.add(key(1));
        *sealed.last_mut().expect("not empty") ^= 1;
        assert!(matches!(open(&sealed, &ring), Opened::NotAuthentic));
        assert_eq!(
            seal_in(Suite::default(), &sealed, Some(&key(1)), &ring, &[]),
            Err(SealError::NotAuthentic)
        );
        assert!(matches!(open(b"plain", &ring), Opened::NotSealed));
        assert_eq!(
            seal_in(Suite::default(), b"plain", None, &ring, &[]),
            Err(SealError::NoKey)
        );
    }

    #[test]
    fn a_fernet_file_follows_the_key_that_opens_it() {
        let mut ring = Keyring::new();
        ring.add(key(1));
        ring.add(key(2));
        let sealed = Suite::Fernet.seal_file(&key(1), b"x");
        let fernet = |key: &SealKey| seal_in(Suite::Fernet, &sealed, Some(key), &ring, &[]);
        assert_eq!(fernet(&key(1)), Ok(sealed.clone()));
        assert_eq!(fernet(&key(2)), Ok(Suite::Fernet.seal_file(&key(2), b"x")));
        assert!(matches!(open(&sealed, &ring), Opened::Plain(plain) if plain.as_slice() == b"x"));
    }

    #[test]
    fn a_fernet_file_that_no_key_opens_stays_only_where_it_was() {
        let mut ring = Keyring::new();
        let sealed = Suite::Fernet.seal_file(&key(1), b"x");
        assert!(matches!(open(&sealed, &ring), Opened::KeyAbsent(None)));
        assert_eq!(
            seal_in(Suite::Fernet, &sealed, None, &ring, &[]),
            Ok(sealed.clone())
        );
        ring.add(key(2));
        assert!(matches!(open(&sealed, &ring), Opened::KeyAbsent(None)));
        let with_key = |accepted| seal_in(Suite::Fernet, &sealed, Some(&key(2)), &ring, accepted);
        assert_eq!(with_key(&[]), Err(SealError::NoKeyOpens));
        assert_eq!(with_key(&[&sealed]), Ok(sealed.clone()));
    }
}
