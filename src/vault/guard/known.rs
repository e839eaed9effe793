//! The values that this repository seals, as far as keys are at hand.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::ratchet::sealed_names;
use crate::core::dotenv::Document;
use crate::core::environment::Environment;
use crate::core::gitattributes::DOTENV_PATTERNS;
use crate::core::scan::KnownValues;
use crate::core::token::Sighting;
use crate::core::value::{self, Expansion};
use crate::core::{file, suites};
use crate::git::GitError;
use crate::git::objects::ObjectId;
use crate::vault::{Notice, Origin, Vault, View};

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
    let mut pathspecs = vec![b":(top,attr:filter=seal)".to_vec()];
    pathspecs.extend(
        DOTENV_PATTERNS
            .iter()
            .map(|pattern| format!(":(top,glob)**/{pattern}").into_bytes()),
    );
    let pathspecs: Vec<&[u8]> = pathspecs.iter().map(Vec::as_slice).collect();
    let entries = repository.index_entries(&pathspecs)?;
    Ok(entries
        .into_iter()
        .filter(crate::git::index::Entry::is_file)
        .map(|entry| Source {
            id: entry.id,
            path: entry.path,
        })
        .collect())
}

/// Collects what is sealed in these files: values as a loader reads them, and opaque text as a
/// whole. What is readable there by policy is no secret.
///
/// # Errors
/// When a blob cannot be read.
pub fn known_values(vault: &mut Vault, sources: &BTreeSet<Source>) -> Result<Known, GitError> {
    let mut plain: Vec<(Environment, Vec<u8>, Zeroizing<Vec<u8>>)> = Vec::new();
    let mut left_out = 0;
    let mut seen = BTreeSet::new();
    for source in sources {
        if !seen.insert(&source.id) || vault.repository().blob_size(&source.id)? > MAX_BYTES {
            continue;
        }
        let stored = vault.repository().blob(&source.id)?;
        let is_opaque = matches!(suites::sight_file(&stored), Sighting::Token(_));
        let names = sealed_names(&stored);
        if !is_opaque && names.is_empty() {
            continue;
        }
        let environment = owner(vault, &stored)?;
        let smudged = vault.smudge(&source.path, stored, &Origin::default());
        let content = Zeroizing::new(smudged.content);
        let is_locked = |notice: &Notice| matches!(notice, Notice::KeyAbsent { .. });
        if smudged.notices.iter().any(is_locked) {
            left_out += 1;
        }
        if is_opaque {
            if suites::sight_file(&content) == Sighting::Plain {
                plain.push((environment, source.path.clone(), content));
            }
            continue;
        }
        let document = Document::split(&content);
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
    }
    let values = plain
        .iter()
        .map(|(environment, name, value)| (environment.clone(), name.as_slice(), value.as_slice()));
    Ok(Known {
        values: KnownValues::new(values),
        left_out,
    })
}

/// The environment whose key sealed a file, as far as the ledger knows.
fn owner(vault: &mut Vault, stored: &[u8]) -> Result<Environment, GitError> {
    let key = match suites::sight_file(stored) {
        Sighting::Token(token) => token.key_id,
        _ => file::key_ids(stored).first().copied(),
    };
    let snapshot = vault.snapshot(&View::WorkTree)?;
    Ok(key
        .and_then(|key| snapshot.lenient_ledger()?.environment_of(key).cloned())
        .unwrap_or_else(Environment::default_name))
}
