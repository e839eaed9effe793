//! New keys: made, taken from a variable, or prepared before; and where they are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::core::environment::Environment;
use crate::core::key::{KeyId, SealKey};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::{GitError, Repository, paths};
use crate::keys::{self, store};
use crate::vault::Vault;

use super::Args;

/// Each environment's new key.
pub type NewKeys = BTreeMap<Environment, Arc<SealKey>>;

/// Makes a key for each environment, or takes the one given.
///
/// # Errors
/// When the one given is none, or keys may not be kept here and have no other place.
pub fn make(
    vault: &Vault,
    environments: &BTreeSet<Environment>,
    args: &Args,
) -> Result<NewKeys, Failure> {
    let given = args
        .key_from_env
        .as_deref()
        .map(from_variable)
        .transpose()?;
    if given.is_none() && args.new_key_file.is_none() && store::is_refused(vault.repository())? {
        return Err(Failure::usage(
            "git config seal.store=never keeps keys out of this clone: a new one has nowhere to go",
        )
        .hint("name a file with --new-key-file, or give a key with --key-from-env"));
    }
    environments
        .iter()
        .map(|environment| {
            let key = match &given {
                Some(key) => Arc::clone(key),
                None => Arc::new(SealKey::derive(keys::generate()?)),
            };
            Ok((environment.clone(), key))
        })
        .collect()
}

/// The key with this id: at hand, or in the variable named.
///
/// # Errors
/// When it is in neither.
pub fn find(
    vault: &Vault,
    environment: &Environment,
    id: KeyId,
    args: &Args,
) -> Result<Arc<SealKey>, Failure> {
    if let Some(name) = &args.key_from_env {
        let key = from_variable(name)?;
        if key.id() == id {
            return Ok(key);
        }
        return Err(Failure::usage(format!(
            "{} holds key {}, and the new key of environment {environment} is {}",
            printable(name.as_bytes()),
            key.id().short(),
            id.short()
        )));
    }
    vault.keyring().with_id(id).first().cloned().ok_or_else(|| {
        Failure::new(
            Outcome::NoKey,
            format!(
                "the new key {} of environment {environment} is not at hand",
                id.short()
            ),
        )
        .hint("give it with --key-from-env VAR, or take the rotation back with --abort")
    })
}

fn from_variable(name: &str) -> Result<Arc<SealKey>, Failure> {
    let text = std::env::var_os(name).ok_or_else(|| {
        Failure::usage(format!(
            "the variable {} is not set",
            printable(name.as_bytes())
        ))
    })?;
    let text = zeroize::Zeroizing::new(paths::to_bytes(&text).into_owned());
    store::parse(&text).map(Arc::new).map_err(|why| {
        Failure::usage(format!(
            "{} holds no key: {why}",
            printable(name.as_bytes())
        ))
        .hint("a key is 44 characters of base64, as `git seal keygen` prints it")
    })
}

/// Keeps the keys: on return they are on disk, in the clone's store and in the file asked for.
///
/// # Errors
/// When one cannot be written, or the file is there already.
pub fn keep(repository: &Repository, keys: &NewKeys, args: &Args) -> Result<(), Failure> {
    let refused = store::is_refused(repository)?;
    for (environment, key) in keys {
        if let Some(file) = &args.new_key_file {
            write_key_file(file, key)?;
        }
        if !refused {
            store::save(repository, environment, key)?;
            if args.new_key_file.is_some() || args.key_from_env.is_some() {
                store::note_second_home(repository, key.id())?;
            }
        }
    }
    Ok(())
}

/// A file that only its owner may read, on disk with its name.
fn write_key_file(file: &Path, key: &SealKey) -> Result<(), Failure> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let name = printable(file.as_os_str().as_encoded_bytes());
    let mut text = key.master().to_text();
    text.push('\n');
    let write = || -> std::io::Result<()> {
        let mut opened = options.open(file)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()?;
        let directory = file.parent().filter(|path| !path.as_os_str().is_empty());
        std::fs::File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::usage(format!(
            "{name} exists already, and a key file is never overwritten"
        ))
        .hint("name another file, or move that one away"),
        _ => GitError::File(file.to_owned(), error).into(),
    })
}
