//! What people are told: what happened, and what to do with the new key.

use std::collections::BTreeSet;

use crate::core::environment::Environment;
use crate::core::here::Here;
use crate::core::key::KeyId;
use crate::core::ledger::{Entry, Ledger};
use crate::core::printable::printable;
use crate::failure::Failure;
use crate::git::index;
use crate::keys::environment::variable;
use crate::keys::store;
use crate::ui::Ui;
use crate::ui::rotation::counted;
use crate::vault::rotation::journal::{Prepared, Running};
use crate::vault::rotation::{OpenFile, Plan, Sealed};
use crate::vault::{LEDGER_PATH, Vault};

use super::{Args, branches};

/// Branches named before "and N more".
const BRANCHES_SHOWN: usize = 10;

fn flag(environment: &Environment) -> String {
    if environment.is_default() {
        String::new()
    } else {
        format!(" --env {environment}")
    }
}

fn line(entry: &Entry) -> String {
    format!(
        "environment {}: key {} replaces {}; {}, {}",
        entry.environment,
        entry.key_id.short(),
        replaced(entry),
        counted(entry.files, "file"),
        counted(entry.values, "value"),
    )
}

fn replaced(entry: &Entry) -> String {
    let old: Vec<String> = entry.previous.iter().map(|id| id.short()).collect();
    old.join(", ")
}

/// Warns where this clone has seen a newer key than the ledger at hand: rotating makes a fork.
pub fn newer_elsewhere(
    vault: &mut Vault,
    ledger: &Ledger,
    environments: &BTreeSet<Environment>,
    ui: &Ui,
) {
    let cached = vault.cached_ledger();
    let Some(cached) = cached.lenient_ledger() else {
        return;
    };
    for environment in environments {
        let newer = cached
            .heads(environment)
            .into_iter()
            .find(|head| ledger.entry(head.id).is_none());
        if let Some(head) = newer {
            ui.warn(&format!(
                "environment {environment} was rotated to key {} on {} on another branch: \
                 rotating here too makes a fork, which one more rotation after the merge settles",
                head.key_id.short(),
                head.time.format("%Y-%m-%d"),
            ));
        }
    }
}

/// A dry run's answer.
pub fn rehearsed(sealed: &Sealed, ui: &Ui) {
    for entry in &sealed.entries {
        ui.say(&format!(
            "environment {}: {} with {} under {} would come under a new key: all open, and seal",
            entry.environment,
            counted(entry.files, "file"),
            counted(entry.values, "value"),
            replaced(entry),
        ));
    }
    ui.note("nothing was changed");
}

/// After `--prepare`.
pub fn prepared(vault: &Vault, plan: &Plan, args: &Args, ui: &Ui) {
    for (environment, key) in &plan.keys {
        ui.say(&format!(
            "environment {environment}: key {} is prepared; the old key seals until --finish",
            key.id().short()
        ));
        ui.hint(&format!(
            "hand it out: {}",
            where_it_is(vault, environment, key.id(), args)
        ));
        ui.hint(&format!(
            "then, when everyone has it: git seal rotate{} --finish",
            flag(environment)
        ));
    }
}

/// How to get at a key that the ledger does not know yet.
fn where_it_is(vault: &Vault, environment: &Environment, id: KeyId, args: &Args) -> String {
    match (&args.new_key_file, &args.key_from_env) {
        (Some(file), _) => format!("cat {}", printable(file.as_os_str().as_encoded_bytes())),
        (None, Some(name)) => format!("printenv {}", printable(name.as_bytes())),
        (None, None) => {
            let file = store::key_path(vault.repository(), environment, id);
            format!("cat {}", printable(file.as_os_str().as_encoded_bytes()))
        }
    }
}

