//! `git seal deinit`: this clone without git-seal.

use crate::failure::{Failure, Outcome};
use crate::git::config::Scope;
use crate::git::filter;
use crate::git::hooks::Consent;
use crate::ui::Ui;
use crate::vault::Vault;

use super::{hooks, lock, setup};

/// Take the filter and the hooks out of this clone
///
/// The repository itself stays as it is: colleagues keep working. The clone's keys stay in its store
/// unless the files are sealed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal deinit --files sealed     # files as the repository has them, keys forgotten\n  \
                        git seal deinit --files plain      # files stay open in the work tree"
)]
pub struct Args {
    /// How to leave sealed files in the work tree
    #[arg(long, value_enum, value_name = "FORM")]
    files: Option<Files>,
    /// With `--files sealed`: overwrite unstaged changes, forget keys that are nowhere else
    #[arg(long)]
    force: bool,
}

/// The form in which files are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Files {
    /// Sealed, as in the repository
    Sealed,
    /// Plain, as they are
    Plain,
}

/// Takes git-seal out of the clone.
///
/// # Errors
/// When something would be lost.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let vault = Vault::open()?;
    setup::work_tree(vault.repository())?;
    let files = if let Some(files) = args.files {
        files
    } else {
        let question = "How should sealed files be left in the work tree?";
        let answers = [
            "sealed, as the repository has them; the clone's keys are forgotten",
            "plain, as they are",
        ];
        match ui.choose(question, &answers, "--files sealed or --files plain")? {
            0 => Files::Sealed,
            _ => Files::Plain,
        }
    };
    if files == Files::Sealed {
        lock::run(&lock::Args::everything(args.force), ui)?;
    }
    filter::unregister(Scope::Clone(vault.repository().home()))?;
    ui.note("the filter is out of this clone's configuration");
    hooks::take_out(vault.repository(), Consent::OwnOnly, ui)?;
    if files == Files::Plain {
        ui.warn("git now takes these files as they are: `git add` would commit their values in plain text");
        ui.hint(&format!(
            "if the repository is to be without git-seal, remove its lines from .gitattributes and `git rm -r {}`",
            vault.repository().here().argument(b".seal")
        ));
    }
    Ok(Outcome::Fine)
}
