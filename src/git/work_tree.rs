//! Files of the work tree that take another form: each is replaced in one rename, and the index is told
//! of all of them at the end, as after a checkout.

use std::fs::Metadata;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use super::command::GitError;
use super::index::Entry;
use super::index::stats::{self, FileStat, Stats};
use super::lock::IndexLock;
use super::objects::ObjectFormat;
use super::paths;
use super::repository::Repository;
use super::unfinished::Unfinished;

/// Where the file of a path of the index stands; `None` where a symbolic link leads there, or the
/// path leaves the work tree: whoever can write to the repository could otherwise point it anywhere.
#[must_use]
pub fn place(top: &Path, path: &[u8]) -> Option<PathBuf> {
    let path = paths::to_os(path);
    let mut file = top.to_owned();
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else {
            return None;
        };
        file.push(name);
        if parts.peek().is_some() && !std::fs::symlink_metadata(&file).ok()?.is_dir() {
            return None;
        }
    }
    Some(file)
}

/// Files being replaced, with the index locked until the end.
pub struct Replacing {
    lock: IndexLock,
    top: PathBuf,
    format: ObjectFormat,
    /// Where files wait until they are whole: below the git directory, where no `git add` sees them.
    waiting: PathBuf,
    replaced: Vec<(Entry, FileStat)>,
}

impl Replacing {
    /// Locks the index. Files wait in `waiting`, a directory that only we use, until they are whole.
    ///
    /// # Errors
    /// When another git command holds the lock, or there is no work tree.
    pub fn start(repository: &Repository, waiting: PathBuf) -> Result<Self, GitError> {
        let lock = IndexLock::take(repository)?;
        Ok(Self {
            lock,
            top: repository
                .work_tree()
                .ok_or(GitError::NotARepository)?
                .to_owned(),
            format: repository.object_format(),
            waiting,
            replaced: Vec::new(),
        })
    }

    /// Puts a new content in the place of a file. Its permissions stay.
    ///
    /// # Errors
    /// When it is no file any more, or cannot be written; the old one is then as it was.
    pub fn replace(&mut self, entry: Entry, content: &[u8]) -> Result<(), GitError> {
        let file = place(&self.top, &entry.path)
            .ok_or_else(|| GitError::Link(self.top.join(paths::to_os(&entry.path))))?;
        let stat = self
            .write(&file, content)
            .map_err(|error| GitError::File(file, error))?;
        self.replaced.push((entry, stat));
        Ok(())
    }

    fn write(&self, file: &Path, content: &[u8]) -> io::Result<FileStat> {
        let old = std::fs::symlink_metadata(file)?;
        if !old.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let directory = file.parent().unwrap_or(&self.top);
        match write_in(&self.waiting, &old, file, content) {
            Err(error) if may_do_better_beside(&error) => write_in(directory, &old, file, content),
            outcome => outcome,
        }
    }

    /// Tells the index of what was replaced, and unlocks it. Gives what git must check out itself: its
    /// index is in a form of which we know too little.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn finish(self) -> Result<Vec<Entry>, GitError> {
        if self.replaced.is_empty() || self.note_stats()? {
            return Ok(Vec::new());
        }
        Ok(self.replaced.into_iter().map(|(entry, _)| entry).collect())
    }

    /// Says whether the index now has it all.
    fn note_stats(&self) -> Result<bool, GitError> {
        let failed = |error| GitError::File(self.lock.index().to_owned(), error);
        let replaced = self.replaced.iter();
        let known: Stats<'_> = replaced
            .map(|(entry, stat)| (entry.path.as_slice(), (&entry.id, *stat)))
            .collect();
        let mut index = std::fs::read(self.lock.index()).map_err(failed)?;
        if stats::write(&mut index, self.format, &known) != Some(known.len()) {
            return Ok(false);
        }
        self.lock.replace(&index).map_err(failed)?;
        Ok(true)
    }
}

fn write_in(waiting: &Path, old: &Metadata, file: &Path, content: &[u8]) -> io::Result<FileStat> {
    let mut fresh = Unfinished::new_in(waiting)?;
    fresh.as_file().write_all(content)?;
    fresh.as_file().set_permissions(old.permissions())?;
    // No `sync`: git does not wait for the disk in a checkout either.
    fresh.keep(file, true)?;
    // Getting its name has changed the inode.
    Ok(FileStat::of(&std::fs::symlink_metadata(file)?))
}

/// Whether a file can wait only beside the one that it replaces: another file system.
fn may_do_better_beside(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::CrossesDevices | io::ErrorKind::NotFound
    )
}
