//! The forms of values: one token, a piece of a program, a text in base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::password::is_password;
use super::random::{Look, looks_random};

/// Base64 of a text to be read: `SGVsbG8gd29ybGQ=`, `eyJpZCI6ICJ4In0=`. What it says is judged instead.
pub(super) fn is_encoded_text(value: &[u8]) -> bool {
    let bare = value.trim_ascii_end();
    let end = bare
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(0, |last| last + 1);
    let text = [
        STANDARD_NO_PAD.decode(&bare[..end]),
        URL_SAFE_NO_PAD.decode(&bare[..end]),
    ];
    text.into_iter().flatten().any(|text| {
        let text = text.trim_ascii();
        text.len() >= 8
            && text
                .iter()
                .all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\n')
            && (text.contains(&b' ')
                || text.contains(&b'"')
                || !(is_password(text) || looks_random(text)))
    })
}

/// What Flask's documents tell to make: a literal of bytes, some of them escaped (`\xec`).
pub(super) fn is_escaped_bytes(value: &[u8]) -> bool {
    let escapes = memchr::memmem::find_iter(value, b"\\x")
        .filter(|at| {
            value
                .get(at + 2..at + 4)
                .is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
        })
        .count();
    let look = Look::at(value);
    (1..=16).contains(&escapes)
        && (16..=128).contains(&look.length)
        && look.length > 5 * escapes
        && look.classes() >= 3
        && look.bits >= 4.5
        && look.is_varied()
}

/// What `WordPress` makes for its keys and salts: 64 printable characters of all kinds, blanks too.
pub(super) fn is_generated_phrase(value: &[u8]) -> bool {
    let look = Look::at(value);
    (40..=128).contains(&look.length)
        && look.classes() == 4
        && look.bits >= 5.2
        && memchr::memchr_iter(b' ', value).count() <= 8
        && value.iter().all(|byte| (b' '..=b'~').contains(byte))
        && !value.iter().any(|byte| b"\\\"'`".contains(byte))
}

/// One run of the characters that generated tokens are made of.
pub(super) fn is_token(value: &[u8]) -> bool {
    let at_most = |mark: u8, count: usize| memchr::memchr_iter(mark, value).count() <= count;
    value.len() <= 512
        && value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.:~!@#$%^&*?|".contains(byte))
        && at_most(b'.', 4)
        && !starts_like_path(value)
        && memchr::memmem::find(value, b"://").is_none()
        && memchr::memmem::find(value, b"%3A%2F%2F").is_none()
}

/// `/etc/x`, `./x`, `../x`, `~/x`; base64 may begin with a slash, too.
pub(super) fn starts_like_path(value: &[u8]) -> bool {
    let is_base64 = || {
        value.len() >= 20 && (value.ends_with(b"=") || value.contains(&b'+')) && looks_random(value)
    };
    [&b"./"[..], b"../", b"~/"]
        .iter()
        .any(|start| value.starts_with(start))
        || (value.starts_with(b"/") && !is_base64())
}

/// Whether a value has quotes, escapes or brackets in it as code in a string has: `a[0].b`, `f()`,
/// `){this`.
pub(super) fn is_code(value: &[u8]) -> bool {
    let has = |bytes: &[u8]| value.iter().any(|byte| bytes.contains(byte));
    let operators: [&[u8]; 3] = [b"||", b"&&", b"=>"];
    has(b"\\\"'`")
        || has_index(value)
        || operators
            .iter()
            .any(|operator| memchr::memmem::find(value, operator).is_some())
        || is_type_of(value)
        || is_option_list(value)
        || (value.starts_with(b"+") && value.contains(&b'('))
        || memchr::memmem::find(value, b"()").is_some()
        || (has(b"{}") && has(b"()"))
}

/// What stands between the end of one literal and the start of the next: `),n=e.limit,n.question=`.
pub(super) fn is_rest_of_code(value: &[u8]) -> bool {
    let has = |bytes: &[u8]| value.iter().any(|byte| bytes.contains(byte));
    value.len() >= 16
        && value.first().is_some_and(|byte| b")]},;".contains(byte))
        && has(b"=(")
        && has(b",;)")
}

/// `jwt,pub-key=./server.crt,ttl=1s`: three parts or more, most of which give a word a value.
pub(super) fn is_option_list(value: &[u8]) -> bool {
    let parts = || value.split(|byte| matches!(byte, b',' | b'&'));
    let is_option = |part: &&[u8]| {
        let equals = memchr::memchr(b'=', part);
        equals.is_some_and(|at| {
            at >= 2
                && part[..at]
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'))
        })
    };
    let (all, options) = (parts().count(), parts().filter(is_option).count());
    all >= 3 && options * 2 > all
}

/// `List[V1LocalObjectReference]`.
fn is_type_of(value: &[u8]) -> bool {
    let is_word = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_alphanumeric);
    let inner = value.strip_suffix(b"]");
    let parts = inner.and_then(|inner| Some((inner, memchr::memchr(b'[', inner)?)));
    parts.is_some_and(|(inner, open)| is_word(&inner[..open]) && is_word(&inner[open + 1..]))
}

/// `[0]`, `[]`, `['']`.
pub(super) fn has_index(value: &[u8]) -> bool {
    value
        .windows(4)
        .any(|part| part[0] == b'[' && part[1..].contains(&b']'))
}

/// Whether a value holds letters beyond ASCII, as they are or as JSON escapes them (`\u00f1`): words
/// of a language, such as labels in translations.
pub(super) fn is_beyond_ascii(value: &[u8]) -> bool {
    !value.is_ascii()
        || memchr::memmem::find_iter(value, b"\\u").any(|at| {
            let code = value.get(at + 2..at + 4);
            code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit) && code != b"00")
                || value
                    .get(at + 2..at + 5)
                    .is_some_and(|code| code.starts_with(b"00") && !matches!(code[2], b'0'..=b'7'))
        })
}

pub(super) fn has_blanks(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_whitespace)
}
