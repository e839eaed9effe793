//! The hooks that guard a clone or a server: which there are, where git looks for them, putting
//! them there and taking them out.
//!
//! A hook that was there before is kept beside ours as `NAME.before-git-seal` and runs first. Files
//! in the clone's own git directory are ours to write; a directory that is tracked, or that other
//! repositories use too, is written to only with [`Consent`]. From git 2.54 on such clones are
//! guarded from their configuration instead, which disturbs nobody.

mod advice;
pub mod configured;
mod install;
mod script;
mod survey;

use std::fmt;
use std::path::PathBuf;

use super::GitError;

pub use install::{Installed, Removed, install, uninstall};
pub use survey::{HooksState, Manager, Place, Standing, survey};

/// A hook that git-seal has. Its text is the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum HookName {
    /// Judges what is staged
    PreCommit,
    /// Judges what a merge is about to commit
    PreMergeCommit,
    /// Judges the message of a commit
    CommitMsg,
    /// Judges what a push is about to send
    PrePush,
    /// On a server: judges a whole push
    PreReceive,
    /// On a server: judges a push ref by ref
    Update,
}

impl HookName {
    /// Those that guard a clone.
    pub const CLIENT: [Self; 4] = [
        Self::PreCommit,
        Self::PreMergeCommit,
        Self::CommitMsg,
        Self::PrePush,
    ];
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::PreCommit,
        Self::PreMergeCommit,
        Self::CommitMsg,
        Self::PrePush,
        Self::PreReceive,
        Self::Update,
    ];

    /// The name, as git has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PreMergeCommit => "pre-merge-commit",
            Self::CommitMsg => "commit-msg",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
            Self::Update => "update",
        }
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether directories may be written to that are not this clone's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// No: only below the git directory.
    OwnOnly,
    /// Yes: also files of the work tree, and directories that other repositories use.
    Shared,
}

/// Why hooks could not be installed or taken out.
#[derive(Debug, thiserror::Error)]
pub enum HooksError {
    /// Git did not answer, or a file could not be read or written.
    #[error(transparent)]
    Git(#[from] GitError),
    /// `core.hooksPath` names no directory (`/dev/null`, say): somebody switched hooks off.
    #[error("git looks for hooks in {}, which is no directory: hooks are switched off", .0.display())]
    Off(PathBuf),
    /// The hook of somebody else, and one that was kept earlier.
    #[error("{} is not git-seal's, and {}.before-git-seal is there too: which is to be kept?", .0.display(), .0.display())]
    TwoEarlier(PathBuf),
}
