//! Before a rotation: every staged file of the environments, opened with the keys at hand.

use std::collections::BTreeSet;

use rayon::prelude::*;
use zeroize::Zeroizing;

use super::RotationError;
use crate::core::dotenv::Document;
use crate::core::environment::Environment;
use crate::core::file::{self, Place, Problem, Trouble};
use crate::core::key::Keyring;
use crate::core::policy::Policy;
use crate::core::suites::Suite;
use crate::core::token::Sighting;
use crate::core::{opaque, suites};
use crate::git::index::Entry;
use crate::vault::rules::{Format, Rules};
use crate::vault::{CleanError, Vault, View};

/// A staged file in plain text.
pub struct OpenFile {
    /// Where it is staged.
    pub entry: Entry,
    /// Whose key seals it.
    pub environment: Environment,
    /// In which form.
    pub format: Format,
    /// By which rules.
    pub policy: Policy,
    /// Its plain content.
    pub plain: Zeroizing<Vec<u8>>,
}

impl OpenFile {
    /// The variables with their values as they stand, quotes included; none in an opaque file.
    #[must_use]
    pub fn values(&self) -> Vec<(&[u8], &[u8])> {
        match self.format {
            Format::Opaque => Vec::new(),
            Format::Dotenv => Document::split(&self.plain)
                .lines
                .iter()
                .filter_map(|line| Some((line.name()?, line.secret)))
                .collect(),
        }
    }
}

/// A staged file as it is stored.
struct StoredFile {
    entry: Entry,
    environment: Environment,
    format: Format,
    policy: Policy,
    content: Vec<u8>,
}

/// Opens all staged files of these environments, to be sealed in another suite if one is given.
///
/// # Errors
/// When any does not open entirely; files in plain text are no error.
pub fn open_all(
    vault: &mut Vault,
    environments: &BTreeSet<Environment>,
    suite: Option<Suite>,
) -> Result<Vec<OpenFile>, RotationError> {
    let stored = read_all(vault, environments)?;
    for environment in environments {
        let ids: BTreeSet<_> = stored
            .par_iter()
            .filter(|file| file.environment == *environment)
            .flat_map_iter(key_ids)
            .collect();
        vault.find_keys(&ids, Some(environment), &View::WorkTree)?;
    }
    if stored
        .iter()
        .any(|file| suites::may_hold_keyless_token(&file.content))
    {
        vault.find_all_keys(&View::WorkTree)?;
    }
    let keyring = vault.keyring();
    stored
        .into_par_iter()
        .map(|mut file| {
            file.policy.suite = suite.unwrap_or(file.policy.suite);
            open(file, keyring)
        })
        .collect()
}

fn read_all(
    vault: &mut Vault,
    environments: &BTreeSet<Environment>,
) -> Result<Vec<StoredFile>, RotationError> {
    let mut entries = vault.repository().sealed_entries()?;
    entries.retain(|entry| entry.is_file() && entry.stage == 0);
    let paths: Vec<&[u8]> = entries.iter().map(|entry| entry.path.as_slice()).collect();
    let rules = Rules::of_all(vault.repository(), &paths)?;
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let config = snapshot.usable_config()?;
    let mut stored = Vec::new();
    for (entry, rules) in entries.into_iter().zip(rules) {
        let rules = rules.map_err(|bad| {
            RotationError::File(entry.path.clone(), Box::new(CleanError::Rules(bad)))
        })?;
        if !environments.contains(&rules.environment) {
            continue;
        }
        stored.push(StoredFile {
            content: vault.repository().blob(&entry.id)?,
            policy: config.policy(&rules.environment),
            environment: rules.environment,
            format: rules.format,
            entry,
        });
    }
    Ok(stored)
}

fn key_ids(file: &StoredFile) -> BTreeSet<crate::core::key::KeyId> {
    match suites::sight_file(&file.content) {
        Sighting::Token(token) => token.key_id.into_iter().collect(),
        _ => file::key_ids(&file.content),
    }
}

fn open(file: StoredFile, keyring: &Keyring) -> Result<OpenFile, RotationError> {
    let plain = match file.format {
        Format::Dotenv => open_dotenv(&file, keyring),
        Format::Opaque => open_opaque(&file.content, keyring),
    };
    match plain {
        Ok(plain) => Ok(OpenFile {
            entry: file.entry,
            environment: file.environment,
            format: file.format,
            policy: file.policy,
            plain,
        }),
        Err(problems) => Err(RotationError::Closed(file.entry.path, problems)),
    }
}

fn open_dotenv(file: &StoredFile, keyring: &Keyring) -> Result<Zeroizing<Vec<u8>>, Vec<Problem>> {
    // A file that was opaque once stands there whole.
    if let Sighting::Token(_) = suites::sight_file(&file.content) {
        return open_opaque(&file.content, keyring);
    }
    let mut opened = file::open(&file.content, keyring, &file.policy);
    opened
        .problems
        .retain(|problem| problem.trouble != Trouble::Plain);
    if !opened.problems.is_empty() {
        return Err(opened.problems);
    }
    Ok(if opened.was_sealed {
        opened.text
    } else {
        Zeroizing::new(file.content.clone())
    })
}

fn open_opaque(content: &[u8], keyring: &Keyring) -> Result<Zeroizing<Vec<u8>>, Vec<Problem>> {
    let trouble = match opaque::open(content, keyring) {
        opaque::Opened::Plain(plain) => return Ok(plain),
        opaque::Opened::NotSealed => return Ok(Zeroizing::new(content.to_vec())),
        opaque::Opened::KeyAbsent(key) => Trouble::KeyAbsent(key),
        opaque::Opened::NotAuthentic => Trouble::NotAuthentic,
    };
    let place = Place {
        line: 1,
        name: None,
    };
    Err(vec![Problem {
        place,
        stored_line: 1,
        trouble,
    }])
}
