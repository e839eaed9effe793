//! Which two states are compared, and which files: the words of `git diff`.

use std::path::{Path, PathBuf};

use crate::commands::setup::work_tree;
use crate::failure::Failure;
use crate::git::changes::{self, Change};
use crate::git::{GitError, Repository, command};

/// The two states.
enum Range {
    IndexToWorkTree,
    ToWorkTree(String),
    ToIndex(String),
    Between(String, String),
}

/// What to compare.
pub struct Selection {
    range: Range,
    /// Repository paths; empty for all.
    paths: Vec<Vec<u8>>,
}

impl Selection {
    /// Reads the words of the command line: revisions first, then files.
    ///
    /// # Errors
    /// When a word is neither a revision nor a file, or there are too many.
    pub fn read(
        repository: &Repository,
        words: &[String],
        staged: bool,
        paths: &[PathBuf],
    ) -> Result<Self, Failure> {
        let mut paths: Vec<PathBuf> = paths.to_vec();
        let mut revisions: Vec<String> = Vec::new();
        let mut pair = None;
        for word in words {
            if let Some(found) = read_range(repository, word)? {
                pair = Some(found);
            } else if let Some(id) = repository.commit_id(word)? {
                revisions.push(id);
            } else if Path::new(word).symlink_metadata().is_ok() {
                paths.push(word.into());
            } else {
                return Err(unknown(word));
            }
        }
        let range = match (revisions.as_slice(), pair, staged) {
            ([], Some((old, new)), false) => Range::Between(old, new),
            ([], None, false) => Range::IndexToWorkTree,
            ([], None, true) => Range::ToIndex(head(repository)?),
            ([one], None, false) => Range::ToWorkTree(one.clone()),
            ([one], None, true) => Range::ToIndex(one.clone()),
            ([old, new], None, false) => Range::Between(old.clone(), new.clone()),
            _ => {
                return Err(Failure::usage(
                    "too many revisions: one with --staged, else two at most",
                ));
            }
        };
        if !matches!(range, Range::Between(..)) {
            work_tree(repository)?;
        }
        let paths = paths.iter().map(|path| repository.relative(path));
        Ok(Self {
            range,
            paths: paths.collect::<Result<_, _>>()?,
        })
    }

    /// Whether what is on disk is compared.
    #[must_use]
    pub fn is_of_work_tree(&self) -> bool {
        matches!(self.range, Range::IndexToWorkTree | Range::ToWorkTree(_))
    }

    /// The files that a merge left unresolved, where both sides are not told apart: what is staged has
    /// three versions of them.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn unmerged(&self, repository: &Repository) -> Result<Vec<Vec<u8>>, GitError> {
        let Range::ToIndex(_) = self.range else {
            return Ok(Vec::new());
        };
        let mut paths = changes::unmerged(repository)?;
        paths.retain(|path| is_wanted(path, &self.paths));
        Ok(paths)
    }

    /// The files that differ, sealed or not.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn changes(&self, repository: &Repository) -> Result<Vec<Change>, GitError> {
        let mut changes = match &self.range {
            Range::IndexToWorkTree => changes::unstaged(repository, None)?,
            Range::ToWorkTree(old) => changes::unstaged(repository, Some(old))?,
            Range::ToIndex(old) => changes::staged(repository, old)?,
            Range::Between(old, new) => changes::between(repository, old, new)?,
        };
        changes.retain(|change| is_wanted(&change.path, &self.paths));
        Ok(changes)
    }
}

/// Whether a path is one of these, or below one; all are where none is given.
#[must_use]
pub fn is_wanted(path: &[u8], wanted: &[Vec<u8>]) -> bool {
    let is_at_or_below = |top: &Vec<u8>| {
        let below = path.strip_prefix(top.as_slice());
        below.is_some_and(|rest| top.is_empty() || rest.is_empty() || rest[0] == b'/')
    };
    wanted.is_empty() || wanted.iter().any(is_at_or_below)
}

/// `A..B`, or `A...B` from where both parted; an end left out is `HEAD`.
fn read_range(repository: &Repository, word: &str) -> Result<Option<(String, String)>, Failure> {
    let (old, new, from_base) = match (word.split_once("..."), word.split_once("..")) {
        (Some((old, new)), _) => (old, new, true),
        (None, Some((old, new))) => (old, new, false),
        (None, None) => return Ok(None),
    };
    let commit = |name: &str| {
        let name = if name.is_empty() { "HEAD" } else { name };
        repository.commit_id(name)
    };
    let (Some(old), Some(new)) = (commit(old)?, commit(new)?) else {
        // A file may have two dots in its name.
        return Ok(None);
    };
    if !from_base {
        return Ok(Some((old, new)));
    }
    let base = command::run(repository.git().args(["merge-base", &old, &new]), None)?;
    let base = String::from_utf8_lossy(&base.stdout).trim().to_owned();
    if base.is_empty() {
        return Err(Failure::usage(format!(
            "{word}: the two have no commit in common"
        )));
    }
    Ok(Some((base, new)))
}

fn head(repository: &Repository) -> Result<String, GitError> {
    let head = repository.commit_id("HEAD")?;
    Ok(head.unwrap_or_else(|| changes::empty_tree(repository.object_format()).to_owned()))
}

fn unknown(word: &str) -> Failure {
    let word = crate::core::printable::printable(word.as_bytes());
    Failure::usage(format!("{word} is neither a revision nor a file"))
        .hint("put `--` in front of paths that are not on disk")
}
