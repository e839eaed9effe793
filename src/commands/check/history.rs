//! `git seal check --all-history`: every blob of every ref, once, on all cores, and every message.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::NaiveDate;

use crate::core::key::Keyring;
use crate::core::scan::{Finding, Options, Scanner};
use crate::failure::Failure;
use crate::git::appearances::{self, Appearance, StoredOrder};
use crate::git::attributes::{Attribute, AttributesFrom};
use crate::git::objects::ObjectId;
use crate::git::{GitError, Repository};
use crate::ui::Ui;
use crate::vault::guard::range::{MESSAGE, values_sealed_here};
use crate::vault::guard::{
    ALLOW_PATH, Exceptions, FORGED_TOKEN, GuardError, Known, Located, is_dotenv, past, rule_set,
};
use crate::vault::{Vault, View};

use crate::commands::scan::scan_stream;

/// Larger blobs are searched piece by piece.
const MAX_WHOLE_BYTES: usize = 8 << 20;
/// The most blobs that a thread takes at a time, each time with a new child of git's.
const MAX_BLOBS_AT_ONCE: usize = 2000;

/// Where a blob stands or stood: at the first path that is protected today, and at the first that
/// is not.
#[derive(Default)]
struct Standpoints {
    protected: Option<Appearance>,
    open: Option<Appearance>,
}

/// What judges a blob.
#[derive(Clone, Copy)]
struct Judges<'a> {
    scanner: Scanner<'a>,
    keyring: &'a Keyring,
}

/// What was found in a blob, and where it stood.
type Found<'a> = (&'a Appearance, Vec<Finding>);

/// Judges all history.
///
/// # Errors
/// When an object is missing, or git does not answer.
pub fn judge(
    vault: &mut Vault,
    today: NaiveDate,
    ui: &Ui,
) -> Result<(Vec<Located>, Known), Failure> {
    let order = StoredOrder::list(vault.repository());
    let known = values_sealed_here(vault)?;
    let rules = rule_set(vault, &View::WorkTree)?;
    let text = vault.repository().index_blob(ALLOW_PATH.as_bytes())?;
    let exceptions = Exceptions::read(vault, &text.unwrap_or_default(), today)?;
    vault.find_all_keys(&View::WorkTree)?;
    let keyring = vault.keyring();
    let repository = vault.repository();
    let blobs = order.sort(blobs(repository)?)?;
    let scanner = Scanner::new(&rules, Some(&known.values), Options::default());
    let bar = progress(blobs.len(), ui);
    let mut in_messages = Vec::new();
    let messages = || {
        appearances::each_message(repository, |commit, message| {
            let findings = scanner.scan(message, b"", None);
            let locate = |finding| exceptions.locate(MESSAGE, Some(commit), finding);
            in_messages.extend(findings.into_iter().map(locate));
        })
    };
    let judges = Judges { scanner, keyring };
    let mut found = scan_all(repository.home(), &blobs, judges, &bar, messages)?;
    bar.finish_and_clear();
    found.sort_by_key(|(place, _)| *place);
    let mut located = Vec::new();
    let mut told = BTreeSet::new();
    for (place, findings) in found {
        let commit = place.commit.as_deref();
        // What stays through a hundred versions of a file is one finding.
        let is_new = |finding: &Finding| {
            let rule = finding.rule.to_string();
            let name = finding.excerpt.clone();
            match finding.rule.as_str() {
                FORGED_TOKEN => told.insert((place.path.clone(), rule, name, None)),
                _ if finding.plain.is_empty() => true,
                _ => {
                    let secret = Some(finding.plain.clone());
                    told.insert((place.path.clone(), rule, String::new(), secret))
                }
            }
        };
        let findings = findings.into_iter().filter(is_new);
        located.extend(findings.map(|one| exceptions.locate(&place.path, commit, one)));
    }
    located.extend(in_messages);
    Ok((located, known))
}

fn progress(length: usize, ui: &Ui) -> indicatif::ProgressBar {
    if ui.can_ask() {
        indicatif::ProgressBar::new(length as u64)
    } else {
        indicatif::ProgressBar::hidden()
    }
}

