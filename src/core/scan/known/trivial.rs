//! Which values are too ordinary to search for: they would be found in every second file.

use crate::core::names::is_sensitive;
use crate::core::scan::random::{is_uuid, looks_random};

/// A value is not sought below this many bytes.
const SHORTEST: usize = 6;

/// Words that stand in `.env` files without being secret.
const COMMON_WORDS: &str = "true false yes no on off none null nil undefined enabled disabled \
    enable disable default auto always never all any test tests testing local localhost dev devel \
    develop development stage staging prod production preview release debug info notice warn \
    warning error critical verbose trace silent admin root user username guest public private \
    postgres postgresql mysql mariadb mongo mongodb redis sqlite sqlite3 memcached rabbitmq \
    database password passwd secret changeme change-me example sample placeholder strict lax \
    require required prefer optional smtp sendmail log single daily stack file files array cookie \
    session sync async queue cache memory s3 ses sns sqs aws gcp azure github gitlab bearer basic \
    digest oauth oauth2 openid saml ldap master main cluster sentinel standalone primary replica \
    utf8 utf-8 utf8mb4 unicode json text html xml yaml toml application unchanged";

/// Whether a value does not count as a known secret:
/// - under 6 bytes, or under 8 with fewer than three of lower case, upper case, digits, others;
/// - fewer than four different bytes; numbers under 8 digits, round numbers, powers of two, dates;
/// - words of `COMMON_WORDS`, references such as `${OTHER}`;
/// - without a random-looking part: host names, paths, e-mail addresses, URLs without credentials,
///   and, unless the name says password, secret, token, credential or API key, any words;
/// - lists of nothing but such values.
#[must_use]
pub fn is_trivial(name: &[u8], value: &[u8]) -> bool {
    let value = value.trim_ascii();
    if is_short(value) || is_plain_number(value) || is_common(value) || is_reference(value) {
        return true;
    }
    if says_password(name) {
        return is_url(value) && !has_random_part(value);
    }
    if is_url(value) {
        return !has_credentials(value) && !has_random_part(value);
    }
    let parts: Vec<_> = value
        .split(|byte| matches!(byte, b',' | b';' | b' '))
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() > 1 {
        return parts.iter().all(|part| is_trivial(name, part));
    }
    is_wordy(value)
}

/// Whether one line of a value over several lines is worth searching for by itself: not an armour
/// line, and something in it looks random.
#[must_use]
pub fn is_telling_line(line: &[u8]) -> bool {
    !line.starts_with(b"-----")
        && line
            .split(|byte| !is_token_byte(*byte))
            .any(|run| run.len() >= 16 && looks_random(run))
}

/// Whether a value is too ordinary even for a log to be masked: what is sealed counts as secret there,
/// words, paths and addresses too, but for
/// - values under 6 bytes, or of fewer than four different bytes;
/// - words of `COMMON_WORDS`;
/// - numbers under 8 digits, round numbers, powers of two and dates, unless the name is sensitive.
#[must_use]
pub fn is_ordinary(name: &[u8], value: &[u8]) -> bool {
    let value = value.trim_ascii();
    value.len() < SHORTEST
        || distinct(value) < 4
        || is_common(value)
        || (is_plain_number(value) && !is_sensitive(name, &[]))
}

/// Whether one line of a value over several lines is masked in a log by itself.
#[must_use]
pub fn is_masked_line(line: &[u8]) -> bool {
    !line.starts_with(b"-----") && !is_ordinary(b"", line)
}

fn is_short(value: &[u8]) -> bool {
    let classes = [
        u8::is_ascii_lowercase as fn(&u8) -> bool,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
        |byte| !byte.is_ascii_alphanumeric(),
    ];
    let mixed = classes.iter().filter(|is| value.iter().any(is));
    value.len() < SHORTEST || (value.len() < 8 && mixed.count() < 3) || distinct(value) < 4
}

/// How many different bytes there are.
fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    value
        .iter()
        .for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|seen| **seen).count()
}

/// Numbers that turn up everywhere. Digits may be grouped by dots, dashes, colons or blanks.
fn is_plain_number(value: &[u8]) -> bool {
    let only_digits = value
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b' ' | b'_' | b'+' | b'/'));
    if !only_digits {
        return false;
    }
    let digits: Vec<u8> = value.iter().copied().filter(u8::is_ascii_digit).collect();
    let number = std::str::from_utf8(&digits)
        .ok()
        .and_then(|text| text.parse::<u64>().ok());
    let is_date = digits.len() == 8 && (digits.starts_with(b"19") || digits.starts_with(b"20"));
    digits.len() < 8
        || digits.ends_with(b"000")
        || is_date
        || number.is_some_and(|n| n.is_power_of_two() || n.wrapping_add(1).is_power_of_two())
}

/// The longest of `COMMON_WORDS`, in bytes.
const LONGEST_WORD: usize = 11;

fn is_common(value: &[u8]) -> bool {
    if value.len() > LONGEST_WORD {
        return false;
    }
    COMMON_WORDS
        .split_ascii_whitespace()
        .any(|word| word.as_bytes().eq_ignore_ascii_case(value))
}

fn is_reference(value: &[u8]) -> bool {
    let wrapped = |open: &[u8], close: &[u8]| value.starts_with(open) && value.ends_with(close);
    wrapped(b"${", b"}") || wrapped(b"$(", b")") || wrapped(b"{{", b"}}") || wrapped(b"<", b">")
}

/// Words in a name that make even a wordy value count.
const SECRET_WORDS: [&str; 9] = [
    "PASS",
    "PWD",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "CREDENTIAL",
];

