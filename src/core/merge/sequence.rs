//! The order of the merged text.
//!
//! Units of the base that neither side moved or removed stay fixed; between two of them lies a gap,
//! in which each side has what it added or moved there. A unit that one side moved goes where that
//! side put it.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::page::Page;
use super::piece::Piece;
use super::side::{Key, Side, Unit};
use super::unit;
use crate::core::dotenv::LineKind;

/// Where the units of one side stand in the base and the other way round.
struct Pairing {
    base_of: Vec<Option<usize>>,
    side_of: Vec<Option<usize>>,
    /// By index in the base: it stands in the same order among its neighbours.
    fixed: Vec<bool>,
}

fn keys<'a>(units: &[Unit<'a>]) -> Vec<Key<'a>> {
    units.iter().map(|unit| unit.key).collect()
}

fn pair(base: &[Unit<'_>], side: &[Unit<'_>]) -> Pairing {
    let mut pairing = Pairing {
        base_of: vec![None; side.len()],
        side_of: vec![None; base.len()],
        fixed: vec![false; base.len()],
    };
    for (in_base, in_side) in matches(&keys(base), &keys(side)) {
        pairing.base_of[in_side] = Some(in_base);
        pairing.side_of[in_base] = Some(in_side);
        pairing.fixed[in_base] = true;
    }
    let by_key: HashMap<Key<'_>, usize> = side
        .iter()
        .enumerate()
        .filter(|(_, unit)| unit.is_variable())
        .map(|(at, unit)| (unit.key, at))
        .collect();
    for (in_base, unit) in base.iter().enumerate() {
        if let (None, Some(in_side)) = (pairing.side_of[in_base], by_key.get(&unit.key)) {
            pairing.base_of[*in_side] = Some(in_base);
            pairing.side_of[in_base] = Some(*in_side);
        }
    }
    pairing
}

/// The pairs of a longest common subsequence.
fn matches<T: Eq + Hash>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    capture_diff_slices(Algorithm::Patience, old, new)
        .into_iter()
        .filter_map(|op| match op {
            DiffOp::Equal {
                old_index,
                new_index,
                len,
            } => Some((0..len).map(move |i| (old_index + i, new_index + i))),
            _ => None,
        })
        .flatten()
        .collect()
}

/// One step through two lists: an item of either, or one that both have.
pub struct Step {
    pub ours: Option<usize>,
    pub theirs: Option<usize>,
}

/// Both lists in one: what they share once, between that ours before theirs. Items that say
/// nothing (blank lines) hold the lists together only beside others that do, or where one list is
/// all in the other.
pub fn union<T: Eq + Hash>(
    ours: &[T],
    theirs: &[T],
    says_nothing: impl Fn(usize) -> bool,
) -> Vec<Step> {
    let mut shared = matches(ours, theirs);
    if shared.len() < ours.len() && shared.len() < theirs.len() {
        let runs: Vec<Vec<(usize, usize)>> = shared
            .chunk_by(|a, b| b.0 == a.0 + 1 && b.1 == a.1 + 1)
            .filter(|run| !run.iter().all(|(at, _)| says_nothing(*at)))
            .map(<[_]>::to_vec)
            .collect();
        shared = runs.concat();
    }
    let mut steps = Vec::new();
    let (mut o, mut t) = (0, 0);
    for (shared_o, shared_t) in shared.into_iter().chain([(ours.len(), theirs.len())]) {
        steps.extend((o..shared_o).map(|at| Step {
            ours: Some(at),
            theirs: None,
        }));
        steps.extend((t..shared_t).map(|at| Step {
            ours: None,
            theirs: Some(at),
        }));
        if shared_o < ours.len() {
            steps.push(Step {
                ours: Some(shared_o),
                theirs: Some(shared_t),
            });
        }
        (o, t) = (shared_o + 1, shared_t + 1);
    }
    steps
}

