//! `git seal install`: the filter for all clones of this user, as Git LFS does it; or the hooks of
//! one repository, a server's too.

use crate::failure::{Failure, Outcome};
use crate::git::config::Scope;
use crate::git::hooks::{Consent, HookName, configured};
use crate::git::{Repository, command, filter};
use crate::ui::Ui;

use super::hooks;

/// Set up the filter for all your clones (global git configuration), or hooks here
///
/// A later `git clone` then opens sealed files by itself when the key is in the environment. Without
/// it, each clone needs `git seal unlock` once. From git 2.54 on the hooks are set up for all your
/// clones too; before, they come with `git seal init` and `git seal unlock`.
///
/// With --hooks nothing but the hooks of this repository is set up. In a bare repository on a server
/// that is pre-receive, which needs no key and refuses pushes that bring plain text.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal install\n  git seal install --uninstall\n  \
                  git seal install --hooks                      # in a clone: those that guard it\n  \
                  git -C /srv/app.git seal install --hooks      # on a server: pre-receive\n  \
                  git -C /srv/app.git seal install --hooks update"
)]
pub struct Args {
    /// Take it out again
    #[arg(long)]
    uninstall: bool,
    /// The hooks of this repository, or those named; --uninstall takes all of ours out
    #[arg(long, value_name = "NAME", num_args = 0..)]
    hooks: Option<Vec<HookName>>,
    /// Also write hooks into the work tree, or where other repositories use them too
    #[arg(long, requires = "hooks")]
    shared: bool,
}

/// Sets up the filter for this user, or the hooks of this repository.
///
/// # Errors
/// When git does not write its configuration, or hooks cannot be written.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    match &args.hooks {
        Some(names) => hooks_here(args, names, ui),
        None if args.uninstall => uninstall(ui),
        None => install(ui),
    }
}

fn hooks_here(args: &Args, names: &[HookName], ui: &Ui) -> Result<Outcome, Failure> {
    let repository = Repository::discover()?;
    let consent = if args.shared {
        Consent::Shared
    } else {
        Consent::OwnOnly
    };
    if args.uninstall {
        hooks::take_out(&repository, consent, ui)?;
        return Ok(Outcome::Fine);
    }
    let which = match (names, repository.work_tree()) {
        ([], None) => &[HookName::PreReceive][..],
        ([], Some(_)) => &HookName::CLIENT,
        (names, _) => names,
    };
    hooks::install(&repository, which, consent, ui)
}

fn install(ui: &Ui) -> Result<Outcome, Failure> {
    let program = filter::program()
        .map_err(|error| Failure::usage(format!("cannot locate git-seal: {error}")))?;
    filter::register(Scope::Global, &program)?;
    ui.note("git now uses the filter in all your clones");
    // A global core.hooksPath would switch off every repository's own hooks: never that.
    if configured::is_supported(command::git(None))? {
        let program = std::env::current_exe()?;
        configured::register(Scope::Global, &program, &HookName::CLIENT)?;
        ui.note("git now runs the hooks in all your clones");
    } else {
        ui.hint("hooks guard a clone after `git seal unlock` or `git seal init` there (for all clones: git 2.54)");
    }
    Ok(Outcome::Fine)
}

fn uninstall(ui: &Ui) -> Result<Outcome, Failure> {
    filter::unregister(Scope::Global)?;
    configured::unregister(Scope::Global)?;
    ui.note("removed the filter from your global git configuration");
    ui.hint("clones set up by `git seal init` or `git seal unlock` keep theirs: `git seal deinit` there");
    Ok(Outcome::Fine)
}
