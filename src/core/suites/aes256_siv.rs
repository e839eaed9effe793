//! The default suite: AES-256 in SIV mode, `AEAD_AES_SIV_CMAC_512` of RFC 5297.
//!
//! Deterministic on purpose: git must see the same bytes for the same content, or files would stay
//! modified for ever. Equal values under equal names therefore give equal tokens.

use aes_siv::KeyInit as _;
use aes_siv::siv::Aes256Siv;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use memchr::memmem;
use zeroize::Zeroizing;

use super::Suite;
use crate::core::key::{KeyId, SealKey};
use crate::core::token::{Address, Kind, NotAuthentic, Sighting, Token};

/// What every token starts with.
pub const TOKEN_PREFIX: &[u8] = b"seal1:";
/// What every sealed opaque file starts with.
pub const FILE_MAGIC: &[u8] = b"\x00git-seal\x01";

const SCHEME: &[u8] = b"git-seal/v1";
const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
/// Version, key id, synthetic IV.
const HEADER_BYTES: usize = 1 + 8 + TAG_BYTES;
/// The smallest padding bucket in bytes.
const MIN_BUCKET: usize = 32;

/// `seal1:` and base64url of version, key id, synthetic IV and ciphertext.
#[must_use]
pub fn seal(key: &SealKey, address: Address<'_>, plain: &[u8]) -> Vec<u8> {
    let body = Zeroizing::new(pad(plain));
    let sealed = encrypt(key, address, &body, &[]);
    let mut token = TOKEN_PREFIX.to_vec();
    token.resize(TOKEN_PREFIX.len() + (sealed.len() * 4).div_ceil(3), 0);
    URL_SAFE_NO_PAD
        .encode_slice(&sealed, &mut token[TOKEN_PREFIX.len()..])
        .expect("the slice has the exact encoded length");
    token
}

/// [`FILE_MAGIC`], version, key id, synthetic IV and ciphertext; no padding.
#[must_use]
pub fn seal_file(key: &SealKey, plain: &[u8]) -> Vec<u8> {
    encrypt(key, Address::nameless(Kind::File), plain, FILE_MAGIC)
}

/// See [`super::sight`].
#[must_use]
pub fn sight(text: &[u8]) -> Sighting<'_> {
    if let Some(encoded) = text.strip_prefix(TOKEN_PREFIX) {
        return match well_formed(encoded) {
            Some(key_id) => Sighting::Token(Token {
                suite: Suite::Aes256Siv,
                key_id: Some(key_id),
                text,
            }),
            None => Sighting::Malformed,
        };
    }
    let embedded = memmem::find_iter(text, TOKEN_PREFIX).any(|at| {
        let rest = &text[at + TOKEN_PREFIX.len()..];
        let end = rest
            .iter()
            .position(|byte| !is_base64url(*byte))
            .unwrap_or(rest.len());
        well_formed(&rest[..end]).is_some()
    });
    if embedded {
        Sighting::Embedded
    } else {
        Sighting::Plain
    }
}

/// See [`super::open`].
///
/// # Errors
/// When it does not authenticate.
pub fn open(
    key: &SealKey,
    address: Address<'_>,
    token: &[u8],
) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    let encoded = token.strip_prefix(TOKEN_PREFIX).ok_or(NotAuthentic)?;
    let sealed = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NotAuthentic)?;
    let mut body = decrypt(key, address, &sealed)?;
    let length = unpadded_length(&body).ok_or(NotAuthentic)?;
    body.truncate(length);
    Ok(body)
}

/// See [`super::sight_file`].
pub fn sight_file(content: &[u8]) -> Sighting<'_> {
    let Some(sealed) = content.strip_prefix(FILE_MAGIC) else {
        return Sighting::Plain;
    };
    match sealed {
        [VERSION, id @ ..] if sealed.len() >= HEADER_BYTES => Sighting::Token(Token {
            suite: Suite::Aes256Siv,
            key_id: id.first_chunk().copied().map(KeyId),
            text: content,
        }),
        _ => Sighting::Malformed,
    }
}

