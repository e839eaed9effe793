//! Words, colours and layout for people. Knows nothing of git, and of values only what a mask leaves.

pub mod diff_view;
pub mod printable;
