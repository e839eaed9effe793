//! What the commands that use secrets share: which dotenv files are meant, and what stands in them.
//!
//! Works on plain and sealed files alike, inside a repository and outside of any; what is sealed is
//! opened in memory and nowhere else.

mod dotenv_file;
mod files;
mod place;

use zeroize::Zeroizing;

pub use self::dotenv_file::DotenvFile;
pub use self::files::{Which, WhichOne, Wish};
pub use self::place::Place;

use crate::core::dotenv::Document;
use crate::core::file;
use crate::core::printable::printable;
use crate::core::value::{Expansion, Oddity, Reader, Variable, Warning};
use crate::failure::Failure;
use crate::git::paths;
use crate::keys::environment::is_key_variable;
use crate::ui::Ui;

/// Which files are read, and how.
#[derive(Debug, clap::Args)]
pub struct Reading {
    #[command(flatten)]
    which: Which,
    /// Leave `${NAME}` as it stands, as npm's dotenv and Node do
    #[arg(long)]
    no_expand: bool,
    /// Take values that stand in plain text in a sealed file
    #[arg(long)]
    allow_plain: bool,
}

impl Reading {
    /// The variables of all files, of which the later wins. `expansion` is how references are read
    /// unless the person wants them left alone.
    ///
    /// # Errors
    /// When a file is missing, stays sealed, or holds plain values that it should not.
    pub fn variables(&self, expansion: Expansion, ui: &Ui) -> Result<Vec<Variable>, Failure> {
        let mut place = Place::open()?;
        let expansion = if self.no_expand {
            Expansion::Never
        } else {
            expansion
        };
        let mut reader = Reader::new(expansion, &outside);
        for wish in self.which.wishes(&mut place)? {
            let opened = place.read(&wish)?;
            opened.refuse_sealed(&place, ui)?;
            if !self.allow_plain {
                opened.refuse_plain(&mut place)?;
            }
            for warning in reader.read(&Document::split(&opened.text)) {
                ui.warn(&odd(&opened, &warning));
            }
        }
        Ok(reader.into_variables())
    }
}

/// What `${NAME}` may refer to beside the file. Master keys are no part of it: a line that anybody
/// could push would hand them to the program.
fn outside(name: &str) -> Option<Vec<u8>> {
    if is_key_variable(name.as_ref()) {
        return None;
    }
    std::env::var_os(name).map(|value| paths::to_bytes(&value).into_owned())
}

/// What there is to say of an odd line, safe to print.
#[must_use]
pub fn odd(file: &DotenvFile, warning: &Warning) -> String {
    let what = match warning.oddity {
        Oddity::NoAssignment => "this is no assignment, and was ignored",
        Oddity::OpenQuote => "a quote opens here and does not close cleanly",
    };
    format!("{}: {what}", at(file, &warning.place))
}

/// `path: line 3 (NAME)`, safe to print.
fn at(file: &DotenvFile, place: &file::Place) -> String {
    let name = place.name.as_ref().map_or(String::new(), |name| {
        format!(" ({})", printable(name.as_bytes()))
    });
    format!("{}: line {}{name}", file.shown(), place.line)
}

/// Checks a variable's name as a person gave it.
///
/// # Errors
/// When a dotenv file could not hold it.
pub fn check_name(name: &str) -> Result<(), Failure> {
    if crate::core::dotenv::is_name(name.as_bytes()) {
        return Ok(());
    }
    // It may be a value, or hold one: NAME=VALUE.
    Err(Failure::usage(
        "NAME is not the name of a variable: use letters, digits, `_`, and inside also `.` and `-`",
    ))
}

/// Everything on standard input.
///
/// # Errors
/// When it cannot be read.
pub fn read_stdin() -> Result<Zeroizing<Vec<u8>>, Failure> {
    use std::io::Read as _;
    let mut content = Zeroizing::new(Vec::new());
    std::io::stdin().lock().read_to_end(&mut content)?;
    Ok(content)
}
