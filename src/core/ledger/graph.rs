//! What the entries say together: heads, current and retired keys. No key is needed for any of it,
//! so none of it is authentic by itself: see [`super::sealing`] and [`super::verify`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::Ledger;
use super::entry::{Entry, EntryId};
use crate::core::environment::Environment;
use crate::core::key::{Commitment, KeyId, Keyring};

/// Positions of entries, by what one looks them up with.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    by_id: HashMap<EntryId, usize>,
    environments: BTreeMap<Environment, Lineage>,
    pub(super) keys: BTreeMap<KeyId, KeyTrace>,
}

/// One environment's part of the graph. Everything that is asked once per entry or per environment
/// is answered by a look-up: whoever can push may add a hundred thousand entries.
#[derive(Clone, Debug, Default)]
struct Lineage {
    /// Its entries, in the order of their lines.
    entries: Vec<usize>,
    /// Entries without a child in the environment, by rising id.
    heads: Vec<usize>,
    /// The keys of the heads.
    head_keys: BTreeSet<KeyId>,
    /// The first of the heads that may seal: see [`Ledger::current`].
    current: Option<usize>,
    /// Keys that some entry says it replaced, with the first such entry.
    retired: BTreeMap<KeyId, usize>,
    /// Keys that a `create` or `rotate` brought, with the first such entry.
    brought: BTreeMap<KeyId, usize>,
}

/// Where a key occurs.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyTrace {
    /// The entries under the key, in the order of their lines.
    pub(super) entries: Vec<usize>,
    /// The first `create` or `rotate` among them.
    brought: Option<usize>,
    /// Whether more than one environment uses it.
    shared: bool,
}

/// What the ledger says of a key in an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus<'a> {
    /// It seals.
    Current,
    /// A head's key in a forked or contested environment, but not the one that seals.
    Forked,
    /// Another key took its place.
    Retired {
        /// When, as the entry claims.
        since: DateTime<Utc>,
        /// The first entry that replaced it.
        by: &'a Entry,
    },
    /// The environment never had it.
    Unknown,
}

/// Why an environment has no current key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCurrent {
    /// The ledger has no entry for it.
    #[error("the ledger has no entry for the environment")]
    NoEntry,
    /// Every head stands under a key that is retired, or that another environment has too.
    #[error("every head of the environment is under a retired key or another environment's")]
    Contested,
}

impl Graph {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut graph = Self {
            by_id: entries
                .iter()
                .enumerate()
                .map(|(at, entry)| (entry.id, at))
                .collect(),
            ..Self::default()
        };
        let mut has_child = vec![false; entries.len()];
        for (at, entry) in entries.iter().enumerate() {
            graph.trace_key(entries, at);
            let parents = graph.parents_at(entries, entry);
            let replaced = parents.iter().map(|parent| entries[*parent].key_id);
            let retired: BTreeSet<_> = replaced.chain(entry.previous.iter().copied()).collect();
            for parent in parents {
                has_child[parent] = true;
            }
            let lineage = graph
                .environments
                .entry(entry.environment.clone())
                .or_default();
            lineage.entries.push(at);
            if entry.event.introduces_key() {
                lineage.brought.entry(entry.key_id).or_insert(at);
            }
            for key in retired.into_iter().filter(|key| *key != entry.key_id) {
                lineage.retired.entry(key).or_insert(at);
            }
        }
        for (at, entry) in entries.iter().enumerate().filter(|(at, _)| !has_child[*at]) {
            if let Some(lineage) = graph.environments.get_mut(&entry.environment) {
                lineage.heads.push(at);
                lineage.head_keys.insert(entry.key_id);
            }
        }
        for lineage in graph.environments.values_mut() {
            lineage.heads.sort_by_key(|at| entries[*at].id);
            let mut heads = lineage.heads.iter().copied();
            lineage.current = heads.find(|at| {
                let key = entries[*at].key_id;
                !lineage.retired.contains_key(&key) && !graph.keys[&key].shared
            });
        }
        graph
    }

    fn trace_key(&mut self, entries: &[Entry], at: usize) {
        let trace = self.keys.entry(entries[at].key_id).or_default();
        let first = trace.entries.first().map_or(at, |first| *first);
        trace.shared |= entries[first].environment != entries[at].environment;
        trace.entries.push(at);
        if entries[at].event.introduces_key() {
            trace.brought.get_or_insert(at);
        }
    }

    /// Parents in the entry's own environment. An entry of another environment is no ancestor:
    /// otherwise a forged one could take away a head.
    pub(super) fn parents_at(&self, entries: &[Entry], entry: &Entry) -> Vec<usize> {
        entry
            .parents
            .iter()
            .filter_map(|id| self.position(*id))
            .filter(|at| entries[*at].environment == entry.environment)
            .collect()
    }

    pub(super) fn position(&self, id: EntryId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }
}

impl Ledger {
    /// The environments that have entries, by name.
    pub fn environments(&self) -> impl Iterator<Item = &Environment> {
        self.graph.environments.keys()
    }

    /// The entries of an environment that are no ancestors of another of it, by rising id.
    #[must_use]
    pub fn heads(&self, environment: &Environment) -> Vec<&Entry> {
        self.lineage(environment).map_or_else(Vec::new, |lineage| {
            lineage.heads.iter().map(|at| &self.entries[*at]).collect()
        })
    }

    /// Whether the environment has more than one head.
    #[must_use]
    pub fn is_forked(&self, environment: &Environment) -> bool {
        self.lineage(environment)
            .is_some_and(|lineage| lineage.heads.len() > 1)
    }

