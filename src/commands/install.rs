//! `git seal install`: the filter for all clones of this user, as Git LFS does it.

use crate::failure::{Failure, Outcome};
use crate::git::config::Scope;
use crate::git::filter;
use crate::ui::Ui;

/// Set up the filter for all your clones (global git configuration)
///
/// A later `git clone` then opens sealed files by itself when the key is in the environment. Without
/// it, each clone needs `git seal unlock` once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  git seal install\n  git seal install --uninstall")]
pub struct Args {
    /// Take it out again
    #[arg(long)]
    uninstall: bool,
}

/// Writes or removes the global configuration.
///
/// # Errors
/// When git does not write it.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    if args.uninstall {
        filter::unregister(Scope::Global)?;
        ui.note("removed the filter from your global git configuration");
        ui.hint("clones set up by `git seal init` or `git seal unlock` keep theirs: `git seal deinit` there");
        return Ok(Outcome::Fine);
    }
    let program = filter::program()
        .map_err(|error| Failure::usage(format!("cannot locate git-seal: {error}")))?;
    filter::register(Scope::Global, &program)?;
    ui.note("git now uses the filter in all your clones");
    Ok(Outcome::Fine)
}
