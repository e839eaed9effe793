//! `git seal status`: which files are protected, and whether they are sealed where they should be.

use chrono::Utc;
use serde_json::{Value, json};

use crate::core::environment::Environment;
use crate::core::form::Form;
use crate::core::key::KeyId;
use crate::core::ledger::{KeyStatus, Ledger, State, report};
use crate::core::policy::Policy;
use crate::core::printable::printable;
use crate::core::suites;
use crate::core::token::Sighting;
use crate::failure::{Failure, Outcome};
use crate::git::attributes::Attribute;
use crate::git::config::Scope;
use crate::git::index::Entry;
use crate::git::{GitError, filter};
use crate::keys::{Source, store};
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::ui::rotation::due_text;
use crate::vault::rules::{Format, Rules};
use crate::vault::{OnDisk, Vault, View};

use super::rotate::standing::standing;

/// Show which files are protected, and whether they are sealed where they should be
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit code: 0 all is well; 1 something is not; 3 a key is missing; 4 something does not authenticate."
)]
pub struct Args {
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// One protected file.
struct File {
    path: Vec<u8>,
    environment: Option<Environment>,
    index: Form,
    head: Option<Form>,
    on_disk: OnDisk,
    keys: Vec<(KeyId, &'static str, bool)>,
    authentic: bool,
    problems: Vec<String>,
    outcome: Outcome,
}

/// Shows the state.
///
/// # Errors
/// When the repository cannot be read.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    super::setup::work_tree(vault.repository())?;
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let ledger = Ledger::read(snapshot.ledger_text.as_deref().unwrap_or_default());
    let mut troubles = repository_troubles(&mut vault, &ledger)?;
    let standing = standing(&mut vault, Utc::now())?;
    troubles.extend(standing.troubles);
    let mut files = Vec::new();
    for entry in vault.repository().sealed_entries()? {
        if entry.is_file() && entry.stage == 0 {
            files.push(look_at(&mut vault, &ledger, &entry)?);
        }
    }
    let unprotected = unprotected(&vault)?;
    let outcome = files
        .iter()
        .map(|file| file.outcome)
        .chain(troubles.iter().map(|trouble| trouble.0))
        .fold(
            if unprotected.is_empty() {
                Outcome::Fine
            } else {
                Outcome::No
            },
            Outcome::worse,
        );
    if args.json {
        let document = json!({
            "version": 1,
            "files": files.iter().map(File::to_json).collect::<Vec<_>>(),
            "unprotected": unprotected.iter().map(|path| printable(path)).collect::<Vec<_>>(),
            "rotation": report::json::due_dates(&standing.dues)["environments"],
            "troubles": troubles.iter().map(|trouble| &trouble.1).collect::<Vec<_>>(),
        });
        ui.say(&document.to_string());
    } else {
        Notices::new(ui).troubles(vault.troubles());
        show(ui, &files, &unprotected, &troubles);
        for due in standing.dues.iter().filter(|due| due.state == State::Ok) {
            let text = due_text(due);
            ui.note(&format!(
                "environment {}: key {} is {text}",
                due.environment,
                due.key_id.short()
            ));
        }
    }
    vault.save();
    Ok(outcome)
}

/// The form of a blob whose attributes say nothing: by its content.
#[must_use]
pub fn form_of(content: &[u8]) -> Form {
    match suites::sight_file(content) {
        Sighting::Plain => Form::of_dotenv(content, &Policy::default()),
        _ => Form::of_opaque(content),
    }
}

fn form(content: &[u8], format: Format, policy: &Policy) -> Form {
    match format {
        Format::Dotenv => Form::of_dotenv(content, policy),
        Format::Opaque => Form::of_opaque(content),
    }
}

fn look_at(vault: &mut Vault, ledger: &Ledger, entry: &Entry) -> Result<File, Failure> {
    let mut file = File {
        path: entry.path.clone(),
        environment: None,
        index: Form::default(),
        head: None,
        on_disk: OnDisk::Absent,
        keys: Vec::new(),
        authentic: true,
        problems: Vec::new(),
        outcome: Outcome::Fine,
    };
    let rules = match Rules::of(vault.repository(), &entry.path)? {
        Ok(rules) => rules,
        Err(error) => {
            file.trouble(Outcome::Usage, error.to_string());
            return Ok(file);
        }
    };
    let environment = rules.environment.clone();
    let policy = vault
        .policy(&environment)
        .map_err(|error| Failure::sealing(&entry.path, error))?;
    let staged = match vault.repository().blob(&entry.id) {
        Err(GitError::Missing(id)) => {
            file.trouble(
                Outcome::Unknown,
                format!("its blob {id} is missing from this clone"),
            );
            return Ok(file);
        }
        staged => staged?,
    };
    file.index = form(&staged, rules.format, &policy);
    file.head = vault
        .repository()
        .revision_blob("HEAD", &entry.path)?
        .map(|blob| form(&blob, rules.format, &policy));
    vault.find_keys(
        &file.index.keys.clone(),
        Some(&environment),
        &View::WorkTree,
    )?;
    for id in file.index.keys.clone() {
        let status = match ledger.status_of(&environment, id) {
            KeyStatus::Current => "current",
            KeyStatus::Forked => "forked",
            KeyStatus::Retired { .. } => "retired",
            KeyStatus::Unknown => "unknown",
        };
        file.keys.push((id, status, vault.keyring().holds(id)));
    }
    let smudged = vault.smudge(&entry.path, staged, &crate::vault::Origin::default());
    file.authentic = !smudged
        .notices
        .iter()
        .any(|notice| matches!(notice, crate::vault::Notice::NotAuthentic(_)));
    file.on_disk = if entry.skip_worktree {
        OnDisk::Absent
    } else {
        vault.on_disk(entry)?
    };
    file.environment = Some(environment);
    file.judge();
    Ok(file)
}

impl File {
    fn trouble(&mut self, outcome: Outcome, text: impl Into<String>) {
        self.outcome = self.outcome.worse(outcome);
        self.problems.push(text.into());
    }

