//! The ledger, `.seal/ledger.jsonl`: which key each environment had when, by whom and why.
//!
//! JSON Lines, one [`Entry`] each. Entries name their parents by hash, so that two branches which
//! both append merge by plain union and still verify. The bytes are specified in docs/FORMAT.md.
//! Sealing refuses a damaged ledger ([`Ledger::parse`]); opening makes do with what is left of one
//! ([`Ledger::read`]).

mod ancestry;
pub mod append;
pub mod canonical;
pub mod due;
pub mod entry;
mod fields;
pub mod graph;
#[cfg(test)]
mod hostile;
mod order;
#[cfg(test)]
mod properties;
pub mod report;
#[cfg(test)]
pub(crate) mod samples;
pub mod sealing;
#[cfg(test)]
mod tests;
pub mod unwrap;
pub mod verify;

use std::collections::BTreeMap;

pub use append::{AppendError, Meta};
pub use due::{Due, RotationPolicy, State};
pub use entry::{Entry, EntryId, Event};
pub use fields::{BadEntry, time_text};
pub use graph::{KeyStatus, NoCurrent};
pub use sealing::SealingKeyError;
pub use verify::{Finding, Problem, Severity};

use graph::Graph;

/// Where the ledger stands, from the top of the work tree.
pub const PATH: &str = ".seal/ledger.jsonl";

/// The entries of a ledger in the order of its lines, and the graph that they form.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
    /// The line number of each entry, from 1.
    lines: Vec<usize>,
    damage: Vec<LedgerError>,
    graph: Graph,
}

/// A line that is no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LedgerError {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong with it.
    #[source]
    pub problem: BadEntry,
}

impl Ledger {
    /// Reads a ledger whose every line must be sound. Blank lines and CR before LF are tolerated,
    /// identical lines count once.
    ///
    /// # Errors
    /// Names the first bad line. The graph and the MACs are the business of [`Ledger::verify`].
    pub fn parse(text: &[u8]) -> Result<Self, LedgerError> {
        let ledger = Self::read(text);
        match ledger.damage.first() {
            Some(first) => Err(*first),
            None => Ok(ledger),
        }
    }

    /// Reads what can be read; bad lines are listed in [`Ledger::damage`]. Good for opening:
    /// sealing and appending refuse a damaged ledger.
    #[must_use]
    pub fn read(text: &[u8]) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines = Vec::new();
        let mut damage = Vec::new();
        let mut seen: BTreeMap<EntryId, usize> = BTreeMap::new();
        for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.trim_ascii().is_empty() {
                continue;
            }
            let number = at + 1;
            let problem = match Entry::parse(line) {
                Err(problem) => problem,
                Ok(entry) => match seen.get(&entry.id) {
                    Some(first) if entries[*first] == entry => continue,
                    Some(_) => BadEntry::OtherMacs,
                    None => {
                        seen.insert(entry.id, entries.len());
                        entries.push(entry);
                        lines.push(number);
                        continue;
                    }
                },
            };
            damage.push(LedgerError {
                line: number,
                problem,
            });
        }
        Self::assemble(entries, lines, damage)
    }

    fn assemble(entries: Vec<Entry>, lines: Vec<usize>, damage: Vec<LedgerError>) -> Self {
        let graph = Graph::of(&entries);
        Self {
            entries,
            lines,
            damage,
            graph,
        }
    }

    /// The lines that are no entries, in their order.
    #[must_use]
    pub fn damage(&self) -> &[LedgerError] {
        &self.damage
    }

    /// The whole text: each entry's line, ended by LF. Bad lines are not kept.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.entries
            .iter()
            .flat_map(|entry| [entry.to_line(), "\n".to_owned()])
            .collect()
    }

    /// This ledger with one more entry at its end. An entry already there is not repeated.
    #[must_use]
    pub fn with(&self, entry: Entry) -> Self {
        if self.entry(entry.id).is_some() {
            return self.clone();
        }
        let mut entries = self.entries.clone();
        let mut lines = self.lines.clone();
        let last = self
            .damage
            .iter()
            .map(|bad| bad.line)
            .chain(self.lines.iter().copied());
        lines.push(last.max().unwrap_or(0) + 1);
        entries.push(entry);
        Self::assemble(entries, lines, self.damage.clone())
    }

    /// The union of both, by id: for merge drivers and caches. Parents stand above their children,
    /// otherwise earlier times and then lower ids first, so that both sides get the same text. Of
    /// one entry with two sets of MACs, the lower line is kept. Bad lines of either are not kept: a
    /// caller who writes the union must look at [`Ledger::damage`] before.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let mut union: BTreeMap<EntryId, &Entry> = BTreeMap::new();
        for entry in self.entries.iter().chain(&other.entries) {
            union
                .entry(entry.id)
                .and_modify(|held| {
                    if entry.macs < held.macs {
                        *held = entry;
                    }
                })
                .or_insert(entry);
        }
        let entries = order::parents_first(&union);
        let lines = (1..=entries.len()).collect();
        Self::assemble(entries, lines, Vec::new())
    }

    /// The entries that `older` has and this ledger lacks, in the order of `older`: where there are
    /// any, this ledger went backwards. A cut-off tail cannot be seen from one file alone.
    #[must_use]
    pub fn compare_against(&self, older: &Self) -> Vec<EntryId> {
        older
            .entries
            .iter()
            .map(|entry| entry.id)
            .filter(|id| self.entry(*id).is_none())
            .collect()
    }

    /// All entries in the order of their lines.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry with this id.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.graph.position(id).map(|at| &self.entries[at])
    }

    /// The line number of an entry of this ledger, from 1; 0 for a stranger.
    #[must_use]
    pub fn line_of(&self, id: EntryId) -> usize {
        self.graph.position(id).map_or(0, |at| self.lines[at])
    }

    /// Whether there is neither an entry nor a bad line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.damage.is_empty()
    }
}