/// See [`super::open_file`].
///
/// # Errors
/// When it does not authenticate.
pub fn open_file(key: &SealKey, content: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    let sealed = content.strip_prefix(FILE_MAGIC).ok_or(NotAuthentic)?;
    decrypt(key, Address::nameless(Kind::File), sealed)
}

fn encrypt(key: &SealKey, address: Address<'_>, body: &[u8], magic: &[u8]) -> Vec<u8> {
    let head = magic.len() + HEADER_BYTES;
    let mut out = Vec::with_capacity(head + body.len());
    out.extend_from_slice(magic);
    out.push(VERSION);
    out.extend_from_slice(&key.id().0);
    out.extend_from_slice(&[0; TAG_BYTES]);
    out.extend_from_slice(body);
    let tag = Aes256Siv::new(key.siv().into())
        .encrypt_in_place_detached(associated_data(address), &mut out[head..])
        .expect("three components are below the limit of 126 (RFC 5297 section 7)");
    out[head - TAG_BYTES..head].copy_from_slice(&tag);
    out
}

fn decrypt(
    key: &SealKey,
    address: Address<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    let (header, ciphertext) = sealed.split_at_checked(HEADER_BYTES).ok_or(NotAuthentic)?;
    let (version, id_and_tag) = header.split_first().ok_or(NotAuthentic)?;
    let (id, tag) = id_and_tag.split_at(8);
    if *version != VERSION || id != key.id().0 {
        return Err(NotAuthentic);
    }
    let mut body = Zeroizing::new(ciphertext.to_vec());
    Aes256Siv::new(key.siv().into())
        .decrypt_in_place_detached(associated_data(address), &mut body, tag.into())
        .map_err(|_| NotAuthentic)?;
    Ok(body)
}

