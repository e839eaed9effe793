//! Texts of any length in bounded memory: searched piece by piece, with overlap.

use super::encoding::{Decoder, Encoding};
use super::finding::Finding;
use super::place::Place;
use super::scanner::{Content, Scanner, content_of};

/// How much is searched at once.
const PIECE: usize = 1 << 20;
/// How much of the text before and behind a place is seen from there. A secret longer than this, or
/// an allowing comment further away, is not recognised as a whole.
pub const REACH: usize = 16 << 10;

/// A scan of a text that arrives in pieces. Holds 1 MB of it and some (known values longer than 16 KB
/// add twice their length), however long the text and its lines are.
///
/// Finds what [`Scanner::scan`] finds, except for the formats that only a whole file shows
/// (`.pgpass`, `master.key`): for texts up to 1 MB those are found, too.
pub struct Stream<'a> {
    scanner: Scanner<'a>,
    path: Vec<u8>,
    reach: usize,
    /// The first bytes, until encoding and content can be told.
    decoder: Option<(Encoding, Decoder)>,
    content: Option<Content>,
    head: Vec<u8>,
    buffer: Vec<u8>,
    /// Where the buffer begins, in bytes of the original text, and its line and column.
    origin: usize,
    place: Place,
    /// Hits that begin before this offset of the buffer were given already.
    given: usize,
    /// Whether the buffer still holds the text from its beginning on.
    is_whole: bool,
}

impl<'a> Stream<'a> {
    pub(super) fn new(scanner: Scanner<'a>, path: &[u8]) -> Self {
        let longest = scanner
            .known
            .map_or(0, super::known::KnownValues::longest_pattern);
        Self {
            scanner,
            path: path.to_vec(),
            reach: REACH.max(longest),
            decoder: None,
            content: None,
            head: Vec::new(),
            buffer: Vec::new(),
            origin: 0,
            place: Place::START,
            given: 0,
            is_whole: true,
        }
    }

    /// Takes the next piece, of any length, and gives what was found so far and not given yet.
    pub fn push(&mut self, piece: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for piece in piece.chunks(PIECE) {
            self.decode(piece);
            if self.buffer.len() >= PIECE + 2 * self.reach {
                findings.extend(self.search(self.buffer.len() - self.reach));
                self.forget();
            }
        }
        findings
    }

    /// Gives the rest. The text is at its end.
    #[must_use]
    pub fn finish(mut self) -> Vec<Finding> {
        let head = std::mem::take(&mut self.head);
        self.decode_from(&head, true);
        self.search(self.buffer.len() + 1)
    }

    fn decode(&mut self, piece: &[u8]) {
        if self.decoder.is_some() {
            self.decode_from(piece, false);
            return;
        }
        let mut head = std::mem::take(&mut self.head);
        head.extend_from_slice(piece);
        if head.len() < 2 {
            self.head = head;
        } else {
            self.decode_from(&head, false);
        }
    }

    fn decode_from(&mut self, piece: &[u8], is_end: bool) {
        let (_, decoder) = self.decoder.get_or_insert_with(|| {
            let encoding = Encoding::of(piece);
            (encoding, Decoder::new(encoding))
        });
        decoder.decode(piece, &mut self.buffer);
        if is_end {
            decoder.finish(&mut self.buffer);
        }
    }

    /// Findings that begin in the buffer from `given` on and before `limit`.
    fn search(&mut self, limit: usize) -> Vec<Finding> {
        let content = *self.content.get_or_insert_with(|| content_of(&self.buffer));
        let mut hits = self.scanner.hits(&self.buffer, &self.path, content);
        if self.is_whole && limit > self.buffer.len() && content == Content::Text {
            self.scanner.file_hits(&self.buffer, &self.path, &mut hits);
        }
        let settled = self.scanner.settle(hits);
        let wanted = self.given..limit;
        let mut findings = self
            .scanner
            .findings(&self.buffer, self.place, settled, |hit| {
                wanted.contains(&hit.span.range.start)
            });
        self.place_in_original(&mut findings);
        self.given = limit;
        findings
    }

    /// Turns ranges in the buffer into ranges in the original text.
    fn place_in_original(&self, findings: &mut [Finding]) {
        let encoding = self.encoding();
        let (mut counted, mut original) = (0, self.origin);
        for finding in findings {
            let start = finding.range.start;
            original += encoding.original_length(&self.buffer[counted..start]);
            counted = start;
            let at =
                |offset: usize| original + encoding.original_length(&self.buffer[start..offset]);
            finding.secret = at(finding.secret.start)..at(finding.secret.end);
            finding.range = original..at(finding.range.end);
        }
    }

    fn encoding(&self) -> Encoding {
        self.decoder.as_ref().map_or(Encoding::Bytes, |held| held.0)
    }

    /// Drops what no later hit can need.
    fn forget(&mut self) {
        let done = self.given - self.reach;
        // Not inside a character: counting goes on from there.
        let done = (0..=done)
            .rev()
            .find(|at| self.buffer[*at] & 0xC0 != 0x80)
            .unwrap_or(done);
        self.origin += self.encoding().original_length(&self.buffer[..done]);
        self.place = self.place.behind(&self.buffer[..done]);
        self.buffer.drain(..done);
        self.given -= done;
        self.is_whole = false;
    }
}
