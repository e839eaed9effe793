//! Files encrypted outside git: the sealed dotenv form, the opaque form, or one Fernet token.
//!
//! In memory only: twice the file's size for the opaque form, four to six times for the others.

use zeroize::Zeroizing;

use super::dotenv::{Document, HEADER};
use super::file::{self, Place, SealWith, Trouble};
use super::key::{Keyring, SealKey};
use super::policy::Policy;
use super::suites::{self, Suite, fernet};
use super::token::Sighting;

/// How an encrypted file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A dotenv file whose values and comments are tokens; names stay readable.
    Dotenv,
    /// Any file, as a whole, in the default suite.
    Opaque,
    /// Any file, as one token of the Fernet spec that any Fernet library opens.
    Fernet,
}

/// What a standard Fernet token needs beside key and content. Both are public.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// 16 random bytes, never used before.
    pub iv: [u8; 16],
    /// The time of writing, in seconds since 1970.
    pub time: u64,
}

/// Up to which age a Fernet token is taken.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    /// Its greatest age in seconds.
    pub ttl: u64,
    /// The time now, in seconds since 1970.
    pub now: u64,
}

/// How far ahead another clock may be, in seconds (the `fernet` libraries of all languages).
const CLOCK_SKEW: u64 = 60;

/// Why a dotenv file cannot be encrypted. Holds names and line numbers, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// It has the header or the tokens of a sealed file.
    #[error("it is sealed already")]
    AlreadySealed,
    /// It holds what only looks like a token.
    #[error(transparent)]
    Seal(#[from] file::SealError),
}

/// Why a file cannot be decrypted. Nothing of it is given out then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// It is in none of the three forms.
    #[error("it is not encrypted in any form that git-seal knows")]
    NotSealed,
    /// The key is not at hand.
    #[error("no key at hand opens it")]
    NoKey(Vec<Place>),
    /// None of the keys opens this Fernet token. It names no key, so nobody can tell whether another
    /// key made it or it was changed.
    #[error("no key at hand opens it: another key made it, or it was changed")]
    NoKeyOrNotAuthentic,
    /// The key is at hand and does not open it: it was changed, cut or damaged.
    #[error("it does not authenticate")]
    NotAuthentic(Vec<Place>),
    /// It is older than allowed.
    #[error("it has expired")]
    Expired,
    /// Its time lies ahead by more than a minute.
    #[error("it comes from the future")]
    FromTheFuture,
    /// Only Fernet tokens carry a time.
    #[error("it carries no time, so its age cannot be checked")]
    NoTime,
}

/// A decrypted file.
pub struct Decrypted {
    /// Its plain content.
    pub content: Zeroizing<Vec<u8>>,
    /// The form that it had.
    pub form: Form,
    /// Lines of a sealed dotenv file that were plain: nothing proves that the key's owner wrote
    /// them.
    pub plain: Vec<Place>,
}

/// Encrypts a dotenv file line by line, all values and comments. One with nothing to seal, such as an
/// empty one, is encrypted as a whole: nothing in it would authenticate otherwise.
///
/// # Errors
/// When it is sealed already, or holds what only looks like a token.
pub fn encrypt_dotenv(content: &[u8], key: &SealKey) -> Result<Vec<u8>, EncryptError> {
    if is_sealed_dotenv(content) {
        return Err(EncryptError::AlreadySealed);
    }
    let (keyring, policy) = (Keyring::new(), Policy::default());
    let sealed = file::seal(content, &SealWith::new(Some(key), &keyring, &policy))?;
    if has_token(&Document::split(&sealed)) {
        Ok(sealed)
    } else {
        Ok(encrypt_opaque(content, key))
    }
}

/// Encrypts any content as a whole, in the default suite.
#[must_use]
pub fn encrypt_opaque(content: &[u8], key: &SealKey) -> Vec<u8> {
    Suite::default().seal_file(key, content)
}

/// Encrypts any content as one standard Fernet token.
#[must_use]
pub fn encrypt_fernet(content: &[u8], key: &SealKey, stamp: Stamp) -> Vec<u8> {
    fernet::token(key, content, stamp.iv, stamp.time)
}

