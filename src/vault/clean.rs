//! Work tree to repository.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::record::{MAX_OPAQUE_BYTES, Subject};
use super::rules::{AutoLineEnds, BadRules, Format, LineEnds, Rules};
use super::{NoSealingKey, Origin, Vault, View};
use crate::core::config::BadConfig;
use crate::core::environment::Environment;
use crate::core::file::{self, Place, SealWith};
use crate::core::policy::Policy;
use crate::core::textconv::{first_mask, is_masked};
use crate::core::token::Sighting;
use crate::core::{opaque, suites};
use crate::git::objects::ObjectId;
use crate::git::{GitError, Repository};

/// Why a file cannot be sealed. Holds names and line numbers, never values.
#[derive(Debug)]
pub enum CleanError {
    /// Its attributes do not allow it.
    Rules(BadRules),
    /// `.seal/config.toml` cannot be used.
    Config(BadConfig),
    /// The current key is not at hand.
    NoKey {
        /// The environment of the file.
        environment: Environment,
        /// What would have to be sealed; empty for an opaque file.
        places: Vec<Place>,
        /// Why there is no key.
        why: NoSealingKey,
    },
    /// A mask stands where a value belongs.
    Mask(Place),
    /// A line of the file cannot be sealed.
    File(file::SealError),
    /// The opaque file cannot be sealed.
    Opaque(opaque::SealError),
    /// Git did not answer.
    Git(GitError),
}

impl From<GitError> for CleanError {
    fn from(error: GitError) -> Self {
        Self::Git(error)
    }
}

impl Vault {
    /// The sealed form of a file's work-tree content: a pure function of content, key and policy.
    ///
    /// # Errors
    /// When it cannot be sealed; nothing plain gets through.
    pub fn clean(&mut self, path: &[u8], content: Vec<u8>) -> Result<Vec<u8>, CleanError> {
        if content.is_empty() {
            return Ok(content);
        }
        let rules = Rules::of(&self.repository, path)?.map_err(CleanError::Rules)?;
        let content = Zeroizing::new(content);
        match rules.format {
            // What `git blame` asks about; sealed, every line would look changed. A commit of it is
            // refused: it is not sealed.
            Format::Dotenv if is_masked(&content) => Ok(content.to_vec()),
            Format::Dotenv => match first_mask(&content) {
                // Sealed, it would take the place of the value, and nobody would see it.
                Some(place) => Err(CleanError::Mask(place)),
                None => self.clean_dotenv(path, content, &rules),
            },
            Format::Opaque => self.clean_opaque(path, content, &rules),
        }
    }

    /// The rules by which an environment's files are sealed.
    ///
    /// # Errors
    /// When `.seal/config.toml` cannot be used.
    pub fn policy(&mut self, environment: &Environment) -> Result<Policy, CleanError> {
        let snapshot = self.snapshot(&View::WorkTree)?;
        let config = snapshot.usable_config().map_err(CleanError::Config)?;
        Ok(config.policy(environment))
    }

    fn clean_dotenv(
        &mut self,
        path: &[u8],
        mut content: Zeroizing<Vec<u8>>,
        rules: &Rules,
    ) -> Result<Vec<u8>, CleanError> {
        if will_be_normalised(&self.repository, path, rules.line_ends, &content)? {
            normalise_line_ends(&mut content);
        }
        let environment = &rules.environment;
        let policy = self.policy(environment)?;
        let key = self.sealing_key(environment)?;
        let ids = file::key_ids(&content);
        self.find_keys(&ids, Some(environment), &View::WorkTree)?;
        let accepted = self.accepted(path, &content, file::keyless_tokens)?;
        let with = SealWith {
            key: key.as_deref().ok(),
            keyring: &self.keyring,
            policy: &policy,
            accepted: &accepted,
        };
        match file::seal(&content, &with) {
            Ok(sealed) => {
                if let Ok(key) = &key {
                    let subject = Subject {
                        environment,
                        key: key.id(),
                        format: Format::Dotenv,
                        policy: &policy,
                        content: &content,
                    };
                    self.note_sealed(&subject, &sealed);
                }
                Ok(sealed)
            }
            Err(file::SealError::NoKey(places)) => {
                let Err(why) = key else {
                    return Err(CleanError::File(file::SealError::NoKey(places)));
                };
                self.known_form(path, environment, Format::Dotenv, &policy, &content)?
                    .ok_or_else(|| CleanError::NoKey {
                        environment: environment.clone(),
                        places,
                        why,
                    })
            }
            Err(error) => Err(CleanError::File(error)),
        }
    }

    fn clean_opaque(
        &mut self,
        path: &[u8],
        mut content: Zeroizing<Vec<u8>>,
        rules: &Rules,
    ) -> Result<Vec<u8>, CleanError> {
        let environment = &rules.environment;
        let policy = self.policy(environment)?;
        let key = self.sealing_key(environment)?;
        if let Sighting::Token(token) = suites::sight_file(&content) {
            let ids = token.key_id.into_iter().collect();
            self.find_keys(&ids, Some(environment), &View::WorkTree)?;
        }
        let whole = |staged: &[u8]| BTreeSet::from([staged.to_vec()]);
        let accepted = self.accepted(path, &content, whole)?;
        let with = SealWith {
            key: key.as_deref().ok(),
            keyring: &self.keyring,
            policy: &policy,
            accepted: &accepted,
        };
        // Sealing takes the place of what was plain.
        let plain = (content.len() <= MAX_OPAQUE_BYTES).then(|| content.clone());
        match opaque::seal(&mut content, &with) {
            Ok(()) => {
                if let (Ok(key), Some(plain)) = (&key, plain.filter(|plain| *plain != content)) {
                    let subject = Subject {
                        environment,
                        key: key.id(),
                        format: Format::Opaque,
                        policy: &policy,
                        content: &plain,
                    };
                    self.note_sealed(&subject, &content);
                }
                Ok(std::mem::take(&mut *content))
            }
            Err(opaque::SealError::NoKey) => {
                let Err(why) = key else {
                    return Err(CleanError::Opaque(opaque::SealError::NoKey));
                };
                self.known_form(path, environment, Format::Opaque, &policy, &content)?
                    .ok_or_else(|| CleanError::NoKey {
                        environment: environment.clone(),
                        places: Vec::new(),
                        why,
                    })
            }
            Err(error) => Err(CleanError::Opaque(error)),
        }
    }

