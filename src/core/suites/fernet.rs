//! The exchange suite: Fernet tokens, <https://github.com/fernet/spec>, version 0x80: AES-**128** in
//! CBC mode and HMAC-SHA256, whatever is often claimed of its strength.
//!
//! Any Fernet library opens these tokens with the master key itself. They bind no names, carry no
//! key id, and hide lengths only to 16 bytes.
//!
//! # Deviation
//! The spec wants a random IV and the time. Sealing must be deterministic: the time is 0 and the IV
//! a MAC of what is sealed. The `fernet` crate takes no IV, so it only opens: a second opinion.

use std::sync::LazyLock;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockEncryptMut as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, Mac as _};
use memchr::memmem::Finder;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Suite;
use crate::core::key::SealKey;
use crate::core::token::{Address, NotAuthentic, Sighting, Token};

/// What every token of this suite starts with: version 0x80 and eight zero bytes of time. Tokens
/// with a real time are somebody else's values, and sealed like any other.
pub const TOKEN_PREFIX: &[u8] = b"gAAAAAAAAAAA";
/// Where tokens start. Sought in every line: to make a searcher costs more than to search one.
pub static TOKEN_START: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(TOKEN_PREFIX));

const VERSION: u8 = 0x80;
const BLOCK_BYTES: usize = 16;
/// Version, time, IV and MAC.
const FRAME_BYTES: usize = 1 + 8 + BLOCK_BYTES + 32;

/// A token with time 0 and an IV that depends on everything sealed.
pub(super) fn seal(key: &SealKey, address: Address<'_>, plain: &[u8]) -> Vec<u8> {
    let mut mac = hmac(key.fernet_iv());
    for part in [
        address.kind.as_str().as_bytes(),
        &[0],
        address.name,
        &[0],
        plain,
    ] {
        mac.update(part);
    }
    let iv = mac.finalize().into_bytes();
    let iv = *iv.first_chunk().expect("a SHA-256 MAC has 32 bytes");
    token(key, plain, iv, 0)
}

/// A token of the Fernet spec under the master key: `time` in seconds since 1970. Its `iv` must be
/// random, or as good as that.
pub(crate) fn token(key: &SealKey, plain: &[u8], iv: [u8; BLOCK_BYTES], time: u64) -> Vec<u8> {
    let (signing, encryption) = key.master().bytes().split_at(BLOCK_BYTES);
    let mut body = Vec::with_capacity(FRAME_BYTES + plain.len() + BLOCK_BYTES);
    body.push(VERSION);
    body.extend_from_slice(&time.to_be_bytes());
    body.extend_from_slice(&iv);
    let ciphertext = cbc::Encryptor::<aes::Aes128>::new(encryption.into(), &iv.into())
        .encrypt_padded_vec_mut::<Pkcs7>(plain);
    body.extend_from_slice(&ciphertext);
    let mac = hmac(signing).chain_update(&body).finalize();
    body.extend_from_slice(&mac.into_bytes());
    URL_SAFE.encode(body).into_bytes()
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length (RFC 2104)")
}

/// Opens a token of the Fernet spec, whatever its time.
pub(crate) fn open(key: &SealKey, token: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    let token = std::str::from_utf8(token).map_err(|_| NotAuthentic)?;
    let fernet = fernet::Fernet::new(&key.master().to_text()).ok_or(NotAuthentic)?;
    // The latest `now` that the crate can add its minute of clock skew to: no time is too late.
    let now = u64::MAX - 60;
    fernet
        .decrypt_at_time(token, None, now)
        .map(Zeroizing::new)
        .map_err(|_| NotAuthentic)
}

/// The time that a well-formed token carries, in seconds since 1970; nothing proves it before the
/// token is opened.
pub(crate) fn time(token: &[u8]) -> u64 {
    let start = token.get(..12).and_then(|text| URL_SAFE.decode(text).ok());
    start
        .and_then(|bytes| bytes.get(1..)?.first_chunk().copied())
        .map_or(0, u64::from_be_bytes)
}

/// Whether this is exactly one token of this suite.
pub(crate) fn is_token(text: &[u8]) -> bool {
    text.starts_with(TOKEN_PREFIX) && is_well_formed(text)
}

/// See [`super::sight`].
pub(super) fn sight(text: &[u8]) -> Sighting<'_> {
    match sight_file(text) {
        Sighting::Plain if embeds_token(text) => Sighting::Embedded,
        sighting => sighting,
    }
}

