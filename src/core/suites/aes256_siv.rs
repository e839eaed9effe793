//! The default suite: AES-256 in SIV mode, `AEAD_AES_SIV_CMAC_512` of RFC 5297.
//!
//! Deterministic on purpose: git must see the same bytes for the same content, or files would stay
//! modified for ever. Equal values under equal names therefore give equal tokens.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use memchr::memmem::Finder;
use zeroize::Zeroizing;

use super::Suite;
use super::siv::{Components, Decryption, Siv, TAG_BYTES};
use crate::core::key::{KeyId, SealKey};
use crate::core::token::{Address, Kind, NotAuthentic, Sighting, Token};

/// What every token starts with.
pub const TOKEN_PREFIX: &[u8] = b"seal1:";
/// Where tokens start. Sought in every line: to make a searcher costs more than to search one.
pub static TOKEN_START: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(TOKEN_PREFIX));
/// What every sealed opaque file starts with.
pub const FILE_MAGIC: &[u8] = b"\x00git-seal\x01";

const SCHEME: &[u8] = b"git-seal/v1";
const VERSION: u8 = 1;
/// Version, key id, synthetic IV.
const HEADER_BYTES: usize = 1 + 8 + TAG_BYTES;
/// The smallest padding bucket in bytes.
const MIN_BUCKET: usize = 32;

/// What this suite makes of a master key, once: associated data begins with the same two components
/// for every token of a kind.
pub struct ReadyKey {
    siv: Siv,
    kinds: [Components; Kind::ALL.len()],
}

impl ReadyKey {
    /// Takes the 64 bytes derived from a master key.
    #[must_use]
    pub fn new(key: &[u8; 64]) -> Self {
        let siv = Siv::new(key);
        let scheme = siv.and(&siv.start(), SCHEME);
        let kinds = Kind::ALL.map(|kind| siv.and(&scheme, kind.as_str().as_bytes()));
        Self { siv, kinds }
    }

    /// A vector of three components; an empty name is still a component.
    fn associated_data(&self, address: Address<'_>) -> Components {
        self.siv
            .and(&self.kinds[address.kind as usize], address.name)
    }
}

/// Appends `seal1:` and base64url of version, key id, synthetic IV and ciphertext.
pub fn seal_onto(out: &mut Vec<u8>, key: &SealKey, address: Address<'_>, plain: &[u8]) {
    let length = HEADER_BYTES + padded_length(plain.len());
    let mut sealed = Vec::with_capacity(length);
    sealed.extend_from_slice(&[0; HEADER_BYTES]);
    sealed.extend_from_slice(plain);
    sealed.push(0x80);
    sealed.resize(length, 0);
    encrypt(key, address, &mut sealed);
    out.extend_from_slice(TOKEN_PREFIX);
    let start = out.len();
    out.resize(start + (sealed.len() * 4).div_ceil(3), 0);
    URL_SAFE_NO_PAD
        .encode_slice(&sealed, &mut out[start..])
        .expect("the slice has the exact encoded length");
}

