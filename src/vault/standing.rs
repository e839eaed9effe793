//! How the protected files of a repository stand, and the keys of its environments.

use chrono::{DateTime, Utc};

use super::rules::{BadRules, Format, Rules};
use super::{Notice, Origin, Vault, View};
use crate::core::environment::Environment;
use crate::core::form::Form;
use crate::core::ledger::{KeyStatus, Ledger};
use crate::core::printable::printable;
use crate::core::standing::{
    EnvironmentStanding, FileStanding, KeyUse, OnDisk, Unreadable, status_word,
};
use crate::git::GitError;
use crate::git::index::Entry;
use crate::keys::{Source, store};

impl Vault {
    /// How each of these entries of the index stands; the stages of a conflict count as one file.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn files_standing(&mut self, entries: &[Entry]) -> Result<Vec<FileStanding>, GitError> {
        let snapshot = self.snapshot(&View::WorkTree)?;
        let ledger = snapshot.readable_ledger();
        let mut files: Vec<FileStanding> = Vec::new();
        for entry in entries.iter().filter(|entry| entry.is_file()) {
            if files.last().is_none_or(|last| last.path != entry.path) {
                files.push(self.file_standing(&ledger, entry)?);
            }
        }
        Ok(files)
    }

    fn file_standing(&mut self, ledger: &Ledger, entry: &Entry) -> Result<FileStanding, GitError> {
        let mut file = FileStanding::new(&entry.path);
        let rules = match Rules::of(&self.repository, &entry.path)? {
            Ok(rules) => rules,
            Err(bad) => {
                file.unreadable = Some(match bad {
                    BadRules::OpaqueText => Unreadable::OpaqueText,
                    bad => Unreadable::Attributes(printable(bad.to_string().as_bytes())),
                });
                return Ok(file);
            }
        };
        let environment = rules.environment.clone();
        file.environment = Some(environment.clone());
        // That the policies cannot be used is said once, not file by file.
        let policy = self.policy_in(&View::WorkTree, &environment);
        let form = |content: &[u8]| match rules.format {
            Format::Dotenv => Form::of_dotenv(content, &policy),
            Format::Opaque => Form::of_opaque(content),
        };
        let committed = self.repository.revision_blob("HEAD", &entry.path);
        match committed {
            Err(GitError::Missing(_)) => {}
            committed => file.head = committed?.map(|content| form(&content)),
        }
        if entry.stage != 0 {
            file.unreadable = Some(Unreadable::Conflict);
            file.on_disk = OnDisk::Changed;
            return Ok(file);
        }
        let staged = match self.repository.blob(&entry.id) {
            Err(GitError::Missing(id)) => {
                file.unreadable = Some(Unreadable::Missing(id));
                return Ok(file);
            }
            staged => staged?,
        };
        let index = form(&staged);
        let is_sound = !ledger.is_empty() && ledger.damage().is_empty();
        self.find_keys(&index.keys, Some(&environment), &View::WorkTree)?;
        file.keys = index
            .keys
            .iter()
            .map(|id| KeyUse {
                id: *id,
                status: match ledger.status_of(&environment, *id) {
                    // Without a sound ledger nothing is known of any key; that is said once.
                    KeyStatus::Unknown if !is_sound => "untold",
                    status => status_word(&status),
                },
                at_hand: self.keyring.holds(*id),
            })
            .collect();
        file.index = Some(index);
        let opened = self.smudge(&entry.path, staged, &Origin::default());
        for notice in &opened.notices {
            match notice {
                Notice::NotAuthentic(_) => file.is_authentic = false,
                Notice::KeyAbsent { key: None, .. } => file.is_keyless_closed = true,
                _ => {}
            }
        }
        if !entry.skip_worktree {
            file.on_disk = self.on_disk(entry)?;
        }
        Ok(file)
    }

    /// The environments of the ledger, their keys and dates. A damaged ledger gives what can be read
    /// of it.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn environments_standing(
        &mut self,
        now: DateTime<Utc>,
    ) -> Result<Vec<EnvironmentStanding>, GitError> {
        let snapshot = self.snapshot(&View::WorkTree)?;
        let ledger = snapshot.readable_ledger();
        let config = snapshot.config.clone().unwrap_or_default();
        let dues = ledger.due(|environment| config.rotation_policy(environment), now);
        let mut standings = Vec::new();
        for due in dues {
            let environment: Environment = due.environment.clone();
            let wanted = std::iter::once(due.key_id).collect();
            self.find_keys(&wanted, Some(&environment), &View::WorkTree)?;
            let found = self.at_hand.found.iter();
            let homes: Vec<&Source> = found
                .filter(|found| found.key.id() == due.key_id)
                .map(|found| &found.source)
                .collect();
            let only_here = !homes.is_empty()
                && homes
                    .iter()
                    .all(|source| matches!(source, Source::Store(_)));
            standings.push(EnvironmentStanding {
                sources: homes
                    .iter()
                    .map(|source| printable(source.to_string().as_bytes()))
                    .collect(),
                has_second_home: !only_here || store::has_second_home(&self.repository, due.key_id),
                environment,
                due,
            });
        }
        Ok(standings)
    }
}
