//! Everything that can be wrong with a ledger, found and named by line.
//!
//! Without a key: bad lines, and entries that don't fit together. With keys: MACs, wrapped keys,
//! commitments. What was cut off at the end shows only against another copy:
//! [`Ledger::compare_against`].

use std::collections::BTreeSet;

use super::entry::{Entry, EntryId, Event};
use super::fields::BadEntry;
use super::{Ledger, unwrap};
use crate::core::environment::Environment;
use crate::core::key::{KeyId, Keyring};
use crate::core::suites;
use crate::core::token::Sighting;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth saying, and no fault of the ledger.
    Notice,
    /// The answer is no: the ledger needs somebody's care.
    Unwell,
    /// Something is not what its author wrote, or its author had not the keys.
    NotAuthentic,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Line number, from 1.
    pub line: usize,
    /// The entry on that line, if it is one.
    pub id: Option<EntryId>,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The line is no entry.
    #[error("{0}")]
    BadLine(BadEntry),
    /// A parent is not in the ledger: a line was deleted.
    #[error("its parent {} is missing", .0.short())]
    UnknownParent(EntryId),
    /// A parent belongs to another environment.
    #[error("its parent {} belongs to another environment", .0.short())]
    ForeignParent(EntryId),
    /// A parent stands further down: lines were reordered.
    #[error("its parent {} stands below it", .0.short())]
    ParentBelow(EntryId),
    /// A `create` that names parents.
    #[error("it creates an environment, yet names parents")]
    CreateWithParents,
    /// A `rotate` that names none.
    #[error("it rotates, yet names no parents")]
    RotateWithoutParents,
    /// The previous keys are not those of the parents.
    #[error("its previous keys are not those of its parents")]
    PreviousMismatch,
    /// Not a rotation, yet under a key that no parent has.
    #[error("it changes the key without being a rotation")]
    KeyChanged,
    /// A rotation to a key that stood before it.
    #[error("it returns to the retired key {0}")]
    KeyReturns(KeyId),
    /// One key id with two commitments.
    #[error("its commitment for key {0} is not the one recorded before")]
    TwoCommitments(KeyId),
    /// A key of another environment too.
    #[error("its key {0} belongs to another environment too")]
    SharedKey(KeyId),
    /// A previous key is not wrapped: history could not be opened with the new key.
    #[error("it does not wrap the previous key {0}")]
    WrappedMissing(KeyId),
    /// A wrapped key does not open, or is another key than it is said to be.
    #[error("the wrapped key {0} does not authenticate")]
    WrappedNotAuthentic(KeyId),
    /// A key that must vouch for the entry does not.
    #[error("the MAC of key {0} is missing")]
    MacMissing(KeyId),
    /// A MAC of a key that has nothing to do with the entry.
    #[error("the MAC of key {0} does not belong there")]
    MacUnexpected(KeyId),
    /// A wrong MAC.
    #[error("the MAC of key {0} is wrong")]
    MacWrong(KeyId),
    /// A key at hand has this id and another commitment.
    #[error("the key at hand with id {0} is not the one that the entry commits to")]
    CommitmentMismatch(KeyId),
    /// Earlier than a parent: somebody's clock was wrong.
    #[error("its time is before that of its parent {}", .0.short())]
    TimeBackwards(EntryId),
    /// Several heads.
    #[error("fork: the environment {environment} has {} heads; one more rotation settles it", heads.len())]
    Fork {
        /// The environment.
        environment: Environment,
        /// Its heads, by rising id.
        heads: Vec<EntryId>,
    },
    /// No head may seal.
    #[error("every head of {0} is under a retired key or another environment's")]
    Contested(Environment),
}

impl Problem {
    /// How much it weighs.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::TimeBackwards(_) => Severity::Notice,
            Self::UnknownParent(_)
            | Self::ForeignParent(_)
            | Self::ParentBelow(_)
            | Self::CreateWithParents
            | Self::RotateWithoutParents
            | Self::PreviousMismatch
            | Self::KeyChanged
            | Self::KeyReturns(_)
            | Self::SharedKey(_)
            | Self::WrappedMissing(_)
            | Self::MacUnexpected(_)
            | Self::Fork { .. }
            | Self::Contested(_) => Severity::Unwell,
            Self::BadLine(_)
            | Self::TwoCommitments(_)
            | Self::WrappedNotAuthentic(_)
            | Self::MacMissing(_)
            | Self::MacWrong(_)
            | Self::CommitmentMismatch(_) => Severity::NotAuthentic,
        }
    }
}

impl Ledger {
    /// All that is wrong, by line. Every key in the ring, and every key that unwraps from it, is
    /// used to check MACs and wrapped keys. 10,000 entries take well under a second.
    #[must_use]
    pub fn verify(&self, keyring: &Keyring) -> Vec<Finding> {
        let keyring = self.unwrap_all(keyring);
        let mut findings: Vec<Finding> = self
            .damage()
            .iter()
            .map(|bad| Finding {
                line: bad.line,
                id: None,
                problem: Problem::BadLine(bad.problem),
            })
            .collect();
        let returning = self.returning();
        for (at, entry) in self.entries().iter().enumerate() {
            let mut problems = Vec::new();
            self.check_parents(entry, &mut problems);
            self.check_keys(entry, returning.contains(&at), &mut problems);
            self.check_macs(entry, &keyring, &mut problems);
            self.check_wrapped(entry, &keyring, &mut problems);
            findings.extend(problems.into_iter().map(|problem| self.at(entry, problem)));
        }
        self.check_heads(&mut findings);
        findings.sort_by_key(|finding| finding.line);
        findings
    }

