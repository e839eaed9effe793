//! `git seal init`: a repository, or one more environment of it, made ready.

mod environments;
mod ignored;
mod next;
mod plan;
mod survey;
mod views;

use std::path::PathBuf;

use crate::core::config::CONFIG_PATH;
use crate::core::environment::Environment;
use crate::core::gitattributes;
use crate::core::printable::printable;
use crate::core::suites::Suite;
use crate::failure::{Failure, Outcome};
use crate::git::Repository;
use crate::git::attributes::{Attribute, AttributesFrom};
use crate::git::config::Scope;
use crate::git::index::Entry;
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::{LEDGER_PATH, Vault, crash_point};

use super::{hooks, setup};
use plan::Plan;

/// Set up a repository: attributes, policies, a key, the ledger, the filter, the hooks
///
/// Asks, on a terminal, before it writes anything. Safe to run again, also to add an environment:
/// `.env.NAME` belongs to environment NAME if that is named with --env, or ticked when asked. A key
/// offered by `SECRETS_MASTER_KEY` (or `SECRETS_MASTER_KEY_<ENV>`) is adopted, else one is made and
/// kept in this clone's store; it is never shown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal init\n  git seal init --env default --env production\n  \
                  git seal init --yes .env        # no questions; seal .env although it is tracked in plain text"
)]
pub struct Args {
    /// An environment to set up; may be given several times [default: default]
    #[arg(long, value_name = "ENV")]
    env: Vec<Environment>,
    /// Ask nothing: seal what is untracked or named, leave tracked plain files and ignored files alone
    #[arg(long)]
    yes: bool,
    /// Share ignored dotenv files: un-ignore them now, add them after everyone has pulled
    #[arg(long)]
    unignore: bool,
    /// How values are encrypted. `fernet`, for exchange, gives tokens that any Fernet library opens:
    /// AES-128, names not bound to values, lengths hidden to 16 bytes only
    #[arg(long, value_name = "SUITE", value_parser = suite_parser())]
    suite: Option<Suite>,
    /// Leave the hooks alone
    #[arg(long)]
    no_hooks: bool,
    /// Dotenv files to seal although git tracks them in plain text
    files: Vec<PathBuf>,
}

fn suite_parser() -> impl clap::builder::TypedValueParser<Value = Suite> {
    use clap::builder::TypedValueParser as _;
    let names = [Suite::Aes256Siv, Suite::Fernet].map(Suite::as_str);
    clap::builder::PossibleValuesParser::new(names).map(|name| {
        if name == Suite::Fernet.as_str() {
            Suite::Fernet
        } else {
            Suite::Aes256Siv
        }
    })
}

/// Sets the repository up.
///
/// # Errors
/// When it cannot be written, or a question has no answer.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    let top = setup::work_tree(vault.repository())?;
    // What cannot be read is found before anything is written.
    setup::read_if_there(&top.join(".gitattributes"))?;
    setup::read_if_there(&top.join(".gitignore"))?;
    Notices::new(ui).troubles(vault.troubles());
    let policies = environments::policies(&mut vault, args.suite)?;
    let candidates = survey::candidates(vault.repository())?;
    let mut plan = Plan::make(vault.repository(), &candidates, args, ui)?;

    // No question from here on.
    let outcome = environments::ensure_keys(&mut vault, &plan.environments, &policies, ui)?;
    crash_point("init-keys");
    // The filter before the attributes, and the attributes before any new file that git would add:
    // killed in between, nothing plain can be staged.
    setup::configure_clone(vault.repository())?;
    if let Some(shown) = plan.views {
        Scope::Clone(vault.repository().home()).set(views::SETTING, shown)?;
    }
    ui.note("set up the filter in this clone's git configuration");
    crash_point("init-filter");
    if !args.no_hooks {
        hooks::guard_clone(vault.repository(), ui);
    }
    crash_point("init-hooks");
    write_attributes(&vault, &plan, ui)?;
    crash_point("init-attributes");
    settle_ignored(vault.repository(), &mut plan, ui)?;
    crash_point("init-ignored");
    warn_of_ignored_files(vault.repository(), ui)?;

    let mut vault = Vault::open()?;
    seal_tracked(&mut vault, &plan, ui)?;
    warn_of_other_attributes(vault.repository(), &plan, ui)?;
    vault.save();
    if outcome == Outcome::Fine {
        next::say(&mut vault, &plan, ui)?;
    }
    Ok(outcome)
}