/// The form of an encrypted file, also of a damaged one; `None` for anything else.
#[must_use]
pub fn recognise(content: &[u8]) -> Option<Form> {
    if starts_like_fernet(content.trim_ascii()) {
        Some(Form::Fernet)
    } else if suites::sight_file(content) != Sighting::Plain {
        Some(Form::Opaque)
    } else {
        is_sealed_dotenv(content).then_some(Form::Dotenv)
    }
}

/// Decrypts a file of any form with whichever key at hand opens it, or gives out nothing.
///
/// The dotenv form authenticates value by value: whole lines that were removed are not noticed.
///
/// # Errors
/// See [`DecryptError`].
pub fn decrypt(
    content: &[u8],
    keyring: &Keyring,
    policy: &Policy,
    freshness: Option<Freshness>,
) -> Result<Decrypted, DecryptError> {
    let form = recognise(content).ok_or_else(|| {
        if is_cut_off(content) {
            DecryptError::NotAuthentic(Vec::new())
        } else {
            DecryptError::NotSealed
        }
    })?;
    if freshness.is_some() && form != Form::Fernet {
        return Err(DecryptError::NoTime);
    }
    let (content, plain) = match form {
        Form::Dotenv => decrypt_dotenv(content, keyring, policy)?,
        Form::Opaque => (decrypt_opaque(content, keyring)?, Vec::new()),
        Form::Fernet => (decrypt_fernet(content, keyring, freshness)?, Vec::new()),
    };
    Ok(Decrypted {
        content,
        form,
        plain,
    })
}

type Content = Zeroizing<Vec<u8>>;

fn decrypt_dotenv(
    content: &[u8],
    keyring: &Keyring,
    policy: &Policy,
) -> Result<(Content, Vec<Place>), DecryptError> {
    let opened = file::open(content, keyring, policy);
    let places = |wanted: fn(&Trouble) -> bool| -> Vec<Place> {
        opened
            .problems
            .iter()
            .filter(|problem| wanted(&problem.trouble))
            .map(|problem| problem.place.clone())
            .collect()
    };
    let damaged = places(|t| matches!(t, Trouble::NotAuthentic | Trouble::Malformed));
    let absent = places(|t| matches!(t, Trouble::KeyAbsent(_)));
    if !damaged.is_empty() {
        return Err(DecryptError::NotAuthentic(damaged));
    }
    if !absent.is_empty() {
        return Err(DecryptError::NoKey(absent));
    }
    // What nothing authenticates may be all that is left of a longer file.
    if !has_token(&Document::split(content)) {
        return Err(DecryptError::NotAuthentic(Vec::new()));
    }
    let plain = places(|t| matches!(t, Trouble::Plain));
    Ok((opened.text, plain))
}

fn decrypt_opaque(content: &[u8], keyring: &Keyring) -> Result<Content, DecryptError> {
    let damaged = DecryptError::NotAuthentic(Vec::new());
    let Sighting::Token(token) = suites::sight_file(content) else {
        return Err(damaged);
    };
    let absent = token.keys(keyring).next().is_none();
    token
        .keys(keyring)
        .find_map(|key| suites::open_file(key, &token).ok())
        .ok_or(if absent {
            DecryptError::NoKey(Vec::new())
        } else {
            damaged
        })
}

fn decrypt_fernet(
    content: &[u8],
    keyring: &Keyring,
    freshness: Option<Freshness>,
) -> Result<Content, DecryptError> {
    let token = content.trim_ascii();
    if !fernet::is_well_formed(token) {
        return Err(DecryptError::NotAuthentic(Vec::new()));
    }
    let opened = keyring
        .iter()
        .find_map(|key| fernet::open(key, token).ok())
        .ok_or_else(|| {
            if keyring.is_empty() {
                DecryptError::NoKey(Vec::new())
            } else {
                DecryptError::NoKeyOrNotAuthentic
            }
        })?;
    match freshness {
        Some(freshness) => check_age(fernet::time(token), freshness).map(|()| opened),
        None => Ok(opened),
    }
}

