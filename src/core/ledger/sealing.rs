//! Which key seals, proved as far as the keys at hand allow.
//!
//! The ledger lies in the repository, where anyone who can push can write. Before sealing, the
//! current head must bear right MACs under its own key and under every key that it replaced and
//! that is at hand or unwraps: a forged `rotate` back to a leaked key is not followed.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::entry::{Entry, EntryId};
use super::{Ledger, NoCurrent, unwrap};
use crate::core::environment::Environment;
use crate::core::key::{KeyId, Keyring, SealKey};

/// Why there is no key to seal with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealingKeyError {
    /// A line of the ledger is no entry.
    #[error("{0}")]
    Damaged(#[from] super::LedgerError),
    /// The ledger has no entry for the environment.
    #[error("the ledger has no entry for the environment")]
    NoEntry,
    /// No head may seal: see [`NoCurrent::Contested`].
    #[error("every head of the environment is under a retired key or another environment's")]
    Contested {
        /// The keys of all heads.
        heads: Vec<KeyId>,
    },
    /// The current key is not at hand.
    #[error("the current key {current} is not at hand")]
    KeyAbsent {
        /// The key needed.
        current: KeyId,
        /// Since when it is current, as the ledger claims.
        since: DateTime<Utc>,
        /// Retired keys of the environment that are at hand.
        at_hand_retired: Vec<KeyId>,
    },
    /// The environment is forked, and the key of the head that seals is not at hand.
    #[error("the environment is forked, and the key that seals, {current}, is not at hand")]
    ForkedWithoutKey {
        /// The key needed.
        current: KeyId,
        /// Since when it is in use, as the ledger claims.
        since: DateTime<Utc>,
        /// The keys of all heads.
        heads: Vec<KeyId>,
        /// Those of them that are at hand.
        at_hand: Vec<KeyId>,
    },
    /// A key with the right id is at hand, but it is another key.
    #[error("the key at hand with id {key_id} is not the one that the ledger commits to")]
    CommitmentMismatch {
        /// The id of both.
        key_id: KeyId,
    },
    /// The head lacks a MAC of a key at hand, or has a wrong one.
    #[error("line {line}: the entry does not authenticate")]
    NotAuthentic {
        /// Line number, from 1.
        line: usize,
        /// The entry.
        id: EntryId,
    },
}

impl Ledger {
    /// The key that seals in an environment, with the head that says so. Keys are not looked for in
    /// other ledgers: a caller on an old branch adds what it unwrapped elsewhere to the ring before.
    ///
    /// # Errors
    /// See [`SealingKeyError`]; nothing may be sealed then.
    pub fn sealing_key(
        &self,
        environment: &Environment,
        keyring: &Keyring,
    ) -> Result<(Arc<SealKey>, &Entry), SealingKeyError> {
        if let Some(bad) = self.damage.first() {
            return Err((*bad).into());
        }
        let head = self.current(environment).map_err(|reason| match reason {
            NoCurrent::NoEntry => SealingKeyError::NoEntry,
            NoCurrent::Contested => SealingKeyError::Contested {
                heads: self.head_keys(environment),
            },
        })?;
        self.authenticate(&[head], keyring)?;
        match keyring.get(head.key_id, head.commitment) {
            Some(key) => Ok((Arc::clone(key), head)),
            None if keyring.holds(head.key_id) => Err(SealingKeyError::CommitmentMismatch {
                key_id: head.key_id,
            }),
            None => Err(self.absent(head, keyring)),
        }
    }

    /// Whether a head bears right MACs under its own key, where that is at hand, and under every
    /// key it replaced that is at hand or unwraps from it. What stands between the head and the
    /// entry that brought its key is looked at too.
    #[must_use]
    pub fn authentic_head(&self, head: &Entry, keyring: &Keyring) -> bool {
        self.authenticate(&[head], keyring).is_ok()
    }

    /// The first of these heads that is not an [`Ledger::authentic_head`], or what is wrong below it.
    pub(super) fn authenticate(
        &self,
        heads: &[&Entry],
        keyring: &Keyring,
    ) -> Result<(), SealingKeyError> {
        let mut open = heads.to_vec();
        let mut seen = BTreeSet::new();
        while let Some(entry) = open.pop() {
            if !seen.insert(entry.id) {
                continue;
            }
            if !self.bears_its_macs(entry, keyring) {
                return Err(SealingKeyError::NotAuthentic {
                    line: self.line_of(entry.id),
                    id: entry.id,
                });
            }
            if !entry.event.introduces_key() {
                open.extend(self.parents_of(entry));
            }
        }
        Ok(())
    }

    /// Whether an entry is an ancestor of a head that may seal, that bears right MACs, and whose key is
    /// among those `given` by people. Parents stand in an entry's id, so only who knows that key can
    /// make something part of its past.
    #[must_use]
    pub fn is_history_of_given(&self, entry: &Entry, given: &Keyring, keyring: &Keyring) -> bool {
        let mut open: Vec<&Entry> = self
            .eligible_heads(&entry.environment)
            .filter(|head| given.get(head.key_id, head.commitment).is_some())
            .filter(|head| self.authentic_head(head, keyring))
            .collect();
        let mut seen = BTreeSet::new();
        while let Some(descendant) = open.pop() {
            for parent in self.parents_of(descendant) {
                if parent.id == entry.id {
                    return true;
                }
                if seen.insert(parent.id) {
                    open.push(parent);
                }
            }
        }
        false
    }

    /// The keys whose MAC an entry must bear: its own, those it says it replaced, and those of its
    /// parents, whatever it says.
    pub(super) fn vouching_keys(&self, entry: &Entry) -> BTreeSet<KeyId> {
        let parents = self.parents_of(entry).map(|parent| parent.key_id);
        parents
            .chain(entry.previous.iter().copied())
            .chain([entry.key_id])
            .collect()
    }

    /// Any key of the right id vouches: were the recorded commitment asked for, a forged entry
    /// further up with another commitment could switch the check off. Who has the entry's own key
    /// must be able to check all: a rotation wraps what it replaces.
    fn bears_its_macs(&self, entry: &Entry, keyring: &Keyring) -> bool {
        let own = keyring.get(entry.key_id, entry.commitment);
        self.vouching_keys(entry).into_iter().all(|id| {
            let held = keyring.with_id(id);
            if !held.is_empty() {
                return held.iter().any(|key| entry.bears_mac_of(key));
            }
            match (own, entry.wrapped.get(&id)) {
                (Some(own), Some(token)) => {
                    unwrap::open(own, id, token).is_some_and(|key| entry.bears_mac_of(&key))
                }
                (Some(_), None) => false,
                (None, _) => true,
            }
        })
    }

    fn absent(&self, head: &Entry, keyring: &Keyring) -> SealingKeyError {
        let current = head.key_id;
        let since = self.introduction(current).unwrap_or(head).time;
        let heads = self.head_keys(&head.environment);
        if heads.len() > 1 {
            let at_hand = heads.iter().copied().filter(|id| keyring.holds(*id));
            return SealingKeyError::ForkedWithoutKey {
                current,
                since,
                at_hand: at_hand.collect(),
                heads,
            };
        }
        SealingKeyError::KeyAbsent {
            current,
            since,
            at_hand_retired: self.retired_at_hand(&head.environment, keyring),
        }
    }

    fn head_keys(&self, environment: &Environment) -> Vec<KeyId> {
        let heads = self.heads(environment).into_iter();
        let keys: BTreeSet<KeyId> = heads.map(|head| head.key_id).collect();
        keys.into_iter().collect()
    }
}
