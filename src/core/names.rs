//! Names of variables: which of them look sensitive, and patterns over names.

/// Words that make a name look sensitive wherever they stand in it.
pub const SENSITIVE_WORDS: [&str; 19] = [
    "PASSWORD",
    "PASSWD",
    "PWD",
    "SECRET",
    "TOKEN",
    "KEY",
    "CREDENTIAL",
    "AUTH",
    "PRIVATE",
    "DSN",
    "CERT",
    "SALT",
    "SIGNATURE",
    "PASSPHRASE",
    "COOKIE",
    "SESSION",
    "WEBHOOK",
    "CONNECTION_STRING",
    "DATABASE_URL",
];

/// Whether a name looks sensitive: it holds one of [`SENSITIVE_WORDS`] or of `more`, in any case.
#[must_use]
pub fn is_sensitive(name: &[u8], more: &[String]) -> bool {
    let name = name.to_ascii_uppercase();
    let holds =
        |word: &str| memchr::memmem::find(&name, word.to_ascii_uppercase().as_bytes()).is_some();
    SENSITIVE_WORDS.iter().any(|word| holds(word)) || more.iter().any(|word| holds(word))
}

/// Whether a pattern has a wildcard.
#[must_use]
pub fn is_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether `pattern` covers the whole name; `*` stands for any run of bytes, `?` for one byte.
#[must_use]
pub fn matches(pattern: &[u8], name: &[u8]) -> bool {
    matches_by(pattern, name, u8::eq)
}

/// The same, whatever the case.
#[must_use]
pub fn matches_ignoring_case(pattern: &[u8], name: &[u8]) -> bool {
    matches_by(pattern, name, u8::eq_ignore_ascii_case)
}

fn matches_by(pattern: &[u8], name: &[u8], is_same: impl Fn(&u8, &u8) -> bool) -> bool {
    // Most names differ at an end.
    let may_end = |pattern: Option<&u8>, name: Option<&u8>| match pattern {
        Some(b'*' | b'?') => true,
        Some(pattern) => name.is_some_and(|name| is_same(pattern, name)),
        None => name.is_none(),
    };
    if !may_end(pattern.first(), name.first()) || !may_end(pattern.last(), name.last()) {
        return false;
    }
    // Linear in practice and never exponential: only the latest `*` is ever tried again.
    let (mut p, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || is_same(byte, &name[n]) => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_words_are_found_anywhere_in_any_case() {
        assert!(is_sensitive(b"db_password_2", &[]));
        assert!(is_sensitive(b"X_API_KEY", &[]));
        assert!(!is_sensitive(b"PORT", &[]));
        assert!(is_sensitive(b"CARD_PIN", &["pin".to_owned()]));
    }

    #[test]
    fn wildcards_cover_whole_names() {
        for (pattern, name, expected) in [
            ("PORT", "PORT", true),
            ("PORT", "PORT2", false),
            ("NEXT_PUBLIC_*", "NEXT_PUBLIC_URL", true),
            ("NEXT_PUBLIC_*", "A_NEXT_PUBLIC_URL", false),
            ("*_URL", "A_URL_B_URL", true),
            ("A?C", "ABC", true),
            ("A?C", "AC", false),
            ("*", "", true),
            ("", "", true),
            ("", "A", false),
            ("A", "", false),
            ("?", "", false),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), name.as_bytes()),
                expected,
                "{pattern} {name}"
            );
            let lower = name.to_ascii_lowercase();
            assert_eq!(
                matches_ignoring_case(pattern.as_bytes(), lower.as_bytes()),
                expected,
                "{pattern} {lower}"
            );
        }
    }
}
