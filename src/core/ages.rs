//! What a value says, apart from how it is written.

use super::dotenv;

/// A value without its quotes, blanks and inline comment: the text that a loader would find, escapes
/// untouched.
#[must_use]
pub fn content(secret: &[u8]) -> &[u8] {
    if let Some(quoted) = dotenv::quoted(secret) {
        return quoted.inner;
    }
    let end = secret
        .iter()
        .enumerate()
        .position(|(at, byte)| *byte == b'#' && (at == 0 || dotenv::is_blank(secret[at - 1])))
        .unwrap_or(secret.len());
    secret[..end].trim_ascii()
}
