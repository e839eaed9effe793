//! Reads both sides of changed files, blobs and files on disk, and compares them. No temp files.

use std::collections::BTreeSet;

use crate::core::changes::across::{FileChanges, find_moves};
use crate::core::changes::version::{Reading, Version};
use crate::core::changes::{self, whole};
use crate::core::environment::Environment;
use crate::core::gitattributes::is_dotenv_name;
use crate::core::key::KeyId;
use crate::core::token::Sighting;
use crate::core::{file, suites};
use crate::git::changes::{Change, Side};
use crate::git::{GitError, paths};
use crate::vault::rules::{Filter, Format, Rules};
use crate::vault::{Vault, View};

/// What changed, and all that was read for it.
#[derive(Default)]
pub struct Gathered {
    /// Only files that are sealed, or were.
    pub files: Vec<FileChanges>,
    /// Both sides of every dotenv file, for masks that must not show any value whole.
    pub versions: Vec<Version>,
}

/// Compares both sides of those files that are sealed, or were.
///
/// # Errors
/// When a blob or a file cannot be read, or git does not answer.
pub fn gather(vault: &mut Vault, changes: &[Change]) -> Result<Gathered, GitError> {
    let mut gathered = Gathered::default();
    for change in changes {
        if let Some(found) = compare(vault, change, &mut gathered.versions)? {
            gathered.files.push(found);
        }
    }
    find_moves(&mut gathered.files);
    Ok(gathered)
}

fn compare(
    vault: &mut Vault,
    change: &Change,
    versions: &mut Vec<Version>,
) -> Result<Option<FileChanges>, GitError> {
    let rules = Rules::of(vault.repository(), &change.path)?.ok();
    let is_ours = rules
        .as_ref()
        .is_some_and(|rules| rules.filter == Filter::Ours);
    // A path may have been sealed once: its name tells whether looking is worth it.
    if !is_ours && !is_dotenv_name(paths::file_name(&change.path)) {
        return Ok(None);
    }
    let old = read(vault, change, change.old.as_ref())?;
    let new = read(vault, change, change.new.as_ref())?;
    let (old, new) = (old.as_deref(), new.as_deref());
    let is_sealed = |side: Option<&[u8]>| side.is_some_and(is_sealed);
    if !is_ours && !is_sealed(old) && !is_sealed(new) {
        return Ok(None);
    }
    let environment = match &rules {
        Some(rules) => rules.environment.clone(),
        None => Environment::default_name(),
    };
    find_keys(vault, &environment, [old, new])?;
    let current = vault.sealing_key(&environment)?.ok();
    // Without a readable configuration there are fingerprints all the same.
    let suite = vault.policy(&environment).map(|policy| policy.suite);
    let reading = Reading {
        keyring: vault.keyring(),
        current: current.as_deref(),
        suite: suite.unwrap_or_default(),
    };
    let sides = [old, new].into_iter().flatten();
    let is_opaque = rules.is_some_and(|rules| rules.format == Format::Opaque)
        || sides.clone().any(is_sealed_whole);
    let changes = if is_opaque {
        whole::between(old, new, &reading).into_iter().collect()
    } else {
        let [old, new] = [old, new].map(|side| match side {
            Some(text) => Version::read(text, reading.keyring),
            None => Version::default(),
        });
        let changes = changes::between(&old, &new, &reading);
        versions.extend([old, new]);
        changes
    };
    Ok(Some(FileChanges {
        path: String::from_utf8_lossy(&change.path).into_owned(),
        environment,
        changes,
    }))
}

/// The content of one side; `None` where there is no regular file.
fn read(vault: &Vault, change: &Change, side: Option<&Side>) -> Result<Option<Vec<u8>>, GitError> {
    let Some(side) = side.filter(|side| side.is_file()) else {
        return Ok(None);
    };
    let repository = vault.repository();
    if !side.id.is_null() {
        return repository.blob(&side.id).map(Some);
    }
    let file = repository.home().join(paths::to_os(&change.path));
    match std::fs::read(&file) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(GitError::File(file, error)),
    }
}

/// Looks for all keys that these contents name.
///
/// # Errors
/// When git does not answer.
pub fn find_keys(
    vault: &mut Vault,
    environment: &Environment,
    contents: [Option<&[u8]>; 2],
) -> Result<(), GitError> {
    let contents = contents.into_iter().flatten();
    let ids: BTreeSet<KeyId> = contents.clone().flat_map(key_ids).collect();
    vault.find_keys(&ids, Some(environment), &View::WorkTree)?;
    if contents.into_iter().any(suites::may_hold_keyless_token) {
        vault.find_all_keys(&View::WorkTree)?;
    }
    Ok(())
}

fn key_ids(content: &[u8]) -> BTreeSet<KeyId> {
    match suites::sight_file(content) {
        Sighting::Token(token) => token.key_id.into_iter().collect(),
        _ => file::key_ids(content),
    }
}

fn is_sealed_whole(content: &[u8]) -> bool {
    matches!(suites::sight_file(content), Sighting::Token(_))
}

fn is_sealed(content: &[u8]) -> bool {
    is_sealed_whole(content) || Version::read(content, &crate::core::key::Keyring::new()).is_sealed
}
