//! The one step in which index and ledger change, and its undoing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Days, Utc};

use super::journal::Running;
use super::{OpenFile, Resealed, RotationError, seal_all};
use crate::core::config::{CONFIG_PATH, Config};
use crate::core::environment::Environment;
use crate::core::key::{KeyId, SealKey};
use crate::core::ledger::{self, Ledger, Meta};
use crate::core::suites::Suite;
use crate::git::index::Entry;
use crate::git::objects::ObjectId;
use crate::git::staging::{self, IndexUpdate};
use crate::git::unfinished;
use crate::git::{GitError, Repository};
use crate::keys::store::local_directory;
use crate::vault::record::{MAX_OPAQUE_BYTES, Subject};
use crate::vault::rules::Format;
use crate::vault::{LEDGER_PATH, Vault, View, crash_point};

/// What is to be done, and what the ledger is to say of it.
pub struct Plan {
    /// Each environment's new key; on disk already.
    pub keys: BTreeMap<Environment, Arc<SealKey>>,
    /// Why.
    pub reason: String,
    /// Whether the replaced keys are known to have leaked.
    pub compromised: bool,
    /// The suite that the repository is to use from now on, where that changes.
    pub suite: Option<Suite>,
    /// `Name <email>`.
    pub who: String,
    /// Now.
    pub now: DateTime<Utc>,
}

/// A rotation worked out and proved, of which nothing is written yet.
pub struct Sealed {
    resealed: Vec<Resealed>,
    ledger: Ledger,
    /// The new entries of the ledger, by environment.
    pub entries: Vec<ledger::Entry>,
}

/// Seals the opened files under the new keys, in memory.
///
/// # Errors
/// When a file cannot be sealed or does not open again, or the ledger takes no entry.
pub fn seal(vault: &mut Vault, files: &[OpenFile], plan: &Plan) -> Result<Sealed, RotationError> {
    let resealed = seal_all(files, &plan.keys)?;
    let (ledger, entries) = append(vault, files, &resealed, plan)?;
    Ok(Sealed {
        resealed,
        ledger,
        entries,
    })
}

/// Stages what was sealed together with the ledger, in one step; gives the files that changed, the
/// ledger not counted. Every new key is to be on disk before.
///
/// # Errors
/// When git or the file system refuses; the index is then as it was.
pub fn commit(
    vault: &mut Vault,
    files: &[OpenFile],
    plan: &Plan,
    sealed: &Sealed,
) -> Result<Vec<Entry>, RotationError> {
    let ledger_text = sealed.ledger.to_text().into_bytes();
    let contents = sealed.resealed.iter().map(|file| file.content.as_slice());
    let config = plan.suite.map(|suite| config_with(vault, suite));
    let mut ours = vec![(LEDGER_PATH, ledger_text)];
    ours.extend(config.transpose()?.map(|text| (CONFIG_PATH, text)));
    let all = contents.chain(ours.iter().map(|(_, text)| text.as_slice()));
    let mut ids = staging::write_blobs(vault.repository(), all)?;
    let our_ids = ids.split_off(files.len());
    crash_point("objects");

    let staged = changed(files, &ids);
    let mut entries = staged.clone();
    for ((path, _), id) in ours.iter().zip(our_ids) {
        entries.push(our_entry(vault.repository(), path, id)?);
    }
    let update = IndexUpdate::prepare(vault.repository(), &entries)?;
    crash_point("locked");

    // The ledger on disk before the index: between the two, the new key seals and both open, as after
    // any merge of a rotation. The other way round, `commit -a` would put the old ledger back.
    sweep(vault);
    if let Some(top) = vault.repository().work_tree() {
        for ((path, text), entry) in ours.iter().zip(&entries[staged.len()..]) {
            if !entry.skip_worktree {
                staging::write_whole(&top.join(path), text)?;
            }
        }
    }
    crash_point("ledger");
    update.commit()?;
    crash_point("index");
    record(vault, files, &ids, plan);
    Ok(staged)
}

/// The ledger that a rotation adds to: the work tree's, with what is staged besides.
///
/// # Errors
/// When a line of either is no entry.
fn base(vault: &mut Vault) -> Result<Ledger, RotationError> {
    let own = vault.snapshot(&View::WorkTree)?.ledger.clone()?;
    let staged = vault.snapshot(&View::Index)?.ledger.clone()?;
    if own.compare_against(&staged).is_empty() {
        Ok(own)
    } else {
        Ok(own.merge(&staged))
    }
}

