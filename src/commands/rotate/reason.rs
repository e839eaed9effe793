//! The reason of a rotation: asked for, looked at. It stays in the ledger for ever, readable.

use crate::core::ages;
use crate::core::key::MasterKey;
use crate::core::printable::printable;
use crate::core::scan::KnownValues;
use crate::failure::Failure;
use crate::ui::Ui;
use crate::vault::rotation::OpenFile;

const MAX_CHARACTERS: usize = 500;

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
    let plain: Vec<_> = files
        .iter()
        .flat_map(|file| {
            let secret = |(name, _): &(&[u8], &[u8])| !file.policy.clears_name(name);
            let environment = &file.environment;
            file.values()
                .into_iter()
                .filter(secret)
                .map(move |(name, value)| (environment.clone(), name, ages::content(value)))
        })
        .collect();
    let known = KnownValues::new(plain);
    match known.find_iter(reason.as_bytes()).next() {
        None => Ok(()),
        Some(found) => {
            let owner = &known.owners(found.which)[0];
            Err(refusal(&format!("the value of {}", printable(&owner.name))))
        }
    }
}

fn refusal(what: &str) -> Failure {
    Failure::usage(format!(
        "the reason holds {what}, and the ledger is readable for everyone, for ever"
    ))
    .hint("say why without it; your shell's history has it now: change it")
}
