//! `git seal check --all-history`: every blob of every ref, once, on all cores.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rayon::prelude::*;

use crate::core::gitattributes;
use crate::core::scan::allow::{AllowList, Secret, Verdict};
use crate::core::scan::{Finding, Options, RuleSet, Scanner};
use crate::failure::{Failure, Outcome};
use crate::git::attributes::{Attribute, AttributesFrom};
use crate::git::objects::ObjectId;
use crate::git::{GitError, Repository, command, paths};
use crate::ui::Ui;
use crate::vault::Vault;
use crate::vault::guard::range::values_of_index;
use crate::vault::guard::{
    ALLOW_PATH, GuardError, Known, Located, Standing, allow_key, unsealed_in_history,
};

/// A blob, and a path where it stands or stood.
struct Blob {
    id: ObjectId,
    path: Vec<u8>,
}

/// Judges all history.
///
/// # Errors
/// When an object is missing, or git does not answer.
pub fn run(
    vault: &mut Vault,
    rules: &RuleSet,
    today: NaiveDate,
    ui: &Ui,
) -> Result<(Vec<Located>, Known), Failure> {
    let shallow = vault
        .repository()
        .layout()
        .common_dir
        .join("shallow")
        .exists();
    if shallow {
        return Err(Failure::new(
            Outcome::Unknown,
            "this clone is shallow: its history cannot be told",
        )
        .hint("`git fetch --unshallow`"));
    }
    let known = values_of_index(vault)?;
    let blobs = blobs(vault.repository())?;
    let allow_text = vault
        .repository()
        .index_blob(ALLOW_PATH.as_bytes())?
        .unwrap_or_default();
    let allow = AllowList::parse(&allow_text).map_err(GuardError::Allow)?;
    let key = allow_key(vault)?;
    let protected = protected_paths(vault.repository(), &blobs)?;
    let scanner = Scanner::new(rules, Some(&known.values), Options::default());
    let bar = progress(blobs.len(), ui);
    let found: Result<Vec<(usize, Vec<Finding>)>, GitError> = (0..blobs.len())
        .into_par_iter()
        .map_init(Repository::discover, |repository, number| {
            let repository = repository
                .as_ref()
                .map_err(|error| GitError::Refused(error.to_string()))?;
            let blob = &blobs[number];
            let content = repository.blob(&blob.id)?;
            bar.inc(1);
            let findings = if protected[number] {
                unsealed_in_history(&content)
            } else {
                scanner.scan(&content, &blob.path, None)
            };
            Ok((number, findings))
        })
        .filter(|result: &Result<(usize, Vec<Finding>), GitError>| {
            result.as_ref().map_or(true, |found| !found.1.is_empty())
        })
        .collect();
    bar.finish_and_clear();
    let mut located = Vec::new();
    for (number, findings) in found? {
        let blob = &blobs[number];
        let commit = first_commit_with(vault.repository(), &blob.id)?;
        for finding in findings {
            let secret = key.as_ref().map_or(Secret::NoKey, |key| {
                Secret::Known(finding.fingerprint(key, &blob.path))
            });
            let standing = match allow.verdict(finding.rule.as_str(), &blob.path, secret, today) {
                Verdict::Allowed(_) => Standing::Allowed,
                Verdict::AllowedNotVerified(_) => Standing::AllowedNotVerified,
                Verdict::Expired(_) => Standing::Expired,
                Verdict::No => Standing::Open,
            };
            located.push(Located {
                path: blob.path.clone(),
                commit: commit.clone(),
                finding,
                standing,
            });
        }
    }
    Ok((located, known))
}

fn progress(length: usize, ui: &Ui) -> indicatif::ProgressBar {
    if ui.can_ask() {
        indicatif::ProgressBar::new(length as u64)
    } else {
        indicatif::ProgressBar::hidden()
    }
}

/// Every blob that a ref reaches, once, with one of its paths.
fn blobs(repository: &Repository) -> Result<Vec<Blob>, Failure> {
    let mut git = repository.git();
    git.args([
        "rev-list",
        "--objects",
        "--all",
        "--filter=object:type=blob",
        "--no-object-names",
        "--filter-provided-objects",
    ]);
    let ids = command::output(&mut git)?;
    let wanted: std::collections::HashSet<&str> = std::str::from_utf8(&ids)
        .unwrap_or_default()
        .lines()
        .collect();
    let mut git = repository.git();
    git.args(["rev-list", "--objects", "--all"]);
    let listing = command::output(&mut git)?;
    let mut blobs = BTreeMap::new();
    for line in listing.split(|byte| *byte == b'\n') {
        let Some(at) = memchr::memchr(b' ', line) else {
            continue;
        };
        let Ok(id) = std::str::from_utf8(&line[..at]) else {
            continue;
        };
        if wanted.contains(id)
            && let Ok(id) = id.parse::<ObjectId>()
        {
            blobs.entry(id).or_insert_with(|| line[at + 1..].to_vec());
        }
    }
    Ok(blobs
        .into_iter()
        .map(|(id, path)| Blob { id, path })
        .collect())
}

/// Which blobs stood at paths that are protected today, by attribute or by name.
fn protected_paths(repository: &Repository, blobs: &[Blob]) -> Result<Vec<bool>, GitError> {
    let from = if repository.work_tree().is_some() {
        AttributesFrom::WorkTree
    } else {
        repository.attributes_of_tree("HEAD")?
    };
    let mut known: BTreeMap<&[u8], bool> = BTreeMap::new();
    blobs
        .iter()
        .map(|blob| {
            if let Some(known) = known.get(blob.path.as_slice()) {
                return Ok(*known);
            }
            let filter = repository.attributes(&from, &blob.path, &["filter"])?;
            let by_name = gitattributes::is_dotenv_name(paths::file_name(&blob.path));
            let protected = match filter.first() {
                Some(Attribute::Value(name)) if name == "seal" => true,
                Some(Attribute::Unspecified) => by_name,
                _ => false,
            };
            known.insert(&blob.path, protected);
            Ok(protected)
        })
        .collect()
}

/// The commit that brought a blob.
fn first_commit_with(repository: &Repository, id: &ObjectId) -> Result<Option<String>, GitError> {
    let mut git = repository.git();
    git.args([
        "log",
        "--all",
        "--format=%H",
        &format!("--find-object={id}"),
    ]);
    let text = command::output(&mut git)?;
    Ok(String::from_utf8_lossy(&text)
        .lines()
        .last()
        .map(str::to_owned))
}