    /// Tokens that name no key and may stay although no key at hand opens them: those that are
    /// staged at this path already. All keys that can be unwrapped are looked for first.
    fn accepted(
        &mut self,
        path: &[u8],
        content: &[u8],
        tokens: impl Fn(&[u8]) -> BTreeSet<Vec<u8>>,
    ) -> Result<BTreeSet<Vec<u8>>, GitError> {
        if !suites::may_hold_keyless_token(content) {
            return Ok(BTreeSet::new());
        }
        self.find_all_keys(&View::WorkTree)?;
        Ok(self
            .repository
            .index_blob(path)?
            .map(|staged| tokens(&staged))
            .unwrap_or_default())
    }

    /// Remembers what a content was sealed as; large opaque files are not worth it.
    pub(super) fn note_sealed(&mut self, subject: &Subject<'_>, sealed: &[u8]) {
        if subject.format == Format::Opaque && subject.content.len() > MAX_OPAQUE_BYTES {
            return;
        }
        let blob = self.repository.object_format().blob_id(sealed);
        self.note(subject, &blob);
    }

    pub(super) fn note(&mut self, subject: &Subject<'_>, blob: &ObjectId) {
        // Where nothing of it is plain on disk there is nothing to recognise again.
        if !self.stays_sealed(subject.environment) {
            self.record.note(subject, blob);
        }
    }

    /// The sealed form of a content that needs no sealing, for when no key may seal: what this clone
    /// recorded, or what is staged, where that opens to the same. Without it no `git checkout` would
    /// lead away from a ledger that somebody tampered with.
    fn known_form(
        &mut self,
        path: &[u8],
        environment: &Environment,
        format: Format,
        policy: &Policy,
        content: &[u8],
    ) -> Result<Option<Vec<u8>>, CleanError> {
        if let Some(recorded) = self.recorded(environment, format, policy, content)? {
            return Ok(Some(recorded));
        }
        let Some(staged) = self.repository.index_blob(path)? else {
            return Ok(None);
        };
        let opened = self
            .smudge(path, staged.clone(), &Origin::default())
            .content;
        Ok((*opened == content && *opened != staged).then_some(staged))
    }

    /// The sealed form of a content that this clone has seen before.
    fn recorded(
        &mut self,
        environment: &Environment,
        format: Format,
        policy: &Policy,
        content: &[u8],
    ) -> Result<Option<Vec<u8>>, CleanError> {
        let snapshot = self.snapshot(&View::WorkTree)?;
        let current = snapshot
            .lenient_ledger()
            .and_then(|ledger| ledger.current(environment).ok());
        let Some(key) = current.map(|entry| entry.key_id) else {
            return Ok(None);
        };
        let subject = Subject {
            environment,
            key,
            format,
            policy,
            content,
        };
        let Some(blob) = self.record.look_up(&subject) else {
            return Ok(None);
        };
        // The blob may have been pruned since: then nothing is known after all.
        Ok(self.repository.blob(&blob).ok())
    }
}

/// Whether git will turn CR LF into LF when it adds the sealed text. Then the filter does it first
/// over the whole text, or multi-line values would differ between platforms.
fn will_be_normalised(
    repository: &Repository,
    path: &[u8],
    line_ends: LineEnds,
    content: &[u8],
) -> Result<bool, GitError> {
    if memchr::memmem::find(content, b"\r\n").is_none() {
        return Ok(false);
    }
    let automatic = match line_ends {
        LineEnds::Normalised => return Ok(true),
        LineEnds::Kept => return Ok(false),
        LineEnds::Auto(AutoLineEnds::Attribute) => true,
        LineEnds::Auto(AutoLineEnds::Configuration) => {
            matches!(
                repository.config("core.autocrlf")?.as_deref(),
                Some("true" | "input" | "yes" | "on" | "1")
            )
        }
    };
    // Git leaves files alone whose staged form already has CR LF (`has_crlf_in_index`).
    Ok(automatic
        && repository
            .index_blob(path)?
            .is_none_or(|staged| memchr::memmem::find(&staged, b"\r\n").is_none()))
}

/// Takes every CR before an LF away, not one of several as git does: what is left would be one line
/// end more to take away the next time, and the file would look changed for ever.
fn normalise_line_ends(content: &mut Vec<u8>) {
    let mut out = Vec::with_capacity(content.len());
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(text) => {
                let end = text.iter().rposition(|byte| *byte != b'\r');
                out.extend_from_slice(&text[..end.map_or(0, |last| last + 1)]);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    zeroize::Zeroize::zeroize(content);
    *content = out;
}
