//! What is judged: what is staged, or commit by commit.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::known::{Gathered, Known, Source, known_values, staged_sources};
use super::{
    ALLOW_PATH, Base, Exceptions, Guard, GuardError, Located, Measure, Since, State, is_dotenv,
    rule_set,
};
use crate::core::gitattributes::is_attributes_file;
use crate::core::scan::Scanner;
use crate::core::scan::known::Purpose;
use crate::git::attributes::{Attribute, AttributesFrom};
use crate::git::changes::{self, Change, Commit, Pair, Staged};
use crate::git::{GitError, Repository, appearances};
use crate::vault::rules::Rules;
use crate::vault::{Vault, View};

/// Where findings in the message of a commit or a tag are said to be.
pub const MESSAGE: &[u8] = b"the message";

/// Judges what is staged, against `HEAD` and the heads of a merge under way.
///
/// # Errors
/// When anything cannot be read.
pub fn staged(vault: &mut Vault, today: NaiveDate) -> Result<(Vec<Located>, Known), GuardError> {
    let repository = vault.repository();
    let merged = merge_heads(repository)?;
    let bases: Vec<Base> = std::iter::once(Base::head(repository)?)
        .chain(merged)
        .collect();
    // Git works beside us: what it says is asked for last.
    let comparisons: Vec<Staged> = bases
        .iter()
        .map(|base| Staged::against(repository, base.revision(repository)))
        .collect();
    Rules::prepare(repository);
    let mut gathered = Gathered::default();
    gathered.add(vault, staged_sources(vault)?)?;
    let rules = rule_set(vault, &View::Index)?;
    let mut since = Vec::new();
    for (base, comparison) in bases.into_iter().zip(comparisons) {
        let changes = comparison.changes()?;
        since.push(Since { base, changes });
    }
    if since.iter().all(|one| one.changes.is_empty()) {
        return Ok((Vec::new(), Known::nothing()));
    }
    // Values that leave `.env` now must not reappear elsewhere.
    for one in &since {
        gathered.add(vault, one.changes.iter().filter_map(old_source))?;
    }
    let known = gathered.known(vault, Purpose::Guard);
    let text = State::Index.read(vault.repository(), ALLOW_PATH)?;
    let exceptions = Exceptions::read(vault, &text.unwrap_or_default(), today)?;
    let measure = Measure {
        rules: &rules,
        known: &known.values,
        exceptions: &exceptions,
    };
    let found = Guard::new(vault, &State::Index, measure).judge(&since)?;
    Ok((found, known))
}

/// The values sealed in the index, and those in `HEAD` that are leaving it.
///
/// # Errors
/// When they cannot be read.
pub fn values_sealed_here(vault: &mut Vault) -> Result<Known, GuardError> {
    let repository = vault.repository();
    let comparison = match repository.work_tree() {
        Some(_) => {
            let base = Base::head(repository)?;
            Some(Staged::against(repository, base.revision(repository)))
        }
        None => None,
    };
    let mut gathered = Gathered::default();
    gathered.add(vault, staged_sources(vault)?)?;
    if let Some(comparison) = comparison {
        let changes = comparison.changes()?;
        gathered.add(vault, changes.iter().filter_map(old_source))?;
    }
    Ok(gathered.known(vault, Purpose::Guard))
}

/// The commits that are being merged in: git names them to `pre-merge-commit` in the environment
/// (`GITHEAD_ID`, git-merge), and keeps them in `MERGE_HEAD` while conflicts are resolved.
fn merge_heads(repository: &Repository) -> Result<Vec<Base>, GitError> {
    let file = repository.layout().git_dir.join("MERGE_HEAD");
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(GitError::File(file, error)),
    };
    let announced = std::env::vars_os().filter_map(|(name, _)| {
        let id = name.to_str()?.strip_prefix("GITHEAD_")?.to_owned();
        Some(id)
    });
    let is_id = |id: &String| id.parse::<crate::git::objects::ObjectId>().is_ok();
    let ids: BTreeSet<String> = text
        .lines()
        .map(str::to_owned)
        .chain(announced)
        .filter(is_id)
        .collect();
    Ok(ids.iter().map(|id| Base::commit(id)).collect())
}

/// Judges commits one by one, each against all its parents, and their messages. Attributes, rules
/// and exceptions are those of the newest commit: what it seals had to be sealed all along, and what
/// it lets through need not be rewritten out of history.
///
/// # Errors
/// When anything cannot be read: then nothing is known to be good.
pub fn commits(
    vault: &mut Vault,
    list: &[Commit],
    today: NaiveDate,
) -> Result<(Vec<Located>, Known), GuardError> {
    let pairs: Vec<Pair> = list.iter().flat_map(pairs_of).collect();
    let mut changes = changes::of_pairs(vault.repository(), &pairs)?.into_iter();
    let mut judged = BTreeMap::new();
    for commit in list {
        let since: Vec<Since> = pairs_of(commit)
            .into_iter()
            .zip(changes.by_ref())
            .map(|(pair, changes)| Since {
                base: pair
                    .parent
                    .map_or_else(Base::nothing, |parent| Base::commit(&parent)),
                changes,
            })
            .collect();
        judged.insert(commit.id.as_str(), since);
    }
    let lines = Line::all(vault.repository(), list)?;
    let mut sources = staged_sources(vault)?;
    for line in &lines {
        sources.extend(line.sources(vault.repository(), &judged)?);
    }
    let known = known_values(vault, sources, Purpose::Guard)?;
    let mut found = Vec::new();
    for line in &lines {
        line.judge(vault, &judged, &known, today, &mut found)?;
    }
    Ok((found, known))
}

