//! Since when each sealed value is what it is: history walked once, by blob.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::rules::{Filter, Format, Rules};
use super::{Vault, View};
use crate::core::ages::{Held, Traced, Value, Version, trace, version};
use crate::core::environment::Environment;
use crate::core::file;
use crate::core::gitattributes::{DOTENV_PATTERNS, is_dotenv_name};
use crate::core::suites;
use crate::core::token::Sighting;
use crate::git::history::{self, Commit};
use crate::git::objects::ObjectId;
use crate::git::{GitError, paths};

/// One value of a sealed file in `HEAD`.
#[derive(Clone, Debug)]
pub struct Age {
    /// The file.
    pub path: Vec<u8>,
    /// The file's environment.
    pub environment: Environment,
    /// The variable; empty for an opaque file.
    pub name: Vec<u8>,
    /// The value as it stands there.
    pub value: Value,
    /// The commit that gave it.
    pub commit: ObjectId,
    /// When that was written, in seconds since 1970, as its author claims.
    pub time: i64,
    /// Who wrote it, as that claims.
    pub author: String,
    /// Whether the value surely changed there; otherwise it may be older.
    pub certain: bool,
    /// Whether it stays closed although its key is at hand.
    pub is_forged: bool,
    /// Whether it is no secret: readable, and named in its environment's `clear` list.
    pub is_clear: bool,
}

/// What the walk found.
#[derive(Clone, Debug, Default)]
pub struct Ages {
    /// All values, by path and name.
    pub values: Vec<Age>,
    /// How many blobs are missing from this clone.
    pub missing: usize,
    /// Whether history ends early here.
    pub is_shallow: bool,
}

/// A file in `HEAD` that git hands to our filter.
#[derive(Clone, Debug)]
pub struct SealedFile {
    /// Its blob.
    pub blob: ObjectId,
    /// Whose key seals it.
    pub environment: Environment,
    /// In which form.
    pub format: Format,
}

/// Such files by path.
pub type SealedFiles = BTreeMap<Vec<u8>, SealedFile>;

/// More paths than this would make git compare each against every file.
const MAX_PATHSPECS: usize = 100;

type State = Rc<BTreeMap<Vec<u8>, Rc<Traced<usize>>>>;

impl Vault {
    /// The files in `HEAD` that git hands to our filter, each with its environment.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn sealed_in_head(&self) -> Result<SealedFiles, GitError> {
        let mut files = BTreeMap::new();
        if !self.repository.has_commits()? {
            return Ok(files);
        }
        let mut entries = self.repository.tree_entries("HEAD")?;
        entries.retain(crate::git::index::Entry::is_file);
        let paths: Vec<&[u8]> = entries.iter().map(|entry| entry.path.as_slice()).collect();
        let rules = Rules::of_all(&self.repository, &paths)?;
        for (entry, rules) in entries.into_iter().zip(rules) {
            // Commands refuse attributes that cannot be used before they ask.
            let Ok(rules) = rules else { continue };
            if rules.filter == Filter::Ours {
                let file = SealedFile {
                    blob: entry.id,
                    environment: rules.environment,
                    format: rules.format,
                };
                files.insert(entry.path, file);
            }
        }
        Ok(files)
    }

    /// The ages of all values in `HEAD`.
    ///
    /// # Errors
    /// When git does not answer. That blobs are missing is no error.
    pub fn ages(&mut self) -> Result<Ages, GitError> {
        let files = self.sealed_in_head()?;
        let mut ages = Ages::default();
        if files.is_empty() {
            return Ok(ages);
        }
        let commits = history::walk(&self.repository, "HEAD", &pathspecs(&files))?;
        let boundary = history::shallow_boundary(&self.repository);
        ages.is_shallow = !boundary.is_empty();
        let mut reader = Reader {
            versions: HashMap::new(),
            missing: BTreeSet::new(),
        };
        let commits = without_others(commits, &files);
        let last = follow(self, &commits, &boundary, &mut reader)?;
        ages.missing = reader.missing.len();
        for (path, file) in files {
            let traced = last.get(&path).cloned();
            let Some(traced) = traced else {
                // Only where history is cut: then even this blob's commit is not known.
                reader.version(self, &file.blob, file.format)?;
                continue;
            };
            let policy = self.policy_of(&file.environment)?;
            for (name, (value, origin)) in traced.iter() {
                let commit = &commits[origin.commit];
                ages.values.push(Age {
                    path: path.clone(),
                    environment: file.environment.clone(),
                    name: name.clone(),
                    value: value.clone(),
                    commit: commit.id.clone(),
                    time: commit.time,
                    author: commit.author.clone(),
                    certain: origin.certain,
                    is_forged: value.held == Held::Forged,
                    is_clear: value.held == Held::Plain && policy.clears_name(name),
                });
            }
        }
        Ok(ages)
    }

    /// What a blob holds, opened with every key that can be found for it.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn version_of(&mut self, content: &[u8], format: Format) -> Result<Version, GitError> {
        let ids = match suites::sight_file(content) {
            Sighting::Token(token) => token.key_id.into_iter().collect(),
            _ => file::key_ids(content),
        };
        self.find_keys(&ids, None, &View::WorkTree)?;
        if suites::may_hold_keyless_token(content) {
            self.find_all_keys(&View::WorkTree)?;
        }
        Ok(version(content, format == Format::Opaque, &self.keyring))
    }
}

