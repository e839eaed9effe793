//! `git seal init`: a repository, or one more environment of it, made ready.

mod environments;
mod ignored;
mod survey;

use std::path::PathBuf;

use crate::core::config::CONFIG_PATH;
use crate::core::environment::Environment;
use crate::core::gitattributes;
use crate::core::printable::printable;
use crate::core::suites::Suite;
use crate::failure::{Failure, Outcome};
use crate::git::index::Entry;
use crate::git::{Repository, paths};
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::{LEDGER_PATH, Vault};

use super::{hooks, setup};
use survey::{Candidate, Standing};

/// Set up a repository: attributes, policies, a key, the ledger, the filter, the hooks
///
/// Safe to run again, also to add an environment: `.env.NAME` belongs to environment NAME if that is
/// named with --env. A key offered by `SECRETS_MASTER_KEY` (or `SECRETS_MASTER_KEY_<ENV>`) is adopted,
/// else one is made and kept in this clone's store; it is never shown.
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

/// What was decided about the dotenv files that stand in the work tree.
#[derive(Default)]
struct Plan {
    /// Tracked in plain text, to be sealed in the index.
    seal: Vec<Vec<u8>>,
    /// Left alone, by a line of their own.
    exempt: Vec<Vec<u8>>,
    /// Untracked, to be added by the person.
    add: Vec<Vec<u8>>,
    /// Un-ignored, not to be added yet.
    later: Vec<Vec<u8>>,
}

/// Sets the repository up.
///
/// # Errors
/// When it cannot be written, or a question has no answer.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    setup::work_tree(vault.repository())?;
    Notices::new(ui).troubles(vault.troubles());
    let environments = if args.env.is_empty() {
        vec![Environment::default_name()]
    } else {
        args.env.clone()
    };
    let candidates = survey::candidates(vault.repository())?;
    let plan = decide(&vault, &candidates, args, ui)?;

    let config = environments::ensure_config(&mut vault, args.suite, ui)?;
    environments::ensure_keys(&mut vault, &environments, &config, ui)?;
    // The filter before the attributes: with attributes alone git would stage plain text.
    setup::configure_clone(vault.repository())?;
    ui.note("set up the filter in this clone's git configuration");
    if !args.no_hooks {
        hooks::guard_clone(vault.repository(), ui);
    }
    write_attributes(&vault, &environments, &plan, ui)?;

    warn_of_ignored_files(vault.repository(), ui)?;

    let mut vault = Vault::open()?;
    let sealed = seal_tracked(&mut vault, &plan, ui)?;
    vault.save();
    say_what_next(&plan, &sealed, ui);
    Ok(Outcome::Fine)
}

fn decide(vault: &Vault, candidates: &[Candidate], args: &Args, ui: &Ui) -> Result<Plan, Failure> {
    let repository = vault.repository();
    let named: Vec<Vec<u8>> = args
        .files
        .iter()
        .map(|file| repository.relative(file))
        .collect::<Result<_, _>>()?;
    if let Some(unknown) = named
        .iter()
        .find(|path| !candidates.iter().any(|known| known.path == **path))
    {
        return Err(Failure::usage(format!(
            "{} is no dotenv file of this work tree",
            printable(unknown)
        ))
        .hint("any other file is added with `git seal track`"));
    }
    let mut plan = Plan::default();
    let mut tracked = Vec::new();
    for candidate in candidates {
        let path = &candidate.path;
        match candidate.standing {
            Standing::TrackedSealed | Standing::Exempt => {}
            Standing::TrackedPlain if named.contains(path) => plan.seal.push(path.clone()),
            Standing::TrackedPlain => tracked.push(path),
            Standing::Untracked => {
                if candidate.was_ignored {
                    warn_of_own_files(path, ui);
                }
                plan.add.push(path.clone());
            }
            Standing::Ignored => match ignored::decide(repository, path, args, ui)? {
                ignored::Decision::LeftAlone => {}
                ignored::Decision::StepOneDone => plan.later.push(path.clone()),
                ignored::Decision::SharedAs(other) => plan.add.push(other),
            },
        }
    }
    let chosen = choose_tracked(&tracked, args, ui)?;
    for (number, path) in tracked.into_iter().enumerate() {
        if chosen.contains(&number) {
            plan.seal.push(path.clone());
        } else {
            plan.exempt.push(path.clone());
        }
    }
    Ok(plan)
}

