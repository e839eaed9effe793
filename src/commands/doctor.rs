//! `git seal doctor`: every way the set-up can be wrong, each with its fix.

use std::path::Path;

use serde_json::json;

use crate::core::standing::json::problem_rows;
use crate::core::standing::next::counted;
use crate::core::standing::{Problem, Remedy};
use crate::failure::{Failure, Outcome};
use crate::git::config::Scope;
use crate::git::hooks::{Consent, HookName};
use crate::git::{command, hooks};
use crate::ui::Ui;
use crate::ui::standing::{problem_line, problem_lines};
use crate::vault::Vault;

use super::{setup, standing};

/// Find what is wrong with the set-up, and mend it
///
/// Looks at git's configuration, the hooks, attributes, ignore rules, the ledger, the clone's key store
/// and what is staged and committed. With --fix it mends what is safe to mend: it writes git's
/// configuration of this clone, hooks, lines at the end of .gitattributes, permissions, and seals
/// anew what is staged. It never touches files of yours, and commits nothing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal doctor\n  git seal doctor --fix\n  git seal doctor --json\n\n\
                  Exit code: 0 all is well; 1 something is not; 2 the configuration cannot be used; \
                  4 something does not authenticate; 5 it could not be told."
)]
pub struct Args {
    /// Mend what can be mended safely
    #[arg(long)]
    fix: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Diagnoses, and mends with `--fix`.
///
/// # Errors
/// When the repository cannot be read.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    let mut problems = standing::report(&mut vault)?.set_up_problems();
    if args.fix {
        problems = mend_all(problems, ui)?;
    }
    if args.json {
        let document = json!({ "version": 1, "problems": problem_rows(&problems) });
        ui.say(&document.to_string());
    } else {
        tell(&problems, args.fix, ui);
    }
    let outcomes = problems.iter().map(|problem| problem.severity.into());
    Ok(outcomes.fold(Outcome::Fine, Outcome::worse))
}

fn tell(problems: &[Problem], was_fixing: bool, ui: &Ui) {
    if problems.is_empty() {
        ui.say("all is well");
    } else {
        ui.say(&problem_lines(problems));
    }
    let mendable = problems.iter().filter(|p| p.remedy.is_some()).count();
    if mendable > 0 && !was_fixing {
        let all = counted(problems.len(), "problem");
        let which = if mendable == problems.len() {
            all
        } else {
            format!("{mendable} of {all}")
        };
        ui.hint(&format!("`git seal doctor --fix` mends {which}"));
    }
}

/// Applies each remedy once, and looks again after each round: a mended problem may uncover another,
/// and one is believed mended when it is gone. Gives what is left.
fn mend_all(mut problems: Vec<Problem>, ui: &Ui) -> Result<Vec<Problem>, Failure> {
    let mut tried: Vec<Remedy> = Vec::new();
    loop {
        let mut vault = Vault::open()?;
        let mut attempted = Vec::new();
        for problem in problems {
            let Some(remedy) = problem.remedy.as_ref().filter(|r| !tried.contains(r)) else {
                continue;
            };
            tried.push(remedy.clone());
            match mend(&mut vault, remedy) {
                Ok(()) => attempted.push(problem),
                Err(failure) => {
                    ui.warn(&format!("could not mend {}: {failure}", problem.id));
                    failure.hints.iter().for_each(|hint| ui.hint(hint));
                }
            }
        }
        vault = Vault::open()?;
        problems = standing::report(&mut vault)?.set_up_problems();
        for problem in &attempted {
            let is_there = |left: &Problem| left.id == problem.id && left.path == problem.path;
            if !problems.iter().any(is_there) {
                ui.note(&format!("mended {}", problem_line(problem)));
            }
        }
        if attempted.is_empty() {
            return Ok(problems);
        }
    }
}

fn mend(vault: &mut Vault, remedy: &Remedy) -> Result<(), Failure> {
    match remedy {
        Remedy::SetUp => {
            setup::configure_clone(vault.repository())?;
            install_hooks(vault)
        }
        Remedy::Register => setup::configure_clone(vault.repository()),
        Remedy::Require => {
            Ok(Scope::Clone(vault.repository().home()).set("filter.seal.required", "true")?)
        }
        Remedy::DropViewCache => {
            Scope::Clone(vault.repository().home()).set("diff.seal.cachetextconv", "false")?;
            let mut git = vault.repository().git();
            git.args(["update-ref", "-d", "refs/notes/textconv/seal"]);
            command::output(&mut git)?;
            Ok(())
        }
        Remedy::Hooks => install_hooks(vault),
        Remedy::Tighten(files) => Ok(files.iter().try_for_each(|file| tighten(file))?),
        Remedy::AddAttributes(line) => {
            setup::add_attributes(vault.repository(), std::slice::from_ref(line)).map(drop)
        }
        Remedy::Reseal(path) => {
            let mut entries = vault.repository().sealed_entries()?;
            entries.retain(|entry| entry.path == *path);
            vault
                .reseal_staged(&entries)
                .map(drop)
                .map_err(|(path, error)| Failure::sealing(&path, error))
        }
    }
}

fn install_hooks(vault: &Vault) -> Result<(), Failure> {
    let program = std::env::current_exe()?;
    let which = &HookName::CLIENT;
    hooks::install(vault.repository(), &program, which, Consent::OwnOnly)?;
    Ok(())
}

/// Takes away what others may do with a file.
fn tighten(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path)?.permissions().mode() & 0o700;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
