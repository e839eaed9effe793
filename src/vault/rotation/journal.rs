//! `rotation.json` in the clone's local directory: keys that are prepared, and the rotation that is
//! under way. Holds key ids and reasons, no secrets. Beside it the lock that lets one rotation run at
//! a time in a clone.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RotationError;
use crate::core::environment::Environment;
use crate::core::key::KeyId;
use crate::core::suites::Suite;
use crate::git::{GitError, Repository};
use crate::keys::store;

/// What the journal says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Journal {
    version: u32,
    /// Keys that exist and do not seal yet, at most one per environment.
    #[serde(default)]
    pub prepared: Vec<Prepared>,
    /// The rotation that began and has not ended.
    #[serde(default)]
    pub running: Option<Running>,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            version: 1,
            prepared: Vec::new(),
            running: None,
        }
    }
}

/// A key that is being handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// Whose key it will be.
    pub environment: Environment,
    /// The key's id in hex.
    key_id: String,
    /// Why, for the ledger.
    pub reason: String,
    /// Whether the key in use leaked.
    pub compromised: bool,
    /// When it was made (RFC 3339).
    pub since: String,
}

impl Prepared {
    /// Notes a new key.
    #[must_use]
    pub fn new(
        environment: Environment,
        key: KeyId,
        reason: String,
        compromised: bool,
        since: String,
    ) -> Self {
        Self {
            environment,
            key_id: key.to_string(),
            reason,
            compromised,
            since,
        }
    }

    /// The key, if the journal was not damaged.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        self.key_id.parse().ok()
    }
}

/// A rotation under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Environments and the ids of their new keys, in hex.
    keys: Vec<(Environment, String)>,
    /// Why.
    pub reason: String,
    /// Whether the replaced keys leaked.
    pub compromised: bool,
    /// The suite that it changes to.
    #[serde(default)]
    suite: Option<Suite>,
    /// The git directory of the work tree where it began.
    pub git_dir: PathBuf,
}

impl Running {
    /// Notes a rotation that begins.
    #[must_use]
    pub fn new(
        keys: impl IntoIterator<Item = (Environment, KeyId)>,
        reason: String,
        compromised: bool,
        suite: Option<Suite>,
        git_dir: &Path,
    ) -> Self {
        Self {
            keys: keys
                .into_iter()
                .map(|(environment, id)| (environment, id.to_string()))
                .collect(),
            reason,
            compromised,
            suite,
            git_dir: git_dir.to_owned(),
        }
    }

    /// The suite that it changes to, if it does.
    #[must_use]
    pub fn suite(&self) -> Option<Suite> {
        self.suite
    }

    /// Environments and the ids of their new keys.
    pub fn keys(&self) -> impl Iterator<Item = (&Environment, KeyId)> {
        self.keys
            .iter()
            .filter_map(|(environment, id)| Some((environment, id.parse().ok()?)))
    }
}

fn path(repository: &Repository) -> PathBuf {
    store::local_directory(repository).join("rotation.json")
}

impl Journal {
    /// Reads the journal; an absent one is empty.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(repository: &Repository) -> Result<Self, RotationError> {
        let path = path(repository);
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(GitError::File(path, error).into()),
            Ok(text) => text,
        };
        let bad = |why: String| RotationError::Journal(format!("{}: {why}", path.display()));
        let journal: Self =
            serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        if journal.version != 1 {
            return Err(bad("it was written by a newer git-seal".to_owned()));
        }
        Ok(journal)
    }

    /// Writes the journal, or removes an empty one.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write(&self, repository: &Repository) -> Result<(), GitError> {
        let path = path(repository);
        if self.prepared.is_empty() && self.running.is_none() {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(GitError::File(path, error))
                }
                _ => Ok(()),
            };
        }
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| GitError::File(path.clone(), error.into()))?;
        store::write_private(&path, &text)
    }

    /// The key prepared for an environment.
    #[must_use]
    pub fn prepared_for(&self, environment: &Environment) -> Option<&Prepared> {
        self.prepared
            .iter()
            .find(|prepared| prepared.environment == *environment)
    }
}

/// Held while a rotation is at work; the operating system lets go of it when the process ends.
pub struct RotationLock {
    _file: File,
}

impl RotationLock {
    /// Takes the lock; `None` where another rotation is at work in this clone.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn take(repository: &Repository) -> Result<Option<Self>, GitError> {
        let path = store::local_directory(repository).join("rotation.lock");
        let failed = |error| GitError::File(path.clone(), error);
        store::create_private(&store::local_directory(repository)).map_err(failed)?;
        let mut options = File::options();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