/// Writes all units of the three texts in their merged order.
pub fn merge(page: &mut Page<'_>, base: &Side<'_>, ours: &Side<'_>, theirs: &Side<'_>) {
    let (base, ours, theirs) = (&base.units[..], &ours.units[..], &theirs.units[..]);
    let weave = Weave {
        base,
        ours,
        theirs,
        with_ours: pair(base, ours),
        with_theirs: pair(base, theirs),
        new_in_ours: new_variables(base, ours),
        new_in_theirs: new_variables(base, theirs),
        comments: comments(base),
    };
    let mut from = [0; 3];
    for (b, unit) in base.iter().enumerate() {
        if let Some([o, t]) = weave.fixed(b) {
            weave.gap(page, from[0]..b, from[1]..o, from[2]..t);
            unit::merge(page, Some(unit), &ours[o], &theirs[t]);
            from = [b + 1, o + 1, t + 1];
        }
    }
    weave.gap(
        page,
        from[0]..base.len(),
        from[1]..ours.len(),
        from[2]..theirs.len(),
    );
}

fn new_variables<'a>(base: &[Unit<'a>], side: &[Unit<'a>]) -> HashMap<Key<'a>, usize> {
    let known: HashSet<Key<'_>> = base.iter().map(|unit| unit.key).collect();
    side.iter()
        .enumerate()
        .filter(|(_, unit)| unit.is_variable() && !known.contains(&unit.key))
        .map(|(at, unit)| (unit.key, at))
        .collect()
}

struct Weave<'s, 'a> {
    base: &'s [Unit<'a>],
    ours: &'s [Unit<'a>],
    theirs: &'s [Unit<'a>],
    with_ours: Pairing,
    with_theirs: Pairing,
    new_in_ours: HashMap<Key<'a>, usize>,
    new_in_theirs: HashMap<Key<'a>, usize>,
    /// All comments of the base.
    comments: HashSet<[u8; 32]>,
}

impl Weave<'_, '_> {
    /// Where a unit of the base stands in both sides, if neither moved it.
    fn fixed(&self, b: usize) -> Option<[usize; 2]> {
        let fixed = self.with_ours.fixed[b] && self.with_theirs.fixed[b];
        let at = [self.with_ours.side_of[b]?, self.with_theirs.side_of[b]?];
        fixed.then_some(at)
    }

    /// Whether a unit of ours that is not fixed is written where ours has it.
    fn stands_in_ours(&self, o: usize) -> bool {
        let Some(b) = self.with_ours.base_of[o] else {
            return true;
        };
        match self.with_theirs.side_of[b] {
            Some(_) => !self.with_ours.fixed[b],
            None => outlives_removal(&self.base[b], &self.ours[o]),
        }
    }

    /// The same for theirs; where both sides moved a unit, ours decides.
    fn stands_in_theirs(&self, t: usize) -> bool {
        let Some(b) = self.with_theirs.base_of[t] else {
            return !self.new_in_ours.contains_key(&self.theirs[t].key);
        };
        match self.with_ours.side_of[b] {
            Some(_) => self.with_ours.fixed[b],
            None => outlives_removal(&self.base[b], &self.theirs[t]),
        }
    }

    fn gap(&self, page: &mut Page<'_>, b: Range<usize>, o: Range<usize>, t: Range<usize>) {
        let mut ours: Vec<usize> = o.filter(|at| self.stands_in_ours(*at)).collect();
        let in_ours: HashSet<Key<'_>> = ours
            .iter()
            .map(|at| self.ours[*at].key)
            .filter(|key| matches!(key, Key::Variable(..)))
            .collect();
        let mut theirs: Vec<usize> = t
            .filter(|at| self.stands_in_theirs(*at) || in_ours.contains(&self.theirs[*at].key))
            .collect();
        self.contradiction(page, b, &mut ours, &mut theirs);
        let ours_keys: Vec<_> = ours.iter().map(|at| self.ours[*at].key).collect();
        let theirs_keys: Vec<_> = theirs.iter().map(|at| self.theirs[*at].key).collect();
        let blank = |at: usize| self.ours[ours[at]].is_blank();
        let mut claimed = Claimed::default();
        for step in union(&ours_keys, &theirs_keys, blank) {
            match (step.ours, step.theirs) {
                (Some(at), _) => self.put_ours(page, ours[at], &mut claimed),
                (None, Some(at)) if in_ours.contains(&theirs_keys[at]) => {}
                (None, Some(at)) => self.put_theirs(page, theirs[at], &claimed),
                (None, None) => {}
            }
        }
    }

