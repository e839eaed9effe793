//! What a scan tells: where, by which rule, and what to do, never the secret.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::allow::{self, Fingerprint};
use super::known::{Form, Owner};
use super::plain::Plain;

/// The rule id of findings of known values.
pub const KNOWN_VALUE: &str = "known-value";

/// The name of a rule: `[a-z0-9][a-z0-9-]*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RuleId(Cow<'static, str>);

impl RuleId {
    /// The id of a built-in rule.
    #[must_use]
    pub const fn built_in(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// The id, where the text is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let follows = !text.is_empty()
            && !text.starts_with('-')
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        follows.then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a finding was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is a value that this repository seals: held by these variables, found in this form.
    Known(Vec<Owner>, Form),
    /// It fits a rule.
    Rule,
}

/// A plaintext secret somewhere in a text. `Debug` and every report of it are free of the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that it fits, or [`KNOWN_VALUE`].
    pub rule: RuleId,
    /// How it was found.
    pub origin: Origin,
    /// Line of its first byte, from 1.
    pub line: usize,
    /// Column of its first byte, from 1: characters in UTF-8, UTF-16 included; elsewhere bytes above
    /// 127 count where they are no UTF-8 continuation bytes.
    pub column: usize,
    /// Line of its last byte.
    pub last_line: usize,
    /// Column behind its last byte, in its last line.
    pub end_column: usize,
    /// Bytes of the whole finding in the scanned text.
    pub range: Range<usize>,
    /// Bytes of the secret in it.
    pub secret: Range<usize>,
    /// The first line of the finding with everything secret masked; printable, at most some 120
    /// characters.
    pub excerpt: String,
    /// What it is, in one sentence without a full stop.
    pub why: String,
    /// What to do about it.
    pub advice: Cow<'static, str>,
    /// The secret itself, as UTF-8 where the text was UTF-16; wiped on drop.
    pub plain: Plain,
}

impl Finding {
    /// The keyed fingerprint by which `.seal/allow.jsonl` knows this secret at this path.
    #[must_use]
    pub fn fingerprint(&self, key: &[u8; 32], path: &[u8]) -> Fingerprint {
        allow::fingerprint(key, self.rule.as_str(), path, &self.plain)
    }
}
