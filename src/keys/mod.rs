//! Where keys come from, and the order of asking: environment variables, files they name, the
//! clone's own store; last a command from git configuration.

pub mod command;
pub mod environment;
pub mod store;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::core::environment::Environment;
use crate::core::key::{BadKey, Keyring, MasterKey, SealKey};
use crate::core::printable::reason;
use crate::git::{GitError, Repository};

/// Where a key was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An environment variable.
    Variable(String),
    /// A file that an environment variable names.
    VariableFile(String, PathBuf),
    /// The clone's own store.
    Store(Environment),
    /// The command in git configuration.
    Command(Environment),
    /// Unwrapped from a ledger with a newer key.
    Ledger,
}

impl Source {
    /// Whether what is found there was given as a key of this environment.
    #[must_use]
    pub fn is_for(&self, environment: &Environment) -> bool {
        match self {
            Self::Variable(name) => *name == environment::variable(environment),
            Self::VariableFile(name, _) => {
                name.strip_suffix("_FILE") == Some(&environment::variable(environment))
            }
            Self::Store(owner) | Self::Command(owner) => owner == environment,
            Self::Ledger => false,
        }
    }

    /// Whether a key found there may seal in this environment: it was given as one of it, or, in the
    /// variable that may hold several, of none in particular.
    #[must_use]
    pub fn may_seal_in(&self, environment: &Environment) -> bool {
        let variable = match self {
            Self::Variable(name) => name,
            Self::VariableFile(name, _) => name.strip_suffix("_FILE").unwrap_or(name),
            _ => return self.is_for(environment),
        };
        let own = variable.strip_prefix(environment::PREFIX);
        own.is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix('_') == Some(&environment.in_variable_form())
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::VariableFile(name, path) => write!(f, "{name} ({})", path.display()),
            Self::Store(environment) => write!(f, "this clone's store ({environment})"),
            Self::Command(environment) => write!(f, "git config seal.{environment}.keyCommand"),
            Self::Ledger => f.write_str("unwrapped from the ledger"),
        }
    }
}

/// Why a source gave no key, or gave one that deserves a warning. Never says anything of the key.
#[derive(Debug, thiserror::Error)]
pub enum SourceTrouble {
    /// What stands there is no key.
    #[error("{0} holds no usable key: {1}")]
    Malformed(Source, BadKey),
    /// The file cannot be read.
    #[error("{} cannot be read: {}", .0, reason(.1))]
    Unreadable(Source, std::io::Error),
    /// The variable should name a file and holds a key.
    #[error("{0} holds a key, not the name of a file: name it without _FILE")]
    KeyForFile(String),
    /// Others can read the file.
    #[error("{} can be read by every user of this machine: {}", .0, how_to_protect(.0))]
    WorldReadable(Source),
    /// The command did not give a key.
    #[error("{0} failed: {1}")]
    Command(Source, String),
    /// The command stands in a file of the work tree, which may come from anybody.
    #[error("{0} is ignored: it is set in {1}, inside the work tree")]
    Untrusted(Source, String),
}

fn how_to_protect(source: &Source) -> &'static str {
    match source {
        Source::Store(_) => "`git seal doctor --fix` mends that",
        _ => "`chmod 600` it",
    }
}

impl SourceTrouble {
    /// Whether it is about this environment variable, or the file that it names.
    #[must_use]
    pub fn names(&self, variable: &str) -> bool {
        if let Self::KeyForFile(name) = self {
            return name.strip_suffix("_FILE") == Some(variable);
        }
        let (Self::Malformed(source, _)
        | Self::Unreadable(source, _)
        | Self::Command(source, _)
        | Self::Untrusted(source, _)) = self
        else {
            return false;
        };
        match source {
            Source::Variable(name) => name == variable,
            Source::VariableFile(name, _) => name.strip_suffix("_FILE") == Some(variable),
            _ => false,
        }
    }
}

/// One key at hand, and where it was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The key.
    pub key: Arc<SealKey>,
    /// Where it was found.
    pub source: Source,
}

/// All keys that cost nothing to ask for, in the order of the sources.
#[derive(Debug, Default)]
pub struct AtHand {
    /// The keys.
    pub found: Vec<Found>,
    /// What was wrong with sources.
    pub troubles: Vec<SourceTrouble>,
}

impl AtHand {
    /// Asks the environment and the clone's store.
    ///
    /// # Errors
    /// When the store is there and cannot be read.
    pub fn gather(repository: &Repository) -> Result<Self, GitError> {
        let mut at_hand = Self::default();
        if !is_locked() {
            environment::gather(&mut at_hand);
            store::gather(repository, &mut at_hand)?;
        }
        Ok(at_hand)
    }

    /// Asks the environment alone, for commands outside a repository.
    #[must_use]
    pub fn from_environment() -> Self {
        let mut at_hand = Self::default();
        environment::gather(&mut at_hand);
        at_hand
    }

    fn take(&mut self, source: Source, text: &[u8]) {
        match MasterKey::parse(text) {
            Ok(master) => {
                let key = Arc::new(SealKey::derive(master));
                self.found.push(Found { key, source });
            }
            Err(why) => self.troubles.push(SourceTrouble::Malformed(source, why)),
        }
    }

    /// The keys as a ring.
    #[must_use]
    pub fn keyring(&self) -> Keyring {
        let mut ring = Keyring::new();
        self.found
            .iter()
            .for_each(|found| ring.add(Arc::clone(&found.key)));
        ring
    }
}

/// Set for the filter that `git seal lock` starts: it finds no key, so files come out sealed.
pub const LOCKED_VARIABLE: &str = "GIT_SEAL_LOCKED";

fn is_locked() -> bool {
    std::env::var_os(LOCKED_VARIABLE).is_some()
}

/// A new key from the operating system's random source.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn generate() -> Result<MasterKey, std::io::Error> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(std::io::Error::other)?;
    Ok(MasterKey::from_bytes(*bytes))
}