    fn put_ours(&self, page: &mut Page<'_>, o: usize, claimed: &mut Claimed) {
        let unit = &self.ours[o];
        match self.with_ours.base_of[o] {
            None => {
                claimed.note(unit, &self.comments);
                match self.new_in_theirs.get(&unit.key) {
                    Some(t) => unit::merge(page, None, unit, &self.theirs[*t]),
                    None => unit::put(page, unit),
                }
            }
            Some(b) => match self.with_theirs.side_of[b] {
                Some(t) => unit::merge(page, Some(&self.base[b]), unit, &self.theirs[t]),
                None => page.conflict(&pieces(&self.base[b]), &pieces(unit), &[]),
            },
        }
    }

    fn put_theirs(&self, page: &mut Page<'_>, t: usize, claimed: &Claimed) {
        let unit = &self.theirs[t];
        match self.with_theirs.base_of[t] {
            None => claimed.put_rest(page, unit),
            Some(b) => match self.with_ours.side_of[b] {
                Some(o) => unit::merge(page, Some(&self.base[b]), &self.ours[o], unit),
                None => page.conflict(&pieces(&self.base[b]), &[], &pieces(unit)),
            },
        }
    }

    /// Lines outside variables that both sides took away, each putting something else in their
    /// place, are a conflict; what they put there is taken out of the lists.
    fn contradiction(
        &self,
        page: &mut Page<'_>,
        b: Range<usize>,
        ours: &mut Vec<usize>,
        theirs: &mut Vec<usize>,
    ) {
        let says = |unit: &Unit<'_>| !unit.is_variable() && !unit.is_blank();
        let gone = |at: &usize| {
            self.with_ours.side_of[*at].is_none() && self.with_theirs.side_of[*at].is_none()
        };
        let lost: Vec<&Piece<'_>> = b
            .filter(|at| says(&self.base[*at]) && gone(at))
            .map(|at| &self.base[at].main)
            .collect();
        let (new_ours, rest_ours): (Vec<usize>, Vec<usize>) =
            ours.iter().partition(|at| says(&self.ours[**at]));
        let (new_theirs, rest_theirs): (Vec<usize>, Vec<usize>) =
            theirs.iter().partition(|at| says(&self.theirs[**at]));
        let ours_keys = new_ours.iter().map(|at| self.ours[*at].key);
        let theirs_keys = new_theirs.iter().map(|at| self.theirs[*at].key);
        if lost.is_empty() || ours_keys.eq(theirs_keys) {
            return;
        }
        let ours_pieces: Vec<_> = new_ours.iter().map(|at| &self.ours[*at].main).collect();
        let theirs_pieces: Vec<_> = new_theirs.iter().map(|at| &self.theirs[*at].main).collect();
        page.conflict(&lost, &ours_pieces, &theirs_pieces);
        (*ours, *theirs) = (rest_ours, rest_theirs);
    }
}

/// Whether a unit that the other side removed is more than that side knew when it did.
fn outlives_removal(base: &Unit<'_>, unit: &Unit<'_>) -> bool {
    unit.is_variable() && unit.changed_since(base)
}

fn pieces<'u>(unit: &'u Unit<'_>) -> Vec<&'u Piece<'u>> {
    unit.pieces().collect()
}

fn comments(units: &[Unit<'_>]) -> HashSet<[u8; 32]> {
    let pieces = units.iter().flat_map(Unit::pieces);
    pieces
        .filter(|piece| piece.line.kind == LineKind::Comment)
        .map(Piece::identity)
        .collect()
}

/// Comments of the base that a variable new in ours took over by standing directly below them.
/// When theirs put a new variable there too, the comments must not come twice.
#[derive(Default)]
struct Claimed(HashSet<[u8; 32]>);

impl Claimed {
    fn note(&mut self, unit: &Unit<'_>, in_base: &HashSet<[u8; 32]>) {
        let identities = unit.above.iter().map(Piece::identity);
        self.0.extend(identities.filter(|id| in_base.contains(id)));
    }

    fn put_rest(&self, page: &mut Page<'_>, unit: &Unit<'_>) {
        let claimed = |piece: &Piece<'_>| {
            piece.line.kind == LineKind::Comment && self.0.contains(&piece.identity())
        };
        for piece in unit.pieces().filter(|piece| !claimed(piece)) {
            page.put(piece);
        }
    }
}
