//! The list of commands.

mod mistyped;

use std::ffi::OsStr;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::commands;
use crate::failure::{Failure, Outcome};
use crate::ui::{Ui, hardening};

/// Commit .env files like any other file: plain text in the work tree, every value sealed in the
/// repository.
#[derive(Debug, Parser)]
#[command(
    name = "git-seal",
    bin_name = "git seal",
    version,
    max_term_width = 100
)]
#[command(
    after_help = "`git seal` alone says how a repository stands and what to do next.\n\
                  Start with `git seal demo` to see it work, or `git seal init` in a repository."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    // Set-up
    Init(commands::init::Args),
    Track(commands::track::Args),
    Install(commands::install::Args),
    Unlock(commands::unlock::Args),
    Lock(commands::lock::Args),
    Deinit(commands::deinit::Args),
    Status(commands::status::Args),
    Doctor(commands::doctor::Args),
    Reseal(commands::reseal::Args),
    Keygen(commands::keygen::Args),
    Key(commands::key::Args),
    Demo(commands::demo::Args),
    // Using
    Run(commands::run::Args),
    Export(commands::export::Args),
    Get(commands::get::Args),
    Set(commands::set::Args),
    Unset(commands::unset::Args),
    List(commands::list::Args),
    Edit(commands::edit::Args),
    Mask(commands::mask::Args),
    Encrypt(commands::encrypt::Args),
    Decrypt(commands::decrypt::Args),
    // Rotation
    Rotate(commands::rotate::Args),
    Ledger(commands::ledger::Args),
    Ages(commands::ages::Args),
    Audit(commands::audit::Args),
    // Guard
    Check(commands::check::Args),
    Scan(commands::scan::Args),
    Allow(commands::allow::Args),
    // Looking
    Diff(commands::diff::Args),
    Log(commands::log::Args),
    Compare(commands::compare::Args),
    // People
    Completions(commands::completions::Args),
    Man(commands::man::Args),
    // Plumbing, called by git
    #[command(hide = true)]
    FilterProcess(commands::filter_process::Args),
    #[command(hide = true)]
    Clean(commands::one_file::CleanArgs),
    #[command(hide = true)]
    Smudge(commands::one_file::SmudgeArgs),
    #[command(hide = true)]
    Hook(commands::hook::Args),
}

impl Command {
    fn run(&self, ui: &Ui) -> Result<Outcome, Failure> {
        match self {
            Self::Init(args) => commands::init::run(args, ui),
            Self::Track(args) => commands::track::run(args, ui),
            Self::Install(args) => commands::install::run(args, ui),
            Self::Unlock(args) => commands::unlock::run(args, ui),
            Self::Lock(args) => commands::lock::run(args, ui),
            Self::Deinit(args) => commands::deinit::run(args, ui),
            Self::Status(args) => commands::status::run(args, ui),
            Self::Doctor(args) => commands::doctor::run(args, ui),
            Self::Reseal(args) => commands::reseal::run(args, ui),
            Self::Keygen(args) => commands::keygen::run(args, ui),
            Self::Key(args) => commands::key::run(args, ui),
            Self::Demo(args) => commands::demo::run(args, ui),
            Self::Run(args) => commands::run::run(args, ui),
            Self::Export(args) => commands::export::run(args, ui),
            Self::Get(args) => commands::get::run(args, ui),
            Self::Set(args) => commands::set::run(args, ui),
            Self::Unset(args) => commands::unset::run(args, ui),
            Self::List(args) => commands::list::run(args, ui),
            Self::Edit(args) => commands::edit::run(args, ui),
            Self::Encrypt(args) => commands::encrypt::run(args, ui),
            Self::Decrypt(args) => commands::decrypt::run(args, ui),
            Self::Mask(args) => commands::mask::run(args, ui),
            Self::Rotate(args) => commands::rotate::run(args, ui),
            Self::Ledger(args) => commands::ledger::run(args, ui),
            Self::Ages(args) => commands::ages::run(args, ui),
            Self::Audit(args) => commands::audit::run(args, ui),
            Self::Check(args) => commands::check::run(args, ui),
            Self::Scan(args) => commands::scan::run(args, ui),
            Self::Allow(args) => commands::allow::run(args, ui),
            Self::Hook(args) => commands::hook::run(args, ui),
            Self::Diff(args) => commands::diff::run(args, ui),
            Self::Log(args) => commands::log::run(args, ui),
            Self::Compare(args) => commands::compare::run(args, ui),
            Self::Completions(args) => commands::completions::run(args, Cli::command(), ui),
            Self::Man(args) => commands::man::run(args, Cli::command(), ui),
            Self::FilterProcess(args) => commands::filter_process::run(args, ui),
            Self::Clean(args) => commands::one_file::clean(args, ui),
            Self::Smudge(args) => commands::one_file::smudge(args, ui),
        }
    }
}

/// Runs the command line of this process to its exit code.
#[must_use]
pub fn main() -> ExitCode {
    hardening::harden();
    if let Some(code) = drive() {
        return code;
    }
    let ui = Ui::new();
    let command = match plumbing() {
        Some(command) => Some(command),
        None => match Cli::try_parse() {
            Ok(cli) => cli.command,
            Err(error) => return mistyped::tell(error, &ui),
        },
    };
    let result = match &command {
        Some(command) => command.run(&ui),
        None => commands::status::in_short(&ui),
    };
    match result {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            ui.failure(&failure);
            failure.kind.into()
        }
    }
}

/// Runs `git-seal-textconv`, which is [`commands::textconv`] alone.
#[must_use]
pub fn textconv() -> ExitCode {
    hardening::harden();
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    commands::textconv::main(&words, commands::textconv::sealed_by_git_seal)
}

/// What git calls with fixed words, past clap, whose exit codes would mislead git.
fn drive() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let command = words.next()?;
    let words: Vec<_> = words.collect();
    match command.to_str()? {
        commands::merge_driver::NAME => Some(commands::merge_driver::main(&words)),
        commands::textconv::NAME => Some(commands::textconv::main(
            &words,
            commands::textconv::sealed_here,
        )),
        _ => None,
    }
}

/// What git's configuration names and calls once per command or file: describing all commands to clap
/// would be half of the start. Whatever is not exactly that is clap's to judge.
fn plumbing() -> Option<Command> {
    let mut words = std::env::args_os().skip(1);
    let command = words.next()?;
    if command == "hook" {
        return commands::hook::Args::of(words).map(Command::Hook);
    }
    match (command.to_str()?, words.next(), words.next()) {
        ("filter-process", None, None) => {
            Some(Command::FilterProcess(commands::filter_process::Args {}))
        }
        ("clean", Some(path), None) if is_path(&path) => {
            Some(Command::Clean(commands::one_file::CleanArgs::of(path)))
        }
        ("smudge", Some(path), None) if is_path(&path) => {
            Some(Command::Smudge(commands::one_file::SmudgeArgs::of(path)))
        }
        _ => None,
    }
}

fn is_path(word: &OsStr) -> bool {
    !word.as_encoded_bytes().starts_with(b"-")
}
