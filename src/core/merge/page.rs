//! The merged text as it is written: sealed lines and conflict markers.

use super::piece::{Piece, Unwritable};
use super::side::Side;
use super::{Markers, MergeError, Merged, Style};
use crate::core::dotenv::HEADER;
use crate::core::file::{Place, SealWith};

pub struct Page<'w> {
    with: &'w SealWith<'w>,
    markers: &'w Markers<'w>,
    /// How lines end that ended in the usual way in their own text.
    ending: &'static [u8],
    written: Vec<Written>,
    conflicts: usize,
    no_key: Vec<Place>,
    damaged: Option<Place>,
}

#[derive(PartialEq)]
struct Written {
    text: Vec<u8>,
    ending: &'static [u8],
    is_marker: bool,
}

impl<'w> Page<'w> {
    pub fn new(with: &'w SealWith<'w>, markers: &'w Markers<'w>, ending: &'static [u8]) -> Self {
        Self {
            with,
            markers,
            ending,
            written: Vec::new(),
            conflicts: 0,
            no_key: Vec::new(),
            damaged: None,
        }
    }

    /// Writes a line as it stands in its own text.
    pub fn put(&mut self, piece: &Piece<'_>) {
        self.put_as(piece.line.prefix, piece, piece.ending);
    }

    /// Writes several lines as they stand.
    pub fn put_all(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            self.put(piece);
        }
    }

    /// Writes what `piece` holds behind another prefix, before another end.
    pub fn put_as(&mut self, prefix: &[u8], piece: &Piece<'_>, ending: Option<&'static [u8]>) {
        let line = self.seal(prefix, piece, ending);
        self.written.push(line);
    }

    /// Writes a conflict. Lines with which both sides begin or end stand outside it, except in
    /// style `diff3`.
    pub fn conflict(&mut self, base: &[&Piece<'_>], ours: &[&Piece<'_>], theirs: &[&Piece<'_>]) {
        self.conflicts += 1;
        let style = self.markers.style;
        let mut seal = |pieces: &[&Piece<'_>]| -> Vec<Written> {
            let seal_one = |piece: &&Piece<'_>| self.seal(piece.line.prefix, piece, piece.ending);
            pieces.iter().map(seal_one).collect()
        };
        let (mut ours, mut theirs) = (seal(ours), seal(theirs));
        // An unused base is not sealed: without a key it may not even be possible.
        let base = match style {
            Style::Merge => Vec::new(),
            Style::Diff3 | Style::Zdiff3 => seal(base),
        };
        let (mut head, mut tail) = (0, 0);
        if style != Style::Diff3 {
            head = common(ours.iter().zip(&theirs));
            tail = common(ours[head..].iter().rev().zip(theirs[head..].iter().rev()));
        }
        let after = ours.split_off(ours.len() - tail);
        theirs.truncate(theirs.len() - tail);
        self.written.extend(ours.drain(..head));
        let labels = &self.markers.labels;
        self.mark(b'<', labels.ours);
        self.written.extend(ours);
        if style != Style::Merge {
            self.mark(b'|', labels.base);
            self.written.extend(base);
        }
        self.mark(b'=', b"");
        self.written.extend(theirs.into_iter().skip(head));
        self.mark(b'>', labels.theirs);
        self.written.extend(after);
    }

    fn mark(&mut self, sign: u8, label: &[u8]) {
        let mut text = vec![sign; self.markers.size];
        if !label.is_empty() {
            text.push(b' ');
            text.extend(label.iter().filter(|byte| !b"\r\n".contains(byte)));
        }
        self.written.push(Written {
            text,
            ending: self.ending,
            is_marker: true,
        });
    }

    fn seal(&mut self, prefix: &[u8], piece: &Piece<'_>, ending: Option<&'static [u8]>) -> Written {
        let mut text = prefix.to_vec();
        match piece.sealed(self.with) {
            Ok(secret) => text.extend_from_slice(&secret),
            Err(Unwritable::NoKey(place)) => self.no_key.push(place),
            Err(Unwritable::Damaged(place)) => self.damaged = Some(place),
        }
        Written {
            text,
            ending: ending.unwrap_or(self.ending),
            is_marker: false,
        }
    }

    /// Puts the text together, with byte order mark, header and end as the three sides say.
    pub fn finish(
        self,
        base: &Side<'_>,
        ours: &Side<'_>,
        theirs: &Side<'_>,
    ) -> Result<Merged, MergeError> {
        if let Some(place) = self.damaged {
            return Err(MergeError::Damaged(place));
        }
        if !self.no_key.is_empty() {
            return Err(MergeError::CannotSeal(self.no_key));
        }
        let mut text = settle(base.bom, ours.bom, theirs.bom).to_vec();
        // A sealed file that has lines has its header, even where one side lost it. One without
        // lines has none, unless a side is like that.
        let bare_header = settle(base.has_header, ours.has_header, theirs.has_header)
            && (ours.units.is_empty() || theirs.units.is_empty());
        if !self.written.is_empty() || bare_header {
            text.extend_from_slice(HEADER);
            text.extend_from_slice(self.ending);
        }
        for line in &self.written {
            text.extend_from_slice(&line.text);
            text.extend_from_slice(line.ending);
        }
        let ends_in_newline = settle(
            base.ends_in_newline,
            ours.ends_in_newline,
            theirs.ends_in_newline,
        );
        // A blank line without an end would be no line.
        let may_end_open = |line: &&Written| !line.is_marker && !line.text.is_empty();
        let last = self.written.last().filter(may_end_open);
        if let (false, Some(last)) = (ends_in_newline, last) {
            text.truncate(text.len() - last.ending.len());
        }
        Ok(Merged {
            text,
            conflicts: self.conflicts,
        })
    }
}

/// What one side changed, or ours where both did.
pub fn settle<T: PartialEq + Copy>(base: T, ours: T, theirs: T) -> T {
    if ours == base { theirs } else { ours }
}

fn common<'a>(pairs: impl Iterator<Item = (&'a Written, &'a Written)>) -> usize {
    pairs.take_while(|(a, b)| a == b).count()
}
