//! What git's own views are to show, asked where the default may not do: VS Code's git extension
//! compares what `git show` prints with the open file, so that masked, every line looks changed.

use super::Args;
use crate::failure::Failure;
use crate::git::Repository;
use crate::ui::Ui;

/// The setting that answers.
pub const SETTING: &str = "seal.textconv";

/// The value for [`SETTING`]; `None` where there is one, nobody can be asked, or nothing here tells of
/// VS Code.
///
/// # Errors
/// When the question has no answer, or git does not answer.
pub fn choose(
    repository: &Repository,
    args: &Args,
    ui: &Ui,
) -> Result<Option<&'static str>, Failure> {
    let is_decided = || Ok::<_, Failure>(repository.config(SETTING)?.is_some());
    if args.yes || !ui.can_ask() || !is_for_vscode(repository) || is_decided()? {
        return Ok(None);
    }
    ui.note(
        "git diff shows sealed files masked; so does VS Code, where every line then looks changed",
    );
    let answers = [
        ("masked", "masked everywhere"),
        (
            "auto",
            "plain in VS Code's own comparisons, masked elsewhere",
        ),
    ];
    let chosen = ui.choose(
        "What are comparisons of sealed files to show?",
        &answers.map(|(_, text)| text),
        "git config seal.textconv",
    )?;
    Ok(Some(answers[chosen].0))
}

fn is_for_vscode(repository: &Repository) -> bool {
    std::env::var_os("TERM_PROGRAM").is_some_and(|program| program == "vscode")
        || repository.home().join(".vscode").is_dir()
}
