//! Values over time: what a version of a file holds, comparable without being kept readable, and
//! since which commit each value is what it is. Sealing a value anew is no change.

use std::collections::BTreeMap;
use std::rc::Rc;

use sha2::{Digest as _, Sha256};

use super::dotenv::{self, Document};
use super::file::address;
use super::key::{KeyId, Keyring};
use super::suites;
use super::token::{Address, Kind, Sighting, Token};

/// A value without its quotes, blanks and inline comment: the text that a loader would find, escapes
/// untouched.
#[must_use]
pub fn content(secret: &[u8]) -> &[u8] {
    if let Some(quoted) = dotenv::quoted(secret) {
        return quoted.inner;
    }
    let end = secret
        .iter()
        .enumerate()
        .position(|(at, byte)| *byte == b'#' && (at == 0 || dotenv::is_blank(secret[at - 1])))
        .unwrap_or(secret.len());
    secret[..end].trim_ascii()
}

/// SHA-256 of a value's [`content`], to compare with; kept in memory only.
pub type Digest256 = [u8; 32];

/// How a value stands in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Readable for everyone.
    Plain,
    /// Sealed, and opened with this key.
    Sealed(KeyId),
    /// Sealed under a key that is not at hand, or cut; the digest is the token's.
    Closed(Option<KeyId>),
    /// Sealed, and the key at hand does not open it: nobody's value. The digest is the token's.
    Forged,
}

/// One value of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Of the plain value, or of the token if that does not open.
    pub digest: Digest256,
    /// How it stands there.
    pub held: Held,
    /// Number of its line, from 1.
    pub line: usize,
    /// Whether there is nothing in it.
    pub empty: bool,
}

/// The values of one version by name; an opaque file has one, with the empty name. Of a name that
/// is assigned twice, the last counts.
pub type Version = BTreeMap<Vec<u8>, Value>;

/// Whether two values are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// They are.
    Same,
    /// They are not.
    Different,
    /// One was sealed under another key, and cannot be opened.
    Unknown,
}

impl Value {
    /// Compares two values of one name.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Comparison {
        let is_closed = |value: &Self| matches!(value.held, Held::Closed(_));
        match (is_closed(self), is_closed(other)) {
            (false, false) if self.digest == other.digest => Comparison::Same,
            (false, false) => Comparison::Different,
            _ if self.digest == other.digest && self.held == other.held => Comparison::Same,
            // Sealing is deterministic: one key never gives two tokens for one value.
            (true, true) if self.held == other.held && self.held != Held::Closed(None) => {
                Comparison::Different
            }
            _ => Comparison::Unknown,
        }
    }
}

/// Reads a version: opens what the keys at hand open.
#[must_use]
pub fn version(text: &[u8], is_opaque: bool, keyring: &Keyring) -> Version {
    if let Sighting::Token(token) = suites::sight_file(text) {
        let opened = |key: &_| suites::open_file(key, &token).ok();
        let value = sealed_value(&token, 1, keyring, opened, false);
        return Version::from([(Vec::new(), value)]);
    }
    if is_opaque {
        let value = Value {
            digest: Sha256::digest(text).into(),
            held: Held::Plain,
            line: 1,
            empty: text.is_empty(),
        };
        return Version::from([(Vec::new(), value)]);
    }
    let mut values = Version::new();
    for line in &Document::split(text).lines {
        let (Some(name), Some(address)) = (line.name(), address(line)) else {
            continue;
        };
        let value = match suites::sight(line.secret) {
            Sighting::Token(token) => dotenv_value(&token, address, line.number, keyring),
            Sighting::Plain => {
                let plain = content(line.secret);
                Value {
                    digest: Sha256::digest(plain).into(),
                    held: Held::Plain,
                    line: line.number,
                    empty: plain.is_empty(),
                }
            }
            Sighting::Malformed | Sighting::Embedded => Value {
                digest: Sha256::digest(line.secret).into(),
                held: Held::Closed(None),
                line: line.number,
                empty: false,
            },
        };
        values.insert(name.to_vec(), value);
    }
    values
}

