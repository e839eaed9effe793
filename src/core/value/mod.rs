//! What a program would read from a dotenv file: names and plain values.
//!
//! Built on the lines of [`super::dotenv`], the one parser; docs/DOTENV.md says the rules in words.
//! Nothing in a file is ever run, and values occur in no warning.

mod raw;

use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroizing;

use super::dotenv::{Document, Line, LineKind};
use super::file::Place;

pub(crate) use raw::Raw;
use raw::Reference;

/// What becomes of `${NAME}` and `${NAME:-default}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expansion {
    /// They are replaced; a variable of the environment beats one of the file, as for `run`.
    #[default]
    EnvironmentFirst,
    /// They are replaced; a variable of the file beats one of the environment, as for `export`.
    FileFirst,
    /// They stay as they are, as npm's dotenv and Node leave them.
    Never,
}

/// A name and the value that it has in the end.
#[derive(Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name: ASCII, as [`super::dotenv::is_name`] has it.
    pub name: String,
    /// The value, any bytes.
    pub value: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variable({})", self.name)
    }
}

/// What is odd about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// It is neither blank nor a comment nor an assignment, and was ignored.
    NoAssignment,
    /// Its value opens with a quote that does not close cleanly; the line alone was read.
    OpenQuote,
}

/// A line that people should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where it is; no name for lines that are no assignment.
    pub place: Place,
    /// What is odd.
    pub oddity: Oddity,
}

/// Reads values from one file or from several, of which the later wins.
pub struct Reader<'e> {
    expansion: Expansion,
    environment: &'e dyn Fn(&str) -> Option<Vec<u8>>,
    variables: Vec<Variable>,
    places: HashMap<String, usize>,
}

impl<'e> Reader<'e> {
    /// A reader that has read nothing yet. `environment` looks up what `${NAME}` may refer to
    /// beside the names read earlier.
    #[must_use]
    pub fn new(expansion: Expansion, environment: &'e dyn Fn(&str) -> Option<Vec<u8>>) -> Self {
        Self {
            expansion,
            environment,
            variables: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Reads a file on top of what was read before. Of equal names the last one counts.
    pub fn read(&mut self, document: &Document<'_>) -> Vec<Warning> {
        let warn = |line: &Line<'_>, oddity| Warning {
            place: Place::of(line),
            oddity,
        };
        let mut warnings = Vec::new();
        for line in &document.lines {
            match line.kind {
                LineKind::Blank | LineKind::Comment | LineKind::Header => {}
                LineKind::Marker | LineKind::Other => {
                    warnings.push(warn(line, Oddity::NoAssignment));
                }
                LineKind::Assignment { name } => {
                    let raw = Raw::of(line.secret);
                    if raw.quote_stays_open {
                        warnings.push(warn(line, Oddity::OpenQuote));
                    }
                    let resolve = |reference: &Reference<'_>| self.resolve(reference);
                    let expands = self.expansion != Expansion::Never;
                    let value = raw.read(expands.then_some(&resolve));
                    self.assign(&String::from_utf8_lossy(name), value);
                }
            }
        }
        warnings
    }

    /// What was read, in the order in which the names first occur.
    #[must_use]
    pub fn into_variables(self) -> Vec<Variable> {
        self.variables
    }

    fn assign(&mut self, name: &str, value: Zeroizing<Vec<u8>>) {
        if let Some(place) = self.places.get(name) {
            self.variables[*place].value = value;
        } else {
            self.places.insert(name.to_owned(), self.variables.len());
            let name = name.to_owned();
            self.variables.push(Variable { name, value });
        }
    }

    /// The text to put in place of a reference.
    fn resolve(&self, reference: &Reference<'_>) -> Zeroizing<Vec<u8>> {
        let outside = || (self.environment)(reference.name).map(Zeroizing::new);
        let inside = || {
            let place = self.places.get(reference.name)?;
            Some(self.variables[*place].value.clone())
        };
        let value = match self.expansion {
            Expansion::FileFirst => inside().or_else(outside),
            Expansion::EnvironmentFirst | Expansion::Never => outside().or_else(inside),
        };
        let default = || Zeroizing::new(reference.default.unwrap_or_default().to_vec());
        let wanted = |value: &Zeroizing<Vec<u8>>| reference.default.is_none() || !value.is_empty();
        value.filter(wanted).unwrap_or_else(default)
    }
}

/// One file's variables and warnings; see [`Reader`].
#[must_use]
pub fn read(
    document: &Document<'_>,
    expansion: Expansion,
    environment: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> (Vec<Variable>, Vec<Warning>) {
    let mut reader = Reader::new(expansion, environment);
    let warnings = reader.read(document);
    (reader.into_variables(), warnings)
}

/// The value of one assignment, of which `secret` is the right-hand side: quotes and escapes undone,
/// references left as they are.
#[must_use]
pub fn as_written(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    Raw::of(secret).read(None)
}

#[cfg(test)]
mod tests;
