//! The ways to encrypt, behind one seam. What one suite knows stands in its own file; nothing
//! outside this folder depends on which is in use.

mod aes256_siv;
pub mod fernet;
mod siv;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::key::SealKey;
use super::token::{Address, Kind, NotAuthentic, Sighting, Token};

pub use aes256_siv::{Arriving, FILE_MAGIC, ReadyKey};

/// A way to encrypt. A repository picks one in `.seal/config.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suite {
    /// AES-256 in SIV mode (RFC 5297).
    #[default]
    #[serde(rename = "aes256-siv")]
    Aes256Siv,
    /// AES-128 in CBC mode with HMAC-SHA256, as the Fernet spec has it; for exchange.
    Fernet,
}

impl Suite {
    /// All suites, the default first.
    pub const ALL: [Self; 2] = [Self::Aes256Siv, Self::Fernet];

    /// The name used in configuration and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aes256Siv => "aes256-siv",
            Self::Fernet => "fernet",
        }
    }

    /// Whether a key opens no other token at an address to a text than the one it makes of it.
    #[must_use]
    pub fn has_one_token_for_each_text(self) -> bool {
        match self {
            Self::Aes256Siv => true,
            // Other programs make tokens with a time and an IV of their own.
            Self::Fernet => false,
        }
    }

    /// Seals one piece of text. The same arguments always give the same token.
    #[must_use]
    pub fn seal(self, key: &SealKey, address: Address<'_>, plain: &[u8]) -> Vec<u8> {
        let mut token = Vec::new();
        self.seal_onto(&mut token, key, address, plain);
        token
    }

    /// Seals one piece of text like [`Suite::seal`] and appends the token to `out`.
    pub fn seal_onto(self, out: &mut Vec<u8>, key: &SealKey, address: Address<'_>, plain: &[u8]) {
        match self {
            Self::Aes256Siv => aes256_siv::seal_onto(out, key, address, plain),
            Self::Fernet => out.extend(fernet::seal(key, address, plain)),
        }
    }

    /// Seals a whole opaque file.
    #[must_use]
    pub fn seal_file(self, key: &SealKey, plain: &[u8]) -> Vec<u8> {
        let mut content = plain.to_vec();
        self.seal_file_in_place(key, &mut content);
        content
    }

    /// Seals a whole opaque file in the buffer that holds it, as far as the suite can.
    pub fn seal_file_in_place(self, key: &SealKey, content: &mut Vec<u8>) {
        match self {
            Self::Aes256Siv => aes256_siv::seal_file(key, content),
            Self::Fernet => {
                let sealed = fernet::seal(key, Address::nameless(Kind::File), content);
                std::mem::replace(content, sealed).zeroize();
            }
        }
    }

    /// Opens a whole opaque file in the buffer that holds it, as far as the suite can.
    ///
    /// # Errors
    /// When the file was not made by this key, or was changed since; `content` is then as it was.
    pub fn open_file_in_place(
        self,
        key: &SealKey,
        content: &mut Vec<u8>,
    ) -> Result<(), NotAuthentic> {
        match self {
            Self::Aes256Siv => aes256_siv::open_file(key, content),
            Self::Fernet => {
                *content = std::mem::take(&mut *fernet::open(key, content)?);
                Ok(())
            }
        }
    }
}

/// Looks at a stretch of text as a token of any suite.
#[must_use]
pub fn sight(text: &[u8]) -> Sighting<'_> {
    match aes256_siv::sight(text) {
        Sighting::Plain => fernet::sight(text),
        sighting => sighting,
    }
}

/// Whether a text may hold tokens that name their key. Quick, and may say yes for nothing.
#[must_use]
pub fn may_name_a_key(text: &[u8]) -> bool {
    aes256_siv::TOKEN_START.find(text).is_some()
}

/// Whether all that may be a token that names its key names the same. Quick.
#[must_use]
pub fn may_name_no_other_key(text: &[u8]) -> bool {
    aes256_siv::may_be_of_one_key(text)
}

/// Whether a text may hold tokens that name no key. Quick, and may say yes for nothing.
#[must_use]
pub fn may_hold_keyless_token(text: &[u8]) -> bool {
    fernet::TOKEN_START.find(text).is_some()
}

/// Opens a token at its address.
///
/// # Errors
/// When the token was not made by this key for this address, or was changed since.
pub fn open(
    key: &SealKey,
    address: Address<'_>,
    token: &Token<'_>,
) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    match token.suite {
        Suite::Aes256Siv => aes256_siv::open(key, address, token.text),
        Suite::Fernet => fernet::open(key, token.text),
    }
}

/// Looks at a whole file as a sealed opaque file of any suite.
#[must_use]
pub fn sight_file(content: &[u8]) -> Sighting<'_> {
    match aes256_siv::sight_file(content) {
        Sighting::Plain => fernet::sight_file(content),
        sighting => sighting,
    }
}