    fn at(&self, entry: &Entry, problem: Problem) -> Finding {
        Finding {
            line: self.line_of(entry.id),
            id: Some(entry.id),
            problem,
        }
    }

    fn check_parents(&self, entry: &Entry, problems: &mut Vec<Problem>) {
        for id in &entry.parents {
            let Some(parent) = self.entry(*id) else {
                problems.push(Problem::UnknownParent(*id));
                continue;
            };
            if parent.environment != entry.environment {
                problems.push(Problem::ForeignParent(*id));
            }
            if self.line_of(*id) > self.line_of(entry.id) {
                problems.push(Problem::ParentBelow(*id));
            }
            if parent.time > entry.time {
                problems.push(Problem::TimeBackwards(*id));
            }
        }
        match entry.event {
            Event::Create if !entry.parents.is_empty() => problems.push(Problem::CreateWithParents),
            Event::Rotate if entry.parents.is_empty() => {
                problems.push(Problem::RotateWithoutParents);
            }
            _ => {}
        }
    }

    fn check_keys(&self, entry: &Entry, stood_before: bool, problems: &mut Vec<Problem>) {
        let known: Vec<KeyId> = self.parents_of(entry).map(|p| p.key_id).collect();
        let complete = known.len() == entry.parents.len();
        let parents: BTreeSet<KeyId> = known.into_iter().collect();
        match entry.event {
            Event::Other(_) => {
                if complete && !parents.contains(&entry.key_id) {
                    problems.push(Problem::KeyChanged);
                }
            }
            Event::Create | Event::Rotate => {
                if complete && !parents.iter().eq(&entry.previous) {
                    problems.push(Problem::PreviousMismatch);
                }
            }
        }
        let replaces_itself = entry.previous.contains(&entry.key_id);
        if entry.event == Event::Rotate && (stood_before || replaces_itself) {
            problems.push(Problem::KeyReturns(entry.key_id));
        }
        if self.commitment_of(entry.key_id) != Some(entry.commitment) {
            problems.push(Problem::TwoCommitments(entry.key_id));
        }
        if entry.event.introduces_key() && self.is_shared(entry.key_id) {
            problems.push(Problem::SharedKey(entry.key_id));
        }
    }

    fn check_macs(&self, entry: &Entry, keyring: &Keyring, problems: &mut Vec<Problem>) {
        let vouching = self.vouching_keys(entry);
        for id in &vouching {
            if !entry.macs.contains_key(id) {
                problems.push(Problem::MacMissing(*id));
            }
        }
        for id in entry.macs.keys() {
            let held = keyring.with_id(*id);
            if !held.is_empty() && !held.iter().any(|key| entry.bears_mac_of(key)) {
                problems.push(Problem::MacWrong(*id));
            } else if !vouching.contains(id) && entry.event.introduces_key() {
                problems.push(Problem::MacUnexpected(*id));
            }
        }
    }

    fn check_wrapped(&self, entry: &Entry, keyring: &Keyring, problems: &mut Vec<Problem>) {
        if entry.event == Event::Rotate {
            let missing = entry
                .previous
                .iter()
                .filter(|id| !entry.wrapped.contains_key(id));
            problems.extend(missing.map(|id| Problem::WrappedMissing(*id)));
        }
        let held = keyring.with_id(entry.key_id);
        if !held.is_empty() && keyring.get(entry.key_id, entry.commitment).is_none() {
            problems.push(Problem::CommitmentMismatch(entry.key_id));
        }
        for (id, token) in &entry.wrapped {
            let is_ours = matches!(suites::sight(token.as_bytes()),
                Sighting::Token(token) if token.key_id == Some(entry.key_id));
            let opens = held.is_empty()
                || held.iter().any(|key| {
                    unwrap::open(key, *id, token).is_some_and(|inner| self.records(&inner))
                });
            if !is_ours || !opens {
                problems.push(Problem::WrappedNotAuthentic(*id));
            }
        }
    }

    fn check_heads(&self, findings: &mut Vec<Finding>) {
        for environment in self.environments() {
            let heads = self.heads(environment);
            // The fork began with the last of the heads to be written.
            let Some(last) = heads.iter().max_by_key(|head| self.line_of(head.id)) else {
                continue;
            };
            if heads.len() > 1 {
                let heads = heads.iter().map(|head| head.id).collect();
                let environment = environment.clone();
                findings.push(self.at(last, Problem::Fork { environment, heads }));
            }
            if self.current(environment).is_err() {
                findings.push(self.at(last, Problem::Contested(environment.clone())));
            }
        }
    }
}
