//! The structure of a value: which part of it changed, told without telling any of it.
//!
//! Knows URLs (RFC 3986, leniently), JSON objects and arrays, comma lists and PEM labels. Anything
//! else has no parts.

mod url;

use serde::Serialize;
use serde_json::Value as Json;

use super::dotenv;
use super::names;
use url::Url;

/// More parts than these are not listed one by one.
const MAX_PARTS: usize = 12;
/// How deep the members of JSON objects are told apart.
const MAX_DEPTH: usize = 4;
/// Query keys and member names longer than this look like data and are not shown.
const MAX_NAME_BYTES: usize = 24;

/// A part of a structured value in which two values differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "part", content = "at")]
pub enum Part {
    /// Quotes, blanks, `export` or an inline comment: a loader reads the same value.
    Spelling,
    /// A URL's scheme.
    Scheme,
    /// A URL's user name.
    User,
    /// A URL's password.
    Password,
    /// A URL's host.
    Host,
    /// A URL's port.
    Port,
    /// A URL's path.
    Path,
    /// The value of one query key, or all of the query where its keys can't be shown.
    Query(Option<String>),
    /// What follows the `#` of a URL.
    Fragment,
    /// A member of a JSON object, as `a.b`, or one that can't be shown.
    Member(Option<String>),
    /// Items that a list has and had not.
    ItemsAdded(usize),
    /// Items that a list had and has not.
    ItemsRemoved(usize),
    /// The order of a list's items.
    ItemOrder,
    /// What a PEM block says that it is.
    PemLabel,
    /// The content of a PEM block.
    PemBody,
}

/// In which parts two raw right-hand sides of the variable `name` differ, in the order in which
/// they stand; empty where they are equal or share no structure.
#[must_use]
pub fn changed_parts(name: &[u8], old: &[u8], new: &[u8]) -> Vec<Part> {
    let (old, new) = if old == new {
        return Vec::new();
    } else {
        (bare(old), bare(new))
    };
    if old == new {
        return vec![Part::Spelling];
    }
    let mut parts = by_shape(name, old, new).unwrap_or_default();
    parts.dedup();
    parts.truncate(MAX_PARTS);
    parts
}

/// The value without surrounding quotes, blanks and inline comment. Escapes and references stay as
/// written: this is for comparing and masking, not for loading.
#[must_use]
pub fn bare(raw: &[u8]) -> &[u8] {
    if let Some(quoted) = dotenv::quoted(raw) {
        return quoted.inner;
    }
    let comment =
        (0..raw.len()).find(|at| raw[*at] == b'#' && (*at == 0 || dotenv::is_blank(raw[*at - 1])));
    raw[..comment.unwrap_or(raw.len())].trim_ascii()
}

fn by_shape(name: &[u8], old: &[u8], new: &[u8]) -> Option<Vec<Part>> {
    if let (Some(old), Some(new)) = (Pem::read(old), Pem::read(new)) {
        return Some(differing([
            (Part::PemLabel, old.label, new.label),
            (Part::PemBody, old.body, new.body),
        ]));
    }
    if let (Some(old), Some(new)) = (Url::read(old), Url::read(new)) {
        return Some(old.differs_from(&new));
    }
    if let (Some(old), Some(new)) = (json(old), json(new)) {
        let mut parts = Vec::new();
        members("", &old, &new, 0, &mut parts);
        return Some(parts);
    }
    // That a password has a comma in it is nobody's business.
    if names::is_sensitive(name, &[]) {
        return None;
    }
    Some(items(&list(old)?, &list(new)?))
}

fn differing<const N: usize>(pairs: [(Part, &[u8], &[u8]); N]) -> Vec<Part> {
    pairs
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(part, _, _)| part)
        .collect()
}

struct Pem<'a> {
    label: &'a [u8],
    body: &'a [u8],
}

