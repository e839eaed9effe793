//! The usual view: a block for each file, a line or two for each change.

use console::Style;

use super::row::Row;
use super::{View, columns, cut, pad, style};
use crate::core::changes::across::FileChanges;
use crate::core::changes::{Change, What};

/// What stands left of the names: two blanks, the sign, a blank.
const MARGIN: usize = 4;

/// All files with changes, each under its path and environment.
#[must_use]
pub fn text(files: &[FileChanges], view: &View<'_>) -> String {
    let blocks = files.iter().filter(|file| !file.changes.is_empty());
    blocks
        .map(|file| block(file, view))
        .collect::<Vec<_>>()
        .join("\n")
}

fn block(file: &FileChanges, view: &View<'_>) -> String {
    let (shown, counted): (Vec<&Change>, Vec<&Change>) = file
        .changes
        .iter()
        .partition(|change| view.resealed || change.what != What::Resealed);
    let rows: Vec<Row> = shown.iter().map(|change| Row::of(change, view)).collect();
    let longest = rows.iter().map(|row| columns(&row.name)).max();
    let names = longest.unwrap_or(0).min(view.width / 3);
    let mut out = view.title(file);
    for (change, row) in shown.iter().zip(&rows) {
        for line in lines(row, names, view) {
            out += &view.paint(style(&change.what), &line);
            out += "\n";
        }
    }
    if !counted.is_empty() {
        let line = cut(&format!("  = {} re-sealed only", counted.len()), view.width);
        out += &view.paint(Style::new().dim(), &line);
        out += "\n";
    }
    out
}

/// One line if it fits, else the new value and the note below the old one.
fn lines(row: &Row, names: usize, view: &View<'_>) -> Vec<String> {
    let head = format!("  {} {}", row.sign, pad(&row.name, names));
    let arrow = |new: &String| format!("→ {new}");
    let mut cells: Vec<String> = match (&row.old, &row.new) {
        (Some(old), Some(new)) if old == new || row.is_same_value => vec![new.clone()],
        (old, Some(new)) if old.is_some() => old.iter().cloned().chain([arrow(new)]).collect(),
        (old, new) => old.iter().chain(new).cloned().collect(),
    };
    if !row.note.is_empty() {
        cells.push(format!("({})", row.note));
    }
    let mut lines = vec![head];
    for cell in cells {
        let last = lines.last_mut().expect("the head is there");
        if columns(last) + 2 + columns(&cell) <= view.width {
            last.push_str("  ");
            last.push_str(&cell);
        } else {
            lines.push(format!("{:1$}{cell}", "", MARGIN + names + 2));
        }
    }
    let shown = |line: &String| match line.trim_end() {
        line if view.uncut => line.to_owned(),
        line => cut(line, view.width),
    };
    lines.iter().map(shown).collect()
}
