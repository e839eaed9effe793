//! Repository to work tree. Never fails: a failing smudge would abort a whole checkout.

use chrono::{DateTime, Utc};

use super::record::Subject;
use super::rules::{Format, Rules};
use super::{Vault, View};
use crate::core::environment::Environment;
use crate::core::file::{self, Place, SealWith, Trouble};
use crate::core::key::KeyId;
use crate::core::policy::Policy;
use crate::core::token::Sighting;
use crate::core::{opaque, suites};
use crate::git::objects::ObjectId;

/// Something that a person should know about a file that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It stays sealed, in whole or in part: a key is not at hand.
    KeyAbsent {
        /// The key, where the token names it.
        key: Option<KeyId>,
        /// The environment that the key or the file belongs to.
        environment: Environment,
        /// When it took the place of a key that is at hand, as the ledger claims.
        since: Option<DateTime<Utc>>,
        /// Whether other keys of that environment are at hand.
        has_others: bool,
    },
    /// Its key is at hand and does not open it.
    NotAuthentic(Option<Place>),
    /// A damaged token.
    Malformed(Option<Place>),
    /// A value stands there in plain text that the policy does not clear.
    Plain(Place),
    /// Something kept the file from being opened at all.
    Failed(String),
}

/// A file for the work tree, and what to say about it.
pub struct Smudged {
    /// The content: opened as far as possible.
    pub content: Vec<u8>,
    /// What to say.
    pub notices: Vec<Notice>,
}

/// What git tells about the blob beside its path (gitattributes, "Long Running Filter Process").
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The tree or commit being checked out.
    pub treeish: Option<String>,
    /// The blob's id.
    pub blob: Option<ObjectId>,
}

impl Vault {
    /// The work-tree form of a file's repository content.
    pub fn smudge(&mut self, path: &[u8], content: Vec<u8>, origin: &Origin) -> Smudged {
        if content.is_empty() {
            return Smudged {
                content,
                notices: Vec::new(),
            };
        }
        // While a branch is checked out, the work tree still holds the old ledger and policy.
        let view = origin
            .treeish
            .clone()
            .map_or(View::WorkTree, View::Revision);
        match suites::sight_file(&content) {
            Sighting::Plain => self.smudge_dotenv(path, content, origin, &view),
            Sighting::Token(token) => {
                let id = token.key_id;
                self.smudge_opaque(path, content, id, origin, &view)
            }
            Sighting::Malformed | Sighting::Embedded => Smudged {
                content,
                notices: vec![Notice::Malformed(None)],
            },
        }
    }

    fn smudge_dotenv(
        &mut self,
        path: &[u8],
        content: Vec<u8>,
        origin: &Origin,
        view: &View,
    ) -> Smudged {
        let ids = file::key_ids(&content);
        let mut notices = Vec::new();
        let environment = self.owner(path, ids.first().copied(), view);
        if let Err(error) = self.find_keys(&ids, Some(&environment), view) {
            notices.push(Notice::Failed(error.to_string()));
        }
        if suites::may_hold_keyless_token(&content)
            && let Err(error) = self.find_all_keys(view)
        {
            notices.push(Notice::Failed(error.to_string()));
        }
        let policy = self.policy_in(view, &environment);
        let opened = file::open(&content, &self.keyring, &policy);
        if !opened.was_sealed {
            return Smudged { content, notices };
        }
        if opened.problems.is_empty() {
            self.note_opened(&environment, &policy, &opened.text, &content, origin, view);
        }
        for problem in opened.problems {
            notices.push(match problem.trouble {
                Trouble::KeyAbsent(key) => self.key_absent(key, &environment, view),
                Trouble::NotAuthentic => Notice::NotAuthentic(Some(problem.place)),
                Trouble::Malformed => Notice::Malformed(Some(problem.place)),
                Trouble::Plain => Notice::Plain(problem.place),
            });
        }
        notices.dedup();
        Smudged {
            content: opened.text.to_vec(),
            notices,
        }
    }

