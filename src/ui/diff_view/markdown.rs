//! A table for each file, for a pull-request comment.

use super::View;
use super::row::Row;
use crate::core::changes::What;
use crate::core::changes::across::FileChanges;
use crate::core::printable::printable;

/// All files with changes. Whatever comes from the repository stands in code spans.
#[must_use]
pub fn markdown(files: &[FileChanges], view: &View<'_>) -> String {
    let tables = files.iter().filter(|file| !file.changes.is_empty());
    tables
        .map(|file| table(file, view))
        .collect::<Vec<_>>()
        .join("\n")
}

fn table(file: &FileChanges, view: &View<'_>) -> String {
    let path = code(&printable(file.path.as_bytes()));
    let mut out = format!("### {path} ({})\n\n", file.environment);
    let resealed = file.changes.iter().filter(|c| c.what == What::Resealed);
    let hidden = if view.resealed { 0 } else { resealed.count() };
    if hidden < file.changes.len() {
        out += "|   | Name | Before | After | |\n|---|---|---|---|---|\n";
    }
    for change in &file.changes {
        if change.what == What::Resealed && !view.resealed {
            continue;
        }
        let row = Row::of(change, view);
        let value = |value: &Option<String>| value.as_deref().map(code).unwrap_or_default();
        let note = if row.note.is_empty() {
            String::new()
        } else {
            code(&row.note)
        };
        let cells = [
            code(&row.sign.to_string()),
            code(&row.name),
            value(&row.old),
            value(&row.new),
            note,
        ];
        out += "| ";
        out += &cells.join(" | ");
        out += " |\n";
    }
    if hidden > 0 {
        out += "\n";
        out += &hidden.to_string();
        out += " re-sealed only\n";
    }
    out
}

/// A code span inside a table: nothing in it is read as Markdown, HTML or a mention.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|"))
}
