//! One line of the ledger: its fields, its one spelling, its id.
//!
//! Knows nothing of other entries, and holds no key: what is in an entry is public.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use hmac::{Hmac, Mac as _};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::canonical;
use super::fields::{self, BadEntry, Fields, time_text};
use crate::core::environment::Environment;
use crate::core::hex;
use crate::core::key::{Commitment, KeyId, SealKey};

/// SHA-256 of an entry's canonical body: the entry without `id` and `macs`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub [u8; 32]);

impl EntryId {
    pub(super) fn of(body: &str) -> Self {
        Self(Sha256::digest(body.as_bytes()).into())
    }

    /// The first twelve hex digits, for people.
    #[must_use]
    pub fn short(self) -> String {
        hex::encode(&self.0[..6])
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryId({})", self.short())
    }
}

impl FromStr for EntryId {
    type Err = BadEntryId;

    fn from_str(text: &str) -> Result<Self, BadEntryId> {
        hex::decode(text).map(Self).ok_or(BadEntryId)
    }
}

/// A text that is not 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry id is 64 lower-case hex digits")]
pub struct BadEntryId;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An environment got its first key.
    Create,
    /// An environment got a new key; those before are retired.
    Rotate,
    /// Something a later version does; kept as it is. It changes no key.
    Other(String),
}

