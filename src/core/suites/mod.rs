//! The ways to encrypt, behind one seam. What one suite knows stands in its own file; nothing
//! outside this folder depends on which is in use.

pub mod aes256_siv;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::key::SealKey;
use super::token::{Address, NotAuthentic, Sighting, Token};

/// A way to encrypt. A repository picks one in `.seal/config.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suite {
    /// AES-256 in SIV mode (RFC 5297).
    #[default]
    #[serde(rename = "aes256-siv")]
    Aes256Siv,
}

impl Suite {
    /// The name used in configuration and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aes256Siv => "aes256-siv",
        }
    }

    /// Seals one piece of text. The same arguments always give the same token.
    #[must_use]
    pub fn seal(self, key: &SealKey, address: Address<'_>, plain: &[u8]) -> Vec<u8> {
        match self {
            Self::Aes256Siv => aes256_siv::seal(key, address, plain),
        }
    }

    /// Seals a whole opaque file.
    #[must_use]
    pub fn seal_file(self, key: &SealKey, plain: &[u8]) -> Vec<u8> {
        match self {
            Self::Aes256Siv => aes256_siv::seal_file(key, plain),
        }
    }
}

/// Looks at a stretch of text as a token of any suite.
#[must_use]
pub fn sight(text: &[u8]) -> Sighting<'_> {
    aes256_siv::sight(text)
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
    }
}

/// Looks at a whole file as a sealed opaque file of any suite.
#[must_use]
pub fn sight_file(content: &[u8]) -> Sighting<'_> {
    aes256_siv::sight_file(content)
}

/// Opens a sealed opaque file.
///
/// # Errors
/// When the file was not made by this key, or was changed since.
pub fn open_file(key: &SealKey, token: &Token<'_>) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    match token.suite {
        Suite::Aes256Siv => aes256_siv::open_file(key, token.text),
    }
}
