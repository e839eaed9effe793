//! `git seal get`: one value.

use std::io::IsTerminal as _;

use super::using::{Reading, check_name};
use crate::core::value::Expansion;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// Print the value of one variable
///
/// The bytes of the value, as a program would read them; followed by a line feed on a terminal only.
/// Exits 1 if there is no such variable.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal get API_KEY\n  git seal get --env production DATABASE_URL | pbcopy"
)]
pub struct Args {
    /// The variable
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    reading: Reading,
}

/// Prints the value.
///
/// # Errors
/// When the files cannot be read.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    check_name(&args.name)?;
    let variables = args.reading.variables(Expansion::FileFirst, ui)?;
    let found = variables.iter().find(|variable| variable.name == args.name);
    let Some(variable) = found else {
        return Err(
            Failure::new(Outcome::No, format!("there is no variable {}", args.name))
                .hint("`git seal list` shows which there are"),
        );
    };
    ui.give(&variable.value)?;
    if std::io::stdout().is_terminal() {
        ui.say("");
    }
    Ok(Outcome::Fine)
}
