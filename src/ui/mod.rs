//! Words and colours for people: what goes to the terminal and how.

pub mod comparison;
pub mod diff_view;
pub mod findings;
pub mod hardening;
#[cfg(unix)]
mod hidden;
pub mod messages;
pub mod pager;
pub mod prompts;
pub mod rotation;
pub mod signals;
pub mod standing;
pub mod wrap;

use std::io::{IsTerminal as _, Write as _};

use crate::failure::Failure;

/// The terminal as a command sees it. Answers go to standard output, everything else to standard
/// error.
#[derive(Clone, Debug)]
pub struct Ui {
    interactive: bool,
}

impl Ui {
    /// Looks at the terminal.
    #[must_use]
    pub fn new() -> Self {
        let interactive = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Self { interactive }
    }

    /// Whether a person can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        self.interactive
    }

    /// A line of the answer, on standard output.
    pub fn say(&self, line: &str) {
        // A reader that has gone away (`| head`) wants no more: nothing to report.
        let _ = writeln!(std::io::stdout(), "{line}");
    }

    /// Bytes of the answer, as they are.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn give(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()
    }

    /// A line about what is going on, on standard error.
    pub fn note(&self, line: &str) {
        let _ = writeln!(std::io::stderr(), "git-seal: {line}");
    }

    /// Text as it is, on standard error.
    pub fn complain(&self, text: &str) {
        let _ = write!(std::io::stderr(), "{text}");
    }

    /// A warning.
    pub fn warn(&self, line: &str) {
        labelled(
            "warning",
            &console::Style::new().for_stderr().yellow(),
            line,
        );
    }

    /// A line of advice.
    pub fn hint(&self, line: &str) {
        labelled("hint", &console::Style::new().for_stderr().cyan(), line);
    }

    /// What went wrong, and what to do next.
    pub fn failure(&self, failure: &Failure) {
        self.error(&failure.message);
        failure.hints.iter().for_each(|hint| self.hint(hint));
    }

    /// Something that is wrong.
    pub fn error(&self, line: &str) {
        labelled(
            "error",
            &console::Style::new().for_stderr().red().bold(),
            line,
        );
    }
}

/// `1 file`, `2 files`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn labelled(label: &str, style: &console::Style, line: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "git-seal: {}: {line}",
        style.apply_to(label)
    );
}

impl Default for Ui {
    fn default() -> Self {
        Self::new()
    }
}
