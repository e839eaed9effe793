//! The record: which plain content has which sealed blob, so that a program without the key (a
//! desktop client started from a dock) still gets the right answer to git's many needless clean
//! calls on unchanged content. Holds keyed hashes and blob ids only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::rules::Format;
use crate::core::environment::Environment;
use crate::core::hex;
use crate::core::key::KeyId;
use crate::core::policy::Policy;
use crate::git::objects::ObjectId;
use crate::git::{GitError, Repository};
use crate::keys::store;

/// The most lines that are kept.
const MAX_LINES: usize = 10_000;
/// Larger opaque files are not recorded, in bytes.
pub(super) const MAX_OPAQUE_BYTES: usize = 1 << 20;

/// All that the sealed form of a content depends on.
pub struct Subject<'a> {
    /// Whose key.
    pub environment: &'a Environment,
    /// The environment's current key.
    pub key: KeyId,
    /// In which form.
    pub format: Format,
    /// By which rules; holds the suite.
    pub policy: &'a Policy,
    /// The plain content.
    pub content: &'a [u8],
}

/// The record of one clone.
pub struct Record {
    lines: PathBuf,
    key: PathBuf,
    secret: Option<[u8; 32]>,
    fresh: Vec<String>,
}

impl Record {
    /// The record of this clone; nothing is read yet.
    #[must_use]
    pub fn of(repository: &Repository) -> Self {
        Self::in_common_dir(&repository.layout().common_dir)
    }

    /// The same, by the git directory that all work trees share.
    #[must_use]
    pub fn in_common_dir(common_dir: &Path) -> Self {
        let directory = store::local_directory_in(common_dir);
        Self {
            lines: directory.join("record"),
            key: directory.join("record.key"),
            secret: None,
            fresh: Vec::new(),
        }
    }

    /// The random key of this clone, made where there is none yet; `None` where it cannot be kept.
    pub fn clone_key(&mut self) -> Option<[u8; 32]> {
        if self.read_secret().is_none() {
            self.make_secret().ok()?;
        }
        self.secret
    }

    /// The blob whose content is this subject sealed, if it was ever noted.
    pub fn look_up(&mut self, subject: &Subject<'_>) -> Option<ObjectId> {
        self.read_secret()?;
        let mark = self.mark(subject)?;
        let lines = std::fs::read_to_string(&self.lines).ok()?;
        let line = lines.lines().find(|line| line.starts_with(&mark))?;
        line.split(' ').nth(1)?.parse().ok()
    }

    /// Notes that this subject sealed is that blob; written by [`Record::save`].
    pub fn note(&mut self, subject: &Subject<'_>, blob: &ObjectId) {
        if self.clone_key().is_none() {
            // A read-only repository: the record is a convenience.
            return;
        }
        if let Some(mark) = self.mark(subject) {
            self.fresh.push(format!("{mark} {blob}\n"));
        }
    }

    /// Writes what was noted, each mark once, the oldest lines dropped beyond the limit.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&mut self) -> Result<(), GitError> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        let old = std::fs::read_to_string(&self.lines).unwrap_or_default();
        let mut new: BTreeSet<&str> = self.fresh.iter().map(|line| line.trim_end()).collect();
        for line in old.lines() {
            new.remove(line);
        }
        if new.is_empty() {
            return Ok(());
        }
        let mut lines: Vec<&str> = old.lines().collect();
        lines.extend(&new);
        let kept = &lines[lines.len().saturating_sub(MAX_LINES)..];
        let mut text = kept.join("\n");
        text.push('\n');
        store::write_private(&self.lines, text.as_bytes())?;
        self.fresh.clear();
        Ok(())
    }

    /// Forgets everything: `lock` leaves nothing that tells one content from another.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn forget(&mut self) -> Result<(), GitError> {
        self.fresh.clear();
        self.secret = None;
        for path in [&self.lines, &self.key] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(GitError::File(path.clone(), error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_secret(&mut self) -> Option<[u8; 32]> {
        if self.secret.is_none() {
            self.secret = std::fs::read(&self.key).ok()?.try_into().ok();
        }
        self.secret
    }

    fn make_secret(&mut self) -> Result<(), GitError> {
        let mut secret = [0; 32];
        let failed = |error| GitError::File(self.key.clone(), std::io::Error::other(error));
        getrandom::fill(&mut secret).map_err(failed)?;
        store::write_private(&self.key, &secret)?;
        self.secret = Some(secret);
        Ok(())
    }

    fn mark(&self, subject: &Subject<'_>) -> Option<String> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.secret?).expect("HMAC takes keys of any length");
        let policy = subject.policy.digest();
        let parts: [&[u8]; 5] = [
            subject.environment.as_str().as_bytes(),
            &subject.key.0,
            subject.format.as_str().as_bytes(),
            &policy,
            subject.content,
        ];
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Some(hex::encode(&mac.finalize().into_bytes()))
    }
}