    /// The head whose key seals: the one with the lowest id, the same for everyone. A time would be
    /// a forger's to choose, and an id can be ground, so a head never counts whose key
    /// - some entry of the environment retired: a leaver knows it, and could add a second `create`;
    /// - another environment has too: whoever may read that one could add it here.
    ///
    /// # Errors
    /// When there is no entry, or no head is left.
    pub fn current(&self, environment: &Environment) -> Result<&Entry, NoCurrent> {
        let lineage = self.lineage(environment).ok_or(NoCurrent::NoEntry)?;
        let current = lineage.current.ok_or(NoCurrent::Contested)?;
        Ok(&self.entries[current])
    }

    /// The heads whose key no entry retired and no other environment has, by rising id.
    pub(super) fn eligible_heads(&self, environment: &Environment) -> impl Iterator<Item = &Entry> {
        let lineage = self.lineage(environment).into_iter();
        lineage.flat_map(|lineage| {
            let heads = lineage.heads.iter().map(|at| &self.entries[*at]);
            heads.filter(|head| {
                !lineage.retired.contains_key(&head.key_id) && !self.is_shared(head.key_id)
            })
        })
    }

    /// What the ledger says of a key in an environment.
    #[must_use]
    pub fn status_of(&self, environment: &Environment, key: KeyId) -> KeyStatus<'_> {
        let Some(lineage) = self.lineage(environment) else {
            return KeyStatus::Unknown;
        };
        if self
            .current(environment)
            .is_ok_and(|head| head.key_id == key)
        {
            return KeyStatus::Current;
        }
        if let Some(at) = lineage.retired.get(&key) {
            let by = &self.entries[*at];
            return KeyStatus::Retired { since: by.time, by };
        }
        if lineage.head_keys.contains(&key) {
            KeyStatus::Forked
        } else {
            KeyStatus::Unknown
        }
    }

    /// The environment's retired keys that are in the ring.
    pub(super) fn retired_at_hand(
        &self,
        environment: &Environment,
        keyring: &Keyring,
    ) -> Vec<KeyId> {
        let retired = self
            .lineage(environment)
            .map(|lineage| lineage.retired.keys());
        let retired = retired.into_iter().flatten().copied();
        retired.filter(|id| keyring.holds(*id)).collect()
    }

    /// Whether some entry stands under the key.
    #[must_use]
    pub fn knows(&self, key: KeyId) -> bool {
        self.graph.keys.contains_key(&key)
    }

    /// Whether more than one environment uses the key.
    #[must_use]
    pub fn is_shared(&self, key: KeyId) -> bool {
        self.graph.keys.get(&key).is_some_and(|trace| trace.shared)
    }

    /// The environment of a key (of its first entry, where several claim it).
    #[must_use]
    pub fn environment_of(&self, key: KeyId) -> Option<&Environment> {
        self.introduction(key).map(|entry| &entry.environment)
    }

    /// The entry that brought a key: the first `create` or `rotate` under it.
    #[must_use]
    pub fn introduction(&self, key: KeyId) -> Option<&Entry> {
        let trace = self.graph.keys.get(&key)?;
        let at = trace.brought.or_else(|| trace.entries.first().copied())?;
        Some(&self.entries[at])
    }

    /// The first `create` or `rotate` under a key in this environment.
    pub(super) fn brought_in(&self, environment: &Environment, key: KeyId) -> Option<&Entry> {
        let at = *self.lineage(environment)?.brought.get(&key)?;
        Some(&self.entries[at])
    }

    /// The commitment recorded for a key by the entry that brought it.
    #[must_use]
    pub fn commitment_of(&self, key: KeyId) -> Option<Commitment> {
        self.introduction(key).map(|entry| entry.commitment)
    }

    /// The keys, of any environment, that a holder of the keys marked as compromised has: those keys,
    /// and all that unwrap from them.
    #[must_use]
    pub fn compromised_keys(&self) -> BTreeSet<KeyId> {
        let marked = self.entries.iter().filter(|entry| entry.compromised);
        let mut open: Vec<KeyId> = marked
            .flat_map(|entry| entry.previous.iter().copied())
            .collect();
        let mut exposed = BTreeSet::new();
        while let Some(key) = open.pop() {
            if exposed.insert(key) {
                let under = self.entries_under(key);
                open.extend(under.flat_map(|entry| entry.wrapped.keys().copied()));
            }
        }
        exposed
    }

    /// The entries of an environment, in the order of their lines.
    pub fn entries_of(&self, environment: &Environment) -> impl Iterator<Item = &Entry> {
        let lineage = self.lineage(environment).into_iter();
        let positions = lineage.flat_map(|lineage| &lineage.entries);
        positions.map(|at| &self.entries[*at])
    }

    /// The entries under a key, in the order of their lines.
    pub(super) fn entries_under(&self, key: KeyId) -> impl Iterator<Item = &Entry> {
        self.graph
            .keys
            .get(&key)
            .into_iter()
            .flat_map(|trace| &trace.entries)
            .map(|at| &self.entries[*at])
    }

    /// The parents that stand in this ledger and in the entry's own environment.
    pub(super) fn parents_of(&self, entry: &Entry) -> impl Iterator<Item = &Entry> {
        let positions = self.graph.parents_at(&self.entries, entry);
        positions.into_iter().map(|at| &self.entries[at])
    }

    fn lineage(&self, environment: &Environment) -> Option<&Lineage> {
        self.graph.environments.get(environment)
    }
}