/// Un-ignores and copies.
fn settle_ignored(repository: &Repository, plan: &mut Plan, ui: &Ui) -> Result<(), Failure> {
    let mut later = Vec::new();
    for path in plan.later.drain(..) {
        if ignored::unignore(repository, &path, ui)? {
            later.push(path);
        }
    }
    plan.later = later;
    for (path, shared) in &plan.share {
        ignored::copy(repository, path, shared, ui)?;
    }
    Ok(())
}

/// Where git does not take these along, a clone neither seals nor opens anything.
fn warn_of_ignored_files(repository: &Repository, ui: &Ui) -> Result<(), Failure> {
    let ours = [".gitattributes", CONFIG_PATH, LEDGER_PATH].map(|path| path.as_bytes().to_vec());
    for path in repository.ignored(&ours)? {
        ui.warn(&format!(
            "{} is ignored by git, and must not be: without it, clones commit plain text",
            printable(&path)
        ));
        ui.hint(&format!(
            "`git check-ignore -v {}` names the rule",
            repository.here().argument(&path)
        ));
    }
    Ok(())
}

/// A line of another's, further down or in a directory, wins over ours.
fn warn_of_other_attributes(repository: &Repository, plan: &Plan, ui: &Ui) -> Result<(), Failure> {
    for path in plan.sealed() {
        let filter = repository.attributes(&AttributesFrom::WorkTree, path, &["filter"])?;
        if filter.first() != Some(&Attribute::Value("seal".to_owned())) {
            ui.warn(&format!(
                "{} is not protected: another line of .gitattributes sets its filter",
                printable(path)
            ));
            ui.hint(&format!(
                "take that line out, until `git check-attr filter -- {}` says seal",
                repository.here().argument(path)
            ));
        }
    }
    Ok(())
}

fn write_attributes(vault: &Vault, plan: &Plan, ui: &Ui) -> Result<(), Failure> {
    let mut lines = gitattributes::repository_lines();
    for environment in plan.environments.iter().filter(|e| !e.is_default()) {
        let pattern = format!(".env.{environment}");
        lines.push(gitattributes::environment_line(
            pattern.as_bytes(),
            environment,
        ));
    }
    for path in &plan.exempt {
        lines.push(gitattributes::exempt_line(path));
        ui.note(&format!(
            "{} stays in plain text: .gitattributes says so",
            printable(path)
        ));
    }
    lines.extend(plan.sealed().map(gitattributes::export_ignore_line));
    if setup::add_attributes(vault.repository(), &lines)? {
        ui.note("wrote .gitattributes: which files are sealed");
    }
    Ok(())
}

/// Seals in the index what is tracked in plain text; unstaged edits stay.
fn seal_tracked(vault: &mut Vault, plan: &Plan, ui: &Ui) -> Result<(), Failure> {
    if plan.seal.is_empty() {
        return Ok(());
    }
    let staged = vault.repository().index_entries(&[])?;
    let entries: Vec<Entry> = staged
        .into_iter()
        .filter(|entry| plan.seal.contains(&entry.path))
        .collect();
    let sealed = vault
        .reseal_staged(&entries)
        .map_err(|(path, error)| Failure::sealing(&path, error))?;
    for entry in &sealed {
        ui.note(&format!("staged {} sealed", printable(&entry.path)));
        ui.warn(&format!(
            "history keeps the plain values of {}: change them at their providers",
            printable(&entry.path)
        ));
    }
    Ok(())
}