fn says_password(name: &[u8]) -> bool {
    let name = name.to_ascii_uppercase();
    SECRET_WORDS
        .iter()
        .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some())
}

fn is_url(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"://").is_some()
}

/// Whether a URL has a password before its host.
fn has_credentials(url: &[u8]) -> bool {
    password_in(url).is_some()
}

/// The password in `scheme://user:password@host`, as written.
#[must_use]
pub fn password_in(url: &[u8]) -> Option<&[u8]> {
    let from = memchr::memmem::find(url, b"://")? + 3;
    let authority = url[from..]
        .split(|b| matches!(b, b'/' | b'?' | b'#'))
        .next()?;
    // A password with an unescaped slash is common enough: then the last `@` of the text ends it.
    let authority = if authority.contains(&b'@') {
        authority
    } else {
        &url[from..]
    };
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', &authority[..at])?;
    (colon + 1 < at).then(|| &authority[colon + 1..at])
}

fn has_random_part(value: &[u8]) -> bool {
    value
        .split(|byte| !is_token_byte(*byte) || *byte == b'/')
        .any(looks_random)
}

fn is_wordy(value: &[u8]) -> bool {
    let host_or_path = value
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || b" -_./:@\\*~%".contains(b));
    let says_something = value.iter().any(u8::is_ascii_alphabetic);
    host_or_path && says_something && !is_uuid(value) && !has_random_part(value)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_settings_are_trivial() {
        for (name, value) in [
            ("DEBUG", "true"),
            ("PORT", "3000"),
            ("HOST", "localhost"),
            ("APP_ENV", "production"),
            ("DB_PASSWORD", "postgres"),
            ("DB_PASSWORD", "hunter"),
            ("DB_PASSWORD", "${OTHER_PASSWORD}"),
            ("APP_URL", "http://localhost:3000"),
            ("SECRET_URL", "http://localhost:3000/path"),
            ("CACHE_BYTES", "134217728"),
            ("TIMEOUT", "86400000"),
            ("SINCE", "2024-01-31"),
            ("MAIL_FROM", "noreply@example.org"),
            ("HOSTS", "a.example.org, b.example.org;localhost"),
            ("REGION", "eu-central-1"),
            ("FILL", "aaaaaaaaaaaaaaaaaaaaaa"),
            ("TITLE", "My Little Application"),
            ("LOG", "/var/log/app/production.log"),
        ] {
            assert!(
                is_trivial(name.as_bytes(), value.as_bytes()),
                "{name}={value}"
            );
        }
    }

    #[test]
    fn no_common_word_is_longer_than_the_limit() {
        let lengths = COMMON_WORDS.split_ascii_whitespace().map(str::len);
        assert_eq!(lengths.max(), Some(LONGEST_WORD));
    }

    #[test]
    fn secrets_are_not_trivial() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter22"),
            ("DB_PASSWORD", "xK4$p!"),
            ("DB_PASSWORD", "correct horse battery staple"),
            ("DATABASE_URL", "postgres://app:swordfish@db/app"),
            ("HOOK", "https://hooks.example.org/T02AB/k7Qz9vT2mXw4pL8s"),
            ("STRIPE", "k7Qz9vT2mXw4pL8sD3"),
            ("ID", "0f8fad5b-d9cb-469f-a165-70867728950e"),
            ("PIN", "48151623"),
        ] {
            assert!(
                !is_trivial(name.as_bytes(), value.as_bytes()),
                "{name}={value}"
            );
        }
    }

    #[test]
    fn in_a_log_words_count_too_where_they_are_not_common() {
        for (name, value) in [
            ("CODENAME", "bluebird"),
            ("GREETING", "hello world"),
            ("DB_PASSWORD", "hunter"),
            ("PIN_TOKEN", "481516"),
            ("DATABASE_HOST", "db.internal.example.org"),
            ("APP_URL", "https://app.example.org"),
            ("MAIL_FROM", "ada@example.org"),
            ("LOG", "/var/log/app/production.log"),
            ("CITY", "berlin"),
            ("CODE", "<k7Qz9>"),
            ("DB_PASSWORD", "${OTHER_PASSWORD}"),
        ] {
            assert!(
                !is_ordinary(name.as_bytes(), value.as_bytes()),
                "{name}={value}"
            );
        }
        for (name, value) in [
            ("DB_PASSWORD", "short"),
            ("DB_PASSWORD", "postgres"),
            ("DB_PASSWORD", "xxxxxxxx"),
            ("APP_ENV", "production"),
            ("HOST", "localhost"),
            ("PORT", "3000"),
            ("CACHE_BYTES", "134217728"),
            ("SINCE", "2024-01-31"),
        ] {
            assert!(
                is_ordinary(name.as_bytes(), value.as_bytes()),
                "{name}={value}"
            );
        }
    }

    #[test]
    fn the_password_of_a_url_is_found() {
        for (url, password) in [
            ("postgres://u:pw@h/d", Some("pw")),
            ("amqp://u:a@b@h", Some("a@b")),
            ("redis://:pw@h", Some("pw")),
            ("redis://:a/b@h", Some("a/b")),
            ("https://u@h/x:y", None),
            ("https://h:80/", None),
            ("https://u:@h", None),
        ] {
            let found = password_in(url.as_bytes());
            assert_eq!(found, password.map(str::as_bytes), "{url}");
        }
    }

    #[test]
    fn only_random_lines_of_a_long_value_tell_anything() {
        assert!(is_telling_line(
            b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"
        ));
        assert!(!is_telling_line(b"-----BEGIN PRIVATE KEY-----"));
        assert!(!is_telling_line(
            b"\"auth_uri\": \"https://accounts.example.org/o/oauth2/auth\","
        ));
    }
}
