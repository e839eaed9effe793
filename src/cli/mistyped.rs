//! Command lines that are not understood. A word too many may be a password or a key, put where none is
//! taken: it is not shown again.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::commands;
use crate::failure::Outcome;
use crate::ui::Ui;

/// Tells what is wrong with this process's command line, or shows the help that was asked for.
pub fn tell(mut error: clap::Error, ui: &Ui) -> ExitCode {
    let is_word = |word: &ContextValue| !word.to_string().starts_with('-');
    let has_word = error.kind() == ErrorKind::UnknownArgument
        && error.get(ContextKind::InvalidArg).is_some_and(is_word);
    let command = std::env::args_os().nth(1);
    let command = command.as_deref().and_then(|name| name.to_str());
    if has_word {
        if command == Some("set") {
            let failure = commands::set::value_on_command_line();
            ui.failure(&failure);
            return failure.kind.into();
        }
        error.remove(ContextKind::InvalidArg);
    }
    if error.kind() == ErrorKind::InvalidSubcommand {
        // `git seal --help` never reaches this program: git looks for a manual page.
        let text = error.render().to_string();
        ui.complain(&text.replace("try '--help'", "try 'git seal -h'"));
    } else {
        // Nobody is left to read it where this fails.
        let _ = error.print();
    }
    if has_word && matches!(command, Some("key" | "unlock" | "keygen")) {
        ui.hint("a key is never taken from the command line; if that was one, it stands in your shell's history now");
    }
    if error.use_stderr() {
        Outcome::Usage.into()
    } else {
        Outcome::Fine.into()
    }
}
