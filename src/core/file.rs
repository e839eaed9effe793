//! Seal and open a whole dotenv file.
//!
//! The types speak the policy: sealing may refuse, opening may not.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::dotenv::{Document, HEADER, Line, LineKind};
use super::key::{KeyId, Keyring, SealKey};
use super::policy::Policy;
use super::suites;
use super::token::{Address, Kind, Sighting, Token};

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
    /// index holds in the same file, as [`keyless_tokens`] gives them.
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
    seal_by(text, with, |_, key, address, plain| {
        with.policy.suite.seal(key, address, plain)
    })
}

/// Seals a file, each plain secret by `token`, which is told where in the text it stands.
fn seal_by(
    text: &[u8],
    with: &SealWith<'_>,
    mut token: impl FnMut(usize, &SealKey, Address<'_>, &[u8]) -> Vec<u8>,
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
                out.extend_from_slice(&token(at, key, address, line.secret));
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

fn open_token<'k>(
    address: Address<'_>,
    token: &Token<'_>,
    keyring: &'k Keyring,
) -> Option<(&'k SealKey, Zeroizing<Vec<u8>>)> {
    token
        .keys(keyring)
        .find_map(|key| Some((&**key, suites::open(key, address, token).ok()?)))
}

/// The end of the first line as an editor sees it, for the header.
fn first_line_end(text: &[u8]) -> &'static [u8] {
    match memchr::memchr(b'\n', text) {
        Some(at) if at > 0 && text[at - 1] == b'\r' => b"\r\n",
        _ => b"\n",
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

/// What is wrong with one place of a file that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its key is not at hand; `None` for suites whose tokens name no key.
    KeyAbsent(Option<KeyId>),
    /// Its key is at hand and does not open it.
    NotAuthentic,
    /// It starts like a token and is none, or a token stands amid other text.
    Malformed,
    /// It is readable although the policy does not clear it.
    Plain,
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What.
    pub trouble: Trouble,
}

/// A file after opening: what could be opened is, the rest stands as it was.
pub struct Opened {
    /// The text for the work tree.
    pub text: Zeroizing<Vec<u8>>,
    /// Whether the file was in sealed form at all: a header, or at least one token.
    pub was_sealed: bool,
    /// How many tokens were opened.
    pub opened: usize,
    /// What stayed sealed, and what was plain that should not be.
    pub problems: Vec<Problem>,
}

/// Repository text to work-tree text. What cannot be opened stays sealed and is listed,
/// with the line where it stands in the work-tree text.
#[must_use]
pub fn open(text: &[u8], keyring: &Keyring, policy: &Policy) -> Opened {
    open_noting(text, keyring, policy, |_| {})
}

/// Opens a file, and says whether sealing what it opens to would give `text` again.
#[must_use]
pub fn open_to_seal_again(text: &[u8], with: &SealWith<'_>) -> (Opened, bool) {
    let mut passages = Vec::new();
    let opened = open_noting(text, with.keyring, with.policy, |p| passages.push(p));
    let mut passages = passages.into_iter().peekable();
    // The key that opened a token at an address would make the same token of it again: there is
    // nothing to encrypt. All else is done as when sealing.
    let again = seal_by(&opened.text, with, |at, key, address, plain| {
        while passages.next_if(|passage| passage.at < at).is_some() {}
        match passages.next_if(|passage| {
            passage.is(at, address, plain.len())
                && passage.by.commitment() == key.commitment()
                && passage.token.suite == with.policy.suite
                && with.policy.suite.has_one_token_for_each_text()
        }) {
            Some(passage) => passage.token.text.to_vec(),
            None => with.policy.suite.seal(key, address, plain),
        }
    });
    let is_same = again.is_ok_and(|again| again == text);
    (opened, is_same)
}

/// A token that was opened, and where its plain text stands in the opened text.
struct Passage<'a> {
    address: Address<'a>,
    token: Token<'a>,
    by: &'a SealKey,
    at: usize,
    length: usize,
}

impl Passage<'_> {
    fn is(&self, at: usize, address: Address<'_>, length: usize) -> bool {
        (self.at, self.address, self.length) == (at, address, length)
    }
}

fn open_noting<'a>(
    text: &'a [u8],
    keyring: &'a Keyring,
    policy: &Policy,
    mut note: impl FnMut(Passage<'a>),
) -> Opened {
    let document = Document::split(text);
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut problems = Vec::new();
    let mut opened = 0;
    let has_header = document.has_header();
    let mut was_sealed = has_header;
    out.extend_from_slice(document.bom);
    let (mut number, mut counted) = (1, 0);
    for line in document.lines.iter().skip(usize::from(has_header)) {
        let start = out.len();
        // A value of several lines has one line while it is sealed.
        let mut place = |out: &[u8]| {
            number += memchr::memchr_iter(b'\n', &out[counted..start]).count();
            counted = start;
            Place {
                line: number,
                ..Place::of(line)
            }
        };
        out.extend_from_slice(line.prefix);
        let sighting = suites::sight(line.secret);
        was_sealed |= matches!(sighting, Sighting::Token(_));
        match (address(line), sighting) {
            (Some(address), Sighting::Token(token)) => {
                if let Some((by, plain)) = open_token(address, &token, keyring) {
                    note(Passage {
                        address,
                        token,
                        by,
                        at: out.len(),
                        length: plain.len(),
                    });
                    out.extend_from_slice(&plain);
                    opened += 1;
                } else {
                    out.extend_from_slice(line.secret);
                    let trouble = match token.key_id {
                        Some(id) if keyring.holds(id) => Trouble::NotAuthentic,
                        id => Trouble::KeyAbsent(id),
                    };
                    let place = place(&out);
                    problems.push(Problem { place, trouble });
                }
            }
            (_, sighting) => {
                out.extend_from_slice(line.secret);
                let trouble = match sighting {
                    Sighting::Malformed | Sighting::Embedded => Some(Trouble::Malformed),
                    _ if policy.clears(line) => None,
                    _ => Some(Trouble::Plain),
                };
                problems.extend(trouble.map(|trouble| Problem {
                    place: place(&out),
                    trouble,
                }));
            }
        }
        out.extend_from_slice(line.ending);
    }
    if !was_sealed {
        problems.retain(|problem| problem.trouble != Trouble::Plain);
    }
    let stays_sealed = |problem: &Problem| {
        matches!(
            problem.trouble,
            Trouble::KeyAbsent(_) | Trouble::NotAuthentic
        )
    };
    if opened == 0 && problems.iter().any(stays_sealed) {
        // As it is, the header with its advice included.
        out.clear();
        out.extend_from_slice(text);
        for problem in &mut problems {
            problem.place.line += usize::from(has_header);
        }
    }
    Opened {
        text: out,
        was_sealed,
        opened,
        problems,
    }
}

/// The ids of the keys that the file's tokens name.
#[must_use]
pub fn key_ids(text: &[u8]) -> BTreeSet<KeyId> {
    if !suites::may_name_a_key(text) {
        return BTreeSet::new();
    }
    Document::split(text)
        .lines
        .iter()
        .filter_map(|line| match suites::sight(line.secret) {
            Sighting::Token(token) => token.key_id,
            _ => None,
        })
        .collect()
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

#[cfg(test)]
mod tests;