fn dotenv_value(token: &Token<'_>, address: Address<'_>, line: usize, keyring: &Keyring) -> Value {
    debug_assert_eq!(address.kind, Kind::Value);
    let opened = |key: &_| suites::open(key, address, token).ok();
    sealed_value(token, line, keyring, opened, true)
}

fn sealed_value(
    token: &Token<'_>,
    line: usize,
    keyring: &Keyring,
    open: impl Fn(&super::key::SealKey) -> Option<zeroize::Zeroizing<Vec<u8>>>,
    is_value: bool,
) -> Value {
    let opened = token
        .keys(keyring)
        .find_map(|key| Some((key.id(), open(key)?)));
    match opened {
        Some((key, plain)) => {
            let plain = if is_value { content(&plain) } else { &plain };
            Value {
                digest: Sha256::digest(plain).into(),
                held: Held::Sealed(key),
                line,
                empty: plain.is_empty(),
            }
        }
        None => Value {
            digest: Sha256::digest(token.text).into(),
            held: match token.key_id {
                Some(key) if keyring.holds(key) => Held::Forged,
                key => Held::Closed(key),
            },
            line,
            empty: false,
        },
    }
}

/// Since when a value is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin<C> {
    /// The commit that gave the value.
    pub commit: C,
    /// Whether it surely changed there; otherwise it may be older.
    pub certain: bool,
}

/// A file's values at one commit, each with its origin.
pub type Traced<C> = BTreeMap<Vec<u8>, (Value, Origin<C>)>;

/// The values of a new version: those that a parent has keep their origin, the others came with
/// this commit. `parents` are the same file in each parent that has it, the first parent first;
/// `elsewhere` are files that this commit deleted: a file that moved keeps its ages.
#[must_use]
pub fn trace<C: Clone>(
    version: Version,
    commit: &C,
    is_boundary: bool,
    parents: &[Rc<Traced<C>>],
    elsewhere: &[Rc<Traced<C>>],
) -> Traced<C> {
    let before = if parents.is_empty() {
        elsewhere
    } else {
        parents
    };
    version
        .into_iter()
        .map(|(name, value)| {
            let origin = origin(&name, &value, commit, is_boundary, before);
            (name, (value, origin))
        })
        .collect()
}

