//! The parts of a URL (RFC 3986, leniently: a password may hold what it should not).

use super::{Part, differing, showable};

/// A URL cut into its parts; what is missing is empty.
pub struct Url<'a> {
    scheme: &'a [u8],
    user: &'a [u8],
    password: &'a [u8],
    host: &'a [u8],
    port: &'a [u8],
    path: &'a [u8],
    query: &'a [u8],
    fragment: &'a [u8],
}

/// Both sides of the first place where `at` says yes; the byte itself is in neither.
fn cut(text: &[u8], at: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| at(*byte)) {
        Some(found) => (&text[..found], &text[found + 1..]),
        None => (text, &[]),
    }
}

impl<'a> Url<'a> {
    /// Reads `scheme://…`; anything else is no URL.
    pub fn read(value: &'a [u8]) -> Option<Self> {
        let at = memchr::memmem::find(value, b"://")?;
        let scheme = &value[..at];
        let well_formed = scheme.first()?.is_ascii_alphabetic()
            && scheme
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(b));
        if !well_formed {
            return None;
        }
        let rest = &value[at + 3..];
        let end = rest.iter().position(|b| b"/?#".contains(b));
        let (authority, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let (rest, fragment) = cut(rest, |b| b == b'#');
        let (path, query) = cut(rest, |b| b == b'?');
        let (credentials, place) = match memchr::memrchr(b'@', authority) {
            Some(at) => (&authority[..at], &authority[at + 1..]),
            None => (&[][..], authority),
        };
        let (user, password) = cut(credentials, |b| b == b':');
        let (host, port) = host_and_port(place);
        Some(Self {
            scheme,
            user,
            password,
            host,
            port,
            path,
            query,
            fragment,
        })
    }

    /// The parts in which two URLs differ.
    pub fn differs_from(&self, new: &Self) -> Vec<Part> {
        let mut parts = differing([
            (Part::Scheme, self.scheme, new.scheme),
            (Part::User, self.user, new.user),
            (Part::Password, self.password, new.password),
            (Part::Host, self.host, new.host),
            (Part::Port, self.port, new.port),
            (Part::Path, self.path, new.path),
        ]);
        parts.extend(query_parts(self.query, new.query));
        parts.extend(differing([(Part::Fragment, self.fragment, new.fragment)]));
        parts
    }
}

/// `host:port`; several hosts (`a:1,b:2`) are one host without a port, an IPv6 address keeps its
/// brackets.
fn host_and_port(place: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memrchr(b':', place) {
        Some(at) if !place.contains(&b',') && place[at + 1..].iter().all(u8::is_ascii_digit) => {
            (&place[..at], &place[at + 1..])
        }
        _ => (place, &[]),
    }
}

fn query_parts(old: &[u8], new: &[u8]) -> Vec<Part> {
    if old == new {
        return Vec::new();
    }
    let pairs = |query: &'_ [u8]| -> Option<Vec<(String, Vec<u8>)>> {
        query
            .split(|b| *b == b'&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let at = memchr::memchr(b'=', pair)?;
                Some((showable(&pair[..at])?, pair[at + 1..].to_vec()))
            })
            .collect()
    };
    let (Some(old), Some(new)) = (pairs(old), pairs(new)) else {
        return vec![Part::Query(None)];
    };
    let values = |of: &[(String, Vec<u8>)], key: &str| -> Vec<Vec<u8>> {
        let own = of.iter().filter(|(other, _)| other == key);
        own.map(|(_, value)| value.clone()).collect()
    };
    let mut changed: Vec<Part> = Vec::new();
    for (key, _) in old.iter().chain(&new) {
        let part = Part::Query(Some(key.clone()));
        if values(&old, key) != values(&new, key) && !changed.contains(&part) {
            changed.push(part);
        }
    }
    if changed.is_empty() {
        changed.push(Part::Query(None));
    }
    changed
}
