//! Work-tree text to repository text.

use std::collections::BTreeSet;

use super::{Place, address, open_token};
use crate::core::dotenv::{Document, HEADER, Line};
use crate::core::key::{Keyring, SealKey};
use crate::core::policy::Policy;
use crate::core::suites;
use crate::core::token::{Address, Sighting, Token};

/// What sealing needs to know beside the text.
#[derive(Clone, Copy, Debug)]
pub struct SealWith<'a> {
    /// The environment's current key, if it is at hand.
    pub key: Option<&'a SealKey>,
    /// All keys at hand, for tokens under retired keys.
    pub keyring: &'a Keyring,
    /// What may stay readable.
    pub policy: &'a Policy,
    /// Tokens that name no key and may stay although no key at hand opens them: those that the
    /// index holds in the same file, as [`super::keyless_tokens`] gives them.
    pub accepted: &'a BTreeSet<Vec<u8>>,
}

static NONE_ACCEPTED: BTreeSet<Vec<u8>> = BTreeSet::new();

impl<'a> SealWith<'a> {
    /// No token is accepted that no key at hand opens.
    #[must_use]
    pub fn new(key: Option<&'a SealKey>, keyring: &'a Keyring, policy: &'a Policy) -> Self {
        let accepted = &NONE_ACCEPTED;
        Self {
            key,
            keyring,
            policy,
            accepted,
        }
    }

    /// Whether a token that names no key, and that no key at hand opens, must not be sealed: with
    /// a key at hand it is rather a mistake, or somebody's junk, than a colleague's value.
    pub(crate) fn refuses(&self, token: &[u8]) -> bool {
        (self.key.is_some() || !self.keyring.is_empty()) && !self.accepted.contains(token)
    }
}

/// Why a file cannot be sealed. Holds names and line numbers, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Plain values are there and the current key is not.
    #[error("no key at hand to seal it")]
    NoKey(Vec<Place>),
    /// Starts like a token and is none.
    #[error("a damaged token")]
    Malformed(Place),
    /// A token with something around it.
    #[error("a token with other text around it")]
    Embedded(Place),
    /// A token that its own key does not open here.
    #[error("a token that does not authenticate")]
    NotAuthentic(Place),
    /// A token that names no key, that no key at hand opens, and that was not there before.
    #[error("a token that no key at hand opens")]
    NoKeyOpens(Place),
}

/// Work-tree text to repository text. Refuses rather than let a plain value pass.
///
/// Tokens already there are checked where their key is at hand, and brought to the current key;
/// without a key they pass as they are. The result is a pure function of text, key and policy.
///
/// # Errors
/// See [`SealError`].
pub fn seal(text: &[u8], with: &SealWith<'_>) -> Result<Vec<u8>, SealError> {
    seal_by(text, with, |out, _, key, address, plain| {
        with.policy.suite.seal_onto(out, key, address, plain);
    })
}

/// Seals a file, each plain secret by `token`, which appends to what has been written, and is told where
/// in the text the secret stands.
pub(super) fn seal_by(
    text: &[u8],
    with: &SealWith<'_>,
    mut token: impl FnMut(&mut Vec<u8>, usize, &SealKey, Address<'_>, &[u8]),
) -> Result<Vec<u8>, SealError> {
    let document = Document::split(text);
    if document.lines.is_empty() {
        return Ok(text.to_vec());
    }
    let mut out = Vec::with_capacity(text.len() * 3 + 256);
    out.extend_from_slice(document.bom);
    if !document.has_header() {
        out.extend_from_slice(HEADER);
        out.extend_from_slice(first_line_end(text));
    }
    let mut unsealed = Vec::new();
    let mut at = document.bom.len();
    for line in &document.lines {
        out.extend_from_slice(line.prefix);
        at += line.prefix.len();
        match seal_secret(line, with)? {
            Piece::Kept => out.extend_from_slice(line.secret),
            Piece::Resealed(token) => out.extend_from_slice(&token),
            Piece::Plain(address, key) => {
                token(&mut out, at, key, address, line.secret);
            }
            Piece::NeedsKey => unsealed.push(Place::of(line)),
        }
        out.extend_from_slice(line.ending);
        at += line.secret.len() + line.ending.len();
    }
    if unsealed.is_empty() {
        Ok(out)
    } else {
        Err(SealError::NoKey(unsealed))
    }
}

enum Piece<'a> {
    Kept,
    Resealed(Vec<u8>),
    Plain(Address<'a>, &'a SealKey),
    NeedsKey,
}

fn seal_secret<'a>(line: &Line<'a>, with: &SealWith<'a>) -> Result<Piece<'a>, SealError> {
    let Some(address) = address(line) else {
        return Ok(Piece::Kept);
    };
    match suites::sight(line.secret) {
        Sighting::Malformed => Err(SealError::Malformed(Place::of(line))),
        Sighting::Embedded => Err(SealError::Embedded(Place::of(line))),
        Sighting::Token(token) => reseal(line, address, &token, with),
        Sighting::Plain if with.policy.clears(line) => Ok(Piece::Kept),
        Sighting::Plain => Ok(match with.key {
            Some(key) => Piece::Plain(address, key),
            None => Piece::NeedsKey,
        }),
    }
}

fn reseal(
    line: &Line<'_>,
    address: Address<'_>,
    token: &Token<'_>,
    with: &SealWith<'_>,
) -> Result<Piece<'static>, SealError> {
    let Some((_, plain)) = open_token(address, token, with.keyring) else {
        return match token.key_id {
            Some(id) if with.keyring.holds(id) => Err(SealError::NotAuthentic(Place::of(line))),
            None if with.refuses(token.text) => Err(SealError::NoKeyOpens(Place::of(line))),
            _ => Ok(Piece::Kept),
        };
    };
    Ok(match with.key {
        Some(key) if token.key_id != Some(key.id()) || token.suite != with.policy.suite => {
            Piece::Resealed(with.policy.suite.seal(key, address, &plain))
        }
        _ => Piece::Kept,
    })
}

/// The end of the first line as an editor sees it, for the header.
fn first_line_end(text: &[u8]) -> &'static [u8] {
    match memchr::memchr(b'\n', text) {
        Some(at) if at > 0 && text[at - 1] == b'\r' => b"\r\n",
        _ => b"\n",
    }
}
