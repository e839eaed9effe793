//! Help: every command says what it is in one line, and has examples that can be pasted.
#![allow(clippy::unwrap_used, missing_docs)]

use clap::{Command, CommandFactory as _, Parser as _};
use git_seal::cli::Cli;

#[path = "shell/words.rs"]
mod words;

use words::calls;

/// Every command that people see, with its words: `ledger show`.
fn visible(command: &Command, words: &str, all: &mut Vec<(String, Command)>) {
    for inner in command.get_subcommands().filter(|c| !c.is_hide_set()) {
        let words = format!("{words} {}", inner.get_name());
        all.push((words.trim().to_owned(), inner.clone()));
        visible(inner, &words, all);
    }
}

fn commands() -> Vec<(String, Command)> {
    let mut all = Vec::new();
    visible(&Cli::command(), "", &mut all);
    assert!(all.len() > 35, "{}", all.len());
    all
}

/// The lines below `Examples:` in the long help.
fn examples(command: &Command) -> Vec<String> {
    let help = command.clone().render_long_help().to_string();
    let Some((_, rest)) = help.split_once("Examples:\n") else {
        return Vec::new();
    };
    let lines = rest.lines().take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn every_command_has_a_summary_of_one_line() {
    for (name, command) in commands() {
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!((15..=90).contains(&about.len()), "{name}: {about:?}");
        assert!(
            !about.ends_with('.') && !about.contains('\n'),
            "{name}: {about:?}"
        );
    }
}

#[test]
fn every_option_says_what_it_does() {
    for (name, command) in commands() {
        for argument in command.get_arguments() {
            let help = argument
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(!help.is_empty(), "{name}: {}", argument.get_id());
        }
    }
}

#[test]
fn every_command_has_examples_that_can_be_pasted() {
    let mut without = Vec::new();
    for (name, command) in commands() {
        if command.has_subcommands() && command.is_subcommand_required_set() {
            continue;
        }
        let examples = examples(&command);
        let mut own = 0;
        for line in &examples {
            for call in calls(line).unwrap_or_else(|| panic!("not for a shell: {line}")) {
                let shown = call.join(" ");
                let parsed = Cli::try_parse_from(&call);
                assert!(parsed.is_ok(), "{name}: {line}\n{}", parsed.err().unwrap());
                own += usize::from(shown.starts_with(&format!("git-seal {name}")));
            }
        }
        if own == 0 {
            without.push(name);
        }
    }
    assert_eq!(without, [""; 0], "without an example of its own");
}
