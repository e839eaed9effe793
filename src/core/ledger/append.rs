//! New entries: an environment's first key, and every key after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};

use super::entry::{Entry, EntryId, Event};
use super::sealing::SealingKeyError;
use super::{Ledger, unwrap};
use crate::core::environment::Environment;
use crate::core::key::{KeyId, Keyring, SealKey};
use crate::core::suites::Suite;

/// What an entry records beside keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Now; cut to whole seconds.
    pub time: DateTime<Utc>,
    /// `Name <email>`.
    pub who: String,
    /// Why.
    pub reason: String,
    /// How many files were sealed (again).
    pub files: u32,
    /// How many values were sealed (again).
    pub values: u32,
    /// The last day on which the key is not overdue; none where no rotation is demanded.
    pub due: Option<NaiveDate>,
    /// The suite used from now on, where this changes it.
    pub suite: Option<Suite>,
}

/// Why nothing can be appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A line of the ledger is no entry.
    #[error("{0}")]
    Damaged(#[from] super::LedgerError),
    /// `create` for an environment that has a key already.
    #[error("the ledger has entries for the environment {0} already")]
    Exists(Environment),
    /// `rotate` for an environment without a key.
    #[error("the ledger has no entry for the environment {0}")]
    NoEntry(Environment),
    /// The new key is no new one.
    #[error("the key {key_id} is in the ledger already, for the environment {environment}")]
    KeyKnown {
        /// The key.
        key_id: KeyId,
        /// Its environment.
        environment: Environment,
    },
    /// Keys of heads are not at hand.
    #[error("the keys of {} heads are not at hand", .0.len())]
    KeysAbsent(Vec<KeyId>),
    /// A head does not bear right MACs: a rotation would make a forged entry good.
    #[error("line {line}: the entry does not authenticate")]
    NotAuthentic {
        /// Line number, from 1.
        line: usize,
        /// The entry.
        id: EntryId,
    },
}

impl Ledger {
    /// The entry that gives an environment its first key. The ledger itself stays as it is: see
    /// [`Ledger::with`].
    ///
    /// # Errors
    /// When the ledger is damaged, the environment has entries, or the key is in the ledger.
    pub fn create(
        &self,
        environment: &Environment,
        key: &SealKey,
        meta: Meta,
    ) -> Result<Entry, AppendError> {
        if !self.heads(environment).is_empty() {
            return Err(AppendError::Exists(environment.clone()));
        }
        self.accept(key)?;
        let mut entry = draft(Event::Create, environment, key, meta);
        entry.sign(&[key]);
        Ok(entry)
    }

    /// The entry that replaces the keys of all heads by a new one, and so settles a fork. `old` must
    /// hold the key of every head; `compromised` says that a replaced key is known to have leaked.
    ///
    /// # Errors
    /// When the ledger is damaged, the environment has no entry, the new key is in the ledger, a
    /// head's key is not at hand, or a head does not authenticate.
    pub fn rotate(
        &self,
        environment: &Environment,
        new: &SealKey,
        old: &Keyring,
        meta: Meta,
        compromised: bool,
    ) -> Result<Entry, AppendError> {
        let heads = self.heads(environment);
        if heads.is_empty() {
            return Err(AppendError::NoEntry(environment.clone()));
        }
        self.accept(new)?;
        let keys = self.keys_of(&heads, old)?;
        let mut entry = draft(Event::Rotate, environment, new, meta);
        entry.parents = heads.iter().map(|head| head.id).collect();
        entry.previous = keys.keys().copied().collect();
        entry.compromised = compromised;
        entry.wrapped = keys
            .iter()
            .map(|(id, key)| (*id, unwrap::wrap(key, new)))
            .collect();
        let mut signers = vec![new];
        signers.extend(keys.values().map(Arc::as_ref));
        entry.sign(&signers);
        Ok(entry)
    }

    fn accept(&self, key: &SealKey) -> Result<(), AppendError> {
        if let Some(bad) = self.damage().first() {
            return Err((*bad).into());
        }
        match self.environment_of(key.id()) {
            None => Ok(()),
            Some(environment) => Err(AppendError::KeyKnown {
                key_id: key.id(),
                environment: environment.clone(),
            }),
        }
    }

    fn keys_of(
        &self,
        heads: &[&Entry],
        old: &Keyring,
    ) -> Result<BTreeMap<KeyId, Arc<SealKey>>, AppendError> {
        if let Err(SealingKeyError::NotAuthentic { line, id }) = self.authenticate(heads, old) {
            return Err(AppendError::NotAuthentic { line, id });
        }
        let mut keys = BTreeMap::new();
        let mut absent = Vec::new();
        for head in heads {
            match old.get(head.key_id, head.commitment) {
                Some(key) => {
                    keys.insert(head.key_id, Arc::clone(key));
                }
                None => absent.push(head.key_id),
            }
        }
        if absent.is_empty() {
            Ok(keys)
        } else {
            absent.sort_unstable();
            absent.dedup();
            Err(AppendError::KeysAbsent(absent))
        }
    }
}

/// An entry without parents, old keys, id and MACs.
fn draft(event: Event, environment: &Environment, key: &SealKey, meta: Meta) -> Entry {
    Entry {
        id: EntryId([0; 32]),
        parents: Vec::new(),
        time: meta.time.trunc_subsecs(0),
        environment: environment.clone(),
        event,
        key_id: key.id(),
        commitment: key.commitment(),
        previous: Vec::new(),
        reason: meta.reason,
        who: meta.who,
        files: meta.files,
        values: meta.values,
        due: meta.due,
        compromised: false,
        suite: meta.suite.map(|suite| suite.as_str().to_owned()),
        wrapped: BTreeMap::new(),
        macs: BTreeMap::new(),
        unknown: serde_json::Map::new(),
    }
}