    fn smudge_opaque(
        &mut self,
        path: &[u8],
        content: Vec<u8>,
        id: Option<KeyId>,
        origin: &Origin,
        view: &View,
    ) -> Smudged {
        let environment = self.owner(path, id, view);
        let found = self.find_keys(&id.into_iter().collect(), Some(&environment), view);
        let mut notices: Vec<Notice> = found
            .err()
            .map(|error| Notice::Failed(error.to_string()))
            .into_iter()
            .collect();
        if id.is_none()
            && let Err(error) = self.find_all_keys(view)
        {
            notices.push(Notice::Failed(error.to_string()));
        }
        match opaque::open(&content, &self.keyring) {
            opaque::Opened::Plain(mut plain) => {
                let small = plain.len() <= super::record::MAX_OPAQUE_BYTES;
                if let (true, Some(key), policy) = (small, id, self.policy_in(view, &environment)) {
                    let subject = Subject {
                        environment: &environment,
                        key,
                        format: Format::Opaque,
                        policy: &policy,
                        content: &plain,
                    };
                    if self.is_current(view, &environment, key) {
                        self.note_blob(&subject, &content, origin);
                    }
                }
                return Smudged {
                    content: std::mem::take(&mut *plain),
                    notices,
                };
            }
            opaque::Opened::NotSealed => {}
            opaque::Opened::KeyAbsent(key) => {
                notices.push(self.key_absent(key, &environment, view));
            }
            opaque::Opened::NotAuthentic => notices.push(Notice::NotAuthentic(None)),
        }
        Smudged { content, notices }
    }

    /// The environment that a file belongs to: its key's, else by its attributes. (In a fresh clone
    /// `.env` is smudged before `.gitattributes` exists; wrong attributes are reported when sealing.)
    pub(super) fn owner(&mut self, path: &[u8], key: Option<KeyId>, view: &View) -> Environment {
        if let Some(key) = key
            && let Ok(snapshot) = self.snapshot(view)
            && let Some(known) = snapshot
                .lenient_ledger()
                .and_then(|ledger| ledger.environment_of(key))
        {
            return known.clone();
        }
        match Rules::of(&self.repository, path) {
            Ok(Ok(rules)) => rules.environment,
            _ => Environment::default_name(),
        }
    }

    fn policy_in(&mut self, view: &View, environment: &Environment) -> Policy {
        let snapshot = self.snapshot(view).ok();
        snapshot
            .and_then(|snapshot| Some(snapshot.config.as_ref().ok()?.policy(environment)))
            .unwrap_or_default()
    }

    fn is_current(&mut self, view: &View, environment: &Environment, key: KeyId) -> bool {
        self.snapshot(view).is_ok_and(|snapshot| {
            let ledger = snapshot.lenient_ledger();
            ledger
                .and_then(|ledger| ledger.current(environment).ok())
                .is_some_and(|entry| entry.key_id == key)
        })
    }

    fn key_absent(&mut self, key: Option<KeyId>, environment: &Environment, view: &View) -> Notice {
        let snapshot = self.snapshot(view).ok();
        let ledger = snapshot
            .as_ref()
            .and_then(|snapshot| snapshot.lenient_ledger());
        let has_others = ledger.is_some_and(|ledger| {
            self.keyring
                .iter()
                .any(|held| ledger.environment_of(held.id()) == Some(environment))
        });
        let brought = ledger
            .zip(key)
            .and_then(|(ledger, key)| ledger.introduction(key));
        Notice::KeyAbsent {
            key,
            environment: environment.clone(),
            since: brought
                .filter(|entry| !entry.previous.is_empty())
                .map(|entry| entry.time),
            has_others,
        }
    }

    /// Remembers a blob that sealing its own plain text would give again.
    fn note_opened(
        &mut self,
        environment: &Environment,
        policy: &Policy,
        plain: &[u8],
        sealed: &[u8],
        origin: &Origin,
        view: &View,
    ) {
        let Ok(snapshot) = self.snapshot(view) else {
            return;
        };
        let Some(current) = snapshot
            .lenient_ledger()
            .and_then(|ledger| ledger.current(environment).ok())
        else {
            return;
        };
        let Some(key) = self
            .keyring
            .get(current.key_id, current.commitment)
            .cloned()
        else {
            return;
        };
        let with = SealWith {
            key: Some(&key),
            keyring: &self.keyring,
            policy,
            accepted: &std::collections::BTreeSet::new(),
        };
        if file::seal(plain, &with).is_ok_and(|again| again == sealed) {
            let subject = Subject {
                environment,
                key: key.id(),
                format: Format::Dotenv,
                policy,
                content: plain,
            };
            self.note_blob(&subject, sealed, origin);
        }
    }

    fn note_blob(&mut self, subject: &Subject<'_>, sealed: &[u8], origin: &Origin) {
        if self.stays_sealed(subject.environment) {
            return;
        }
        match &origin.blob {
            Some(blob) => self.record.note(subject, blob),
            None => self.note(subject, sealed),
        }
    }
}
