//! Attributes of a path (gitattributes), as both readers give them.

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
