//! Sealed files in the work tree: what state they are in, and checking them out again.

use std::path::PathBuf;

use super::rules::Rules;
use super::{CleanError, Vault, View};
use crate::core::standing::OnDisk;
use crate::git::index::Entry;
use crate::git::{GitError, command, work_tree};
use crate::keys::LOCKED_VARIABLE;

impl Vault {
    /// Compares a staged file with the work tree.
    ///
    /// # Errors
    /// When the blob or the file cannot be read.
    pub fn on_disk(&mut self, entry: &Entry) -> Result<OnDisk, GitError> {
        let staged = self.repository.blob(&entry.id)?;
        self.compare(entry, &staged)
    }

    /// The same, of a file whose staged blob is known.
    pub(super) fn compare(&mut self, entry: &Entry, staged: &[u8]) -> Result<OnDisk, GitError> {
        let Some(file) = self.place(entry) else {
            return Ok(OnDisk::Absent);
        };
        let content = match std::fs::symlink_metadata(&file) {
            Ok(metadata) if metadata.is_file() => {
                std::fs::read(&file).map_err(|error| GitError::File(file, error))?
            }
            Ok(_) => return Ok(OnDisk::Changed),
            Err(_) => return Ok(OnDisk::Absent),
        };
        if content == staged {
            return Ok(OnDisk::AsStaged);
        }
        match self.clean(&entry.path, content) {
            Ok(sealed) if sealed == staged => Ok(OnDisk::Open),
            Err(CleanError::Git(error)) => Err(error),
            Err(CleanError::Rules(_) | CleanError::Config(_)) => Ok(OnDisk::Untold),
            Ok(_) | Err(_) => Ok(OnDisk::Changed),
        }
    }

    /// Whether attributes and policies of a file make sense: without that nobody can tell
    /// [`OnDisk::Open`] from [`OnDisk::Changed`].
    ///
    /// # Errors
    /// When they do not: the policies first, which concern every file.
    pub fn check_rules(&mut self, path: &[u8]) -> Result<(), CleanError> {
        let snapshot = self.snapshot(&View::WorkTree)?;
        snapshot.usable_config().map_err(CleanError::Config)?;
        let rules = Rules::of(&self.repository, path)?;
        rules.map(drop).map_err(CleanError::Rules)
    }

    /// Where an entry's file stands, if there is a work tree and no link leads there.
    pub(super) fn place(&self, entry: &Entry) -> Option<PathBuf> {
        work_tree::place(self.repository.work_tree()?, &entry.path)
    }

    /// Lets git check these files out of the index again, through the filter. With `locked`, the
    /// filter finds no key, and the files come out sealed.
    ///
    /// # Errors
    /// When git fails.
    pub fn check_out_again(&self, entries: &[Entry], locked: bool) -> Result<(), GitError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut git = self.repository.git();
        if locked {
            git.env(LOCKED_VARIABLE, "1");
        }
        git.args(["checkout-index", "-f", "-u", "-z", "--stdin"]);
        let mut list = Vec::new();
        for entry in entries {
            self.make_stale(entry);
            list.extend_from_slice(&entry.path);
            list.push(0);
        }
        command::output_with_input(&mut git, &list).map(drop)
    }

    /// Git skips files whose time and size are those in the index, even with `-f` (measured with git
    /// 2.47): an old time makes it look.
    fn make_stale(&self, entry: &Entry) {
        let file = self
            .place(entry)
            .map(|file| std::fs::File::options().write(true).open(file));
        if let Some(Ok(file)) = file {
            // Where this fails, git leaves the file as it is, and the count at the end says so.
            let _ = file.set_modified(std::time::UNIX_EPOCH);
        }
    }
}
