//! Rotating master keys over what is staged: everything opens first, the new key is on disk before
//! anything is sealed with it, what was sealed opens again byte for byte, and index and ledger change
//! in one step. Killed at any moment, a rotation leaves the old state or the new one.

mod commit;
mod dates;
pub mod journal;
mod open;
mod seal;

use crate::core::config::BadConfig;
use crate::core::environment::Environment;
use crate::core::file::Problem;
use crate::core::ledger::{AppendError, LedgerError};
use crate::git::GitError;

pub use commit::{Plan, Sealed, commit, seal, undo};
pub use dates::due;
pub use open::{OpenFile, open_all};
use seal::{Resealed, seal_all};

use super::CleanError;

/// Why a rotation does not take place. Holds names, line numbers and key ids, never values.
#[derive(Debug)]
pub enum RotationError {
    /// Git did not answer, or a file could not be written.
    Git(GitError),
    /// `.seal/config.toml` cannot be used.
    Config(BadConfig),
    /// The ledger cannot be read.
    Ledger(LedgerError),
    /// Nothing can be appended to the ledger.
    Append(Environment, AppendError),
    /// A file cannot be sealed.
    File(Vec<u8>, Box<CleanError>),
    /// A staged file does not open entirely.
    Closed(Vec<u8>, Vec<Problem>),
    /// What was sealed anew did not open to the same bytes.
    Mismatch(Vec<u8>),
    /// The journal cannot be read.
    Journal(String),
}

impl From<GitError> for RotationError {
    fn from(error: GitError) -> Self {
        Self::Git(error)
    }
}

impl From<BadConfig> for RotationError {
    fn from(error: BadConfig) -> Self {
        Self::Config(error)
    }
}

impl From<LedgerError> for RotationError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}
