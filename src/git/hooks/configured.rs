//! Hooks as git's configuration has them, from git 2.54 on (git-hook(1)): `hook.<name>.event` says
//! when, `hook.<name>.command` what. They run before the hook files and beside each other, every one
//! with the arguments and its own copy of the input; one refusal is enough.

use std::path::Path;
use std::process::Command;

use super::super::command::{self, GitError};
use super::super::config::Scope;
use super::super::index::records;
use super::super::repository::Repository;
use super::{HookName, script};

/// The first git that runs hooks from its configuration.
const SINCE: (u32, u32) = (2, 54);

/// Whether the git that `git` starts runs hooks from its configuration. Older ones ignore them
/// without a word.
///
/// # Errors
/// When git does not answer.
pub fn is_supported(mut git: Command) -> Result<bool, GitError> {
    let text = command::output(git.arg("version"))?;
    Ok(version(&String::from_utf8_lossy(&text)) >= Some(SINCE))
}

/// Major and minor of `git version 2.54.0.windows.1`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("git version ")?.split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next()?.trim_end().parse().ok()?;
    Some((major, minor))
}

/// The section of a hook. Not the bare name of the event: git refuses that.
fn section(name: HookName) -> String {
    format!("hook.seal-{name}")
}

/// Has git call us at these hooks; `program` is where git-seal is when PATH does not have it.
///
/// # Errors
/// When git does not write its configuration.
pub fn register(scope: Scope<'_>, program: &Path, which: &[HookName]) -> Result<(), GitError> {
    for name in which {
        let section = section(*name);
        // The command first: git stops at an event that has none.
        scope.set(&format!("{section}.command"), &command_for(program, *name))?;
        scope.set(&format!("{section}.event"), name.as_str())?;
    }
    Ok(())
}

/// What git gives to the shell, with ` "$@"` behind it. Where git-seal is missing, repositories
/// without sealed files are not disturbed: a user's configuration is everywhere.
fn command_for(program: &Path, name: HookName) -> String {
    let program = script::quoted(Some(program));
    let program = String::from_utf8_lossy(&program);
    format!(
        "seal() {{ for program in git-seal {program}; do \
         command -v \"$program\" >/dev/null 2>&1 && exec \"$program\" hook {name} \"$@\"; done; \
         [ -n \"$(git ls-files .seal)\" ] || exit 0; \
         echo \"git-seal: error: {name}: git-seal is not there: nothing was checked, so this is refused\" >&2; \
         echo \"git-seal: hint: install it with: cargo install git-seal\" >&2; \
         echo \"git-seal: hint: to do without it: git config --unset-all hook.seal-{name}.event\" >&2; \
         exit 1; }}; seal"
    )
}

/// Has git call us no more.
///
/// # Errors
/// When git cannot be started.
pub fn unregister(scope: Scope<'_>) -> Result<(), GitError> {
    HookName::ALL
        .iter()
        .try_for_each(|name| scope.remove_section(&section(*name)))
}

/// The hooks at which git calls us by its configuration, of whatever scope.
///
/// # Errors
/// When git does not answer.
pub fn events(repository: &Repository) -> Result<Vec<HookName>, GitError> {
    let mut git = repository.git();
    git.args(["config", "-z", "--get-regexp", r"^hook\.seal-.*\.event$"]);
    // Anything but 0 says that there are none: most repositories need no second question.
    let output = command::run(&mut git, None)?;
    if !output.status.success() || !is_supported(repository.git())? {
        return Ok(Vec::new());
    }
    let mut events = Vec::new();
    for record in records(&output.stdout) {
        let record = String::from_utf8_lossy(record);
        let event = record.split_once('\n').map(|(_, event)| event);
        events.extend(
            HookName::ALL
                .into_iter()
                .filter(|name| event == Some(name.as_str())),
        );
    }
    for name in events.clone() {
        let enabled = repository.config(&format!("{}.enabled", section(name)))?;
        if enabled.is_some_and(|word| matches!(word.as_str(), "false" | "no" | "off" | "0")) {
            events.retain(|event| *event != name);
        }
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_every_platform_writes_them() {
        assert_eq!(version("git version 2.54.0\n"), Some((2, 54)));
        assert_eq!(version("git version 2.47.3.windows.1"), Some((2, 47)));
        assert_eq!(version("git version 2.39 (Apple Git-145)\n"), None);
        assert_eq!(version("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(version("git version 3.0.0-rc0"), Some((3, 0)));
        assert_eq!(version("zsh: no"), None);
        assert!(version("git version 3.0.0") >= Some(SINCE));
        assert!(version("git version 2.53.9") < Some(SINCE));
        assert!(None < Some(SINCE));
    }
}
