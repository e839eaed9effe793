//! `git seal lock`: the reverse of `unlock`.

use std::collections::BTreeSet;

use crate::core::environment::Environment;
use crate::core::key::KeyId;
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::index::Entry;
use crate::git::unfinished;
use crate::keys::{Source, store};
use crate::ui::{Ui, counted};
use crate::vault::{Extent, OnDisk, Vault, View};

use super::edit::desk;
use super::setup;

/// Seal the files of this clone in the work tree again, and forget its keys
///
/// Refuses while a sealed file has changes that are not staged, and where a key is nowhere but in
/// this clone. What git itself has left behind in plain text (conflicts that rerere remembers, files
/// of mergetool) is removed where it holds a value that sealed files hold today, and so is the copy of an
/// `edit` that was killed. Keys in environment variables stay where they are: the next checkout opens files with
/// them again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal lock\n  git seal lock --env production\n  git seal lock --purge\n  \
                  git seal lock --keep-key --env production   # sealed on disk until `git seal unlock`"
)]
pub struct Args {
    /// Only this environment
    #[arg(long, value_name = "ENV")]
    env: Option<Environment>,
    /// Overwrite changes that are not staged, and forget keys that are nowhere else
    #[arg(long)]
    force: bool,
    /// Keep the key: files stay sealed on disk, and `run`, `edit`, `set`, `get`, `export` still work
    #[arg(long)]
    keep_key: bool,
    /// Remove everything that rerere and mergetool have left behind, whatever it holds
    #[arg(long)]
    purge: bool,
}

impl Args {
    /// Every environment.
    #[must_use]
    pub fn everything(force: bool) -> Self {
        Self {
            env: None,
            force,
            keep_key: false,
            purge: false,
        }
    }
}

/// Locks the clone.
///
/// # Errors
/// When something would be lost.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    setup::work_tree(vault.repository())?;
    if let Some(wanted) = &args.env {
        let snapshot = vault.snapshot(&View::WorkTree)?;
        // A damaged ledger keeps nobody from locking.
        if let Some(ledger) = snapshot.lenient_ledger() {
            setup::known_environment(wanted, &[ledger])?;
        }
    }
    let open = files_to_seal(&mut vault, args)?;
    if args.keep_key {
        return keep_sealed(&mut vault, args, &open, ui);
    }
    if !args.force {
        refuse_to_lose_keys(&mut vault, args.env.as_ref())?;
    }
    // While there still are keys that tell what is a value.
    let swept = sweep(&mut vault, args)?;
    vault.check_out_again(&open, true)?;
    store::forget(vault.repository(), args.env.as_ref())?;
    vault.record().forget()?;
    ui.note(&match open.len() {
        0 => "no file was open in the work tree; the clone's keys are forgotten".to_owned(),
        number => format!(
            "sealed {} in the work tree; the clone's keys are forgotten",
            counted(number, "file")
        ),
    });
    say_swept(swept, ui);
    for found in &vault.at_hand().found {
        if let Source::Variable(_) | Source::VariableFile(..) = found.source {
            ui.warn(&format!(
                "{} is still set: the next checkout opens files with it",
                found.source
            ));
        }
    }
    Ok(Outcome::Fine)
}

/// Seals the files on disk and lets them stay so, with the key at hand.
fn keep_sealed(
    vault: &mut Vault,
    args: &Args,
    open: &[Entry],
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let swept = sweep(vault, args)?;
    for environment in environments(vault, args.env.as_ref())? {
        vault.keep_sealed(&environment, true)?;
    }
    vault.check_out_again(open, true)?;
    vault.record().forget()?;
    ui.note(&format!(
        "sealed {} in the work tree; they stay sealed until `git seal unlock`, and the key stays",
        counted(open.len(), "file")
    ));
    say_swept(swept, ui);
    Ok(Outcome::Fine)
}

fn say_swept(swept: usize, ui: &Ui) {
    if swept > 0 {
        ui.note(&format!(
            "removed {} of rerere, mergetool or `git seal edit`",
            counted(swept, "leftover")
        ));
    }
}

