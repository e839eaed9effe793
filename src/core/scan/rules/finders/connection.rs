//! Passwords in URLs and connection strings.

use memchr::memmem;

use crate::core::scan::known::forms::percent_decoded;
use crate::core::scan::password::{is_word_for_nothing, names_itself};
use crate::core::scan::placeholder::is_placeholder;
use crate::core::scan::random::looks_random;
use crate::core::scan::rules::Span;
use crate::core::scan::scene::{Ground, Scene};

const LONGEST_USER_INFO: usize = 512;
const STRING_REACH: usize = 300;

/// The password in `scheme://user:password@host`; `at` is where `://` stands.
pub fn url_password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let text = scene.text;
    let from = at + 3;
    let window = &text[from..text.len().min(from + LONGEST_USER_INFO)];
    let length = window
        .iter()
        .position(|b| {
            b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|')
        })
        .unwrap_or(window.len());
    let rest = &window[..length];
    // The user info ends at the last `@` before the path; an `@` in a path stands behind a slash.
    let authority_end = rest
        .iter()
        .position(|b| matches!(b, b'/' | b'?' | b'#'))
        .unwrap_or(rest.len());
    let sign = memchr::memrchr(b'@', &rest[..authority_end])?;
    let colon = memchr::memchr(b':', &rest[..sign])?;
    let password = &rest[colon + 1..sign];
    let host = &rest[sign + 1..];
    let scheme = text[..at]
        .iter()
        .rev()
        .take(24)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b':'))
        .count();
    let is_host = host
        .first()
        .is_some_and(|b| b.is_ascii_alphanumeric() || b"[$*_{".contains(b));
    if scheme < 2 || !is_host || !is_url_password(scene, password, &rest[..colon], host) {
        return None;
    }
    Some(Span {
        range: at - scheme..from + sign + 1 + host.iter().take_while(|b| is_host_byte(**b)).count(),
        secret: from + colon + 1..from + sign,
    })
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'_')
}

fn is_url_password(scene: &Scene<'_>, password: &[u8], user: &[u8], host: &[u8]) -> bool {
    let password = &*percent_decoded(password);
    let names = [
        "example.",
        "localhost",
        "127.0.0.1",
        "host",
        "hostname",
        "foo",
        "bar",
        "server",
        "domain",
        "test",
        "0.0.0.0",
        "[::1]",
        "1.2.3.4",
        "10.0.0.1",
    ];
    let is_nobodys = names.iter().any(|name| host.starts_with(name.as_bytes()))
        || memmem::find(host, b"example.").is_some()
        || memmem::find(host, b".test").is_some();
    let is_calculated = password.iter().any(|b| b"{}()$<>[]*".contains(b))
        && (password.contains(&b'{')
            || password.starts_with(b"$")
            || password.contains(&b'<')
            || password.contains(&b'('));
    let is_strong = looks_random(password);
    password.len() >= 4
        && !is_placeholder(password)
        && !is_calculated
        && !is_word_for_nothing(password)
        && !password.eq_ignore_ascii_case(user)
        && (is_strong || !(is_name_of_a_place(password, host) || names_itself(password)))
        && (is_strong || !(is_nobodys || scene.is_test))
        && (is_strong
            || scene.ground != Ground::Code
            || password.iter().any(|b| !b.is_ascii_lowercase()))
}

/// `APPID:APIKEY@Sender`, `postgres:app@postgres/app`: letters alone, and the host or database of the same
/// kind.
fn is_name_of_a_place(password: &[u8], host: &[u8]) -> bool {
    let server = host
        .split(|b| matches!(b, b'/' | b':' | b'?'))
        .next()
        .unwrap_or_default();
    let database = host
        .rsplit(|b| matches!(b, b'/'))
        .next()
        .unwrap_or_default();
    let is_letters = |text: &[u8]| text.iter().all(u8::is_ascii_alphabetic);
    let is_variable =
        is_letters(password) && is_letters(server) && server.iter().any(u8::is_ascii_uppercase);
    // `APP-PASSWORD`, `ACCESS_KEY`.
    let is_constant = password
        .iter()
        .all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'-'));
    is_variable
        || is_constant
        || (is_letters(password) && (password == database || password == server))
}

