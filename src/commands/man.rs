//! `git seal man`: the manual pages.

use std::path::PathBuf;

use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// Print the manual page, or write one page per command
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal man | man -l -\n  git seal man --directory ~/.local/share/man/man1"
)]
pub struct Args {
    /// Write git-seal.1 and a page per command into this directory instead
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Prints or writes the pages of the whole program.
///
/// # Errors
/// When they cannot be written.
pub fn run(args: &Args, program: clap::Command, ui: &Ui) -> Result<Outcome, Failure> {
    if let Some(directory) = &args.directory {
        std::fs::create_dir_all(directory)?;
        clap_mangen::generate_to(program, directory)?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(program).render(&mut page)?;
        ui.give(&page)?;
    }
    Ok(Outcome::Fine)
}
