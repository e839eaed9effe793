//! A rule in force: its pattern ready to be compiled, and what it says of a place in a text.

use std::borrow::Cow;

use super::pattern::{Pattern, begins, ends, is_in_blob};
use super::shape::{FileFinder, Finder};
use super::{Lead, Rule, Shape, Span};
use crate::core::scan::checks::{Check, basic_password};
use crate::core::scan::finding::RuleId;
use crate::core::scan::judge::stands_out_in_test;
use crate::core::scan::placeholder::is_placeholder;
use crate::core::scan::random::{Look, holds_random};
use crate::core::scan::scene::Scene;
use crate::core::scan::sensitivity::{self, Sensitivity};
use crate::core::scan::settings::{BadRule, CustomRule};
use crate::core::scan::web_token::carries_an_id;

/// No match of a pattern is longer.
const WINDOW: usize = 512;
/// Nor of one that says so by its check.
const LONG_WINDOW: usize = 8192;

/// Why a rule finds nothing at a keyword.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Miss {
    /// Its pattern does not match there, or its code sees nothing.
    Pattern,
    /// A word runs into the match or out of it.
    Word,
    /// What it matched is a placeholder, a reference or ciphertext.
    Placeholder,
    /// A checksum or the like does not hold.
    Check,
    /// What it matched has only so many bits of surprise a byte, or too few different bytes.
    Randomness(f32),
}

/// A rule in force.
pub(in crate::core::scan) struct Active {
    pub id: RuleId,
    what: What,
    pub advice: Cow<'static, str>,
    pub rank: u8,
    pub(super) lead: Lead,
    pub(super) shape: ActiveShape,
    check: Check,
    min_bits: f32,
    /// Whether people choose what it finds.
    is_password: bool,
}

enum What {
    BuiltIn(&'static Rule),
    Custom(String),
}

pub(super) enum ActiveShape {
    Token(Pattern),
    Value(Pattern),
    Finder(Finder),
    File(&'static [&'static str], FileFinder),
}

impl Active {
    pub(super) fn built_in(rule: &'static Rule) -> Self {
        let (shape, rank) = match rule.shape {
            Shape::Token(pattern) => (ActiveShape::Token(Pattern::new(pattern.into(), None)), 3),
            Shape::Value(pattern) => (ActiveShape::Value(Pattern::whole(pattern.into())), 2),
            Shape::Finder(find) => (ActiveShape::Finder(find), 1),
            Shape::File(endings, find) => (ActiveShape::File(endings, find), 2),
        };
        let is_generic = rule.id.starts_with("generic-");
        Self {
            id: RuleId::built_in(rule.id),
            what: What::BuiltIn(rule),
            advice: rule.provider.advice.into(),
            rank: if is_generic { 0 } else { rank },
            lead: rule.lead,
            shape,
            check: rule.check,
            min_bits: rule.min_bits,
            is_password: rule.what.contains("password"),
        }
    }

