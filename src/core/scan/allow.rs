//! `.seal/allow.jsonl`: findings that people have looked at and let through, each with a reason.
//!
//! Sorted lines without line numbers, commits or times of writing, so that branches merge. A secret
//! appears only as a fingerprint under a key of the repository. Rule ids are open: the ratchet
//! (DESIGN section 9) uses the same file with rules named `ratchet-…`.

use std::cmp::Ordering;
use std::fmt;

use chrono::NaiveDate;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::core::{hex, names};

const FINGERPRINT_BYTES: usize = 16;

/// 16 bytes of HMAC-SHA256 over rule, path and secret; 32 hex digits as text.
#[derive(Clone, Copy, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; FINGERPRINT_BYTES]);

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// A text that is not 32 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 32 lower-case hex digits")]
pub struct BadFingerprint;

impl TryFrom<String> for Fingerprint {
    type Error = BadFingerprint;

    fn try_from(text: String) -> Result<Self, BadFingerprint> {
        hex::decode(&text).map(Self).ok_or(BadFingerprint)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// The fingerprint of a secret found by `rule` at `path`, under 32 bytes of the default
/// environment's key.
#[must_use]
pub fn fingerprint(key: &[u8; 32], rule: &str, path: &[u8], secret: &[u8]) -> Fingerprint {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in [b"git-seal/v1 allow", rule.as_bytes(), path, secret] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    let mut bytes = [0; FINGERPRINT_BYTES];
    bytes.copy_from_slice(&mac.finalize().into_bytes()[..FINGERPRINT_BYTES]);
    Fingerprint(bytes)
}

/// A day as `2026-11-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(pub NaiveDate);

impl TryFrom<String> for Day {
    type Error = chrono::ParseError;

    fn try_from(text: String) -> Result<Self, chrono::ParseError> {
        text.parse().map(Self)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.0.to_string()
    }
}

/// One line of the file. Fields of later versions are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The rule whose finding it lets through.
    pub rule: String,
    /// The path, relative to the top of the work tree; `*` and `?` stand for any bytes, `/` included.
    pub path: String,
    /// Why it is no secret, or a harmless one.
    pub reason: String,
    /// Who says so.
    pub who: String,
    /// The last day on which the entry counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// The one secret it lets through. Without it, rule and path decide: for what has no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// Fields this version does not know.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

impl Entry {
    fn order(&self, other: &Self) -> Ordering {
        let rank = |entry: &Self| {
            (
                entry.path.clone(),
                entry.rule.clone(),
                entry.fingerprint.map(|print| print.0),
            )
        };
        rank(self)
            .cmp(&rank(other))
            .then_with(|| self.to_line().cmp(&other.to_line()))
    }

    fn to_line(&self) -> String {
        serde_json::to_string(self).expect("strings, dates and JSON values serialize")
    }

    fn fits(&self, rule: &str, path: &[u8]) -> bool {
        self.rule == rule && names::matches(self.path.as_bytes(), path)
    }

    fn is_expired(&self, today: NaiveDate) -> bool {
        self.until.is_some_and(|until| until.0 < today)
    }
}

/// A line that is no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BadLine {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it; nothing of its text.
    pub what: &'static str,
}

/// What the file says to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// An entry names this very secret, or needs none.
    Allowed(&'a Entry),
    /// Rule and path fit; without the key the secret could not be compared.
    AllowedNotVerified(&'a Entry),
    /// An entry would let it through, but its time is over.
    Expired(&'a Entry),
    /// No entry.
    No,
}

/// What is known of the secret of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Its fingerprint.
    Known(Fingerprint),
    /// No key at hand to compute one.
    NoKey,
    /// There is none: the ratchet judges policies.
    None,
}

/// All entries, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    entries: Vec<Entry>,
}

impl AllowList {
    /// Reads the file. Blank lines are skipped, order does not matter, identical lines count once.
    ///
    /// # Errors
    /// The first line that is no entry.
    pub fn parse(text: &[u8]) -> Result<Self, BadLine> {
        let mut list = Self::default();
        for (line, bytes) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let bytes = bytes.trim_ascii();
            if bytes.is_empty() {
                continue;
            }
            let entry: Entry = serde_json::from_slice(bytes).map_err(|error| BadLine {
                line,
                what: match error.classify() {
                    serde_json::error::Category::Data => {
                        "rule, path, reason and who are texts; until is a date; a fingerprint has \
                         32 lower-case hex digits"
                    }
                    _ => "it is no JSON object",
                },
            })?;
            if entry.reason.trim().is_empty() {
                let what = "an entry needs a reason";
                return Err(BadLine { line, what });
            }
            list.insert(entry);
        }
        Ok(list)
    }

    /// Adds an entry at its place; one that is there already stays once.
    pub fn insert(&mut self, entry: Entry) {
        if let Err(at) = self.entries.binary_search_by(|held| held.order(&entry)) {
            self.entries.insert(at, entry);
        }
    }

