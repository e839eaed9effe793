//! Attributes of a path (gitattributes), as both readers give them.

pub(super) mod child;
pub(super) mod files;
mod lines;
pub(super) mod machine;

use std::path::PathBuf;
use std::rc::Rc;

/// Which `.gitattributes` files are asked.
#[derive(Clone, Debug)]
pub enum AttributesFrom {
    /// Those of the work tree; the staged ones where they are not on disk.
    WorkTree,
    /// The staged ones alone.
    Index,
    /// Those of a tree: see [`crate::git::Repository::attributes_of_tree`].
    Tree(Rc<TreeIndex>),
}

impl AttributesFrom {
    /// Whether both ask the same files.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::WorkTree, Self::WorkTree) | (Self::Index, Self::Index) => true,
            (Self::Tree(a), Self::Tree(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// An index file that holds one tree, removed on drop.
#[derive(Debug)]
pub struct TreeIndex {
    /// The index file.
    pub index: PathBuf,
    pub(in crate::git) _directory: tempfile::TempDir,
}

/// What an attribute is for a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Not mentioned, or `!name`.
    Unspecified,
    /// `name`.
    Set,
    /// `-name`.
    Unset,
    /// `name=value`.
    Value(String),
}

impl Attribute {
    /// From the words of `git check-attr`.
    #[must_use]
    pub fn from_check_attr(word: &[u8]) -> Self {
        match word {
            b"unspecified" => Self::Unspecified,
            b"set" => Self::Set,
            b"unset" => Self::Unset,
            value => Self::Value(String::from_utf8_lossy(value).into_owned()),
        }
    }

    /// The value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}
