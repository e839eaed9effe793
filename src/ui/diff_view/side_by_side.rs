//! Before and after in two columns.

use super::row::Row;
use super::{View, columns, cut, fill, style};
use crate::core::changes::What;
use crate::core::changes::across::FileChanges;
use crate::core::printable::printable;

/// All files with changes; what is missing on a side leaves it blank.
#[must_use]
pub fn side_by_side(files: &[FileChanges], view: &View<'_>) -> String {
    let column = view.width.saturating_sub(3) / 2;
    let mut out = String::new();
    for file in files.iter().filter(|file| !file.changes.is_empty()) {
        if !out.is_empty() {
            out += "\n";
        }
        out += &view.title(file);
        for change in &file.changes {
            if change.what == What::Resealed && !view.resealed {
                continue;
            }
            let row = Row::of(change, view);
            let was = match &change.what {
                What::Renamed { from } => printable(from.as_bytes()),
                _ => row.name.clone(),
            };
            let left = row
                .old
                .as_ref()
                .map(|old| cell(row.sign, &was, old, column));
            let right = row
                .new
                .as_ref()
                .map(|new| cell(row.sign, &row.name, new, column));
            let line = format!(
                "{} │ {}",
                fill(&left.unwrap_or_default(), column),
                right.unwrap_or_default()
            );
            out += &view.paint(style(&change.what), line.trim_end());
            out += "\n";
        }
    }
    out
}

/// The sign, the name and the value; the name gives way where both don't fit.
fn cell(sign: char, name: &str, value: &str, width: usize) -> String {
    let room = width.saturating_sub(columns(value) + 3);
    let name = fill(name, room.max(width / 3));
    cut(&format!("{sign} {name} {value}"), width)
}
