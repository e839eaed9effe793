//! What `init`, `unlock`, `track` and `deinit` share: telling git of the filter, and who is acting.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::core::environment::Environment;
use crate::core::gitattributes;
use crate::core::ledger::Ledger;
use crate::failure::Failure;
use crate::git::config::Scope;
use crate::git::{GitError, Repository, command, filter, staging};
use crate::vault::Vault;

/// The work tree's top, or a failure that says why there is none.
///
/// # Errors
/// In a bare repository.
pub fn work_tree(repository: &Repository) -> Result<&Path, Failure> {
    repository.work_tree().ok_or_else(|| {
        Failure::usage("this is a bare repository: it has no work tree to seal files in")
            .hint("clone it, and run this in the clone")
    })
}

/// Refuses an environment that no ledger at hand has a key of.
///
/// # Errors
/// When it is none of this repository's: the message lists those.
pub fn known_environment(wanted: &Environment, ledgers: &[&Ledger]) -> Result<(), Failure> {
    let known: BTreeSet<&Environment> = ledgers.iter().flat_map(|l| l.environments()).collect();
    if known.contains(wanted) {
        return Ok(());
    }
    let known: Vec<String> = known.into_iter().map(ToString::to_string).collect();
    Err(
        Failure::usage(format!("there is no environment {wanted} here"))
            .hint(format!("there is: {}", known.join(", "))),
    )
}

/// Refuses policies and attributes that make no sense: without them nobody can tell which files are
/// sealed, and how.
///
/// # Errors
/// When some do not, by the name of the file.
pub fn usable_rules(vault: &mut Vault) -> Result<(), Failure> {
    for entry in vault.repository().sealed_entries()? {
        let checked = vault.check_rules(&entry.path);
        checked.map_err(|error| Failure::sealing(&entry.path, error))?;
    }
    Ok(())
}

/// Tells git of the filter in this clone.
///
/// # Errors
/// When git does not write its configuration.
pub fn configure_clone(repository: &Repository) -> Result<(), Failure> {
    let program = filter::program()
        .map_err(|error| Failure::usage(format!("cannot locate git-seal: {error}")))?;
    Ok(filter::register(Scope::Clone(repository.home()), &program)?)
}

/// `Name <email>` as git would write it into a commit.
#[must_use]
pub fn identity(repository: &Repository) -> String {
    let mut git = repository.git();
    git.args(["var", "GIT_COMMITTER_IDENT"]);
    let text = command::output(&mut git).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    match text.rfind('>') {
        Some(end) => text[..=end].to_owned(),
        None => "unknown <>".to_owned(),
    }
}

/// Adds lines to `.gitattributes` at the top of the work tree; says whether any was missing.
///
/// # Errors
/// When the file cannot be read or written.
pub fn add_attributes(repository: &Repository, lines: &[String]) -> Result<bool, Failure> {
    let file = work_tree(repository)?.join(".gitattributes");
    let old = read_if_there(&file)?.unwrap_or_default();
    match gitattributes::with_lines(&old, lines) {
        None => Ok(false),
        Some(new) => {
            staging::write_whole(&file, &new)?;
            Ok(true)
        }
    }
}

/// The content of a file of the work tree; a symbolic link is refused.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_if_there(file: &Path) -> Result<Option<Vec<u8>>, GitError> {
    let failed = |error| GitError::File(PathBuf::from(file), error);
    match std::fs::symlink_metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
        Ok(metadata) if metadata.is_symlink() => Err(GitError::Link(file.to_owned())),
        Ok(_) => std::fs::read(file).map(Some).map_err(failed),
    }
}
