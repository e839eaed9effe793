//! Which entries return to a key that stood before them, for all entries at once.
//!
//! Whoever can push chooses the graph. A walk per entry would take them a night; here every entry is
//! visited once for a few hundred keys.

use std::collections::{BTreeSet, HashMap};

use super::Ledger;
use super::entry::{Entry, Event};
use crate::core::key::KeyId;

/// Keys followed in one pass over the graph, a bit each.
const WORDS: usize = 8;
const KEYS_AT_ONCE: usize = WORDS * 64;

/// A set of the keys of one pass.
type Keys = [u64; WORDS];

impl Ledger {
    /// The positions of the rotations to a key under which an ancestor stands.
    pub(super) fn returning(&self) -> BTreeSet<usize> {
        let mut returning = BTreeSet::new();
        let suspects = self.keys_brought_twice();
        if suspects.is_empty() {
            return returning;
        }
        let order = self.parents_before_children();
        for keys in suspects.chunks(KEYS_AT_ONCE) {
            let numbers: HashMap<KeyId, usize> = keys.iter().copied().zip(0..).collect();
            // The keys of each entry and of all its ancestors.
            let mut stood = vec![Keys::default(); self.entries.len()];
            for (at, parents) in &order {
                let entry = &self.entries[*at];
                let mut before = Keys::default();
                for parent in parents {
                    for (word, above) in before.iter_mut().zip(&stood[*parent]) {
                        *word |= above;
                    }
                }
                if let Some(number) = numbers.get(&entry.key_id) {
                    let bit = 1 << (number % 64);
                    let word = &mut before[number / 64];
                    if *word & bit != 0 && entry.event == Event::Rotate {
                        returning.insert(*at);
                    }
                    *word |= bit;
                }
                stood[*at] = before;
            }
        }
        returning
    }

    /// Only a key that two entries bring can return: honest ledgers have none, or few.
    fn keys_brought_twice(&self) -> Vec<KeyId> {
        let brings = |at: &&usize| self.entries[**at].event.introduces_key();
        let traces = self.graph.keys.iter();
        let twice =
            traces.filter(|(_, trace)| trace.entries.iter().filter(brings).nth(1).is_some());
        twice.map(|(key, _)| *key).collect()
    }

    /// All positions with those of their parents, parents first (Kahn's algorithm). A graph of
    /// hashes has no circles.
    fn parents_before_children(&self) -> Vec<(usize, Vec<usize>)> {
        let parents_at = |entry: &Entry| self.graph.parents_at(&self.entries, entry);
        let parents: Vec<Vec<usize>> = self.entries.iter().map(parents_at).collect();
        let mut children = vec![Vec::new(); parents.len()];
        let mut waits_for: Vec<usize> = parents.iter().map(Vec::len).collect();
        for (at, own) in parents.iter().enumerate() {
            for parent in own {
                children[*parent].push(at);
            }
        }
        let free = (0..parents.len()).filter(|at| parents[*at].is_empty());
        let mut order: Vec<usize> = free.collect();
        let mut next = 0;
        while let Some(at) = order.get(next).copied() {
            next += 1;
            for child in &children[at] {
                waits_for[*child] -= 1;
                if waits_for[*child] == 0 {
                    order.push(*child);
                }
            }
        }
        let mut parents = parents;
        let with_parents = |at: usize| (at, std::mem::take(&mut parents[at]));
        order.into_iter().map(with_parents).collect()
    }
}
