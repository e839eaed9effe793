//! Which values of sensitive names count: the test of the value behind every generic rule.

use super::assignment::{Assignment, Written};
use super::placeholder::{is_placeholder, is_reference};
use super::random::{Look, is_random_hex, is_uuid, looks_random};
use super::scene::{Ground, Scene};
use super::sensitivity::{self, Sensitivity};

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

/// The kinds of generic findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generic {
    /// A password.
    Password,
    /// A token, key or secret.
    Secret,
}

/// What an assignment gives away, judged by its name first and its value second.
#[must_use]
pub fn judge(scene: &Scene<'_>, assignment: &Assignment) -> Option<Generic> {
    if scene.ground == Ground::Lock {
        return None;
    }
    let sensitivity = sensitivity::of(&scene.text[assignment.name.clone()]);
    if sensitivity == Sensitivity::None {
        return None;
    }
    let value = &scene.text[assignment.value.clone()];
    let is_bare = assignment.written != Written::Quoted;
    if assignment.written == Written::Aside && !stands_out(scene, value) {
        return None;
    }
    if stands_in_address(scene, assignment) {
        return None;
    }
    if value.len() < 5 || is_placeholder(value) || (is_bare && is_expression(scene, assignment)) {
        return None;
    }
    let counts = match sensitivity {
        Sensitivity::None => false,
        Sensitivity::Hint => {
            (is_token(value) || is_generated_phrase(value))
                && looks_random(value)
                && !is_random_hex(value)
        }
        Sensitivity::Secret => {
            is_token(value) && (looks_random(value) || is_random_hex(value) || is_uuid(value))
                || is_password(value)
                    && !is_token(value)
                    && value.len() >= 12
                    && !has_blanks(value)
                    && !is_code(value)
        }
        Sensitivity::Password => {
            is_password(value)
                && (!scene.is_test || looks_random(value) || is_random_hex(value))
                && (assignment.written != Written::Loose || looks_strong(value))
        }
    };
    let kind = match sensitivity {
        Sensitivity::Password => Generic::Password,
        _ => Generic::Secret,
    };
    counts.then_some(kind)
}

/// Whether a value among other words of a document or a configuration is nothing but a secret.
fn stands_out(scene: &Scene<'_>, value: &[u8]) -> bool {
    scene.ground == Ground::Config && value.len() >= 8 && is_token(value) && looks_random(value)
}

/// Whether a bare value is part of an address: of a badge, whose token shows a picture and nothing
/// else, or of a resource of AWS (`arn:…:secret:name`).
fn stands_in_address(scene: &Scene<'_>, assignment: &Assignment) -> bool {
    const REACH: usize = 160;
    let start = assignment.name.start;
    let line = scene.line_around(start, REACH);
    let before = scene.text[line.start..start]
        .rsplit(|byte| byte.is_ascii_whitespace() || b"\"'`=".contains(byte))
        .next()
        .unwrap_or_default();
    assignment.written == Written::Bare
        && (before.starts_with(b"arn:")
            || (before.ends_with(b"?") && memchr::memmem::find(before, b"badge").is_some()))
}

/// What `WordPress` makes for its keys and salts: 64 printable characters of all kinds, blanks too.
fn is_generated_phrase(value: &[u8]) -> bool {
    let look = Look::at(value);
    (40..=128).contains(&look.length)
        && look.classes() == 4
        && look.bits >= 5.2
        && memchr::memchr_iter(b' ', value).count() <= 8
        && value.iter().all(|byte| (b' '..=b'~').contains(byte))
        && !value.iter().any(|byte| b"\\\"'`".contains(byte))
}

/// One run of the characters that generated tokens are made of.
fn is_token(value: &[u8]) -> bool {
    let at_most = |mark: u8, count: usize| memchr::memchr_iter(mark, value).count() <= count;
    value.len() <= 512
        && value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.:~!@#$%^&*?|".contains(byte))
        && at_most(b'.', 4)
        && !starts_like_path(value)
        && memchr::memmem::find(value, b"://").is_none()
}

