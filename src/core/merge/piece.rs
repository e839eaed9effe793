//! One line of a text that is merged: what it holds, and how it may be written.

use sha2::{Digest as _, Sha256};

use crate::core::changes::content::Content;
use crate::core::dotenv::{Line, LineKind};
use crate::core::file::{Place, SealWith, address};
use crate::core::key::Keyring;
use crate::core::suites;
use crate::core::token::Sighting;

pub const LF: &[u8] = b"\n";
pub const CRLF: &[u8] = b"\r\n";

/// The shortest run of marker characters.
const MARKER_BYTES: usize = 7;

pub struct Piece<'a> {
    pub line: Line<'a>,
    /// The line's end, where it is not the usual one of its file.
    pub ending: Option<&'static [u8]>,
    /// `None` for lines without a secret.
    content: Option<Content>,
    /// False for a line of the base that equals nothing.
    known: bool,
}

/// Why a line can't be written in sealed form.
pub enum Unwritable {
    NoKey(Place),
    Damaged(Place),
}

impl<'a> Piece<'a> {
    pub fn read(line: Line<'a>, known: bool, usual: &'static [u8], keyring: &Keyring) -> Self {
        let content = address(&line)
            .filter(|_| marker_run(&line).is_none())
            .map(|address| Content::read(address, line.secret, keyring));
        let ending = match line.ending {
            b"\n" => Some(LF),
            b"\r\n" => Some(CRLF),
            _ => None,
        };
        Self {
            line,
            ending: ending.filter(|ending| *ending != usual),
            content,
            known,
        }
    }

    pub fn is_marker(&self) -> bool {
        marker_run(&self.line).is_some()
    }

    /// Whether both hold the same, whatever stands in front of it and at the line's end.
    pub fn holds_same(&self, other: &Self) -> bool {
        self.known && other.known && self.held() == other.held()
    }

    /// Whether both are the same line but for its end.
    pub fn same_as(&self, other: &Self) -> bool {
        self.line.prefix == other.line.prefix && self.holds_same(other)
    }

    /// A hash that two lines share if and only if they are the same.
    pub fn identity(&self) -> [u8; 32] {
        let (form, held) = self.held();
        let number = if self.known { 0 } else { self.line.number };
        Sha256::new()
            .chain_update([form])
            .chain_update(number.to_be_bytes())
            .chain_update(self.line.prefix.len().to_be_bytes())
            .chain_update(self.line.prefix)
            .chain_update(held)
            .finalize()
            .into()
    }

    fn held(&self) -> (u8, &[u8]) {
        match &self.content {
            None => (0, self.line.secret),
            Some(Content::Plain(plain)) => (1, plain),
            Some(Content::Sealed { token, .. }) => (2, token),
        }
    }

    /// The secret in sealed form: the token that stands there, or a new one under the current key.
    pub fn sealed(&self, with: &SealWith<'_>) -> Result<Vec<u8>, Unwritable> {
        let kept = || Ok(self.line.secret.to_vec());
        let (Some(address), Some(content)) = (address(&self.line), &self.content) else {
            return kept();
        };
        let Content::Plain(plain) = content else {
            return kept();
        };
        let token = match suites::sight(self.line.secret) {
            Sighting::Token(token) => Some(token),
            Sighting::Plain => None,
            Sighting::Malformed | Sighting::Embedded => {
                return Err(Unwritable::Damaged(self.place()));
            }
        };
        let suite = with.policy.suite;
        match (token, with.key) {
            (Some(token), Some(key)) if token.key_id != Some(key.id()) || token.suite != suite => {
                Ok(suite.seal(key, address, plain))
            }
            (Some(_), _) => kept(),
            (None, _) if with.policy.clears(&self.line) => kept(),
            (None, Some(key)) => Ok(suite.seal(key, address, plain)),
            (None, None) => Err(Unwritable::NoKey(self.place())),
        }
    }

    fn place(&self) -> Place {
        Place {
            line: self.line.number,
            name: self
                .line
                .name()
                .map(|name| String::from_utf8_lossy(name).into_owned()),
        }
    }
}

/// The character of a conflict marker, of git's usual size or longer: git marks the conflicts of
/// inner merges with longer ones.
pub fn marker_run(line: &Line<'_>) -> Option<u8> {
    let text = match line.kind {
        LineKind::Marker => line.prefix,
        LineKind::Other => line.secret,
        _ => return None,
    };
    let first = *text.first()?;
    let run = text.iter().take_while(|byte| **byte == first).count();
    let well_formed = run >= MARKER_BYTES
        && match first {
            b'=' => run == text.len(),
            b'<' | b'|' | b'>' => run == text.len() || text[run] == b' ',
            _ => false,
        };
    well_formed.then_some(first)
}
