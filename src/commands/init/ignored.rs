//! Files that git ignores today. Pulling a commit that un-ignores and adds `.env` replaces a
//! colleague's own `.env` without a word from git (measured with git 2.47).

use crate::core::printable::printable;
use crate::failure::Failure;
use crate::git::{Repository, paths, staging};
use crate::ui::Ui;

use super::Args;
use crate::commands::setup;

/// What was decided for an ignored file.
pub enum Decision {
    /// It stays ignored and personal.
    LeftAlone,
    /// It is no longer ignored, and must not be added before everyone has pulled.
    StepOneDone,
    /// Another file, a copy, is to be shared.
    SharedAs(Vec<u8>),
}

/// Decides, by flag or by asking.
///
/// # Errors
/// When a file cannot be read or written.
pub fn decide(
    repository: &Repository,
    path: &[u8],
    args: &Args,
    ui: &Ui,
) -> Result<Decision, Failure> {
    let shown = printable(path);
    if args.unignore {
        return unignore(repository, path, ui);
    }
    if args.yes || !ui.can_ask() {
        ui.warn(&format!(
            "{shown} is ignored by git, and stays so: it is not protected and not shared"
        ));
        ui.hint(
            "share another file (.env.shared, .env.development), or run `git seal init --unignore`",
        );
        return Ok(Decision::LeftAlone);
    }
    ui.warn(&format!(
        "{shown} is ignored: each colleague may have an own {shown}, which git would overwrite without a word \
         when they pull a commit that adds yours"
    ));
    let answers = [
        "share another file and keep this one personal (a copy that you edit)",
        "share this file, in two steps: un-ignore it now, add it after everyone has pulled",
        "leave it alone: personal, not protected",
    ];
    match ui.choose(
        &format!("What about {shown}?"),
        &answers,
        "--yes or --unignore",
    )? {
        0 => share_copy(repository, path, ui),
        1 => unignore(repository, path, ui),
        _ => Ok(Decision::LeftAlone),
    }
}

fn share_copy(repository: &Repository, path: &[u8], ui: &Ui) -> Result<Decision, Failure> {
    let name = ui.ask(
        "Name of the shared file (say .env.shared or .env.development)",
        "--yes",
    )?;
    let directory = &path[..path.len() - paths::file_name(path).len()];
    let shared = [directory, name.trim().as_bytes()].concat();
    if name.contains('/') || !crate::core::gitattributes::is_dotenv_name(name.trim().as_bytes()) {
        return Err(Failure::usage(format!(
            "{} is no name of a dotenv file",
            printable(name.as_bytes())
        ))
        .hint("use one that starts with `.env.` or ends in `.env`"));
    }
    if !repository
        .ignored(std::slice::from_ref(&shared))?
        .is_empty()
    {
        return Err(
            Failure::usage(format!("{} is ignored too", printable(&shared)))
                .hint("choose another name"),
        );
    }
    let top = setup::work_tree(repository)?;
    let target = top.join(paths::to_os(&shared));
    if setup::read_if_there(&target)?.is_none() {
        let content = setup::read_if_there(&top.join(paths::to_os(path)))?.unwrap_or_default();
        staging::write_whole(&target, &content)?;
        ui.note(&format!(
            "copied {} to {}: remove what is personal",
            printable(path),
            printable(&shared)
        ));
    }
    Ok(Decision::SharedAs(shared))
}

fn unignore(repository: &Repository, path: &[u8], ui: &Ui) -> Result<Decision, Failure> {
    let shown = printable(path);
    let file = setup::work_tree(repository)?.join(".gitignore");
    let old = setup::read_if_there(&file)?;
    let mut new = old.clone().unwrap_or_default();
    if !new.is_empty() && !new.ends_with(b"\n") {
        new.push(b'\n');
    }
    new.extend_from_slice(format!("!{}\n", ignore_pattern(path)).as_bytes());
    staging::write_whole(&file, &new)?;
    if !repository.ignored(&[path.to_vec()])?.is_empty() {
        match old {
            Some(old) => staging::write_whole(&file, &old)?,
            None => std::fs::remove_file(&file)?,
        }
        ui.warn(&format!(
            "{shown} stays ignored: a rule elsewhere wins over .gitignore at the top"
        ));
        ui.hint(&format!(
            "`git check-ignore -v {shown}` names the rule; remove it, then run this again"
        ));
        return Ok(Decision::LeftAlone);
    }
    ui.note(&format!("{shown} is no longer ignored (.gitignore)"));
    Ok(Decision::StepOneDone)
}

/// A `.gitignore` pattern for exactly this path.
fn ignore_pattern(path: &[u8]) -> String {
    let mut text = String::from("/");
    for character in String::from_utf8_lossy(path).chars() {
        if matches!(character, '*' | '?' | '[' | '\\' | ' ') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}
