//! How much changed, file by file.

use super::{View, columns, cut, fill};
use crate::core::changes::across::FileChanges;
use crate::core::changes::{Change, What};
use crate::core::printable::printable;

/// One line a file, and one for all.
#[must_use]
pub fn stat(files: &[FileChanges], view: &View<'_>) -> String {
    let changed: Vec<&FileChanges> = files.iter().filter(|f| !f.changes.is_empty()).collect();
    let path = |file: &FileChanges| printable(file.path.as_bytes());
    let longest = changed.iter().map(|file| columns(&path(file))).max();
    let column = longest.unwrap_or(0).min(view.width / 2);
    let mut out = String::new();
    for file in &changed {
        let line = format!(" {} | {}", fill(&path(file), column), counts(&file.changes));
        out += &cut(&line, view.width);
        out += "\n";
    }
    let all: Vec<Change> = changed
        .iter()
        .flat_map(|file| file.changes.clone())
        .collect();
    if !all.is_empty() {
        let files = match changed.len() {
            1 => "1 file".to_owned(),
            n => format!("{n} files"),
        };
        out += &cut(&format!(" {files}: {}", counts(&all)), view.width);
        out += "\n";
    }
    out
}

fn counts(changes: &[Change]) -> String {
    type Is = fn(&What) -> bool;
    let kinds: [(&str, Is); 9] = [
        ("added", |what| *what == What::Added),
        ("removed", |what| *what == What::Removed),
        ("changed", |what| *what == What::Changed),
        ("renamed", |what| matches!(what, What::Renamed { .. })),
        ("moved", |what| matches!(what, What::Moved { .. })),
        ("now readable", |what| *what == What::Exposed),
        ("unclear", |what| *what == What::Unclear),
        ("re-sealed", |what| {
            matches!(what, What::Resealed | What::Sealed)
        }),
        ("reordered", |what| *what == What::Reordered),
    ];
    let counted = kinds.iter().filter_map(|(word, is)| {
        let n = changes.iter().filter(|change| is(&change.what)).count();
        (n > 0).then(|| format!("{n} {word}"))
    });
    counted.collect::<Vec<_>>().join(", ")
}