/// See [`super::sight_file`].
pub(super) fn sight_file(content: &[u8]) -> Sighting<'_> {
    if !content.starts_with(TOKEN_PREFIX) {
        Sighting::Plain
    } else if is_well_formed(content) {
        Sighting::Token(Token {
            suite: Suite::Fernet,
            key_id: None,
            text: content,
        })
    } else {
        Sighting::Malformed
    }
}

/// A token with something around it; what goes on in front of it is other base64, and no token.
fn embeds_token(text: &[u8]) -> bool {
    TOKEN_START.find_iter(text).any(|at| {
        let goes_on = at > 0 && is_base64(text[at - 1]);
        let run = text[at..]
            .iter()
            .take_while(|byte| is_base64(**byte))
            .count();
        let padding = text[at + run..]
            .iter()
            .take_while(|byte| **byte == b'=')
            .count();
        !goes_on && is_well_formed(&text[at..at + run + padding])
    })
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/')
}

/// Canonical URL-safe base64 of a version 0x80 token with at least one block.
pub(crate) fn is_well_formed(text: &[u8]) -> bool {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let bytes = (text.len() / 4 * 3).saturating_sub(padding);
    let blocks = bytes.saturating_sub(FRAME_BYTES);
    if !text.len().is_multiple_of(4)
        || padding > 2
        || blocks == 0
        || !blocks.is_multiple_of(BLOCK_BYTES)
    {
        return false;
    }
    let decoded = |from: usize| URL_SAFE.decode(&text[from..from + 4]).ok();
    // The last four characters show whether the spelling is the canonical one.
    decoded(0).is_some_and(|start| start[0] == VERSION)
        && decoded(text.len() - 4).is_some()
        && text[..text.len() - padding]
            .iter()
            .all(|byte| is_base64(*byte) && !matches!(byte, b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::key::MasterKey;
    use crate::core::token::Kind;

    fn key(byte: u8) -> SealKey {
        SealKey::derive(MasterKey::from_bytes([byte; 32]))
    }

    fn sealed(plain: &[u8]) -> Vec<u8> {
        seal(&key(1), Address::value(b"A"), plain)
    }

    #[test]
    fn what_only_looks_like_a_token_is_told_apart() {
        let token = sealed(b"x");
        assert!(matches!(sight(&token), Sighting::Token(token) if token.key_id.is_none()));
        assert_eq!(sight(&token[..token.len() - 1]), Sighting::Malformed);
        assert_eq!(sight(TOKEN_PREFIX), Sighting::Malformed);
        assert_eq!(
            sight(&[b"'", token.as_slice(), b"'"].concat()),
            Sighting::Embedded
        );
        assert_eq!(sight(&[b"x/", token.as_slice()].concat()), Sighting::Plain);
        assert_eq!(sight(b"gAAAAA"), Sighting::Plain);
        assert_eq!(sight(b""), Sighting::Plain);
    }

    #[test]
    fn a_token_with_a_real_time_is_somebody_elses_value() {
        let theirs = token(&key(1), b"x", [7; 16], 1_700_000_000);
        assert_eq!(sight(&theirs), Sighting::Plain);
        assert_eq!(open(&key(1), &theirs).expect("opens").as_slice(), b"x");
    }

    #[test]
    fn the_iv_depends_on_kind_and_name_and_the_opening_does_not() {
        let other = seal(&key(1), Address::value(b"B"), b"x");
        let line = seal(&key(1), Address::nameless(Kind::Line), b"x");
        assert_ne!(sealed(b"x"), other);
        assert_ne!(sealed(b"x"), line);
        assert_eq!(open(&key(1), &other).expect("opens").as_slice(), b"x");
        assert_eq!(open(&key(2), &other), Err(NotAuthentic));
    }

    #[test]
    fn a_token_has_one_spelling() {
        let token = sealed(b"x");
        let at = token
            .iter()
            .rposition(|byte| *byte != b'=')
            .expect("not empty");
        let spellings = (b'0'..=b'z').filter(|byte| {
            let mut other = token.clone();
            other[at] = *byte;
            is_token(&other) && open(&key(1), &other).is_ok()
        });
        assert_eq!(spellings.collect::<Vec<_>>(), [token[at]]);
    }

    proptest! {
        #[test]
        fn every_byte_sequence_comes_back(plain: Vec<u8>, name: Vec<u8>) {
            let token = seal(&key(3), Address::value(&name), &plain);
            prop_assert!(is_token(&token));
            let opened = open(&key(3), &token).expect("opens");
            prop_assert_eq!(&*opened, &plain);
        }

        #[test]
        fn a_flipped_bit_never_opens(plain: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let mut token = sealed(&plain);
            let at = at.index(token.len());
            token[at] ^= 1 << bit;
            prop_assert!(!is_token(&token) || open(&key(1), &token).is_err());
        }
    }
}
