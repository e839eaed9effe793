//! The clone's own key store: one private file per key, under the common git directory, shared by
//! all work trees of the clone.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use super::{AtHand, Source, SourceTrouble, environment};
use crate::core::environment::Environment;
use crate::core::key::{KeyId, MasterKey, SealKey};
use crate::git::unfinished::Unfinished;
use crate::git::{GitError, Repository};

/// The directory for everything local to a clone: 0700, its files 0600.
#[must_use]
pub fn local_directory(repository: &Repository) -> PathBuf {
    local_directory_in(&repository.layout().common_dir)
}

/// The same, below the git directory that all work trees share.
#[must_use]
pub fn local_directory_in(common_dir: &Path) -> PathBuf {
    common_dir.join("git-seal")
}

fn keys_directory(repository: &Repository) -> PathBuf {
    local_directory(repository).join("keys")
}

/// Where a key is kept, once it is.
#[must_use]
pub fn key_path(repository: &Repository, environment: &Environment, id: KeyId) -> PathBuf {
    keys_directory(repository)
        .join(environment.as_str())
        .join(id.to_string())
}

/// Whether git config `seal.store` keeps keys out of the clone.
///
/// # Errors
/// When git does not answer.
pub fn is_refused(repository: &Repository) -> Result<bool, GitError> {
    Ok(repository.config("seal.store")?.as_deref() == Some("never"))
}

/// Creates a directory that only its owner may enter.
///
/// # Errors
/// When the file system refuses.
pub fn create_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Writes a private file of the local directory all at once: readers see the old content or the
/// new one.
///
/// # Errors
/// When it cannot be written; an old file is then as it was.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), GitError> {
    replace_private(path, content, false).map_err(|error| GitError::File(path.to_owned(), error))
}

fn replace_private(path: &Path, content: &[u8], durably: bool) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    create_private(directory)?;
    let mut unfinished = Unfinished::new_in(directory)?;
    let file = unfinished.as_file();
    file.write_all(content)?;
    if durably {
        file.sync_all()?;
    }
    unfinished.keep(path, true)?;
    if durably {
        // The name too must be on disk.
        std::fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// Saves a key; on return it is on disk.
///
/// # Errors
/// When it cannot be written.
pub fn save(
    repository: &Repository,
    environment: &Environment,
    key: &SealKey,
) -> Result<(), GitError> {
    let mut text = key.master().to_text();
    text.push('\n');
    let path = key_path(repository, environment, key.id());
    // Durably: nothing may be sealed with a key that a power cut takes away.
    replace_private(&path, text.as_bytes(), true).map_err(|error| GitError::File(path, error))
}

/// Forgets one key; one that is not kept is no error.
///
/// # Errors
/// When the file cannot be removed.
pub fn forget_key(
    repository: &Repository,
    environment: &Environment,
    id: KeyId,
) -> Result<(), GitError> {
    let path = key_path(repository, environment, id);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(GitError::File(path, error))
        }
        _ => Ok(()),
    }
}

/// Forgets all keys of an environment, or of all.
///
/// # Errors
/// When a file cannot be removed.
pub fn forget(repository: &Repository, environment: Option<&Environment>) -> Result<(), GitError> {
    let mut directory = keys_directory(repository);
    if let Some(environment) = environment {
        directory.push(environment.as_str());
    }
    match std::fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(GitError::File(directory, error))
        }
        _ => Ok(()),
    }
}

/// Adds all stored keys.
///
/// # Errors
/// When the store is there and cannot be listed.
pub fn gather(repository: &Repository, at_hand: &mut AtHand) -> Result<(), GitError> {
    for (environment, path) in list(repository)? {
        let source = Source::Store(environment);
        match environment::read_key_file(&path) {
            Ok((text, readable_by_all)) => {
                if readable_by_all {
                    at_hand
                        .troubles
                        .push(SourceTrouble::WorldReadable(source.clone()));
                }
                at_hand.take(source, &text);
            }
            Err(error) => at_hand
                .troubles
                .push(SourceTrouble::Unreadable(source, error)),
        }
    }
    Ok(())
}

/// Whether a key is kept here.
///
/// # Errors
/// When the store is there and cannot be listed.
pub fn holds_keys(repository: &Repository) -> Result<bool, GitError> {
    Ok(!list(repository)?.is_empty())
}

fn list(repository: &Repository) -> Result<Vec<(Environment, PathBuf)>, GitError> {
    let top = keys_directory(repository);
    let mut keys = Vec::new();
    for directory in entries(&top)? {
        let Some(environment) = file_name(&directory).and_then(|name| name.parse().ok()) else {
            continue;
        };
        for path in entries(&directory)? {
            if file_name(&path).is_some_and(|name| KeyId::from_str(name).is_ok()) {
                keys.push((Environment::clone(&environment), path));
            }
        }
    }
    Ok(keys)
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// The entries of a directory in a fixed order; none if there is no such directory.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, GitError> {
    let failed = |error| GitError::Store(directory.to_owned(), error);
    let listing = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing.map_err(failed)?,
    };
    let mut paths = Vec::new();
    for entry in listing {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Notes that a key has a second home outside this clone, so that `status` stops asking for one.
///
/// # Errors
/// When the note cannot be written.
pub fn note_second_home(repository: &Repository, id: KeyId) -> Result<(), GitError> {
    write_private(&second_home_path(repository, id), b"")
}

/// Whether [`note_second_home`] was called for a key in this clone.
#[must_use]
pub fn has_second_home(repository: &Repository, id: KeyId) -> bool {
    second_home_path(repository, id).exists()
}

fn second_home_path(repository: &Repository, id: KeyId) -> PathBuf {
    local_directory(repository)
        .join("second-home")
        .join(id.to_string())
}

/// Reads a key that stands in a file or came in over a pipe.
///
/// # Errors
/// When the text holds no key.
pub fn parse(text: &[u8]) -> Result<SealKey, crate::core::key::BadKey> {
    MasterKey::parse(text).map(SealKey::derive)
}