/// The environment asked for, or all.
///
/// # Errors
/// When the ledger cannot be read.
pub fn environments(
    vault: &mut Vault,
    wanted: Option<&Environment>,
) -> Result<Vec<Environment>, Failure> {
    if let Some(wanted) = wanted {
        return Ok(vec![wanted.clone()]);
    }
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let ledger = snapshot.lenient_ledger();
    Ok(ledger
        .map(|ledger| ledger.environments().cloned().collect())
        .unwrap_or_default())
}

fn sweep(vault: &mut Vault, args: &Args) -> Result<usize, Failure> {
    let mut entries = Vec::new();
    for entry in vault.repository().sealed_entries()? {
        if entry.is_file() && is_of(vault, &entry, args.env.as_ref())? {
            entries.push(entry);
        }
    }
    let extent = if args.purge {
        Extent::All
    } else {
        Extent::Known
    };
    // Files that a killed command was about to put into the work tree.
    unfinished::sweep(&store::local_directory(vault.repository()));
    Ok(vault.sweep(&entries, extent)?.len() + desk::sweep(vault.repository()))
}

/// The files that are open on disk.
fn files_to_seal(vault: &mut Vault, args: &Args) -> Result<Vec<Entry>, Failure> {
    let mut open = Vec::new();
    let mut changed = Vec::new();
    for entry in vault.repository().sealed_entries()? {
        if !entry.is_file() || entry.skip_worktree || !is_of(vault, &entry, args.env.as_ref())? {
            continue;
        }
        if entry.stage != 0 {
            return Err(Failure::new(
                Outcome::No,
                format!("{} is in conflict", printable(&entry.path)),
            )
            .hint("settle the conflict, or give it up with `git merge --abort` or the like"));
        }
        match vault.on_disk(&entry)? {
            OnDisk::Open => open.push(entry),
            OnDisk::Changed | OnDisk::Untold if args.force => open.push(entry),
            OnDisk::Untold => vault.check_rules(&entry.path).map_err(|error| {
                Failure::sealing(&entry.path, error).hint(
                    "or lock all the same, and lose changes that are not staged, with --force",
                )
            })?,
            OnDisk::Changed => changed.push(printable(&entry.path)),
            OnDisk::Absent | OnDisk::AsStaged => {}
        }
    }
    if changed.is_empty() {
        return Ok(open);
    }
    Err(Failure::new(
        Outcome::No,
        format!(
            "changes that are not staged would be lost: {}",
            changed.join(", ")
        ),
    )
    .hint("`git add` or stash them first, or lose them with --force"))
}

fn is_of(
    vault: &mut Vault,
    entry: &Entry,
    environment: Option<&Environment>,
) -> Result<bool, Failure> {
    let Some(environment) = environment else {
        return Ok(true);
    };
    let rules = crate::vault::rules::Rules::of(vault.repository(), &entry.path)?;
    Ok(rules.is_ok_and(|rules| rules.environment == *environment))
}

/// A key that is only in this clone's store must not be forgotten by accident.
fn refuse_to_lose_keys(
    vault: &mut Vault,
    environment: Option<&Environment>,
) -> Result<(), Failure> {
    let found = &vault.at_hand().found;
    let elsewhere: BTreeSet<KeyId> = found
        .iter()
        .filter(|found| !matches!(found.source, Source::Store(_) | Source::Ledger))
        .map(|found| found.key.id())
        .collect();
    let stored: Vec<(Environment, KeyId)> = found
        .iter()
        .filter_map(|found| match &found.source {
            Source::Store(owner) => Some((owner.clone(), found.key.id())),
            _ => None,
        })
        .filter(|(owner, _)| environment.is_none_or(|wanted| wanted == owner))
        .collect();
    let snapshot = vault.snapshot(&View::WorkTree)?;
    for (owner, id) in stored {
        // A retired key comes back from the ledger; one that came in by `unlock` has a home.
        let is_current = snapshot
            .lenient_ledger()
            .is_some_and(|ledger| ledger.heads(&owner).iter().any(|head| head.key_id == id));
        if is_current && !elsewhere.contains(&id) && !store::has_second_home(vault.repository(), id)
        {
            return Err(Failure::new(
                Outcome::No,
                format!(
                    "key {} of environment {owner} is nowhere but in this clone: it would be lost",
                    id.short()
                ),
            )
            .hint(format!(
                "keep it first: `git seal key export --env {owner}`"
            ))
            .hint("or lose it, and with it every value sealed by it, with --force"));
        }
    }
    Ok(())
}
