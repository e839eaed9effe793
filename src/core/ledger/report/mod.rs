//! The ledger for other programs and for auditors: one file per format. Pure text; whatever came
//! from the repository is escaped as the format demands.

pub mod csv;
mod html;
pub mod ics;
pub mod json;
pub mod prometheus;

pub use html::{Verified, page};

use super::{Entry, KeyStatus, Ledger};

/// What the ledger says of an entry's key, as a word.
#[must_use]
pub fn status(ledger: &Ledger, entry: &Entry) -> &'static str {
    match ledger.status_of(&entry.environment, entry.key_id) {
        KeyStatus::Current => "current",
        KeyStatus::Forked => "forked",
        KeyStatus::Retired { .. } => "retired",
        KeyStatus::Unknown => "unknown",
    }
}

/// Ids and the like, with single spaces between them.
fn joined<T: ToString>(items: &[T]) -> String {
    let texts: Vec<String> = items.iter().map(T::to_string).collect();
    texts.join(" ")
}