/// A vector of three components; an empty name is still a component.
fn associated_data(address: Address<'_>) -> [&[u8]; 3] {
    [SCHEME, address.kind.as_str().as_bytes(), address.name]
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// The key id of canonical base64url that decodes to a token's bytes.
fn well_formed(encoded: &[u8]) -> Option<KeyId> {
    // The last character must leave no stray bits: there is one spelling of each token.
    let stray_bits = match encoded.len() % 4 {
        0 => 0,
        2 => 0b1111,
        3 => 0b11,
        _ => return None,
    };
    let bytes = encoded.len() * 3 / 4;
    let ciphertext = bytes.checked_sub(HEADER_BYTES)?;
    if ciphertext < MIN_BUCKET || ciphertext % MIN_BUCKET != 0 {
        return None;
    }
    if !encoded.iter().all(|byte| is_base64url(*byte)) {
        return None;
    }
    let last = match *encoded.last()? {
        byte @ b'A'..=b'Z' => byte - b'A',
        byte @ b'a'..=b'z' => byte - b'a' + 26,
        byte @ b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    if last & stray_bits != 0 {
        return None;
    }
    let start = URL_SAFE_NO_PAD.decode(encoded.get(..12)?).ok()?;
    match start.split_first() {
        Some((&VERSION, id)) => id.try_into().ok().map(KeyId),
        _ => None,
    }
}

/// The padded size in bytes of a text of `length` bytes: the next multiple of
/// `max(32, 2^(floor(log2 L) - 3))` with `L = length + 1`, so at most an eighth is added.
fn padded_length(length: usize) -> usize {
    let marked = length + 1;
    let bucket = MIN_BUCKET.max(1 << marked.ilog2().saturating_sub(3));
    marked.next_multiple_of(bucket)
}

fn pad(plain: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(padded_length(plain.len()));
    body.extend_from_slice(plain);
    body.push(0x80);
    body.resize(padded_length(plain.len()), 0);
    body
}

fn unpadded_length(body: &[u8]) -> Option<usize> {
    let length = body.iter().rposition(|byte| *byte != 0)?;
    (body[length] == 0x80 && padded_length(length) == body.len()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::key::MasterKey;
    use proptest::prelude::*;

    fn key(byte: u8) -> SealKey {
        SealKey::derive(MasterKey::from_bytes([byte; 32]))
    }

    fn token(text: &[u8]) -> Token<'_> {
        match sight(text) {
            Sighting::Token(token) => token,
            other => panic!("not a token but {other:?}"),
        }
    }

    #[test]
    fn a_token_opens_only_at_its_own_address_and_key() {
        let sealed = seal(&key(1), Address::value(b"A"), b"secret");
        assert_eq!(
            open(&key(1), Address::value(b"A"), &sealed)
                .expect("opens")
                .as_slice(),
            b"secret"
        );
        assert_eq!(
            open(&key(1), Address::value(b"B"), &sealed),
            Err(NotAuthentic)
        );
        assert_eq!(
            open(&key(1), Address::nameless(Kind::Comment), &sealed),
            Err(NotAuthentic)
        );
        assert_eq!(
            open(&key(2), Address::value(b"A"), &sealed),
            Err(NotAuthentic)
        );
    }

    #[test]
    fn what_only_looks_like_a_token_is_told_apart() {
        let sealed = seal(&key(1), Address::value(b"A"), b"x");
        let quoted = [b"\"", sealed.as_slice(), b"\""].concat();
        let cut = &sealed[..sealed.len() - 1];
        assert_eq!(token(&sealed).key_id, Some(key(1).id()));
        assert_eq!(sight(&quoted), Sighting::Embedded);
        assert_eq!(sight(cut), Sighting::Malformed);
        assert_eq!(sight(b"seal1:"), Sighting::Malformed);
        assert_eq!(sight(b" see seal1: in the manual"), Sighting::Plain);
        assert_eq!(sight(b""), Sighting::Plain);
    }

    #[test]
    fn a_token_has_one_spelling() {
        let sealed = seal(&key(1), Address::value(b"A"), b"x");
        let last = *sealed.last().expect("not empty");
        let spellings = (b'0'..=b'z')
            .filter(|byte| is_base64url(*byte) && *byte != last)
            .filter(|byte| {
                let mut other = sealed.clone();
                *other.last_mut().expect("not empty") = *byte;
                matches!(sight(&other), Sighting::Token(_))
                    && open(&key(1), Address::value(b"A"), &other).is_ok()
            });
        assert_eq!(spellings.count(), 0);
    }

    #[test]
    fn lengths_show_only_their_bucket() {
        let size = |length: usize| seal(&key(1), Address::value(b"A"), &vec![b'x'; length]).len();
        assert_eq!(size(0), size(31));
        assert_ne!(size(31), size(32));
        assert_eq!(size(1000), size(1022));
    }

    proptest! {
        #[test]
        fn every_byte_sequence_comes_back(plain: Vec<u8>, name: Vec<u8>) {
            let sealed = seal(&key(3), Address::value(&name), &plain);
            prop_assert!(matches!(sight(&sealed), Sighting::Token(_)));
            let opened = open(&key(3), Address::value(&name), &sealed).expect("opens");
            prop_assert_eq!(&*opened, &plain);
            let file = seal_file(&key(3), &plain);
            prop_assert!(matches!(sight_file(&file), Sighting::Token(_)));
            let opened = open_file(&key(3), &file).expect("opens");
            prop_assert_eq!(&*opened, &plain);
        }

        #[test]
        fn a_flipped_bit_never_opens(plain: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let mut sealed = seal(&key(3), Address::value(b"A"), &plain);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(open(&key(3), Address::value(b"A"), &sealed).is_err());
            let mut file = seal_file(&key(3), &plain);
            let at = at % file.len();
            file[at] ^= 1 << bit;
            prop_assert!(open_file(&key(3), &file).is_err());
        }
    }
}
