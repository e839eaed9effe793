//! Files that git ignores today. Pulling a commit that un-ignores and adds `.env` replaces a
//! colleague's own `.env` without a word from git (measured with git 2.47).

use crate::core::gitattributes::{is_dotenv_name, is_personal};
use crate::core::printable::printable;
use crate::failure::Failure;
use crate::git::{Repository, paths, staging};
use crate::ui::Ui;

use super::Args;
use crate::commands::setup;

/// What was decided for an ignored file. Nothing is done yet.
pub enum Decision {
    /// It stays ignored and personal.
    LeaveAlone,
    /// It is to be ignored no longer, and not to be added before everyone has pulled.
    Unignore,
    /// Another file, a copy, is to be shared.
    ShareAs(Vec<u8>),
}

/// Decides, by flag or by asking.
///
/// # Errors
/// When there is nobody to ask, or git does not answer.
pub fn decide(
    repository: &Repository,
    path: &[u8],
    args: &Args,
    ui: &Ui,
) -> Result<Decision, Failure> {
    let shown = printable(path);
    if args.unignore {
        return Ok(Decision::Unignore);
    }
    if args.yes {
        ui.warn(&format!(
            "{shown} is ignored by git, and stays so: it is not protected and not shared"
        ));
        ui.hint(
            "share another file (.env.shared, .env.development), or run `git seal init --unignore`",
        );
        return Ok(Decision::LeaveAlone);
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
    let question = format!("What about {shown}?");
    match ui.choose(&question, &answers, "--yes or --unignore")? {
        0 => ask_name(repository, path, ui).map(Decision::ShareAs),
        1 => Ok(Decision::Unignore),
        _ => Ok(Decision::LeaveAlone),
    }
}

fn ask_name(repository: &Repository, path: &[u8], ui: &Ui) -> Result<Vec<u8>, Failure> {
    let directory = &path[..path.len() - paths::file_name(path).len()];
    let shared = |name: &str| [directory, name.trim().as_bytes()].concat();
    let check = |name: &str| {
        let file = name.trim().as_bytes();
        if name.contains('/') || !is_dotenv_name(file) || is_personal(file) {
            return Err("a name that begins with `.env.` or ends in `.env`, please".to_owned());
        }
        match repository.ignored(&[shared(name)]) {
            Ok(ignored) if ignored.is_empty() => Ok(()),
            Ok(_) => Err("git ignores that name too".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    };
    let question = "Name of the shared file (.env.shared and .env.development are usual)";
    let name = ui.ask_checked(question, ".env.shared", check, "--yes")?;
    Ok(shared(&name))
}

/// Copies an ignored file to the one that is to be shared, unless that is there.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy(repository: &Repository, path: &[u8], shared: &[u8], ui: &Ui) -> Result<(), Failure> {
    let top = setup::work_tree(repository)?;
    let target = top.join(paths::to_os(shared));
    if setup::read_if_there(&target)?.is_some() {
        ui.note(&format!(
            "{} is there already, and stays as it is",
            printable(shared)
        ));
        return Ok(());
    }
    let content = setup::read_if_there(&top.join(paths::to_os(path)))?.unwrap_or_default();
    staging::write_whole(&target, &content)?;
    ui.note(&format!(
        "copied {} to {}: remove what is personal",
        printable(path),
        printable(shared)
    ));
    Ok(())
}

/// Un-ignores a file, by a line in `.gitignore` at the top; says whether that was enough.
///
/// # Errors
/// When a file cannot be read or written.
pub fn unignore(repository: &Repository, path: &[u8], ui: &Ui) -> Result<bool, Failure> {
    let shown = printable(path);
    let file = setup::work_tree(repository)?.join(".gitignore");
    let old = setup::read_if_there(&file)?;
    let mut new = old.clone().unwrap_or_default();
    if !new.is_empty() && !new.ends_with(b"\n") {
        new.push(b'\n');
    }
    new.extend_from_slice(format!("!{}\n", ignore_pattern(path)).as_bytes());
    staging::write_whole(&file, &new)?;
    if repository.ignored(&[path.to_vec()])?.is_empty() {
        ui.note(&format!("{shown} is no longer ignored (.gitignore)"));
        return Ok(true);
    }
    match old {
        Some(old) => staging::write_whole(&file, &old)?,
        None => std::fs::remove_file(&file)?,
    }
    ui.warn(&format!(
        "{shown} stays ignored: a rule elsewhere wins over .gitignore at the top"
    ));
    ui.hint(&format!(
        "`git check-ignore -v {}` names the rule; remove it, then run this again",
        repository.here().argument(path)
    ));
    Ok(false)
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