impl<'a> Pem<'a> {
    fn read(value: &'a [u8]) -> Option<Self> {
        let rest = value.strip_prefix(b"-----BEGIN ")?;
        let end = memchr::memmem::find(rest, b"-----")?;
        Some(Self {
            label: &rest[..end],
            body: &rest[end..],
        })
    }
}

/// A query key or member name that reads like one: `[A-Za-z_][A-Za-z0-9_.-]*`, not long, and
/// without the many digits of random data.
fn showable(name: &[u8]) -> Option<String> {
    let plausible = name.len() <= MAX_NAME_BYTES
        && dotenv::is_name(name)
        && !name[0].is_ascii_digit()
        && name.iter().filter(|b| b.is_ascii_digit()).count() <= 3;
    plausible.then(|| String::from_utf8_lossy(name).into_owned())
}

fn json(value: &[u8]) -> Option<Json> {
    if !matches!(value.first(), Some(b'{' | b'[')) {
        return None;
    }
    serde_json::from_slice(value).ok()
}

/// The differing members, each named by the path that leads to it.
fn members(path: &str, old: &Json, new: &Json, depth: usize, parts: &mut Vec<Part>) {
    match (old, new) {
        (Json::Object(old), Json::Object(new)) if depth < MAX_DEPTH => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let (was, is) = (old.get(key), new.get(key));
                if was == is {
                    continue;
                }
                let Some(name) = showable(key.as_bytes()) else {
                    parts.push(Part::Member(None));
                    continue;
                };
                let path = match path {
                    "" => name,
                    path => format!("{path}.{name}"),
                };
                match (was, is) {
                    (Some(was), Some(is)) => members(&path, was, is, depth + 1, parts),
                    _ => parts.push(Part::Member(Some(path))),
                }
            }
        }
        (Json::Array(old), Json::Array(new)) if depth == 0 => {
            let texts =
                |items: &[Json]| -> Vec<String> { items.iter().map(ToString::to_string).collect() };
            parts.extend(items(&texts(old), &texts(new)));
        }
        _ if old != new => {
            parts.push(Part::Member((!path.is_empty()).then(|| path.to_owned())));
        }
        _ => {}
    }
}

/// The items of a comma list: at least two, none empty, no blanks within.
fn list(value: &[u8]) -> Option<Vec<&[u8]>> {
    let items: Vec<&[u8]> = value
        .split(|b| *b == b',')
        .map(<[u8]>::trim_ascii)
        .collect();
    let plausible = items.len() > 1
        && items
            .iter()
            .all(|item| !item.is_empty() && !item.contains(&b' '));
    plausible.then_some(items)
}

