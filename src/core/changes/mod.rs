//! Two versions of a file as what was added, removed, changed: a diff before it is text.

pub mod content;