/// Whether a value's key is not at hand.
#[must_use]
pub fn is_closed(value: &Value) -> bool {
    matches!(value.held, Held::Closed(_))
}

fn pathspecs(files: &SealedFiles) -> Vec<Vec<u8>> {
    let mut specs: Vec<Vec<u8>> = DOTENV_PATTERNS
        .iter()
        .map(|pattern| format!(":(top,glob)**/{pattern}").into_bytes())
        .collect();
    let others = files
        .keys()
        .filter(|path| !is_dotenv_name(paths::file_name(path)));
    specs.extend(others.map(|path| [b":(top,literal)", path.as_slice()].concat()));
    if specs.len() > MAX_PATHSPECS {
        specs.clear();
    }
    specs
}

/// Files that are neither sealed now nor called like dotenv files are none of ours.
fn without_others(mut commits: Vec<Commit>, files: &SealedFiles) -> Vec<Commit> {
    for commit in &mut commits {
        commit.changes.retain(|change| {
            files.contains_key(&change.path) || is_dotenv_name(paths::file_name(&change.path))
        });
    }
    commits
}

/// Reads each blob once.
struct Reader {
    versions: HashMap<ObjectId, Version>,
    missing: BTreeSet<ObjectId>,
}

impl Reader {
    fn version(
        &mut self,
        vault: &mut Vault,
        blob: &ObjectId,
        format: Format,
    ) -> Result<Version, GitError> {
        if let Some(known) = self.versions.get(blob) {
            return Ok(known.clone());
        }
        let content = match vault.repository.blob(blob) {
            Err(GitError::Missing(_)) => {
                self.missing.insert(blob.clone());
                Vec::new()
            }
            content => content?,
        };
        let read = vault.version_of(&content, format)?;
        self.versions.insert(blob.clone(), read.clone());
        Ok(read)
    }
}

/// Goes through the commits, parents before children, and gives the files at the last one.
fn follow(
    vault: &mut Vault,
    commits: &[Commit],
    boundary: &BTreeSet<ObjectId>,
    reader: &mut Reader,
) -> Result<State, GitError> {
    let mut states: HashMap<&ObjectId, State> = HashMap::new();
    let mut children: HashMap<&ObjectId, usize> = HashMap::new();
    for parent in commits.iter().flat_map(|commit| &commit.parents) {
        *children.entry(parent).or_default() += 1;
    }
    let mut formats: HashMap<Vec<u8>, Format> = HashMap::new();
    let mut last = State::default();
    for (at, commit) in commits.iter().enumerate() {
        let parents: Vec<State> = commit
            .parents
            .iter()
            .filter_map(|parent| states.get(parent).cloned())
            .collect();
        let mut files = parents
            .first()
            .map_or_else(BTreeMap::new, |first| (**first).clone());
        let deleted: Vec<_> = commit
            .changes
            .iter()
            .filter(|change| change.blob.is_none())
            .filter_map(|change| files.remove(&change.path))
            .collect();
        for change in &commit.changes {
            let Some(blob) = &change.blob else { continue };
            let format = format_of(vault, &mut formats, &change.path)?;
            let version = reader.version(vault, blob, format)?;
            let before: Vec<_> = parents
                .iter()
                .filter_map(|state| state.get(&change.path).cloned())
                .collect();
            let is_boundary = boundary.contains(&commit.id);
            let traced = trace(version, &at, is_boundary, &before, &deleted);
            files.insert(change.path.clone(), Rc::new(traced));
        }
        last = Rc::new(files);
        states.insert(&commit.id, Rc::clone(&last));
        // States that no later commit asks for would pile up.
        for parent in &commit.parents {
            if let Some(left) = children.get_mut(parent) {
                *left -= 1;
                if *left == 0 {
                    states.remove(parent);
                }
            }
        }
    }
    Ok(last)
}

fn format_of(
    vault: &Vault,
    formats: &mut HashMap<Vec<u8>, Format>,
    path: &[u8],
) -> Result<Format, GitError> {
    if let Some(known) = formats.get(path) {
        return Ok(*known);
    }
    let format = match Rules::of(&vault.repository, path)? {
        Ok(rules) => rules.format,
        Err(_) => Format::Dotenv,
    };
    formats.insert(path.to_vec(), format);
    Ok(format)
}
