//! The `git-seal` binary.

fn main() {}
