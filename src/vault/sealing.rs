//! The key that seals in an environment: the one that the ledger names, proved, and given to this
//! clone by a person.
//!
//! That a key is at hand is not enough. Whoever knows a retired key, or another environment's, can
//! write an entry under it that wraps a key of their own: it unwraps for everyone, and a second
//! `create` could make it current.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Vault, View};
use crate::core::environment::Environment;
use crate::core::key::{KeyId, Keyring, SealKey};
use crate::core::ledger::{Entry, Ledger, LedgerError, SealingKeyError};
use crate::git::GitError;
use crate::keys::Source;

/// Why there is no key to seal with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSealingKey {
    /// The ledger cannot be read.
    Ledger(LedgerError),
    /// The ledger says something that does not fit the keys at hand.
    Key(SealingKeyError),
    /// A key was given for the environment, and it is one that the ledger does not know.
    Stranger {
        /// The key needed.
        current: KeyId,
        /// Since when it is current, as the ledger claims.
        since: DateTime<Utc>,
        /// The keys given.
        at_hand: Vec<KeyId>,
    },
    /// The key that the ledger names was not given as a key of the environment: it only unwraps, or
    /// belongs to another environment.
    NotGiven {
        /// The key that the ledger names.
        current: KeyId,
        /// Since when it is current, as the ledger claims.
        since: DateTime<Utc>,
        /// Where a person gave it as a key of something else.
        found_in: Option<Source>,
    },
}

impl Vault {
    /// The environment's current key, as the ledger of the work tree says.
    ///
    /// # Errors
    /// The outer one when git does not answer, the inner one when there is no such key at hand.
    pub fn sealing_key(
        &mut self,
        environment: &Environment,
    ) -> Result<Result<Arc<SealKey>, NoSealingKey>, GitError> {
        if let Some(known) = self.sealing_keys.get(environment) {
            return Ok(known.clone());
        }
        let snapshot = self.snapshot(&View::WorkTree)?;
        let found = match &snapshot.ledger {
            Err(error) => Err(NoSealingKey::Ledger(*error)),
            Ok(ledger) => self.sealing_key_of(ledger, environment, &View::WorkTree)?,
        };
        self.sealing_keys.insert(environment.clone(), found.clone());
        Ok(found)
    }

    /// The environment's current key, as this ledger says; looked for in the ledgers of `view` too.
    ///
    /// # Errors
    /// As [`Vault::sealing_key`].
    pub fn sealing_key_of(
        &mut self,
        ledger: &Ledger,
        environment: &Environment,
        view: &View,
    ) -> Result<Result<Arc<SealKey>, NoSealingKey>, GitError> {
        if let Ok(current) = ledger.current(environment) {
            self.find_keys(&[current.key_id].into(), Some(environment), view)?;
        }
        let (key, head) = match ledger.sealing_key(environment, &self.keyring) {
            Ok(found) => found,
            Err(why) => return Ok(Err(self.name_strangers(ledger, environment, why))),
        };
        if self.may_seal(ledger, head)? {
            return Ok(Ok(key));
        }
        let mut found = self.at_hand.found.iter();
        let elsewhere = found
            .find(|found| found.key.commitment() == head.commitment)
            .map(|found| found.source.clone());
        Ok(Err(NoSealingKey::NotGiven {
            found_in: elsewhere.filter(|source| *source != Source::Ledger),
            current: head.key_id,
            since: ledger.introduction(head.key_id).unwrap_or(head).time,
        }))
    }

    /// Whether the head's key was given to this clone as one of its environment; or else whether the
    /// head is history of one whose key was: then that one's MAC vouches for it, and an old branch
    /// seals as it did.
    fn may_seal(&mut self, ledger: &Ledger, head: &Entry) -> Result<bool, GitError> {
        let environment = &head.environment;
        // The ledger at hand may have been cut: this clone remembers whose key it is.
        let cached = self.cached_ledger();
        let is_anothers = cached.lenient_ledger().is_some_and(|cached| {
            cached.is_shared(head.key_id)
                || cached
                    .environment_of(head.key_id)
                    .is_some_and(|owner| owner != environment)
        });
        if is_anothers {
            return Ok(false);
        }
        let given = self.given_for(environment);
        if given.get(head.key_id, head.commitment).is_some() {
            return Ok(true);
        }
        let every = self.every_ledger()?.merge(ledger);
        Ok(every.is_history_of_given(head, &given, &self.keyring))
    }

    /// The keys that a person gave for the environment, or for none in particular.
    fn given_for(&self, environment: &Environment) -> Keyring {
        let mut given = Keyring::new();
        let found = self.at_hand.found.iter();
        found
            .filter(|found| found.source.may_seal_in(environment))
            .for_each(|found| given.add(Arc::clone(&found.key)));
        given
    }

    /// "No key" would puzzle a person who has just given one.
    fn name_strangers(
        &self,
        ledger: &Ledger,
        environment: &Environment,
        why: SealingKeyError,
    ) -> NoSealingKey {
        let found = self.at_hand.found.iter();
        let at_hand: Vec<KeyId> = found
            .filter(|found| found.source.is_for(environment) && !ledger.knows(found.key.id()))
            .map(|found| found.key.id())
            .collect();
        match why {
            SealingKeyError::KeyAbsent {
                current,
                since,
                at_hand_retired,
            } if at_hand_retired.is_empty() && !at_hand.is_empty() => NoSealingKey::Stranger {
                current,
                since,
                at_hand,
            },
            why => NoSealingKey::Key(why),
        }
    }
}
