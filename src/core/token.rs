//! One sealed piece of text: what it is bound to, and what a stretch of bytes turns out to be.
//!
//! Knows kinds and names; how bytes are encrypted is the business of [`super::suites`].

use std::sync::Arc;

use super::key::{KeyId, Keyring, SealKey};
use super::suites::Suite;

/// What a token stands for; part of its associated data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The right-hand side of an assignment.
    Value,
    /// A wrapped master key in the ledger.
    Key,
    /// The text behind a `#`.
    Comment,
    /// A whole line that is no assignment.
    Line,
    /// A whole opaque file.
    File,
}

impl Kind {
    /// All kinds, in the order of their definition.
    pub const ALL: [Self; 5] = [
        Self::Value,
        Self::Key,
        Self::Comment,
        Self::Line,
        Self::File,
    ];

    /// The word used in associated data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Key => "key",
            Self::Comment => "comment",
            Self::Line => "line",
            Self::File => "file",
        }
    }
}

/// What a token is bound to: its kind and a name (empty for kinds without one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// What the token stands for.
    pub kind: Kind,
    /// The variable's name, or the wrapped key's id in hex; otherwise empty.
    pub name: &'a [u8],
}

impl<'a> Address<'a> {
    /// The value of the variable `name`.
    #[must_use]
    pub fn value(name: &'a [u8]) -> Self {
        Self {
            kind: Kind::Value,
            name,
        }
    }

    /// Something that has no name.
    #[must_use]
    pub fn nameless(kind: Kind) -> Self {
        Self { kind, name: b"" }
    }
}

/// A well-formed token, not yet known to be authentic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The suite that made it.
    pub suite: Suite,
    /// The key it names, in suites whose tokens name one.
    pub key_id: Option<KeyId>,
    /// The whole token.
    pub text: &'a [u8],
}

impl Token<'_> {
    /// The keys at hand that may open it: those with the id that it names, or all where it names
    /// none.
    pub fn keys<'k>(&self, keyring: &'k Keyring) -> impl Iterator<Item = &'k Arc<SealKey>> {
        let named = self.key_id.map_or(&[][..], |id| keyring.with_id(id));
        let any = self.key_id.is_none();
        named.iter().chain(keyring.iter().filter(move |_| any))
    }
}

/// What a stretch of text turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting<'a> {
    /// No token and no trace of one.
    Plain,
    /// Exactly one well-formed token.
    Token(Token<'a>),
    /// It starts like a token of ours and is none.
    Malformed,
    /// A well-formed token with something around it.
    Embedded,
}

/// A token does not open: wrong key, wrong place, or changed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it does not authenticate")]
pub struct NotAuthentic;
