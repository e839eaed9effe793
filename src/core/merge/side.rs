//! One of the three texts, read for merging: a list of units in order.

use std::collections::{HashMap, HashSet};

use super::piece::{CRLF, LF, Piece, marker_run};
use crate::core::dotenv::{BOM, Document, Line, LineKind};
use crate::core::key::Keyring;

/// What moves, appears and goes as one: a variable with the comments directly above it and the
/// lines of no form directly below it (an unquoted PEM block, say); or any other line alone.
pub struct Unit<'a> {
    pub key: Key<'a>,
    pub above: Vec<Piece<'a>>,
    pub main: Piece<'a>,
    pub tail: Vec<Piece<'a>>,
}

/// By what a unit is found again in another text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    /// The nth assignment, from 0, to this name.
    Variable(&'a [u8], usize),
    /// Any other line: an index that equal lines of the three texts share.
    Line(usize),
}

impl Unit<'_> {
    pub fn is_variable(&self) -> bool {
        matches!(self.key, Key::Variable(..))
    }

    pub fn is_blank(&self) -> bool {
        self.main.line.kind == LineKind::Blank
    }

    pub fn pieces(&self) -> impl Iterator<Item = &Piece<'_>> {
        self.above
            .iter()
            .chain(std::iter::once(&self.main))
            .chain(&self.tail)
    }

    /// Whether this unit says something that `base` does not; fewer comments don't count.
    pub fn changed_since(&self, base: &Unit<'_>) -> bool {
        let news = |piece: &Piece<'_>| !base.above.iter().any(|other| other.same_as(piece));
        !self.main.same_as(&base.main)
            || !same_pieces(&self.tail, &base.tail)
            || self.above.iter().any(news)
    }
}

pub fn same_pieces(a: &[Piece<'_>], b: &[Piece<'_>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_as(b))
}

pub struct Side<'a> {
    pub bom: &'a [u8],
    pub has_header: bool,
    /// How most of the file's lines end: as its first one does.
    pub ending: &'static [u8],
    /// Whether the last line has an end; true for an empty file.
    pub ends_in_newline: bool,
    pub units: Vec<Unit<'a>>,
}

/// Gives equal lines of all texts the same index.
#[derive(Default)]
pub struct Lines(HashMap<[u8; 32], usize>);

impl Lines {
    fn index(&mut self, piece: &Piece<'_>) -> usize {
        let next = self.0.len();
        *self.0.entry(piece.identity()).or_insert(next)
    }
}

impl<'a> Side<'a> {
    /// Reads ours or theirs.
    pub fn read(text: &'a [u8], keyring: &Keyring, lines: &mut Lines) -> Self {
        Self::gather(text, keyring, lines, |lines| {
            lines.into_iter().map(|line| (line, true)).collect()
        })
    }

    /// Reads the base. A conflict in it, which a criss-cross merge leaves there, means that the
    /// sides have no common ancestor for its variables: they stand there, and equal nothing.
    pub fn read_base(text: &'a [u8], keyring: &Keyring, lines: &mut Lines) -> Self {
        Self::gather(text, keyring, lines, without_conflicts)
    }

    fn gather(
        text: &'a [u8],
        keyring: &Keyring,
        lines: &mut Lines,
        choose: impl Fn(Vec<Line<'a>>) -> Vec<(Line<'a>, bool)>,
    ) -> Self {
        let document = Document::split(text);
        let has_header = document.has_header();
        let ending = match document.lines.first() {
            Some(line) if line.ending == CRLF => CRLF,
            _ => LF,
        };
        let ends_in_newline = document.lines.last().is_none_or(|l| !l.ending.is_empty());
        let bom = document.bom;
        debug_assert!(bom.is_empty() || bom == BOM);
        let rest: Vec<_> = document
            .lines
            .into_iter()
            .skip(usize::from(has_header))
            .collect();
        let pieces = choose(rest)
            .into_iter()
            .map(|(line, known)| Piece::read(line, known, ending, keyring))
            .collect();
        Self {
            bom,
            has_header,
            ending,
            ends_in_newline,
            units: units(pieces, lines),
        }
    }
}

/// Puts the pieces together: comments wait for the variable below them, if one follows directly.
fn units<'a>(pieces: Vec<Piece<'a>>, lines: &mut Lines) -> Vec<Unit<'a>> {
    let mut units: Vec<Unit<'a>> = Vec::new();
    let mut waiting: Vec<Piece<'a>> = Vec::new();
    let mut seen: HashMap<&[u8], usize> = HashMap::new();
    let alone = |piece: Piece<'a>, lines: &mut Lines| Unit {
        key: Key::Line(lines.index(&piece)),
        above: Vec::new(),
        main: piece,
        tail: Vec::new(),
    };
    for piece in pieces {
        match piece.line.kind {
            LineKind::Comment => waiting.push(piece),
            LineKind::Assignment { name } => {
                let nth = seen.entry(name).or_default();
                units.push(Unit {
                    key: Key::Variable(name, *nth),
                    above: std::mem::take(&mut waiting),
                    main: piece,
                    tail: Vec::new(),
                });
                *nth += 1;
            }
            LineKind::Other
                if waiting.is_empty()
                    && !piece.is_marker()
                    && units.last().is_some_and(Unit::is_variable) =>
            {
                let variable = units.last_mut().expect("there is a last one: just seen");
                variable.tail.push(piece);
            }
            _ => {
                units.extend(waiting.drain(..).map(|comment| alone(comment, lines)));
                units.push(alone(piece, lines));
            }
        }
    }
    units.extend(waiting.into_iter().map(|comment| alone(comment, lines)));
    units
}

/// Takes each conflict out of the lines but for the first assignment to each name in it, which is
/// marked as not known.
fn without_conflicts(lines: Vec<Line<'_>>) -> Vec<(Line<'_>, bool)> {
    let mut kept = Vec::with_capacity(lines.len());
    let mut rest = lines.into_iter();
    while let Some(line) = rest.next() {
        let closes = |run: &Line<'_>| marker_run(run) == Some(b'>');
        if marker_run(&line) != Some(b'<') || !rest.as_slice().iter().any(closes) {
            kept.push((line, true));
            continue;
        }
        let mut names = HashSet::new();
        // Conflicts of an inner merge nest: each opens once and closes once.
        let mut depth = 1;
        while depth > 0
            && let Some(line) = rest.next()
        {
            match marker_run(&line) {
                Some(b'<') => depth += 1,
                Some(b'>') => depth -= 1,
                _ => {}
            }
            if line.name().is_some_and(|name| names.insert(name)) {
                kept.push((line, false));
            }
        }
    }
    kept
}
