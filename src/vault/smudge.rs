//! Repository to work tree. Never fails: a failing smudge would abort a whole checkout.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::record::{MAX_OPAQUE_BYTES, Subject};
use super::rules::{Format, Rules};
use super::{Vault, View};
use crate::core::environment::Environment;
use crate::core::file::{self, Place, SealWith, Trouble};
use crate::core::key::{KeyId, SealKey};
use crate::core::policy::Policy;
use crate::core::suites::Arriving;
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
    pub content: Zeroizing<Vec<u8>>,
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

impl Origin {
    fn view(&self) -> View {
        let treeish = self.treeish.clone();
        treeish.map_or(View::WorkTree, View::Revision)
    }
}

impl Smudged {
    pub(super) fn silent(content: Vec<u8>) -> Self {
        Self {
            content: Zeroizing::new(content),
            notices: Vec::new(),
        }
    }
}

/// What a content is, as far as can be seen without a key.
enum Seen {
    Dotenv(BTreeSet<KeyId>),
    Opaque(Option<KeyId>),
    Damaged,
}

impl Seen {
    fn of(content: &[u8]) -> Self {
        match suites::sight_file(content) {
            Sighting::Plain => Self::Dotenv(file::key_ids(content)),
            Sighting::Token(token) => Self::Opaque(token.key_id),
            Sighting::Malformed | Sighting::Embedded => Self::Damaged,
        }
    }

    fn key(&self) -> Option<KeyId> {
        match self {
            Self::Dotenv(ids) => ids.first().copied(),
            Self::Opaque(id) => *id,
            Self::Damaged => None,
        }
    }
}

/// Where a file comes from and whose it is.
struct Scene<'a> {
    origin: &'a Origin,
    /// While a branch is checked out, the work tree still holds the old ledger and policy.
    view: &'a View,
    environment: &'a Environment,
}

impl Vault {
    /// Files of more bytes are opened while they arrive: the record, which needs them whole, leaves them
    /// out.
    pub const LARGE_BYTES: usize = MAX_OPAQUE_BYTES;

    /// What a checkout puts into the work tree: opened, unless the environment's files stay sealed
    /// here.
    pub fn check_out(&mut self, path: &[u8], content: Vec<u8>, origin: &Origin) -> Smudged {
        self.smudge_unless(path, content, origin, Self::stays_sealed)
    }

    /// Starts to open a large sealed file of which this is the beginning, while the rest arrives;
    /// `None`, and nothing has changed, where it is for [`Vault::check_out`] to say what becomes of
    /// it.
    pub fn start_check_out(
        &mut self,
        path: &[u8],
        beginning: &mut Vec<u8>,
        origin: &Origin,
    ) -> Option<Arriving> {
        let view = origin.view();
        let Seen::Opaque(Some(id)) = Seen::of(beginning) else {
            return None;
        };
        let environment = self.owner(path, Some(id), &view);
        if self.stays_sealed(&environment) {
            return None;
        }
        let ids = BTreeSet::from([id]);
        self.find_keys(&ids, Some(&environment), &view).ok()?;
        let mut keys = self.keyring.iter().filter(|key| key.id() == id);
        Arriving::start(keys.next()?, beginning)
    }

    /// The work-tree form of a file's repository content.
    pub fn smudge(&mut self, path: &[u8], content: Vec<u8>, origin: &Origin) -> Smudged {
        self.smudge_unless(path, content, origin, |_, _| false)
    }

    fn smudge_unless(
        &mut self,
        path: &[u8],
        content: Vec<u8>,
        origin: &Origin,
        stays: impl Fn(&mut Self, &Environment) -> bool,
    ) -> Smudged {
        if content.is_empty() {
            return Smudged::silent(content);
        }
        let view = origin.view();
        let seen = Seen::of(&content);
        let environment = self.owner(path, seen.key(), &view);
        if stays(self, &environment) {
            return Smudged::silent(content);
        }
        let scene = Scene {
            origin,
            view: &view,
            environment: &environment,
        };
        match seen {
            Seen::Dotenv(ids) => self.smudge_dotenv(content, &ids, &scene),
            Seen::Opaque(id) => self.smudge_opaque(content, id, &scene),
            Seen::Damaged => Smudged {
                notices: vec![Notice::Malformed(None)],
                ..Smudged::silent(content)
            },
        }
    }

