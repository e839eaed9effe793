//! Files that hold secrets by their nature, known by their name or their lines.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::core::scan::checks::Check;
use crate::core::scan::password::is_word_for_nothing;
use crate::core::scan::placeholder::is_placeholder;
use crate::core::scan::random::{is_random_hex, looks_random};
use crate::core::scan::rules::Span;
use crate::core::scan::scene::Scene;

const REACH: usize = 300;
/// Files of these kinds are small.
const LONGEST: usize = 1 << 20;

/// `machine HOST login USER password SECRET`, on one line or several; `at` is where `machine` stands.
pub fn netrc_line(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let text = &scene.text[at..scene.text.len().min(at + REACH)];
    let mut words = text
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let mut next = || words.next();
    if next()? != b"machine" {
        return None;
    }
    next()?;
    while let Some(key) = next() {
        let value = next()?;
        match key {
            b"login" | b"account" => {}
            b"password" | b"passwd" => {
                let offset = value.as_ptr() as usize - scene.text.as_ptr() as usize;
                let is_secret = value.len() >= 4
                    && value.iter().any(|b| !b.is_ascii_lowercase() && *b != b':')
                    && !value.iter().any(|b| b"{}$<>()\",".contains(b))
                    && !is_placeholder(value)
                    && !is_word_for_nothing(value);
                return is_secret.then(|| Span {
                    range: at..offset + value.len(),
                    secret: offset..offset + value.len(),
                });
            }
            _ => return None,
        }
    }
    None
}

/// The passwords of a `PostgreSQL` password file: `host:port:database:user:password`.
#[must_use]
pub fn pgpass(text: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut from = 0;
    for line in text[..text.len().min(LONGEST)].split(|byte| *byte == b'\n') {
        let colons: Vec<_> = (0..line.len())
            .filter(|at| line[*at] == b':' && (*at == 0 || line[*at - 1] != b'\\'))
            .collect();
        let end = line.trim_ascii_end().len();
        if !line.starts_with(b"#")
            && let Some(last) = colons.get(3)
            && *last + 1 < end
            && !is_placeholder(&line[*last + 1..end])
        {
            let secret = from + last + 1..from + end;
            found.push(Span {
                range: from..secret.end,
                secret,
            });
        }
        from += line.len() + 1;
    }
    found
}

/// What `random_password` made, in a state of Terraform: `"result": "…"`.
#[must_use]
pub fn terraform_results(text: &[u8]) -> Vec<Span> {
    let text = &text[..text.len().min(LONGEST)];
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text, b"\"result\":") {
        let from = at + b"\"result\":".len();
        let Some(open) = text[from..].iter().take(3).position(|b| *b == b'"') else {
            continue;
        };
        let start = from + open + 1;
        let length = text[start..].iter().take(200).position(|b| *b == b'"');
        let secret = start..start + length.unwrap_or(0);
        if looks_random(&text[secret.clone()]) {
            found.push(Span {
                range: at..secret.end,
                secret,
            });
        }
    }
    found
}

/// The passwords of Postfix's `sasl_passwd`: `host user:password`.
#[must_use]
pub fn sasl_passwords(text: &[u8]) -> Vec<Span> {
    in_lines(text, |line| {
        let second = words(line).nth(1)?;
        let colon = memchr::memchr(b':', &line[second.clone()])?;
        Some(second.start + colon + 1..second.end)
    })
}

/// The password of a file for `OpenVPN`'s `auth-user-pass`: two lines, the second of which it is.
#[must_use]
pub fn second_of_two_lines(text: &[u8]) -> Vec<Span> {
    let lines: Vec<_> = words(&text[..text.len().min(1024)]).collect();
    let is_alone = |range: &std::ops::Range<usize>| {
        let end = memchr::memchr(b'\n', &text[range.end..]).map_or(text.len(), |at| range.end + at);
        text[range.end..end].trim_ascii().is_empty()
    };
    match &lines[..] {
        [user, password] if is_alone(user) && is_chosen(&text[password.clone()]) => {
            vec![Span::bare(password.clone())]
        }
        _ => Vec::new(),
    }
}

