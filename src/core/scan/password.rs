//! Which texts could be passwords that somebody chose, and which of those keep nobody out.

use super::random::{Look, is_random_hex, looks_random};
use super::value_form::{has_index, is_beyond_ascii, starts_like_path};

/// Passwords that keep nobody out and stand in documents and tests: as whole values, with digits and
/// punctuation around them.
const NOTHING: &str = "password passwort passwd pass pwd secret token key apikey test testing user \
    username admin administrator root guest default postgres postgresql mysql mariadb mongo mongodb \
    redis rabbitmq minio oracle sa letmein qwerty welcome login hello world foo bar baz abc asdf none \
    null nil true false undefined string text str value optional required empty hidden masked \
    unknown invalid wrong bad good new old my the a some any your yours this here mypassword mysecret \
    testpassword testpass testtoken testsecret testkey newpassword oldpassword userpassword adminpassword \
    rootpassword dbpassword dbpass secretpassword supersecret topsecret verysecret secretkey secrettoken \
    accesstoken authtoken refreshtoken bearer basic digest prod production dev development local localhost \
    staging disabled enabled somepassword anypassword strongpassword weakpassword correct incorrect \
    swordfish bearertoken mytoken mykey myapikey sometoken somesecret mysupersecret super very top \
    number object bool boolean int integer array bytes char varchar function var let const self \
    encrypted plain plaintext cleartext base64 hex json xml html yaml utf8 ascii sha256 sha512 md5 \
    hunter hunter2 p@ssw0rd p@ssword passw0rd pa55word";

/// Whether a password is one of the words that keep nobody out.
#[must_use]
pub fn is_word_for_nothing(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_listed = |word: &[u8]| {
        NOTHING
            .split_ascii_whitespace()
            .any(|held| held.as_bytes() == word)
    };
    let bare = lower.trim_ascii();
    let end = bare
        .iter()
        .rposition(u8::is_ascii_alphabetic)
        .map_or(0, |last| last + 1);
    let start = bare.iter().position(u8::is_ascii_alphabetic).unwrap_or(end);
    start >= end
        || is_listed(bare)
        || bare[start..end]
            .split(|byte| !byte.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .all(is_listed)
}

/// `MyRootPassw0rD`, `S3cret!123`: a password that says what it is stands in examples, unless the rest of
/// it is random.
#[must_use]
pub fn names_itself(value: &[u8]) -> bool {
    let plain = |byte: &u8| match byte.to_ascii_lowercase() {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'k' => b'c',
        b'+' | b'7' => b't',
        byte => byte,
    };
    let plain: Vec<u8> = value.iter().map(plain).collect();
    [
        &b"password"[..],
        b"passwd",
        b"passphrase",
        b"secret",
        b"seecret",
        b"secrit",
    ]
    .iter()
    .any(|word| {
        memchr::memmem::find(&plain, word).is_some_and(|at| {
            let rest = [&value[..at], &value[at + word.len()..]].concat();
            !looks_random(&rest)
        })
    })
}

/// Four times four letters, as Google shows its application passwords.
pub(super) fn is_grouped_word(value: &[u8]) -> bool {
    let groups = || value.split(|byte| *byte == b' ');
    value.len() == 19
        && groups().all(|group| group.len() == 4 && group.iter().all(u8::is_ascii_lowercase))
        && is_random_word(&Look::at(&groups().collect::<Vec<_>>().concat()))
}

/// Whether a value could be a password that somebody chose, and none that keeps nobody out: two
/// kinds of characters at least, no sentence, no path, no identifier.
#[must_use]
pub fn is_password(value: &[u8]) -> bool {
    let look = Look::at(value);
    let blanks = memchr::memchr_iter(b' ', value).count();
    if is_random_word(&look) {
        return true;
    }
    let is_wild = look.upper >= 2 && look.lower >= 2 && look.bits >= 4.8;
    let is_strange =
        is_wild || look.digits > 0 || value.iter().any(|b| b"!@#$%^&*?+=~|".contains(b));
    (6..=128).contains(&look.length)
        && look.distinct >= 5
        && look.classes() >= 2
        && look.lower + look.upper > 0
        && is_strange
        && blanks == 0
        && !is_word_for_nothing(value)
        && !is_path(value)
        && !is_list_of_words(value)
        && !is_exclamation(value)
        && (look.bits >= 4.0 || is_random_hex(value) || look.classes() >= 3)
        && !is_identifier(value, &look)
        && !is_beyond_ascii(value)
        && !has_index(value)
}

/// Lower-case letters that make no word: the application passwords of some mail providers.
fn is_random_word(look: &Look) -> bool {
    look.lower == look.length
        && (14..=40).contains(&look.length)
        && look.bits >= 5.4
        && look.is_varied()
}

/// `yes|no`, `ECDHE-PSK-SM4-CCM`, `\x2A\x86\x48`: alternatives, names of ciphers, bytes of a constant.
fn is_list_of_words(value: &[u8]) -> bool {
    let is_choice = value.contains(&b'|')
        && value
            .split(|byte| *byte == b'|')
            .all(|word| word.iter().all(u8::is_ascii_alphabetic));
    let is_cipher = memchr::memchr_iter(b'-', value).count() >= 2
        && value
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'-');
    // `20/m/ip,5/m/key`: figures and words, as limits are written.
    let is_limit = value.contains(&b'/')
        && value
            .split(|byte| matches!(byte, b'/' | b',' | b';'))
            .all(|part| {
                part.iter().all(u8::is_ascii_digit) || part.iter().all(u8::is_ascii_lowercase)
            });
    is_choice || is_limit || is_cipher || memchr::memmem::find_iter(value, b"\\x").count() >= 3
}

/// `Forgotten?`, `welcome!`: one word of a text for people.
fn is_exclamation(value: &[u8]) -> bool {
    value.split_last().is_some_and(|(last, word)| {
        matches!(last, b'!' | b'?')
            && word.iter().all(u8::is_ascii_alphabetic)
            && word.iter().skip(1).all(u8::is_ascii_lowercase)
    })
}

pub(super) fn looks_strong(value: &[u8]) -> bool {
    Look::at(value).classes() >= 3 || looks_random(value)
}

/// `user_name_2`, `Sha256Hasher`, `utf8`: words with a number.
fn is_identifier(value: &[u8], look: &Look) -> bool {
    let plain = value
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    plain
        && look.bits < 4.3
        && (look.upper == 0 || look.lower == 0 || look.digits < 3)
        && (value.contains(&b'_') || value.contains(&b'.') || value.contains(&b'-'))
}

fn is_path(value: &[u8]) -> bool {
    let endings: [&[u8]; 16] = [
        b".json", b".js", b".ts", b".py", b".yml", b".yaml", b".xml", b".html", b".png", b".txt",
        b".pem", b".key", b".md", b".rs", b".go", b".com",
    ];
    let is_file = || {
        let dot = memchr::memrchr(b'.', value).filter(|_| value.contains(&b'/'));
        dot.is_some_and(|dot| {
            let ending = &value[dot + 1..];
            (1..=5).contains(&ending.len()) && ending.iter().all(u8::is_ascii_lowercase)
        }) && !looks_random(value)
    };
    endings.iter().any(|ending| value.ends_with(ending))
        || is_file()
        || starts_like_path(value)
        || memchr::memmem::find(value, b"://").is_some()
        || memchr::memmem::find(value, b"::").is_some()
}
