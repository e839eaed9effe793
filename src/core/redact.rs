//! A stream with its secrets masked: known values in all their forms, values of sensitive names,
//! credentials by their form.
//!
//! What is held back: an unfinished line, and as many bytes as the longest known value has, since
//! they may be the beginning of one. [`Redactor::idle`] lets out all of that which cannot be the
//! beginning of a secret, so that a live log stays live. A line over [`LINE_BYTES`] is taken in
//! pieces; if a secret reaches the end of such a piece, the rest of the line goes with it.

mod forms;
mod words;

use std::ops::Range;

use memchr::{memchr, memrchr};
use zeroize::Zeroizing;

use self::forms::Forms;
use super::mask::{HIDDEN, Style, mask};
use super::scan::KnownValues;
use super::scan::known::Form;

/// The longest line that is looked at as a whole, in bytes.
pub const LINE_BYTES: usize = 64 * 1024;
/// Base64 of a value takes up to three more characters on either side than those that are sought.
const BASE64_EDGE: usize = 3;
const BASE64_PADDING: usize = 2;
/// How long a secret may be that is held back as a whole, beside known values, in bytes.
const PENDING_BYTES: usize = 2 * LINE_BYTES;
/// With less than this a step waits for more input, or for the input to pause, in bytes.
const WORTHWHILE_BYTES: usize = 16 * 1024;
/// How much is kept of a long line's beginning, in bytes: names are shorter.
const CONTEXT_BYTES: usize = 1024;

/// What is masked, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// The values known, if keys are at hand.
    pub known: Option<&'a KnownValues>,
    /// Words beside the built-in ones that make a name sensitive.
    pub sensitive: &'a [String],
    /// How secrets show.
    pub style: Style,
}

/// A place to mask.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Secret {
    range: Range<usize>,
    /// Whether it is just one secret, not perhaps a short one and what follows: only then may its
    /// edges show.
    is_exact: bool,
}

/// Masks a stream piece by piece.
pub struct Redactor<'a> {
    known: Option<&'a KnownValues>,
    forms: Forms,
    style: Style,
    /// The end of the stream so far; in front of `done` stands what its line began with.
    text: Zeroizing<Vec<u8>>,
    /// How much of `text` has gone out or been masked.
    done: usize,
    /// Up to here in `text` reaches a secret whose mask has been written.
    masked_to: usize,
    /// The rest of the line belongs to that secret.
    masks_line: bool,
    /// The beginning of the line was too long ago to be kept.
    is_cut: bool,
    /// From how many bytes on a search is worth its start.
    worthwhile: usize,
}

/// Why a step is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    More,
    Idle,
    End,
}

impl<'a> Redactor<'a> {
    /// A redactor that has seen nothing yet.
    #[must_use]
    pub fn new(rules: &Rules<'a>) -> Self {
        Self {
            known: rules.known,
            forms: Forms::new(rules.sensitive),
            style: rules.style,
            text: Zeroizing::default(),
            done: 0,
            masked_to: 0,
            masks_line: false,
            is_cut: false,
            worthwhile: WORTHWHILE_BYTES,
        }
    }