/// Where git does not take these along, a clone neither seals nor opens anything.
fn warn_of_ignored_files(repository: &Repository, ui: &Ui) -> Result<(), Failure> {
    let ours = [".gitattributes", CONFIG_PATH, LEDGER_PATH].map(|path| path.as_bytes().to_vec());
    for path in repository.ignored(&ours)? {
        let path = printable(&path);
        ui.warn(&format!(
            "{path} is ignored by git, and must not be: without it, clones commit plain text"
        ));
        ui.hint(&format!("`git check-ignore -v {path}` names the rule"));
    }
    Ok(())
}

fn warn_of_own_files(path: &[u8], ui: &Ui) {
    ui.warn(&format!(
        "{0} was ignored once: colleagues may have an own {0}, which git overwrites when they pull yours; tell them first",
        printable(path)
    ));
}

/// Which of the files that are tracked in plain text are to be sealed.
fn choose_tracked(tracked: &[&Vec<u8>], args: &Args, ui: &Ui) -> Result<Vec<usize>, Failure> {
    if tracked.is_empty() || args.yes || !ui.can_ask() {
        return Ok(Vec::new());
    }
    ui.note("git tracks these in plain text; history keeps what it has: change the values after sealing them");
    let answers: Vec<(String, bool)> = tracked
        .iter()
        .map(|path| {
            (
                printable(path),
                !path
                    .split(|byte| *byte == b'/')
                    .any(|part| part.starts_with(b"test") || part == b"fixtures"),
            )
        })
        .collect();
    ui.choose_any(
        "Which are to be sealed? (space ticks, enter ends)",
        &answers,
        "--yes and file names",
    )
}

fn write_attributes(
    vault: &Vault,
    environments: &[Environment],
    plan: &Plan,
    ui: &Ui,
) -> Result<(), Failure> {
    let mut lines = gitattributes::repository_lines();
    for environment in environments
        .iter()
        .filter(|environment| !environment.is_default())
    {
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
    for path in plan.add.iter().chain(&plan.seal).chain(&plan.later) {
        lines.push(gitattributes::export_ignore_line(path));
    }
    if setup::add_attributes(vault.repository(), &lines)? {
        ui.note("wrote .gitattributes: which files are sealed");
    }
    Ok(())
}

/// Seals in the index what is tracked in plain text; unstaged edits stay.
fn seal_tracked(vault: &mut Vault, plan: &Plan, ui: &Ui) -> Result<Vec<Entry>, Failure> {
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
    Ok(sealed)
}

fn say_what_next(plan: &Plan, sealed: &[Entry], ui: &Ui) {
    let mut files: Vec<String> = vec![".gitattributes".into(), ".seal".into()];
    if !plan.later.is_empty() {
        files.push(".gitignore".into());
    }
    let ours = files.join(" ");
    if plan.later.is_empty() {
        files.extend(plan.add.iter().map(|path| shell_word(path)));
        ui.hint(&format!(
            "next: git add {} && git commit -m \"Seal secrets\"",
            files.join(" ")
        ));
    } else {
        let later: Vec<String> = plan.later.iter().map(|path| shell_word(path)).collect();
        ui.hint(&format!(
            "step 1, now: git add {ours} && git commit -m \"Prepare to seal secrets\" && git push"
        ));
        ui.hint(&format!(
            "step 2, when everyone has pulled and saved their own file: git add {}",
            later.join(" ")
        ));
    }
    if !sealed.is_empty() {
        ui.hint("what is sealed is staged already");
    }
    ui.hint("give the key to colleagues and CI, and keep a copy: git seal key export");
}

/// A path as a word to paste into a shell.
fn shell_word(path: &[u8]) -> String {
    let text = paths::to_os(path).to_string_lossy().into_owned();
    shlex::try_quote(&text).map_or_else(|_| printable(path), std::borrow::Cow::into_owned)
}
