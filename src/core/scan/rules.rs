//! The rules: what a secret of some kind looks like, as data.
//!
//! Adding a provider's format is one entry in one of the tables below, with its example.

mod active;
mod document;
mod finders;
mod pattern;
mod set;
mod shape;
pub mod tables;
mod trial;

pub use active::Miss;
pub use document::document;
pub use set::RuleSet;
pub use shape::{Lead, Shape, Span};
pub use trial::{Failed, Trial, try_rule};

use super::checks::Check;

/// Who gives out a kind of secret, and what to do there once one is out.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// Its name.
    pub name: &'static str,
    /// What to do about a secret that is out, as one sentence without a full stop.
    pub advice: &'static str,
}

/// One kind of secret.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// `[a-z0-9][a-z0-9-]*`, kept for ever: people's allow entries name it.
    pub id: &'static str,
    /// Who gives it out.
    pub provider: Provider,
    /// What it is, without the provider's name.
    pub what: &'static str,
    /// Texts of three bytes or more, in any case, one of which stands where it is looked for.
    pub keywords: &'static [&'static str],
    /// Where the match begins, seen from the keyword.
    pub lead: Lead,
    /// How it is found there.
    pub shape: Shape,
    /// What else must hold.
    pub check: Check,
    /// Mean bits of surprise a byte ([`super::random::Look::bits`]) that the secret must have.
    pub min_bits: f32,
    /// Templates ([`super::example`]) of texts that it finds.
    pub examples: &'static [&'static str],
    /// Templates of texts that it must not find.
    pub harmless: &'static [&'static str],
    /// Where the provider says what the format is.
    pub source: Option<&'static str>,
}

impl Rule {
    /// A format that begins with one of its keywords: an ASCII regular expression, anchored there;
    /// the secret is its first group, if it has one.
    #[must_use]
    pub const fn token(
        id: &'static str,
        provider: Provider,
        what: &'static str,
        keywords: &'static [&'static str],
        pattern: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        Self {
            id,
            provider,
            what,
            keywords,
            lead: Lead::None,
            shape: Shape::Token(pattern),
            check: Check::None,
            min_bits: 0.0,
            examples,
            harmless: &[],
            source: None,
        }
    }

    /// A format known only by the name it is assigned to, which holds one of the keywords: an ASCII
    /// regular expression that covers the whole value.
    #[must_use]
    pub const fn value(
        id: &'static str,
        provider: Provider,
        what: &'static str,
        keywords: &'static [&'static str],
        pattern: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        let mut rule = Self::token(id, provider, what, keywords, pattern, examples);
        rule.shape = Shape::Value(pattern);
        rule
    }

    /// A kind that needs code to find.
    #[must_use]
    pub const fn finder(
        id: &'static str,
        provider: Provider,
        what: &'static str,
        keywords: &'static [&'static str],
        shape: Shape,
        examples: &'static [&'static str],
    ) -> Self {
        let mut rule = Self::token(id, provider, what, keywords, "", examples);
        rule.shape = shape;
        rule
    }

    /// What it finds, in full: `GitHub personal access token`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.provider.name, self.what)
    }

    /// The same rule with the match beginning elsewhere.
    #[must_use]
    pub const fn lead(mut self, lead: Lead) -> Self {
        self.lead = lead;
        self
    }

    /// The same rule with a check.
    #[must_use]
    pub const fn check(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    /// The same rule with a least randomness.
    #[must_use]
    pub const fn bits(mut self, min_bits: f32) -> Self {
        self.min_bits = min_bits;
        self
    }

    /// The same rule with the address where its provider says what the format is.
    #[must_use]
    pub const fn source(mut self, address: &'static str) -> Self {
        self.source = Some(address);
        self
    }

    /// The same rule with texts that it must not find.
    #[must_use]
    pub const fn not(mut self, harmless: &'static [&'static str]) -> Self {
        self.harmless = harmless;
        self
    }
}

/// Every built-in rule, in the order in which docs/RULES.md lists them.
pub fn built_in() -> impl Iterator<Item = &'static Rule> {
    tables::ALL.iter().flat_map(|table| table.rules)
}

#[cfg(test)]
mod tests;