    /// Takes the next piece, of any size, and appends to `out` what may go out.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.text.extend_from_slice(piece);
        // Less is not worth a search: it waits for the next piece, or for idle time.
        if self.text.len() - self.done > self.worthwhile.max(2 * self.reach()) {
            self.step(Cause::More, out);
        }
    }

    /// To be called when no input is at hand: lets out everything but the possible beginning of a
    /// secret.
    pub fn idle(&mut self, out: &mut Vec<u8>) {
        self.step(Cause::Idle, out);
    }

    /// The end of the stream: lets out everything.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.step(Cause::End, out);
    }

    /// So many bytes at the end may be the beginning of a known value.
    fn reach(&self) -> usize {
        let longest = self.known.map_or(0, KnownValues::longest_pattern);
        longest + BASE64_EDGE + BASE64_PADDING
    }

    fn step(&mut self, cause: Cause, out: &mut Vec<u8>) {
        let end = self.text.len();
        let lines =
            memrchr(b'\n', &self.text[self.done..]).map_or(self.done, |at| self.done + at + 1);
        let is_long = cause == Cause::More && end - lines > LINE_BYTES;
        let whole = if cause == Cause::More && !is_long {
            lines
        } else {
            end
        };
        let limit = whole.min(end.saturating_sub(self.reach()));
        if cause == Cause::More && limit <= self.done {
            return;
        }
        let (secrets, unsettled) = self.secrets(whole, cause, is_long);
        let limit = match cause {
            Cause::More => limit,
            Cause::Idle => {
                let known = self
                    .known
                    .map_or(0, |known| known.unfinished(&self.text[self.done..]));
                (end - known).min(unsettled)
            }
            Cause::End => end,
        };
        self.let_out(&secrets, limit, is_long, out);
        self.forget();
    }

    /// The places to mask from `done` on, in order and apart from each other, and from where on the
    /// next bytes may still change what is a secret.
    fn secrets(&self, whole: usize, cause: Cause, is_long: bool) -> (Vec<Secret>, usize) {
        let mut secrets = Vec::new();
        let mut from = line_start(&self.text, self.done);
        if self.masks_line {
            let line = memchr(b'\n', &self.text[self.done..]);
            from = line.map_or(self.text.len(), |at| self.done + at);
            secrets.push(Secret::vague(self.done..from));
        }
        secrets.push(Secret::vague(self.done..self.masked_to.max(self.done)));
        let lines = &self.text[from.min(whole)..whole];
        let first = secrets.len();
        let mut unsettled = from + self.forms.find(lines, self.is_cut, &mut secrets);
        for secret in &mut secrets[first..] {
            secret.range = secret.range.start + from..secret.range.end + from;
        }
        // Whole lines are settled; the end of the stream settles everything.
        if cause == Cause::End || self.text[..whole].ends_with(b"\n") {
            unsettled = whole;
        }
        if is_long && unsettled < whole {
            secrets.push(Secret::vague(unsettled..whole));
        }
        self.find_known(&mut secrets);
        (self.merged(secrets), unsettled)
    }

    fn find_known(&self, secrets: &mut Vec<Secret>) {
        let text = &self.text[self.done..];
        let found = self.known.map(|known| known.find_iter(text));
        for found in found.into_iter().flatten() {
            let mut range = found.range;
            if found.form == Form::Base64 {
                let edge = |bytes: &mut dyn Iterator<Item = &u8>| {
                    bytes
                        .take(BASE64_EDGE)
                        .take_while(|b| is_base64(**b))
                        .count()
                };
                range.start -= edge(&mut text[..range.start].iter().rev());
                range.end += edge(&mut text[range.end..].iter());
                let padding = text[range.end..].iter().take(BASE64_PADDING);
                range.end += padding.take_while(|byte| **byte == b'=').count();
            }
            secrets.push(Secret {
                range: self.done + range.start..self.done + range.end,
                is_exact: true,
            });
        }
    }

    /// Secrets that overlap become one, and what went out already is not looked at again.
    fn merged(&self, mut secrets: Vec<Secret>) -> Vec<Secret> {
        secrets.sort_by_key(|secret| secret.range.start);
        let mut merged: Vec<Secret> = Vec::new();
        for mut secret in secrets {
            secret.range.start = secret.range.start.max(self.done);
            if secret.range.is_empty() {
                continue;
            }
            match merged.last_mut() {
                Some(last) if secret.range.start < last.range.end => {
                    last.is_exact &= secret.range == last.range && secret.is_exact;
                    last.range.end = last.range.end.max(secret.range.end);
                }
                _ => merged.push(secret),
            }
        }
        merged
    }

    /// Writes the text up to `limit` with masks; a secret that reaches beyond waits as a whole,
    /// unless it has waited for too long.
    fn let_out(&mut self, secrets: &[Secret], limit: usize, is_long: bool, out: &mut Vec<u8>) {
        let mut at = self.done;
        let is_started = self.masked_to > self.done || self.masks_line;
        for secret in secrets
            .iter()
            .take_while(|secret| secret.range.start < limit)
        {
            let Range { start, end } = secret.range;
            let is_written = is_started && start == self.done;
            let has_waited =
                start == self.done && self.text.len() - start > PENDING_BYTES + 4 * self.reach();
            if end > limit && !is_written && !has_waited {
                out.extend_from_slice(&self.text[at..start]);
                self.settle(start);
                return;
            }
            out.extend_from_slice(&self.text[at..start]);
            if end > limit {
                if !is_written {
                    out.extend_from_slice(HIDDEN.as_bytes());
                }
                self.masks_line |= is_long && end == self.text.len();
                self.settle(limit);
                self.masked_to = end;
                return;
            }
            if !is_written {
                let style = if secret.is_exact {
                    self.style
                } else {
                    Style::Hidden
                };
                out.extend_from_slice(mask(&self.text[start..end], style).as_bytes());
            }
            at = end;
        }
        let to = limit.max(self.done);
        out.extend_from_slice(&self.text[at.min(to)..to]);
        self.settle(to);
    }

    fn settle(&mut self, to: usize) {
        if self.masks_line && memchr(b'\n', &self.text[self.done..to]).is_some() {
            self.masks_line = false;
        }
        self.done = to;
    }

    /// Drops what is needed no more: all but the line in which the rest stands.
    fn forget(&mut self) {
        let line = line_start(&self.text, self.done);
        let is_far = self.done - line > LINE_BYTES;
        let keep = if is_far {
            self.done - CONTEXT_BYTES
        } else {
            line
        };
        if keep > 0 {
            self.is_cut = is_far || (self.is_cut && line == 0);
            self.text.drain(..keep);
            self.done -= keep;
            self.masked_to = self.masked_to.saturating_sub(keep);
        }
    }
}

impl Secret {
    fn vague(range: Range<usize>) -> Self {
        Self {
            range,
            is_exact: false,
        }
    }
}

fn line_start(text: &[u8], at: usize) -> usize {
    memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

#[cfg(test)]
mod tests;