/// The password of an ADO, ODBC or similar string: `Server=…;User Id=…;Password=…;`. `at` is where
/// `password=` or `pwd=` stands.
pub fn connection_string(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let line = scene.line_around(at, STRING_REACH);
    let around = scene.text[line.clone()].to_ascii_lowercase();
    let others: [&[u8]; 14] = [
        b"server=",
        b"data source=",
        b"host=",
        b"driver=",
        b"uid=",
        b"user id=",
        b"userid=",
        b"initial catalog=",
        b"dsn=",
        b"database=",
        b"endpoint=",
        b"username=",
        b"user=",
        b"dbname=",
    ];
    let is_string = around.contains(&b';') || memmem::find(&around, b"dbname=").is_some();
    let fits = is_string
        && others
            .iter()
            .any(|other| memmem::find(&around, other).is_some());
    if !fits {
        return None;
    }
    value_at(scene, at)
}

/// The password in the query or properties of a JDBC URL. `at` is where `jdbc:` stands.
pub fn jdbc_password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let line = scene.line_around(at, STRING_REACH);
    let url = &scene.text[at..line.end];
    let end = url
        .iter()
        .position(|b| matches!(b, b'"' | b'\'' | b' ' | b'<' | b'`'))
        .unwrap_or(url.len());
    let url = &url[..end];
    // Oracle's thin driver: jdbc:oracle:thin:user/password@host.
    if let Some(rest) = url.strip_prefix(b"jdbc:oracle:thin:") {
        let slash = memchr::memchr(b'/', rest)?;
        let sign = memchr::memchr(b'@', rest)?;
        let from = at + b"jdbc:oracle:thin:".len();
        let is_there = slash + 1 < sign && is_connection_password(&rest[slash + 1..sign]);
        return is_there.then(|| Span {
            range: at..from + sign,
            secret: from + slash + 1..from + sign,
        });
    }
    let lower = url.to_ascii_lowercase();
    let key = memmem::find(&lower, b"password=").or_else(|| memmem::find(&lower, b"pwd="))?;
    value_at(scene, at + key)
}

/// The password of a data source name of Go's `MySQL` driver, `user:password@tcp(host)/db`; `at` is
/// where `@` stands.
pub fn dsn_password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    const LONGEST: usize = 160;
    let from = at.saturating_sub(LONGEST);
    let before = &scene.text[from..at];
    let start = before
        .iter()
        .rposition(|b| b.is_ascii_whitespace() || b"\"'`=".contains(b))
        .map_or(0, |last| last + 1);
    let colon = start + memchr::memchr(b':', &before[start..])?;
    let password = &before[colon + 1..];
    let is_secret = is_connection_password(password) && !password.starts_with(b"%");
    is_secret.then_some(Span {
        range: from + start..at,
        secret: from + colon + 1..at,
    })
}

/// The value behind the `=` that follows `at`, up to what ends it in such a string.
fn value_at(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let text = scene.text;
    let equals = memchr::memchr(b'=', &text[at..text.len().min(at + 24)])?;
    let from = at + equals + 1;
    let from = from
        + text[from..]
            .iter()
            .take_while(|b| **b == b' ')
            .count()
            .min(2);
    let (open, until): (usize, &[u8]) = match text.get(from)? {
        b'{' => (1, b"}\n"),
        b'\'' => (1, b"'\n"),
        _ => (0, b";&\"'`<> \t\r\n\\,)"),
    };
    let from = from + open;
    let length = text[from..]
        .iter()
        .take(200)
        .take_while(|b| !until.contains(b))
        .count();
    let password = &text[from..from + length];
    is_connection_password(password).then(|| Span {
        range: at..from + length,
        secret: from..from + length,
    })
}

fn is_connection_password(password: &[u8]) -> bool {
    (5..=128).contains(&password.len())
        && !is_placeholder(password)
        && !is_word_for_nothing(password)
        && !names_itself(password)
        && !password.iter().any(|b| b"(){}[]".contains(b))
        && (password.iter().any(|b| !b.is_ascii_alphabetic()) || looks_random(password))
        && !password.starts_with(b"$")
        && !password.starts_with(b"@")
        && !is_member(password)
}

/// `url.password`: a member of an object, in code.
fn is_member(password: &[u8]) -> bool {
    let is_identifier = |part: &[u8]| {
        part.first().is_some_and(u8::is_ascii_alphabetic)
            && part
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let password = password.strip_suffix(b"=").unwrap_or(password);
    password.contains(&b'.')
        && password.split(|byte| *byte == b'.').all(is_identifier)
        && !looks_random(password)
}
