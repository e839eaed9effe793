//! Where a command runs: in a repository with all its sources of keys, or outside of any with those
//! of the environment.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{DotenvFile, Wish};
use crate::commands::setup::work_tree;
use crate::core::environment::Environment;
use crate::core::exchange;
use crate::core::file::{self, SealWith, Trouble};
use crate::core::key::{Keyring, SealKey};
use crate::core::policy::Policy;
use crate::core::printable::{printable, reason};
use crate::core::suites;
use crate::core::token::Sighting;
use crate::failure::{Failure, Outcome, ways_to_give};
use crate::git::{GitError, paths};
use crate::keys::{AtHand, SourceTrouble};
use crate::vault::rules::{Filter, Rules};
use crate::vault::{CleanError, Notice, Origin, Vault};

/// A repository, or none.
pub struct Place {
    vault: Option<Vault>,
    at_hand: AtHand,
    keyring: Keyring,
}

impl Place {
    /// The repository that git would use here, or no repository.
    ///
    /// # Errors
    /// When there is one and it cannot be opened.
    pub fn open() -> Result<Self, Failure> {
        let vault = match Vault::open() {
            Ok(vault) => Some(vault),
            Err(GitError::NotARepository | GitError::NoGit(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let at_hand = match vault {
            Some(_) => AtHand::default(),
            None => AtHand::from_environment(),
        };
        Ok(Self {
            keyring: at_hand.keyring(),
            vault,
            at_hand,
        })
    }

    /// The repository, if there is one.
    pub fn vault_mut(&mut self) -> Option<&mut Vault> {
        self.vault.as_mut()
    }

    /// All keys found so far.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        self.vault.as_ref().map_or(&self.keyring, Vault::keyring)
    }

    /// What was wrong with sources of keys.
    #[must_use]
    pub fn troubles(&self) -> &[SourceTrouble] {
        let outside = || self.at_hand.troubles.as_slice();
        self.vault.as_ref().map_or_else(outside, Vault::troubles)
    }

    /// Reads a file of the disk, or as it is staged where a sparse checkout left it out, and opens
    /// it in memory as far as the keys at hand allow.
    ///
    /// # Errors
    /// When it cannot be read, or is no dotenv file.
    pub fn read(&mut self, wish: &Wish) -> Result<DotenvFile, Failure> {
        let repository_path = self.repository_path(&wish.path);
        let stored = match std::fs::read(&wish.path) {
            Ok(content) => Zeroizing::new(content),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let staged = self.staged(repository_path.as_deref())?;
                Zeroizing::new(staged.ok_or_else(|| unreadable(&wish.path, &error))?)
            }
            Err(error) => return Err(unreadable(&wish.path, &error)),
        };
        let mut file = DotenvFile::unread(wish, repository_path);
        if suites::sight_file(&stored) != Sighting::Plain {
            return Err(Failure::usage(format!(
                "{}: it is sealed as a whole and has no variables",
                file.shown()
            ))
            .hint("open it with `git seal decrypt`"));
        }
        file.was_sealed = exchange::recognise(&stored) == Some(exchange::Form::Dotenv);
        (file.text, file.notices) = self.opened(&file, &stored);
        file.stored = stored;
        Ok(file)
    }

    /// The same for a file to change: one that is not there yet is empty.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read_or_new(&mut self, wish: &Wish) -> Result<DotenvFile, Failure> {
        let repository_path = self.repository_path(&wish.path);
        let is_there = std::fs::symlink_metadata(&wish.path).is_ok();
        if is_there || self.staged(repository_path.as_deref())?.is_some() {
            return self.read(wish);
        }
        if let Some(vault) = &self.vault {
            work_tree(vault.repository())?;
        }
        let mut file = DotenvFile::unread(wish, repository_path);
        // What stays sealed on disk is sealed from the beginning.
        if let (Some(rules), Some(vault)) = (self.rules_of(&file)?, &mut self.vault) {
            file.was_sealed = vault.stays_sealed(&rules.environment);
        }
        Ok(file)
    }

    fn opened(&mut self, file: &DotenvFile, stored: &[u8]) -> (Zeroizing<Vec<u8>>, Vec<Notice>) {
        if !file.was_sealed {
            return (Zeroizing::new(stored.to_vec()), Vec::new());
        }
        if let Some(vault) = &mut self.vault {
            let path = file.name();
            let smudged = vault.smudge(&path, stored.to_vec(), &Origin::default());
            return (smudged.content, smudged.notices);
        }
        let opened = file::open(stored, &self.keyring, &Policy::default());
        let notices = opened
            .problems
            .into_iter()
            .map(|problem| match problem.trouble {
                Trouble::KeyAbsent(key) => Notice::KeyAbsent {
                    key,
                    environment: file.environment.clone(),
                    since: None,
                    has_others: !self.keyring.is_empty(),
                },
                Trouble::NotAuthentic => Notice::NotAuthentic(Some(problem.place)),
                Trouble::Malformed => Notice::Malformed(Some(problem.place)),
                Trouble::Plain => Notice::Plain(problem.place),
            });
        (opened.text, notices.collect())
    }

