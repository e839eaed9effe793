//! The lock on the index: `index.lock` beside it, as git itself takes it, but one that can be told
//! from git's: a process of ours that was killed must not keep the repository locked for good.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::command::{self, GitError};
use super::paths;
use super::repository::Repository;

/// What our lock file holds; git's own start with an index, or are empty.
const MARK: &[u8] = b"git-seal\n";
/// What changed copies of the index are called, beside the index.
const COPY_PREFIX: &str = "index.git-seal-";

/// Held until dropped.
pub struct IndexLock {
    lock: PathBuf,
    index: PathBuf,
    /// Locked by the operating system until this process ends, however it ends.
    _held: File,
}

impl IndexLock {
    /// Takes the lock on the index that git would use (`GIT_INDEX_FILE` included).
    ///
    /// # Errors
    /// When another command holds it.
    pub fn take(repository: &Repository) -> Result<Self, GitError> {
        let mut command = repository.git();
        command.args(["rev-parse", "--path-format=absolute", "--git-path", "index"]);
        let mut path = command::output(&mut command)?;
        path.pop();
        let index = PathBuf::from(paths::os_string(path));
        let mut lock = index.clone().into_os_string();
        lock.push(".lock");
        let lock = PathBuf::from(lock);
        let held = match acquire(&lock) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && remove_abandoned(&lock) => {
                acquire(&lock)
            }
            outcome => outcome,
        };
        let taken = Self {
            _held: held.map_err(|error| GitError::File(lock.clone(), error))?,
            lock,
            index,
        };
        taken.sweep();
        Ok(taken)
    }

    /// The index itself.
    #[must_use]
    pub fn index(&self) -> &Path {
        &self.index
    }

    /// A private copy of the index beside it; the path of a file that is not there if there is no
    /// index yet.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn copy(&self) -> Result<tempfile::TempPath, GitError> {
        let copied = tempfile::Builder::new()
            .prefix(COPY_PREFIX)
            .tempfile_in(directory(&self.index))
            .map_err(|error| GitError::File(self.index.clone(), error))?
            .into_temp_path();
        match std::fs::copy(&self.index, &copied) {
            Ok(_) => Ok(copied),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Git takes an empty file for a damaged index, and a missing one for an empty one.
                std::fs::remove_file(&copied)
                    .map_err(|error| GitError::File(copied.to_path_buf(), error))?;
                Ok(copied)
            }
            Err(error) => Err(GitError::File(copied.to_path_buf(), error)),
        }
    }

    /// Puts a content in the place of the index; readers see the old one or the new one.
    ///
    /// # Errors
    /// When it cannot be written; the index is then as it was.
    pub fn replace(&self, content: &[u8]) -> io::Result<()> {
        let mut fresh = tempfile::Builder::new()
            .prefix(COPY_PREFIX)
            .tempfile_in(directory(&self.index))?;
        fresh.write_all(content)?;
        // Temp files are private; the index may be shared (`core.sharedRepository`).
        let old = std::fs::metadata(&self.index)?;
        fresh.as_file().set_permissions(old.permissions())?;
        fresh.persist(&self.index).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes copies that killed processes left: with the lock held, nobody is at work on one.
    fn sweep(&self) {
        let Ok(listing) = std::fs::read_dir(directory(&self.index)) else {
            return;
        };
        for entry in listing.flatten() {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(COPY_PREFIX.as_bytes()) {
                // What cannot be removed does no harm.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.lock);
    }
}

fn directory(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new("."))
}

/// Makes the lock file, complete with its mark from the first moment on where the file system has
/// hard links.
fn acquire(lock: &Path) -> io::Result<File> {
    let mut mark = tempfile::Builder::new()
        .prefix(".git-seal-lock-")
        .tempfile_in(directory(lock))?;
    mark.write_all(MARK)?;
    // Where the file system has no such locks, an abandoned lock file stays for people to remove.
    let _ = mark.as_file().try_lock();
    match std::fs::hard_link(mark.path(), lock) {
        Ok(()) => Ok(mark.into_parts().0),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) => {
            let mut file = private().open(lock)?;
            let _ = file.try_lock();
            file.write_all(MARK)?;
            Ok(file)
        }
    }
}

/// Removes a lock file of ours whose process has ended; says whether it did.
fn remove_abandoned(lock: &Path) -> bool {
    let Ok(mut file) = File::open(lock) else {
        return false;
    };
    let mut content = Vec::new();
    let is_ours = file.try_lock().is_ok()
        && file.read_to_end(&mut content).is_ok()
        && content == MARK
        // Another process may have removed it in the meantime, and taken the lock.
        && is_same_file(&file, lock);
    is_ours && std::fs::remove_file(lock).is_ok()
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Elsewhere a file that is open cannot be replaced.
#[cfg(not(unix))]
fn is_same_file(_: &File, _: &Path) -> bool {
    true
}
/// For a new file that only its owner may read.
fn private() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
