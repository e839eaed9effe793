//! Seal and open a whole dotenv file.
//!
//! The types speak the policy: sealing may refuse, opening may not.

mod open;
mod seal;

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::dotenv::{self, Document, Line, LineKind};
use super::key::{KeyId, Keyring, SealKey};
use super::suites;
use super::token::{Address, Kind, Sighting, Token};

pub use open::{Opened, Problem, Trouble, open, open_to_seal_again};
pub use seal::{SealError, SealWith, seal};

/// Where in a file something is: a line, and the variable if the line has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line number, from 1.
    pub line: usize,
    /// The variable's name.
    pub name: Option<String>,
}

impl Place {
    /// The place of a line.
    #[must_use]
    pub fn of(line: &Line<'_>) -> Self {
        Self {
            line: line.number,
            name: line
                .name()
                .map(|name| String::from_utf8_lossy(name).into_owned()),
        }
    }
}

/// What the secret of a line is bound to; `None` for lines without a secret.
#[must_use]
pub fn address<'a>(line: &Line<'a>) -> Option<Address<'a>> {
    match line.kind {
        LineKind::Blank | LineKind::Header | LineKind::Marker => None,
        LineKind::Comment => Some(Address::nameless(Kind::Comment)),
        LineKind::Assignment { name } => Some(Address::value(name)),
        LineKind::Other => Some(Address::nameless(Kind::Line)),
    }
}

/// The ids of the keys that the file's tokens name.
#[must_use]
pub fn key_ids(text: &[u8]) -> BTreeSet<KeyId> {
    if !suites::may_name_a_key(text) {
        return BTreeSet::new();
    }
    let mut ids = dotenv::lines(text).filter_map(|line| match suites::sight(line.secret) {
        Sighting::Token(token) => token.key_id,
        _ => None,
    });
    let Some(first) = ids.next() else {
        return BTreeSet::new();
    };
    if suites::may_name_no_other_key(text) {
        return BTreeSet::from([first]);
    }
    ids.chain([first]).collect()
}

/// The file's tokens that name no key.
#[must_use]
pub fn keyless_tokens(text: &[u8]) -> BTreeSet<Vec<u8>> {
    Document::split(text)
        .lines
        .iter()
        .filter_map(|line| match suites::sight(line.secret) {
            Sighting::Token(token) if token.key_id.is_none() => Some(token.text.to_vec()),
            _ => None,
        })
        .collect()
}

fn open_token<'k>(
    address: Address<'_>,
    token: &Token<'_>,
    keyring: &'k Keyring,
) -> Option<(&'k SealKey, Zeroizing<Vec<u8>>)> {
    token
        .keys(keyring)
        .find_map(|key| Some((&**key, suites::open(key, address, token).ok()?)))
}

#[cfg(test)]
mod tests;
