//! `git seal unset`: a variable less.

use super::set::refused;
use super::using::{Place, WhichOne, check_name};
use crate::core::edit;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// Remove a variable, everything else in the file byte for byte as it was
///
/// Exits 1 if there is no such variable.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal unset OLD_API_KEY\n  git seal unset --env production DEBUG"
)]
pub struct Args {
    /// The variable
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    which: WhichOne,
}

/// Removes the variable.
///
/// # Errors
/// When there is none, or the file cannot be changed that way.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    check_name(&args.name)?;
    let mut place = Place::open()?;
    let wish = args.which.wish(&mut place)?;
    let file = place.read(&wish)?;
    file.refuse_sealed(&place, ui)?;
    let text =
        edit::unset(&file.text, args.name.as_bytes()).map_err(|error| refused(&file, &error))?;
    let Some(text) = text else {
        return Err(Failure::new(
            Outcome::No,
            format!("{}: there is no variable {}", file.shown(), args.name),
        )
        .hint("`git seal list` shows which there are"));
    };
    file.replace(&mut place, &text, ui)?;
    Ok(Outcome::Fine)
}
