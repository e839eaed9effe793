//! Changes of several files together: what went from one and came to another, moved.

use serde::Serialize;

use super::content::Likeness;
use super::{Change, What};
use crate::core::environment::Environment;

/// The changes of one file.
#[derive(Clone, Debug, Serialize)]
pub struct FileChanges {
    /// The file's path in the repository, as git has it.
    pub path: String,
    /// The file's environment.
    pub environment: Environment,
    /// In the order of the file.
    pub changes: Vec<Change>,
}

/// Turns a removal in one file and an addition of the same name and value in another into one
/// move, told where the variable is now. Works between environments where both open.
pub fn find_moves(files: &mut [FileChanges]) {
    for to in 0..files.len() {
        for at in 0..files[to].changes.len() {
            if files[to].changes[at].what != What::Added {
                continue;
            }
            let origin = (0..files.len())
                .filter(|from| *from != to)
                .find_map(|from| {
                    let gone = &files[from].changes;
                    let came = &files[to].changes[at];
                    Some((from, gone.iter().position(|gone| is_move(gone, came))?))
                });
            if let Some((from, gone)) = origin {
                let gone = files[from].changes.remove(gone);
                let path = files[from].path.clone();
                let came = &mut files[to].changes[at];
                came.what = What::Moved { from: path };
                came.old = gone.old;
            }
        }
    }
}

fn is_move(gone: &Change, came: &Change) -> bool {
    gone.what == What::Removed
        && gone.name.is_some()
        && gone.name == came.name
        && match (&gone.old, &came.new) {
            (Some(old), Some(new)) => old.content.likeness(&new.content) == Likeness::Same,
            _ => false,
        }
}