    fn smudge_dotenv(
        &mut self,
        content: Vec<u8>,
        ids: &BTreeSet<KeyId>,
        scene: &Scene<'_>,
    ) -> Smudged {
        let &Scene {
            environment, view, ..
        } = scene;
        let mut notices = Vec::new();
        if let Err(error) = self.find_keys(ids, Some(environment), view) {
            notices.push(Notice::Failed(error.to_string()));
        }
        if suites::may_hold_keyless_token(&content)
            && let Err(error) = self.find_all_keys(view)
        {
            notices.push(Notice::Failed(error.to_string()));
        }
        let policy = self.policy_in(view, environment);
        let current = self.current_key(view, environment);
        let with = SealWith::new(current.as_deref(), &self.keyring, &policy);
        let (opened, seals_back) = file::open_to_seal_again(&content, &with);
        if !opened.was_sealed {
            return Smudged {
                notices,
                ..Smudged::silent(content)
            };
        }
        if let Some(key) = current.filter(|_| opened.problems.is_empty() && seals_back) {
            let subject = Subject {
                environment,
                key: key.id(),
                format: Format::Dotenv,
                policy: &policy,
                content: &opened.text,
            };
            let blob = self.blob_id(&content, scene.origin);
            self.note(&subject, &blob);
        }
        for problem in opened.problems {
            notices.push(match problem.trouble {
                Trouble::KeyAbsent(key) => self.key_absent(key, environment, view),
                Trouble::NotAuthentic => Notice::NotAuthentic(Some(problem.place)),
                Trouble::Malformed => Notice::Malformed(Some(problem.place)),
                Trouble::Plain => Notice::Plain(problem.place),
            });
        }
        notices.dedup();
        Smudged {
            content: opened.text,
            notices,
        }
    }

    fn smudge_opaque(&mut self, content: Vec<u8>, id: Option<KeyId>, scene: &Scene<'_>) -> Smudged {
        let &Scene {
            origin,
            environment,
            view,
        } = scene;
        let found = self.find_keys(&id.into_iter().collect(), Some(environment), view);
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
        let key = id.filter(|key| self.is_current(view, environment, *key));
        // Opening takes the place of what was sealed.
        let blob = key
            .filter(|_| content.len() <= MAX_OPAQUE_BYTES)
            .map(|_| self.blob_id(&content, origin));
        let mut content = Zeroizing::new(content);
        match opaque::open_in_place(&mut content, &self.keyring) {
            opaque::Opened::Plain(()) => {
                if let Some((key, blob)) = key.zip(blob) {
                    let policy = self.policy_in(view, environment);
                    let subject = Subject {
                        environment,
                        key,
                        format: Format::Opaque,
                        policy: &policy,
                        content: &content,
                    };
                    self.note(&subject, &blob);
                }
            }
            opaque::Opened::NotSealed => {}
            opaque::Opened::KeyAbsent(key) => {
                notices.push(self.key_absent(key, environment, view));
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

    /// The policy of an environment; the default where policies cannot be used.
    pub(super) fn policy_in(&mut self, view: &View, environment: &Environment) -> Policy {
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

    /// The current key of an environment as a view has it, if it is at hand.
    fn current_key(&mut self, view: &View, environment: &Environment) -> Option<Arc<SealKey>> {
        let snapshot = self.snapshot(view).ok()?;
        let current = snapshot.lenient_ledger()?.current(environment).ok()?;
        self.keyring
            .get(current.key_id, current.commitment)
            .cloned()
    }

    fn blob_id(&self, sealed: &[u8], origin: &Origin) -> ObjectId {
        let told = origin.blob.clone();
        told.unwrap_or_else(|| self.repository.object_format().blob_id(sealed))
    }
}