fn append(
    vault: &mut Vault,
    files: &[OpenFile],
    resealed: &[Resealed],
    plan: &Plan,
) -> Result<(Ledger, Vec<ledger::Entry>), RotationError> {
    let mut ledger = base(vault)?;
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let config = snapshot.usable_config()?;
    let mut entries = Vec::new();
    for (environment, key) in &plan.keys {
        if let Some(known) = brought(&ledger, environment, key.id()) {
            // The rotation was interrupted after the ledger was written.
            entries.push(known.clone());
            continue;
        }
        let heads: BTreeSet<KeyId> = ledger
            .heads(environment)
            .iter()
            .map(|head| head.key_id)
            .collect();
        vault.find_keys(&heads, Some(environment), &View::WorkTree)?;
        let mine = || {
            files
                .iter()
                .zip(resealed)
                .filter(|(file, _)| file.environment == *environment)
        };
        let days = config.environment(environment).rotate_every_days;
        let meta = Meta {
            time: plan.now,
            who: plan.who.clone(),
            reason: plan.reason.clone(),
            files: u32::try_from(mine().count()).unwrap_or(u32::MAX),
            values: mine().fold(0, |sum, (_, sealed)| sum.saturating_add(sealed.values)),
            due: (days > 0)
                .then(|| {
                    plan.now
                        .date_naive()
                        .checked_add_days(Days::new(days.into()))
                })
                .flatten(),
            suite: plan.suite,
        };
        let entry = ledger
            .rotate(environment, key, vault.keyring(), meta, plan.compromised)
            .map_err(|error| RotationError::Append(environment.clone(), error))?;
        ledger = ledger.with(entry.clone());
        entries.push(entry);
    }
    Ok((ledger, entries))
}

/// The entry by which the environment already has this key as its current one.
fn brought<'a>(
    ledger: &'a Ledger,
    environment: &Environment,
    key: KeyId,
) -> Option<&'a ledger::Entry> {
    let is_current = ledger
        .current(environment)
        .is_ok_and(|head| head.key_id == key);
    is_current.then(|| ledger.introduction(key)).flatten()
}

/// The policies with another suite.
fn config_with(vault: &mut Vault, suite: Suite) -> Result<Vec<u8>, RotationError> {
    let text = vault.snapshot(&View::WorkTree)?.config_text.clone();
    let text = String::from_utf8_lossy(text.as_deref().unwrap_or_default()).into_owned();
    Ok(Config::with_suite(&text, suite).into_bytes())
}

fn our_entry(repository: &Repository, path: &str, id: ObjectId) -> Result<Entry, GitError> {
    let spec = format!(":(top,literal){path}");
    let staged = repository.index_entries(&[spec.as_bytes()])?;
    Ok(Entry {
        path: path.as_bytes().to_vec(),
        mode: 0o100_644,
        id,
        stage: 0,
        skip_worktree: staged.first().is_some_and(|entry| entry.skip_worktree),
    })
}

fn changed(files: &[OpenFile], ids: &[ObjectId]) -> Vec<Entry> {
    files
        .iter()
        .zip(ids)
        .filter(|(file, id)| file.entry.id != **id)
        .map(|(file, id)| Entry {
            id: id.clone(),
            ..file.entry.clone()
        })
        .collect()
}

/// So that a client without the new key still gets the right answer on unchanged content.
fn record(vault: &mut Vault, files: &[OpenFile], ids: &[ObjectId], plan: &Plan) {
    for (file, id) in files.iter().zip(ids) {
        let Some(key) = plan.keys.get(&file.environment) else {
            continue;
        };
        if file.format == Format::Opaque && file.plain.len() > MAX_OPAQUE_BYTES {
            continue;
        }
        let subject = Subject {
            environment: &file.environment,
            key: key.id(),
            format: file.format,
            policy: &file.policy,
            content: &file.plain,
        };
        vault.note(&subject, id);
    }
    vault.save();
}

/// Removes what a killed rotation was about to put in the place of the ledger or the policies.
fn sweep(vault: &Vault) {
    let own = vault.ledger_file();
    let own = own.as_deref().and_then(Path::parent);
    unfinished::sweep(&local_directory(vault.repository()));
    own.into_iter().for_each(unfinished::sweep);
}

/// Takes an interrupted rotation back; says whether there was anything to take back: once it is
/// staged, it is git's business.
///
/// # Errors
/// When the ledger cannot be read or written.
pub fn undo(vault: &mut Vault, running: &Running) -> Result<bool, RotationError> {
    sweep(vault);
    let new: BTreeSet<KeyId> = running.keys().map(|(_, id)| id).collect();
    let has_new = |ledger: &Ledger| new.iter().any(|id| ledger.knows(*id));
    if has_new(&vault.snapshot(&View::Index)?.ledger.clone()?) {
        return Ok(false);
    }
    let own = vault.snapshot(&View::WorkTree)?.ledger.clone()?;
    if let Some(file) = vault.ledger_file().filter(|_| has_new(&own)) {
        let text: String = own
            .entries()
            .iter()
            .filter(|entry| !new.contains(&entry.key_id))
            .flat_map(|entry| [entry.to_line(), "\n".to_owned()])
            .collect();
        staging::write_whole(&file, text.as_bytes())?;
        if let (Some(_), Some(top)) = (running.suite(), vault.repository().work_tree())
            && let Some(config) = vault.repository().index_blob(CONFIG_PATH.as_bytes())?
        {
            staging::write_whole(&top.join(CONFIG_PATH), &config)?;
        }
    }
    Ok(true)
}
