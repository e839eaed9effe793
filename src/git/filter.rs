//! The filter, the merge driver and the masked view as git is told of them, in a clone's
//! configuration or the user's.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::command::{self, GitError, git};
use super::config::{Scope, Settings};

/// The keys that make a filter of us, with what follows the program's name. `required`: without it
/// git stages plain text when sealing fails (measured with git 2.47).
const COMMANDS: [(&str, &str); 3] = [
    ("filter.seal.process", "filter-process"),
    ("filter.seal.clean", "clean %f"),
    ("filter.seal.smudge", "smudge %f"),
];
const REQUIRED: &str = "filter.seal.required";
/// Merging and viewing. Where git is older than 2.44 it leaves `%S %X %Y` as they are.
const DRIVER: (&str, &str) = ("merge.seal.driver", "merge-driver %O %A %B %P %L %S %X %Y");
/// The masked view.
const TEXTCONV: &str = "diff.seal.textconv";
/// The small program that masks.
const SMALL: &str = "git-seal-textconv";
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
    let there = scope.list()?;
    let set = |key: &str, value: &str| match there.get(key) {
        Some(old) if old == value => Ok(()),
        _ => scope.replace(key, value),
    };
    // First of all: a half-written configuration must refuse, not pass plain text.
    set(REQUIRED, "true")?;
    for (key, value) in SETTINGS {
        set(key, value)?;
    }
    for (key, arguments) in COMMANDS.into_iter().chain([DRIVER]) {
        set(key, &format!("{program} {arguments}"))?;
    }
    set(TEXTCONV, &textconv(program))
}

/// The keys of the registration that are not as [`register`] writes them. What is somebody's own
/// command, not one of ours, is left alone.
#[must_use]
pub fn outdated(settings: &Settings) -> Vec<&'static str> {
    let (key, arguments) = COMMANDS[0];
    let process = settings.get(key).unwrap_or_default();
    let Some(program) = process
        .strip_suffix(arguments)
        .and_then(|rest| rest.strip_suffix(' '))
    else {
        return Vec::new();
    };
    let filters = COMMANDS.into_iter().chain([DRIVER]);
    let wanted = filters.map(|(key, arguments)| (key, format!("{program} {arguments}")));
    let wanted = wanted.chain([(TEXTCONV, textconv(program))]);
    let is_other = |(key, wanted): &(&'static str, String)| {
        let there = settings.get(key);
        there.is_none_or(|there| there != wanted && is_ours(there))
    };
    wanted.filter(is_other).map(|(key, _)| key).collect()
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
    let this = where_it_stands(std::env::current_exe()?);
    let real = this.canonicalize().unwrap_or_else(|_| this.clone());
    let found = on_gits_path("git-seal").and_then(|path| path.canonicalize().ok());
    if found.as_ref() == Some(&real) {
        return Ok("git-seal".to_owned());
    }
    let text = this
        .to_str()
        .ok_or_else(|| std::io::Error::other("the path of git-seal is not UTF-8"))?;
    shlex::try_quote(text)
        .map(Cow::into_owned)
        .map_err(|_| std::io::Error::other("the path of git-seal holds a NUL byte"))
}

/// Linux names a program that was replaced while it ran `PATH (deleted)`: its successor is meant.
fn where_it_stands(this: PathBuf) -> PathBuf {
    let successor = this
        .to_str()
        .and_then(|text| text.strip_suffix(" (deleted)"))
        .map(PathBuf::from);
    match successor {
        Some(successor) if !this.exists() && successor.exists() => successor,
        _ => this,
    }
}

/// The command of the masked view, for a program named as [`program`] names it: the small program
/// that is installed beside this one, or, where it is not, this one.
#[must_use]
fn textconv(program: &str) -> String {
    small_program(program == "git-seal").unwrap_or_else(|| format!("{program} textconv"))
}

/// Whether a command is one that [`textconv`] makes, here or elsewhere, now or in an older version.
#[must_use]
fn is_ours(command: &str) -> bool {
    let words = shlex::split(command).unwrap_or_default();
    let name = words.first().and_then(|word| Path::new(word).file_stem());
    name.is_some_and(|name| name == "git-seal" || name == SMALL)
}

fn small_program(is_bare: bool) -> Option<String> {
    let this = std::env::current_exe().ok()?.canonicalize().ok()?;
    let beside = this.with_file_name(format!("{SMALL}{}", std::env::consts::EXE_SUFFIX));
    if is_bare {
        let found = on_gits_path(SMALL)?.canonicalize().ok()?;
        return (found == beside).then(|| SMALL.to_owned());
    }
    let quoted = shlex::try_quote(beside.to_str()?).ok()?.into_owned();
    is_program(&beside).then_some(quoted)
}

/// Where git finds a program: its own directory goes before PATH.
#[must_use]
pub fn on_gits_path(name: &str) -> Option<PathBuf> {
    static OWN: OnceLock<Option<PathBuf>> = OnceLock::new();
    let own = OWN.get_or_init(|| {
        let text = command::output(git(None).arg("--exec-path")).ok()?;
        Some(PathBuf::from(String::from_utf8_lossy(&text).trim_end()))
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.clone()
        .into_iter()
        .chain(std::env::split_paths(&path))
        .map(|directory| directory.join(name))
        .find(|file| is_program(file))
}

/// Whether a file is there that can be run.
#[must_use]
pub fn is_program(file: &Path) -> bool {
    let Ok(metadata) = file.metadata() else {
        return false;
    };
    #[cfg(unix)]
    let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let executable = true;
    metadata.is_file() && executable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_replaced_is_registered_where_its_successor_stands() {
        let directory = tempfile::tempdir().expect("a directory");
        let program = directory.path().join("git-seal");
        let deleted = directory.path().join("git-seal (deleted)");
        assert_eq!(where_it_stands(deleted.clone()), deleted);
        std::fs::write(&program, "").expect("writes");
        assert_eq!(where_it_stands(deleted.clone()), program);
        std::fs::write(&deleted, "").expect("writes");
        assert_eq!(where_it_stands(deleted.clone()), deleted);
    }
}
