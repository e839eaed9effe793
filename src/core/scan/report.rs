//! Findings as SARIF: a pure function to a string.
//!
//! It sees no secret: a [`Finding`] shows only its masked excerpt.

pub mod sarif;

use super::finding::Finding;

/// A finding and where its text is.
#[derive(Clone, Copy, Debug)]
pub struct Reported<'a> {
    /// The path, relative to the top of the work tree, as git has it.
    pub path: &'a [u8],
    /// The commit whose content it is, where that is not the index or the work tree.
    pub commit: Option<&'a str>,
    /// The finding.
    pub finding: &'a Finding,
    /// Said beside it, such as "allowed, not verified"; such a finding is a note, no error.
    pub note: Option<&'a str>,
}

#[cfg(test)]
mod tests;
