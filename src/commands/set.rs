//! `git seal set`: a variable's value, never on a command line.

use zeroize::Zeroizing;

use super::using::{DotenvFile, Place, WhichOne, check_name, read_stdin};
use crate::core::edit;
use crate::core::generate::{Recipe, generate};
use crate::core::printable::printable;
use crate::core::quote::quote;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// Give a variable a value, everything else in the file byte for byte as it was
///
/// The value comes from a hidden prompt, or from standard input (one line feed at its end is taken
/// off), never from the command line. In a sealed file the value is sealed; a new file is private.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal set API_KEY\n  git seal set TLS_KEY < key.pem\n  \
                  git seal set --env production SESSION_SECRET --generate=hex"
)]
pub struct Args {
    /// The variable
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    which: WhichOne,
    /// Make a random value: `hex` or `base64` of 32 bytes, `uuid`, or so many letters and digits
    #[arg(
        long,
        value_name = "LEN|hex|base64|uuid",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "32"
    )]
    generate: Option<Recipe>,
}

/// Sets the variable.
///
/// # Errors
/// When there is no value, or the file cannot be changed that way.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    if args.name.contains('=') {
        return Err(value_on_command_line());
    }
    check_name(&args.name)?;
    let mut place = Place::open()?;
    let wish = args.which.wish(&mut place)?;
    let file = place.read_or_new(&wish)?;
    file.refuse_sealed(&place, ui)?;
    if file.was_sealed {
        place.key_of(&file)?;
    }
    let value = value(args, ui)?;
    // What was to be piped in may have failed.
    if value.is_empty() {
        ui.warn(&format!("{}: the value is empty", args.name));
    }
    let quoted =
        quote(&value).map_err(|error| Failure::usage(format!("{}: {error}", args.name)))?;
    if let Some(doubt) = quoted.doubt {
        ui.warn(&format!("{}: {doubt}", args.name));
    }
    let text = edit::set(&file.text, args.name.as_bytes(), &quoted)
        .map_err(|error| refused(&file, &error))?;
    file.replace(&mut place, &text, ui)?;
    Ok(Outcome::Fine)
}

/// A value was given where other users of the machine, and the shell's history, see it.
#[must_use]
pub fn value_on_command_line() -> Failure {
    Failure::usage("`git seal set` takes one NAME, and no value on the command line")
        .hint("it asks for the value, or reads it: git seal set NAME < FILE; or makes one: --generate=hex")
        .hint("what you typed stands in your shell's history now: if it was secret, change it")
}

fn value(args: &Args, ui: &Ui) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if let Some(recipe) = args.generate {
        let made = generate(recipe, getrandom::fill)
            .map_err(|error| Failure::new(Outcome::Unknown, error.to_string()))?;
        return Ok(Zeroizing::new(made.as_bytes().to_vec()));
    }
    if ui.can_ask() {
        let other_way = format!("standard input: git seal set {} < FILE", args.name);
        let typed = ui.ask_secret(&format!("Value of {}", args.name), &other_way)?;
        return Ok(Zeroizing::new(typed.as_bytes().to_vec()));
    }
    let mut value = read_stdin()?;
    if value.ends_with(b"\n") {
        value.pop();
        if value.ends_with(b"\r") {
            value.pop();
        }
    }
    Ok(value)
}

/// Why a file cannot be edited.
#[must_use]
pub fn refused(file: &DotenvFile, error: &edit::EditError) -> Failure {
    Failure::usage(printable(format!("{}: {error}", file.shown()).as_bytes()))
        .hint("`git seal edit` opens the file in your editor")
}
