//! Which values of sensitive names count: the test of the value behind every generic rule.

use super::assignment::{Assignment, Written};
use super::filler::is_typed_at_random;
use super::password::{is_grouped_word, is_password, looks_strong, names_itself};
use super::placeholder::{is_placeholder, is_reference};
use super::random::{Look, is_random_hex, is_uuid, looks_random};
use super::scene::{Ground, Scene};
use super::sensitivity::{self, Sensitivity};
use super::value_form::{
    has_blanks, is_code, is_encoded_text, is_escaped_bytes, is_generated_phrase, is_rest_of_code,
    is_token,
};
use super::web_token::begins_like_web_token;

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
    // Within base64 that is broken by blanks, `…+key` names nothing.
    let is_in_blob = scene.text[..assignment.name.start].ends_with(b"+")
        || scene.text[..assignment.name.start].ends_with(b"/");
    if assignment.written == Written::Aside && (is_in_blob || !stands_out(scene, value)) {
        return None;
    }
    if stands_in_address(scene, assignment) {
        return None;
    }
    let name = &scene.text[assignment.name.clone()];
    if value.len() < 5
        || value.eq_ignore_ascii_case(name)
        || is_placeholder(value)
        || (is_bare && (is_expression(scene, assignment) || is_next_assignment(scene, assignment)))
        || is_typed_at_random(value)
        || begins_like_web_token(value)
        || (scene.is_test && (!stands_out_in_test(value) || scene.repeats(&assignment.value)))
    {
        return None;
    }
    if is_example_in_python(scene, assignment) && !stands_out_in_test(value) {
        return None;
    }
    let is_hex = is_random_hex(value) || is_uuid(value);
    // Bare in a program, it is no literal but an example in a document of it.
    if is_hex && (is_bare && scene.ground == Ground::Code || assignment.written == Written::Aside) {
        return None;
    }
    // `Name type` declares; `--name value` in a comment or a command gives.
    let declares = assignment.written == Written::Loose && !name.starts_with(b"-");
    if declares && scene.ground == Ground::Code {
        return None;
    }
    let counts = match sensitivity {
        Sensitivity::None => false,
        Sensitivity::Hint => {
            !scene.is_test
                && (is_token(value) || is_generated_phrase(value))
                && value.len() >= if sensitivity::is_salt(name) { 24 } else { 12 }
                && looks_random(value)
                && !is_hex
                && !is_encoded_text(value)
        }
        Sensitivity::Secret => {
            is_token(value) && (looks_random(value) || is_hex) && !is_encoded_text(value)
                || is_password(value)
                    && !is_token(value)
                    && value.len() >= 12
                    && value.iter().any(u8::is_ascii_lowercase)
                    && !has_blanks(value)
                    && !is_code(value)
                || is_escaped_bytes(value)
        }
        Sensitivity::Password => {
            (is_password(value) || is_grouped_word(value))
                && !names_itself(value)
                && !is_rest_of_code(value)
                && (assignment.written != Written::Loose || looks_strong(value))
        }
    };
    let kind = match sensitivity {
        Sensitivity::Password => Generic::Password,
        _ => Generic::Secret,
    };
    counts.then_some(kind)
}

/// Whether a value in a test is more than what tests are full of: words with figures, short random
/// texts, hashes.
pub(super) fn stands_out_in_test(value: &[u8]) -> bool {
    value.len() >= 16
        && Look::at(value).classes() >= 3
        && looks_random(value)
        && !is_random_hex(value)
        && !is_uuid(value)
}

/// `name: value` without quotes around the name is no statement of Python but YAML in a document of it;
/// `name: str = value` is one.
fn is_example_in_python(scene: &Scene<'_>, assignment: &Assignment) -> bool {
    let before = assignment.name.start.checked_sub(1);
    let between = &scene.text[assignment.name.end..assignment.value.start];
    scene.is_python
        && between.trim_ascii_start().starts_with(b":")
        && !between.contains(&b'=')
        && before.is_none_or(|at| !b"\"'`".contains(&scene.text[at]))
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

/// `PASSWORD= FILTER=all command`: nothing is assigned, and then something else is.
fn is_next_assignment(scene: &Scene<'_>, assignment: &Assignment) -> bool {
    let value = &scene.text[assignment.value.clone()];
    let is_name = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
    let length = value.iter().take_while(|byte| is_name(byte)).count();
    let is_behind_blank = scene.text[..assignment.value.start].ends_with(b"= ");
    is_behind_blank && length >= 2 && value[length..].starts_with(b"=")
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
            "app.secret_key = b'_5#y2LF4Q8z\\n\\xec]9Kd/'",
            "token: azdROXp2VDJtWHc0cEw4c0Qz",
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
            "password: MyRootPassw0rD",
            "password: 'WrongP@ssword123'",
            "(\"v3AuthPass\", \"v3AuthPass\")",
            "api_token: SGVsbG8gZnJvbSBHb29nbGUgQ2xvdWQgUGxhdGZvcm0=",
            "\"token_requests\": \"List[StorageV1TokenRequest]\"",
        ] {
            assert_eq!(kind("app.yml", text), None, "{text}");
        }
        assert_eq!(kind("a.rs", "password = form.password2"), None);
        assert_eq!(kind("yarn.lock", "token: hT8s0kQ2pLxV9dYb3Rw6"), None);
        assert_eq!(kind("a.py", "  password: 'Cisco#123'"), None);
        assert_eq!(
            kind("a.py", "password: str = 'Cisco#123'"),
            Some(Generic::Password)
        );
        assert_eq!(kind("a_test.go", "password := \"letMeIn7x\""), None);
    }
}
