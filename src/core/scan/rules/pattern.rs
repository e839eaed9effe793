//! One regular expression of a rule: compiled when first needed, matched at one place, over a bounded
//! window.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::Span;
use crate::core::scan::random::looks_random;

/// What `covers` looks at, at most.
const LONGEST_VALUE: usize = 8192;
/// No pattern compiles to more.
const REGEX_BYTES: usize = 1 << 20;

/// An ASCII regular expression and the group that is the secret.
pub(super) struct Pattern {
    text: Cow<'static, str>,
    group: Option<usize>,
    /// Whether it covers its text from end to end.
    is_whole: bool,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) fn new(text: Cow<'static, str>, group: Option<usize>) -> Self {
        Self {
            text,
            group,
            is_whole: false,
            compiled: OnceLock::new(),
        }
    }

    /// One that covers its text from end to end.
    pub(super) fn whole(text: Cow<'static, str>) -> Self {
        Self {
            is_whole: true,
            ..Self::new(text, None)
        }
    }

    pub(super) fn compile(&self) -> Result<Regex, regex::Error> {
        let end = if self.is_whole { "$" } else { "" };
        RegexBuilder::new(&format!("^(?:{}){end}", self.text))
            .unicode(false)
            .size_limit(REGEX_BYTES)
            .dfa_size_limit(REGEX_BYTES)
            .build()
    }

    fn regex(&self) -> Option<&Regex> {
        // Every built-in pattern compiles (tested), and a custom one was compiled when it was read.
        self.compiled.get_or_init(|| self.compile().ok()).as_ref()
    }

    pub(super) fn matches_at(&self, text: &[u8], at: usize, window: usize) -> Option<Span> {
        let window = &text[at..text.len().min(at + window)];
        let regex = self.regex()?;
        let whole = regex.find(window)?.range();
        let group = self.group.unwrap_or(usize::from(regex.captures_len() > 1));
        let secret = if group == 0 {
            whole.clone()
        } else {
            regex.captures(window)?.get(group)?.range()
        };
        let from = |range: Range<usize>| at + range.start..at + range.end;
        Some(Span {
            range: from(whole),
            secret: from(secret),
        })
    }

    pub(super) fn covers(&self, value: &[u8]) -> Option<Range<usize>> {
        let span = self.matches_at(value, 0, LONGEST_VALUE)?;
        (span.range.end == value.len()).then_some(span.secret)
    }
}

/// Whether a match may begin here: no word runs into it. An escape (`\n`, `%3D`) is no part of a word.
/// A long one must moreover begin its run of token characters: else a run full of keywords would be
/// read from each of them on, in quadratic time.
pub(super) fn begins(text: &[u8], at: usize, is_long: bool) -> bool {
    let before = &text[at.saturating_sub(3)..at];
    let is_escape = match before {
        [b'%', high, low] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        [.., b'\\', b'n' | b't' | b'r'] => true,
        _ => false,
    };
    let runs_in = before.last().is_some_and(|byte| {
        let starts_word = text.get(at).copied().is_some_and(is_word);
        (starts_word && is_word(*byte)) || (is_long && b"-.+/".contains(byte))
    });
    !runs_in || is_escape
}

/// Whether a place lies within base64 of something long, in which every short format turns up by chance.
pub(super) fn is_in_blob(text: &[u8], at: usize) -> bool {
    const RUN: usize = 48;
    let before = &text[at.saturating_sub(RUN)..at];
    before.len() == RUN
        && matches!(before.last(), Some(b'+' | b'/'))
        && before
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
        && looks_random(before)
}

/// Whether no word runs out of a match.
pub(super) fn ends(text: &[u8], range: &Range<usize>) -> bool {
    let last = range
        .end
        .checked_sub(1)
        .is_some_and(|last| is_word(text[last]));
    !(last && text.get(range.end).copied().is_some_and(is_word))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
