//! `git seal unlock`: a key for this clone, and sealed files opened in the work tree.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::core::environment::Environment;
use crate::core::key::{KeyId, SealKey};
use crate::core::ledger::{KeyStatus, Ledger};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome, ways_to_give};
use crate::git::Repository;
use crate::keys::{Source, environment as key_environment, store};
use crate::ui::messages::Notices;
use crate::ui::{Ui, counted};
use crate::vault::{Notice, Opening, Vault, View};

use super::{given_key, hooks, setup};

/// Open the sealed files of this clone with a key
///
/// Takes the key from the environment (`SECRETS_MASTER_KEY`…), a file, standard input or a hidden
/// prompt, keeps it in the clone's own store (below .git, readable by you alone), sets up the filter
/// and the hooks, and checks sealed files out in plain text. Files with local changes are not touched.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal unlock                             # asks, or takes SECRETS_MASTER_KEY\n  \
                  git seal unlock --key-file ~/keys/app.key\n  pass show app/key | git seal unlock --stdin --env production"
)]
pub struct Args {
    /// The environment that the key belongs to; found out by the key's id if not given
    #[arg(long, value_name = "ENV")]
    env: Option<Environment>,
    /// Read the key from this file
    #[arg(long, value_name = "FILE", conflicts_with = "stdin")]
    key_file: Option<PathBuf>,
    /// Read the key from standard input
    #[arg(long)]
    stdin: bool,
    /// Do not keep the key in this clone: it must stay in the environment
    #[arg(long, conflicts_with_all = ["key_file", "stdin"])]
    no_store: bool,
    /// Leave the hooks alone
    #[arg(long)]
    no_hooks: bool,
}

/// How many files are named in one line.
const FILES_SHOWN: usize = 5;

/// Unlocks the clone.
///
/// # Errors
/// When there is no key, or it is not one of this repository's.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    setup::work_tree(vault.repository())?;
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let ledger = match &snapshot.ledger {
        Ok(ledger) if ledger.is_empty() => {
            return Err(
                Failure::usage("nothing is sealed here: .seal/ledger.jsonl has no entry")
                    .hint("run `git seal init` to set it up, or `git pull` if a colleague has"),
            );
        }
        Ok(ledger) => ledger,
        Err(_) => &snapshot.readable_ledger(),
    };
    // On an old branch the key in use today is in the ledgers of other branches.
    let every = vault.every_ledger()?;
    if let Some(wanted) = &args.env {
        setup::known_environment(wanted, &[ledger, &every])?;
    }
    let keys = keys_for(args, &mut vault, ledger, &every, ui)?;
    let refused = store::is_refused(vault.repository())?;
    if refused && (args.key_file.is_some() || args.stdin) {
        return Err(
            Failure::usage("git config seal.store=never keeps keys out of this clone")
                .hint("give the key in the environment (SECRETS_MASTER_KEY…), or unset seal.store"),
        );
    }
    for Given {
        environment,
        key,
        is_from_outside,
    } in &keys
    {
        say_what_it_is(ui, ledger, environment, key.id());
        let is_stored_now = !args.no_store && !refused && !is_given_by_command(&vault, key.id());
        if *is_from_outside && is_stored_now {
            store::save(vault.repository(), environment, key)?;
            store::note_second_home(vault.repository(), key.id())?;
        }
    }
    for environment in super::lock::environments(&mut vault, args.env.as_ref())? {
        vault.keep_sealed(&environment, false)?;
    }
    setup::configure_clone(vault.repository())?;
    if !args.no_hooks {
        hooks::guard_clone(vault.repository(), ui);
    }
    // A fresh vault, which sees the store as every later command will.
    open_files(&mut Vault::of(Repository::discover()?)?, ui)
}

/// A key to unlock with.
struct Given {
    environment: Environment,
    key: Arc<SealKey>,
    /// Whether it has a home other than this clone's store, which `lock` empties.
    is_from_outside: bool,
}

/// A password manager keeps its key to itself: whoever asks it every time wants no copy here.
fn is_given_by_command(vault: &Vault, id: KeyId) -> bool {
    let found = &vault.at_hand().found;
    found
        .iter()
        .any(|found| found.key.id() == id && matches!(found.source, Source::Command(_)))
}

