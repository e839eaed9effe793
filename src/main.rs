//! The `git-seal` binary: calls the library and turns the outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    git_seal::cli::main()
}
