//! Changing the index. The git binary does it, on a copy that replaces the index in one rename:
//! skip-worktree flags and unstaged edits survive, and a crash leaves the old index.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::command::{self, GitError};
use super::index::Entry;
use super::objects::ObjectId;
use super::repository::Repository;

/// Writes a blob to the object database, as it is: no filter runs.
///
/// # Errors
/// When git does not write it.
pub fn write_blob(repository: &Repository, content: &[u8]) -> Result<ObjectId, GitError> {
    let mut command = repository.git();
    command.args(["hash-object", "-w", "-t", "blob", "--no-filters", "--stdin"]);
    let text = command::output_with_input(&mut command, content)?;
    std::str::from_utf8(&text)
        .ok()
        .and_then(|id| id.trim_end().parse().ok())
        .ok_or(GitError::Nonsense("hash-object"))
}

/// The lock on the index: `index.lock` beside it, as git itself takes it.
struct IndexLock {
    lock: PathBuf,
    index: PathBuf,
    /// Whether the lock file is still ours to remove.
    held: bool,
}

impl IndexLock {
    fn take(repository: &Repository) -> Result<Self, GitError> {
        let mut command = repository.git();
        command.args(["rev-parse", "--path-format=absolute", "--git-path", "index"]);
        let mut path = command::output(&mut command)?;
        path.pop();
        let index = PathBuf::from(super::paths::os_string(path));
        let mut lock = index.clone().into_os_string();
        lock.push(".lock");
        let lock = PathBuf::from(lock);
        let failed = |error| GitError::File(lock.clone(), error);
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&lock)
            .map_err(failed)?;
        let taken = Self {
            lock: lock.clone(),
            index,
            held: true,
        };
        match std::fs::read(&taken.index) {
            Ok(content) => file.write_all(&content).map_err(failed)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                drop(file);
                command::output(taken.git(repository).args(["read-tree", "--empty"]))?;
            }
            Err(error) => return Err(GitError::File(taken.index.clone(), error)),
        }
        Ok(taken)
    }

    /// A git command whose index is the locked copy.
    fn git(&self, repository: &Repository) -> std::process::Command {
        let mut command = repository.git();
        command.env("GIT_INDEX_FILE", &self.lock);
        command
    }

    fn commit(mut self) -> Result<(), GitError> {
        let failed = |error| GitError::File(self.lock.clone(), error);
        std::fs::File::open(&self.lock)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
        std::fs::rename(&self.lock, &self.index).map_err(failed)?;
        // From here on a file of that name is another command's lock.
        self.held = false;
        Ok(())
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        if self.held {
            let _ = std::fs::remove_file(&self.lock);
        }
    }
}

/// Puts entries (stage 0) into the index, all or none. Their work tree files are not touched.
///
/// # Errors
/// When another git command holds the index, or git refuses; the index is then as it was.
pub fn replace_in_index(repository: &Repository, entries: &[Entry]) -> Result<(), GitError> {
    if entries.is_empty() {
        return Ok(());
    }
    let lock = IndexLock::take(repository)?;
    let mut listing = Vec::new();
    let mut skipped = Vec::new();
    for entry in entries {
        listing.extend_from_slice(format!("{:06o} {} 0\t", entry.mode, entry.id).as_bytes());
        listing.extend_from_slice(&entry.path);
        listing.push(0);
        if entry.skip_worktree {
            skipped.extend_from_slice(&entry.path);
            skipped.push(0);
        }
    }
    let mut update = lock.git(repository);
    update.args(["update-index", "-z", "--index-info"]);
    command::output_with_input(&mut update, &listing)?;
    if !skipped.is_empty() {
        let mut update = lock.git(repository);
        update.args(["update-index", "-z", "--skip-worktree", "--stdin"]);
        command::output_with_input(&mut update, &skipped)?;
    }
    lock.commit()
}

/// Writes a file so that readers see the old content or the new one, never a mixture, and a crash
/// loses neither.
///
/// # Errors
/// When the file cannot be written; the old one is then as it was.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), GitError> {
    let failed = |error| GitError::File(path.to_owned(), error);
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(failed)?;
    let mut file = tempfile::Builder::new()
        .prefix(".git-seal-")
        .tempfile_in(directory)
        .map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Temp files are private; a new file of the work tree gets what git gives its own.
        let mode = std::fs::metadata(path).map_or(0o644, |old| old.permissions().mode() & 0o777);
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(mode))
            .map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
