//! Which values of `HEAD` others may know: what a compromised key ever opened, and what stands in
//! plain text anywhere in history.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use zeroize::Zeroizing;

use super::ages::is_closed;
use super::rules::Format;
use super::{Vault, View};
use crate::core::ages::{Digest256, Held, Value, content};
use crate::core::dotenv::Document;
use crate::core::environment::Environment;
use crate::core::file;
use crate::core::gitattributes::is_dotenv_name;
use crate::core::key::KeyId;
use crate::core::policy::Policy;
use crate::core::scan::KnownValues;
use crate::core::scan::known::trivial::is_trivial;
use crate::core::suites;
use crate::core::token::Sighting;
use crate::git::history::{self, StoredBlob};
use crate::git::objects::ObjectId;
use crate::git::{GitError, paths};

/// Larger blobs are not searched, in bytes.
const MAX_BLOB_BYTES: u64 = 16 << 20;

/// How others may have come to know a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// This key, marked as compromised, opened it.
    CompromisedKey(KeyId),
    /// It stands in plain text in this blob, under this path.
    PlainText(ObjectId, Vec<u8>),
}

/// A value that others may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The file in `HEAD`.
    pub path: Vec<u8>,
    /// Its environment.
    pub environment: Environment,
    /// The variable; empty for an opaque file.
    pub name: Vec<u8>,
    /// Its line, from 1.
    pub line: usize,
    /// Whether the value looks like no secret: a number, a common word.
    pub is_trivial: bool,
    /// How.
    pub how: How,
}

/// What was found, and what could not be told.
#[derive(Clone, Debug, Default)]
pub struct Exposures {
    /// By path and line; a value may be there twice, for two reasons.
    pub found: Vec<Exposure>,
    /// Values of `HEAD` that no key at hand opens.
    pub closed: usize,
    /// Compromised keys that are not at hand: what they opened in history is not known here.
    pub absent: BTreeSet<KeyId>,
    /// Objects that are missing from this clone.
    pub missing: usize,
    /// Blobs too large to be searched.
    pub too_large: usize,
}

/// A value of `HEAD`.
struct Present {
    path: Vec<u8>,
    environment: Environment,
    name: Vec<u8>,
    value: Value,
    /// The text to search history for; none for opaque files.
    plain: Option<Zeroizing<Vec<u8>>>,
    /// Whether the value means something by itself, under whatever name.
    is_telling: bool,
}

/// What history gave away, by name and digest, and by digest alone.
#[derive(Default)]
struct Known {
    compromised: HashMap<Digest256, Vec<(Vec<u8>, KeyId)>>,
    absent: BTreeSet<KeyId>,
    plain: HashMap<(Vec<u8>, Digest256), (ObjectId, Vec<u8>)>,
    /// By the number that the value has among the known ones.
    copied: HashMap<usize, (ObjectId, Vec<u8>)>,
}

impl Vault {
    /// Looks through every blob that a ref reaches.
    ///
    /// # Errors
    /// When git does not answer. That objects are missing is no error.
    pub fn exposures(&mut self) -> Result<Exposures, GitError> {
        let mut exposures = Exposures::default();
        let present = self.present(&mut exposures)?;
        if present.is_empty() {
            return Ok(exposures);
        }
        let compromised = self.compromised_keys()?;
        let all = history::all_blobs(&self.repository)?;
        exposures.missing += all.missing;
        let values = KnownValues::new(present.iter().filter_map(|value| {
            let plain = value.plain.as_ref()?;
            Some((
                value.environment.clone(),
                value.name.as_slice(),
                plain.as_slice(),
            ))
        }));
        let mut known = Known::default();
        for blob in &all.blobs {
            if blob.size > MAX_BLOB_BYTES {
                exposures.too_large += 1;
                continue;
            }
            let content = match self.repository.blob(&blob.id) {
                Err(GitError::Missing(_)) => {
                    exposures.missing += 1;
                    continue;
                }
                content => content?,
            };
            self.learn(blob, &content, &compromised, &mut known)?;
            for hit in values.find_iter(&content) {
                known
                    .copied
                    .entry(hit.which)
                    .or_insert_with(|| (blob.id.clone(), blob.path.clone()));
            }
        }
        for value in &present {
            exposures.found.extend(judge(value, &values, &known));
        }
        exposures.absent = known.absent;
        Ok(exposures)
    }

