//! The reason of a rotation: asked for, looked at. It stays in the ledger for ever, readable.

use crate::core::ages;
use crate::core::key::MasterKey;
use crate::core::names;
use crate::core::printable::printable;
use crate::failure::Failure;
use crate::ui::Ui;
use crate::vault::rotation::OpenFile;

const MAX_CHARACTERS: usize = 500;
/// Shorter values stand in ordinary sentences.
const MIN_SECRET_BYTES: usize = 6;
/// From here on a value counts whatever its variable is called.
const MIN_LONG_BYTES: usize = 12;

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
    for file in files {
        for (name, value) in file.values() {
            let value = ages::content(value);
            if file.policy.clears_name(name) {
                continue;
            }
            let whole = Some(value).filter(|value| is_telling(name, value));
            let password = url_password(value).filter(|text| text.len() >= MIN_SECRET_BYTES);
            let stands_there =
                |text: &[u8]| memchr::memmem::find(reason.as_bytes(), text).is_some();
            if whole.into_iter().chain(password).any(stands_there) {
                return Err(refusal(&format!(
                    "the value of {} ({})",
                    printable(name),
                    printable(&file.entry.path)
                )));
            }
        }
    }
    Ok(())
}

fn is_telling(name: &[u8], value: &[u8]) -> bool {
    value.len() >= MIN_LONG_BYTES
        || (value.len() >= MIN_SECRET_BYTES && names::is_sensitive(name, &[]))
}

/// The password in `scheme://user:password@host`.
fn url_password(value: &[u8]) -> Option<&[u8]> {
    let from = memchr::memmem::find(value, b"://")? + 3;
    let until = from + memchr::memchr(b'@', &value[from..])?;
    let colon = from + memchr::memchr(b':', &value[from..until])?;
    Some(&value[colon + 1..until])
}

fn refusal(what: &str) -> Failure {
    Failure::usage(format!(
        "the reason holds {what}, and the ledger is readable for everyone, for ever"
    ))
    .hint("say why without it; your shell's history has it now: change it")
}
