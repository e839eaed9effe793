//! Which values of `HEAD` others may know: what a compromised key ever opened, and what stands in
//! plain text anywhere in history.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::AhoCorasick;
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
use crate::core::ledger::Ledger;
use crate::core::names::is_sensitive;
use crate::core::suites;
use crate::core::token::Sighting;
use crate::git::history::{self, StoredBlob};
use crate::git::objects::ObjectId;
use crate::git::{GitError, paths};

/// Larger blobs are not searched, in bytes.
const MAX_BLOB_BYTES: u64 = 16 << 20;
/// A value shorter than this may stand in any text by chance; values of sensitive names may be
/// half as long.
const MIN_SEARCHED_BYTES: usize = 16;

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
    /// How.
    pub how: How,
}

/// What was found, and what could not be told.
#[derive(Clone, Debug, Default)]
pub struct Exposures {
    /// By path and line; a value may be there twice, for two reasons.
    pub found: Vec<Exposure>,
    /// Values of `HEAD` and blobs under compromised keys that no key at hand opens.
    pub closed: usize,
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
    /// The text to search history for, where it is telling enough.
    needle: Option<Zeroizing<Vec<u8>>>,
}

/// What history gave away, by name and digest, and by digest alone.
#[derive(Default)]
struct Known {
    compromised: HashMap<Digest256, Vec<(Vec<u8>, KeyId)>>,
    plain: HashMap<(Vec<u8>, Digest256), (ObjectId, Vec<u8>)>,
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
        let search = Search::of(&present);
        let mut known = Known::default();
        let mut found_in: HashMap<usize, (ObjectId, Vec<u8>)> = HashMap::new();
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
            exposures.closed += self.learn(blob, &content, &compromised, &mut known)?;
            for at in search.hits(&content) {
                found_in
                    .entry(at)
                    .or_insert_with(|| (blob.id.clone(), blob.path.clone()));
            }
        }
        for (at, value) in present.iter().enumerate() {
            exposures
                .found
                .extend(judge(value, found_in.get(&at), &known));
        }
        Ok(exposures)
    }

    /// The values of `HEAD` that are secrets.
    fn present(&mut self, exposures: &mut Exposures) -> Result<Vec<Present>, GitError> {
        let mut present = Vec::new();
        for (path, (blob, environment, format)) in self.sealed_in_head()? {
            let content = match self.repository.blob(&blob) {
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
            let mut needles = needles(&opened, &policy.sensitive);
            for (name, value) in version {
                if is_closed(&value) {
                    exposures.closed += 1;
                    continue;
                }
                let clear = value.held == Held::Plain && policy.clears_name(&name);
                if clear || value.empty {
                    continue;
                }
                present.push(Present {
                    path: path.clone(),
                    environment: environment.clone(),
                    needle: needles.remove(&name),
                    name,
                    value,
                });
            }
        }
        Ok(present)
    }

    fn policy_of(
        &mut self,
        environment: &Environment,
    ) -> Result<crate::core::policy::Policy, GitError> {
        let snapshot = self.snapshot(&View::WorkTree)?;
        // Policies that cannot be read are said elsewhere; without them nothing is clear.
        let config = snapshot.config.as_ref().ok();
        Ok(config
            .map(|config| config.policy(environment))
            .unwrap_or_default())
    }

    /// The keys of all environments that whoever has a compromised key has.
    fn compromised_keys(&mut self) -> Result<Vec<KeyId>, GitError> {
        let snapshot = self.snapshot(&View::WorkTree)?;
        let ledger = Ledger::read(snapshot.ledger_text.as_deref().unwrap_or_default());
        let mut keys: Vec<KeyId> = ledger
            .environments()
            .flat_map(|environment| ledger.compromised_keys(environment))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    /// Notes what a blob gave away; gives how many of its values could not be opened.
    fn learn(
        &mut self,
        blob: &StoredBlob,
        content: &[u8],
        compromised: &[KeyId],
        known: &mut Known,
    ) -> Result<usize, GitError> {
        let is_opaque = matches!(suites::sight_file(content), Sighting::Token(_));
        let has_tokens = is_opaque || memchr::memmem::find(content, b"seal1:").is_some();
        let is_dotenv = is_dotenv_name(paths::file_name(&blob.path));
        if !has_tokens && !is_dotenv {
            return Ok(0);
        }
        let format = if is_opaque {
            Format::Opaque
        } else {
            Format::Dotenv
        };
        let mut closed = 0;
        for (name, value) in self.version_of(content, format)? {
            match value.held {
                Held::Plain if !value.empty => {
                    known
                        .plain
                        .entry((name, value.digest))
                        .or_insert_with(|| (blob.id.clone(), blob.path.clone()));
                }
                Held::Sealed(Some(key)) if compromised.contains(&key) => {
                    known
                        .compromised
                        .entry(value.digest)
                        .or_default()
                        .push((name, key));
                }
                Held::Closed(Some(key)) if compromised.contains(&key) => closed += 1,
                _ => {}
            }
        }
        Ok(closed)
    }
}

/// The values of a file that are worth searching for, by name.
fn needles(text: &[u8], sensitive: &[String]) -> BTreeMap<Vec<u8>, Zeroizing<Vec<u8>>> {
    Document::split(text)
        .lines
        .iter()
        .filter_map(|line| {
            let name = line.name()?;
            let plain = content(line.secret);
            let least = if is_sensitive(name, sensitive) {
                MIN_SEARCHED_BYTES / 2
            } else {
                MIN_SEARCHED_BYTES
            };
            let telling =
                plain.len() >= least && matches!(suites::sight(line.secret), Sighting::Plain);
            telling.then(|| (name.to_vec(), Zeroizing::new(plain.to_vec())))
        })
        .collect()
}

/// All needles at once.
struct Search {
    automaton: Option<AhoCorasick>,
    /// Which present value each pattern is.
    values: Vec<usize>,
}

impl Search {
    fn of(present: &[Present]) -> Self {
        let needles = || {
            present
                .iter()
                .enumerate()
                .filter_map(|(at, value)| Some((at, value.needle.as_ref()?)))
        };
        let patterns: Vec<&[u8]> = needles().map(|(_, needle)| needle.as_slice()).collect();
        Self {
            values: needles().map(|(at, _)| at).collect(),
            // Too many or too long patterns are the only ways to fail.
            automaton: AhoCorasick::new(patterns).ok(),
        }
    }

    fn hits(&self, content: &[u8]) -> Vec<usize> {
        let Some(automaton) = self.automaton.as_ref().filter(|_| !self.values.is_empty()) else {
            return Vec::new();
        };
        let mut hits: Vec<usize> = automaton
            .find_overlapping_iter(content)
            .map(|hit| self.values[hit.pattern().as_usize()])
            .collect();
        hits.sort_unstable();
        hits.dedup();
        hits
    }
}

fn judge(value: &Present, found_in: Option<&(ObjectId, Vec<u8>)>, known: &Known) -> Vec<Exposure> {
    let digest = value.value.digest;
    let exposure = |how| Exposure {
        path: value.path.clone(),
        environment: value.environment.clone(),
        name: value.name.clone(),
        line: value.value.line,
        how,
    };
    let mut exposures = Vec::new();
    // A telling value counts under any name: renaming a variable changes no password.
    let opened = known.compromised.get(&digest).and_then(|uses| {
        uses.iter()
            .find(|(name, _)| *name == value.name || value.needle.is_some())
    });
    if let Some((_, key)) = opened {
        exposures.push(exposure(How::CompromisedKey(*key)));
    }
    let plain = found_in.or_else(|| known.plain.get(&(value.name.clone(), digest)));
    if let Some((blob, path)) = plain {
        exposures.push(exposure(How::PlainText(blob.clone(), path.clone())));
    }
    exposures
}