    /// The values of `HEAD` that are secrets.
    fn present(&mut self, exposures: &mut Exposures) -> Result<Vec<Present>, GitError> {
        let mut present = Vec::new();
        for (path, file) in self.sealed_in_head()? {
            let (environment, format) = (file.environment, file.format);
            let content = match self.repository.blob(&file.blob) {
                Err(GitError::Missing(_)) => {
                    exposures.missing += 1;
                    continue;
                }
                content => content?,
            };
            let policy = self.policy_of(&environment)?;
            let version = self.version_of(&content, format)?;
            let opened = match format {
                Format::Dotenv => file::open(&content, &self.keyring, &policy).text,
                Format::Opaque => Zeroizing::default(),
            };
            let mut plain = plain_values(&opened);
            for (name, value) in version {
                if is_closed(&value) {
                    exposures.closed += 1;
                    continue;
                }
                let clear = value.held == Held::Plain && policy.clears_name(&name);
                if clear || value.empty || value.held == Held::Forged {
                    continue;
                }
                let plain = plain.remove(&name);
                present.push(Present {
                    path: path.clone(),
                    environment: environment.clone(),
                    is_telling: plain.as_ref().is_none_or(|plain| !is_trivial(&name, plain)),
                    plain,
                    name,
                    value,
                });
            }
        }
        Ok(present)
    }

    /// The policy of an environment, as the work tree has it.
    pub(super) fn policy_of(&mut self, environment: &Environment) -> Result<Policy, GitError> {
        let snapshot = self.snapshot(&View::WorkTree)?;
        // Policies that cannot be read are said elsewhere; without them nothing is clear.
        let config = snapshot.config.as_ref().ok();
        Ok(config
            .map(|config| config.policy(environment))
            .unwrap_or_default())
    }

    /// The keys of all environments that whoever has a compromised key has.
    fn compromised_keys(&mut self) -> Result<BTreeSet<KeyId>, GitError> {
        let snapshot = self.snapshot(&View::WorkTree)?;
        Ok(snapshot.readable_ledger().compromised_keys())
    }

    /// Notes what a blob gave away.
    fn learn(
        &mut self,
        blob: &StoredBlob,
        content: &[u8],
        compromised: &BTreeSet<KeyId>,
        known: &mut Known,
    ) -> Result<(), GitError> {
        let is_opaque = matches!(suites::sight_file(content), Sighting::Token(_));
        let has_tokens = is_opaque
            || memchr::memmem::find(content, b"seal1:").is_some()
            || suites::may_hold_keyless_token(content);
        let is_dotenv = is_dotenv_name(paths::file_name(&blob.path));
        if !has_tokens && !is_dotenv {
            return Ok(());
        }
        let format = if is_opaque {
            Format::Opaque
        } else {
            Format::Dotenv
        };
        for (name, value) in self.version_of(content, format)? {
            match value.held {
                Held::Plain if !value.empty => {
                    known
                        .plain
                        .entry((name, value.digest))
                        .or_insert_with(|| (blob.id.clone(), blob.path.clone()));
                }
                Held::Sealed(key) if compromised.contains(&key) => {
                    known
                        .compromised
                        .entry(value.digest)
                        .or_default()
                        .push((name, key));
                }
                Held::Closed(Some(key)) if compromised.contains(&key) => {
                    known.absent.insert(key);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The values of an opened file, by name.
fn plain_values(text: &[u8]) -> BTreeMap<Vec<u8>, Zeroizing<Vec<u8>>> {
    Document::split(text)
        .lines
        .iter()
        .filter(|line| matches!(suites::sight(line.secret), Sighting::Plain))
        .filter_map(|line| {
            let plain = Zeroizing::new(content(line.secret).to_vec());
            Some((line.name()?.to_vec(), plain))
        })
        .collect()
}

fn judge(value: &Present, values: &KnownValues, known: &Known) -> Vec<Exposure> {
    let digest = value.value.digest;
    let exposure = |how| Exposure {
        path: value.path.clone(),
        environment: value.environment.clone(),
        name: value.name.clone(),
        line: value.value.line,
        is_trivial: !value.is_telling,
        how,
    };
    let mut exposures = Vec::new();
    // A telling value counts under any name: renaming a variable changes no password.
    let opened = known.compromised.get(&digest).and_then(|uses| {
        uses.iter()
            .find(|(name, _)| *name == value.name || value.is_telling)
    });
    if let Some((_, key)) = opened {
        exposures.push(exposure(How::CompromisedKey(*key)));
    }
    let by_name = known.plain.get(&(value.name.clone(), digest));
    let plain = by_name.or_else(|| {
        let text = value.plain.as_deref()?;
        let own = |which: &usize| {
            let mut owners = values.owners(*which).iter();
            owners.any(|owner| owner.name == value.name && owner.environment == value.environment)
        };
        let mut numbers = values.find_iter(text).map(|found| found.which).filter(own);
        numbers.find_map(|which| known.copied.get(&which))
    });
    if let Some((blob, path)) = plain {
        exposures.push(exposure(How::PlainText(blob.clone(), path.clone())));
    }
    exposures
}
