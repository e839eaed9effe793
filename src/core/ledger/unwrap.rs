//! Retired keys from newer ones: every rotation leaves the keys it replaced as tokens under the new
//! one, so the current key opens all history.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Ledger;
use crate::core::key::{KeyId, Keyring, MASTER_KEY_BYTES, MasterKey, SealKey};
use crate::core::suites::{self, Suite};
use crate::core::token::{Address, Kind, Sighting};

/// A master key as a token under another key. Always in the default suite.
pub(super) fn wrap(wrapped: &SealKey, under: &SealKey) -> String {
    let name = wrapped.id().to_string();
    let token = Suite::Aes256Siv.seal(under, address(&name), wrapped.master().bytes());
    String::from_utf8(token).expect("a token is ASCII")
}

/// The key in a token, if it opens and is the key that it is said to be.
pub(super) fn open(under: &SealKey, id: KeyId, token: &str) -> Option<SealKey> {
    let Sighting::Token(token) = suites::sight(token.as_bytes()) else {
        return None;
    };
    let plain = suites::open(under, address(&id.to_string()), &token).ok()?;
    let mut bytes = Zeroizing::new([0; MASTER_KEY_BYTES]);
    if plain.len() != MASTER_KEY_BYTES {
        return None;
    }
    bytes.copy_from_slice(&plain);
    let key = SealKey::derive(MasterKey::from_bytes(*bytes));
    (key.id() == id).then_some(key)
}

fn address(name: &str) -> Address<'_> {
    Address {
        kind: Kind::Key,
        name: name.as_bytes(),
    }
}

impl Ledger {
    /// A key that is at hand or unwraps, over any number of rotations, from one that is. Its id and
    /// the commitment that the ledger recorded for it are checked.
    #[must_use]
    pub fn unwrap_key(&self, wanted: KeyId, keyring: &Keyring) -> Option<Arc<SealKey>> {
        self.unwrap_keys(&[wanted], keyring).pop()
    }

    /// Those of the keys that are at hand or unwrap, as [`Ledger::unwrap_key`] gives one, in one walk.
    #[must_use]
    pub fn unwrap_keys(&self, wanted: &[KeyId], keyring: &Keyring) -> Vec<Arc<SealKey>> {
        let absent = |id: &KeyId| self.at_hand(*id, keyring).is_none();
        let absent: BTreeSet<KeyId> = wanted.iter().copied().filter(absent).collect();
        let opened;
        let ring = if absent.is_empty() {
            keyring
        } else {
            opened = self.unwrap_until(keyring, Some(absent));
            &opened
        };
        let found = wanted.iter().filter_map(|id| self.at_hand(*id, ring));
        found.collect()
    }

    /// The ring with every key that unwraps from it.
    #[must_use]
    pub fn unwrap_all(&self, keyring: &Keyring) -> Keyring {
        self.unwrap_until(keyring, None)
    }

    /// The ring with what unwraps from it, until all that is wanted was found.
    fn unwrap_until(&self, keyring: &Keyring, mut wanted: Option<BTreeSet<KeyId>>) -> Keyring {
        let mut opened = keyring.clone();
        let mut fresh: VecDeque<Arc<SealKey>> = keyring.iter().cloned().collect();
        while let Some(key) = fresh.pop_front() {
            let wrapped = self
                .entries_under(key.id())
                .flat_map(|entry| &entry.wrapped);
            for (id, token) in wrapped {
                if self.at_hand(*id, &opened).is_some() {
                    continue;
                }
                let Some(inner) = open(&key, *id, token).filter(|inner| self.records(inner)) else {
                    continue;
                };
                let inner = Arc::new(inner);
                opened.add(Arc::clone(&inner));
                if let Some(wanted) = &mut wanted
                    && wanted.remove(id)
                    && wanted.is_empty()
                {
                    return opened;
                }
                fresh.push_back(inner);
            }
        }
        opened
    }

    /// Whether the key's commitment is the one that the ledger recorded, if it recorded any.
    pub(super) fn records(&self, key: &SealKey) -> bool {
        self.commitment_of(key.id())
            .is_none_or(|recorded| recorded == key.commitment())
    }

    fn at_hand(&self, id: KeyId, keyring: &Keyring) -> Option<Arc<SealKey>> {
        let held = keyring.with_id(id).iter();
        held.into_iter().find(|key| self.records(key)).cloned()
    }
}
