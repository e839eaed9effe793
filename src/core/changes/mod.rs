//! Two versions of a file as what was added, removed, changed: a diff before it is text.
//!
//! Works on sealed text without a key as well: under one key, equal tokens mean equal values and
//! other tokens other ones; under two keys it can't tell, and says so. What is serialised holds
//! names, lines and fingerprints, never a value.

pub mod across;
pub mod compare;
pub mod content;
mod pairing;
pub mod version;
pub mod whole;

use serde::Serialize;

use super::shape::{self, Part};
use content::{Content, Likeness};
use pairing::Pair;
use version::{Form, Item, Reading, Subject, Version};

/// A shorter value may occur in any text by chance.
const VALUE_BYTES: usize = 8;

/// What happened to a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum What {
    /// It came.
    Added,
    /// It went.
    Removed,
    /// It has another value.
    Changed,
    /// It has the value that another variable had, which went.
    Renamed {
        /// The name that went.
        from: String,
    },
    /// It was in another file, with the same value.
    Moved {
        /// That file's path.
        from: String,
    },
    /// The same value under another key.
    Resealed,
    /// Sealed under another key, and without both keys nobody can tell whether it changed.
    Unclear,
    /// The same value, sealed where it was readable.
    Sealed,
    /// The same value, readable where it was sealed.
    Exposed,
    /// The same, at another place.
    Reordered,
}

/// One side of a change.
#[derive(Clone, Debug, Serialize)]
pub struct End {
    /// Number of the line, from 1.
    pub line: usize,
    /// How it stands there.
    pub form: Form,
    /// See [`Item::fingerprint`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// What it holds, for a mask.
    #[serde(skip)]
    pub content: Content,
}

/// What happened to one line of a file.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// What happened.
    #[serde(flatten)]
    pub what: What,
    /// To what.
    pub subject: Subject,
    /// The variable's name; `None` for other subjects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// In which parts the value changed, as far as it has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Whether it also stands in another order among the variables.
    pub reordered: bool,
    /// Before; `None` if it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<End>,
    /// After; `None` if it is no longer there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<End>,
}

/// What happened between two versions of a file, in the order of the new one; what was removed
/// stands where it was.
#[must_use]
pub fn between(old: &Version, new: &Version, reading: &Reading<'_>) -> Vec<Change> {
    let pairs = pairing::pair(old, new);
    let reordered = pairing::reordered(&pairs, old, new);
    let both_sealed = old.is_sealed && new.is_sealed;
    let mut changes: Vec<Change> = pairs
        .into_iter()
        .filter_map(|Pair { old: o, new: n }| {
            let (old, new) = (o.map(|o| &old.items[o]), n.map(|n| &new.items[n]));
            let reordered = n.is_some_and(|n| reordered.contains(&n));
            let what = what_happened(old, new, both_sealed)
                .or_else(|| reordered.then_some(What::Reordered))?;
            Some(Change::new(what, old, new, reordered, reading))
        })
        .collect();
    unname_values(&mut changes, &[old, new]);
    changes
}

fn what_happened(old: Option<&Item>, new: Option<&Item>, both_sealed: bool) -> Option<What> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, Some(_)) => return Some(What::Added),
        (Some(_), None) => return Some(What::Removed),
        (None, None) => return None,
    };
    if old.name != new.name {
        let from = old.name.clone();
        return Some(What::Renamed { from });
    }
    match old.content.likeness(&new.content) {
        Likeness::Differs => return Some(What::Changed),
        Likeness::Unclear => return Some(What::Unclear),
        Likeness::Same if old.prefix != new.prefix => return Some(What::Changed),
        Likeness::Same => {}
    }
    match (old.form, new.form) {
        (Form::Sealed, Form::Plain) if both_sealed => Some(What::Exposed),
        (Form::Plain, Form::Sealed) if both_sealed => Some(What::Sealed),
        (Form::Sealed, Form::Sealed) if old.key_id() != new.key_id() => Some(What::Resealed),
        _ => None,
    }
}

impl Change {
    fn new(
        what: What,
        old: Option<&Item>,
        new: Option<&Item>,
        reordered: bool,
        reading: &Reading<'_>,
    ) -> Self {
        let item = new.or(old).expect("a change has at least one side");
        let end = |item: &Item| End {
            line: item.line,
            form: item.form,
            fingerprint: item.fingerprint(reading),
            content: item.content.clone(),
        };
        Self {
            parts: match (&what, old, new) {
                (What::Changed, Some(old), Some(new)) => parts(old, new),
                _ => Vec::new(),
            },
            what,
            subject: item.subject,
            name: (item.subject == Subject::Variable).then(|| item.name.clone()),
            reordered,
            old: old.map(end),
            new: new.map(end),
        }
    }
}

fn parts(old: &Item, new: &Item) -> Vec<Part> {
    match (old.subject, old.content.plain(), new.content.plain()) {
        (Subject::Variable, Some(was), Some(is)) if was == is => vec![Part::Spelling],
        (Subject::Variable, Some(was), Some(is)) => {
            shape::changed_parts(new.name.as_bytes(), was, is)
        }
        _ => Vec::new(),
    }
}

/// A query key or member name that is also the value of some variable is not named.
fn unname_values(changes: &mut [Change], versions: &[&Version]) {
    let values: Vec<&[u8]> = versions
        .iter()
        .flat_map(|version| &version.items)
        .filter_map(Item::bare)
        .filter(|value| value.len() >= VALUE_BYTES)
        .collect();
    for part in changes.iter_mut().flat_map(|change| &mut change.parts) {
        if let Part::Query(name) | Part::Member(name) = part {
            name.take_if(|name| {
                let tells = |value: &&[u8]| memchr::memmem::find(name.as_bytes(), value).is_some();
                values.iter().any(tells)
            });
        }
    }
}

/// What happened to an opaque file; `None` for nothing. A missing file is `None` on its side.
#[must_use]
pub fn opaque(old: Option<&Content>, new: Option<&Content>, same_bytes: bool) -> Option<What> {
    match (old, new) {
        (None, None) => None,
        (None, Some(_)) => Some(What::Added),
        (Some(_), None) => Some(What::Removed),
        (Some(old), Some(new)) => match old.likeness(new) {
            Likeness::Same => (!same_bytes).then_some(What::Resealed),
            Likeness::Differs => Some(What::Changed),
            Likeness::Unclear => Some(What::Unclear),
        },
    }
}

#[cfg(test)]
mod tests;
