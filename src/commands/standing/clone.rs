//! What can be wrong with a clone's configuration, with git itself, and with the ledger.

use std::path::{Path, PathBuf};

use crate::core::config::CONFIG_PATH;
use crate::core::here::Here;
use crate::core::printable::printable;
use crate::core::standing::{Problem, Remedy, Severity};
use crate::failure::Failure;
use crate::git::config::Settings;
use crate::git::{GitError, Repository, command, filter, paths};
use crate::vault::{LEDGER_PATH, Vault, View};

/// The oldest git with which the test suite is run.
const OLDEST_GIT: (u32, u32) = (2, 39);

/// The problem of a clone that git does not know the filter in.
pub(super) const NOT_SET_UP: &str = "filter-not-configured";

pub(super) fn problems(vault: &mut Vault, settings: &Settings) -> Result<Vec<Problem>, Failure> {
    let mut problems = Vec::new();
    problems.extend(old_git()?);
    match settings.get("filter.seal.process") {
        None => problems.push(
            Problem::new(
                NOT_SET_UP,
                "git does not know the filter in this clone: sealed files stay sealed, and what you add is not sealed",
                "git seal unlock",
            )
            .mended_by(Remedy::SetUp),
        ),
        Some(process) => {
            if !settings.is_true("filter.seal.required") {
                problems.push(
                    Problem::new(
                        "filter-not-required",
                        "filter.seal.required is not true: when sealing fails, git stages plain text",
                        "git config filter.seal.required true",
                    )
                    .mended_by(Remedy::Require),
                );
            }
            problems.extend(program(process).or_else(|| outdated(settings)));
        }
    }
    if settings.is_true("diff.seal.cachetextconv") {
        problems.push(
            Problem::new(
                "cachetextconv",
                "diff.seal.cachetextconv is on: git keeps what it shows of sealed files in its object database",
                "git config diff.seal.cachetextconv false && git update-ref -d refs/notes/textconv/seal",
            )
            .mended_by(Remedy::DropViewCache),
        );
    }
    if let Err(bad) = &vault.snapshot(&View::WorkTree)?.config {
        let what = format!("{CONFIG_PATH}: {bad}");
        problems.push(
            Problem::new("config-invalid", what, "docs/CONFIG.md lists every setting")
                .weighing(Severity::Misconfigured),
        );
    }
    Ok(problems)
}

/// Whether the program that git is told to call is there, and is this one.
fn program(process: &str) -> Option<Problem> {
    let word = shlex::split(process)?.into_iter().next()?;
    let is_path = Path::new(&word).is_absolute();
    let found = if is_path {
        Some(PathBuf::from(&word)).filter(|path| filter::is_program(path))
    } else {
        filter::on_gits_path(&word)
    };
    let shown = printable(word.as_bytes());
    let Some(found) = found else {
        let (id, what) = if is_path {
            (
                "stale-program",
                format!("git is told to call {shown}, and there is no such program"),
            )
        } else {
            let path = std::env::var("PATH").unwrap_or_default();
            (
                "program-not-found",
                format!(
                    "git is told to call {shown}, which is not on the PATH that git sees ({})",
                    printable(path.as_bytes())
                ),
            )
        };
        return Some(
            Problem::new(id, what, "git seal unlock registers this git-seal")
                .mended_by(Remedy::Register),
        );
    };
    let this = std::env::current_exe().ok()?.canonicalize().ok()?;
    if found.canonicalize().ok()? == this {
        return None;
    }
    let what = format!(
        "git calls another git-seal than this one: {}",
        printable(found.as_os_str().as_encoded_bytes())
    );
    let advice = "git seal unlock registers this git-seal";
    Some(Problem::new("other-program", what, advice).mended_by(Remedy::Register))
}

/// Whether filter, merge driver and view are as this version registers them.
fn outdated(settings: &Settings) -> Option<Problem> {
    let keys = filter::outdated(settings);
    if keys.is_empty() {
        return None;
    }
    let what = format!(
        "missing, gone, or not as this git-seal sets it: {}",
        keys.join(", ")
    );
    let advice = "git seal unlock registers it anew";
    Some(Problem::new("registration-outdated", what, advice).mended_by(Remedy::Register))
}

fn old_git() -> Result<Option<Problem>, Failure> {
    let text = command::output(command::git(None).arg("--version"))?;
    let text = String::from_utf8_lossy(&text);
    let version = text.split_whitespace().nth(2).unwrap_or_default();
    let mut numbers = version
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    Ok(((major, minor) < OLDEST_GIT).then(|| {
        Problem::new(
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

/// Whether a ledger that should be on disk is not: one that a sparse checkout leaves out should not.
fn is_gone_from_disk(repository: &Repository) -> Result<bool, GitError> {
    let Some(top) = repository.work_tree() else {
        return Ok(false);
    };
    if top.join(LEDGER_PATH).is_file() {
        return Ok(false);
    }
    let ledger = LEDGER_PATH.as_bytes();
    let staged = repository.entries_named(|name| name == paths::file_name(ledger))?;
    let mut staged = staged.iter().filter(|entry| entry.path == ledger);
    Ok(staged.any(|entry| !entry.skip_worktree))
}

/// What is wrong with the ledger; `is_used`: whether a file is sealed here.
pub(super) fn ledger_problems(
    vault: &mut Vault,
    here: &Here,
    is_used: bool,
) -> Result<Vec<Problem>, Failure> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let restore = format!(
        "restore it: `git log -- {}` shows since when",
        here.argument(LEDGER_PATH.as_bytes())
    );
    let ledger = match &snapshot.ledger {
        Err(error) => {
            return Ok(vec![
                Problem::new("ledger-damaged", format!("{LEDGER_PATH}: {error}"), restore)
                    .weighing(Severity::NotAuthentic),
            ]);
        }
        Ok(ledger) if ledger.is_empty() && is_used => {
            let what = format!("{LEDGER_PATH} is missing: nothing can be sealed without it");
            return Ok(vec![Problem::new("ledger-missing", what, restore)]);
        }
        Ok(ledger) => ledger,
    };
    if is_gone_from_disk(vault.repository())? {
        let what = format!("{LEDGER_PATH} is gone from the work tree; what is staged of it counts");
        let restore = format!("git checkout -- {}", here.argument(LEDGER_PATH.as_bytes()));
        return Ok(vec![Problem::new("ledger-missing", what, restore)]);
    }
    let forked = ledger
        .environments()
        .filter(|environment| ledger.is_forked(environment));
    Ok(forked
        .map(|environment| {
            Problem::new(
                "ledger-fork",
                format!(
                    "environment {environment} has several current keys: two branches renewed it"
                ),
                format!("git seal rotate --env {environment}, by someone who has all of them"),
            )
        })
        .collect())
}
