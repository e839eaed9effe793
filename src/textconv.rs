//! The `git-seal-textconv` binary: a file masked, for git's own views.

use std::process::ExitCode;

fn main() -> ExitCode {
    git_seal::cli::textconv()
}
