//! What form a stored file has: sealed, plain, or partly both. No key is needed to tell.

use std::collections::BTreeSet;

use super::dotenv::Document;
use super::file::{Place, address};
use super::key::KeyId;
use super::policy::Policy;
use super::suites;
use super::token::Sighting;

/// The form of a stored file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// How many tokens it holds; 1 for a sealed opaque file.
    pub tokens: usize,
    /// The keys that its tokens name.
    pub keys: BTreeSet<KeyId>,
    /// Where it is plain although the policy does not clear it.
    pub plain: Vec<Place>,
    /// Where it is neither: cut, edited or quoted tokens.
    pub damaged: Vec<Place>,
}

impl Form {
    /// Looks at a dotenv file.
    #[must_use]
    pub fn of_dotenv(content: &[u8], policy: &Policy) -> Self {
        let mut form = Self::default();
        for line in &Document::split(content).lines {
            if address(line).is_none() {
                continue;
            }
            match suites::sight(line.secret) {
                Sighting::Token(token) => {
                    form.tokens += 1;
                    form.keys.extend(token.key_id);
                }
                Sighting::Malformed | Sighting::Embedded => form.damaged.push(Place::of(line)),
                Sighting::Plain if policy.clears(line) => {}
                Sighting::Plain => form.plain.push(Place::of(line)),
            }
        }
        form
    }

    /// Looks at an opaque file.
    #[must_use]
    pub fn of_opaque(content: &[u8]) -> Self {
        let mut form = Self::default();
        let whole = || {
            vec![Place {
                line: 1,
                name: None,
            }]
        };
        match suites::sight_file(content) {
            _ if content.is_empty() => {}
            Sighting::Plain => form.plain = whole(),
            Sighting::Malformed | Sighting::Embedded => form.damaged = whole(),
            Sighting::Token(token) => {
                form.tokens = 1;
                form.keys.extend(token.key_id);
            }
        }
        form
    }

    /// Whether nothing plain or damaged is in it.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.plain.is_empty() && self.damaged.is_empty()
    }

    /// Whether it was never sealed: plain values and not one token.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.tokens == 0 && self.damaged.is_empty() && !self.plain.is_empty()
    }

    /// `sealed`, `plain`, `partly sealed` or `damaged`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        if !self.damaged.is_empty() {
            "damaged"
        } else if self.is_sealed() {
            "sealed"
        } else if self.is_plain() {
            "plain"
        } else {
            "partly_sealed"
        }
    }
}

/// The form of a blob whose attributes say nothing: by its content.
#[must_use]
pub fn by_content(content: &[u8]) -> Form {
    match suites::sight_file(content) {
        Sighting::Plain => Form::of_dotenv(content, &Policy::default()),
        _ => Form::of_opaque(content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::key::{MasterKey, SealKey};
    use crate::core::suites::Suite;
    use crate::core::token::Address;

    #[test]
    fn forms_are_told_without_a_key() {
        let key = SealKey::derive(MasterKey::from_bytes([1; 32]));
        let token = Suite::default().seal(&key, Address::value(b"A"), b"x");
        let sealed = [b"A=", token.as_slice(), b"\n"].concat();
        let form = |text: &[u8]| Form::of_dotenv(text, &Policy::default());
        assert_eq!(form(&sealed).as_str(), "sealed");
        assert_eq!(form(&sealed).keys, BTreeSet::from([key.id()]));
        assert_eq!(form(b"A=x\n").as_str(), "plain");
        assert_eq!(
            form(&[sealed.as_slice(), b"B=x\n"].concat()).as_str(),
            "partly_sealed"
        );
        assert_eq!(form(&sealed[..sealed.len() - 2]).as_str(), "damaged");
        assert_eq!(form(b"\n").as_str(), "sealed");
        assert_eq!(Form::of_opaque(b"x").as_str(), "plain");
        assert_eq!(
            Form::of_opaque(&Suite::default().seal_file(&key, b"x")).as_str(),
            "sealed"
        );
    }
}
