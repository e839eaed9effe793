//! How a rule finds its secret from a keyword on.

use std::ops::Range;

use crate::core::scan::scene::Scene;

/// Where a match begins, seen from the keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// At the keyword.
    None,
    /// So many bytes before it.
    Bytes(usize),
    /// At the beginning of the word (letters, digits, `_`, `-`) that runs into it, within 100 bytes.
    Word,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// All of it.
    pub range: Range<usize>,
    /// The secret in it.
    pub secret: Range<usize>,
}

impl Span {
    /// A secret and nothing else.
    #[must_use]
    pub fn bare(secret: Range<usize>) -> Self {
        Self {
            range: secret.clone(),
            secret,
        }
    }
}

/// Finds a secret near the keyword at an offset.
pub type Finder = fn(&Scene<'_>, usize) -> Option<Span>;

/// Finds all secrets of a file known by its name.
pub type FileFinder = fn(&[u8]) -> Vec<Span>;

/// How a rule finds its secret.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A regular expression from the keyword on.
    Token(&'static str),
    /// A regular expression for the whole value of an assignment whose name holds the keyword.
    Value(&'static str),
    /// Code.
    Finder(Finder),
    /// Code for files whose path ends so.
    File(&'static [&'static str], FileFinder),
}
