//! A finding where it stands, and whether it counts.

use crate::core::file::Place;
use crate::core::printable::printable;
use crate::core::scan::plain::Plain;
use crate::core::scan::{Finding, Origin, RuleId};

/// The rule of tokens that their key does not open.
pub const FORGED_TOKEN: &str = "forged-token";
/// The rule of tokens under keys that the ledger does not know.
pub const UNKNOWN_KEY: &str = "unknown-key";
/// The rule of plain values in protected files.
pub const UNSEALED: &str = "unsealed";
/// The rule of what starts like a token and is none.
pub const DAMAGED_TOKEN: &str = "damaged-token";

/// What let a finding through, or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It counts.
    Open,
    /// An entry of `.seal/allow.jsonl` names it.
    Allowed,
    /// An entry fits by rule and path; without the key the secret could not be compared.
    AllowedNotVerified,
    /// An entry let it through until a day that is over: it counts.
    Expired,
}

/// A finding, where it is, and what `.seal/allow.jsonl` says of it.
#[derive(Clone, Debug)]
pub struct Located {
    /// From the top of the work tree.
    pub path: Vec<u8>,
    /// The commit, where one is judged.
    pub commit: Option<String>,
    /// What was found.
    pub finding: Finding,
    /// Whether it counts.
    pub standing: Standing,
}

impl Located {
    /// A finding that nothing can let through.
    #[must_use]
    pub fn open(path: &[u8], commit: Option<&str>, finding: Finding) -> Self {
        Self {
            path: path.to_vec(),
            commit: commit.map(str::to_owned),
            finding,
            standing: Standing::Open,
        }
    }

    /// Whether it blocks.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self.standing, Standing::Open | Standing::Expired)
    }

    /// Whether it is about a secret's text, which may turn out to be none.
    #[must_use]
    pub fn holds_a_secret(&self) -> bool {
        !self.finding.plain.is_empty()
    }

    /// Whether it says that something sealed is not authentic.
    #[must_use]
    pub fn is_about_authenticity(&self) -> bool {
        matches!(self.finding.rule.as_str(), FORGED_TOKEN | UNKNOWN_KEY)
    }
}

/// A finding that is about form, not about a secret's text.
pub(super) fn about_form(
    rule: &'static str,
    place: Option<&Place>,
    why: String,
    advice: impl Into<String>,
) -> Finding {
    let line = place.map_or(1, |place| place.line);
    let name = place.and_then(|place| place.name.as_ref());
    Finding {
        rule: RuleId::built_in(rule),
        origin: Origin::Rule,
        line,
        column: 1,
        last_line: line,
        end_column: 1,
        range: 0..0,
        secret: 0..0,
        excerpt: name
            .map(|name| format!("{}=…", printable(name.as_bytes())))
            .unwrap_or_default(),
        why,
        advice: advice.into().into(),
        plain: Plain::new(Vec::new()),
    }
}
