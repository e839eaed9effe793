//! The reason of a rotation: asked for, looked at. It stays in the ledger for ever, readable.

use memchr::memmem;
use rayon::prelude::*;

use crate::core::ages;
use crate::core::key::MasterKey;
use crate::core::printable::printable;
use crate::core::scan::known::trivial::{is_trivial, password_in};
use crate::failure::Failure;
use crate::ui::Ui;
use crate::vault::rotation::OpenFile;

const MAX_CHARACTERS: usize = 500;
/// Shorter values stand in ordinary sentences.
const MIN_VALUE_BYTES: usize = 6;
/// Shorter passwords stand in ordinary words.
const MIN_PASSWORD_BYTES: usize = 6;

/// The reason given, or asked for on a terminal.
///
/// # Errors
/// When there is none, or it is no line of text.
pub fn ask(given: Option<&str>, ui: &Ui) -> Result<String, Failure> {
    let text = match given {
        Some(text) => text.to_owned(),
        None if ui.can_ask() => ui.ask("Why is the key rotated?", "--reason")?,
        None => String::new(),
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::usage("a rotation needs a reason, for the ledger")
            .hint("add --reason \"Quarterly rotation\", say"));
    }
    if text.chars().any(char::is_control) || text.chars().count() > MAX_CHARACTERS {
        return Err(Failure::usage(format!(
            "the reason must be one line of at most {MAX_CHARACTERS} characters"
        )));
    }
    Ok(text.to_owned())
}

/// Refuses a reason in which a key or a sealed value stands.
///
/// # Errors
/// Names the variable, never the value.
pub fn refuse_secrets(reason: &str, files: &[OpenFile]) -> Result<(), Failure> {
    let is_key = |word: &str| MasterKey::parse(word.as_bytes()).is_ok();
    if reason.split_whitespace().any(is_key) {
        return Err(refusal("a master key"));
    }
    match files
        .par_iter()
        .find_map_first(|file| told_by(reason.as_bytes(), file))
    {
        Some(what) => Err(refusal(&what)),
        None => Ok(()),
    }
}

/// What of a file stands in a text.
fn told_by(text: &[u8], file: &OpenFile) -> Option<String> {
    let stands_there = |part: &[u8]| memmem::find(text, part).is_some();
    file.values().into_iter().find_map(|(name, value)| {
        let value = ages::content(value);
        // The scanner lets simple passwords pass, which stand in URLs all the same.
        let password = || password_in(value).filter(|text| text.len() >= MIN_PASSWORD_BYTES);
        let is_told = value.len() >= MIN_VALUE_BYTES && stands_there(value);
        let what = if is_told && !is_trivial(name, value) {
            "the value of"
        } else if password().is_some_and(stands_there) {
            "the password in"
        } else {
            return None;
        };
        (!file.policy.clears_name(name)).then(|| format!("{what} {}", printable(name)))
    })
}

fn refusal(what: &str) -> Failure {
    Failure::usage(format!(
        "the reason holds {what}, and the ledger is readable for everyone, for ever"
    ))
    .hint("say why without it; your shell's history has it now: change it")
}