/// Opens a sealed opaque file.
///
/// # Errors
/// When the file was not made by this key, or was changed since.
pub fn open_file(key: &SealKey, token: &Token<'_>) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    let mut content = Zeroizing::new(token.text.to_vec());
    token.suite.open_file_in_place(key, &mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::core::dotenv::dotenv_like;
    use crate::core::file::{self, SealError, SealWith, Trouble};
    use crate::core::key::{Keyring, MasterKey};
    use crate::core::policy::Policy;

    fn key(byte: u8) -> Arc<SealKey> {
        Arc::new(SealKey::derive(MasterKey::from_bytes([byte; 32])))
    }

    fn policy(suite: Suite) -> Policy {
        Policy {
            suite,
            clear: vec!["PORT".to_owned()],
            ..Policy::default()
        }
    }

    /// Seals with the first of the keys at hand.
    fn seal(
        suite: Suite,
        text: &[u8],
        keys: &[u8],
        accepted: &BTreeSet<Vec<u8>>,
    ) -> Result<Vec<u8>, SealError> {
        let current = keys.first().map(|byte| key(*byte));
        let with = SealWith {
            key: current.as_deref(),
            keyring: &ring(keys),
            policy: &policy(suite),
            accepted,
        };
        file::seal(text, &with)
    }

    fn ring(keys: &[u8]) -> Keyring {
        let mut ring = Keyring::new();
        for byte in keys {
            ring.add(key(*byte));
        }
        ring
    }

    fn plain_seal(suite: Suite, text: &[u8], keys: &[u8]) -> Vec<u8> {
        seal(suite, text, keys, &BTreeSet::new()).expect("seals")
    }

    #[test]
    fn tokens_that_end_in_equals_signs_stand_as_lines() {
        // One, two and three blocks of ciphertext: two, one and no `=`.
        for length in [3, 20, 40] {
            let line = "x".repeat(length);
            let sealed = plain_seal(Suite::Fernet, line.as_bytes(), &[1]);
            let opened = file::open(&sealed, &ring(&[1]), &policy(Suite::Fernet));
            assert_eq!(opened.text.as_slice(), line.as_bytes());
            assert_eq!(opened.problems, []);
        }
    }

    #[test]
    fn tokens_come_to_the_suite_and_key_that_the_repository_has_now() {
        let text = b"A=1\n# c\njunk\nPORT=1\n";
        for (from, to) in [
            (Suite::Fernet, Suite::Aes256Siv),
            (Suite::Aes256Siv, Suite::Fernet),
        ] {
            let sealed = plain_seal(from, text, &[1]);
            assert_eq!(plain_seal(to, &sealed, &[2, 1]), plain_seal(to, text, &[2]));
        }
        let old = plain_seal(Suite::Fernet, text, &[1]);
        assert_eq!(
            plain_seal(Suite::Fernet, &old, &[2, 1]),
            plain_seal(Suite::Fernet, text, &[2])
        );
    }

    #[test]
    fn a_token_that_no_key_opens_stays_only_where_the_index_has_it() {
        let theirs = plain_seal(Suite::Fernet, b"A=1\n", &[1]);
        let opened = file::open(&theirs, &ring(&[2]), &policy(Suite::Fernet));
        assert_eq!(opened.problems[0].trouble, Trouble::KeyAbsent(None));
        assert!(theirs.ends_with(&opened.text) && opened.opened == 0);

        let none = BTreeSet::new();
        let refused = seal(Suite::Fernet, &theirs, &[2], &none);
        assert!(matches!(refused, Err(SealError::NoKeyOpens(place)) if place.line == 2));
        let indexed = file::keyless_tokens(&theirs);
        assert_eq!(indexed.len(), 1);
        assert_eq!(
            seal(Suite::Fernet, &theirs, &[2], &indexed),
            Ok(theirs.clone())
        );
        assert_eq!(seal(Suite::Fernet, &theirs, &[], &none), Ok(theirs));
    }

    #[test]
    fn an_authentic_token_is_found_among_all_keys_at_hand() {
        let theirs = plain_seal(Suite::Fernet, b"A=1\n", &[1]);
        let opened = file::open(&theirs, &ring(&[2, 3, 1]), &policy(Suite::Fernet));
        assert_eq!(opened.text.as_slice(), b"A=1\n");
    }

    proptest! {
        #[test]
        fn every_file_comes_back_in_the_exchange_suite(text in dotenv_like()) {
            prop_assume!(!text.windows(6).any(|w| w == b"seal1:"));
            let sealed = plain_seal(Suite::Fernet, &text, &[1]);
            let opened = file::open(&sealed, &ring(&[1]), &policy(Suite::Fernet));
            prop_assert_eq!(opened.text.as_slice(), text.as_slice());
            prop_assert_eq!(opened.problems, vec![]);
            prop_assert_eq!(plain_seal(Suite::Fernet, &sealed, &[1]), sealed.clone());
            prop_assert_eq!(plain_seal(Suite::Fernet, &sealed, &[]), sealed);
        }
    }
}
