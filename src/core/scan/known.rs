//! Known values: what this repository seals, sought wherever it may turn up.
//!
//! Serves the guard and the log redactor alike. Holds plain values, wipes them on drop and never
//! shows them; what it tells is an environment, a name and a form.

pub(super) mod forms;
pub mod trivial;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::needles::{Needles, SHORTEST_NEEDLE};
use crate::core::environment::Environment;

pub use forms::Form;
use forms::Writer;

/// A variable that holds a known value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The environment whose file holds the variable.
    pub environment: Environment,
    /// The variable's name.
    pub name: Vec<u8>,
}

/// For whom values are sought: what is let pass as ordinary differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To stop them: what would be found in every second file is left out ([`trivial::is_trivial`]).
    Guard,
    /// To mask them: a word too many in a log does no harm ([`trivial::is_ordinary`]).
    Mask,
}

impl Purpose {
    fn wants(self, name: &[u8], value: &[u8]) -> bool {
        match self {
            Self::Guard => !trivial::is_trivial(name, value),
            Self::Mask => !trivial::is_ordinary(name, value),
        }
    }

    /// Whether a line of a longer value is sought by itself.
    fn wants_line(self, value: &[u8], line: &[u8]) -> bool {
        match self {
            Self::Mask if value.len() <= MASKED_LINES_BYTES => trivial::is_masked_line(line),
            _ => trivial::is_telling_line(line),
        }
    }
}

/// Of a longer value only those lines are masked by themselves that look random, in bytes.
const MASKED_LINES_BYTES: usize = 16 * 1024;

/// One place that holds a known value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Where, in bytes. Base64 is found without the characters that depend on its surroundings.
    pub range: Range<usize>,
    /// Which value: ask [`KnownValues::owners`].
    pub which: usize,
    /// In which form.
    pub form: Form,
}

/// The values to search for, in all their forms. `Debug` shows only how many there are.
pub struct KnownValues {
    owners: Vec<Vec<Owner>>,
    /// For each needle: whose it is, and in which form. Of equal needles the first counts.
    sources: Vec<(usize, Form)>,
    needles: Needles,
}

impl fmt::Debug for KnownValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KnownValues({})", self.owners.len())
    }
}

impl KnownValues {
    /// Takes plain values as programs read them, with environment and variable name, to find them
    /// where they should not be. Trivial ones ([`trivial::is_trivial`]) are left out; one value of
    /// several variables is one value.
    #[must_use]
    pub fn new<'a>(values: impl IntoIterator<Item = (Environment, &'a [u8], &'a [u8])>) -> Self {
        Self::of(values, Purpose::Guard)
    }

    /// The same to another purpose.
    #[must_use]
    pub fn of<'a>(
        values: impl IntoIterator<Item = (Environment, &'a [u8], &'a [u8])>,
        purpose: Purpose,
    ) -> Self {
        let mut by_value: BTreeMap<&[u8], Vec<Owner>> = BTreeMap::new();
        for (environment, name, value) in values {
            if purpose.wants(name, value) {
                let name = name.to_vec();
                let owners = by_value.entry(value.trim_ascii()).or_default();
                owners.push(Owner { environment, name });
            }
        }
        let mut writer = Writer::default();
        let mut sources = Vec::new();
        let mut all_owners = Vec::new();
        for (which, (value, mut owners)) in by_value.into_iter().enumerate() {
            owners.sort();
            owners.dedup();
            write(value, &owners, purpose, &mut writer, |form| {
                sources.push((which, form));
            });
            all_owners.push(owners);
        }
        Self {
            owners: all_owners,
            sources,
            needles: Needles::new(writer.texts),
        }
    }

    /// How many different values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.owners.len()
    }

    /// Whether there is nothing to search for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The variables that hold a value, in order of environment and name; never empty.
    #[must_use]
    pub fn owners(&self, which: usize) -> &[Owner] {
        &self.owners[which]
    }

    /// Length in bytes of the longest text sought; a stream searched in pieces must overlap by one
    /// byte less.
    #[must_use]
    pub fn longest_pattern(&self) -> usize {
        self.needles.longest()
    }

    /// Length in bytes of the longest end of `text` that may be the beginning of a known value.
    #[must_use]
    pub fn unfinished(&self, text: &[u8]) -> usize {
        self.needles.unfinished(text)
    }

    /// All places that hold a known value, by their start. One inside another is left out; others
    /// may overlap.
    pub fn find_iter(&self, haystack: &[u8]) -> impl Iterator<Item = Match> + use<> {
        let mut matches = Vec::new();
        self.needles.each(haystack, |needle, start| {
            let (which, form) = self.sources[needle];
            let range = start..start + self.needles.length(needle);
            matches.push(Match { range, which, form });
        });
        matches.sort_by_key(|found| (found.range.start, usize::MAX - found.range.end));
        let mut covered = 0;
        matches.retain(|found| {
            let is_new = found.range.end > covered;
            covered = covered.max(found.range.end);
            is_new
        });
        matches.into_iter()
    }
}