impl Event {
    /// The word written in the ledger.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Create => "create",
            Self::Rotate => "rotate",
            Self::Other(word) => word,
        }
    }

    /// Whether the entry brings a key of its own.
    #[must_use]
    pub fn introduces_key(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

impl From<String> for Event {
    fn from(word: String) -> Self {
        match word.as_str() {
            "create" => Self::Create,
            "rotate" => Self::Rotate,
            _ => Self::Other(word),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One event. Made by [`Entry::parse`], [`super::Ledger::create`] and [`super::Ledger::rotate`];
/// a copy whose fields were changed no longer fits its id, and its line is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// SHA-256 of the canonical body.
    pub id: EntryId,
    /// The heads of the environment before this entry, sorted.
    pub parents: Vec<EntryId>,
    /// When, in whole seconds. A claim of whoever wrote the entry.
    pub time: DateTime<Utc>,
    /// Whose key this is about.
    pub environment: Environment,
    /// What happened.
    pub event: Event,
    /// The key that is current after the event.
    pub key_id: KeyId,
    /// That key's commitment.
    pub commitment: Commitment,
    /// The keys that the event retired, sorted.
    pub previous: Vec<KeyId>,
    /// Why, in the words of whoever did it.
    pub reason: String,
    /// `Name <email>`, git's identity. A claim.
    pub who: String,
    /// How many files were sealed again.
    pub files: u32,
    /// How many values were sealed again.
    pub values: u32,
    /// The last day on which the key is not overdue; absent where no rotation is demanded.
    pub due: Option<NaiveDate>,
    /// Whether the keys retired here are known to have leaked.
    pub compromised: bool,
    /// The suite used from here on, where the event changed it.
    pub suite: Option<String>,
    /// Retired keys as tokens under the new key, by id.
    pub wrapped: BTreeMap<KeyId, String>,
    /// HMAC-SHA256 of the id, by the key whose ledger sub-key made it.
    pub macs: BTreeMap<KeyId, [u8; 32]>,
    /// Fields of later versions, covered by the id.
    pub(super) unknown: Map<String, Value>,
}

impl Entry {
    /// Reads a line, without its line end, which must be spelled canonically byte for byte.
    ///
    /// # Errors
    /// When the line is no well-formed entry or does not fit its id. MACs are not looked at.
    pub fn parse(line: &[u8]) -> Result<Self, BadEntry> {
        let map: Map<String, Value> =
            serde_json::from_slice(line).map_err(|_| BadEntry::NotJson)?;
        if canonical::object(&map)?.as_bytes() != line {
            return Err(BadEntry::NotCanonical);
        }
        Self::from_fields(Fields(map))
    }

    /// The entry's line, without a line end.
    #[must_use]
    pub fn to_line(&self) -> String {
        self.write().1
    }

    /// Whether the MAC under this key is there and right (compared in constant time).
    #[must_use]
    pub fn bears_mac_of(&self, key: &SealKey) -> bool {
        self.macs
            .get(&key.id())
            .is_some_and(|mac| self.hmac(key).verify_slice(mac).is_ok())
    }

    /// Computes the id and the MACs under `keys`.
    pub(super) fn sign(&mut self, keys: &[&SealKey]) {
        self.id = self.write().0;
        self.macs = keys
            .iter()
            .map(|key| (key.id(), self.hmac(key).finalize().into_bytes().into()))
            .collect();
    }

    fn hmac(&self, key: &SealKey) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(key.ledger_mac())
            .expect("HMAC takes a key of any length (RFC 2104)")
            .chain_update(self.id.0)
    }

    /// The id that fits the body, and the whole line.
    fn write(&self) -> (EntryId, String) {
        const EXACT: &str = "every number was checked or is a u32";
        let mut map = self.body();
        let body = canonical::object(&map).expect(EXACT);
        let macs = fields::pairs(&self.macs, |mac| hex::encode(mac));
        map.insert("id".to_owned(), self.id.to_string().into());
        map.insert("macs".to_owned(), macs);
        let line = canonical::object(&map).expect(EXACT);
        (EntryId::of(&body), line)
    }

    fn body(&self) -> Map<String, Value> {
        let mut map = self.unknown.clone();
        let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
        put("v", FORMAT_VERSION.into());
        put("parents", fields::list(&self.parents));
        put("time", time_text(self.time).into());
        put("environment", self.environment.as_str().into());
        put("event", self.event.as_str().into());
        put("key_id", self.key_id.to_string().into());
        put("commitment", hex::encode(&self.commitment.0).into());
        put("previous", fields::list(&self.previous));
        put("reason", self.reason.as_str().into());
        put("who", self.who.as_str().into());
        put("files", self.files.into());
        put("values", self.values.into());
        put("compromised", self.compromised.into());
        put("wrapped", fields::pairs(&self.wrapped, Clone::clone));
        if let Some(due) = self.due {
            put("due", due.to_string().into());
        }
        if let Some(suite) = &self.suite {
            put("suite", suite.as_str().into());
        }
        map
    }

    fn from_fields(mut fields: Fields) -> Result<Self, BadEntry> {
        if fields
            .0
            .get("v")
            .is_some_and(|version| *version != FORMAT_VERSION)
        {
            return Err(BadEntry::Version);
        }
        let id = fields.parsed("id", |text| text.parse().ok())?;
        let macs = fields.by_key("macs", hex::decode)?;
        let fitting = EntryId::of(&canonical::object(&fields.0)?);
        fields.count("v")?;
        let entry = Self {
            id,
            parents: fields.sorted("parents", |text| text.parse().ok())?,
            time: fields.parsed("time", fields::time)?,
            environment: fields.parsed("environment", |text| text.parse().ok())?,
            event: fields.text("event")?.into(),
            key_id: fields.parsed("key_id", |text| text.parse().ok())?,
            commitment: fields.parsed("commitment", |text| hex::decode(text).map(Commitment))?,
            previous: fields.sorted("previous", |text| text.parse().ok())?,
            reason: fields.text("reason")?,
            who: fields.text("who")?,
            files: fields.count("files")?,
            values: fields.count("values")?,
            due: fields.optional("due", fields::date)?,
            compromised: fields.flag("compromised")?,
            suite: fields.optional("suite", |text| Some(text.to_owned()))?,
            wrapped: fields.by_key("wrapped", |text| Some(text.to_owned()))?,
            macs,
            unknown: fields.0,
        };
        if fitting == id {
            Ok(entry)
        } else {
            Err(BadEntry::WrongId)
        }
    }
}

/// The version of the format written in `v`.
const FORMAT_VERSION: u32 = 1;
