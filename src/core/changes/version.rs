//! One version of a dotenv file, read for comparing.

use sha2::{Digest as _, Sha256};

use serde::Serialize;

use super::content::Content;
use crate::core::dotenv::{Document, Line, LineKind};
use crate::core::file::address;
use crate::core::hex;
use crate::core::key::{KeyId, Keyring, SealKey};
use crate::core::shape;
use crate::core::suites::{self, Suite};
use crate::core::token::{Address, Kind, Sighting};

/// With which keys versions are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// All keys at hand; may be empty.
    pub keyring: &'a Keyring,
    /// The environment's current key, for fingerprints.
    pub current: Option<&'a SealKey>,
    /// The environment's suite, for fingerprints.
    pub suite: Suite,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An assignment.
    Variable,
    /// A comment.
    Comment,
    /// A line of no form.
    Line,
    /// The whole of an opaque file.
    File,
}

/// How a secret stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// As a token.
    Sealed,
    /// Readable.
    Plain,
}

/// One line with a secret.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is about.
    pub subject: Subject,
    /// The variable's name; empty for other subjects.
    pub name: String,
    /// What stands in front of the secret.
    pub prefix: Vec<u8>,
    /// Number of the line, from 1, as in the work tree: in the opened text, without the header.
    pub line: usize,
    /// How it stands in the file.
    pub form: Form,
    /// What it holds.
    pub content: Content,
    token: Option<(Vec<u8>, Option<KeyId>)>,
}

/// The lines with secrets of one version, in order; default: no file.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// In the order of the file.
    pub items: Vec<Item>,
    /// Whether the file is in sealed form: it has a header or a token.
    pub is_sealed: bool,
}

impl Version {
    /// Reads a file in sealed or plain form. Never fails.
    #[must_use]
    pub fn read(text: &[u8], keyring: &Keyring) -> Self {
        let document = Document::split(text);
        let mut items: Vec<Item> = Vec::new();
        let mut number = 1;
        let has_header = document.has_header();
        for line in document.lines.iter().skip(usize::from(has_header)) {
            let item = Item::read(line, number, keyring);
            let shown = item.as_ref().and_then(|item| item.content.plain());
            number += line_feeds(shown.unwrap_or(line.secret)) + line_feeds(line.ending);
            items.extend(item);
        }
        Self {
            is_sealed: has_header || items.iter().any(|item| item.token.is_some()),
            items,
        }
    }
}

fn line_feeds(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

impl Item {
    fn read(line: &Line<'_>, number: usize, keyring: &Keyring) -> Option<Self> {
        let address = address(line)?;
        let token = match suites::sight(line.secret) {
            Sighting::Token(token) => Some((token.text.to_vec(), token.key_id)),
            _ => None,
        };
        Some(Self {
            subject: match line.kind {
                LineKind::Comment => Subject::Comment,
                LineKind::Assignment { .. } => Subject::Variable,
                _ => Subject::Line,
            },
            name: String::from_utf8_lossy(address.name).into_owned(),
            prefix: line.prefix.to_vec(),
            line: number,
            form: if token.is_some() {
                Form::Sealed
            } else {
                Form::Plain
            },
            content: Content::read(address, line.secret, keyring),
            token,
        })
    }

    /// The key that the item is sealed under, in suites whose tokens name one.
    #[must_use]
    pub fn key_id(&self) -> Option<KeyId> {
        self.token.as_ref().and_then(|(_, key_id)| *key_id)
    }

    /// The value without quotes, blanks and inline comment, if it is readable.
    #[must_use]
    pub fn bare(&self) -> Option<&[u8]> {
        let plain = self.content.plain()?;
        Some(match self.subject {
            Subject::Variable => shape::bare(plain),
            Subject::Comment | Subject::Line | Subject::File => plain,
        })
    }

    /// The first 8 hex digits of the SHA-256 of the item's token under the current key: equal for
    /// all who hold that key, and nothing that the repository doesn't tell. Without the key, those
    /// of the token that stands there; `None` where neither is.
    #[must_use]
    pub fn fingerprint(&self, reading: &Reading<'_>) -> Option<String> {
        let fresh = |key: &SealKey, plain: &[u8]| reading.suite.seal(key, self.address(), plain);
        let token = match (&self.token, reading.current, self.content.plain()) {
            (Some((token, id)), Some(key), _) if *id == Some(key.id()) => token.clone(),
            (_, Some(key), Some(plain)) => fresh(key, plain),
            (Some((token, _)), _, _) => token.clone(),
            (None, _, _) => return None,
        };
        Some(hex::encode(&Sha256::digest(token)[..4]))
    }

    fn address(&self) -> Address<'_> {
        match self.subject {
            Subject::Variable => Address::value(self.name.as_bytes()),
            Subject::Comment => Address::nameless(Kind::Comment),
            Subject::Line => Address::nameless(Kind::Line),
            Subject::File => Address::nameless(Kind::File),
        }
    }
}