/// After the rotation.
///
/// # Errors
/// When git does not answer.
pub fn rotated(
    vault: &Vault,
    files: &[OpenFile],
    plan: &Plan,
    sealed: &Sealed,
    staged: &[index::Entry],
    args: &Args,
    ui: &Ui,
) -> Result<(), Failure> {
    for entry in &sealed.entries {
        ui.say(&line(entry));
    }
    if !args.commit {
        ui.hint(&format!(
            "{} and the ledger are staged: git commit -m \"Rotate the key\" && git push",
            counted(i64::try_from(staged.len()).unwrap_or(i64::MAX), "file")
        ));
    }
    let refused = store::is_refused(vault.repository())?;
    for environment in plan.keys.keys() {
        what_to_do_with_the_key(environment, refused, args, ui);
    }
    values_stay(sealed, plan.compromised, ui);
    let paths: Vec<&[u8]> = files
        .iter()
        .map(|file| file.entry.path.as_slice())
        .collect();
    open_branches(vault, &paths, ui)
}

fn what_to_do_with_the_key(environment: &Environment, refused: bool, args: &Args, ui: &Ui) {
    let name = variable(environment);
    let export = match &args.new_key_file {
        Some(file) => format!("cat {}", printable(file.as_os_str().as_encoded_bytes())),
        None if refused => format!(
            "printenv {}",
            args.key_from_env.as_deref().unwrap_or_default()
        ),
        None => format!("git seal key export{} --yes", flag(environment)),
    };
    if refused {
        ui.hint(&format!(
            "this clone keeps no keys (seal.store=never): set {name} to the new key before you go on"
        ));
    }
    ui.hint(&format!("CI: {export} | gh secret set {name}"));
    ui.hint(&format!(
        "Kubernetes: {export} | kubectl create secret generic git-seal-key --from-file={name}=/dev/stdin \
         --dry-run=client -o yaml | kubectl apply -f -"
    ));
    ui.hint(&format!(
        "colleagues, each with the new key from you: git seal unlock{}",
        flag(environment)
    ));
}

fn values_stay(sealed: &Sealed, compromised: bool, ui: &Ui) {
    let values = sealed
        .entries
        .iter()
        .fold(0_u32, |sum, entry| sum.saturating_add(entry.values));
    if values == 0 {
        return;
    }
    if compromised {
        ui.warn(&format!(
            "whoever has the old key can read all {values} values, in history for ever: \
             change each at its provider; `git seal audit` lists what is left to do"
        ));
    } else {
        ui.note(
            "the values stay what they were, and the old key opens them in history: \
             change those that somebody who has it should no longer know",
        );
    }
}

fn open_branches(vault: &Vault, paths: &[&[u8]], ui: &Ui) -> Result<(), Failure> {
    let names = branches::open_branches(vault.repository(), paths)?;
    if names.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = names
        .iter()
        .take(BRANCHES_SHOWN)
        .map(String::as_str)
        .collect();
    let more = match names.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    ui.note(&format!(
        "these branches change sealed files under the old key: {}{more}; merge them in a clone that \
         has the new key, not on a server",
        shown.join(", ")
    ));
    Ok(())
}

/// After `--abort` of a rotation under way.
pub fn aborted(running: &Running, undone: bool, here: &Here, ui: &Ui) {
    if !undone {
        ui.note("the rotation is complete and staged: there was nothing left to do");
        ui.hint(&format!(
            "to undo it before it is committed: git restore --staged --worktree {}, and git restore --staged the sealed files",
            here.argument(LEDGER_PATH.as_bytes())
        ));
        return;
    }
    ui.note("taken back: the old key seals, nothing is staged");
    for (environment, id) in running.keys() {
        unused(environment, &id.short(), ui);
    }
}

/// After `--abort` of a prepared rotation.
pub fn dropped(prepared: &Prepared, ui: &Ui) {
    ui.note(&format!(
        "environment {}: the prepared rotation is dropped",
        prepared.environment
    ));
    if let Some(id) = prepared.key_id() {
        unused(&prepared.environment, &id.short(), ui);
    }
}

fn unused(environment: &Environment, id: &str, ui: &Ui) {
    ui.note(&format!(
        "the key {id} made for environment {environment} was not deleted, and nothing is sealed under it"
    ));
}
