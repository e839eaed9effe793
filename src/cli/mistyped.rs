//! Command lines that are not understood. What was typed where it is not understood may be a password
//! or a key: it is not shown again.

use std::error::Error as _;
use std::num::ParseIntError;
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Cli;
use crate::commands;
use crate::core::environment::BadEnvironment;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// Tells what is wrong with this process's command line, or shows the help that was asked for.
pub fn tell(error: clap::Error, ui: &Ui) -> ExitCode {
    if !error.use_stderr() {
        // Nobody is left to read it where this fails.
        let _ = error.print();
        return Outcome::Fine.into();
    }
    let command = std::env::args_os().nth(1);
    match complaint(error, command.as_deref().and_then(|name| name.to_str())) {
        Complaint::Own(failure) => ui.failure(&failure),
        Complaint::Claps { text, hint } => {
            ui.complain(&text);
            hint.into_iter().for_each(|hint| ui.hint(hint));
        }
    }
    Outcome::Usage.into()
}

/// What is said of a command line that is not understood.
enum Complaint {
    /// In our words.
    Own(Failure),
    /// In clap's, without what was typed, and perhaps a hint.
    Claps {
        text: String,
        hint: Option<&'static str>,
    },
}

fn complaint(mut error: clap::Error, command: Option<&str>) -> Complaint {
    match error.kind() {
        // What is close to an option's name is taken for that.
        ErrorKind::UnknownArgument
            if command == Some("set") && error.get(ContextKind::SuggestedArg).is_none() =>
        {
            return Complaint::Own(commands::set::value_on_command_line());
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            return Complaint::Own(bad_value(&error));
        }
        ErrorKind::TooManyValues => {
            let option = text(&error, ContextKind::InvalidArg).unwrap_or_default();
            return Complaint::Own(Failure::usage(format!("{option} takes no value")));
        }
        _ => {}
    }
    let takes_keys = matches!(command, Some("key" | "unlock" | "keygen" | "rotate"));
    let hint = (takes_keys && may_be_key(&error)).then_some(
        "a key is never taken from the command line; if that was one, it stands in your shell's history now",
    );
    forget(&mut error);
    // `git seal --help` never reaches this program: git looks for a manual page.
    let known = command.filter(|name| Cli::command().find_subcommand(name).is_some());
    let help = known.map_or("git seal -h".to_owned(), |name| {
        format!("git seal {name} -h")
    });
    let text = error.render().to_string();
    let text = text.replace("try '--help'", &format!("try '{help}'"));
    Complaint::Claps { text, hint }
}

/// A value that its option does not take.
fn bad_value(error: &clap::Error) -> Failure {
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let what = format!("this is no value for {argument}");
    let failure = match error.source() {
        Some(reason) if reason.is::<BadEnvironment>() => {
            Failure::usage(format!("{what}: {}", BadEnvironment::RULE))
        }
        Some(reason) if reason.is::<ParseIntError>() => {
            Failure::usage(format!("{what}: use a whole number"))
        }
        Some(reason) => Failure::usage(format!("{what}: {reason}")),
        None => Failure::usage(what),
    };
    match text(error, ContextKind::ValidValue) {
        Some(values) => failure.hint(format!("it takes one of: {values}")),
        None => failure,
    }
}

/// Takes out what was typed, unless it is an option's name, or close to a command's.
fn forget(error: &mut clap::Error) {
    let is_option =
        text(error, ContextKind::InvalidArg).is_some_and(|typed| is_option_name(&typed));
    if error.kind() == ErrorKind::UnknownArgument && !is_option {
        error.remove(ContextKind::InvalidArg);
    }
    if error.get(ContextKind::SuggestedSubcommand).is_none() {
        error.remove(ContextKind::InvalidSubcommand);
    }
    // Advice to put `--` in front of it, which is of no use to any command here.
    error.remove(ContextKind::Suggested);
}

/// A word where none is taken, or behind an option that would take a key.
fn may_be_key(error: &clap::Error) -> bool {
    let stray = match error.kind() {
        ErrorKind::UnknownArgument => text(error, ContextKind::InvalidArg),
        ErrorKind::InvalidSubcommand => text(error, ContextKind::InvalidSubcommand),
        _ => None,
    };
    stray.is_some_and(|typed| !is_option_name(&typed) || typed.contains("key"))
}

/// `-x` or `--two-words`.
fn is_option_name(typed: &str) -> bool {
    const LONGEST_NAME: usize = 24;
    let is_short = typed.starts_with('-') && typed.chars().count() == 2;
    let long = typed.strip_prefix("--").unwrap_or_default();
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    is_short || (!long.is_empty() && long.len() <= LONGEST_NAME && long.bytes().all(is_word))
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    error.get(kind).map(ContextValue::to_string)
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command, Parser as _};

    use super::*;

    const SECRET: &str = "Zk4vQ8mT2x=hunter2";

    /// Each command's words, with its options that take a value.
    fn commands(command: &Command, words: &[String], found: &mut Vec<(Vec<String>, Vec<String>)>) {
        let options = command.get_arguments().filter_map(Arg::get_long);
        found.push((words.to_vec(), options.map(str::to_owned).collect()));
        for inner in command.get_subcommands() {
            let words = [words, &[inner.get_name().to_owned()]].concat();
            commands(inner, &words, found);
        }
    }

    #[test]
    fn nothing_that_was_mistyped_is_shown_again() {
        let mut found = Vec::new();
        commands(&Cli::command(), &["git-seal".to_owned()], &mut found);
        let mut refused = 0;
        for (words, options) in found {
            let stray = [
                SECRET,
                "-Zk4vQ8mT2x=hunter2",
                "--Zk4vQ8mT2x",
                "--zk4vq8=Zk4vQ8mT2x",
            ];
            let with_value = options.iter().map(|option| format!("--{option}={SECRET}"));
            let more = with_value.chain(stray.map(str::to_owned));
            for more in more.flat_map(|word| [vec![word.clone()], vec!["--".to_owned(), word]]) {
                // Three times: some commands take one word, or two.
                let line = [&words[..], &more, &more, &more].concat();
                let Err(error) = Cli::try_parse_from(&line) else {
                    continue;
                };
                refused += 1;
                let shown = match complaint(error, words.get(1).map(String::as_str)) {
                    Complaint::Own(failure) => format!("{failure:?}"),
                    Complaint::Claps { text, .. } => text,
                };
                assert!(!shown.contains("Q8mT2x"), "{line:?}: {shown}");
            }
        }
        assert!(refused > 200, "{refused}");
    }

    #[test]
    fn what_is_close_to_a_name_of_ours_is_named() {
        for (line, expected) in [
            (&["git-seal", "stauts"][..], "'status'"),
            (&["git-seal", "set", "A", "--fiel", "x"], "'--file'"),
            (&["git-seal", "export", "--format", "jsn"], "json"),
        ] {
            let error = Cli::try_parse_from(line).expect_err("mistyped");
            let shown = match complaint(error, Some(line[1])) {
                Complaint::Own(failure) => format!("{failure:?}"),
                Complaint::Claps { text, .. } => text,
            };
            assert!(shown.contains(expected), "{shown}");
        }
    }
}