/// The keys to use, each with its environment.
fn keys_for(
    args: &Args,
    vault: &mut Vault,
    ledger: &Ledger,
    every: &Ledger,
    ui: &Ui,
) -> Result<Vec<Given>, Failure> {
    let from_outside = |environment, key| Given {
        environment,
        key: Arc::new(key),
        is_from_outside: true,
    };
    // Other branches' word counts only where this one has none.
    let who_knows = |id: KeyId| if ledger.knows(id) { ledger } else { every };
    let given = if args.stdin || args.key_file.is_some() {
        Some(given_key::read(args.key_file.as_deref())?)
    } else {
        None
    };
    if let Some(key) = given {
        let environment =
            given_key::environment_of(args.env.as_ref(), who_knows(key.id()), key.id())?;
        return Ok(vec![from_outside(environment, key)]);
    }
    let wanted: BTreeSet<KeyId> = ledger
        .environments()
        .filter(|known| args.env.as_ref().is_none_or(|wanted| wanted == *known))
        .filter_map(|known| Some(ledger.current(known).ok()?.key_id))
        .collect();
    vault.find_keys(&wanted, None, &View::WorkTree)?;
    Notices::new(ui).troubles(vault.troubles());
    let mut keys = Vec::new();
    let found = vault.at_hand().found.iter();
    for found in found.filter(|found| found.source != Source::Ledger) {
        let known = who_knows(found.key.id()).environment_of(found.key.id());
        if let Some(environment) =
            known.filter(|known| args.env.as_ref().is_none_or(|wanted| wanted == *known))
        {
            keys.push(Given {
                environment: environment.clone(),
                key: Arc::clone(&found.key),
                is_from_outside: !matches!(found.source, Source::Store(_)),
            });
        }
    }
    if !keys.is_empty() {
        return Ok(keys);
    }
    if let Some(found) = vault
        .at_hand()
        .found
        .iter()
        .find(|found| !matches!(found.source, Source::Store(_)))
    {
        // Say that it is just another key before asking for one.
        ui.warn(&format!(
            "the key in {} (id {}) is none of this repository's",
            found.source,
            found.key.id().short()
        ));
    }
    let environment = args.env.clone().unwrap_or_else(Environment::default_name);
    if !ui.can_ask() {
        return Err(Failure::new(
            Outcome::NoKey,
            format!("no key at hand for environment {environment}"),
        )
        .hint(format!(
            "set {}, or give it with --key-file or --stdin",
            key_environment::variable(&environment)
        )));
    }
    let text = ui.ask_secret(
        &format!("Master key of environment {environment}"),
        "--stdin",
    )?;
    let key =
        store::parse(text.as_bytes()).map_err(|why| Failure::no_key_in("what you typed", why))?;
    let environment = given_key::environment_of(args.env.as_ref(), who_knows(key.id()), key.id())?;
    Ok(vec![from_outside(environment, key)])
}

fn say_what_it_is(ui: &Ui, ledger: &Ledger, environment: &Environment, id: KeyId) {
    if let KeyStatus::Retired { since, .. } = ledger.status_of(environment, id) {
        ui.warn(&format!(
            "key {} of environment {environment} is retired since {}: it opens what was sealed before, and seals nothing",
            id.short(),
            since.format("%Y-%m-%d"),
        ));
        if let Ok(current) = ledger.current(environment) {
            ui.hint(&format!(
                "ask a colleague for key {}; {}",
                current.key_id.short(),
                ways_to_give(environment)
            ));
        }
    }
}

/// Opens what is sealed on disk and unchanged.
fn open_files(vault: &mut Vault, ui: &Ui) -> Result<Outcome, Failure> {
    let mut entries = vault.repository().sealed_entries()?;
    entries.retain(|entry| entry.is_file() && entry.stage == 0 && !entry.skip_worktree);
    let mut notices = Notices::new(ui);
    let Opening {
        opened,
        still,
        changed,
    } = vault.open_files(entries, &mut |path, found| {
        // Keys that are not at hand are told of once, at the end.
        let found: Vec<Notice> = found
            .iter()
            .filter(|notice| !is_of_keys(notice))
            .cloned()
            .collect();
        notices.about(path, &found);
    })?;
    vault.save();
    let what = if opened == 0 && still.is_empty() && changed.is_empty() {
        "no file is left to open".to_owned()
    } else {
        format!("opened {}", counted(opened, "file"))
    };
    ui.note(&format!("the filter is set up; {what}"));
    if !still.is_empty() {
        let mut shown: Vec<_> = still
            .iter()
            .take(FILES_SHOWN)
            .map(|path| printable(path))
            .collect();
        let more = still.len().saturating_sub(FILES_SHOWN);
        if more > 0 {
            shown.push(format!("{more} more"));
        }
        ui.note(&format!(
            "sealed under keys that are not at hand: {}",
            shown.join(", ")
        ));
    }
    if changed.is_empty() {
        return Ok(Outcome::Fine);
    }
    let changed: Vec<_> = changed.iter().map(|path| printable(path)).collect();
    ui.warn(&format!(
        "local changes, left sealed: {}",
        changed.join(", ")
    ));
    ui.hint("commit or stash them, then run `git seal unlock` again");
    Ok(Outcome::No)
}

fn is_of_keys(notice: &Notice) -> bool {
    matches!(notice, Notice::KeyAbsent { .. })
}