/// Writes the forms of a value, of its telling lines, and of the password in it where it is a URL.
fn write(
    value: &[u8],
    owners: &[Owner],
    purpose: Purpose,
    writer: &mut Writer,
    mut wrote: impl FnMut(Form),
) {
    writer.write(value, SHORTEST_NEEDLE, &mut wrote);
    if value.contains(&b'\n') {
        for line in value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
            if purpose.wants_line(value, line) {
                writer.write(line, SHORTEST_NEEDLE, |_| wrote(Form::Line));
            }
        }
    } else if let Some(password) = trivial::password_in(value) {
        let name = match (purpose, owners.first()) {
            (Purpose::Guard, Some(owner)) => &owner.name,
            // It is one, whatever its variable is called.
            _ => &b"PASSWORD"[..],
        };
        // As it is written in the URL, and as whoever connects with it has it.
        let decoded = forms::percent_decoded(password);
        let differs = *decoded != *password;
        for password in std::iter::once(password).chain(differs.then_some(&*decoded)) {
            if purpose.wants(name, password) {
                writer.write(password, SHORTEST_NEEDLE, |_| wrote(Form::UrlPassword));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    fn known(values: &[(&str, &str)]) -> KnownValues {
        KnownValues::new(values.iter().map(|(name, value)| {
            let environment = Environment::default_name();
            (environment, name.as_bytes(), value.as_bytes())
        }))
    }

    fn forms_found(known: &KnownValues, text: &str) -> Vec<Form> {
        known.find_iter(text.as_bytes()).map(|m| m.form).collect()
    }

    #[test]
    fn a_value_is_found_in_every_form() {
        let known = known(&[("DB_PASSWORD", "p\u{e9}ss/\"w\u{f6}rd\" <1>")]);
        for (text, form) in [
            ("x = p\u{e9}ss/\"w\u{f6}rd\" <1>;", Form::Literal),
            ("p%C3%A9ss%2F%22w%C3%B6rd%22%20%3C1%3E", Form::UrlEncoded),
            ("p%c3%a9ss%2f%22w%c3%b6rd%22+%3c1%3e", Form::UrlEncoded),
            ("\"p\u{e9}ss/\\\"w\u{f6}rd\\\" <1>\"", Form::JsonEscaped),
            ("\"p\\u00e9ss/\\\"w\\u00f6rd\\\" <1>\"", Form::JsonEscaped),
            (
                "\"p\u{e9}ss/\\\"w\u{f6}rd\\\" \\u003c1\\u003e\"",
                Form::JsonEscaped,
            ),
        ] {
            assert_eq!(forms_found(&known, text), [form], "{text}");
        }
    }

    #[test]
    fn values_over_several_lines_are_found_line_by_line() {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----");
        let known = known(&[("KEY", &pem)]);
        assert_eq!(forms_found(&known, &format!("  {body}\r\n")), [Form::Line]);
        assert_eq!(forms_found(&known, &pem), [Form::Literal]);
        assert_eq!(forms_found(&known, "-----BEGIN PRIVATE KEY-----"), []);
    }

    #[test]
    fn the_password_of_a_sealed_url_is_found_by_itself() {
        let known = known(&[("DATABASE_URL", "postgres://app:Zk4vQ8mT2x@db/app")]);
        assert_eq!(
            forms_found(&known, "PGPASSWORD=Zk4vQ8mT2x psql"),
            [Form::UrlPassword]
        );
    }

    #[test]
    fn the_password_of_a_url_is_found_decoded_and_encoded_otherwise() {
        let known = known(&[("DATABASE_URL", "postgres://app:Zk4vQ8mT2x%2f%20y%40@db/app")]);
        for text in [
            "Zk4vQ8mT2x%2f%20y%40",
            "Zk4vQ8mT2x/ y@",
            "Zk4vQ8mT2x%2F+y%40",
            "Zk4vQ8mT2x\\/ y@",
            &STANDARD.encode("-Zk4vQ8mT2x/ y@"),
        ] {
            assert_eq!(forms_found(&known, text), [Form::UrlPassword], "{text}");
        }
    }

    #[test]
    fn variables_with_one_value_are_named_together() {
        let known = known(&[
            ("B", "Zk4vQ8mT2x"),
            ("A", "Zk4vQ8mT2x"),
            ("A", "Zk4vQ8mT2x"),
        ]);
        let found = known.find_iter(b"Zk4vQ8mT2x").next().expect("found");
        let names: Vec<_> = known
            .owners(found.which)
            .iter()
            .map(|o| &o.name[..])
            .collect();
        assert_eq!((known.len(), names), (1, vec![&b"A"[..], b"B"]));
    }

    #[test]
    fn debug_shows_no_value() {
        let known = known(&[("A", "Zk4vQ8mT2x")]);
        assert_eq!(format!("{known:?}"), "KnownValues(1)");
    }

    #[test]
    fn an_end_that_may_become_a_value_is_unfinished() {
        let known = known(&[("A", "Zk4vQ8mT2x"), ("PASSWORD", "Zk4vQ8mT2x-longer")]);
        for (text, length) in [
            ("x Zk4v", 4),
            ("Z", 1),
            ("Zk4vQ8mT2x", 10),
            ("Zk4vQ8mT2x-longer", 0),
            ("Zk4vQ8mT2y", 0),
            ("", 0),
        ] {
            assert_eq!(known.unfinished(text.as_bytes()), length, "{text}");
        }
    }

    proptest! {
        #[test]
        fn base64_is_found_whatever_stands_around(
            value in "[a-z]{4}[A-Z]{4}[0-9!~?]{2,20}",
            before in "[ -~]{0,9}",
            behind in "[ -~]{0,9}",
        ) {
            let known = known(&[("SECRET", &value)]);
            let text = format!("{before}{value}{behind}");
            for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                prop_assert_eq!(forms_found(&known, &encoded), [Form::Base64]);
            }
        }

        #[test]
        fn a_value_is_found_anywhere_and_nothing_is_found_without_it(
            value in "[a-zA-Z0-9]{3}[A-Z][a-z][0-9][a-zA-Z0-9+/=_-]{6,40}",
            before in prop::collection::vec(any::<u8>(), 0..200),
            behind in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            prop_assume!(!trivial::is_trivial(b"SECRET", value.as_bytes()));
            let known = known(&[("SECRET", &value)]);
            let text = [&before, value.as_bytes(), &behind].concat();
            let range = before.len()..before.len() + value.len();
            prop_assert!(known.find_iter(&text).any(|found| found.range == range));
            prop_assert_eq!(known.find_iter(&before).count(), 0);
        }
    }
}
