//! What `init`, `unlock`, `install` and `deinit` share: the hooks, and what is said about them.

use std::path::Path;

use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::hooks::{self, Consent, HookName, HooksState, Place};
use crate::git::{Repository, paths};
use crate::ui::Ui;

/// Installs the hooks that guard a clone. What stands in the way is said, and fails nothing: the
/// filter works without them.
pub fn guard_clone(repository: &Repository, ui: &Ui) {
    if let Err(failure) = install(repository, &HookName::CLIENT, Consent::OwnOnly, ui) {
        ui.warn(&format!("no hooks guard this clone: {failure}"));
        failure.hints.iter().for_each(|hint| ui.hint(hint));
    }
}

/// Installs hooks, and says what came of it; `Outcome::No` where one is missing still.
///
/// # Errors
/// When they cannot be written.
pub fn install(
    repository: &Repository,
    which: &[HookName],
    consent: Consent,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::usage(format!("cannot locate git-seal: {error}")))?;
    let installed = hooks::install(repository, &program, which, consent)?;
    for kept in &installed.kept {
        ui.note(&format!(
            "kept the hook that was there, which runs first: {}",
            shown(kept)
        ));
    }
    let state = &installed.state;
    if !installed.written.is_empty() {
        ui.note(&format!("installed hooks: {}", listed(which)));
    }
    let open = state.unguarded(which);
    if !open.is_empty() {
        ui.warn(&format!(
            "{}: git-seal does not judge at {}",
            whose(state),
            listed(&open)
        ));
    }
    for text in state.advice(which) {
        ui.hint(&text);
    }
    Ok(if open.is_empty() {
        Outcome::Fine
    } else {
        Outcome::No
    })
}

fn whose(state: &HooksState) -> String {
    let directory = shown(&state.directory);
    match state.place {
        Place::Own | Place::Off => directory,
        Place::WorkTree => {
            format!("hooks are in the work tree ({directory}), where others get them too")
        }
        Place::Elsewhere => {
            format!("hooks are in {directory}, where other repositories may use them too")
        }
    }
}

/// Takes the hooks out, and says what came of it.
///
/// # Errors
/// When they cannot be written.
pub fn take_out(repository: &Repository, consent: Consent, ui: &Ui) -> Result<(), Failure> {
    let removed = hooks::uninstall(repository, consent)?;
    if !removed.removed.is_empty() || !removed.restored.is_empty() {
        ui.note("took the hooks out");
    }
    for file in &removed.restored {
        ui.note(&format!("as it was before: {}", shown(file)));
    }
    for file in &removed.left {
        ui.warn(&format!("left as it is: {}", shown(file)));
    }
    let is_shared = hooks::survey(repository)?.place != Place::Own;
    if !removed.left.is_empty() && consent == Consent::OwnOnly && is_shared {
        ui.hint("others get them too; to take git-seal out of them all the same: git seal install --uninstall --hooks --shared");
    }
    Ok(())
}

fn listed(names: &[HookName]) -> String {
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    names.join(", ")
}

fn shown(path: &Path) -> String {
    printable(&paths::to_bytes(path.as_os_str()))
}
