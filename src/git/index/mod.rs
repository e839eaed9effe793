//! Entries of the index and of trees.

pub(super) mod file;
mod format;
pub(super) mod stats;
pub(super) mod trees;

use super::command::GitError;
use super::objects::ObjectId;

/// A path with its blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path from the top of the work tree.
    pub path: Vec<u8>,
    /// Git's mode: `100644`, `100755`, `120000` (symbolic link), `160000` (submodule).
    pub mode: u32,
    /// The object.
    pub id: ObjectId,
    /// 0, or 1 to 3 in a conflict.
    pub stage: u8,
    /// Left out of the work tree by a sparse checkout.
    pub skip_worktree: bool,
}

impl Entry {
    /// Whether the entry is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.mode, 0o100_644 | 0o100_755)
    }
}

/// Reads the records of `git ls-files -s -t -z`: `TAG SP mode SP id SP stage TAB path NUL`.
///
/// # Errors
/// When the text is not of that form.
pub fn parse_ls_files(text: &[u8]) -> Result<Vec<Entry>, GitError> {
    records(text)
        .map(|record| parse_record(record).ok_or(GitError::Nonsense("ls-files")))
        .collect()
}

fn parse_record(record: &[u8]) -> Option<Entry> {
    let (front, path) = split_at_byte(record, b'\t')?;
    let mut words = std::str::from_utf8(front).ok()?.split(' ');
    let skip_worktree = words.next()? == "S";
    Some(Entry {
        mode: u32::from_str_radix(words.next()?, 8).ok()?,
        id: words.next()?.parse().ok()?,
        stage: words.next()?.parse().ok()?,
        skip_worktree,
        path: path.to_vec(),
    })
}

/// Reads the records of `git ls-tree -r -z`: `mode SP type SP id TAB path NUL`.
///
/// # Errors
/// When the text is not of that form.
pub fn parse_ls_tree(text: &[u8]) -> Result<Vec<Entry>, GitError> {
    let parse = |record: &[u8]| {
        let (front, path) = split_at_byte(record, b'\t')?;
        let mut words = std::str::from_utf8(front).ok()?.split(' ');
        let mode = u32::from_str_radix(words.next()?, 8).ok()?;
        let id = words.nth(1)?.parse().ok()?;
        Some(Entry {
            path: path.to_vec(),
            mode,
            id,
            stage: 0,
            skip_worktree: false,
        })
    };
    records(text)
        .map(|record| parse(record).ok_or(GitError::Nonsense("ls-tree")))
        .collect()
}

/// The NUL-ended records of a `-z` listing.
pub fn records(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == 0)
        .filter(|record| !record.is_empty())
}

fn split_at_byte(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(byte, text)?;
    Some((&text[..at], &text[at + 1..]))
}