fn items<T: PartialEq>(old: &[T], new: &[T]) -> Vec<Part> {
    let missing = |from: &[T], of: &[T]| {
        let mut left: Vec<&T> = from.iter().collect();
        of.iter()
            .filter(|item| match left.iter().position(|other| other == item) {
                Some(at) => {
                    left.swap_remove(at);
                    false
                }
                None => true,
            })
            .count()
    };
    let (added, removed) = (missing(old, new), missing(new, old));
    let mut parts = Vec::new();
    if added > 0 {
        parts.push(Part::ItemsAdded(added));
    }
    if removed > 0 {
        parts.push(Part::ItemsRemoved(removed));
    }
    if parts.is_empty() && old != new {
        parts.push(Part::ItemOrder);
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(old: &str, new: &str) -> Vec<Part> {
        changed_parts(b"X", old.as_bytes(), new.as_bytes())
    }

    fn query(key: &str) -> Part {
        Part::Query(Some(key.to_owned()))
    }

    fn member(path: &str) -> Part {
        Part::Member(Some(path.to_owned()))
    }

    #[test]
    fn a_url_is_told_apart_part_by_part() {
        use Part::{Fragment, Host, Password, Path, Port, Scheme, User};
        let base = "postgres://me:pw@db.example:5432/app?ssl=on&pool=5#x";
        for (new, expected) in [
            (
                "mysql://me:pw@db.example:5432/app?ssl=on&pool=5#x",
                vec![Scheme],
            ),
            (
                "postgres://you:p2@db.example:5432/app?ssl=on&pool=5#x",
                vec![User, Password],
            ),
            (
                "postgres://me:pw@db2.example:5433/app?ssl=on&pool=5#x",
                vec![Host, Port],
            ),
            (
                "postgres://me:pw@db.example/app?ssl=on&pool=5#x",
                vec![Port],
            ),
            (
                "postgres://me:pw@db.example:5432/b?ssl=on&pool=5#y",
                vec![Path, Fragment],
            ),
            (
                "postgres://me:pw@db.example:5432/app?pool=6&new=1#x",
                vec![query("ssl"), query("pool"), query("new")],
            ),
            (
                "postgres://me:pw@db.example:5432/app?Zm9vYmFyMTIzNDU2Nzg5MA&pool=5#x",
                vec![Part::Query(None)],
            ),
            ("not a url", vec![]),
        ] {
            assert_eq!(parts(base, new), expected, "{new}");
        }
        assert_eq!(parts("http://[::1]:80/", "http://[::1]:81/"), [Port]);
        assert_eq!(parts("m://a:1,b:2/d", "m://a:1,c:2/d"), [Host]);
        assert_eq!(parts("a://u:p@x@h", "a://u:p@y@h"), [Password]);
    }

    #[test]
    fn json_names_its_members_and_lists_count_their_items() {
        assert_eq!(
            parts(
                r#"'{"a":1,"b":{"c":2,"d":3}}'"#,
                r#"'{"a":1,"b":{"c":4},"e":5}'"#
            ),
            [member("b.c"), member("b.d"), member("e")]
        );
        assert_eq!(parts(r#"{"k":[1]}"#, r#"{"k":[2]}"#), [member("k")]);
        assert_eq!(
            parts("[1,2]", "[2,3,4]"),
            [Part::ItemsAdded(2), Part::ItemsRemoved(1)]
        );
        assert_eq!(
            parts(
                r#"{"a8f3b2c1d9e7f6a5b4c3":1}"#,
                r#"{"a8f3b2c1d9e7f6a5b4c3":2}"#
            ),
            [Part::Member(None)]
        );
        assert_eq!(parts("a,b", "b,a"), [Part::ItemOrder]);
        assert_eq!(parts("a,b", "a,b,c"), [Part::ItemsAdded(1)]);
    }

    #[test]
    fn a_comma_in_a_secret_is_no_list() {
        assert_eq!(changed_parts(b"PASSWORD", b"a,b", b"a,b,c"), []);
    }

    #[test]
    fn pem_has_a_label_and_a_body() {
        let pem = |label: &str, body: &str| {
            format!("\"-----BEGIN {label}-----\n{body}\n-----END {label}-----\"")
        };
        assert_eq!(
            parts(&pem("CERTIFICATE", "a"), &pem("CERTIFICATE", "b")),
            [Part::PemBody]
        );
        assert_eq!(
            parts(&pem("RSA PRIVATE KEY", "a"), &pem("PRIVATE KEY", "b")),
            [Part::PemLabel, Part::PemBody]
        );
    }

    #[test]
    fn another_spelling_of_the_same_value_is_called_so() {
        for (old, new) in [
            ("a", "\"a\""),
            ("a", " a # why"),
            ("'a' # x", "`a`"),
            ("#x", ""),
        ] {
            assert_eq!(parts(old, new), [Part::Spelling], "{old} {new}");
        }
        assert_eq!(bare(b"a#b"), b"a#b");
    }

    proptest! {
        #[test]
        fn any_two_values_can_be_compared(old in "[a:/@?#=&,{}\\[\\]\"' -]{0,24}", new in "[a:/@?#=&,{}\\[\\]\"' -]{0,24}") {
            let parts = parts(&old, &new);
            prop_assert!(old != new || parts.is_empty());
            prop_assert!(parts.len() <= MAX_PARTS);
        }
    }
}
