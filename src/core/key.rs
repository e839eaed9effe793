//! Master keys, the keys derived from them, and the ring of keys at hand.
//!
//! Knows nothing of where keys come from. Keys are wiped on drop and never shown: `Debug` gives ids.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::suites::ReadyKey;

/// Length of a master key in bytes.
pub const MASTER_KEY_BYTES: usize = 32;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// 32 random bytes from which everything else is derived; written in the Fernet key format
/// (44 characters of URL-safe base64).
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; MASTER_KEY_BYTES]>);

/// Why a text is no master key. Says nothing of the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Nothing but blanks.
    #[error("it is empty")]
    Empty,
    /// A character outside base64, or misplaced padding.
    #[error("it is not base64")]
    NotBase64,
    /// Base64 of another number of bytes than 32.
    #[error("it holds {0} bytes where a key has 32")]
    WrongLength(usize),
}

impl MasterKey {
    /// Takes 32 bytes as a key.
    #[must_use]
    pub fn from_bytes(bytes: [u8; MASTER_KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the text form leniently: surrounding blanks, the standard base64 alphabet and missing
    /// padding are accepted.
    ///
    /// # Errors
    /// When the text is not base64 of exactly 32 bytes.
    pub fn parse(text: &[u8]) -> Result<Self, BadKey> {
        let mut url_safe = Zeroizing::new(text.trim_ascii().to_vec());
        for byte in url_safe.iter_mut() {
            match byte {
                b'+' => *byte = b'-',
                b'/' => *byte = b'_',
                _ => {}
            }
        }
        if url_safe.is_empty() {
            return Err(BadKey::Empty);
        }
        let bytes = Zeroizing::new(LENIENT.decode(&*url_safe).map_err(|_| BadKey::NotBase64)?);
        let exact: [u8; MASTER_KEY_BYTES] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| BadKey::WrongLength(bytes.len()))?;
        Ok(Self::from_bytes(exact))
    }

    /// The canonical text form: 44 characters of padded URL-safe base64.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(base64::engine::general_purpose::URL_SAFE.encode(*self.0))
    }

    /// The 32 bytes themselves.
    #[must_use]
    pub fn bytes(&self) -> &[u8; MASTER_KEY_BYTES] {
        &self.0
    }
}

/// Expands one sub-key (RFC 5869 section 2.3).
fn expand<const N: usize>(master: &Hkdf<Sha256>, purpose: &str) -> Zeroizing<[u8; N]> {
    let mut out = Zeroizing::new([0; N]);
    master
        .expand_multi_info(&[b"git-seal/v1 ", purpose.as_bytes()], &mut *out)
        .expect("HKDF-SHA256 gives up to 8160 bytes (RFC 5869 section 2.3)");
    out
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// Eight bytes derived from a master key, safe to show and to commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl KeyId {
    /// The first eight hex digits, for people.
    #[must_use]
    pub fn short(self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A text that is not 16 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key id is 16 lower-case hex digits")]
pub struct BadKeyId;

impl FromStr for KeyId {
    type Err = BadKeyId;

    fn from_str(text: &str) -> Result<Self, BadKeyId> {
        Ok(Self(super::hex::decode(text).ok_or(BadKeyId)?))
    }
}

/// 32 bytes that commit to one master key: a second key with the same id has another commitment.
#[derive(Clone, Copy)]
pub struct Commitment(pub [u8; 32]);

impl PartialEq for Commitment {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Commitment {}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Commitment({})", super::hex::encode(&self.0))
    }
}

/// A master key with what is derived from it, computed once.
pub struct SealKey {
    master: MasterKey,
    id: KeyId,
    commitment: Commitment,
    siv: ReadyKey,
    ledger_mac: Zeroizing<[u8; 32]>,
    fernet_iv: Zeroizing<[u8; 32]>,
    allow_list: Zeroizing<[u8; 32]>,
}

impl SealKey {
    /// Derives the sub-keys by HKDF-SHA256 (RFC 5869) without salt.
    #[must_use]
    pub fn derive(master: MasterKey) -> Self {
        let extracted = Hkdf::<Sha256>::new(None, master.bytes());
        Self {
            id: KeyId(*expand(&extracted, "key id")),
            commitment: Commitment(*expand(&extracted, "key commitment")),
            siv: ReadyKey::new(&expand(&extracted, "aes-256-siv")),
            ledger_mac: expand(&extracted, "ledger mac"),
            fernet_iv: expand(&extracted, "fernet iv"),
            allow_list: expand(&extracted, "allow list"),
            master,
        }
    }

    /// The key's id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether it is the same key as another.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.commitment == other.commitment
    }

    /// The key's commitment, as recorded in the ledger.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.commitment
    }

    /// The master key itself.
    #[must_use]
    pub fn master(&self) -> &MasterKey {
        &self.master
    }

    /// The key of AES-256 in SIV mode, ready for use.
    #[must_use]
    pub fn siv(&self) -> &ReadyKey {
        &self.siv
    }

    /// The key of the ledger's HMACs.
    #[must_use]
    pub fn ledger_mac(&self) -> &[u8; 32] {
        &self.ledger_mac
    }

    /// The key of the HMAC that gives a deterministic Fernet token its IV.
    #[must_use]
    pub fn fernet_iv(&self) -> &[u8; 32] {
        &self.fernet_iv
    }
}

