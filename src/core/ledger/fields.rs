//! The fields of an entry between JSON and types: each is taken out once, what remains is unknown.

use std::collections::BTreeMap;
use std::fmt::Display;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Timelike as _, Utc};
use serde_json::{Map, Value};

use super::canonical;
use crate::core::key::KeyId;

/// Why a line is no entry. Names fields, never what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// Not one JSON object, or not UTF-8.
    #[error("it is not a JSON object")]
    NotJson,
    /// A version of the format that this program does not know.
    #[error("it is in a format of a later version")]
    Version,
    /// A field that every entry has is not there.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// A field does not hold what it should.
    #[error("the field `{0}` is malformed")]
    Malformed(&'static str),
    /// A number that is no exact integer.
    #[error("{0}")]
    Number(#[from] canonical::BadNumber),
    /// Not the one spelling of its content: blanks, order, escapes, repeated fields.
    #[error("it is not in canonical form (RFC 8785)")]
    NotCanonical,
    /// The content was changed after the id was computed, or the id was.
    #[error("its content does not fit its id")]
    WrongId,
    /// The same entry stands further up with other MACs.
    #[error("it repeats an earlier entry with other MACs")]
    OtherMacs,
}

/// The fields not yet read.
pub(super) struct Fields(pub(super) Map<String, Value>);

type Read<T> = Result<T, BadEntry>;

impl Fields {
    fn take(&mut self, name: &'static str) -> Read<Value> {
        self.0.remove(name).ok_or(BadEntry::Missing(name))
    }

    pub(super) fn text(&mut self, name: &'static str) -> Read<String> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            _ => Err(BadEntry::Malformed(name)),
        }
    }

    pub(super) fn parsed<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Read<T> {
        parse(&self.text(name)?).ok_or(BadEntry::Malformed(name))
    }

    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        if self.0.contains_key(name) {
            self.parsed(name, parse).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn count(&mut self, name: &'static str) -> Read<u32> {
        self.take(name)?
            .as_u64()
            .and_then(|number| number.try_into().ok())
            .ok_or(BadEntry::Malformed(name))
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Read<bool> {
        self.take(name)?.as_bool().ok_or(BadEntry::Malformed(name))
    }

    /// A list in strictly rising order.
    pub(super) fn sorted<T: Ord>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Read<Vec<T>> {
        let items: Option<Vec<T>> = match self.take(name)? {
            Value::Array(items) => items
                .iter()
                .map(|item| item.as_str().and_then(&parse))
                .collect(),
            _ => None,
        };
        items
            .filter(|items| items.is_sorted_by(|a, b| a < b))
            .ok_or(BadEntry::Malformed(name))
    }

    /// An object whose names are key ids.
    pub(super) fn by_key<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Read<BTreeMap<KeyId, T>> {
        let items: Option<BTreeMap<KeyId, T>> = match self.take(name)? {
            Value::Object(items) => items
                .iter()
                .map(|(id, item)| Some((id.parse().ok()?, parse(item.as_str()?)?)))
                .collect(),
            _ => None,
        };
        items.ok_or(BadEntry::Malformed(name))
    }
}

/// Ids as a JSON list of texts.
pub(super) fn list<T: Display>(items: &[T]) -> Value {
    items.iter().map(T::to_string).collect()
}

/// A JSON object whose names are key ids.
pub(super) fn pairs<T>(items: &BTreeMap<KeyId, T>, text: impl Fn(&T) -> String) -> Value {
    items
        .iter()
        .map(|(id, item)| (id.to_string(), text(item)))
        .collect()
}

/// A time as the ledger writes it: `2026-11-23T21:06:00Z` (RFC 3339, UTC, whole seconds).
#[must_use]
pub fn time_text(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2026-11-23T21:06:00Z`; no leap seconds, and only years that every library can hold.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ")
        .ok()
        .filter(|time| (1970..=9999).contains(&time.year()) && time.nanosecond() == 0)
        .map(|time| time.and_utc())
        .filter(|time| time_text(*time) == text)
}

/// `2026-11-23`, in the same years.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|date| (1970..=9999).contains(&date.year()) && date.to_string() == text)
}
