//! `git seal completions`: completions for a shell.

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

/// Prints the completions of the whole program.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &Args, mut program: clap::Command, ui: &Ui) -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut program, "git-seal", &mut text);
    ui.give(&text)?;
    Ok(Outcome::Fine)
}