impl SealKey {
    /// The key of the fingerprints in `.seal/allow.jsonl`.
    #[must_use]
    pub fn allow_list(&self) -> &[u8; 32] {
        &self.allow_list
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", self.id)
    }
}

/// The keys at hand, by id. Keys that share an id (which only a forger makes) stand side by side.
#[derive(Clone, Debug, Default)]
pub struct Keyring(BTreeMap<KeyId, Vec<Arc<SealKey>>>);

impl Keyring {
    /// An empty ring.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key; the same key twice counts once.
    pub fn add(&mut self, key: Arc<SealKey>) {
        let same_id = self.0.entry(key.id()).or_default();
        if same_id
            .iter()
            .all(|held| held.commitment() != key.commitment())
        {
            same_id.push(key);
        }
    }

    /// All keys with this id: none, one, or (under attack) several.
    #[must_use]
    pub fn with_id(&self, id: KeyId) -> &[Arc<SealKey>] {
        self.0.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The key with this id and commitment.
    #[must_use]
    pub fn get(&self, id: KeyId, commitment: Commitment) -> Option<&Arc<SealKey>> {
        self.with_id(id)
            .iter()
            .find(|key| key.commitment() == commitment)
    }

    /// Whether a key with this id is at hand.
    #[must_use]
    pub fn holds(&self, id: KeyId) -> bool {
        self.0.contains_key(&id)
    }

    /// All keys, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<SealKey>> {
        self.0.values().flatten()
    }

    /// Whether no key is at hand.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn keys_are_read_leniently_and_printed_canonically() {
        let bytes: [u8; 32] = std::array::from_fn(|i| u8::try_from(255 - i).expect("small"));
        let canonical = MasterKey::from_bytes(bytes).to_text();
        let standard = canonical.replace('-', "+").replace('_', "/");
        for spelling in [
            canonical.to_string(),
            standard,
            format!("  {}\r\n", canonical.as_str()),
            canonical.trim_end_matches('=').to_owned(),
        ] {
            let key = MasterKey::parse(spelling.as_bytes()).expect("a good key");
            assert_eq!(key.bytes(), &bytes);
            assert_eq!(key.to_text(), canonical);
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_its_kind() {
        let refusal = |text: &str| MasterKey::parse(text.as_bytes()).expect_err("no key");
        assert_eq!(refusal(" \n"), BadKey::Empty);
        assert_eq!(refusal("not base64!"), BadKey::NotBase64);
        assert_eq!(refusal("AAEC"), BadKey::WrongLength(3));
        assert_eq!(refusal(&format!("{TEXT}{TEXT}")), BadKey::NotBase64);
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SealKey::derive(MasterKey::parse(TEXT.as_bytes()).expect("a good key"));
        assert_eq!(
            format!("{key:?} {:?}", key.master()),
            "SealKey(d25b0f176b0bbfdd) MasterKey(..)"
        );
    }

    #[test]
    fn a_forged_key_of_the_same_id_does_not_displace_the_real_one() {
        let mut ring = Keyring::new();
        let key = Arc::new(SealKey::derive(
            MasterKey::parse(TEXT.as_bytes()).expect("a good key"),
        ));
        ring.add(Arc::clone(&key));
        ring.add(Arc::clone(&key));
        assert_eq!(ring.with_id(key.id()).len(), 1);
        assert!(ring.get(key.id(), key.commitment()).is_some());
        assert!(ring.get(key.id(), Commitment([0; 32])).is_none());
    }
}