    /// Removes the entries that `gone` names and says how many there were.
    pub fn remove(&mut self, gone: impl Fn(&Entry) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|entry| !gone(entry));
        before - self.entries.len()
    }

    /// The entries in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file: one line for each entry, sorted by path, rule and fingerprint.
    #[must_use]
    pub fn write(&self) -> String {
        self.entries
            .iter()
            .map(|entry| entry.to_line() + "\n")
            .collect()
    }

    /// What the list says on `today` to a finding of `rule` at `path`.
    #[must_use]
    pub fn verdict(
        &self,
        rule: &str,
        path: &[u8],
        secret: Secret,
        today: NaiveDate,
    ) -> Verdict<'_> {
        let mut verdict = Verdict::No;
        for entry in self.entries.iter().filter(|entry| entry.fits(rule, path)) {
            let verified = match (entry.fingerprint, secret) {
                (None, Secret::None) => true,
                // A secret is let through at one path, or by its fingerprint.
                (None, _) if names::is_wildcard(&entry.path) => continue,
                (None, _) => true,
                (Some(_), Secret::NoKey) => false,
                (Some(allowed), Secret::Known(found)) if allowed == found => true,
                (Some(_), _) => continue,
            };
            if entry.is_expired(today) {
                if verdict == Verdict::No {
                    verdict = Verdict::Expired(entry);
                }
            } else if verified {
                return Verdict::Allowed(entry);
            } else {
                verdict = Verdict::AllowedNotVerified(entry);
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn entry(path: &str, fingerprint: Option<Fingerprint>, until: Option<&str>) -> Entry {
        Entry {
            rule: "jwt".into(),
            path: path.into(),
            reason: "expired long ago".into(),
            who: "Ann <ann@example.org>".into(),
            until: until.map(|day| Day(day.parse().expect("a date"))),
            fingerprint,
            other: serde_json::Map::new(),
        }
    }

    fn list(entries: &[Entry]) -> AllowList {
        let mut list = AllowList::default();
        entries.iter().cloned().for_each(|entry| list.insert(entry));
        list
    }

    fn today() -> NaiveDate {
        "2026-11-20".parse().expect("a date")
    }

    #[test]
    fn the_file_is_sorted_and_reads_back() {
        let print = fingerprint(&KEY, "jwt", b"a", b"secret");
        let list = list(&[
            entry("b", None, None),
            entry("a", Some(print), Some("2027-01-01")),
            entry("b", None, None),
        ]);
        let text = list.write();
        assert_eq!(text.lines().count(), 2);
        assert!(text.starts_with("{\"rule\":\"jwt\",\"path\":\"a\""));
        let reversed: Vec<_> = text.lines().rev().collect();
        assert_eq!(AllowList::parse(text.as_bytes()), Ok(list.clone()));
        assert_eq!(AllowList::parse(reversed.join("\n\n").as_bytes()), Ok(list));
    }

    #[test]
    fn fields_of_later_versions_survive() {
        let line = "{\"rule\":\"r\",\"path\":\"p\",\"reason\":\"x\",\"who\":\"w\",\"ticket\":7}\n";
        let list = AllowList::parse(line.as_bytes()).expect("parses");
        assert_eq!(list.write(), line);
    }

    #[test]
    fn bad_lines_are_named_by_number_and_not_quoted() {
        let text = b"\n{\"rule\":\"r\",\"path\":\"p\",\"reason\":\"x\",\"who\":\"w\"}\nhunter2";
        let error = AllowList::parse(text).expect_err("line 3 is no JSON");
        assert_eq!(error.line, 3);
        assert!(!error.to_string().contains("hunter2"));
        let text = b"{\"rule\":\"r\",\"path\":\"p\",\"reason\":\" \",\"who\":\"w\"}";
        assert!(AllowList::parse(text).is_err());
        let text = b"{\"rule\":\"r\",\"path\":\"p\",\"reason\":\"x\",\"who\":\"w\",\"fingerprint\":\"AB\"}";
        assert!(AllowList::parse(text).is_err());
    }

    #[test]
    fn verdicts_follow_path_secret_and_day() {
        let print = fingerprint(&KEY, "jwt", b"docs/a.md", b"secret");
        let other = fingerprint(&KEY, "jwt", b"docs/a.md", b"another");
        let list = list(&[
            entry("docs/*", Some(print), None),
            entry("old", None, Some("2026-11-19")),
            entry("new", None, Some("2026-11-20")),
        ]);
        let verdict = |path: &str, secret| list.verdict("jwt", path.as_bytes(), secret, today());
        let known = Secret::Known(print);
        assert!(matches!(verdict("docs/a.md", known), Verdict::Allowed(_)));
        assert_eq!(verdict("docs/a.md", Secret::Known(other)), Verdict::No);
        assert_eq!(verdict("src/a.md", known), Verdict::No);
        assert!(matches!(
            verdict("docs/b/c.md", Secret::NoKey),
            Verdict::AllowedNotVerified(_)
        ));
        assert!(matches!(verdict("old", known), Verdict::Expired(_)));
        assert!(matches!(verdict("new", Secret::None), Verdict::Allowed(_)));
        assert_eq!(list.verdict("other", b"new", known, today()), Verdict::No);
    }

    #[test]
    fn a_wildcard_lets_no_secret_through_without_its_fingerprint() {
        let list = list(&[entry("docs/*", None, None), entry("a.md", None, None)]);
        let print = fingerprint(&KEY, "jwt", b"docs/a.md", b"secret");
        let verdict = |path: &str, secret| list.verdict("jwt", path.as_bytes(), secret, today());
        for secret in [Secret::Known(print), Secret::NoKey] {
            assert_eq!(verdict("docs/a.md", secret), Verdict::No);
            assert!(matches!(verdict("a.md", secret), Verdict::Allowed(_)));
        }
        assert!(matches!(
            verdict("docs/a.md", Secret::None),
            Verdict::Allowed(_)
        ));
    }

    #[test]
    fn fingerprints_depend_on_key_rule_path_and_secret() {
        let base = fingerprint(&KEY, "r", b"p", b"s");
        assert_eq!(base, fingerprint(&KEY, "r", b"p", b"s"));
        assert_ne!(base, fingerprint(&[8; 32], "r", b"p", b"s"));
        assert_ne!(base, fingerprint(&KEY, "rp", b"", b"s"));
        assert_ne!(base, fingerprint(&KEY, "r", b"p", b"t"));
        assert_eq!(base.to_string().len(), 32);
    }
}
