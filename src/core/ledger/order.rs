//! An order of entries that depends on nothing but the set of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::entry::{Entry, EntryId};

/// Parents above their children, otherwise by time and then by id (Kahn's algorithm).
pub(super) fn parents_first(union: &BTreeMap<EntryId, &Entry>) -> Vec<Entry> {
    let mut waits_for: BTreeMap<EntryId, usize> = BTreeMap::new();
    let mut children: BTreeMap<EntryId, Vec<&Entry>> = BTreeMap::new();
    let mut free = BinaryHeap::new();
    for entry in union.values() {
        let known: Vec<_> = entry
            .parents
            .iter()
            .filter(|id| union.contains_key(id))
            .collect();
        if known.is_empty() {
            free.push(Reverse((entry.time, entry.id)));
        }
        waits_for.insert(entry.id, known.len());
        for parent in known {
            children.entry(*parent).or_default().push(entry);
        }
    }
    let mut ordered = Vec::with_capacity(union.len());
    while let Some(Reverse((_, id))) = free.pop() {
        ordered.push(union[&id].clone());
        for child in children.remove(&id).unwrap_or_default() {
            if let Some(waits) = waits_for.get_mut(&child.id) {
                *waits -= 1;
                if *waits == 0 {
                    free.push(Reverse((child.time, child.id)));
                }
            }
        }
    }
    ordered
}
