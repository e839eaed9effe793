//! How the repository here stands: what `status`, `doctor` and `git seal` alone tell of. Each file
//! knows one group of things that can be wrong.

mod candidates;
mod clone;
mod environments;
mod files;
mod hooks;
mod store;

use chrono::Utc;

use crate::core::config::CONFIG_PATH;
use crate::core::gitattributes::ATTRIBUTES_PATH;
use crate::core::printable::printable;
use crate::core::standing::{Problem, Report, Severity};
use crate::failure::Failure;
use crate::git::config::Settings;
use crate::keys::{Source, SourceTrouble};
use crate::vault::{LEDGER_PATH, Vault, View};

/// Looks at everything.
///
/// # Errors
/// In a bare repository, and when the repository cannot be read.
pub fn report(vault: &mut Vault) -> Result<Report, Failure> {
    super::setup::work_tree(vault.repository())?;
    let entries = vault.repository().sealed_entries()?;
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let has_ledger = snapshot.ledger_text.is_some();
    let mut report = Report {
        here: vault.repository().here(),
        is_initialised: has_ledger || !entries.is_empty(),
        ..Report::default()
    };
    if !report.is_initialised {
        report.problems = vec![Problem::new(
            "not-initialised",
            "git-seal is not set up in this repository",
            "git seal init",
        )];
        let unprotected = files::unprotected(vault, &report.here, &[])?;
        report.problems.extend(unprotected);
        return Ok(report);
    }
    let settings = Settings::read(vault.repository())?;
    report.files = vault.files_standing(&entries)?;
    report.environments = vault.environments_standing(Utc::now())?;
    report.is_shared = is_shared(vault)?;
    let mut problems = clone::problems(vault, &settings)?;
    if problems
        .iter()
        .all(|problem| problem.id != clone::NOT_SET_UP)
    {
        problems.extend(hooks::problems(vault.repository(), &settings)?);
    }
    problems.extend(store::problems(vault)?);
    problems.extend(vault.troubles().iter().filter_map(source_problem));
    problems.extend(clone::ledger_problems(
        vault,
        &report.here,
        !entries.is_empty(),
    )?);
    problems.extend(environments::not_set_up(vault, &report.here)?);
    problems.extend(files::problems(vault, &report.here, &entries)?);
    problems.extend(environments::problems(vault, &report)?);
    report.problems = problems;
    Ok(report)
}

/// What is wrong with a source of keys: a warning, as another source may have the key.
fn source_problem(trouble: &SourceTrouble) -> Option<Problem> {
    // The clone's own files are looked at with their directory.
    if matches!(trouble, SourceTrouble::WorldReadable(Source::Store(_))) {
        return None;
    }
    let what = printable(trouble.to_string().as_bytes());
    let advice = "git seal key show lists the keys that are at hand";
    Some(Problem::new("key-source", what, advice).weighing(Severity::Notice))
}

/// Whether what others need beside the sealed files is committed as it stands here.
fn is_shared(vault: &Vault) -> Result<bool, Failure> {
    let mut git = vault.repository().git();
    git.args(["status", "--porcelain", "-z", "--untracked-files=all", "--"]);
    git.args(
        [ATTRIBUTES_PATH, LEDGER_PATH, CONFIG_PATH].map(|path| format!(":(top,literal){path}")),
    );
    Ok(crate::git::command::output(&mut git)?.is_empty())
}
