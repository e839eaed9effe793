//! Two sets of variables side by side: drift between environments, or a file and its template.

use std::collections::BTreeMap;

use serde::Serialize;
use zeroize::Zeroizing;

use super::content::{Content, Likeness};
use super::version::{Subject, Version};
use crate::core::shape::{self, Part};

/// A variable, and its value where that counts.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The variable's name.
    pub name: String,
    /// Its value as a loader reads it, or a token; `None` in a template, where only names count.
    pub value: Option<Content>,
}

/// A variable whose values differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its name.
    pub name: String,
    /// In which parts, as far as the values have any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// What two sets of variables have in common. Names are sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Only right has them.
    pub missing_left: Vec<String>,
    /// Only left has them.
    pub missing_right: Vec<String>,
    /// Both have them, with different values.
    pub differing: Vec<Difference>,
    /// Both have them, with the same value.
    pub equal: Vec<String>,
    /// Both have them; their values are sealed under different keys that are not at hand.
    pub unclear: Vec<String>,
    /// Both have them, and only names count.
    pub named: Vec<String>,
}

impl Comparison {
    /// Whether nothing is missing, differs, or is unclear.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.missing_left.is_empty()
            && self.missing_right.is_empty()
            && self.differing.is_empty()
            && self.unclear.is_empty()
    }
}

impl Version {
    /// The variables with their bare values, in order.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let variables = self.items.iter().filter(|i| i.subject == Subject::Variable);
        variables
            .map(|item| Entry {
                name: item.name.clone(),
                value: Some(match item.bare() {
                    Some(bare) => Content::Plain(Zeroizing::new(bare.to_vec())),
                    None => item.content.clone(),
                }),
            })
            .collect()
    }

    /// The names of the variables, in order, without their values: for templates.
    #[must_use]
    pub fn names_only(&self) -> Vec<Entry> {
        let mut entries = self.entries();
        for entry in &mut entries {
            entry.value = None;
        }
        entries
    }
}

/// Compares two sets of variables; of a name that stands twice the last one counts.
#[must_use]
pub fn compare(left: &[Entry], right: &[Entry]) -> Comparison {
    let by_name = |entries: &'_ [Entry]| -> BTreeMap<String, Option<Content>> {
        let pairs = entries.iter().cloned();
        pairs.map(|entry| (entry.name, entry.value)).collect()
    };
    let (left, mut right) = (by_name(left), by_name(right));
    let mut found = Comparison::default();
    for (name, left) in left {
        match right.remove(&name) {
            None => found.missing_right.push(name),
            Some(right) => found.sort_in(name, left, right),
        }
    }
    found.missing_left = right.into_keys().collect();
    found
}

impl Comparison {
    fn sort_in(&mut self, name: String, left: Option<Content>, right: Option<Content>) {
        let (Some(left), Some(right)) = (left, right) else {
            return self.named.push(name);
        };
        match left.likeness(&right) {
            Likeness::Same => self.equal.push(name),
            Likeness::Unclear => self.unclear.push(name),
            Likeness::Differs => {
                let parts = match (left.plain(), right.plain()) {
                    (Some(left), Some(right)) => shape::changed_parts(name.as_bytes(), left, right),
                    _ => Vec::new(),
                };
                self.differing.push(Difference { name, parts });
            }
        }
    }
}
