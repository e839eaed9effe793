//! What can be wrong with the hooks that guard a clone.

use crate::core::printable::printable;
use crate::core::standing::{Problem, Remedy};
use crate::failure::Failure;
use crate::git::config::Settings;
use crate::git::hooks::{self, HookName, HooksState, Place, Standing};
use crate::git::{Repository, paths};

pub(super) fn problems(
    repository: &Repository,
    settings: &Settings,
) -> Result<Option<Problem>, Failure> {
    let state = hooks::survey(repository)?;
    let open = state.unguarded(&HookName::CLIENT);
    let is_stale = |name: &&HookName| state.standing(**name) == Standing::Stale;
    let stale: Vec<&HookName> = HookName::CLIENT.iter().filter(is_stale).collect();
    let directory = printable(&paths::to_bytes(state.directory.as_os_str()));
    if state.place == Place::Off {
        let what = format!(
            "core.hooksPath is {directory}, which is no directory: git runs no hook, and nothing is checked"
        );
        return Ok(Some(Problem::new("hooks-off", what, advice(&state))));
    }
    if !open.is_empty() && !state.overshadowed.is_empty() {
        let what = format!(
            "core.hooksPath is {directory}, so git does not run git-seal's hooks: {}",
            listed(&open)
        );
        return Ok(Some(Problem::new(
            "hooks-overshadowed",
            what,
            advice(&state),
        )));
    }
    if !open.is_empty() {
        let is_global = settings.scope("filter.seal.process") != Some("local");
        let (id, what) = if is_global && open.len() == HookName::CLIENT.len() {
            (
                "global-without-hooks",
                "the filter is set up for all your clones, but no hook guards this one".to_owned(),
            )
        } else {
            (
                "hooks-missing",
                format!("git-seal does not check at {}", listed(&open)),
            )
        };
        return Ok(Some(if state.place == Place::Own {
            Problem::new(id, what, "git seal install --hooks").mended_by(Remedy::Hooks)
        } else {
            Problem::new(id, what, advice(&state))
        }));
    }
    if stale.is_empty() {
        return Ok(None);
    }
    let names: Vec<HookName> = stale.into_iter().copied().collect();
    let what = format!(
        "hooks of another version, that are not executable, or that call a git-seal that is gone: {}",
        listed(&names)
    );
    let problem = Problem::new("hooks-stale", what, "git seal install --hooks");
    Ok(Some(problem.mended_by(Remedy::Hooks)))
}

fn advice(state: &HooksState) -> String {
    state.advice(&HookName::CLIENT).join("\n")
}

fn listed(names: &[HookName]) -> String {
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    names.join(", ")
}
