//! The values that this repository seals, as far as keys are at hand.

use std::collections::{BTreeSet, HashSet};

use super::is_dotenv;
use crate::core::dotenv::{Document, LineKind};
use crate::core::environment::Environment;
use crate::core::file::{self, Problem, Trouble};
use crate::core::key::KeyId;
use crate::core::policy::Policy;
use crate::core::scan::KnownValues;
use crate::core::scan::MASTER_KEY;
use crate::core::scan::known::Purpose;
use crate::core::scan::plain::Plain;
use crate::core::token::{Sighting, Token};
use crate::core::value::{self, Expansion};
use crate::core::{opaque, suites};
use crate::git::GitError;
use crate::git::objects::ObjectId;
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

/// Collects what is sealed in these files, with where each stands.
///
/// # Errors
/// When a blob cannot be read.
pub fn known_values(
    vault: &mut Vault,
    sources: impl IntoIterator<Item = Source>,
    purpose: Purpose,
) -> Result<Known, GitError> {
    let mut gathered = Gathered::default();
    gathered.add(vault, sources)?;
    Ok(gathered.known(vault, purpose))
}

/// What is sealed in files: values as a loader reads them, and opaque text as a whole. What is
/// readable there by policy is no secret.
#[derive(Default)]
pub struct Gathered {
    plain: Vec<Value>,
    left_out: usize,
    seen: BTreeSet<ObjectId>,
}

impl Gathered {
    /// Adds what is sealed in these files.
    ///
    /// # Errors
    /// When a blob cannot be read.
    pub fn add(
        &mut self,
        vault: &mut Vault,
        sources: impl IntoIterator<Item = Source>,
    ) -> Result<(), GitError> {
        for Source { id, path } in sources {
            if self.seen.contains(&id) || vault.repository().blob_size(&id)? > MAX_BYTES {
                continue;
            }
            let stored = vault.repository().blob(&id)?;
            let is_complete = match suites::sight_file(&stored) {
                Sighting::Token(token) => whole(vault, &path, &token, &mut self.plain)?,
                _ => variables(vault, &stored, &mut self.plain)?,
            };
            self.left_out += usize::from(!is_complete);
            self.seen.insert(id);
        }
        Ok(())
    }

    /// The values, and the keys at hand, ready to be sought.
    #[must_use]
    pub fn known(mut self, vault: &Vault, purpose: Purpose) -> Known {
        // No values, but the worst thing to find in a file or a log.
        self.plain.extend(vault.keyring().iter().map(|key| {
            let text = Plain::from(key.master().to_text().as_bytes());
            (Environment::default_name(), MASTER_KEY.to_vec(), text)
        }));
        let values = self.plain.iter();
        let values = values
            .map(|(environment, name, value)| (environment.clone(), name.as_slice(), &value[..]));
        Known {
            values: KnownValues::of(values, purpose),
            left_out: self.left_out,
        }
    }
}

/// A plain value, with the environment and the name of its variable.
type Value = (Environment, Vec<u8>, Plain);

/// Adds the text of an opaque file, under its path. Says whether its key was at hand.
fn whole(
    vault: &mut Vault,
    path: &[u8],
    token: &Token<'_>,
    plain: &mut Vec<Value>,
) -> Result<bool, GitError> {
    let environment = find_keys(vault, &token.key_id.into_iter().collect(), token.text)?;
    match opaque::open(token.text, vault.keyring()) {
        opaque::Opened::Plain(text) => {
            plain.push((environment, path.to_vec(), Plain::from(&text[..])));
        }
        opaque::Opened::KeyAbsent(_) => return Ok(false),
        opaque::Opened::NotSealed | opaque::Opened::NotAuthentic => {}
    }
    Ok(true)
}

/// Adds the sealed variables of a dotenv file. Says whether all keys were at hand.
fn variables(vault: &mut Vault, stored: &[u8], plain: &mut Vec<Value>) -> Result<bool, GitError> {
    // Most files that change hold nothing sealed: a quick look tells.
    if !suites::may_name_a_key(stored) && !suites::may_hold_keyless_token(stored) {
        return Ok(true);
    }
    let sealed = Document::split(stored);
    let (mut names, mut ids) = (HashSet::new(), BTreeSet::new());
    for line in &sealed.lines {
        if let Sighting::Token(token) = suites::sight(line.secret) {
            names.extend(line.name());
            ids.extend(token.key_id);
        }
    }
    if names.is_empty() {
        return Ok(true);
    }
    let environment = find_keys(vault, &ids, stored)?;
    let opened = file::open(stored, vault.keyring(), &Policy::default());
    let document = Document::split(&opened.text);
    let mut add = |name: &[u8], value: Plain| {
        if suites::sight(&value) == Sighting::Plain {
            plain.push((environment.clone(), name.to_vec(), value));
        }
    };
    // Every assignment, also of a name that is assigned once more.
    for line in &document.lines {
        if let LineKind::Assignment { name } = line.kind
            && names.contains(name)
        {
            add(name, written(line.secret));
        }
    }
    // Without a reference all values are as written.
    if memchr::memchr(b'$', &opened.text).is_some() {
        for one in value::read(&document, Expansion::FileFirst, &|_| None).0 {
            if names.contains(one.name.as_bytes()) {
                add(one.name.as_bytes(), Plain::from(&one.value[..]));
            }
        }
    }
    // Assignments in the comments that are sealed.
    let readable: HashSet<&[u8]> = comments(&sealed).collect();
    for text in comments(&document).filter(|text| !readable.contains(text)) {
        for line in Document::split(text).lines {
            if let LineKind::Assignment { name } = line.kind {
                add(name, written(line.secret));
            }
        }
    }
    let is_locked = |problem: &Problem| matches!(problem.trouble, Trouble::KeyAbsent(_));
    Ok(!opened.problems.iter().any(is_locked))
}

fn written(secret: &[u8]) -> Plain {
    Plain::new(std::mem::take(&mut value::as_written(secret)))
}

fn comments<'a>(document: &Document<'a>) -> impl Iterator<Item = &'a [u8]> {
    let comments = document
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Comment);
    comments.map(|line| line.secret)
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
