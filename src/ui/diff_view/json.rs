//! One JSON document: `{"version": 1, "files": [{"path", "environment", "changes": […]}]}`.

use serde_json::{Value, json as object};

use super::View;
use super::row::masked;
use crate::core::changes::across::FileChanges;
use crate::core::printable::printable_json;

/// The shape's version; it grows where a reader would have to change.
pub const VERSION: u32 = 1;

/// All files, also those without changes; each value as its mask, under `masked`.
#[must_use]
pub fn json(files: &[FileChanges], view: &View<'_>) -> String {
    write(&object!({"version": VERSION, "files": values(files, view)}))
}

/// The files of [`json`], for another document.
#[must_use]
pub fn values(files: &[FileChanges], view: &View<'_>) -> Vec<Value> {
    files.iter().map(|file| value(file, view)).collect()
}

/// A document as text that is safe to print.
#[must_use]
pub fn write(document: &Value) -> String {
    let text = serde_json::to_string_pretty(document).expect("keys are strings");
    printable_json(&text) + "\n"
}

fn value(file: &FileChanges, view: &View<'_>) -> Value {
    let mut value = serde_json::to_value(file).expect("keys are strings");
    for (at, change) in file.changes.iter().enumerate() {
        for (side, end) in [("old", &change.old), ("new", &change.new)] {
            if let Some(end) = end {
                value["changes"][at][side]["masked"] = masked(end, change.subject, view).into();
            }
        }
    }
    value
}