    /// What it finds, in words.
    pub fn title(&self) -> Cow<'_, str> {
        match &self.what {
            What::BuiltIn(rule) => rule.title().into(),
            What::Custom(title) => title.into(),
        }
    }

    pub(super) fn custom(id: RuleId, rule: &CustomRule) -> Result<Self, BadRule> {
        let pattern = Pattern::new(rule.pattern.clone().into(), Some(rule.secret_group));
        let bad = |error: regex::Error| {
            // As it was written, not as it is anchored.
            let error = regex::bytes::Regex::new(&rule.pattern)
                .err()
                .unwrap_or(error);
            BadRule::Pattern(rule.id.clone(), error.to_string())
        };
        let regex = pattern.compile().map_err(bad)?;
        if rule.secret_group >= regex.captures_len() {
            return Err(BadRule::Group(rule.id.clone(), rule.secret_group));
        }
        Ok(Self {
            id,
            what: What::Custom(rule.description.clone()),
            advice: rule.advice.clone().into(),
            rank: 4,
            lead: Lead::None,
            shape: ActiveShape::Token(pattern),
            check: Check::None,
            min_bits: rule.min_randomness,
            is_password: false,
        })
    }

    /// What the rule finds at a keyword.
    ///
    /// # Errors
    /// Why it finds nothing.
    pub(super) fn try_at(&self, scene: &Scene<'_>, keyword_at: usize) -> Result<Span, Miss> {
        let span = match &self.shape {
            ActiveShape::Token(pattern) => self.token_at(pattern, scene, keyword_at)?,
            ActiveShape::Value(pattern) => self
                .value_at(pattern, scene, keyword_at)
                .ok_or(Miss::Pattern)?,
            ActiveShape::Finder(find) => find(scene, keyword_at).ok_or(Miss::Pattern)?,
            ActiveShape::File(..) => return Err(Miss::Pattern),
        };
        let secret = &scene.text[span.secret.clone()];
        self.judge(secret)?;
        if scene.is_test && !self.stands_out_in_test(scene, &span) {
            return Err(Miss::Placeholder);
        }
        Ok(span)
    }

    /// Whether what was found in a test is more than what tests are full of. A provider's format is.
    fn stands_out_in_test(&self, scene: &Scene<'_>, span: &Span) -> bool {
        let secret = &scene.text[span.secret.clone()];
        match (self.check, &self.shape) {
            (Check::BasicPair, _) => {
                basic_password(secret).is_some_and(|password| stands_out_in_test(&password))
            }
            (Check::Jwt, _) => carries_an_id(secret),
            (_, ActiveShape::Value(_)) => {
                stands_out_in_test(secret) && !scene.repeats(&span.secret)
            }
            _ => !self.is_password || stands_out_in_test(secret),
        }
    }

    fn token_at(&self, pattern: &Pattern, scene: &Scene<'_>, at: usize) -> Result<Span, Miss> {
        let is_long = self.check.needs_long_window();
        let at = self.lead.from(scene.text, at).ok_or(Miss::Pattern)?;
        if !begins(scene.text, at, is_long) {
            return Err(Miss::Word);
        }
        if !is_long && is_in_blob(scene.text, at) {
            return Err(Miss::Word);
        }
        let window = if is_long { LONG_WINDOW } else { WINDOW };
        let span = pattern
            .matches_at(scene.text, at, window)
            .ok_or(Miss::Pattern)?;
        ends(scene.text, &span.range)
            .then_some(span)
            .ok_or(Miss::Word)
    }

    fn value_at(&self, pattern: &Pattern, scene: &Scene<'_>, at: usize) -> Option<Span> {
        let assignment = scene.assignment_at(at)?;
        let value = &scene.text[assignment.value.clone()];
        let is_sensitive =
            sensitivity::of(&scene.text[assignment.name.clone()]) != Sensitivity::None;
        let inner = pattern.covers(value)?;
        let secret = &value[inner.clone()];
        let is_random = self.min_bits > 0.0 || holds_random(secret);
        let start = assignment.value.start;
        (is_sensitive && is_random).then(|| Span {
            range: assignment.name.start..assignment.value.end,
            secret: start + inner.start..start + inner.end,
        })
    }

    /// Judges what was matched.
    ///
    /// # Errors
    /// Why it is no secret.
    pub(super) fn judge(&self, secret: &[u8]) -> Result<(), Miss> {
        // Code judges by itself what fills a place.
        if !matches!(self.shape, ActiveShape::Finder(_)) && is_placeholder(secret) {
            return Err(Miss::Placeholder);
        }
        if !self.check.holds(secret) {
            return Err(Miss::Check);
        }
        if self.min_bits > 0.0 {
            let look = Look::at(secret);
            if look.bits < self.min_bits || !look.is_varied() {
                return Err(Miss::Randomness(look.bits));
            }
        }
        Ok(())
    }
}

impl Lead {
    fn from(self, text: &[u8], keyword_at: usize) -> Option<usize> {
        match self {
            Self::None => Some(keyword_at),
            Self::Bytes(back) => keyword_at.checked_sub(back),
            Self::Word => {
                let back = text[keyword_at.saturating_sub(100)..keyword_at]
                    .iter()
                    .rev()
                    .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
                    .count();
                Some(keyword_at - back)
            }
        }
    }
}