    fn judge(&mut self) {
        if !self.index.damaged.is_empty() {
            self.trouble(
                Outcome::NotAuthentic,
                "a sealed value is damaged: restore it from history",
            );
        } else if !self.index.is_sealed() {
            self.trouble(
                Outcome::No,
                format!(
                    "staged {}: `git seal reseal` seals it",
                    self.index.as_str().replace('_', " ")
                ),
            );
        } else if let Some(head) = self.head.as_ref().filter(|head| !head.is_sealed()) {
            self.trouble(
                Outcome::No,
                format!(
                    "{} in HEAD: commit, and change the values",
                    head.as_str().replace('_', " ")
                ),
            );
        }
        if !self.authentic {
            self.trouble(
                Outcome::NotAuthentic,
                "a sealed value does not authenticate",
            );
        }
        for (id, status, at_hand) in self.keys.clone() {
            match status {
                "retired" => self.trouble(
                    Outcome::No,
                    format!("sealed under retired key {}: `git seal reseal`", id.short()),
                ),
                "unknown" => {
                    self.trouble(
                        Outcome::NotAuthentic,
                        format!(
                            "key {} is not in the ledger for its environment",
                            id.short()
                        ),
                    );
                }
                _ => {}
            }
            if !at_hand {
                self.trouble(
                    Outcome::NoKey,
                    format!("key {} is not at hand: `git seal unlock`", id.short()),
                );
            }
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "path": printable(&self.path),
            "environment": self.environment.as_ref().map(Environment::as_str),
            "index": self.index.as_str(),
            "head": self.head.as_ref().map(Form::as_str),
            "work_tree": on_disk_word(self.on_disk, &self.index),
            "keys": self.keys.iter().map(|(id, status, at_hand)| {
                json!({ "key_id": id.to_string(), "status": status, "at_hand": at_hand })
            }).collect::<Vec<_>>(),
            "authentic": self.authentic,
            "problems": self.problems,
        })
    }
}

