//! The ledger and the policies as one state of the repository has them.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::sync::Arc;

use super::Vault;
use crate::core::config::{BadConfig, CONFIG_PATH, Config};
use crate::core::ledger::{Ledger, LedgerError};
use crate::git::{GitError, Repository, paths};

/// Where the ledger stands in a repository.
pub const LEDGER_PATH: &str = ".seal/ledger.jsonl";

/// Which state of the repository is looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// The work tree, else the index, else `HEAD`: a cone sparse checkout has no `.seal` on disk.
    WorkTree,
    /// The index alone.
    Index,
    /// A revision's tree.
    Revision(String),
}

/// Ledger and policies of one state.
#[derive(Debug)]
pub struct Snapshot {
    /// The ledger; empty where the state has none.
    pub ledger: Result<Ledger, LedgerError>,
    /// The bytes of the ledger; `None` where the state has none.
    pub ledger_text: Option<Vec<u8>>,
    /// The bytes of the policies; `None` where the state has none.
    pub config_text: Option<Vec<u8>>,
    /// The policies; the defaults where the state has none.
    pub config: Result<Config, BadConfig>,
}

impl Snapshot {
    fn read<'a>(
        repository: &Repository,
        view: &View,
        mut known: impl Iterator<Item = &'a Arc<Self>>,
    ) -> Result<Self, GitError> {
        let ledger_text = read_file(repository, view, LEDGER_PATH)?;
        let config = read_file(repository, view, CONFIG_PATH)?;
        // Work tree, `HEAD` and this clone's cache hold the same ledger most of the time.
        let ledger = match known.find(|known| known.ledger_text == ledger_text) {
            Some(known) => known.ledger.clone(),
            None => Ledger::parse(ledger_text.as_deref().unwrap_or_default()),
        };
        Ok(Self {
            ledger,
            ledger_text,
            config: config
                .as_deref()
                .map_or_else(|| Ok(Config::default()), Config::parse),
            config_text: config,
        })
    }

    /// The policies.
    ///
    /// # Errors
    /// When they are malformed.
    pub fn usable_config(&self) -> Result<&Config, BadConfig> {
        self.config.as_ref().map_err(Clone::clone)
    }

    /// What can be read of the ledger, for telling about it; a damaged one says where in
    /// [`Ledger::damage`].
    #[must_use]
    pub fn readable_ledger(&self) -> Cow<'_, Ledger> {
        match &self.ledger {
            Ok(ledger) => Cow::Borrowed(ledger),
            Err(_) => Cow::Owned(Ledger::read(
                self.ledger_text.as_deref().unwrap_or_default(),
            )),
        }
    }

    /// The ledger as far as it can be used for opening: an unreadable one is empty.
    #[must_use]
    pub fn lenient_ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref().ok()
    }
}

fn read_file(
    repository: &Repository,
    view: &View,
    path: &str,
) -> Result<Option<Vec<u8>>, GitError> {
    match view {
        View::Index => repository.index_blob_or_fetch(path.as_bytes()),
        View::Revision(revision) => repository.revision_blob(revision, path.as_bytes()),
        View::WorkTree => {
            if let Some(content) = read_work_tree(repository, path)? {
                return Ok(Some(content));
            }
            match repository.index_blob_or_fetch(path.as_bytes())? {
                None => repository.revision_blob("HEAD", path.as_bytes()),
                staged => Ok(staged),
            }
        }
    }
}

/// Reads a file of ours in the work tree. Links are not followed: whoever can write to the
/// repository could otherwise point them anywhere.
fn read_work_tree(repository: &Repository, path: &str) -> Result<Option<Vec<u8>>, GitError> {
    let Some(top) = repository.work_tree() else {
        return Ok(None);
    };
    let file = top.join(paths::to_os(path.as_bytes()));
    for part in [file.parent().unwrap_or(top), &file] {
        match std::fs::symlink_metadata(part) {
            Ok(metadata) if metadata.is_symlink() => {
                return Err(GitError::Link(part.to_owned()));
            }
            Ok(_) => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(GitError::File(part.to_owned(), error)),
        }
    }
    std::fs::read(&file)
        .map(Some)
        .map_err(|error| GitError::File(file, error))
}

impl Vault {
    /// Ledger and policies of one state, read once per process.
    ///
    /// # Errors
    /// When they cannot be read. That they are malformed is said inside the snapshot.
    pub fn snapshot(&mut self, view: &View) -> Result<Arc<Snapshot>, GitError> {
        if let Some(snapshot) = self.snapshots.get(view) {
            return Ok(Arc::clone(snapshot));
        }
        let known = self.snapshots.values().chain(&self.cached);
        let snapshot = Arc::new(Snapshot::read(&self.repository, view, known)?);
        self.snapshots.insert(view.clone(), Arc::clone(&snapshot));
        if *view == View::WorkTree {
            self.remember_committed(&snapshot);
        }
        Ok(snapshot)
    }

    /// Remembers the ledger that is committed: one that only stands in the work tree may yet be
    /// thrown away, and its keys with it.
    fn remember_committed(&mut self, work_tree: &Snapshot) {
        if self.cached_ledger_text() == work_tree.ledger_text {
            return;
        }
        if let Ok(committed) = self.snapshot(&View::Revision("HEAD".to_owned())) {
            self.remember_ledger(&committed);
        }
    }
}
