//! Changing the index. The git binary does it, on a copy that replaces the index in one rename:
//! skip-worktree flags and unstaged edits survive, and a crash leaves the old index.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::command::{self, GitError};
use super::index::Entry;
use super::libgit2;
use super::lock::IndexLock;
use super::objects::ObjectId;
use super::repository::Repository;
use super::unfinished::Unfinished;

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

/// Writes blobs to the object database, as they are and in their order: no filter runs. One pass for
/// all of them: a git process for each would take seconds per thousand.
///
/// # Errors
/// When one cannot be written.
pub fn write_blobs<'a>(
    repository: &Repository,
    contents: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<ObjectId>, GitError> {
    match repository.libgit2() {
        Some(libgit2) => libgit2::write_blobs(libgit2, &contents.into_iter().collect::<Vec<_>>()),
        None => write_blobs_with_git(repository, contents),
    }
}

/// `git hash-object` reads many contents only from files: private ones, gone afterwards.
fn write_blobs_with_git<'a>(
    repository: &Repository,
    contents: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<ObjectId>, GitError> {
    let git_dir = &repository.layout().git_dir;
    let failed = |error| GitError::File(git_dir.clone(), error);
    let directory = tempfile::Builder::new()
        .prefix("git-seal-objects-")
        .tempdir_in(git_dir)
        .map_err(failed)?;
    let mut listing = Vec::new();
    let mut count = 0;
    for content in contents {
        let name = count.to_string();
        std::fs::write(directory.path().join(&name), content).map_err(failed)?;
        listing.extend_from_slice(name.as_bytes());
        listing.push(b'\n');
        count += 1;
    }
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut command = command::git(Some(directory.path()));
    // Below the git directory git finds no work tree, and needs none.
    command.env("GIT_DIR", git_dir);
    command.env_remove("GIT_WORK_TREE");
    command.args([
        "hash-object",
        "-w",
        "-t",
        "blob",
        "--no-filters",
        "--stdin-paths",
    ]);
    let text = command::output_with_input(&mut command, &listing)?;
    let ids: Option<Vec<ObjectId>> = std::str::from_utf8(&text)
        .ok()
        .and_then(|text| text.lines().map(|id| id.parse().ok()).collect());
    ids.filter(|ids| ids.len() == count)
        .ok_or(GitError::Nonsense("hash-object"))
}

/// The index with entries replaced, ready to take the place of the old one in one rename. Until then
/// the index is locked; dropped, it leaves the old one.
pub struct IndexUpdate {
    copy: tempfile::TempPath,
    lock: IndexLock,
}

impl IndexUpdate {
    /// Locks the index and puts entries (stage 0) into a copy of it. Flags of other entries stay as
    /// they are.
    ///
    /// # Errors
    /// When another git command holds the index, or git refuses.
    pub fn prepare(repository: &Repository, entries: &[Entry]) -> Result<Self, GitError> {
        let lock = IndexLock::take(repository)?;
        let update = Self {
            copy: lock.copy()?,
            lock,
        };
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
        update.change(repository, "--index-info", None, &listing)?;
        if !skipped.is_empty() {
            update.change(repository, "--skip-worktree", Some("--stdin"), &skipped)?;
        }
        Ok(update)
    }

    fn change(
        &self,
        repository: &Repository,
        how: &str,
        then: Option<&str>,
        input: &[u8],
    ) -> Result<(), GitError> {
        let mut git = repository.git();
        git.env("GIT_INDEX_FILE", &self.copy);
        // In a sparse index `update-index` would put an entry beside the directory that stands for
        // it (measured with git 2.47): have it expanded.
        git.args(["-c", "index.sparse=false", "update-index", "-z", how]);
        git.args(then);
        command::output_with_input(&mut git, input).map(drop)
    }

    /// Replaces the index.
    ///
    /// # Errors
    /// When the file system refuses; the index is then as it was.
    pub fn commit(self) -> Result<(), GitError> {
        let index = self.lock.index();
        let failed = |error| GitError::File(index.to_owned(), error);
        std::fs::File::open(&self.copy)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
        #[cfg(unix)]
        keep_mode(index, &self.copy).map_err(failed)?;
        std::fs::rename(&self.copy, index).map_err(failed)
    }
}

/// Temp files are private; the index may be shared (`core.sharedRepository`).
#[cfg(unix)]
fn keep_mode(index: &Path, copy: &Path) -> std::io::Result<()> {
    match std::fs::metadata(index) {
        Ok(old) => std::fs::set_permissions(copy, old.permissions()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
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
    IndexUpdate::prepare(repository, entries)?.commit()
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
    let mut unfinished = Unfinished::new_in(&waiting_place(directory)).map_err(failed)?;
    let file = unfinished.as_file();
    file.write_all(content).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Temp files are private; a new file of the work tree gets what git gives its own.
        let mode = std::fs::metadata(path).map_or(0o644, |old| old.permissions().mode() & 0o777);
        file.set_permissions(std::fs::Permissions::from_mode(mode))
            .map_err(failed)?;
    }
    file.sync_all().map_err(failed)?;
    unfinished.keep(path, true).map_err(failed)
}

/// Where a file of the work tree waits until it is whole: our own directory below `.git`, where
/// there is one on the same file system. What a crash leaves there is not seen by `git add`.
fn waiting_place(directory: &Path) -> PathBuf {
    let ours = directory
        .ancestors()
        .map(|above| above.join(".git/git-seal"))
        .find(|ours| ours.is_dir());
    ours.filter(|ours| is_same_file_system(ours, directory))
        .unwrap_or_else(|| directory.to_owned())
}

#[cfg(unix)]
fn is_same_file_system(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.dev()).ok();
    device(a).is_some() && device(a) == device(b)
}

#[cfg(not(unix))]
fn is_same_file_system(_: &Path, _: &Path) -> bool {
    false
}