/// [`FILE_MAGIC`], version, key id, synthetic IV and ciphertext; no padding. In the buffer that
/// holds the plain content.
pub fn seal_file(key: &SealKey, content: &mut Vec<u8>) {
    let (head, length) = (FILE_MAGIC.len() + HEADER_BYTES, content.len());
    content.reserve_exact(head);
    content.resize(length + head, 0);
    content.copy_within(..length, head);
    let (magic, sealed) = content.split_at_mut(FILE_MAGIC.len());
    magic.copy_from_slice(FILE_MAGIC);
    encrypt(key, Address::nameless(Kind::File), sealed);
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
    let embedded = TOKEN_START.find_iter(text).any(|at| {
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

/// See [`super::may_name_no_other_key`].
pub fn may_be_of_one_key(text: &[u8]) -> bool {
    let mut starts = TOKEN_START.find_iter(text).map(|at| {
        let rest = &text[at + TOKEN_PREFIX.len()..];
        &rest[..KEY_CHARACTERS.min(rest.len())]
    });
    let first = starts.next();
    starts.all(|start| Some(start) == first)
}

/// So many characters of a token hold its version and key id, and nothing else.
const KEY_CHARACTERS: usize = 12;

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
    let mut body = Zeroizing::new(sealed);
    decrypt(key, address, &mut body)?;
    let length = unpadded_length(&body[HEADER_BYTES..]).ok_or(NotAuthentic)?;
    body.truncate(HEADER_BYTES + length);
    body.drain(..HEADER_BYTES);
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

/// Opens a sealed opaque file in the buffer that holds it.
///
/// # Errors
/// When it does not authenticate; `content` is then as it was.
pub fn open_file(key: &SealKey, content: &mut Vec<u8>) -> Result<(), NotAuthentic> {
    if !content.starts_with(FILE_MAGIC) {
        return Err(NotAuthentic);
    }
    let sealed = &mut content[FILE_MAGIC.len()..];
    decrypt(key, Address::nameless(Kind::File), sealed)?;
    content.drain(..FILE_MAGIC.len() + HEADER_BYTES);
    Ok(())
}

/// A sealed opaque file that is opened in place while it arrives.
pub struct Arriving {
    key: Arc<SealKey>,
    /// Taken out of the content.
    head: [u8; FILE_HEAD_BYTES],
    decryption: Decryption,
    /// How much of the content is plain already.
    plain: usize,
}

/// What stands before the ciphertext of a file.
const FILE_HEAD_BYTES: usize = FILE_MAGIC.len() + HEADER_BYTES;

impl Arriving {
    /// Takes the head out of what has arrived so far; `None`, and it stays as it is, where this is not
    /// the beginning of a file that this key has sealed.
    #[must_use]
    pub fn start(key: &Arc<SealKey>, content: &mut Vec<u8>) -> Option<Self> {
        let head: [u8; FILE_HEAD_BYTES] = *content.first_chunk()?;
        let sealed = head.strip_prefix(FILE_MAGIC)?;
        let (version_and_id, tag) = sealed.split_last_chunk()?;
        if version_and_id[0] != VERSION || version_and_id[1..] != key.id().0 {
            return None;
        }
        let ready = key.siv();
        let data = ready.associated_data(Address::nameless(Kind::File));
        content.drain(..FILE_HEAD_BYTES);
        Some(Self {
            decryption: ready.siv.start_decrypting(&data, tag),
            key: Arc::clone(key),
            head,
            plain: 0,
        })
    }

    /// Opens what has arrived since: `content` is all that has arrived, as this left it.
    pub fn advance(&mut self, content: &mut [u8]) {
        let authenticated = |plain: usize| plain.saturating_sub(TAG_BYTES);
        while self.plain < content.len() {
            let from = self.plain;
            self.plain = (from + PIECE_BYTES).min(content.len());
            self.decryption.decrypt(&mut content[from..self.plain]);
            let ready = authenticated(from)..authenticated(self.plain);
            self.decryption.authenticate(&content[ready]);
        }
    }

    /// The end: `content` is the plain text.
    ///
    /// # Errors
    /// When it does not authenticate; `content` is then as it arrived.
    pub fn finish(mut self, content: &mut Vec<u8>) -> Result<(), NotAuthentic> {
        self.advance(content);
        let last = content.last_chunk().copied();
        if last.is_some_and(|last| self.decryption.verify(&last).is_ok()) {
            return Ok(());
        }
        if let Some(tag) = self.head.last_chunk() {
            self.key.siv().siv.undo(tag, content);
        }
        content.splice(..0, self.head);
        Err(NotAuthentic)
    }
}

/// So much is opened at once: it stays in the processor's cache.
const PIECE_BYTES: usize = 1 << 14;

/// Seals what stands behind the room for the header, and fills that in.
fn encrypt(key: &SealKey, address: Address<'_>, sealed: &mut [u8]) {
    let (header, body) = sealed.split_at_mut(HEADER_BYTES);
    let ready = key.siv();
    let tag = ready.siv.encrypt(&ready.associated_data(address), body);
    let (version_and_id, room) = header.split_at_mut(HEADER_BYTES - TAG_BYTES);
    version_and_id[0] = VERSION;
    version_and_id[1..].copy_from_slice(&key.id().0);
    room.copy_from_slice(&tag);
}

/// Opens what stands behind the header; on failure everything is as it was.
fn decrypt(key: &SealKey, address: Address<'_>, sealed: &mut [u8]) -> Result<(), NotAuthentic> {
    let (header, body) = sealed
        .split_at_mut_checked(HEADER_BYTES)
        .ok_or(NotAuthentic)?;
    let (version_and_id, tag) = header.split_last_chunk().ok_or(NotAuthentic)?;
    if version_and_id[0] != VERSION || version_and_id[1..] != key.id().0 {
        return Err(NotAuthentic);
    }
    let ready = key.siv();
    ready
        .siv
        .decrypt(&ready.associated_data(address), tag, body)
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
    // Without a way out: so it is done many bytes at a time.
    if !encoded
        .iter()
        .fold(true, |all, byte| all & is_base64url(*byte))
    {
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
    let start = URL_SAFE_NO_PAD
        .decode(encoded.get(..KEY_CHARACTERS)?)
        .ok()?;
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

    fn seal(key: &SealKey, address: Address<'_>, plain: &[u8]) -> Vec<u8> {
        Suite::Aes256Siv.seal(key, address, plain)
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
            let mut file = plain.clone();
            seal_file(&key(3), &mut file);
            prop_assert!(matches!(sight_file(&file), Sighting::Token(_)));
            open_file(&key(3), &mut file).expect("opens");
            prop_assert_eq!(file, plain);
        }

        #[test]
        fn a_file_opens_while_it_arrives(
            plain in prop::collection::vec(any::<u8>(), 0..100),
            packet in 1..50_usize,
            flip in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let key = Arc::new(key(3));
            let mut sealed = plain.clone();
            seal_file(&key, &mut sealed);
            if let Some(at) = &flip {
                let at = FILE_HEAD_BYTES - TAG_BYTES + at.index(plain.len() + TAG_BYTES);
                sealed[at] ^= 1;
            }
            let (beginning, rest) = sealed.split_at(FILE_HEAD_BYTES);
            let mut content = beginning.to_vec();
            let mut arriving = Arriving::start(&key, &mut content).expect("ours");
            for packet in rest.chunks(packet) {
                content.extend_from_slice(packet);
                arriving.advance(&mut content);
            }
            // Shorter ones are too short to come in pieces.
            if flip.is_none() && plain.len() >= TAG_BYTES {
                prop_assert_eq!(arriving.finish(&mut content), Ok(()));
                prop_assert_eq!(content, plain);
            } else {
                prop_assert_eq!(arriving.finish(&mut content), Err(NotAuthentic));
                prop_assert_eq!(content, sealed);
            }
        }

        #[test]
        fn a_flipped_bit_never_opens(plain: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let mut sealed = seal(&key(3), Address::value(b"A"), &plain);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(open(&key(3), Address::value(b"A"), &sealed).is_err());
            let mut file = plain.clone();
            seal_file(&key(3), &mut file);
            let at = at % file.len();
            file[at] ^= 1 << bit;
            let damaged = file.clone();
            prop_assert!(open_file(&key(3), &mut file).is_err());
            prop_assert_eq!(file, damaged);
        }
    }
}