/// Every blob that a ref reaches, with its standpoints.
fn blobs(repository: &Repository) -> Result<BTreeMap<ObjectId, Standpoints>, GuardError> {
    let from = if repository.work_tree().is_some() {
        AttributesFrom::WorkTree
    } else {
        repository.attributes_of_tree("HEAD")?
    };
    let mut blobs: BTreeMap<ObjectId, Standpoints> = BTreeMap::new();
    let mut protected: BTreeMap<Vec<u8>, bool> = BTreeMap::new();
    let mut failure = None;
    appearances::each_appearance(repository, |id, appearance| {
        let known = protected.get(&appearance.path).copied();
        let is_protected =
            known.map_or_else(|| is_protected(repository, &from, &appearance.path), Ok);
        match is_protected {
            Ok(is_protected) => {
                if known.is_none() {
                    protected.insert(appearance.path.clone(), is_protected);
                }
                let points = blobs.entry(id).or_default();
                let point = if is_protected {
                    &mut points.protected
                } else {
                    &mut points.open
                };
                point.get_or_insert(appearance);
            }
            Err(error) => failure = Some(error),
        }
    })?;
    failure.map_or(Ok(blobs), |error| Err(error.into()))
}

/// Whether a path is protected today, by attribute or by name.
fn is_protected(
    repository: &Repository,
    from: &AttributesFrom,
    path: &[u8],
) -> Result<bool, GitError> {
    if path.is_empty() {
        return Ok(false);
    }
    let filter = repository.attributes(from, path, &["filter"])?;
    Ok(match filter.first() {
        Some(Attribute::Value(name)) if name == "seal" => true,
        Some(Attribute::Unspecified) => is_dotenv(path),
        _ => false,
    })
}

/// Searches all blobs, a thread for each core, each with a child of git's that reads; and does
/// something else beside them.
fn scan_all<'a>(
    home: &Path,
    blobs: &'a [(ObjectId, Standpoints)],
    judges: Judges<'_>,
    bar: &indicatif::ProgressBar,
    beside: impl FnOnce() -> Result<(), GitError>,
) -> Result<Vec<Found<'a>>, GitError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let (done, results) = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| scan_some(home, blobs, &next, judges, bar)))
            .collect();
        let done = beside();
        let results: Vec<Result<Vec<Found<'a>>, GitError>> = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or(Err(GitError::Nonsense("cat-file"))))
            .collect();
        (done, results)
    });
    done?;
    let mut found = Vec::new();
    for result in results {
        found.extend(result?);
    }
    Ok(found)
}

fn scan_some<'a>(
    home: &Path,
    blobs: &'a [(ObjectId, Standpoints)],
    next: &AtomicUsize,
    judges: Judges<'_>,
    bar: &indicatif::ProgressBar,
) -> Result<Vec<Found<'a>>, GitError> {
    let mut found = Vec::new();
    let mut buffer = Vec::new();
    let length = (blobs.len() / 8).clamp(1, MAX_BLOBS_AT_ONCE);
    loop {
        let start = next.fetch_add(length, Ordering::Relaxed).min(blobs.len());
        let some = &blobs[start..blobs.len().min(start + length)];
        if some.is_empty() {
            return Ok(found);
        }
        let ids: Vec<&ObjectId> = some.iter().map(|(id, _)| id).collect();
        appearances::read_blobs(home, &ids, |number, size, content| {
            bar.inc(1);
            let points = &some[number].1;
            scan_blob(points, size, content, judges, &mut buffer, &mut found)
        })?;
    }
}

fn scan_blob<'a>(
    points: &'a Standpoints,
    size: usize,
    content: &mut dyn Read,
    judges: Judges<'_>,
    buffer: &mut Vec<u8>,
    found: &mut Vec<Found<'a>>,
) -> std::io::Result<()> {
    if size > MAX_WHOLE_BYTES {
        // A protected file of this size is refused when it is committed; its text is searched here.
        if let Some(place) = points.open.as_ref().or(points.protected.as_ref()) {
            found.push((place, scan_stream(judges.scanner, content, &place.path)?));
        }
        return Ok(());
    }
    buffer.clear();
    content.read_to_end(buffer)?;
    let sealed = |place| {
        let forged = past::forged(buffer, judges.keyring);
        let findings = past::unsealed(buffer).into_iter().chain(forged);
        (place, findings.collect())
    };
    let secrets = |place: &'a Appearance| (place, judges.scanner.scan(buffer, &place.path, None));
    let both = [
        points.protected.as_ref().map(sealed),
        points.open.as_ref().map(secrets),
    ];
    let is_something = |found: &Found<'_>| !found.1.is_empty();
    found.extend(both.into_iter().flatten().filter(is_something));
    Ok(())
}