/// # Deviation
/// The spec checks the time first; here a token must be authentic before its time counts.
fn check_age(time: u64, freshness: Freshness) -> Result<(), DecryptError> {
    if time.saturating_add(freshness.ttl) < freshness.now {
        Err(DecryptError::Expired)
    } else if freshness.now.saturating_add(CLOCK_SKEW) < time {
        Err(DecryptError::FromTheFuture)
    } else {
        Ok(())
    }
}

/// Whether a copy that broke off may have left this of an encrypted file: nothing, or too little to
/// tell its form.
fn is_cut_off(content: &[u8]) -> bool {
    let beginnings = [suites::FILE_MAGIC, FERNET_BEGINNING, HEADER];
    beginnings.iter().any(|whole| whole.starts_with(content))
}

/// Version 0x80 and a time before the year 2500, in base64.
const FERNET_BEGINNING: &[u8] = b"gAAAA";

fn starts_like_fernet(text: &[u8]) -> bool {
    text.starts_with(FERNET_BEGINNING) && text.iter().all(u8::is_ascii_graphic)
}

fn is_sealed_dotenv(content: &[u8]) -> bool {
    let document = Document::split(content);
    document.has_header() || has_token(&document)
}

fn has_token(document: &Document<'_>) -> bool {
    let is_token = |text| matches!(suites::sight(text), Sighting::Token(_));
    document.lines.iter().any(|line| is_token(line.secret))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::core::dotenv::dotenv_like;
    use crate::core::key::MasterKey;

    const STAMP: Stamp = Stamp {
        iv: [7; 16],
        time: 1_700_000_000,
    };

    fn key(byte: u8) -> Arc<SealKey> {
        Arc::new(SealKey::derive(MasterKey::from_bytes([byte; 32])))
    }

    fn ring(keys: &[u8]) -> Keyring {
        let mut ring = Keyring::new();
        for byte in keys {
            ring.add(key(*byte));
        }
        ring
    }

    fn opened(content: &[u8], keys: &[u8]) -> Result<Vec<u8>, DecryptError> {
        decrypt(content, &ring(keys), &Policy::default(), None)
            .map(|decrypted| decrypted.content.to_vec())
    }

    fn aged(token: &[u8], ttl: u64, now: u64) -> Result<(), DecryptError> {
        decrypt(
            token,
            &ring(&[1]),
            &Policy::default(),
            Some(Freshness { ttl, now }),
        )
        .map(|_| ())
    }

    fn three_forms(content: &[u8]) -> [Vec<u8>; 3] {
        [
            encrypt_dotenv(content, &key(1)).expect("plain"),
            encrypt_opaque(content, &key(1)),
            encrypt_fernet(content, &key(1), STAMP),
        ]
    }

    #[test]
    fn a_wrong_key_a_missing_key_and_damage_are_told_apart_where_the_form_can() {
        let [dotenv, opaque, fernet] = three_forms(b"A=hunter2\n");
        for sealed in [&dotenv, &opaque, &fernet] {
            let refused = opened(sealed, &[]);
            assert!(matches!(refused, Err(DecryptError::NoKey(_))));
            let refused = opened(sealed, &[2]).expect_err("another key");
            let unclear = DecryptError::NoKeyOrNotAuthentic;
            assert_eq!(refused == unclear, sealed == &fernet, "{refused:?}");
            assert!(refused == unclear || matches!(refused, DecryptError::NoKey(_)));
            let cut = &sealed[..sealed.len() - 3];
            let refused = opened(cut, &[1]);
            assert!(
                matches!(refused, Err(DecryptError::NotAuthentic(_))),
                "{refused:?}"
            );
        }
        assert_eq!(opened(b"A=hunter2\n", &[1]), Err(DecryptError::NotSealed));
    }

    #[test]
    fn what_is_left_of_a_file_that_was_cut_anywhere_is_refused() {
        let [dotenv, opaque, fernet] = three_forms(b"A=hunter2\nB=two\n");
        for sealed in [&opaque, &fernet] {
            for end in 0..sealed.len() {
                let refused = opened(&sealed[..end], &[1]);
                let is_refused = matches!(refused, Err(DecryptError::NotAuthentic(_)));
                assert!(is_refused, "{end}: {refused:?}");
            }
        }
        // Only lines that are missing as a whole go unnoticed; what stands in plain text is listed.
        for end in 0..dotenv.len() - 1 {
            match decrypt(&dotenv[..end], &ring(&[1]), &Policy::default(), None) {
                Err(DecryptError::NotAuthentic(_)) => {}
                Ok(decrypted) if !decrypted.plain.is_empty() => {}
                Ok(decrypted) => assert!(b"A=hunter2\nB=".starts_with(&decrypted.content)),
                Err(other) => panic!("{end}: {other}"),
            }
        }
    }

    #[test]
    fn a_file_with_nothing_to_seal_is_encrypted_as_a_whole() {
        for content in [&b""[..], b"\n\n", b"\xef\xbb\xbf", b"# ---\n"] {
            let sealed = encrypt_dotenv(content, &key(1)).expect("plain");
            assert_eq!(recognise(&sealed), Some(Form::Opaque));
            assert_eq!(opened(&sealed, &[1]), Ok(content.to_vec()));
        }
    }

    #[test]
    fn a_plain_line_in_a_sealed_file_is_listed() {
        let mut sealed = encrypt_dotenv(b"A=1\n", &key(1)).expect("plain");
        sealed.extend_from_slice(b"B=2\n");
        let decrypted = decrypt(&sealed, &ring(&[1]), &Policy::default(), None).expect("opens");
        assert_eq!(decrypted.plain[0].name.as_deref(), Some("B"));
        assert_eq!(decrypted.content.as_slice(), b"A=1\nB=2\n");
    }

    #[test]
    fn a_sealed_dotenv_file_is_not_sealed_twice() {
        let sealed = encrypt_dotenv(b"A=1\n", &key(1)).expect("plain");
        assert_eq!(
            encrypt_dotenv(&sealed, &key(1)),
            Err(EncryptError::AlreadySealed)
        );
    }

    #[test]
    fn age_counts_for_fernet_tokens_only() {
        let [dotenv, opaque, fernet] = three_forms(b"A=1\n");
        let time = STAMP.time;
        assert_eq!(aged(&fernet, 60, time + 60), Ok(()));
        assert_eq!(aged(&fernet, 60, time + 61), Err(DecryptError::Expired));
        assert_eq!(aged(&fernet, 60, time - 60), Ok(()));
        assert_eq!(
            aged(&fernet, 60, time - 61),
            Err(DecryptError::FromTheFuture)
        );
        assert_eq!(aged(&fernet, u64::MAX, u64::MAX), Ok(()));
        assert_eq!(aged(&dotenv, 60, time), Err(DecryptError::NoTime));
        assert_eq!(aged(&opaque, 60, time), Err(DecryptError::NoTime));
    }

    #[test]
    fn a_line_end_around_a_fernet_token_does_no_harm() {
        let mut token = encrypt_fernet(b"x", &key(1), STAMP);
        token.extend_from_slice(b"\r\n");
        assert_eq!(opened(&token, &[2, 1]), Ok(b"x".to_vec()));
    }

    proptest! {
        #[test]
        fn every_file_comes_back_through_every_form(content in dotenv_like(), noise: Vec<u8>) {
            prop_assume!(recognise(&content).is_none() && !content.windows(6).any(|w| w == b"seal1:"));
            for sealed in three_forms(&content) {
                prop_assert!(recognise(&sealed).is_some());
                prop_assert_eq!(opened(&sealed, &[2, 1]), Ok(content.clone()));
            }
            let opaque = encrypt_opaque(&noise, &key(1));
            prop_assert_eq!(opened(&opaque, &[1]), Ok(noise.clone()));
            let fernet = encrypt_fernet(&noise, &key(1), STAMP);
            prop_assert_eq!(opened(&fernet, &[1]), Ok(noise));
        }

        #[test]
        fn nothing_comes_out_of_a_changed_file(noise: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let fernet = encrypt_fernet(&noise, &key(1), STAMP);
            for mut sealed in [encrypt_opaque(&noise, &key(1)), fernet] {
                let at = at.index(sealed.len());
                sealed[at] ^= 1 << bit;
                prop_assert!(opened(&sealed, &[1]).is_err());
            }
        }
    }
}
