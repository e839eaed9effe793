//! One change in words.

use super::{View, sign};
use crate::core::changes::version::Subject;
use crate::core::changes::{Change, End, What};
use crate::core::printable::printable;
use crate::core::shape::{self, Part};

/// The cells of one change. All are safe to print.
pub struct Row {
    pub sign: char,
    /// The variable's name, or what else it is.
    pub name: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// Whether both are the same value. A fingerprint is bound to the variable's name, so under two
    /// names it has two.
    pub is_same_value: bool,
    /// What can be said beside the values; may be empty.
    pub note: String,
}

impl Row {
    pub fn of(change: &Change, view: &View<'_>) -> Self {
        let line = change.new.as_ref().or(change.old.as_ref());
        let line = line.map_or(0, |end| end.line);
        let shown = |end: &End| shown(end, change.subject, view);
        let name = match change.subject {
            Subject::Variable => printable(change.name.as_deref().unwrap_or_default().as_bytes()),
            Subject::Comment => format!("# line {line}"),
            Subject::Line => format!("line {line}"),
            Subject::File => "the whole file".to_owned(),
        };
        Self {
            sign: sign(&change.what),
            name,
            old: change.old.as_ref().map(shown),
            new: change.new.as_ref().map(shown),
            is_same_value: !matches!(change.what, What::Changed | What::Unclear),
            note: note(change),
        }
    }
}

/// The masked value and its fingerprint.
pub fn shown(end: &End, subject: Subject, view: &View<'_>) -> String {
    let masked = masked(end, subject, view);
    match &end.fingerprint {
        Some(fingerprint) => format!("{masked} {fingerprint}"),
        None => masked,
    }
}

pub fn masked(end: &End, subject: Subject, view: &View<'_>) -> String {
    match (end.content.plain(), subject) {
        (None, _) => "(sealed)".to_owned(),
        (Some(plain), Subject::Variable) => printable((view.mask)(shape::bare(plain)).as_bytes()),
        (Some(plain), _) => printable((view.mask)(plain).as_bytes()),
    }
}

fn note(change: &Change) -> String {
    let mut notes: Vec<String> = match &change.what {
        What::Added | What::Removed | What::Reordered => Vec::new(),
        What::Changed => change.parts.iter().map(part).collect(),
        What::Renamed { from } => vec![format!("was {}", printable(from.as_bytes()))],
        What::Moved { from } => vec![format!("from {}", printable(from.as_bytes()))],
        What::Resealed => vec!["same value, other key".into()],
        What::Unclear => vec!["other key, perhaps another value".into()],
        What::Sealed => vec!["same value, now sealed".into()],
        What::Exposed => vec!["same value, now readable".into()],
    };
    if change.reordered {
        notes.push("other place".into());
    }
    notes.join(", ")
}

/// A part of a value in words.
pub fn part(part: &Part) -> String {
    let named = |what: &str, name: &Option<String>| match name {
        Some(name) => format!("{what} {}", printable(name.as_bytes())),
        None => what.to_owned(),
    };
    match part {
        Part::Spelling => "same value, other spelling".into(),
        Part::Scheme => "scheme".into(),
        Part::User => "user".into(),
        Part::Password => "password".into(),
        Part::Host => "host".into(),
        Part::Port => "port".into(),
        Part::Path => "path".into(),
        Part::Query(name) => named("query", name),
        Part::Fragment => "fragment".into(),
        Part::Member(name) => named("member", name),
        Part::ItemsAdded(n) => format!("{n} more in the list"),
        Part::ItemsRemoved(n) => format!("{n} gone from the list"),
        Part::ItemOrder => "order of the list".into(),
        Part::PemLabel => "PEM label".into(),
        Part::PemBody => "PEM body".into(),
    }
}
