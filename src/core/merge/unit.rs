//! One unit of three versions into one: prefix, value, comments above and lines below settle each
//! for itself.

use super::page::{Page, settle};
use super::piece::Piece;
use super::sequence::union;
use super::side::{Unit, same_pieces};

type Pieces<'u, 'a> = &'u [Piece<'a>];

/// Writes a unit that both sides have; `base` is `None` where both added it.
pub fn merge(page: &mut Page<'_>, base: Option<&Unit<'_>>, ours: &Unit<'_>, theirs: &Unit<'_>) {
    merge_above(
        page,
        base.map_or(&[][..], |unit| &unit.above),
        &ours.above,
        &theirs.above,
    );
    let main = merge_main(base.map(|unit| &unit.main), &ours.main, &theirs.main);
    let tail = choose(
        base.map(|unit| &unit.tail[..]),
        &ours.tail[..],
        &theirs.tail[..],
        |a, b| same_pieces(a, b),
    );
    if let (Some((prefix, holder)), Some(tail)) = (main, tail) {
        let ending = settle(
            base.map_or(ours.main.ending, |unit| unit.main.ending),
            ours.main.ending,
            theirs.main.ending,
        );
        page.put_as(prefix, holder, ending);
        page.put_all(tail);
    } else {
        page.conflict(
            &base.map_or(Vec::new(), below),
            &below(ours),
            &below(theirs),
        );
    }
}

/// A unit without the comments above it.
fn below<'u>(unit: &'u Unit<'_>) -> Vec<&'u Piece<'u>> {
    unit.pieces().skip(unit.above.len()).collect()
}

/// Writes a unit as it stands in the one side that has it.
pub fn put(page: &mut Page<'_>, unit: &Unit<'_>) {
    unit.pieces().for_each(|piece| page.put(piece));
}

/// The prefix, and the line that holds the value; `None` where the sides contradict each other.
fn merge_main<'u>(
    base: Option<&'u Piece<'u>>,
    ours: &'u Piece<'u>,
    theirs: &'u Piece<'u>,
) -> Option<(&'u [u8], &'u Piece<'u>)> {
    let prefix = choose(
        base.map(|piece| piece.line.prefix),
        ours.line.prefix,
        theirs.line.prefix,
        |a, b| a == b,
    )?;
    let holder = choose(base, ours, theirs, Piece::holds_same)?;
    Some((prefix, holder))
}

fn choose<T: Copy>(base: Option<T>, ours: T, theirs: T, same: impl Fn(T, T) -> bool) -> Option<T> {
    if same(ours, theirs) {
        return Some(ours);
    }
    let base = base?;
    if same(base, ours) {
        Some(theirs)
    } else if same(base, theirs) {
        Some(ours)
    } else {
        None
    }
}

/// Comments above a variable. Where both sides changed them, what they added is kept; a comment
/// that one of them changed or removed while the other touched its neighbours is a conflict.
fn merge_above(
    page: &mut Page<'_>,
    base: Pieces<'_, '_>,
    ours: Pieces<'_, '_>,
    theirs: Pieces<'_, '_>,
) {
    if let Some(chosen) = choose(Some(base), ours, theirs, |a, b| same_pieces(a, b)) {
        page.put_all(chosen);
        return;
    }
    let identities =
        |pieces: Pieces<'_, '_>| -> Vec<[u8; 32]> { pieces.iter().map(Piece::identity).collect() };
    let (base_ids, ours_ids, theirs_ids) = (identities(base), identities(ours), identities(theirs));
    if is_subsequence(&base_ids, &ours_ids) && is_subsequence(&base_ids, &theirs_ids) {
        for step in union(&ours_ids, &theirs_ids, |_| false) {
            page.put(step.ours.map_or_else(
                || &theirs[step.theirs.expect("a step has a side")],
                |at| &ours[at],
            ));
        }
    } else {
        let refs = |pieces| -> Vec<&Piece<'_>> { Iterator::collect(<[_]>::iter(pieces)) };
        page.conflict(&refs(base), &refs(ours), &refs(theirs));
    }
}

fn is_subsequence(short: &[[u8; 32]], long: &[[u8; 32]]) -> bool {
    let mut rest = long.iter();
    short.iter().all(|item| rest.any(|other| other == item))
}
