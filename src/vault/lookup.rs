//! Finding keys by their ids, wherever keys can be. Which of them seals: [`super::sealing`].

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::{LEDGER_PATH, Snapshot, Vault, View};
use crate::core::environment::Environment;
use crate::core::key::KeyId;
use crate::core::ledger::Ledger;
use crate::git::GitError;
use crate::keys::command::Commands;
use crate::keys::{Found, Source, store};

/// How many revisions' ledgers are looked at when a key is missing.
const MAX_REFS: usize = 200;

impl Vault {
    /// Looks for the keys with these ids wherever keys can be: unwrapped from ledgers, by the
    /// environments' commands, unwrapped from the ledgers of all refs.
    ///
    /// # Errors
    /// When git does not answer. That a key is not found is no error.
    pub fn find_keys<'a>(
        &mut self,
        ids: &BTreeSet<KeyId>,
        environments: impl IntoIterator<Item = &'a Environment>,
        view: &View,
    ) -> Result<(), GitError> {
        let mut missing: Vec<KeyId> = ids
            .iter()
            .filter(|id| !self.keyring.holds(**id) && !self.absent.contains(id))
            .copied()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let ledgers = self.near_ledgers(view)?;
        self.unwrap_from(&ledgers, &mut missing);
        self.ask_commands(&missing, environments, &ledgers)?;
        self.unwrap_from(&ledgers, &mut missing);
        // Without any key there is nothing to unwrap with.
        if !missing.is_empty()
            && !self.keyring.is_empty()
            && !std::mem::replace(&mut self.asked_refs, true)
        {
            for revision in self.repository.ref_tips()?.into_iter().take(MAX_REFS) {
                let snapshot = self.snapshot_if_there(&View::Revision(revision))?;
                self.unwrap_from(snapshot.as_slice(), &mut missing);
            }
        }
        self.absent.extend(missing);
        Ok(())
    }

    /// Unwraps every key that the ledgers at hand have, for tokens that name no key.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn find_all_keys(&mut self, view: &View) -> Result<(), GitError> {
        for snapshot in self.near_ledgers(view)? {
            let ledger = snapshot.readable_ledger();
            for key in ledger.unwrap_all(&self.keyring).iter() {
                self.keyring.add(Arc::clone(key));
            }
        }
        Ok(())
    }

    /// The ledgers at hand without a search: the work tree's, the given view's, `HEAD`'s, and this
    /// clone's cache.
    fn near_ledgers(&mut self, view: &View) -> Result<Vec<Arc<Snapshot>>, GitError> {
        let mut near = vec![self.snapshot(&View::WorkTree)?];
        near.push(self.cached_ledger());
        if *view != View::WorkTree {
            near.extend(self.snapshot_if_there(view)?);
        }
        near.extend(self.snapshot_if_there(&View::Revision("HEAD".to_owned()))?);
        Ok(near)
    }

    /// A state that this clone lacks the ledger of (a partial or damaged one) holds no key to look for:
    /// others may.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn snapshot_if_there(&mut self, view: &View) -> Result<Option<Arc<Snapshot>>, GitError> {
        match self.snapshot(view) {
            Err(GitError::Missing(_)) => Ok(None),
            snapshot => snapshot.map(Some),
        }
    }

    fn unwrap_from(&mut self, ledgers: &[Arc<Snapshot>], missing: &mut Vec<KeyId>) {
        for ledger in ledgers
            .iter()
            .filter_map(|snapshot| snapshot.lenient_ledger())
        {
            missing.retain(|id| !self.keyring.holds(*id));
            for key in ledger.unwrap_keys(missing, &self.keyring) {
                self.keyring.add(Arc::clone(&key));
                self.at_hand.found.push(Found {
                    key,
                    source: Source::Ledger,
                });
            }
        }
        missing.retain(|id| !self.keyring.holds(*id));
    }

    fn ask_commands<'a>(
        &mut self,
        missing: &[KeyId],
        environments: impl IntoIterator<Item = &'a Environment>,
        ledgers: &[Arc<Snapshot>],
    ) -> Result<(), GitError> {
        let mut environments: BTreeSet<Environment> = environments.into_iter().cloned().collect();
        for ledger in ledgers
            .iter()
            .filter_map(|snapshot| snapshot.lenient_ledger())
        {
            environments.extend(
                missing
                    .iter()
                    .filter_map(|id| ledger.environment_of(*id).cloned()),
            );
        }
        for environment in environments {
            if !missing.is_empty() {
                self.ask_command(&environment)?;
            }
        }
        Ok(())
    }

    /// Asks the environment's command, once per process.
    ///
    /// # Errors
    /// When git does not answer. A command that fails is a trouble of its source.
    pub fn ask_command(&mut self, environment: &Environment) -> Result<(), GitError> {
        if !self.asked_commands.insert(environment.clone()) {
            return Ok(());
        }
        let before = self.at_hand.found.len();
        let commands = match self.key_commands.take() {
            Some(commands) => commands,
            None => Commands::read(&self.repository)?,
        };
        let asked = commands.ask(&self.repository, environment, &mut self.at_hand);
        self.key_commands = Some(commands);
        asked?;
        for found in &self.at_hand.found[before..] {
            self.keyring.add(Arc::clone(&found.key));
        }
        Ok(())
    }

    fn ledger_cache(&self) -> PathBuf {
        store::local_directory(&self.repository).join("ledger.jsonl")
    }

    /// The text of all ledger entries that this clone has seen.
    pub(super) fn cached_ledger_text(&self) -> Option<Vec<u8>> {
        std::fs::read(self.ledger_cache()).ok()
    }

    /// All ledger entries that this clone has seen. Read each time, for another process may have seen
    /// more; parsed only when that is so.
    #[must_use]
    pub fn cached_ledger(&mut self) -> Arc<Snapshot> {
        let text = self.cached_ledger_text();
        if let Some(known) = &self.cached
            && known.ledger_text == text
        {
            return Arc::clone(known);
        }
        let mut read = self.snapshots.values();
        let ledger = match read.find(|snapshot| snapshot.ledger_text == text) {
            Some(snapshot) => snapshot.ledger.clone(),
            None => Ledger::parse(text.as_deref().unwrap_or_default()),
        };
        let snapshot = Arc::new(Snapshot {
            ledger,
            ledger_text: text,
            config_text: None,
            config: Ok(crate::core::config::Config::default()),
        });
        self.cached = Some(Arc::clone(&snapshot));
        snapshot
    }

    /// The entries of every ledger in this clone: the work tree's, the cache's, those of all refs.
    /// For telling whose key one is; which key seals is the work tree's word alone.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn every_ledger(&mut self) -> Result<Ledger, GitError> {
        let mut all = self.near_ledgers(&View::WorkTree)?;
        for revision in self.repository.ref_tips()?.into_iter().take(MAX_REFS) {
            let found = self.snapshot_if_there(&View::Revision(revision))?;
            let is_new = |found: &Arc<Snapshot>| {
                let mut known = all.iter();
                known.all(|known| known.ledger_text != found.ledger_text)
            };
            if let Some(snapshot) = found.filter(is_new) {
                all.push(snapshot);
            }
        }
        let union = |union: Ledger, next: &Arc<Snapshot>| union.merge(&next.readable_ledger());
        Ok(all.iter().fold(Ledger::default(), union))
    }

    /// Adds a ledger to the clone's cache: an old commit's ledger, once checked out, would
    /// otherwise hide the newer keys and their wrapped predecessors.
    pub(super) fn remember_ledger(&mut self, snapshot: &Snapshot) {
        let (Ok(ledger), Some(text)) = (&snapshot.ledger, &snapshot.ledger_text) else {
            return;
        };
        let cached = self.cached_ledger();
        if cached.ledger_text.as_ref() == Some(text) {
            return;
        }
        let merged = match &cached.ledger {
            Ok(cached) => cached.merge(ledger).to_text(),
            Err(_) => ledger.to_text(),
        };
        if cached.ledger_text.as_deref() != Some(merged.as_bytes()) {
            // The cache is a convenience: a read-only repository works without.
            let _ = store::write_private(&self.ledger_cache(), merged.as_bytes());
        }
    }

    /// Where the ledger stands in the work tree.
    #[must_use]
    pub fn ledger_file(&self) -> Option<PathBuf> {
        Some(self.repository.work_tree()?.join(LEDGER_PATH))
    }
}
