//! What `.seal/config.toml` says about scanning: `[scan]` and `[[rule]]`.

use serde::{Deserialize, Serialize};

/// The table `[scan]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScanSettings {
    /// Ids of rules that are switched off.
    pub disable: Vec<String>,
    /// Paths that are not scanned by rules; `*` and `?` stand for any bytes, `/` included. Known
    /// values are sought there all the same.
    pub allow_paths: Vec<String>,
    /// How files are judged whose paths say test, fixture or example.
    pub tests: Tests,
}

/// How much a test, fixture or example must give away to be flagged by a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tests {
    /// A private key, a token of a provider's own form, or a long random value that stands there once.
    #[default]
    Lenient,
    /// As much as any other file.
    Strict,
}

/// One table `[[rule]]`: a rule of the team's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomRule {
    /// `[a-z0-9][a-z0-9-]*`, different from every built-in id.
    pub id: String,
    /// What it finds, to stand behind "looks like".
    pub description: String,
    /// Texts of at least three bytes, in any case, where the pattern begins. A place is looked at
    /// only if one of them stands there.
    pub keywords: Vec<String>,
    /// A regular expression, matched from the keyword on over at most 512 bytes.
    pub pattern: String,
    /// The group of the pattern that is the secret; 0 is the whole match.
    #[serde(default)]
    pub secret_group: usize,
    /// Mean bits of surprise a byte of the secret must have: words have about 4, random letters and
    /// digits 5.5. Without it any secret counts that is no obvious placeholder.
    #[serde(default)]
    pub min_randomness: f32,
    /// What to do about a finding.
    #[serde(default)]
    pub advice: String,
    /// Texts that it must find, as templates ([`super::example`]); `git seal scan --test-rules` tries
    /// them. A template keeps the file itself free of anything that looks like the secret.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Templates of texts that it must not find.
    #[serde(default)]
    pub harmless: Vec<String>,
}

/// Why the rules of `.seal/config.toml` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// Not an id, or an id in use.
    #[error("rule {0:?}: an id is made of a-z, 0-9 and inner dashes, and is not in use already")]
    Id(String),
    /// No keyword, or one that is too short.
    #[error("rule {0}: it needs keywords, each of three bytes at least")]
    Keyword(String),
    /// The pattern is no regular expression, or a huge one.
    #[error("rule {0}: {1}")]
    Pattern(String, String),
    /// The pattern has no such group.
    #[error("rule {0}: its pattern has no group {1}")]
    Group(String, usize),
    /// `disable` names no rule.
    #[error("scan.disable: there is no rule {0:?}")]
    Unknown(String),
}