/// `/etc/x`, `./x`, `../x`, `~/x`; base64 may begin with a slash, too.
fn starts_like_path(value: &[u8]) -> bool {
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
fn is_code(value: &[u8]) -> bool {
    let has = |bytes: &[u8]| value.iter().any(|byte| bytes.contains(byte));
    has(b"\\\"'`")
        || has_index(value)
        || memchr::memmem::find(value, b"()").is_some()
        || (has(b"{}") && has(b"()"))
}

/// `[0]`, `[]`, `['']`.
fn has_index(value: &[u8]) -> bool {
    value
        .windows(4)
        .any(|part| part[0] == b'[' && part[1..].contains(&b']'))
}

/// Whether a value holds letters beyond ASCII, as they are or as JSON escapes them (`\u00f1`): words
/// of a language, such as labels in translations.
fn is_beyond_ascii(value: &[u8]) -> bool {
    !value.is_ascii()
        || memchr::memmem::find_iter(value, b"\\u").any(|at| {
            let code = value.get(at + 2..at + 4);
            code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit) && code != b"00")
                || value
                    .get(at + 2..at + 5)
                    .is_some_and(|code| code.starts_with(b"00") && !matches!(code[2], b'0'..=b'7'))
        })
}

fn has_blanks(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_whitespace)
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

/// `Forgotten?`, `welcome!`: one word of a text for people.
fn is_exclamation(value: &[u8]) -> bool {
    value.split_last().is_some_and(|(last, word)| {
        matches!(last, b'!' | b'?')
            && word.iter().all(u8::is_ascii_alphabetic)
            && word.iter().skip(1).all(u8::is_ascii_lowercase)
    })
}

fn looks_strong(value: &[u8]) -> bool {
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
    endings.iter().any(|ending| value.ends_with(ending))
        || starts_like_path(value)
        || memchr::memmem::find(value, b"://").is_some()
        || memchr::memmem::find(value, b"::").is_some()
}

/// `AZD_WIFI_RSSI2`: a constant's name.
fn is_constant(value: &[u8]) -> bool {
    value.contains(&b'_')
        && value
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// Whether a bare value is an expression of a program rather than a literal.
fn is_expression(scene: &Scene<'_>, assignment: &Assignment) -> bool {
    let value = &scene.text[assignment.value.clone()];
    let calls = value
        .iter()
        .any(|byte| matches!(byte, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'\\'));
    let next = scene.text.get(assignment.value.end);
    if calls || is_reference(value) || matches!(next, Some(b'(' | b'[' | b'`')) {
        return true;
    }
    match scene.ground {
        Ground::Code if is_constant(value) => true,
        Ground::Code => {
            let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_');
            !(value.iter().all(word) && looks_random(value) && value[0].is_ascii_alphanumeric())
        }
        _ => value.contains(&b'.') && !looks_random(value) && !value.iter().any(u8::is_ascii_digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str, text: &str) -> Option<Generic> {
        let scene = Scene::new(text.as_bytes(), path.as_bytes());
        let lower = text.to_lowercase();
        let at = ["passw", "pwd", "secret", "token", "key", "auth", "pass"]
            .iter()
            .find_map(|word| lower.find(word))?;
        judge(&scene, &scene.assignment_at(at)?)
    }

    #[test]
    fn names_and_values_decide_together() {
        for text in [
            "DB_PASSWORD=Tr0ub4dor&3",
            "password: 'w1nterIsHere'",
            "\"password\": \"x9$kLm2!\"",
            "<password>Rz7kPq2m</password>",
        ] {
            assert_eq!(kind("app.yml", text), Some(Generic::Password), "{text}");
        }
        for text in [
            "api_key = \"k7Qz9vT2mXw4pL8sD3\"",
            "CLIENT_SECRET=9f86d081884c7d659a2feaa0c55ad015",
            "token: hT8s0kQ2pLxV9dYb3Rw6",
            "secret = 'q)w8^ke$3v!m0@z1r'",
        ] {
            assert_eq!(kind("app.yml", text), Some(Generic::Secret), "{text}");
        }
    }

    #[test]
    fn ordinary_lines_are_let_through() {
        for text in [
            "password = getpass.getpass()",
            "password: String,",
            "password = \"\"",
            "password = 'password123'",
            "password = \"Enter your password2: \"",
            "token = lexer.next_token2()",
            "token_type = 'k7Qz9vT2mXw4pL8sD3'",
            "key: 'user_profile_2'",
            "public_key = 'k7Qz9vT2mXw4pL8sD3'",
            "key = 9f86d081884c7d659a2feaa0c55ad015",
            "password: ${DB_PASSWORD}",
            "secret = vault.read('x1')",
            "secretKeyRef: my-app-secret-1",
            "auth = HmacSha256Authenticator",
            "passwordFile: /run/secrets/db_password_1",
        ] {
            assert_eq!(kind("app.yml", text), None, "{text}");
        }
        assert_eq!(kind("a.rs", "password = form.password2"), None);
        assert_eq!(kind("yarn.lock", "token: hT8s0kQ2pLxV9dYb3Rw6"), None);
        assert_eq!(kind("a_test.go", "password := \"letMeIn7x\""), None);
    }
}
