//! One process's view of a repository: which files are sealed, by which rules, with which keys.
//!
//! The place where repository, keys and core meet; `clean` and `smudge` are git's two directions.

pub mod ages;
mod clean;
mod crash;
pub mod exposure;
pub mod guard;
mod leftovers;
mod lookup;
mod opening;
mod record;
mod reseal;
pub mod rotation;
pub mod rules;
mod sealed_tree;
mod sealing;
mod smudge;
mod snapshot;
mod standing;
mod worktree;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use crate::core::standing::OnDisk;
pub use clean::CleanError;
pub use crash::crash_point;
pub use leftovers::Extent;
pub use opening::Opening;
pub use record::Record;
pub use sealing::NoSealingKey;
pub use smudge::{Notice, Origin, Smudged};
pub use snapshot::{LEDGER_PATH, Snapshot, View};

use crate::core::environment::Environment;
use crate::core::key::{KeyId, Keyring, SealKey};
use crate::git::{GitError, Repository};
use crate::keys::command::Commands;
use crate::keys::{AtHand, SourceTrouble};

/// A repository with the keys at hand. Keys and policies are read once per process.
pub struct Vault {
    repository: Repository,
    at_hand: AtHand,
    keyring: Keyring,
    snapshots: BTreeMap<View, Arc<Snapshot>>,
    /// What the clone's ledger cache held when it was last read.
    cached: Option<Arc<Snapshot>>,
    sealing_keys: BTreeMap<Environment, Result<Arc<SealKey>, NoSealingKey>>,
    /// Ids that were looked for everywhere and not found.
    absent: BTreeSet<KeyId>,
    asked_commands: BTreeSet<Environment>,
    key_commands: Option<Commands>,
    asked_refs: bool,
    /// Environments asked for so far, and whether their files stay sealed on disk.
    sealed_trees: BTreeMap<Environment, bool>,
    record: Record,
}

impl Vault {
    /// Opens the vault of the repository that git would use here.
    ///
    /// # Errors
    /// When there is no repository, or its key store cannot be read.
    pub fn open() -> Result<Self, GitError> {
        Self::of(Repository::discover()?)
    }

    /// The vault of a repository.
    ///
    /// # Errors
    /// When its key store cannot be read.
    pub fn of(repository: Repository) -> Result<Self, GitError> {
        let at_hand = AtHand::gather(&repository)?;
        Ok(Self {
            keyring: at_hand.keyring(),
            record: Record::of(&repository),
            repository,
            at_hand,
            snapshots: BTreeMap::new(),
            cached: None,
            sealing_keys: BTreeMap::new(),
            absent: BTreeSet::new(),
            asked_commands: BTreeSet::new(),
            key_commands: None,
            asked_refs: false,
            sealed_trees: BTreeMap::new(),
        })
    }

    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The keys found so far.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Where the keys were found, and what was wrong with sources.
    #[must_use]
    pub fn at_hand(&self) -> &AtHand {
        &self.at_hand
    }

    /// What was wrong with sources of keys.
    #[must_use]
    pub fn troubles(&self) -> &[SourceTrouble] {
        &self.at_hand.troubles
    }

    /// The clone's record.
    pub fn record(&mut self) -> &mut Record {
        &mut self.record
    }

    /// Writes what is to be remembered in this clone. Failing to is no reason to fail a command.
    pub fn save(&mut self) {
        let _ = self.record.save();
    }
}
