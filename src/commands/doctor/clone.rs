//! What can be wrong with a clone's configuration: filter, program, drivers, git itself.

use std::path::{Path, PathBuf};

use super::Complaint;
use crate::commands::setup;
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::config::Scope;
use crate::git::{Repository, command, filter};
use crate::vault::{Vault, View};

/// The oldest git with which the test suite is run.
pub const OLDEST_GIT: (u32, u32) = (2, 39);

pub(super) fn complaints(vault: &mut Vault) -> Result<Vec<Complaint>, Failure> {
    let repository = vault.repository();
    let mut complaints = Vec::new();
    complaints.extend(old_git()?);
    let process = repository.config("filter.seal.process")?;
    match &process {
        None => complaints.push(
            Complaint::new(
                "filter-not-configured",
                "git does not know the filter in this clone: sealed files stay sealed, plain ones would be committed plain",
                "git seal unlock (or `git seal doctor --fix`)",
            )
            .with_fix(|vault| setup::configure_clone(vault.repository())),
        ),
        Some(command) => {
            complaints.extend(required(repository)?);
            match program(command) {
                Some(complaint) => complaints.push(complaint),
                None => complaints.extend(views(repository)?),
            }
        }
    }
    if repository
        .config("diff.seal.cachetextconv")?
        .is_some_and(|value| value == "true")
    {
        complaints.push(
            Complaint::new(
                "cachetextconv",
                "diff.seal.cachetextconv is on: git keeps what it shows of sealed files in its object database",
                "git config diff.seal.cachetextconv false, and `git update-ref -d refs/notes/textconv/seal`",
            )
            .with_fix(|vault| {
                Scope::Clone(vault.repository().home()).set("diff.seal.cachetextconv", "false")?;
                let mut git = vault.repository().git();
                git.args(["update-ref", "-d", "refs/notes/textconv/seal"]);
                command::run(&mut git, None)?;
                Ok(())
            }),
        );
    }
    complaints.extend(ledger(vault)?);
    Ok(complaints)
}

fn required(repository: &Repository) -> Result<Option<Complaint>, Failure> {
    if repository.config("filter.seal.required")?.as_deref() == Some("true") {
        return Ok(None);
    }
    Ok(Some(
        Complaint::new(
            "filter-not-required",
            "filter.seal.required is not true: when sealing fails, git stages plain text",
            "git config filter.seal.required true",
        )
        .with_fix(|vault| {
            Ok(Scope::Clone(vault.repository().home()).set("filter.seal.required", "true")?)
        }),
    ))
}

/// Whether the program that git is told to call is there, and is this one.
fn program(command: &str) -> Option<Complaint> {
    let word = shlex::split(command)?.into_iter().next()?;
    let shown = printable(word.as_bytes());
    let found = if Path::new(&word).is_absolute() {
        Some(PathBuf::from(&word)).filter(|path| path.is_file())
    } else {
        filter::on_gits_path(&word)
    };
    let register = |vault: &Vault| setup::configure_clone(vault.repository());
    let Some(found) = found else {
        let path = std::env::var("PATH").unwrap_or_default();
        let (id, what) = if Path::new(&word).is_absolute() {
            (
                "stale-program",
                format!("git is told to call {shown}, and that is gone"),
            )
        } else {
            (
                "program-not-found",
                format!(
                    "git is told to call {shown}, which is not on the PATH that git sees ({})",
                    printable(path.as_bytes())
                ),
            )
        };
        return Some(
            Complaint::new(id, what, "git seal unlock, which registers this git-seal")
                .with_fix(register),
        );
    };
    let this = std::env::current_exe().ok()?.canonicalize().ok()?;
    if found.canonicalize().ok()? == this {
        return None;
    }
    Some(
        Complaint::new(
            "other-program",
            format!(
                "git calls another git-seal than this one: {}",
                printable(found.as_os_str().as_encoded_bytes())
            ),
            "git seal doctor --fix registers this one",
        )
        .with_fix(register),
    )
}

/// Whether git's own views are masked, and by the program that an up-to-date clone would call.
fn views(repository: &Repository) -> Result<Option<Complaint>, Failure> {
    let Ok(program) = filter::program() else {
        return Ok(None);
    };
    let wanted = filter::textconv(&program);
    let what = match repository.config(filter::TEXTCONV)? {
        None => "diff.seal.textconv is not set: git's own views show tokens".to_owned(),
        Some(command) if command != wanted && filter::is_ours(&command) => format!(
            "diff.seal.textconv is {}, which is gone or slower than {}",
            printable(command.as_bytes()),
            printable(wanted.as_bytes())
        ),
        Some(_) => return Ok(None),
    };
    let advice = "git seal unlock (or `git seal doctor --fix`)";
    Ok(Some(Complaint::new("textconv", what, advice).with_fix(
        |vault| setup::configure_clone(vault.repository()),
    )))
}

fn old_git() -> Result<Option<Complaint>, Failure> {
    let text = command::output(command::git(None).arg("--version"))?;
    let text = String::from_utf8_lossy(&text);
    let version = text.split_whitespace().nth(2).unwrap_or_default();
    let mut numbers = version
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    Ok(((major, minor) < OLDEST_GIT).then(|| {
        Complaint::new(
            "old-git",
            format!(
                "git {} is older than {}.{}, the oldest that git-seal is tested with",
                printable(version.as_bytes()),
                OLDEST_GIT.0,
                OLDEST_GIT.1
            ),
            "install a newer git",
        )
    }))
}

fn ledger(vault: &mut Vault) -> Result<Vec<Complaint>, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let mut complaints = Vec::new();
    match &snapshot.ledger {
        Err(error) => {
            let mut complaint = Complaint::new(
                "ledger-damaged",
                format!(".seal/ledger.jsonl: {error}"),
                "restore the file from history",
            );
            complaint.outcome = Outcome::NotAuthentic;
            complaints.push(complaint);
        }
        Ok(ledger) => {
            for environment in ledger
                .environments()
                .filter(|environment| ledger.is_forked(environment))
            {
                complaints.push(Complaint::new(
                    "ledger-fork",
                    format!("environment {environment} has several current keys: two branches rotated it"),
                    format!("git seal rotate --env {environment}, by someone who has all of them"),
                ));
            }
        }
    }
    Ok(complaints)
}
