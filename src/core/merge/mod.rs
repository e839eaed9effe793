//! Three sealed files into one, by variable.
//!
//! Different variables never conflict, additions at the same place are both kept, and what is
//! written is always sealed: tokens of the sides, or new ones under the current key. Sides under
//! different keys are compared by content where the keys are at hand, else by their tokens alone.

mod page;
mod piece;
mod sequence;
mod side;
mod unit;

use page::{Page, settle};
use side::{Lines, Side};

use super::changes::content::{Content, Likeness};
use super::file::{Place, SealWith};
use super::key::Keyring;

/// The three texts of a merge, in sealed form.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// The common ancestor; empty where there is none.
    pub base: &'a [u8],
    /// The current branch's.
    pub ours: &'a [u8],
    /// The other branch's.
    pub theirs: &'a [u8],
}

/// What a conflict shows, as in git's `merge.conflictStyle`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Both sides.
    #[default]
    Merge,
    /// Both sides and the base, whole.
    Diff3,
    /// Both sides and the base, without what both sides begin or end with.
    Zdiff3,
}

/// What stands behind the markers (`%X`, `%S` and `%Y` of a merge driver); empty for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Labels<'a> {
    /// Behind `<<<<<<<`.
    pub ours: &'a [u8],
    /// Behind `|||||||`.
    pub base: &'a [u8],
    /// Behind `>>>>>>>`.
    pub theirs: &'a [u8],
}

/// How conflicts are written.
#[derive(Clone, Copy, Debug)]
pub struct Markers<'a> {
    /// Length of a marker in characters (`%L`): 7, or more for inner merges.
    pub size: usize,
    /// What is shown.
    pub style: Style,
    /// What the sides are called.
    pub labels: Labels<'a>,
}

impl Default for Markers<'_> {
    fn default() -> Self {
        Self {
            size: 7,
            style: Style::default(),
            labels: Labels::default(),
        }
    }
}

/// The result of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The text in sealed form, with markers where the sides contradict each other.
    pub text: Vec<u8>,
    /// How many conflicts it holds.
    pub conflicts: usize,
}

/// Why there is no merged text. Holds names and line numbers, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// A side holds plain values that belong into the result, and no key is at hand to seal them.
    #[error("a side holds plain values and no key is at hand to seal them")]
    CannotSeal(Vec<Place>),
    /// A side holds a damaged token, or one with other text around it.
    #[error("a side holds a damaged token")]
    Damaged(Place),
}

/// Merges three dotenv files in sealed form. Whatever could be opened is compared by content; the
/// result is under the key of `with`, or, without one, made of the sides' own tokens.
///
/// # Limits
/// Lines are told apart before they are opened. Where one side's line changes how the other's reads
/// in plain text (an empty value below a new line of no form, a quote left open above a new quote),
/// the merged file is sound but seals to something else when it is next added.
///
/// # Errors
/// See [`MergeError`]. A conflict is none: it is written with markers and counted.
pub fn merge(
    sides: &Sides<'_>,
    with: &SealWith<'_>,
    markers: &Markers<'_>,
) -> Result<Merged, MergeError> {
    let mut lines = Lines::default();
    let base = Side::read_base(sides.base, with.keyring, &mut lines);
    let ours = Side::read(sides.ours, with.keyring, &mut lines);
    let theirs = Side::read(sides.theirs, with.keyring, &mut lines);
    let ending = settle(base.ending, ours.ending, theirs.ending);
    let mut page = Page::new(with, markers, ending);
    sequence::merge(&mut page, &base, &ours, &theirs);
    page.finish(&base, &ours, &theirs)
}

/// Which side of an opaque file is the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Ours: only ours changed, or both did the same.
    Ours,
    /// Theirs: only theirs changed.
    Theirs,
    /// Both changed it differently; a person must choose.
    Conflict,
}

/// Chooses one of three opaque files, sealed or not, by content where the keys are at hand.
#[must_use]
pub fn choose_whole(sides: &Sides<'_>, keyring: &Keyring) -> Choice {
    let read = |content: &[u8]| Content::read_whole(content, keyring);
    let (base, ours, theirs) = (read(sides.base), read(sides.ours), read(sides.theirs));
    let same = |a: &Content, b: &Content| a.likeness(b) == Likeness::Same;
    if same(&ours, &theirs) || same(&base, &theirs) {
        Choice::Ours
    } else if same(&base, &ours) {
        Choice::Theirs
    } else {
        Choice::Conflict
    }
}

#[cfg(test)]
mod tests;
