//! Which states are compared.

use crate::git::attributes::AttributesFrom;
use crate::git::{GitError, Repository, changes};
use crate::vault::View;

/// The state that is judged.
#[derive(Clone, Debug)]
pub enum State {
    /// What is staged.
    Index,
    /// A commit.
    Commit {
        /// Its id.
        id: String,
        /// The commit that the whole range leads to.
        tip: String,
        /// Where attributes are read: there.
        attributes: AttributesFrom,
    },
}

impl State {
    /// Where ledger and policies are read.
    #[must_use]
    pub fn view(&self) -> View {
        match self {
            Self::Index => View::Index,
            Self::Commit { id, .. } => View::Revision(id.clone()),
        }
    }

    /// The commit, if it is one.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::Index => None,
            Self::Commit { id, .. } => Some(id),
        }
    }

    /// The commit that the range leads to, if it is one of a range.
    #[must_use]
    pub fn tip(&self) -> Option<&str> {
        match self {
            Self::Index => None,
            Self::Commit { tip, .. } => Some(tip),
        }
    }

    /// A file of this state.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn read(&self, repository: &Repository, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        match self {
            Self::Index => repository.index_blob(path.as_bytes()),
            Self::Commit { id, .. } => repository.revision_blob(id, path.as_bytes()),
        }
    }

    /// Where attributes are read.
    #[must_use]
    pub fn attributes(&self) -> AttributesFrom {
        match self {
            Self::Index => AttributesFrom::Index,
            Self::Commit { attributes, .. } => attributes.clone(),
        }
    }
}

/// The state that came before: a commit, or nothing.
#[derive(Clone, Debug)]
pub struct Base(Option<String>);

impl Base {
    /// A commit.
    #[must_use]
    pub fn commit(id: &str) -> Self {
        Self(Some(id.to_owned()))
    }

    /// Before the first commit.
    #[must_use]
    pub fn nothing() -> Self {
        Self(None)
    }

    /// The commit that `HEAD` names, or nothing.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn head(repository: &Repository) -> Result<Self, GitError> {
        Ok(if repository.has_commits()? {
            Self::commit("HEAD")
        } else {
            Self::nothing()
        })
    }

    /// What git calls it.
    #[must_use]
    pub fn revision<'a>(&'a self, repository: &Repository) -> &'a str {
        self.0
            .as_deref()
            .unwrap_or_else(|| changes::empty_tree(repository.object_format()))
    }

    /// Whether there was anything.
    #[must_use]
    pub fn is_something(&self) -> bool {
        self.0.is_some()
    }

    /// Where ledger and policies are read. The empty tree has none.
    #[must_use]
    pub fn view(&self) -> View {
        View::Revision(
            self.0
                .clone()
                .unwrap_or_else(|| "4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned()),
        )
    }
}
