//! The recipes: begin, prepare, finish, continue, abort.

use std::collections::BTreeSet;

use chrono::Utc;

use crate::core::environment::Environment;
use crate::core::key::KeyId;
use crate::core::ledger::time_text;
use crate::failure::{Failure, Outcome};
use crate::git::staging::IndexUpdate;
use crate::git::{Repository, command};
use crate::keys::store;
use crate::ui::Ui;
use crate::vault::rotation::journal::{Journal, Prepared, Running};
use crate::vault::rotation::{self, OpenFile, Plan};
use crate::vault::{Vault, View, crash_point};

use super::keys::NewKeys;
use super::{Args, keys, reason, say};

/// A rotation from its beginning, or as far as it was asked for.
///
/// # Errors
/// When it does not take place; nothing is changed then.
pub fn begin(
    vault: &mut Vault,
    journal: Journal,
    args: &Args,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let ledger = super::ledger(vault)?;
    let mut environments = super::chosen(args, &ledger)?;
    if args.finish && args.all {
        environments.retain(|environment| journal.prepared_for(environment).is_some());
    }
    let prepared = prepared(&journal, &environments, args)?;
    let (text, compromised) = match prepared.first() {
        Some(first) if args.reason.is_none() => (
            first.reason.clone(),
            args.compromised || prepared.iter().any(|one| one.compromised),
        ),
        _ => (
            reason::ask(args.reason.as_deref(), ui)?,
            args.compromised || prepared.iter().any(|one| one.compromised),
        ),
    };
    if args.commit {
        refuse_other_changes(vault.repository())?;
    }
    say::newer_elsewhere(vault, &ledger, &environments, ui);
    let files = super::open(vault, &environments, args.suite)?;
    reason::refuse_secrets(&text, &files)?;
    let keys = if args.finish {
        found(vault, &prepared, args)?
    } else {
        keys::make(vault, &environments, args)?
    };
    let plan = super::plan(vault, keys, text, compromised, args.suite);
    // All that can be refused is refused before anything is written.
    let sealed = rotation::seal(vault, &files, &plan)?;
    if args.dry_run {
        say::rehearsed(&sealed, ui);
        return Ok(Outcome::Fine);
    }
    crash_point("sealed");
    let outcome = write(vault, journal, &files, &plan, &sealed, args, ui);
    outcome.map_err(|failure| match forget_unused(&plan, args) {
        Ok(true) => failure.hint("nothing was changed, and the new key is forgotten"),
        Ok(false) | Err(_) => failure,
    })
}

fn write(
    vault: &mut Vault,
    journal: Journal,
    files: &[OpenFile],
    plan: &Plan,
    sealed: &rotation::Sealed,
    args: &Args,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    if !args.finish {
        keys::keep(vault.repository(), &plan.keys, args)?;
    }
    crash_point("key");
    if args.prepare {
        return prepare(vault, journal, plan, args, ui);
    }
    carry_out(vault, journal, files, plan, sealed, args, ui)
}

/// After a failure, removes the keys that this run made, unless something may be sealed under them or
/// the rotation can be continued. Says whether it did.
fn forget_unused(plan: &Plan, args: &Args) -> Result<bool, Failure> {
    if args.finish || args.key_from_env.is_some() || args.new_key_file.is_some() {
        return Ok(false);
    }
    let mut vault = Vault::open()?;
    let journal = Journal::read(vault.repository())?;
    let ids: BTreeSet<KeyId> = plan.keys.values().map(|key| key.id()).collect();
    let is_ours = |one: &Prepared| one.key_id().is_some_and(|id| ids.contains(&id));
    if journal.running.is_some() || journal.prepared.iter().any(is_ours) {
        return Ok(false);
    }
    for view in [
        View::WorkTree,
        View::Index,
        View::Revision("HEAD".to_owned()),
    ] {
        let snapshot = vault.snapshot(&view)?;
        if ids.iter().any(|id| snapshot.readable_ledger().knows(*id)) {
            return Ok(false);
        }
    }
    for (environment, key) in &plan.keys {
        store::forget_key(vault.repository(), environment, key.id())?;
    }
    Ok(true)
}

fn prepared(
    journal: &Journal,
    environments: &BTreeSet<Environment>,
    args: &Args,
) -> Result<Vec<Prepared>, Failure> {
    let known: Vec<Prepared> = environments
        .iter()
        .filter_map(|environment| journal.prepared_for(environment).cloned())
        .collect();
    if args.finish && (known.len() < environments.len() || known.is_empty()) {
        return Err(Failure::usage("no key is prepared in this clone").hint(
            "`git seal rotate --prepare` makes one; with a colleague's prepared key: \
                 `git seal rotate --key-from-env VAR`",
        ));
    }
    match known.first() {
        Some(one) if !args.finish => Err(Failure::usage(format!(
            "a key for environment {} is prepared since {}",
            one.environment, one.since
        ))
        .hint("rotate to it with `git seal rotate --finish`, or drop the plan with `git seal rotate --abort`")),
        _ => Ok(known),
    }
}

fn found(vault: &Vault, prepared: &[Prepared], args: &Args) -> Result<NewKeys, Failure> {
    prepared
        .iter()
        .map(|one| {
            let id = one.key_id().ok_or_else(|| {
                Failure::usage(
                    "the journal of rotations holds no key id: `git seal rotate --abort`",
                )
            })?;
            let key = keys::find(vault, &one.environment, id, args)?;
            Ok((one.environment.clone(), key))
        })
        .collect()
}

