//! Passwords as arguments of calls: `login("user", "…")`, `getConnection(url, "user", "…")`.

use std::ops::Range;

use crate::core::scan::password::is_password;
use crate::core::scan::placeholder::is_placeholder;
use crate::core::scan::random::{Look, looks_random};
use crate::core::scan::rules::Span;
use crate::core::scan::scene::Scene;

const REACH: usize = 400;

/// The last literal argument that could be a password, of the call that begins at `at`. Reads on to
/// the bracket that closes the call, at most 400 bytes.
pub fn call_argument(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let end = scene.text.len().min(at + REACH);
    let text = &scene.text[..end];
    let name = text[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_.->  ".contains(byte))
        .count();
    let (mut from, mut depth) = (at + name, 0_usize);
    if text.get(from) == Some(&b'(') {
        from += 1;
    }
    let mut secret = None;
    while let Some(byte) = text.get(from) {
        match byte {
            b'"' | b'\'' | b'`' => {
                let literal = literal(text, from)?;
                from = literal.end;
                if depth == 0 && is_secret(scene, &text[literal.clone()]) {
                    secret = Some(literal);
                }
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => break,
            b')' | b']' | b'}' => depth -= 1,
            b';' | b'|' => break,
            b'\n'
                if !text[..from].trim_ascii_end().ends_with(b",")
                    && !text[..from].trim_ascii_end().ends_with(b"(") =>
            {
                break;
            }
            _ => {}
        }
        from += 1;
    }
    secret.map(|secret| Span {
        range: at..secret.end,
        secret,
    })
}

/// What stands between the quote at `from` and the next like it.
fn literal(text: &[u8], from: usize) -> Option<Range<usize>> {
    let quote = text[from];
    let mut at = from + 1;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'\n' => return None,
            byte if *byte == quote => return Some(from + 1..at),
            _ => at += 1,
        }
    }
}

fn is_secret(scene: &Scene<'_>, value: &[u8]) -> bool {
    let is_random = looks_random(value);
    let look = Look::at(value);
    let is_strong = look.digits > 0 && look.classes() >= 3;
    value.len() >= 8
        && !value.contains(&b';')
        && !is_placeholder(value)
        && (is_random || (is_strong && !scene.is_test))
        && is_password(value)
}
