//! `git seal key`: the keys at hand, their ids, and where each was found.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::core::environment::Environment;
use crate::core::key::SealKey;
use crate::core::ledger::{KeyStatus, Ledger};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::GitError;
use crate::keys::{Source, store};
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::{NoSealingKey, Vault, View};

use super::given_key;

/// Show, import or export keys
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the keys at hand: ids only, and where each was found
    #[command(
        after_help = "Examples:\n  git seal key show\n  git seal key show --json\n\nExit code: 0; 3 no key is at hand."
    )]
    Show {
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Keep a key in this clone's store, without touching any file
    #[command(
        after_help = "Examples:\n  git seal key import --key-file app.key\n  pass show app/key | git seal key import"
    )]
    Import {
        /// The environment that the key belongs to; found out by the key's id if not given
        #[arg(long, value_name = "ENV")]
        env: Option<Environment>,
        /// Read the key from this file instead of standard input
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
    /// Print the current key of an environment
    #[command(
        after_help = "Examples:\n  git seal key export --yes | pass insert -m app/key\n  git seal key export --env production"
    )]
    Export {
        /// The environment
        #[arg(long, value_name = "ENV")]
        env: Option<Environment>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Runs one of the actions.
///
/// # Errors
/// As the action says.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    match &args.action {
        Action::Show { json } => show(*json, ui),
        Action::Import { env, key_file } => import(env.as_ref(), key_file.as_deref(), ui),
        Action::Export { env, yes } => export(env.as_ref(), *yes, ui),
    }
}

fn lenient_ledger(vault: &mut Vault) -> Result<Ledger, GitError> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    Ok(snapshot.readable_ledger().into_owned())
}

fn status_word(ledger: &Ledger, key: &SealKey) -> (Option<Environment>, &'static str) {
    let Some(environment) = ledger.environment_of(key.id()).cloned() else {
        return (None, "unknown");
    };
    let word = match ledger.status_of(&environment, key.id()) {
        KeyStatus::Current => "current",
        KeyStatus::Forked => "forked",
        KeyStatus::Retired { .. } => "retired",
        KeyStatus::Unknown => "unknown",
    };
    (Some(environment), word)
}

fn show(json: bool, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    let ledger = lenient_ledger(&mut vault)?;
    let wanted = ledger
        .environments()
        .filter_map(|e| Some(ledger.current(e).ok()?.key_id))
        .collect();
    vault.find_keys(&wanted, None, &View::WorkTree)?;
    Notices::new(ui).troubles(vault.troubles());
    let found = &vault.at_hand().found;
    if json {
        let keys: Vec<_> = found
            .iter()
            .map(|found| {
                let (environment, status) = status_word(&ledger, &found.key);
                json!({
                    "key_id": found.key.id().to_string(),
                    "environment": environment.map(String::from),
                    "status": status,
                    "source": found.source.to_string(),
                })
            })
            .collect();
        ui.say(&json!({ "version": 1, "keys": keys }).to_string());
    } else {
        for found in found {
            let (environment, status) = status_word(&ledger, &found.key);
            let environment =
                environment.map_or_else(|| "no environment here".to_owned(), String::from);
            let source = printable(found.source.to_string().as_bytes());
            ui.say(&format!(
                "{}  {environment}  {status}  {source}",
                found.key.id()
            ));
        }
    }
    if found.is_empty() {
        ui.note("no key at hand");
        ui.hint("`git seal unlock` takes one; `git seal init` makes one in a new repository");
        return Ok(Outcome::NoKey);
    }
    Ok(Outcome::Fine)
}

fn import(
    environment: Option<&Environment>,
    file: Option<&Path>,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    if store::is_refused(vault.repository())? {
        return Err(
            Failure::usage("git config seal.store=never keeps keys out of this clone")
                .hint("give the key in the environment (SECRETS_MASTER_KEY…), or unset seal.store"),
        );
    }
    let key = if file.is_none() && ui.can_ask() {
        let text = ui.ask_secret("Master key", "--key-file")?;
        store::parse(text.as_bytes()).map_err(|why| Failure::no_key_in("what you typed", why))?
    } else {
        given_key::read(file)?
    };
    let ledger = lenient_ledger(&mut vault)?;
    let environment = match environment {
        // A key may be put in place before the ledger that names it arrives.
        Some(environment) if !ledger.knows(key.id()) => environment.clone(),
        wanted => given_key::environment_of(wanted, &ledger, key.id())?,
    };
    store::save(vault.repository(), &environment, &key)?;
    store::note_second_home(vault.repository(), key.id())?;
    ui.note(&format!(
        "kept key {} of environment {environment} in this clone",
        key.id().short()
    ));
    if let Ok(current) = ledger.current(&environment)
        && !ledger.knows(key.id())
    {
        ui.warn(&format!(
            "the ledger here does not know it: key {} is current, and this one opens nothing yet",
            current.key_id.short()
        ));
        ui.hint("if a colleague has rotated the key, `git pull` brings the ledger that knows it");
    }
    Ok(Outcome::Fine)
}

fn export(environment: Option<&Environment>, yes: bool, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    let environment = environment
        .cloned()
        .unwrap_or_else(Environment::default_name);
    let key = vault.sealing_key(&environment)?;
    Notices::new(ui).troubles(vault.troubles());
    let key = key.map_err(|why: NoSealingKey| Failure::no_sealing_key(&environment, &why))?;
    if !yes {
        let question = format!(
            "Print the master key of environment {environment}? It opens every sealed value"
        );
        if !ui.confirm(&question, false, "--yes")? {
            return Ok(Outcome::No);
        }
    }
    let mut text = key.master().to_text();
    text.push('\n');
    ui.give(text.as_bytes())?;
    let only_here = vault
        .at_hand()
        .found
        .iter()
        .any(|found| found.key.id() == key.id() && matches!(found.source, Source::Store(_)));
    if only_here {
        store::note_second_home(vault.repository(), key.id())?;
    }
    Ok(Outcome::Fine)
}