/// The key in `kaggle.json`: 32 hex digits.
#[must_use]
pub fn kaggle_key(text: &[u8]) -> Vec<Span> {
    let text = &text[..text.len().min(1024)];
    let name = memchr::memmem::find(text, b"\"key\"");
    let digits = |from: usize| {
        let start = from + text[from..].iter().position(u8::is_ascii_hexdigit)?;
        let between = &text[from..start];
        let is_given = between.iter().all(|byte| b" :\"".contains(byte));
        (is_given && text.len() >= start + 32).then_some(start..start + 32)
    };
    let key = name.and_then(|at| digits(at + b"\"key\"".len()));
    key.filter(|key| is_random_hex(&text[key.clone()]))
        .map(Span::bare)
        .into_iter()
        .collect()
}

/// The secrets of pppd's `chap-secrets` and `pap-secrets`: `client server secret addresses`.
#[must_use]
pub fn third_words(text: &[u8]) -> Vec<Span> {
    in_lines(text, |line| words(line).nth(2))
}

/// What `secret` finds in each line that is no comment, quotes taken off, unless it fills a place.
fn in_lines(text: &[u8], secret: impl Fn(&[u8]) -> Option<std::ops::Range<usize>>) -> Vec<Span> {
    let mut found = Vec::new();
    let mut from = 0;
    for line in text[..text.len().min(LONGEST)].split(|byte| *byte == b'\n') {
        if !line.starts_with(b"#")
            && let Some(mut range) = secret(line)
        {
            if line[range.clone()].starts_with(b"\"")
                && line[range.clone()].ends_with(b"\"")
                && range.len() > 2
            {
                range = range.start + 1..range.end - 1;
            }
            if is_chosen(&line[range.clone()]) {
                found.push(Span {
                    range: from..from + range.end,
                    secret: from + range.start..from + range.end,
                });
            }
        }
        from += line.len() + 1;
    }
    found
}

fn is_chosen(value: &[u8]) -> bool {
    value.len() >= 5 && !is_placeholder(value) && !is_word_for_nothing(value)
}

fn words(line: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut at = 0;
    line.split(u8::is_ascii_whitespace).filter_map(move |word| {
        let start = at;
        at += word.len() + 1;
        (!word.is_empty()).then_some(start..start + word.len())
    })
}

/// The key of encrypted Rails credentials: a file of nothing but 32 or 64 hex digits.
#[must_use]
pub fn master_key(text: &[u8]) -> Vec<Span> {
    let start = text.len() - text.trim_ascii_start().len();
    let key = text.trim_ascii();
    let is_key = matches!(key.len(), 32 | 64) && is_random_hex(key);
    is_key
        .then(|| Span::bare(start..start + key.len()))
        .into_iter()
        .collect()
}

/// A file of nothing but a key of 32 bytes in base64, URL-safe (the form of Fernet and of git-seal) or not.
#[must_use]
pub fn bare_key(text: &[u8]) -> Vec<Span> {
    let start = text.len() - text.trim_ascii_start().len();
    let key = text.trim_ascii();
    let is_key = key.len() == 44
        && (URL_SAFE.decode(key).is_ok() || STANDARD.decode(key).is_ok())
        && looks_random(key);
    is_key
        .then(|| Span::bare(start..start + key.len()))
        .into_iter()
        .collect()
}

/// `"auth": "base64 of user:password"`, as Docker and Kubernetes keep registry logins.
pub fn docker_auth(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let assignment = scene.assignment_at(at)?;
    let name = &scene.text[assignment.name.clone()];
    let value = &scene.text[assignment.value.clone()];
    let is_pair = matches!(name, b"auth" | b"_auth") && Check::BasicPair.holds(value);
    is_pair.then_some(Span {
        range: assignment.name.start..assignment.value.end,
        secret: assignment.value,
    })
}