fn on_disk_word(on_disk: OnDisk, index: &Form) -> &'static str {
    match on_disk {
        OnDisk::Absent => "absent",
        OnDisk::AsStaged if index.tokens > 0 => "sealed",
        OnDisk::AsStaged | OnDisk::Open => "open",
        OnDisk::Changed => "changed",
    }
}

/// What is wrong with the repository as a whole.
fn repository_troubles(
    vault: &mut Vault,
    ledger: &Ledger,
) -> Result<Vec<(Outcome, String)>, Failure> {
    let mut troubles = Vec::new();
    let local = filter::is_registered(Scope::Clone(vault.repository().home()))?;
    if !local && !filter::is_registered(Scope::Global)? {
        troubles.push((
            Outcome::No,
            "the filter is not set up in this clone: `git seal unlock` (or `git seal init`)"
                .to_owned(),
        ));
    }
    if let Some(damage) = ledger.damage().first() {
        troubles.push((
            Outcome::NotAuthentic,
            format!(".seal/ledger.jsonl: {damage}"),
        ));
    }
    let environments: Vec<Environment> = ledger.environments().cloned().collect();
    for environment in environments {
        if ledger.is_forked(&environment) {
            troubles.push((Outcome::No, format!("environment {environment} is forked: `git seal rotate --env {environment}` settles it")));
        }
        let Ok(current) = ledger.current(&environment) else {
            continue;
        };
        let id = current.key_id;
        let homes: Vec<&Source> = vault
            .at_hand()
            .found
            .iter()
            .filter(|found| found.key.id() == id)
            .map(|found| &found.source)
            .collect();
        let only_here = !homes.is_empty()
            && homes
                .iter()
                .all(|source| matches!(source, Source::Store(_)));
        if only_here && !store::has_second_home(vault.repository(), id) {
            troubles.push((
                Outcome::Fine,
                format!("key {} of environment {environment} has no second home: `git seal key export --env {environment}`", id.short()),
            ));
        }
    }
    Ok(troubles)
}

/// Files that look like dotenv files, that git tracks or would add, and that nothing protects.
fn unprotected(vault: &Vault) -> Result<Vec<Vec<u8>>, Failure> {
    let mut found = super::doctor::dotenv_like(vault.repository())?;
    found.retain(|(_, filter)| *filter == Attribute::Unspecified);
    Ok(found.into_iter().map(|(path, _)| path).collect())
}

fn show(ui: &Ui, files: &[File], unprotected: &[Vec<u8>], troubles: &[(Outcome, String)]) {
    if files.is_empty() {
        ui.note("git tracks no sealed file here yet: `git add` one, or `git seal init` first");
    }
    let width = files
        .iter()
        .map(|file| printable(&file.path).chars().count())
        .max()
        .unwrap_or(0);
    for file in files {
        let environment = file.environment.as_ref().map_or("?", Environment::as_str);
        let keys: Vec<String> = file
            .keys
            .iter()
            .map(|(id, status, _)| format!("{} {status}", id.short()))
            .collect();
        let line = format!(
            "{:width$}  {environment}  {}, {} on disk  {}",
            printable(&file.path),
            file.index.as_str().replace('_', " "),
            on_disk_word(file.on_disk, &file.index),
            keys.join(", "),
        );
        ui.say(line.trim_end());
        file.problems
            .iter()
            .for_each(|problem| ui.say(&format!("    {problem}")));
    }
    for path in unprotected {
        ui.warn(&format!(
            "{} is not protected: `git seal track {0}`, or a `-filter` line in .gitattributes",
            printable(path)
        ));
    }
    troubles.iter().for_each(|(_, text)| ui.warn(text));
}
