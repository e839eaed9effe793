//! How a repository stands: its protected files, its environments' keys, and what is wrong with
//! either or with the clone. What `git seal`, `status` and `doctor` tell is a view of one [`Report`].

mod file;
pub mod json;
pub mod next;
pub mod porcelain;
#[cfg(test)]
mod samples;

use std::path::PathBuf;

pub use file::{FileStanding, KeyUse, OnDisk, Unreadable};

use super::environment::Environment;
use super::here::Here;
use super::key::KeyId;
use super::ledger::{Due, KeyStatus};

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Worth knowing; nothing is wrong yet.
    Notice,
    /// Something is not as it should be.
    Unwell,
    /// The configuration cannot be used.
    Misconfigured,
    /// A key is not at hand.
    KeyMissing,
    /// Something does not authenticate.
    NotAuthentic,
    /// It could not be told.
    Untold,
}

impl Severity {
    /// The word used in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Unwell => "unwell",
            Self::Misconfigured => "misconfigured",
            Self::KeyMissing => "key_missing",
            Self::NotAuthentic => "not_authentic",
            Self::Untold => "untold",
        }
    }
}

/// What a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The set-up: `doctor` tells it too.
    SetUp,
    /// The state of work that goes on: keys at hand, dates, conflicts. `status` alone tells it.
    Work,
}

/// How `doctor --fix` mends a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Tell git of the filter, the drivers and the program, and install the hooks.
    SetUp,
    /// Tell git of the filter, the drivers and the program anew.
    Register,
    /// Set `filter.seal.required`.
    Require,
    /// Switch the cache of masked views off, and empty it.
    DropViewCache,
    /// Install the hooks.
    Hooks,
    /// Take away what others may do with these files of the clone's own.
    Tighten(Vec<PathBuf>),
    /// Add a line to `.gitattributes`.
    AddAttributes(String),
    /// Seal this staged file anew.
    Reseal(Vec<u8>),
}

/// Something that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A name that stays the same, for scripts.
    pub id: &'static str,
    /// The file that it is about, if it is about one.
    pub path: Option<Vec<u8>>,
    /// What is wrong. Safe to print.
    pub what: String,
    /// What to do about it, ready to paste where possible. Safe to print.
    pub advice: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Whether it is about the set-up.
    pub about: About,
    /// How `doctor --fix` mends it, where that is safe.
    pub remedy: Option<Remedy>,
}

impl Problem {
    /// A problem of the set-up.
    #[must_use]
    pub fn new(id: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            id,
            path: None,
            what: what.into(),
            advice: advice.into(),
            severity: Severity::Unwell,
            about: About::SetUp,
            remedy: None,
        }
    }

    /// Something to know about the work that goes on.
    #[must_use]
    pub fn of_work(id: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            about: About::Work,
            ..Self::new(id, what, advice)
        }
    }

    /// With another weight than [`Severity::Unwell`].
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// About one file.
    #[must_use]
    pub fn in_file(mut self, path: &[u8]) -> Self {
        self.path = Some(path.to_vec());
        self
    }

    /// That `doctor --fix` can mend.
    #[must_use]
    pub fn mended_by(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

/// An environment's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentStanding {
    /// The environment.
    pub environment: Environment,
    /// The key that seals, when it came and when it is to be replaced.
    pub due: Due,
    /// Where that key was found, for people; empty if it is not at hand.
    pub sources: Vec<String>,
    /// Whether the key is known to exist outside this clone; where it is not at hand it is somewhere
    /// else.
    pub has_second_home: bool,
}

impl EnvironmentStanding {
    /// Whether its key is at hand.
    #[must_use]
    pub fn is_at_hand(&self) -> bool {
        !self.sources.is_empty()
    }
}

/// How a repository stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Where the person stands who reads it.
    pub here: Here,
    /// Whether the ledger has an entry, or a file has our filter.
    pub is_initialised: bool,
    /// Whether ledger and attributes are committed as they are in the work tree.
    pub is_shared: bool,
    /// The protected files that git tracks, by path.
    pub files: Vec<FileStanding>,
    /// The environments that the ledger knows, by name.
    pub environments: Vec<EnvironmentStanding>,
    /// What is wrong apart from protected files.
    pub problems: Vec<Problem>,
}

/// The word for a key's status.
#[must_use]
pub fn status_word(status: &KeyStatus<'_>) -> &'static str {
    match status {
        KeyStatus::Current => "current",
        KeyStatus::Forked => "forked",
        KeyStatus::Retired { .. } => "retired",
        KeyStatus::Unknown => "unknown",
    }
}

impl Report {
    /// Everything that is wrong, or worth knowing, with protected files first.
    #[must_use]
    pub fn all_problems(&self) -> Vec<Problem> {
        let of_files = self.files.iter();
        let of_files = of_files.flat_map(|file| file.problems(&self.here));
        of_files.chain(self.problems.iter().cloned()).collect()
    }

    /// What is wrong with the set-up.
    #[must_use]
    pub fn set_up_problems(&self) -> Vec<Problem> {
        let mut problems = self.all_problems();
        problems.retain(|problem| problem.about == About::SetUp);
        problems
    }

    /// Dotenv-like files that nothing protects.
    pub fn unprotected(&self) -> impl Iterator<Item = &[u8]> {
        let missing = |problem: &&Problem| problem.id == UNPROTECTED;
        let found = self.problems.iter().filter(missing);
        found.filter_map(|problem| problem.path.as_deref())
    }

    /// The protected files of an environment; of `None`, those whose attributes name none.
    pub fn files_of(
        &self,
        environment: Option<&Environment>,
    ) -> impl Iterator<Item = &FileStanding> {
        let files = self.files.iter();
        files.filter(move |file| file.environment.as_ref() == environment)
    }

    /// The environments without a key at hand although a file needs it.
    #[must_use]
    pub fn locked(&self) -> Vec<&Environment> {
        let mut locked: Vec<&Environment> = self
            .files
            .iter()
            .filter(|file| file.is_locked())
            .filter_map(|file| file.environment.as_ref())
            .collect();
        locked.sort();
        locked.dedup();
        locked
    }
}

/// The problem of a dotenv-like file that nothing protects.
pub const UNPROTECTED: &str = "attributes-missing";

/// A key's id as people read it.
fn short(id: Option<KeyId>) -> String {
    id.map_or_else(|| "its key".to_owned(), |id| format!("key {}", id.short()))
}
