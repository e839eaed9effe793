//! The scanner: everything that finds, put together.

use std::ops::Range;

use super::binary::is_binary;
use super::comments;
use super::encoding::Encoding;
use super::excerpt;
use super::finding::{Finding, KNOWN_VALUE, Origin, RuleId};
use super::known::{Form, KnownValues, Match};
use super::place::Place;
use super::plain::Plain;
use super::rules::{RuleSet, Span};
use super::scene::Scene;
use super::stream::Stream;

/// The name under which keys themselves are among the known values.
pub const MASTER_KEY: &[u8] = b"SECRETS_MASTER_KEY";

/// How a scan is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether comments such as `seal:allow` let findings of their line through. A server that
    /// doesn't trust the pusher may say no.
    pub heed_comments: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            heed_comments: true,
        }
    }
}

/// Searches texts for plaintext secrets, by rules and for known values. One scanner serves any number
/// of texts and threads.
#[derive(Clone, Copy)]
pub struct Scanner<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) known: Option<&'a KnownValues>,
    pub(super) options: Options,
}

/// Something found, before it is a finding.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub what: What,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Known(Match),
    Rule(usize),
}

/// What kind of text a buffer is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    Binary,
}

impl<'a> Scanner<'a> {
    /// A scanner by these rules, for these known values.
    #[must_use]
    pub fn new(rules: &'a RuleSet, known: Option<&'a KnownValues>, options: Options) -> Self {
        Self {
            rules,
            known: known.filter(|known| !known.is_empty() && rules.seeks_known_values()),
            options,
        }
    }

    /// Everything found in `text`, in order. `path` (bytes, `/` between its parts) tells what kind of
    /// file it is and may be empty. With `lines`, sorted ranges of line numbers from 1, only findings
    /// that touch one of those lines are given.
    ///
    /// In binary content (a NUL among the first 8,000 bytes) only known values are sought, as they
    /// are. UTF-16 with a byte order mark is read as such.
    #[must_use]
    pub fn scan(&self, text: &[u8], path: &[u8], lines: Option<&[Range<usize>]>) -> Vec<Finding> {
        let mut findings = if Encoding::of(text) == Encoding::Bytes {
            let content = content_of(text);
            let mut hits = self.hits(text, path, content);
            if content == Content::Text {
                self.file_hits(text, path, &mut hits);
            }
            self.findings(text, Place::START, self.settle(hits), |_| true)
        } else {
            let mut stream = Stream::new(*self, path);
            let mut findings = stream.push(text);
            findings.extend(stream.finish());
            findings
        };
        if let Some(lines) = lines {
            findings.retain(|finding| touches(finding, lines));
        }
        findings
    }

