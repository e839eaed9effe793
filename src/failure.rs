//! What people read when something went wrong, and the exit code that goes with it. The `From`
//! impls here are the one place that decides kind and advice.

mod hooks;
mod rotation;
mod sealing;

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use crate::core::config::{BadConfig, CONFIG_PATH};
use crate::core::environment::BadEnvironment;
use crate::core::key::BadKey;
use crate::core::ledger::LedgerError;
use crate::core::printable::{printable, reason};
use crate::core::scan::settings::BadRule;
use crate::core::standing::Severity;
use crate::git::GitError;
use crate::vault::guard::{ALLOW_PATH, GuardError, Located};
use crate::vault::{CleanError, LEDGER_PATH};

pub use sealing::ways_to_give;

/// How a command ended; the number is the exit code, published and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, or the answer is yes.
    Fine = 0,
    /// The answer is no: something found, unwell, overdue.
    No = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// No key at hand.
    NoKey = 3,
    /// Something does not authenticate.
    NotAuthentic = 4,
    /// It could not be told: objects missing, unreadable files.
    Unknown = 5,
}

impl Outcome {
    /// The one to report of several: the first of 2, 4, 1, 3, 5.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let rank = |outcome: Self| match outcome {
            Self::Usage => 0,
            Self::NotAuthentic => 1,
            Self::No => 2,
            Self::NoKey => 3,
            Self::Unknown => 4,
            Self::Fine => 5,
        };
        if rank(other) < rank(self) {
            other
        } else {
            self
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// A command that could not do its work: what happened and where, then what to do next.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Outcome,
    /// What and where, in one line.
    pub message: String,
    /// What to do next, each ready to paste.
    pub hints: Vec<String>,
}

impl Failure {
    /// A repository that nobody has set up, or a branch from before.
    #[must_use]
    pub fn no_ledger() -> Self {
        Self::usage("there is no ledger here: nothing is sealed")
            .hint("run `git seal init` to set it up, or `git pull` if a colleague has")
    }

    /// A failure without advice.
    #[must_use]
    pub fn new(kind: Outcome, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// Wrong usage or configuration.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Outcome::Usage, message)
    }

    /// A place that should hold a master key and does not; says nothing of what it holds.
    #[must_use]
    pub fn no_key_in(place: &str, why: BadKey) -> Self {
        Self::usage(format!("{place} holds no key: {why}"))
            .hint("a key is 44 characters of base64, as `git seal keygen` prints it")
    }

    /// A key on the command line, where the name of a file belongs.
    #[must_use]
    pub fn key_for_file() -> Self {
        Self::usage("--key-file takes the name of a file, and this is a key")
            .hint("it stands in your shell's history now: if it is in use, `git seal rotate`")
    }

    /// Adds a line of advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        let message = printable(error.to_string().as_bytes());
        match error {
            GitError::Outside(_) => Self::usage(message),
            GitError::NotARepository => {
                Self::usage(message).hint("go to a repository, or make one with `git init`")
            }
            GitError::Refused(_) => {
                Self::usage(message).hint("run `git status` here to see git's own advice")
            }
            GitError::Moved(_) => Self::usage(message).hint(
                "if it was moved, run `git worktree repair` in it with this directory's path; a submodule: `git submodule update --init`",
            ),
            GitError::Nonsense(_) => Self::new(Outcome::Unknown, message)
                .hint("see what git itself says here: `git status`, `git fsck`"),
            GitError::Store(..) => Self::new(Outcome::Unknown, message).hint(
                "this clone keeps its keys there: see what stands in its place and who may read it; or move it away, \
                 and give the keys again with `git seal unlock`",
            ),
            GitError::NoGit(_) => Self::usage(message).hint("install git, or put it on PATH"),
            GitError::Missing(_) => Self::new(Outcome::Unknown, message).hint(MISSING_HINT),
            // In git's own words an object is missing.
            GitError::Failed(_, said) if said.contains("unable to read") => {
                Self::new(Outcome::Unknown, message).hint(MISSING_HINT)
            }
            GitError::Failed(..) => Self::new(Outcome::Unknown, message),
            GitError::Link(_) => Self::usage(message)
                .hint("it could point anywhere: put a plain file or directory in its place"),
            GitError::File(_, error) => match error.kind() {
                ErrorKind::AlreadyExists => Self::usage(message)
                    .hint("another git command may be running; if none is, remove that file"),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                    Self::new(Outcome::Unknown, message).hint(
                        "this must be writable: see who owns it, or whether the disk is read-only",
                    )
                }
                _ => Self::new(Outcome::Unknown, message),
            },
        }
    }
}

const MISSING_HINT: &str = "this clone is shallow, partial or damaged: `git fetch --unshallow`, \
    `git fetch --refetch --no-filter`, or `git fsck`";

/// The exit code that a problem asks for.
impl From<Severity> for Outcome {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Notice => Self::Fine,
            Severity::Unwell => Self::No,
            Severity::Misconfigured => Self::Usage,
            Severity::KeyMissing => Self::NoKey,
            Severity::NotAuthentic => Self::NotAuthentic,
            Severity::Untold => Self::Unknown,
        }
    }
}

/// The exit code that a finding asks for.
impl From<&Located> for Outcome {
    fn from(located: &Located) -> Self {
        match (located.counts(), located.is_about_authenticity()) {
            (false, _) => Self::Fine,
            (true, true) => Self::NotAuthentic,
            (true, false) => Self::No,
        }
    }
}

impl From<GuardError> for Failure {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::Git(error) => Self::from(error),
            GuardError::Rules(path, rules) => Self::sealing(&path, CleanError::Rules(rules)),
            GuardError::Allow(bad) => Self::usage(format!("{ALLOW_PATH}: {bad}"))
                .hint("correct the line, or write entries with `git seal allow`"),
            GuardError::Config(error) => Self::from(error),
            GuardError::Rule(error) => Self::from(error),
        }
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::new(Outcome::NotAuthentic, format!("{LEDGER_PATH}: {error}"))
            .hint("run `git seal ledger verify`, or restore the file from history")
    }
}

impl From<BadRule> for Failure {
    fn from(error: BadRule) -> Self {
        Self::usage(format!("{CONFIG_PATH}: {error}"))
    }
}

impl From<BadEnvironment> for Failure {
    fn from(error: BadEnvironment) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<BadConfig> for Failure {
    fn from(error: BadConfig) -> Self {
        Self::usage(format!("{CONFIG_PATH}: {error}")).hint("docs/CONFIG.md lists every setting")
    }
}

/// Reading or writing a stream of ours.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Outcome::Unknown, reason(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_outcomes_the_published_order_decides() {
        use Outcome::{Fine, No, NoKey, NotAuthentic, Unknown, Usage};
        let worst = |outcomes: &[Outcome]| outcomes.iter().fold(Fine, |a, b| a.worse(*b));
        assert_eq!(worst(&[Unknown, NoKey, No, NotAuthentic, Usage]), Usage);
        assert_eq!(worst(&[Unknown, NoKey, No, NotAuthentic]), NotAuthentic);
        assert_eq!(worst(&[Unknown, NoKey, No]), No);
        assert_eq!(worst(&[Unknown, NoKey]), NoKey);
        assert_eq!(worst(&[Unknown, Fine]), Unknown);
        assert_eq!(worst(&[]), Fine);
    }
}