fn prepare(
    vault: &Vault,
    mut journal: Journal,
    plan: &Plan,
    args: &Args,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    for (environment, key) in &plan.keys {
        journal.prepared.push(Prepared::new(
            environment.clone(),
            key.id(),
            plan.reason.clone(),
            plan.compromised,
            time_text(Utc::now()),
        ));
    }
    journal.write(vault.repository())?;
    say::prepared(vault, plan, args, ui);
    Ok(Outcome::Fine)
}

fn carry_out(
    vault: &mut Vault,
    mut journal: Journal,
    files: &[OpenFile],
    plan: &Plan,
    sealed: &rotation::Sealed,
    args: &Args,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let ids = plan.keys.iter().map(|(env, key)| (env.clone(), key.id()));
    journal.running = Some(Running::new(
        ids,
        plan.reason.clone(),
        plan.compromised,
        plan.suite,
        &vault.repository().layout().git_dir,
    ));
    journal.write(vault.repository())?;
    crash_point("journal");
    let staged = match rotation::commit(vault, files, plan, sealed) {
        Ok(staged) => staged,
        Err(error) => {
            take_back(journal);
            return Err(error.into());
        }
    };
    journal.running = None;
    journal
        .prepared
        .retain(|one| !plan.keys.contains_key(&one.environment));
    journal.write(vault.repository())?;
    crash_point("done");
    say::rotated(vault, files, plan, sealed, &staged, args, ui)?;
    // A fresh look at the ledger puts it into this clone's cache.
    Vault::open()?.snapshot(&View::WorkTree)?;
    if args.commit {
        commit(vault.repository(), plan)?;
        ui.hint("it is committed: git push");
    }
    Ok(Outcome::Fine)
}

/// After a failure that left everything as it was, there is nothing to continue.
fn take_back(mut journal: Journal) {
    let Some(running) = journal.running.take() else {
        return;
    };
    let undone = Vault::open()
        .map_err(rotation::RotationError::from)
        .and_then(|mut vault| {
            if rotation::undo(&mut vault, &running)? {
                journal.write(vault.repository())?;
            }
            Ok(())
        });
    // Where even that fails (a full disk), the journal stays, and `--abort` does it later.
    drop(undone);
}

/// Ends an interrupted rotation.
///
/// # Errors
/// When there is none, or it still cannot be done.
pub fn go_on(
    vault: &mut Vault,
    journal: Journal,
    args: &Args,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let Some(running) = journal.running.clone() else {
        return Err(Failure::usage("no rotation was interrupted in this clone"));
    };
    refuse_other_work_tree(vault.repository(), &running)?;
    let mut keys = NewKeys::new();
    for (environment, id) in running.keys() {
        let key = keys::find(vault, environment, id, args)?;
        keys.insert(environment.clone(), key);
    }
    let environments: BTreeSet<Environment> = keys.keys().cloned().collect();
    let suite = running.suite();
    let files = super::open(vault, &environments, suite)?;
    let plan = super::plan(vault, keys, running.reason, running.compromised, suite);
    let sealed = rotation::seal(vault, &files, &plan)?;
    carry_out(vault, journal, &files, &plan, &sealed, args, ui)
}

fn refuse_other_work_tree(repository: &Repository, running: &Running) -> Result<(), Failure> {
    if running.git_dir == repository.layout().git_dir || !running.git_dir.exists() {
        return Ok(());
    }
    Err(
        Failure::usage("the rotation was interrupted in another work tree of this repository")
            .hint("`git worktree list` shows them all: run this there"),
    )
}

/// Takes an interrupted rotation back, or drops a prepared one.
///
/// # Errors
/// When there is none, or the ledger cannot be written.
pub fn abort(
    vault: &mut Vault,
    mut journal: Journal,
    args: &Args,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    if let Some(running) = journal.running.take() {
        refuse_other_work_tree(vault.repository(), &running)?;
        // Taking the lock on the index clears one that the killed rotation left.
        drop(IndexUpdate::prepare(vault.repository(), &[])?);
        let undone = rotation::undo(vault, &running)?;
        journal.write(vault.repository())?;
        say::aborted(&running, undone, &vault.repository().here(), ui);
        return Ok(Outcome::Fine);
    }
    let dropped: Vec<Prepared> = journal
        .prepared
        .iter()
        .filter(|one| {
            args.env
                .as_ref()
                .is_none_or(|wanted| *wanted == one.environment)
        })
        .cloned()
        .collect();
    if dropped.is_empty() {
        return Err(Failure::usage(
            "no rotation was interrupted or prepared in this clone",
        ));
    }
    journal.prepared.retain(|one| !dropped.contains(one));
    journal.write(vault.repository())?;
    for one in &dropped {
        say::dropped(one, ui);
    }
    Ok(Outcome::Fine)
}

fn refuse_other_changes(repository: &Repository) -> Result<(), Failure> {
    let mut git = repository.git();
    git.args(["diff", "--cached", "--quiet", "--no-ext-diff"]);
    if command::run(&mut git, None)?.status.success() {
        return Ok(());
    }
    Err(
        Failure::usage("something else is staged: --commit would commit it too")
            .hint("commit or unstage it first, or leave --commit out"),
    )
}

fn commit(repository: &Repository, plan: &Plan) -> Result<(), Failure> {
    let names: Vec<&str> = plan.keys.keys().map(Environment::as_str).collect();
    let message = format!(
        "Rotate the key of {}\n\n{}\n",
        names.join(", "),
        plan.reason
    );
    let mut git = repository.git();
    git.args(["commit", "--quiet", "--file=-"]);
    command::output_with_input(&mut git, message.as_bytes()).map_err(|error| {
        Failure::from(error)
            .hint("the rotation itself is done and staged: commit it with `git commit`")
    })?;
    Ok(())
}
