//! The history of variables over the versions of a file.

use serde::Serialize;

use super::version::{Reading, Version};
use super::{Change, What, between};

/// Something that happened to a variable.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// In which version, counted from 0, the oldest.
    pub version: usize,
    /// What happened against the version before.
    #[serde(flatten)]
    pub change: Change,
}

/// What happened to one variable, under all the names it had.
#[derive(Clone, Debug, Serialize)]
pub struct Thread {
    /// Its names, the latest last.
    pub names: Vec<String>,
    /// The oldest first.
    pub events: Vec<Event>,
}

impl Thread {
    /// Its name in the newest version that has it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }
}

/// Follows every variable through versions given oldest first, across renames; each thread in the
/// order in which its variable first came. Only two versions are held at a time.
#[must_use]
pub fn history(versions: impl IntoIterator<Item = Version>, reading: &Reading<'_>) -> Vec<Thread> {
    let mut threads: Vec<Thread> = Vec::new();
    let mut before = Version::default();
    for (version, now) in versions.into_iter().enumerate() {
        let changes = between(&before, &now, reading);
        // Renames first: a variable that takes the old name in the same version is another one.
        let (renames, others): (Vec<_>, Vec<_>) = changes
            .into_iter()
            .partition(|change| matches!(change.what, What::Renamed { .. }));
        for change in renames.into_iter().chain(others) {
            if let Some(name) = change.name.clone() {
                let thread = thread_of(&mut threads, &change.what, &name);
                if thread.name() != name {
                    thread.names.push(name);
                }
                thread.events.push(Event { version, change });
            }
        }
        before = now;
    }
    threads
}

fn thread_of<'t>(threads: &'t mut Vec<Thread>, what: &What, name: &str) -> &'t mut Thread {
    let current = match what {
        What::Renamed { from } => from,
        _ => name,
    };
    let at = threads
        .iter()
        .rposition(|thread| thread.name() == current)
        .unwrap_or_else(|| {
            threads.push(Thread {
                names: vec![name.to_owned()],
                events: Vec::new(),
            });
            threads.len() - 1
        });
    &mut threads[at]
}