fn pairs_of(commit: &Commit) -> Vec<Pair> {
    let pair = |parent: Option<&String>| Pair {
        commit: commit.id.clone(),
        parent: parent.cloned(),
    };
    if commit.parents.is_empty() {
        return vec![pair(None)];
    }
    commit
        .parents
        .iter()
        .map(|parent| pair(Some(parent)))
        .collect()
}

/// Commits that lead to tips with one and the same policy: of a push of several branches, none may
/// lend its policy to another.
struct Line {
    tip: String,
    commits: Vec<String>,
    attributes: AttributesFrom,
}

impl Line {
    fn all(repository: &Repository, list: &[Commit]) -> Result<Vec<Self>, GitError> {
        let parents: BTreeMap<&str, &Commit> = list
            .iter()
            .map(|commit| (commit.id.as_str(), commit))
            .collect();
        let inner: BTreeSet<&str> = list
            .iter()
            .flat_map(|commit| commit.parents.iter().map(String::as_str))
            .collect();
        let mut tips: BTreeMap<Vec<u8>, Vec<&str>> = BTreeMap::new();
        for commit in list
            .iter()
            .filter(|commit| !inner.contains(commit.id.as_str()))
        {
            let policy = policy_of(repository, &commit.id)?;
            tips.entry(policy).or_default().push(&commit.id);
        }
        tips.into_values()
            .map(|tips| {
                let reached = reachable(&tips, &parents);
                Ok(Self {
                    tip: tips[0].to_owned(),
                    commits: list
                        .iter()
                        .filter(|commit| reached.contains(commit.id.as_str()))
                        .map(|commit| commit.id.clone())
                        .collect(),
                    attributes: repository.attributes_of_tree(tips[0])?,
                })
            })
            .collect()
    }

    /// The files that may hold sealed values, before and after each commit.
    fn sources(
        &self,
        repository: &Repository,
        judged: &BTreeMap<&str, Vec<Since>>,
    ) -> Result<BTreeSet<Source>, GitError> {
        let mut sources = BTreeSet::new();
        let mut sealed: BTreeMap<&[u8], bool> = BTreeMap::new();
        let changes = self
            .commits
            .iter()
            .flat_map(|commit| &judged[commit.as_str()])
            .flat_map(|since| &since.changes);
        for change in changes {
            let is_sealed = if let Some(known) = sealed.get(&*change.path) {
                *known
            } else {
                let found = repository.attributes(&self.attributes, &change.path, &["filter"])?;
                let ours = found.first() == Some(&Attribute::Value("seal".to_owned()));
                let is_sealed = ours || is_dotenv(&change.path);
                sealed.insert(&change.path, is_sealed);
                is_sealed
            };
            if is_sealed {
                sources.extend(old_source(change));
                sources.extend(new_source(change));
            }
        }
        Ok(sources)
    }

    fn judge(
        &self,
        vault: &mut Vault,
        judged: &BTreeMap<&str, Vec<Since>>,
        known: &Known,
        today: NaiveDate,
        found: &mut Vec<Located>,
    ) -> Result<(), GuardError> {
        let rules = rule_set(vault, &View::Revision(self.tip.clone()))?;
        let text = vault
            .repository()
            .revision_blob(&self.tip, ALLOW_PATH.as_bytes())?;
        let exceptions = Exceptions::read(vault, &text.unwrap_or_default(), today)?;
        let measure = Measure {
            rules: &rules,
            known: &known.values,
            exceptions: &exceptions,
        };
        for commit in &self.commits {
            let state = State::Commit {
                id: commit.clone(),
                tip: self.tip.clone(),
                attributes: self.attributes.clone(),
            };
            found.extend(Guard::new(vault, &state, measure).judge(&judged[commit.as_str()])?);
            found.extend(message(vault.repository(), commit, measure)?);
        }
        Ok(())
    }
}

fn reachable<'a>(tips: &[&'a str], parents: &BTreeMap<&'a str, &'a Commit>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut ahead = tips.to_vec();
    while let Some(id) = ahead.pop() {
        if let Some(commit) = parents.get(id)
            && reached.insert(commit.id.as_str())
        {
            ahead.extend(commit.parents.iter().map(String::as_str));
        }
    }
    reached
}

/// The files of a tree that decide what is judged how, as git lists them.
fn policy_of(repository: &Repository, tip: &str) -> Result<Vec<u8>, GitError> {
    let decides = |path: &[u8]| is_attributes_file(path) || path.starts_with(b".seal/");
    let mut text = Vec::new();
    for entry in repository.tree_entries(tip)? {
        if decides(&entry.path) {
            text.extend_from_slice(&entry.path);
            text.extend_from_slice(format!("\0{}\0", entry.id).as_bytes());
        }
    }
    Ok(text)
}

/// Searches the message of a commit or an annotated tag.
///
/// # Errors
/// When it cannot be read.
pub fn message(
    repository: &Repository,
    id: &str,
    measure: Measure<'_>,
) -> Result<Vec<Located>, GitError> {
    let (_, content) = repository.object(id)?;
    let scanner: Scanner<'_> = measure.scanner();
    Ok(scanner
        .scan(appearances::message_of(&content), b"", None)
        .into_iter()
        .map(|finding| measure.exceptions.locate(MESSAGE, Some(id), finding))
        .collect())
}

fn old_source(change: &Change) -> Option<Source> {
    let old = change.old.as_ref().filter(|old| old.is_file())?;
    Some(Source {
        id: old.id.clone(),
        path: change.path.clone(),
    })
}

fn new_source(change: &Change) -> Option<Source> {
    let new = change.new.as_ref().filter(|new| new.is_file())?;
    Some(Source {
        id: new.id.clone(),
        path: change.path.clone(),
    })
}
