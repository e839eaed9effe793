//! A stored version of a protected file by itself, as `check --all-history` meets it: without the state
//! around it, or the policy of its time.

use super::located::{FORGED_TOKEN, about_form};
use crate::core::file::{self, Trouble};
use crate::core::form::Form;
use crate::core::key::Keyring;
use crate::core::opaque;
use crate::core::policy::Policy;
use crate::core::scan::Finding;
use crate::core::suites;
use crate::core::token::Sighting;

/// What is plain in a stored version of a file that is protected today.
#[must_use]
pub fn unsealed(content: &[u8]) -> Option<Finding> {
    let form = match suites::sight_file(content) {
        Sighting::Plain => Form::of_dotenv(content, &Policy::default()),
        _ => Form::of_opaque(content),
    };
    // Without the policy of its time, a readable value beside tokens may have been cleared.
    if !form.is_plain() {
        return None;
    }
    let why = match form.plain.len() {
        1 => "a value of a protected file stands in history in plain text".to_owned(),
        number => {
            format!("{number} values of a protected file stand in history in plain text")
        }
    };
    let advice = "change these values at their providers: history keeps them";
    Some(about_form(
        "plain-in-history",
        form.plain.first(),
        why,
        advice,
    ))
}

/// The first token that a key at hand should open, and does not.
#[must_use]
pub fn forged(content: &[u8], keyring: &Keyring) -> Option<Finding> {
    let place = if matches!(suites::sight_file(content), Sighting::Token(_)) {
        let opened = opaque::open(content, keyring);
        matches!(opened, opaque::Opened::NotAuthentic).then_some(None)?
    } else {
        let opened = file::open(content, keyring, &Policy::default());
        let is_forged = |trouble| trouble == Trouble::NotAuthentic;
        let mut problems = opened.problems.into_iter();
        let forged = problems.find(|problem| is_forged(problem.trouble))?;
        Some(forged.stored_place())
    };
    Some(about_form(
        FORGED_TOKEN,
        place.as_ref(),
        "a sealed value in history does not authenticate: it was changed, or moved from another variable"
            .to_owned(),
        "where it still stands, restore the value from an older version, or write it anew and add it",
    ))
}
