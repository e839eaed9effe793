//! A key and a ledger entry for each environment.

use std::sync::Arc;

use chrono::Utc;

use crate::core::config::{CONFIG_PATH, Config};
use crate::core::environment::Environment;
use crate::core::key::SealKey;
use crate::core::ledger::{Ledger, Meta};
use crate::core::suites::Suite;
use crate::failure::{Failure, Outcome};
use crate::git::staging;
use crate::keys::{self, Source, SourceTrouble, environment as key_environment, store};
use crate::ui::Ui;
use crate::vault::{LEDGER_PATH, Vault, View};

use crate::commands::setup;

const CONFIG_TEMPLATE: &str = "\
# Policies of git-seal. Who can write here can change what is sealed: read changes with care.
version = 1
suite = \"aes256-siv\"

# [environment.default]
# clear = [\"PORT\", \"NEXT_PUBLIC_*\"]   # names of variables that stay readable
# comments = \"sealed\"                 # or \"clear\"
# rotate_every_days = 90              # 0: never
# warn_days_before = 14
# on_overdue = \"warn\"                 # or \"block\": the hooks stop every commit
";

/// The policies that hold.
pub struct Policies {
    config: Config,
    /// The file as it is to be written, where there is none.
    text: Option<String>,
}

/// The policies that hold, or will once they are written.
///
/// # Errors
/// When they are malformed, or say another suite than the one asked for.
pub fn policies(vault: &mut Vault, suite: Option<Suite>) -> Result<Policies, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let mut config = snapshot.config.clone()?;
    let file = setup::work_tree(vault.repository())?.join(CONFIG_PATH);
    let is_staged = vault
        .repository()
        .index_blob(CONFIG_PATH.as_bytes())?
        .is_some();
    let mut text = None;
    if setup::read_if_there(&file)?.is_none() && !is_staged {
        config.suite = suite.unwrap_or_default();
        let chosen = format!("suite = \"{}\"", config.suite.as_str());
        text = Some(CONFIG_TEMPLATE.replacen("suite = \"aes256-siv\"", &chosen, 1));
    }
    if let Some(suite) = suite.filter(|suite| *suite != config.suite) {
        return Err(Failure::usage(format!(
            "{CONFIG_PATH} says suite {}, not {}",
            config.suite.as_str(),
            suite.as_str()
        ))
        .hint("change it there, then run `git seal reseal`"));
    }
    Ok(Policies { config, text })
}

/// Makes sure that each environment has a key, on disk before the ledger names it, and writes
/// policies and ledger. Says whether every environment's key is at hand.
///
/// # Errors
/// When the ledger is damaged, or a key has nowhere to go; the work tree is then as it was.
pub fn ensure_keys(
    vault: &mut Vault,
    environments: &[Environment],
    policies: &Policies,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let mut ledger: Ledger = snapshot.ledger.clone()?;
    let mut outcome = Outcome::Fine;
    let mut notes = Vec::new();
    let mut created = false;
    for environment in environments {
        if !ledger.heads(environment).is_empty() {
            ui.note(&format!("environment {environment} is set up already"));
            if let Err(why) = vault.sealing_key(environment)? {
                let failure = Failure::no_sealing_key(environment, &why);
                outcome = outcome.worse(failure.kind);
                ui.failure(&failure);
            }
            continue;
        }
        let (key, source) = adopt_or_generate(vault, &ledger, environment)?;
        let days = policies.config.environment(environment).rotate_every_days;
        let now = Utc::now();
        let meta = Meta {
            time: now,
            who: setup::identity(vault.repository()),
            reason: "git seal init".to_owned(),
            files: 0,
            values: 0,
            due: (days > 0).then(|| now.date_naive() + chrono::Days::new(u64::from(days))),
            suite: None,
        };
        let entry = ledger
            .create(environment, &key, meta)
            .map_err(|error| Failure::usage(error.to_string()))?;
        ledger = ledger.with(entry);
        created = true;
        let id = key.id().short();
        notes.push(match source {
            Some(source) => format!("environment {environment}: adopted key {id} from {source}"),
            None => format!("environment {environment}: made key {id} and kept it in this clone"),
        });
    }
    let top = setup::work_tree(vault.repository())?;
    if let Some(text) = &policies.text {
        staging::write_whole(&top.join(CONFIG_PATH), text.as_bytes())?;
        ui.note(&format!("wrote {CONFIG_PATH}: the policies"));
    }
    notes.iter().for_each(|note| ui.note(note));
    if created {
        staging::write_whole(&top.join(LEDGER_PATH), ledger.to_text().as_bytes())?;
        ui.note(&format!(
            "wrote {LEDGER_PATH}: which key is current, and since when"
        ));
    }
    Ok(outcome)
}

/// A key that a source already offers is adopted, not replaced.
fn adopt_or_generate(
    vault: &mut Vault,
    ledger: &Ledger,
    environment: &Environment,
) -> Result<(Arc<SealKey>, Option<Source>), Failure> {
    let variable = key_environment::variable(environment);
    vault.ask_command(environment)?;
    let found = &vault.at_hand().found;
    if let Some(found) = found
        .iter()
        .find(|found| found.source.is_for(environment) && !ledger.knows(found.key.id()))
    {
        return Ok((Arc::clone(&found.key), Some(found.source.clone())));
    }
    // A malformed key was meant to be used: making another would split the team.
    if let Some(trouble) = vault
        .troubles()
        .iter()
        .find(|trouble| trouble.names(&variable))
    {
        return Err(Failure::usage(trouble.to_string()).hint(format!(
            "correct or unset {variable}, then run `git seal init` again"
        )));
    }
    if let Some(trouble) = vault.troubles().iter().find(|trouble| {
        matches!(trouble, SourceTrouble::Malformed(Source::Command(owner), _)
            | SourceTrouble::Command(Source::Command(owner), _) if owner == environment)
    }) {
        return Err(Failure::usage(trouble.to_string()).hint(format!(
            "correct or unset seal.{environment}.keyCommand, then run `git seal init` again"
        )));
    }
    if store::is_refused(vault.repository())? {
        return Err(Failure::usage(
            "git config seal.store=never keeps keys out of this clone, and no source offers one",
        )
        .hint(format!(
            "make one with `git seal keygen`, keep it safe, and set {variable}"
        )));
    }
    let key = Arc::new(SealKey::derive(keys::generate()?));
    store::save(vault.repository(), environment, &key)?;
    Ok((key, None))
}
