//! Which line of one version became which of the other.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::content::{Content, Likeness};
use super::version::{Item, Subject, Version};

/// From this length on an equal value alone makes a rename; a shorter one must also stand in the
/// same place.
const TELLING_BYTES: usize = 8;

/// A line of the old version, of the new one, or of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub old: Option<usize>,
    pub new: Option<usize>,
}

/// Pairs all items, in the order of the new file; what was removed stands where it was.
pub fn pair(old: &Version, new: &Version) -> Vec<Pair> {
    let (old, new) = (&old.items[..], &new.items[..]);
    let mut new_of = vec![None; old.len()];
    pair_by_name(old, new, &mut new_of);
    pair_renamed(old, new, &mut new_of);
    for subject in [Subject::Comment, Subject::Line] {
        pair_by_content(subject, old, new, &mut new_of);
    }
    in_order(&new_of, new.len())
}

/// Equal values of a name first, then the rest by position.
fn pair_by_name(old: &[Item], new: &[Item], new_of: &mut [Option<usize>]) {
    let (old_at, new_at) = (by_name(old), by_name(new));
    for (name, olds) in &old_at {
        let mut free = new_at.get(name).cloned().unwrap_or_default();
        let mut left = Vec::new();
        for o in olds {
            let equal = |n: &usize| same(&old[*o].content, &new[*n].content);
            // As many on both sides: the nth stays the nth.
            match free.iter().position(equal) {
                Some(at) if olds.len() != new_at[name].len() => new_of[*o] = Some(free.remove(at)),
                _ => left.push(*o),
            }
        }
        for (o, n) in left.into_iter().zip(free) {
            new_of[o] = Some(n);
        }
    }
}

fn by_name(items: &[Item]) -> HashMap<&str, Vec<usize>> {
    let mut found: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        if item.subject == Subject::Variable {
            found.entry(&item.name).or_default().push(at);
        }
    }
    found
}

fn same(a: &Content, b: &Content) -> bool {
    a.likeness(b) == Likeness::Same
}

/// Variables that went and came with the same readable value.
fn pair_renamed(old: &[Item], new: &[Item], new_of: &mut [Option<usize>]) {
    let taken: HashSet<usize> = new_of.iter().flatten().copied().collect();
    let mut came: Vec<usize> = (0..new.len())
        .filter(|n| new[*n].subject == Subject::Variable && !taken.contains(n))
        .collect();
    for o in 0..old.len() {
        if old[o].subject != Subject::Variable || new_of[o].is_some() {
            continue;
        }
        let renamed = came.iter().position(|n| {
            let same_place = || {
                let above = (0..o).rev().find_map(|above| new_of[above]);
                let above_new = (0..*n).rev().find(|at| taken.contains(at));
                above == above_new
            };
            old[o].bare().is_some_and(|value| {
                new[*n].bare() == Some(value)
                    && !value.is_empty()
                    && (value.len() >= TELLING_BYTES || same_place())
            })
        });
        if let Some(at) = renamed {
            new_of[o] = Some(came.remove(at));
        }
    }
}

/// Comments and lines of no form: equal ones in the same order, then what stands in their place.
fn pair_by_content(subject: Subject, old: &[Item], new: &[Item], new_of: &mut [Option<usize>]) {
    let of = |items: &[Item]| -> Vec<usize> {
        (0..items.len())
            .filter(|at| items[*at].subject == subject)
            .collect()
    };
    let (olds, news) = (of(old), of(new));
    let old_keys: Vec<_> = olds.iter().map(|at| key(&old[*at].content)).collect();
    let new_keys: Vec<_> = news.iter().map(|at| key(&new[*at].content)).collect();
    for op in capture_diff_slices(Algorithm::Myers, &old_keys, &new_keys) {
        if matches!(op, DiffOp::Equal { .. } | DiffOp::Replace { .. }) {
            for (o, n) in op.old_range().zip(op.new_range()) {
                new_of[olds[o]] = Some(news[n]);
            }
        }
    }
}

fn key(content: &Content) -> (bool, &[u8]) {
    match content {
        Content::Plain(plain) => (true, plain),
        Content::Sealed { token, .. } => (false, token),
    }
}

fn in_order(new_of: &[Option<usize>], new_len: usize) -> Vec<Pair> {
    let mut old_of = vec![None; new_len];
    for (o, n) in new_of.iter().enumerate() {
        if let Some(n) = n {
            old_of[*n] = Some(o);
        }
    }
    let removed = |o: &usize| new_of[*o].is_none();
    let run_from = |start: usize| {
        (start..new_of.len())
            .take_while(removed)
            .map(|o| Pair {
                old: Some(o),
                new: None,
            })
            .collect::<Vec<_>>()
    };
    let mut pairs = run_from(0);
    for (n, old) in old_of.iter().enumerate() {
        pairs.push(Pair {
            old: *old,
            new: Some(n),
        });
        pairs.extend(old.map_or(Vec::new(), |o| run_from(o + 1)));
    }
    pairs
}

/// By index in the new version: the variables that kept their name and stand in another order.
pub fn reordered(pairs: &[Pair], old: &Version, new: &Version) -> HashSet<usize> {
    let mut kept: Vec<(usize, usize)> = pairs
        .iter()
        .filter_map(|pair| Some((pair.old?, pair.new?)))
        .filter(|(o, n)| {
            let (old, new) = (&old.items[*o], &new.items[*n]);
            new.subject == Subject::Variable && new.name == old.name
        })
        .collect();
    let in_new: Vec<usize> = kept.iter().map(|(_, n)| *n).collect();
    kept.sort_unstable();
    let in_old: Vec<usize> = kept.into_iter().map(|(_, n)| n).collect();
    let stayed = common(&in_old, &in_new);
    in_new.into_iter().filter(|n| !stayed.contains(n)).collect()
}

fn common<T: Eq + Hash + Copy>(old: &[T], new: &[T]) -> HashSet<T> {
    capture_diff_slices(Algorithm::Patience, old, new)
        .into_iter()
        .filter(|op| matches!(op, DiffOp::Equal { .. }))
        .flat_map(|op| old[op.old_range()].to_vec())
        .collect()
}
