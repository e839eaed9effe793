//! JSON Web Tokens (RFC 7519): which of them a service may have issued, and which are examples.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::filler::is_filler;
use super::random::holds_random;

const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Times that a token tells are seconds since 1970: from 2001 on they have ten digits.
const FIRST_TIME: f64 = 1e9;
/// A token without a time that claims less than this, in bytes of JSON, is an example.
const LEAST_CLAIMS: usize = 60;

/// What a token says.
struct Token {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

fn read(token: &[u8]) -> Option<Token> {
    let mut parts = token.split(|byte| *byte == b'.');
    let mut json = || serde_json::from_slice(&URL_SAFE.decode(parts.next()?).ok()?).ok();
    Some(Token {
        header: json()?,
        claims: json()?,
    })
}

/// Whether a text is a signed token that claims something which no document claims: a subject, and a
/// time or enough else.
#[must_use]
pub fn is_web_token(token: &[u8]) -> bool {
    let Some(Token { header, claims }) = read(token) else {
        return false;
    };
    let is_signed = header.get("alg").is_some_and(|alg| alg != "none");
    // Documents sign `{"some": "payload"}`.
    let is_claim = claims.len() >= 2 || claims.contains_key("sub");
    is_signed && is_claim && !is_example(&claims)
}

/// Whether a token has a number in it that only a service gives: an id, a key's name.
#[must_use]
pub fn carries_an_id(token: &[u8]) -> bool {
    read(token).is_some_and(|Token { header, claims }| {
        let texts = header.values().chain(claims.values());
        texts
            .filter_map(Value::as_str)
            .any(|text| holds_random(text.as_bytes()))
    })
}

/// Whether a text begins as a token does, with a header that names its algorithm; it may be cut off, or
/// hold something else than claims.
#[must_use]
pub fn begins_like_web_token(text: &[u8]) -> bool {
    let Some(dot) = memchr::memchr(b'.', text).filter(|_| text.starts_with(b"eyJ")) else {
        return false;
    };
    let header = URL_SAFE.decode(&text[..dot]).ok();
    header.is_some_and(|header| memchr::memmem::find(&header, b"\"alg\"").is_some())
}

/// `{"foo":"bar","nbf":1444478400}`, `{"sub":"1234567890","name":"John Doe"}`, `{"iss":"issuer","sub":"subject"}`.
fn is_example(claims: &Map<String, Value>) -> bool {
    const NAMES: [&str; 6] = ["foo", "bar", "baz", "some", "hello", "test"];
    let is_nobody = |text: &str| {
        is_filler(text.as_bytes())
            || matches!(text, "John Doe" | "Jane Doe")
            || NAMES.contains(&text)
    };
    let names_nobody = claims.iter().any(|(name, value)| {
        NAMES.contains(&name.as_str()) || value.as_str().is_some_and(is_nobody)
    });
    let has_time = claims.values().any(|value| match value {
        Value::Number(number) => number.as_f64().is_some_and(|time| time >= FIRST_TIME),
        _ => false,
    });
    let has_id = claims.values().filter_map(Value::as_str).any(|text| {
        holds_random(text.as_bytes())
            || text.len() >= 10 && text.bytes().all(|byte| byte.is_ascii_digit())
    });
    let length = || serde_json::to_vec(claims).map_or(0, |text| text.len());
    names_nobody || (!has_time && !has_id && length() < LEAST_CLAIMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> Vec<u8> {
        let part = |text: &str| URL_SAFE.encode(text);
        format!("{}.{}.c2ln", part(header), part(claims)).into_bytes()
    }

    #[test]
    fn a_token_claims_something_that_documents_do_not() {
        let holds = |header, claims| is_web_token(&token(header, claims));
        assert!(holds(
            "{\"alg\":\"HS256\"}",
            "{\"sub\":\"1\",\"iat\":1700000000}"
        ));
        assert!(holds(
            "{\"alg\":\"RS256\"}",
            "{\"sub\":\"5527183046\",\"admin\":true}"
        ));
        for claims in [
            "{\"some\":\"payload\"}",
            "{\"foo\":\"bar\",\"nbf\":1444478400}",
            "{\"sub\":\"1234567890\",\"name\":\"Joe\",\"iat\":1516239022}",
            "{\"iss\":\"issuer\",\"sub\":\"subject\"}",
            "{\"iss\":\"https://auth.example.com\",\"exp\":1700000000}",
        ] {
            assert!(!holds("{\"alg\":\"HS256\"}", claims), "{claims}");
        }
        assert!(!holds(
            "{\"alg\":\"none\"}",
            "{\"sub\":\"1\",\"iat\":1700000000}"
        ));
        assert!(!holds(
            "{\"typ\":\"JWT\"}",
            "{\"sub\":\"1\",\"iat\":1700000000}"
        ));
    }

    #[test]
    fn an_id_in_a_token_is_seen_and_a_cut_token_is_known() {
        let with = token(
            "{\"alg\":\"HS256\",\"kid\":\"k7Qz9vT2mXw4pL8s\"}",
            "{\"sub\":\"ann\"}",
        );
        let without = token(
            "{\"alg\":\"HS256\"}",
            "{\"sub\":\"ann\",\"iat\":1700000000}",
        );
        assert!(carries_an_id(&with) && !carries_an_id(&without));
        assert!(begins_like_web_token(&without[..without.len() - 6]));
        assert!(
            !begins_like_web_token(b"eyJhbGciOiJIUzI1NiJ9") && !begins_like_web_token(b"a.b.c")
        );
    }
}
