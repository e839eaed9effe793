//! What a secret holds, as far as the keys at hand show it.

use std::fmt;

use zeroize::Zeroizing;

use crate::core::key::{KeyId, Keyring};
use crate::core::opaque;
use crate::core::suites;
use crate::core::token::{Address, Sighting, Token};

/// The content of one secret: plain where it could be opened or never was sealed.
#[derive(Clone)]
pub enum Content {
    /// The raw text: for a variable everything behind the `=`.
    Plain(Zeroizing<Vec<u8>>),
    /// A token that no key at hand opens.
    Sealed {
        /// The whole token.
        token: Vec<u8>,
        /// The key it names, in suites whose tokens name one.
        key_id: Option<KeyId>,
    },
}

/// What comparing two contents tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// They are the same.
    Same,
    /// They are not.
    Differs,
    /// They are sealed under different keys, and not both open.
    Unclear,
}

impl Content {
    /// Reads the secret that stands at `address`, opening it where a key of `keyring` does.
    #[must_use]
    pub fn read(address: Address<'_>, secret: &[u8], keyring: &Keyring) -> Self {
        let Sighting::Token(token) = suites::sight(secret) else {
            return Self::Plain(Zeroizing::new(secret.to_vec()));
        };
        match open(address, &token, keyring) {
            Some(plain) => Self::Plain(plain),
            None => Self::Sealed {
                token: secret.to_vec(),
                key_id: token.key_id,
            },
        }
    }

    /// Reads a whole opaque file.
    #[must_use]
    pub fn read_whole(file: &[u8], keyring: &Keyring) -> Self {
        match opaque::open(file, keyring) {
            opaque::Opened::Plain(plain) => Self::Plain(plain),
            opaque::Opened::NotSealed => Self::Plain(Zeroizing::new(file.to_vec())),
            opaque::Opened::KeyAbsent(key_id) => Self::Sealed {
                token: file.to_vec(),
                key_id,
            },
            opaque::Opened::NotAuthentic => Self::Sealed {
                token: file.to_vec(),
                key_id: None,
            },
        }
    }

    /// Compares two contents of the same address. Exact under one key, as sealing is deterministic.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> Likeness {
        let same = match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => a == b,
            (Self::Sealed { token: a, .. }, Self::Sealed { token: b, .. }) if a == b => true,
            (Self::Sealed { key_id: a, .. }, Self::Sealed { key_id: b, .. })
                if a.is_some() && a == b =>
            {
                false
            }
            _ => return Likeness::Unclear,
        };
        if same {
            Likeness::Same
        } else {
            Likeness::Differs
        }
    }

    /// The raw plain text, if it is readable.
    #[must_use]
    pub fn plain(&self) -> Option<&[u8]> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Sealed { .. } => None,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(_) => f.write_str("Plain(..)"),
            Self::Sealed { key_id, .. } => write!(f, "Sealed({key_id:?})"),
        }
    }
}

fn open(address: Address<'_>, token: &Token<'_>, keyring: &Keyring) -> Option<Zeroizing<Vec<u8>>> {
    let opens = |key: &_| suites::open(key, address, token).ok();
    match token.key_id {
        Some(id) => keyring.with_id(id).iter().find_map(|key| opens(key)),
        None => keyring.iter().find_map(|key| opens(key)),
    }
}