    /// The path from the top of the work tree, if it lies in it.
    fn repository_path(&self, path: &Path) -> Option<Vec<u8>> {
        self.vault.as_ref()?.repository().relative(path).ok()
    }

    /// What is staged at a path.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn staged(&self, path: Option<&[u8]>) -> Result<Option<Vec<u8>>, Failure> {
        match (&self.vault, path) {
            (Some(vault), Some(path)) => Ok(vault.repository().index_blob(path)?),
            _ => Ok(None),
        }
    }

    /// The environment of a file and the rules by which it is sealed.
    ///
    /// # Errors
    /// When git does not answer, or `.seal/config.toml` cannot be used.
    pub fn policy_of(&mut self, file: &DotenvFile) -> Result<(Environment, Policy), Failure> {
        let environment = match self.rules_of(file)? {
            Some(rules) => rules.environment,
            None => file.environment.clone(),
        };
        let policy = match &mut self.vault {
            Some(vault) => vault
                .policy(&environment)
                .map_err(|error| Failure::sealing(&file.name(), error))?,
            None => Policy::default(),
        };
        Ok((environment, policy))
    }

    /// The rules of a file that git hands to our filter.
    fn rules_of(&self, file: &DotenvFile) -> Result<Option<Rules>, Failure> {
        let (Some(vault), Some(path)) = (&self.vault, &file.repository_path) else {
            return Ok(None);
        };
        let rules = Rules::of(vault.repository(), path)?.ok();
        Ok(rules.filter(|rules| rules.filter == Filter::Ours))
    }

    /// The environment for which git seals a file, if it does.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn sealed_for(&self, file: &DotenvFile) -> Result<Option<Environment>, Failure> {
        Ok(self.rules_of(file)?.map(|rules| rules.environment))
    }

    /// Whether git would commit a file as it stands on disk, in plain text.
    ///
    /// # Errors
    /// When its attributes make no sense, or git does not answer.
    pub fn commits_plain(&self, file: &DotenvFile) -> Result<bool, Failure> {
        let (Some(vault), Some(path)) = (&self.vault, &file.repository_path) else {
            return Ok(false);
        };
        let rules = Rules::of(vault.repository(), path)?
            .map_err(|bad| Failure::sealing(path, CleanError::Rules(bad)))?;
        if file.was_sealed || rules.filter == Filter::Ours {
            return Ok(false);
        }
        Ok(vault
            .repository()
            .ignored(std::slice::from_ref(path))?
            .is_empty())
    }

    /// The key that seals a file: its environment's current one, or outside a repository the one
    /// that its tokens name.
    ///
    /// # Errors
    /// When it is not at hand.
    pub fn key_of(&mut self, file: &DotenvFile) -> Result<Arc<SealKey>, Failure> {
        if let (Some(rules), Some(vault)) = (self.rules_of(file)?, &mut self.vault) {
            let environment = rules.environment;
            return vault
                .sealing_key(&environment)?
                .map_err(|why| Failure::no_sealing_key(&environment, &why));
        }
        let ids = file::key_ids(&file.stored);
        let named = ids.iter().flat_map(|id| self.keyring().with_id(*id)).next();
        named.cloned().ok_or_else(|| {
            Failure::new(
                Outcome::NoKey,
                format!("{}: the key that seals it is not at hand", file.shown()),
            )
            .hint(ways_to_give(&file.environment))
        })
    }

    /// The sealed form of a file's new plain text.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn seal(&mut self, file: &DotenvFile, text: &[u8]) -> Result<Vec<u8>, Failure> {
        if self.rules_of(file)?.is_some()
            && let Some(vault) = &mut self.vault
        {
            return vault
                .clean(&file.name(), text.to_vec())
                .map_err(|error| Failure::sealing(&file.name(), error));
        }
        let key = self.key_of(file)?;
        let policy = Policy::default();
        file::seal(text, &SealWith::new(Some(&key), self.keyring(), &policy))
            .map_err(|error| Failure::sealing(&file.name(), CleanError::File(error)))
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let path = printable(&paths::to_bytes(path.as_os_str()));
    Failure::usage(format!("{path}: {}", reason(error)))
}