    /// For a text that arrives in pieces, of any length: see [`Stream`].
    #[must_use]
    pub fn stream(&self, path: &[u8]) -> Stream<'a> {
        Stream::new(*self, path)
    }

    /// All hits in a piece of text, unsettled.
    pub(super) fn hits(&self, text: &[u8], path: &[u8], content: Content) -> Vec<Hit> {
        let mut hits = Vec::new();
        if let Some(known) = self.known {
            let is_sought = |found: &Match| {
                content == Content::Text || matches!(found.form, Form::Literal | Form::Line)
            };
            hits.extend(known.find_iter(text).filter(is_sought).map(|found| Hit {
                span: Span::bare(found.range.clone()),
                what: What::Known(found),
            }));
        }
        if content == Content::Text && !self.rules.skips(path) {
            let mut scene = Scene::new(text, path);
            scene.is_test &= !self.rules.is_strict_with_tests();
            self.rules.each(&scene, |rule, span| {
                hits.push(Hit {
                    what: What::Rule(rule),
                    span,
                });
            });
        }
        hits
    }

    /// Adds what rules for files of this name find in a whole file.
    pub(super) fn file_hits(&self, text: &[u8], path: &[u8], hits: &mut Vec<Hit>) {
        if !self.rules.skips(path) {
            self.rules.each_in_file(text, path, |rule, span| {
                hits.push(Hit {
                    what: What::Rule(rule),
                    span,
                });
            });
        }
    }

    /// One hit for each secret: of those that overlap, the surest; of equals, the longest.
    pub(super) fn settle(&self, mut hits: Vec<Hit>) -> Vec<Hit> {
        hits.sort_by_key(|hit| (hit.span.secret.start, usize::MAX - hit.span.secret.end));
        let mut settled: Vec<Hit> = Vec::new();
        for hit in hits {
            match settled.last_mut() {
                Some(last) if last.span.secret.end > hit.span.secret.start => {
                    let rank = |hit: &Hit| (self.rank(hit), hit.span.secret.len());
                    if rank(&hit) > rank(last) {
                        *last = hit;
                    }
                }
                _ => settled.push(hit),
            }
        }
        settled
    }

    fn rank(&self, hit: &Hit) -> u8 {
        match hit.what {
            What::Known(_) => u8::MAX,
            What::Rule(rule) => self.rules.get(rule).rank,
        }
    }

    /// Findings of the settled hits that `wanted` picks; the text begins at `start`.
    pub(super) fn findings(
        &self,
        text: &[u8],
        start: Place,
        settled: Vec<Hit>,
        wanted: impl Fn(&Hit) -> bool,
    ) -> Vec<Finding> {
        let hidden = |hit: &Hit| match &hit.what {
            What::Known(found) if found.form == Form::Base64 => {
                excerpt::with_neighbours(text, &hit.span.secret)
            }
            _ => hit.span.secret.clone(),
        };
        let secrets: Vec<_> = settled.iter().map(hidden).collect();
        let (mut place, mut counted) = (start, 0);
        let mut findings = Vec::new();
        let mut by_start: Vec<_> = settled.into_iter().filter(wanted).collect();
        by_start.sort_by_key(|hit| hit.span.range.start);
        for hit in by_start {
            let range = hit.span.range.clone();
            place = place.behind(&text[counted..range.start]);
            counted = range.start;
            let finding = self.finding(text, place, hit, &secrets);
            if !self.is_allowed_by_comment(text, &range, &finding.rule) {
                findings.push(finding);
            }
        }
        findings
    }

    fn finding(&self, text: &[u8], place: Place, hit: Hit, secrets: &[Range<usize>]) -> Finding {
        let Span { range, secret } = hit.span;
        let end = place.behind(&text[range.clone()]);
        let (rule, origin, why, advice) = match hit.what {
            What::Rule(rule) => {
                let rule = self.rules.get(rule);
                let why = format!("looks like: {}", rule.title());
                (rule.id.clone(), Origin::Rule, why, rule.advice.clone())
            }
            What::Known(found) => {
                let known = self.known.expect("only known values make such hits");
                let owners = known.owners(found.which).to_vec();
                let why = excerpt::known(&owners, found.form);
                let advice = if owners.iter().any(|owner| owner.name == MASTER_KEY) {
                    "take the key out; if it was ever pushed: git seal rotate --compromised, and \
                     change every value that it opens"
                } else {
                    "refer to the variable instead of repeating its value; if this was ever \
                     pushed, change the value at its provider, then `git seal set` it"
                };
                let origin = Origin::Known(owners, found.form);
                (RuleId::built_in(KNOWN_VALUE), origin, why, advice.into())
            }
        };
        Finding {
            rule,
            origin,
            line: place.line,
            column: place.column,
            last_line: end.line,
            end_column: end.column,
            excerpt: excerpt::of(text, &range, &secret, secrets),
            plain: Plain::from(&text[secret.clone()]),
            range,
            secret,
            why,
            advice,
        }
    }

    fn is_allowed_by_comment(&self, text: &[u8], range: &Range<usize>, rule: &RuleId) -> bool {
        const REACH: usize = 4096;
        if !self.options.heed_comments {
            return false;
        }
        let from = range.start.saturating_sub(REACH);
        let start =
            memchr::memrchr(b'\n', &text[from..range.start]).map_or(from, |at| from + at + 1);
        let to = text.len().min(range.end + REACH);
        let end = memchr::memchr(b'\n', &text[range.end..to]).map_or(to, |at| range.end + at);
        // The secret itself cannot let itself through, but a comment behind it can.
        comments::allow(&text[start..end], rule.as_str(), |id| {
            self.rules.is_rule(id)
        })
    }
}

pub(super) fn content_of(start: &[u8]) -> Content {
    if is_binary(start) {
        Content::Binary
    } else {
        Content::Text
    }
}

fn touches(finding: &Finding, lines: &[Range<usize>]) -> bool {
    let first = lines.partition_point(|range| range.end <= finding.line);
    lines
        .get(first)
        .is_some_and(|range| range.start <= finding.last_line)
}
