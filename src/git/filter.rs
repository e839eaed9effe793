//! The filter, the merge driver and the masked view as git is told of them, in a clone's
//! configuration or the user's.

use std::path::{Path, PathBuf};

use super::command::{self, GitError, git};
use super::config::Scope;

/// The keys that make a filter of us, with what follows the program's name. `required`: without it
/// git stages plain text when sealing fails (measured with git 2.47).
const COMMANDS: [(&str, &str); 3] = [
    ("filter.seal.process", "filter-process"),
    ("filter.seal.clean", "clean %f"),
    ("filter.seal.smudge", "smudge %f"),
];
const REQUIRED: &str = "filter.seal.required";
/// Merging and viewing. Where git is older than 2.44 it leaves `%S %X %Y` as they are.
const DRIVERS: [(&str, &str); 2] = [
    ("merge.seal.driver", "merge-driver %O %A %B %P %L %S %X %Y"),
    ("diff.seal.textconv", "textconv"),
];
/// Cached views are objects of the repository: never that, even masked.
const SETTINGS: [(&str, &str); 2] = [
    ("merge.seal.name", "git-seal, by variable"),
    ("diff.seal.cachetextconv", "false"),
];

/// Tells git of the filter, the merge driver and the masked view; `program` is how git is to call us.
///
/// # Errors
/// When git does not write its configuration.
pub fn register(scope: Scope<'_>, program: &str) -> Result<(), GitError> {
    // First of all: a half-written configuration must refuse, not pass plain text.
    scope.set(REQUIRED, "true")?;
    for (key, value) in SETTINGS {
        scope.set(key, value)?;
    }
    for (key, arguments) in COMMANDS.into_iter().chain(DRIVERS) {
        scope.set(key, &format!("{program} {arguments}"))?;
    }
    Ok(())
}

/// Takes all of it out again.
///
/// # Errors
/// When git does not write its configuration.
pub fn unregister(scope: Scope<'_>) -> Result<(), GitError> {
    for section in ["filter.seal", "merge.seal", "diff.seal"] {
        scope.remove_section(section)?;
    }
    Ok(())
}

/// Whether this scope alone makes a working filter.
///
/// # Errors
/// When git does not answer.
pub fn is_registered(scope: Scope<'_>) -> Result<bool, GitError> {
    let required = scope.get(REQUIRED)?.as_deref() == Some("true");
    Ok(required && scope.get(COMMANDS[0].0)?.is_some())
}

/// How git is to call this program: by its bare name where git finds this very binary under it,
/// else by its absolute path, quoted for the shell that git runs filters with.
///
/// # Errors
/// When the running binary cannot be located.
pub fn program() -> std::io::Result<String> {
    let this = std::env::current_exe()?;
    let real = this.canonicalize().unwrap_or_else(|_| this.clone());
    let found = on_gits_path("git-seal").and_then(|path| path.canonicalize().ok());
    if found.as_ref() == Some(&real) {
        return Ok("git-seal".to_owned());
    }
    let text = this
        .to_str()
        .ok_or_else(|| std::io::Error::other("the path of git-seal is not UTF-8"))?;
    shlex::try_quote(text)
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| std::io::Error::other("the path of git-seal holds a NUL byte"))
}

/// Where git finds a program: its own directory goes before PATH.
#[must_use]
pub fn on_gits_path(name: &str) -> Option<PathBuf> {
    let own = command::output(git(None).arg("--exec-path")).ok();
    let own = own.map(|text| PathBuf::from(String::from_utf8_lossy(&text).trim_end()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.into_iter()
        .chain(std::env::split_paths(&path))
        .map(|directory| directory.join(name))
        .find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    let Ok(metadata) = file.metadata() else {
        return false;
    };
    #[cfg(unix)]
    let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let executable = true;
    metadata.is_file() && executable
}
