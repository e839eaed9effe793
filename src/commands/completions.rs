//! `git seal completions`: completions for a shell.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal completions bash > ~/.local/share/bash-completion/completions/git-seal\n  \
                  git seal completions zsh > ~/.zfunc/_git-seal      # with ~/.zfunc in fpath\n  \
                  git seal completions fish > ~/.config/fish/completions/git-seal.fish"
)]
pub struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints the completions.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "git-seal", &mut text);
    ui.give(&text)?;
    Ok(Outcome::Fine)
}