fn origin<C: Clone>(
    name: &[u8],
    value: &Value,
    commit: &C,
    is_boundary: bool,
    before: &[Rc<Traced<C>>],
) -> Origin<C> {
    let mut certain = !is_boundary;
    for (old, origin) in before.iter().filter_map(|traced| traced.get(name)) {
        match value.compare(old) {
            Comparison::Same => return origin.clone(),
            Comparison::Different => {}
            Comparison::Unknown => certain = false,
        }
    }
    Origin {
        commit: commit.clone(),
        certain,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::core::file::{SealWith, seal};
    use crate::core::key::{MasterKey, SealKey};
    use crate::core::policy::Policy;

    fn key(byte: u8) -> Arc<SealKey> {
        Arc::new(SealKey::derive(MasterKey::from_bytes([byte; 32])))
    }

    fn ring(keys: &[u8]) -> Keyring {
        let mut ring = Keyring::new();
        keys.iter().for_each(|byte| ring.add(key(*byte)));
        ring
    }

    fn sealed(text: &str, byte: u8) -> Vec<u8> {
        let (key, ring, policy) = (key(byte), ring(&[byte]), Policy::default());
        let with = SealWith::new(Some(&key), &ring, &policy);
        seal(text.as_bytes(), &with).expect("seals")
    }

    /// The commits since which the variables are what they are, `?` where it is not certain.
    fn ages(versions: &[Vec<u8>], keyring: &Keyring) -> Vec<(String, String)> {
        let mut last: Option<Rc<Traced<usize>>> = None;
        for (commit, text) in versions.iter().enumerate() {
            let before: Vec<_> = last.into_iter().collect();
            let version = version(text, false, keyring);
            last = Some(Rc::new(trace(version, &commit, false, &before, &[])));
        }
        last.expect("a version")
            .iter()
            .map(|(name, (_, origin))| {
                let mark = if origin.certain { "" } else { "?" };
                let name = String::from_utf8_lossy(name).into_owned();
                (name, format!("{}{mark}", origin.commit))
            })
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        expected.iter().map(own).collect()
    }

    #[test]
    fn a_rotation_is_no_change_and_an_edit_within_one_is() {
        let versions = [
            b"A=1\nB=2\n".to_vec(),
            sealed("A=1\nB=2\n", 1),
            sealed("A=1\nB=3\n", 2),
            sealed("A=1 # why\nB=\"3\"\n", 2),
        ];
        assert_eq!(
            ages(&versions, &ring(&[1, 2])),
            pairs(&[("A", "0"), ("B", "2")])
        );
    }

    #[test]
    fn without_a_key_only_what_one_key_sealed_twice_can_be_told() {
        let versions = [
            sealed("A=1\nB=2\nC=3\n", 1),
            sealed("A=1\nB=5\nC=3\n", 1),
            sealed("A=1\nB=5\n", 2),
        ];
        let closed = ages(&versions[..2], &Keyring::new());
        assert_eq!(closed, pairs(&[("A", "0"), ("B", "1"), ("C", "0")]));
        let after = ages(&versions, &ring(&[2]));
        assert_eq!(after, pairs(&[("A", "2?"), ("B", "2?")]));
    }

    #[test]
    fn a_damaged_version_in_between_leaves_nothing_uncertain() {
        let sound = sealed("A=1\nB=2\n", 1);
        let mut damaged = sound.clone();
        let at = damaged.len() - 3;
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        let versions = [sound.clone(), damaged, sound];
        let told = ages(&versions, &ring(&[1]));
        assert_eq!(told, pairs(&[("A", "0"), ("B", "2")]));
    }

    #[test]
    fn a_merge_takes_each_value_from_the_side_that_has_it() {
        let at = |text: &str, commit: usize, before: &[Rc<Traced<usize>>]| {
            let version = version(text.as_bytes(), false, &Keyring::new());
            Rc::new(trace(version, &commit, false, before, &[]))
        };
        let base = at("A=1\nB=1\n", 0, &[]);
        let ours = at("A=2\nB=1\n", 1, &[Rc::clone(&base)]);
        let theirs = at("A=1\nB=2\n", 2, &[base]);
        let merged = at("A=2\nB=2\nC=9\n", 3, &[ours, theirs]);
        let origins: Vec<usize> = merged.values().map(|(_, origin)| origin.commit).collect();
        assert_eq!(origins, [1, 2, 3]);
    }

    #[test]
    fn a_file_that_moves_keeps_its_ages_and_a_shallow_end_is_not_certain() {
        let version = |text: &str| version(text.as_bytes(), false, &Keyring::new());
        let first = Rc::new(trace(version("A=1\n"), &0, true, &[], &[]));
        assert!(!first[b"A".as_slice()].1.certain);
        let moved = trace(version("A=1\nB=1\n"), &1, false, &[], &[first]);
        assert_eq!(moved[b"A".as_slice()].1.commit, 0);
        assert_eq!(moved[b"B".as_slice()].1.commit, 1);
    }

    #[test]
    fn opaque_files_have_one_value() {
        let mut ring = ring(&[1]);
        ring.add(key(2));
        let one = suites::Suite::default().seal_file(&key(1), b"\0cert");
        let two = suites::Suite::default().seal_file(&key(2), b"\0cert");
        let (one, two) = (version(&one, true, &ring), version(&two, true, &ring));
        assert_eq!(one.len(), 1);
        assert_eq!(one[&vec![]].compare(&two[&vec![]]), Comparison::Same);
    }
}
