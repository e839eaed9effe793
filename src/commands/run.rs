//! `git seal run`: a program with the secrets in its environment.

use std::ffi::OsString;
use std::process::Command;

use zeroize::Zeroizing;

use super::redacted;
use super::using::{Place, Reading};
use crate::core::names;
use crate::core::printable::{printable, reason};
use crate::core::value::{Expansion, Variable};
use crate::failure::{Failure, Outcome};
use crate::git::paths;
use crate::keys::environment::is_key_variable;
use crate::ui::Ui;
use crate::vault::View;

/// Run a program with the variables in its environment
///
/// No plain file is written. The program takes the place of git-seal, so signals, terminal and exit
/// code are its own; 127 if it is not found, 126 if it cannot be run. A variable that is set already
/// stays as it is. The program does not get the master keys. With --redact its output goes through a
/// pipe, which it may tell from a terminal.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal run -- npm start\n  git seal run --env production --only 'DB_*' -- ./migrate\n  \
                  git seal run --redact -- cargo test"
)]
pub struct Args {
    #[command(flatten)]
    reading: Reading,
    /// Only variables whose name this covers (`*`, `?`); may be given several times
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// No variable whose name this covers; may be given several times
    #[arg(long, value_name = "PATTERN")]
    except: Vec<String>,
    /// Replace variables that are set already
    #[arg(long = "override")]
    replace: bool,
    /// Mask the values, and what looks like a secret, in what the program prints
    #[arg(long)]
    redact: bool,
    /// Let the program have `SECRETS_MASTER_KEY` and its kind
    #[arg(long)]
    keep_keys: bool,
    /// The program and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// As in a shell (POSIX, "Exit Status for Commands").
const NOT_FOUND: i32 = 127;
const NOT_EXECUTABLE: i32 = 126;

/// Runs the program.
///
/// # Errors
/// When the variables cannot be read or given to a program.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let variables = args.reading.variables(Expansion::EnvironmentFirst, ui)?;
    args.refuse_absent(&variables)?;
    let chosen: Vec<&Variable> = variables.iter().filter(|one| args.takes(one)).collect();
    let command = args.command(&chosen)?;
    if args.redact {
        let known = outside(&variables);
        let known = known.iter().chain(&variables);
        let known = known.map(|variable| (variable.name.as_bytes(), variable.value.as_slice()));
        return redacted::run(command, known, &sensitive_words()?)
            .or_else(|error| cannot_start(&args.command[0], &error, ui));
    }
    let error = become_it(command);
    cannot_start(&args.command[0], &error, ui)
}

impl Args {
    fn takes(&self, variable: &Variable) -> bool {
        let name = variable.name.as_bytes();
        let covers = |pattern: &String| names::matches(pattern.as_bytes(), name);
        (self.only.is_empty() || self.only.iter().any(covers)) && !self.except.iter().any(covers)
    }

    /// A name given to `--only` that no variable has is mistyped; a pattern may well cover none.
    fn refuse_absent(&self, variables: &[Variable]) -> Result<(), Failure> {
        let is_absent = |name: &&String| {
            !names::is_wildcard(name) && variables.iter().all(|variable| variable.name != **name)
        };
        match self.only.iter().find(is_absent) {
            None => Ok(()),
            Some(name) => Err(Failure::usage(format!(
                "--only {}: there is no such variable",
                printable(name.as_bytes())
            ))
            .hint("`git seal list` shows which there are")),
        }
    }

    fn command(&self, variables: &[&Variable]) -> Result<Command, Failure> {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        for variable in variables {
            if variable.value.contains(&0) {
                return Err(Failure::usage(format!(
                    "{}: its value holds a NUL byte, which no environment can carry",
                    printable(variable.name.as_bytes())
                )));
            }
            if self.replace || std::env::var_os(&variable.name).is_none() {
                command.env(&variable.name, paths::os_string(variable.value.to_vec()));
            }
        }
        if !self.keep_keys {
            let ours = std::env::vars_os().map(|(name, _)| name);
            let from_file = variables
                .iter()
                .map(|variable| OsString::from(&variable.name));
            for name in ours.chain(from_file).filter(|name| is_key_variable(name)) {
                command.env_remove(name);
            }
        }
        Ok(command)
    }
}

/// What the program may print beside the files' values: those that are set already under their names,
/// and keys.
fn outside(variables: &[Variable]) -> Vec<Variable> {
    let is_given = |name: &OsString| {
        is_key_variable(name) || variables.iter().any(|variable| *name == *variable.name)
    };
    std::env::vars_os()
        .filter(|(name, _)| is_given(name))
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let value = Zeroizing::new(paths::to_bytes(&value).into_owned());
            Some(Variable { name, value })
        })
        .collect()
}

/// The repository's own words for names that are sensitive.
fn sensitive_words() -> Result<Vec<String>, Failure> {
    let mut place = Place::open()?;
    let Some(vault) = place.vault_mut() else {
        return Ok(Vec::new());
    };
    Ok(vault.snapshot(&View::WorkTree)?.config.clone()?.sensitive)
}

/// Takes the program's place; comes back only if that fails.
#[cfg(unix)]
fn become_it(mut command: Command) -> std::io::Error {
    use std::os::unix::process::CommandExt as _;
    crate::ui::hardening::allow_core_files();
    command.exec()
}

/// Where no program can take another's place, its exit code is passed on.
#[cfg(not(unix))]
fn become_it(mut command: Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

fn cannot_start(program: &OsString, error: &std::io::Error, ui: &Ui) -> ! {
    let name = printable(&paths::to_bytes(program));
    if error.kind() != std::io::ErrorKind::NotFound {
        ui.error(&format!("{name}: {}", reason(error)));
        std::process::exit(NOT_EXECUTABLE);
    }
    ui.error(&format!("'{name}': there is no such program"));
    if name.contains(' ') {
        ui.hint("a command line for a shell: git seal run -- sh -c '…'");
    }
    std::process::exit(NOT_FOUND)
}
