//! Questions, asked on a terminal only. Every question has a flag that answers it.

use dialoguer::theme::ColorfulTheme;
use zeroize::Zeroizing;

use super::{Ui, signals};
use crate::failure::Failure;

fn closed(error: &dialoguer::Error) -> Failure {
    let dialoguer::Error::IO(error) = error;
    if error.kind() == std::io::ErrorKind::Interrupted {
        signals::await_end();
    }
    Failure::usage(format!("no answer: {error}"))
}

impl Ui {
    fn need_terminal(&self, flag: &str) -> Result<(), Failure> {
        if self.can_ask() {
            signals::keep_terminal();
            return Ok(());
        }
        Err(
            Failure::usage("this needs an answer, and there is no terminal to ask on")
                .hint(format!("answer with {flag}")),
        )
    }

    /// Yes or no.
    ///
    /// # Errors
    /// Without a terminal: the message names the flag that answers.
    pub fn confirm(&self, question: &str, default: bool, flag: &str) -> Result<bool, Failure> {
        self.need_terminal(flag)?;
        dialoguer::Confirm::with_theme(&ColorfulTheme::default())
            .with_prompt(question)
            .default(default)
            .interact()
            .map_err(|error| closed(&error))
    }

    /// One of several answers, by its number from 0.
    ///
    /// # Errors
    /// Without a terminal: the message names the flag that answers.
    pub fn choose(&self, question: &str, answers: &[&str], flag: &str) -> Result<usize, Failure> {
        self.need_terminal(flag)?;
        dialoguer::Select::with_theme(&ColorfulTheme::default())
            .with_prompt(question)
            .items(answers)
            .default(0)
            .interact()
            .map_err(|error| closed(&error))
    }

    /// Any of several answers, each ticked or not.
    ///
    /// # Errors
    /// Without a terminal: the message names the flag that answers.
    pub fn choose_any(
        &self,
        question: &str,
        answers: &[(String, bool)],
        flag: &str,
    ) -> Result<Vec<usize>, Failure> {
        self.need_terminal(flag)?;
        dialoguer::MultiSelect::with_theme(&ColorfulTheme::default())
            .with_prompt(question)
            .items_checked(answers.iter().map(|(text, ticked)| (text, *ticked)))
            .interact()
            .map_err(|error| closed(&error))
    }

    /// A line of text.
    ///
    /// # Errors
    /// Without a terminal: the message names the flag that answers.
    pub fn ask(&self, question: &str, flag: &str) -> Result<String, Failure> {
        self.need_terminal(flag)?;
        dialoguer::Input::with_theme(&ColorfulTheme::default())
            .with_prompt(question)
            .interact_text()
            .map_err(|error| closed(&error))
    }

    /// A line of text that `check` finds nothing wrong with; asks again otherwise.
    ///
    /// # Errors
    /// Without a terminal: the message names the flag that answers.
    pub fn ask_checked(
        &self,
        question: &str,
        default: &str,
        check: impl Fn(&str) -> Result<(), String>,
        flag: &str,
    ) -> Result<String, Failure> {
        self.need_terminal(flag)?;
        dialoguer::Input::<String>::with_theme(&ColorfulTheme::default())
            .with_prompt(question)
            .default(default.to_owned())
            .validate_with(|text: &String| check(text))
            .interact_text()
            .map_err(|error| closed(&error))
    }

    /// A secret, not shown while it is typed: one line, and not an empty one. `flag` says how else it
    /// can be given.
    ///
    /// # Errors
    /// Without a terminal, or without an answer: the message names the other way.
    pub fn ask_secret(&self, question: &str, flag: &str) -> Result<Zeroizing<String>, Failure> {
        self.need_terminal(flag)?;
        hidden_line(question, flag)
    }
}

#[cfg(unix)]
fn hidden_line(question: &str, flag: &str) -> Result<Zeroizing<String>, Failure> {
    use super::hidden::{Typed, read};
    use dialoguer::theme::Theme as _;

    let mut prompt = String::new();
    // Only writes to a string.
    let _ = ColorfulTheme::default().format_password_prompt(&mut prompt, question);
    loop {
        show(&format!("{prompt} "));
        let typed = read(&std::io::stdin());
        show("\n");
        let line = match typed? {
            Typed::Line(line) if line.is_empty() => continue,
            Typed::Line(line) => line,
            Typed::SeveralLines => {
                return Err(
                    Failure::usage("several lines were pasted; nothing of them was taken")
                        .hint(format!("several lines can be given with {flag}")),
                );
            }
            Typed::Nothing | Typed::Signal(_) => {
                return Err(Failure::usage("no answer").hint(format!("answer with {flag}")));
            }
        };
        let text = std::str::from_utf8(&line).map(|text| Zeroizing::new(text.to_owned()));
        return text.map_err(|_| {
            Failure::usage("what was typed is not UTF-8").hint(format!("answer with {flag}"))
        });
    }
}

#[cfg(unix)]
fn show(text: &str) {
    use std::io::Write as _;
    // Nobody is left to read it where this fails.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(not(unix))]
fn hidden_line(question: &str, _: &str) -> Result<Zeroizing<String>, Failure> {
    dialoguer::Password::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .interact()
        .map(Zeroizing::new)
        .map_err(|error| closed(&error))
}
