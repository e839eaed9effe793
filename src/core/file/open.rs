//! Repository text to work-tree text.

use zeroize::Zeroizing;

use super::seal::{SealWith, seal_by};
use super::{Place, address, open_token};
use crate::core::dotenv::Document;
use crate::core::key::{KeyId, Keyring, SealKey};
use crate::core::policy::Policy;
use crate::core::suites;
use crate::core::token::{Address, Sighting, Token};

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
    /// Where, in the work-tree text.
    pub place: Place,
    /// The line of the repository text, from 1.
    pub stored_line: usize,
    /// What.
    pub trouble: Trouble,
}

impl Problem {
    /// Where it stands in the repository text.
    #[must_use]
    pub fn stored_place(&self) -> Place {
        Place {
            line: self.stored_line,
            name: self.place.name.clone(),
        }
    }
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
    let again = seal_by(&opened.text, with, |out, at, key, address, plain| {
        while passages.next_if(|passage| passage.at < at).is_some() {}
        match passages.next_if(|passage| {
            passage.is(at, address, plain.len())
                && passage.by.is(key)
                && passage.token.suite == with.policy.suite
                && with.policy.suite.has_one_token_for_each_text()
        }) {
            Some(passage) => out.extend_from_slice(passage.token.text),
            None => with.policy.suite.seal_onto(out, key, address, plain),
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
                    problems.push(Problem {
                        place: place(&out),
                        stored_line: line.number,
                        trouble,
                    });
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
                    stored_line: line.number,
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
