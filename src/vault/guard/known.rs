//! The values that this repository seals, as far as keys are at hand.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::is_dotenv;
use super::ratchet::sealed_names;
use crate::core::dotenv::Document;
use crate::core::environment::Environment;
use crate::core::file::{self, Problem, Trouble};
use crate::core::key::KeyId;
use crate::core::policy::Policy;
use crate::core::scan::KnownValues;
use crate::core::scan::known::Purpose;
use crate::core::token::{Sighting, Token};
use crate::core::value::{self, Expansion};
use crate::core::{opaque, suites};
use crate::git::GitError;
use crate::git::objects::ObjectId;
use crate::keys::environment::PREFIX;
use crate::vault::{Vault, View};

/// Longer files are no lists of values.
const MAX_BYTES: usize = 1 << 20;

/// The known values of a repository, and whether any file stayed sealed for want of a key.
pub struct Known {
    /// The values.
    pub values: KnownValues,
    /// Files that could not be opened.
    pub left_out: usize,
}

impl Known {
    /// No values at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            values: KnownValues::new([]),
            left_out: 0,
        }
    }
}

/// A stored file that may hold values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The blob.
    pub id: ObjectId,
    /// Where it stands.
    pub path: Vec<u8>,
}

/// The staged files that may be sealed: by attribute, and by name, should the attribute have gone.
///
/// # Errors
/// When git does not answer.
pub fn staged_sources(vault: &Vault) -> Result<BTreeSet<Source>, GitError> {
    let repository = vault.repository();
    if repository.work_tree().is_none() {
        return Ok(BTreeSet::new());
    }
    let named = repository.entries_named(is_dotenv)?;
    let entries = repository.sealed_entries()?.into_iter().chain(named);
    Ok(entries
        .filter(crate::git::index::Entry::is_file)
        .map(|entry| Source {
            id: entry.id,
            path: entry.path,
        })
        .collect())
}

/// Collects what is sealed in these files: values as a loader reads them, and opaque text as a
/// whole. What is readable there by policy is no secret, and what is ordinary does not count.
///
/// # Errors
/// When a blob cannot be read.
pub fn known_values(
    vault: &mut Vault,
    sources: &BTreeSet<Source>,
    purpose: Purpose,
) -> Result<Known, GitError> {
    let mut plain = Vec::new();
    let mut left_out = 0;
    let mut seen = BTreeSet::new();
    for source in sources {
        if !seen.insert(&source.id) || vault.repository().blob_size(&source.id)? > MAX_BYTES {
            continue;
        }
        let stored = vault.repository().blob(&source.id)?;
        let is_complete = match suites::sight_file(&stored) {
            Sighting::Token(token) => whole(vault, &source.path, &token, &mut plain)?,
            _ => variables(vault, &stored, &mut plain)?,
        };
        left_out += usize::from(!is_complete);
    }
    if purpose == Purpose::Mask {
        // No value, but the worst thing to find in a log.
        plain.extend(vault.keyring().iter().map(|key| {
            let name = PREFIX.as_bytes().to_vec();
            let text = Zeroizing::new(key.master().to_text().as_bytes().to_vec());
            (Environment::default_name(), name, text)
        }));
    }
    let values = plain
        .iter()
        .map(|(environment, name, value)| (environment.clone(), name.as_slice(), value.as_slice()));
    Ok(Known {
        values: KnownValues::of(values, purpose),
        left_out,
    })
}

/// A plain value, with the environment and the name of its variable.
type Value = (Environment, Vec<u8>, Zeroizing<Vec<u8>>);

/// Adds the text of an opaque file, under its path. Says whether its key was at hand.
fn whole(
    vault: &mut Vault,
    path: &[u8],
    token: &Token<'_>,
    plain: &mut Vec<Value>,
) -> Result<bool, GitError> {
    let environment = find_keys(vault, &token.key_id.into_iter().collect(), token.text)?;
    match opaque::open(token.text, vault.keyring()) {
        opaque::Opened::Plain(text) => plain.push((environment, path.to_vec(), text)),
        opaque::Opened::KeyAbsent(_) => return Ok(false),
        opaque::Opened::NotSealed | opaque::Opened::NotAuthentic => {}
    }
    Ok(true)
}

/// Adds the sealed variables of a dotenv file. Says whether all keys were at hand.
fn variables(vault: &mut Vault, stored: &[u8], plain: &mut Vec<Value>) -> Result<bool, GitError> {
    let names = sealed_names(stored);
    if names.is_empty() {
        return Ok(true);
    }
    let environment = find_keys(vault, &file::key_ids(stored), stored)?;
    let opened = file::open(stored, vault.keyring(), &Policy::default());
    let document = Document::split(&opened.text);
    for expansion in [Expansion::Never, Expansion::FileFirst] {
        let (variables, _) = value::read(&document, expansion, &|_| None);
        let sealed = variables.into_iter().filter(|variable| {
            names.contains(variable.name.as_bytes())
                && suites::sight(&variable.value) == Sighting::Plain
        });
        plain.extend(sealed.map(|variable| {
            let name = variable.name.into_bytes();
            (environment.clone(), name, variable.value)
        }));
    }
    let is_locked = |problem: &Problem| matches!(problem.trouble, Trouble::KeyAbsent(_));
    Ok(!opened.problems.iter().any(is_locked))
}

/// Looks for the keys of a stored file, and tells whose they are, as far as the ledger knows.
fn find_keys(
    vault: &mut Vault,
    ids: &BTreeSet<KeyId>,
    stored: &[u8],
) -> Result<Environment, GitError> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let ledger = snapshot.lenient_ledger();
    let owner = ids
        .first()
        .and_then(|id| ledger?.environment_of(*id).cloned());
    vault.find_keys(ids, owner.as_ref(), &View::WorkTree)?;
    if suites::may_hold_keyless_token(stored) {
        vault.find_all_keys(&View::WorkTree)?;
    }
    Ok(owner.unwrap_or_else(Environment::default_name))
}
