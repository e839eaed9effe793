//! Seal and open a whole dotenv file.
//!
//! The types speak the policy: sealing may refuse, opening may not.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::dotenv::{Document, HEADER, Line, LineKind};
use super::key::{KeyId, Keyring, SealKey};
use super::policy::Policy;
use super::suites;
use super::token::{Address, Kind, Sighting, Token};

/// Where in a file something is: a line, and the variable if the line has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line number, from 1.
    pub line: usize,
    /// The variable's name.
    pub name: Option<String>,
}

impl Place {
    /// The place of a line.
    #[must_use]
    pub fn of(line: &Line<'_>) -> Self {
        Self {
            line: line.number,
            name: line
                .name()
                .map(|name| String::from_utf8_lossy(name).into_owned()),
        }
    }
}

/// What sealing needs to know beside the text.
#[derive(Clone, Copy, Debug)]
pub struct SealWith<'a> {
    /// The environment's current key, if it is at hand.
    pub key: Option<&'a SealKey>,
    /// All keys at hand, for tokens under retired keys.
    pub keyring: &'a Keyring,
    /// What may stay readable.
    pub policy: &'a Policy,
    /// Tokens that name no key and may stay although no key at hand opens them: those that the
    /// index holds in the same file, as [`keyless_tokens`] gives them.
    pub accepted: &'a BTreeSet<Vec<u8>>,
}

static NONE_ACCEPTED: BTreeSet<Vec<u8>> = BTreeSet::new();

impl<'a> SealWith<'a> {
    /// No token is accepted that no key at hand opens.
    #[must_use]
    pub fn new(key: Option<&'a SealKey>, keyring: &'a Keyring, policy: &'a Policy) -> Self {
        let accepted = &NONE_ACCEPTED;
        Self {
            key,
            keyring,
            policy,
            accepted,
        }
    }

    /// Whether a token that names no key, and that no key at hand opens, must not be sealed: with
    /// a key at hand it is rather a mistake, or somebody's junk, than a colleague's value.
    pub(crate) fn refuses(&self, token: &[u8]) -> bool {
        (self.key.is_some() || !self.keyring.is_empty()) && !self.accepted.contains(token)
    }
}

/// Why a file cannot be sealed. Holds names and line numbers, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Plain values are there and the current key is not.
    #[error("no key at hand to seal it")]
    NoKey(Vec<Place>),
    /// Starts like a token and is none.
    #[error("a damaged token")]
    Malformed(Place),
    /// A token with something around it.
    #[error("a token with other text around it")]
    Embedded(Place),
    /// A token that its own key does not open here.
    #[error("a token that does not authenticate")]
    NotAuthentic(Place),
    /// A token that names no key, that no key at hand opens, and that was not there before.
    #[error("a token that no key at hand opens")]
    NoKeyOpens(Place),
}

/// Work-tree text to repository text. Refuses rather than let a plain value pass.
///
/// Tokens already there are checked where their key is at hand, and brought to the current key;
/// without a key they pass as they are. The result is a pure function of text, key and policy.
///
/// # Errors
/// See [`SealError`].
pub fn seal(text: &[u8], with: &SealWith<'_>) -> Result<Vec<u8>, SealError> {
    seal_by(text, with, |_, key, address, plain| {
        with.policy.suite.seal(key, address, plain)
    })
}

/// Seals a file, each plain secret by `token`, which is told where in the text it stands.
fn seal_by(
    text: &[u8],
    with: &SealWith<'_>,
    mut token: impl FnMut(usize, &SealKey, Address<'_>, &[u8]) -> Vec<u8>,
) -> Result<Vec<u8>, SealError> {
    let document = Document::split(text);
    if document.lines.is_empty() {
        return Ok(text.to_vec());
    }
    let mut out = Vec::with_capacity(text.len() * 3 + 256);
    out.extend_from_slice(document.bom);
    if !document.has_header() {
        out.extend_from_slice(HEADER);
        out.extend_from_slice(first_line_end(text));
    }
    let mut unsealed = Vec::new();
    let mut at = document.bom.len();
    for line in &document.lines {
        out.extend_from_slice(line.prefix);
        at += line.prefix.len();
        match seal_secret(line, with)? {
            Piece::Kept => out.extend_from_slice(line.secret),
            Piece::Resealed(token) => out.extend_from_slice(&token),
            Piece::Plain(address, key) => {
                out.extend_from_slice(&token(at, key, address, line.secret));
            }
            Piece::NeedsKey => unsealed.push(Place::of(line)),
        }
        out.extend_from_slice(line.ending);
        at += line.secret.len() + line.ending.len();
    }
    if unsealed.is_empty() {
        Ok(out)
    } else {
        Err(SealError::NoKey(unsealed))
    }
}

enum Piece<'a> {
    Kept,
    Resealed(Vec<u8>),
    Plain(Address<'a>, &'a SealKey),
    NeedsKey,
}

fn seal_secret<'a>(line: &Line<'a>, with: &SealWith<'a>) -> Result<Piece<'a>, SealError> {
    let Some(address) = address(line) else {
        return Ok(Piece::Kept);
    };
    match suites::sight(line.secret) {
        Sighting::Malformed => Err(SealError::Malformed(Place::of(line))),
        Sighting::Embedded => Err(SealError::Embedded(Place::of(line))),
        Sighting::Token(token) => reseal(line, address, &token, with),
        Sighting::Plain if with.policy.clears(line) => Ok(Piece::Kept),
        Sighting::Plain => Ok(match with.key {
            Some(key) => Piece::Plain(address, key),
            None => Piece::NeedsKey,
        }),
    }
}

fn reseal(
    line: &Line<'_>,
    address: Address<'_>,
    token: &Token<'_>,
    with: &SealWith<'_>,
) -> Result<Piece<'static>, SealError> {
    let Some((_, plain)) = open_token(address, token, with.keyring) else {
        return match token.key_id {
            Some(id) if with.keyring.holds(id) => Err(SealError::NotAuthentic(Place::of(line))),
            None if with.refuses(token.text) => Err(SealError::NoKeyOpens(Place::of(line))),
            _ => Ok(Piece::Kept),
        };
    };
    Ok(match with.key {
        Some(key) if token.key_id != Some(key.id()) || token.suite != with.policy.suite => {
            Piece::Resealed(with.policy.suite.seal(key, address, &plain))
        }
        _ => Piece::Kept,
    })
}

fn open_token<'k>(
    address: Address<'_>,
    token: &Token<'_>,
    keyring: &'k Keyring,
) -> Option<(&'k SealKey, Zeroizing<Vec<u8>>)> {
    token
        .keys(keyring)
        .find_map(|key| Some((&**key, suites::open(key, address, token).ok()?)))
}

/// The end of the first line as an editor sees it, for the header.
fn first_line_end(text: &[u8]) -> &'static [u8] {
    match memchr::memchr(b'\n', text) {
        Some(at) if at > 0 && text[at - 1] == b'\r' => b"\r\n",
        _ => b"\n",
    }
}

/// What the secret of a line is bound to; `None` for lines without a secret.
#[must_use]
pub fn address<'a>(line: &Line<'a>) -> Option<Address<'a>> {
    match line.kind {
        LineKind::Blank | LineKind::Header | LineKind::Marker => None,
        LineKind::Comment => Some(Address::nameless(Kind::Comment)),
        LineKind::Assignment { name } => Some(Address::value(name)),
        LineKind::Other => Some(Address::nameless(Kind::Line)),
    }
}

/// What is wrong with one place of a file that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its key is not at hand; `None` for suites whose tokens name no key.
    KeyAbsent(Option<KeyId>),
    /// Its key is at hand and does not open it.
    NotAuthentic,
    /// It starts like a token and is none, or a token stands amid other text.
    Malformed,
    /// It is readable although the policy does not clear it.
    Plain,
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What.
    pub trouble: Trouble,
}

/// A file after opening: what could be opened is, the rest stands as it was.
pub struct Opened {
    /// The text for the work tree.
    pub text: Zeroizing<Vec<u8>>,
    /// Whether the file was in sealed form at all: a header, or at least one token.
    pub was_sealed: bool,
    /// How many tokens were opened.
    pub opened: usize,
    /// What stayed sealed, and what was plain that should not be.
    pub problems: Vec<Problem>,
}

/// Repository text to work-tree text. What cannot be opened stays sealed and is listed,
/// with the line where it stands in the work-tree text.
#[must_use]
pub fn open(text: &[u8], keyring: &Keyring, policy: &Policy) -> Opened {
    open_noting(text, keyring, policy, |_| {})
}

/// Opens a file, and says whether sealing what it opens to would give `text` again.
#[must_use]
pub fn open_to_seal_again(text: &[u8], with: &SealWith<'_>) -> (Opened, bool) {
    let mut passages = Vec::new();
    let opened = open_noting(text, with.keyring, with.policy, |p| passages.push(p));
    let mut passages = passages.into_iter().peekable();
    // The key that opened a token at an address would make the same token of it again: there is
    // nothing to encrypt. All else is done as when sealing.
    let again = seal_by(&opened.text, with, |at, key, address, plain| {
        while passages.next_if(|passage| passage.at < at).is_some() {}
        match passages.next_if(|passage| {
            passage.is(at, address, plain.len())
                && passage.by.commitment() == key.commitment()
                && passage.token.suite == with.policy.suite
                && with.policy.suite.has_one_token_for_each_text()
        }) {
            Some(passage) => passage.token.text.to_vec(),
            None => with.policy.suite.seal(key, address, plain),
        }
    });
    let is_same = again.is_ok_and(|again| again == text);
    (opened, is_same)
}

/// A token that was opened, and where its plain text stands in the opened text.
struct Passage<'a> {
    address: Address<'a>,
    token: Token<'a>,
    by: &'a SealKey,
    at: usize,
    length: usize,
}

impl Passage<'_> {
    fn is(&self, at: usize, address: Address<'_>, length: usize) -> bool {
        (self.at, self.address, self.length) == (at, address, length)
    }
}

fn open_noting<'a>(
    text: &'a [u8],
    keyring: &'a Keyring,
    policy: &Policy,
    mut note: impl FnMut(Passage<'a>),
) -> Opened {
    let document = Document::split(text);
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut problems = Vec::new();
    let mut opened = 0;
    let has_header = document.has_header();
    let mut was_sealed = has_header;
    out.extend_from_slice(document.bom);
    let (mut number, mut counted) = (1, 0);
    for line in document.lines.iter().skip(usize::from(has_header)) {
        // A value of several lines has one line while it is sealed.
        number += memchr::memchr_iter(b'\n', &out[counted..]).count();
        counted = out.len();
        let place = Place {
            line: number,
            ..Place::of(line)
        };
        out.extend_from_slice(line.prefix);
        let sighting = suites::sight(line.secret);
        was_sealed |= matches!(sighting, Sighting::Token(_));
        match (address(line), sighting) {
            (Some(address), Sighting::Token(token)) => {
                if let Some((by, plain)) = open_token(address, &token, keyring) {
                    note(Passage {
                        address,
                        token,
                        by,
                        at: out.len(),
                        length: plain.len(),
                    });
                    out.extend_from_slice(&plain);
                    opened += 1;
                } else {
                    out.extend_from_slice(line.secret);
                    let trouble = match token.key_id {
                        Some(id) if keyring.holds(id) => Trouble::NotAuthentic,
                        id => Trouble::KeyAbsent(id),
                    };
                    problems.push(Problem { place, trouble });
                }
            }
            (_, sighting) => {
                out.extend_from_slice(line.secret);
                let trouble = match sighting {
                    Sighting::Malformed | Sighting::Embedded => Some(Trouble::Malformed),
                    _ if policy.clears(line) => None,
                    _ => Some(Trouble::Plain),
                };
                problems.extend(trouble.map(|trouble| Problem { place, trouble }));
            }
        }
        out.extend_from_slice(line.ending);
    }
    if !was_sealed {
        problems.retain(|problem| problem.trouble != Trouble::Plain);
    }
    let stays_sealed = |problem: &Problem| {
        matches!(
            problem.trouble,
            Trouble::KeyAbsent(_) | Trouble::NotAuthentic
        )
    };
    if opened == 0 && problems.iter().any(stays_sealed) {
        // As it is, the header with its advice included.
        out.clear();
        out.extend_from_slice(text);
        for problem in &mut problems {
            problem.place.line += usize::from(has_header);
        }
    }
    Opened {
        text: out,
        was_sealed,
        opened,
        problems,
    }
}

/// The ids of the keys that the file's tokens name.
#[must_use]
pub fn key_ids(text: &[u8]) -> BTreeSet<KeyId> {
    if !suites::may_name_a_key(text) {
        return BTreeSet::new();
    }
    Document::split(text)
        .lines
        .iter()
        .filter_map(|line| match suites::sight(line.secret) {
            Sighting::Token(token) => token.key_id,
            _ => None,
        })
        .collect()
}

/// The file's tokens that name no key.
#[must_use]
pub fn keyless_tokens(text: &[u8]) -> BTreeSet<Vec<u8>> {
    Document::split(text)
        .lines
        .iter()
        .filter_map(|line| match suites::sight(line.secret) {
            Sighting::Token(token) if token.key_id.is_none() => Some(token.text.to_vec()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::core::dotenv::dotenv_like;
    use crate::core::key::MasterKey;
    use crate::core::suites::Suite;

    fn key(byte: u8) -> Arc<SealKey> {
        Arc::new(SealKey::derive(MasterKey::from_bytes([byte; 32])))
    }

    fn ring(keys: &[&Arc<SealKey>]) -> Keyring {
        let mut ring = Keyring::new();
        keys.iter().for_each(|key| ring.add(Arc::clone(key)));
        ring
    }

    fn seal_under(text: &[u8], key: &Arc<SealKey>) -> Result<Vec<u8>, SealError> {
        seal(
            text,
            &SealWith::new(Some(key), &ring(&[key]), &Policy::default()),
        )
    }

    fn locked(text: &[u8]) -> Result<Vec<u8>, SealError> {
        seal(
            text,
            &SealWith::new(None, &Keyring::new(), &Policy::default()),
        )
    }

    #[test]
    fn without_a_key_plain_values_are_refused_by_name() {
        let Err(SealError::NoKey(places)) = locked(b"\nA=hunter2\njunk\n") else {
            panic!("sealed without a key");
        };
        assert_eq!(
            places[0],
            Place {
                line: 2,
                name: Some("A".into())
            }
        );
        assert_eq!(
            places[1],
            Place {
                line: 3,
                name: None
            }
        );
    }

    #[test]
    fn without_a_key_sealed_text_passes_as_it_is() {
        let sealed = seal_under(b"A=1\n# c\nB=2", &key(1)).expect("seals");
        assert_eq!(locked(&sealed).expect("passes"), sealed);
        let opened = open(&sealed, &Keyring::new(), &Policy::default());
        assert_eq!(opened.text.as_slice(), sealed);
        assert!(
            opened
                .problems
                .iter()
                .all(|p| p.trouble == Trouble::KeyAbsent(Some(key(1).id())))
        );
        assert_eq!(opened.problems.len(), 3);
    }

    #[test]
    fn tokens_under_a_retired_key_come_to_the_current_one() {
        let old = seal_under(b"A=1\n", &key(1)).expect("seals");
        let both = ring(&[&key(1), &key(2)]);
        let policy = Policy::default();
        let new = seal(&old, &SealWith::new(Some(&key(2)), &both, &policy)).expect("seals");
        assert_eq!(new, seal_under(b"A=1\n", &key(2)).expect("seals"));
    }

    #[test]
    fn a_moved_token_is_refused_when_sealing_and_named_when_opening() {
        let sealed = seal_under(b"A=1\n", &key(1)).expect("seals");
        let moved = String::from_utf8(sealed).expect("text").replace("A=", "B=");
        let place = Place {
            line: 2,
            name: Some("B".into()),
        };
        assert_eq!(
            seal_under(moved.as_bytes(), &key(1)),
            Err(SealError::NotAuthentic(place.clone()))
        );
        let opened = open(moved.as_bytes(), &ring(&[&key(1)]), &Policy::default());
        assert_eq!(
            opened.problems,
            [Problem {
                place,
                trouble: Trouble::NotAuthentic
            }]
        );
        assert_eq!(opened.text.as_slice(), moved.as_bytes());
    }

    #[test]
    fn damaged_and_embedded_tokens_are_refused_with_and_without_a_key() {
        let sealed = seal_under(b"A=1", &key(1)).expect("seals");
        let token = String::from_utf8(sealed)
            .expect("text")
            .rsplit('=')
            .next()
            .expect("a token")
            .to_owned();
        let quoted = format!("A=\"{token}\"");
        assert!(matches!(
            locked(quoted.as_bytes()),
            Err(SealError::Embedded(_))
        ));
        assert!(matches!(
            seal_under(quoted.as_bytes(), &key(1)),
            Err(SealError::Embedded(_))
        ));
        assert!(matches!(
            locked(b"A=seal1:AAAA"),
            Err(SealError::Malformed(_))
        ));
        assert!(matches!(
            seal_under(b"#seal1:AAAA", &key(1)),
            Err(SealError::Malformed(_))
        ));
    }

    #[test]
    fn a_plain_value_in_a_sealed_file_is_listed_and_in_a_plain_file_is_not() {
        let mut text = seal_under(b"A='1\n2\n3'\n", &key(1)).expect("seals");
        text.extend_from_slice(b"B=2\n");
        let opened = open(&text, &ring(&[&key(1)]), &Policy::default());
        // Where the work-tree text has it.
        let place = Place {
            line: 4,
            name: Some("B".into()),
        };
        assert_eq!(
            opened.problems,
            [Problem {
                place,
                trouble: Trouble::Plain
            }]
        );
        let plain = open(b"A=1\n", &ring(&[&key(1)]), &Policy::default());
        assert!(!plain.was_sealed && plain.problems.is_empty());
    }

    /// Lines of sealed and plain text as an honest hand, a clumsy one and a forger who holds the key
    /// might put them together.
    fn odd_sealed_file() -> impl Strategy<Value = Vec<u8>> {
        let secret = prop::sample::select(vec![
            "",
            "x",
            " y",
            "\"a\nB=1\"",
            "\"open",
            "1\nC=2",
            "#",
            "-----BEGIN K-----",
            "a\r",
            "-----END K-----",
            "=",
            "# git-seal v1",
            "seal1:x",
            "80",
        ]);
        let place = prop::sample::select(vec![
            ("A=", Kind::Value, "A"),
            ("PORT=", Kind::Value, "PORT"),
            ("export B = ", Kind::Value, "B"),
            ("#", Kind::Comment, ""),
            ("", Kind::Line, ""),
            ("C=", Kind::Value, "A"),
        ]);
        let ending = prop::sample::select(vec!["\n", "\r\n", ""]);
        let sealed = prop::sample::select(vec![
            None,
            Some((1, Suite::Aes256Siv)),
            Some((1, Suite::Aes256Siv)),
            Some((1, Suite::Aes256Siv)),
            Some((2, Suite::Aes256Siv)),
            Some((1, Suite::Fernet)),
        ]);
        let line = (place, secret, sealed, ending).prop_map(|(place, secret, sealed, ending)| {
            let (prefix, kind, name) = place;
            let name = name.as_bytes();
            let secret = secret.as_bytes();
            let secret = sealed.map_or(secret.to_vec(), |(byte, suite)| {
                suite.seal(&key(byte), Address { kind, name }, secret)
            });
            [prefix.as_bytes(), &secret, ending.as_bytes()].concat()
        });
        let header = prop::sample::select(vec![&b""[..], HEADER, b"\xef\xbb\xbf"]);
        let end = prop::sample::select(vec![&b"\n"[..], b"\r\n"]);
        (header, end, prop::collection::vec(line, 0..6))
            .prop_map(|(header, end, lines)| [header, end, &lines.concat()].concat())
    }

    fn policies() -> impl Strategy<Value = Policy> {
        let suite = prop::sample::select(Suite::ALL.to_vec());
        (suite, any::<bool>()).prop_map(|(suite, clear)| Policy {
            suite,
            clear: if clear {
                vec!["PORT".to_owned()]
            } else {
                vec![]
            },
            ..Policy::default()
        })
    }

    proptest! {
        #[test]
        fn whether_sealing_gives_a_file_again_is_told_without_sealing(
            text in prop_oneof![odd_sealed_file(), dotenv_like().prop_map(|text| {
                seal_under(&text, &key(1)).unwrap_or(text)
            })],
            policy in policies(),
            current in prop::sample::select(vec![Some(1), Some(2), None]),
        ) {
            let (keyring, current) = (ring(&[&key(1), &key(2)]), current.map(key));
            let with = SealWith::new(current.as_deref(), &keyring, &policy);
            let (opened, told) = open_to_seal_again(&text, &with);
            prop_assert_eq!(&opened.text, &open(&text, &keyring, &policy).text);
            prop_assert_eq!(told, seal(&opened.text, &with).is_ok_and(|again| again == text));
        }

        #[test]
        fn every_file_comes_back(text in dotenv_like()) {
            prop_assume!(!text.windows(6).any(|w| w == b"seal1:"));
            let sealed = seal_under(&text, &key(1)).expect("seals");
            let opened = open(&sealed, &ring(&[&key(1)]), &Policy::default());
            prop_assert_eq!(opened.text.as_slice(), text.as_slice());
            prop_assert_eq!(opened.problems, vec![]);
            prop_assert_eq!(seal_under(&sealed, &key(1)).expect("seals"), sealed.clone());
            prop_assert_eq!(locked(&sealed).expect("passes"), sealed);
        }

        #[test]
        fn no_value_occurs_in_the_sealed_file(value in "[a-z0-9]{12,40}", junk in "[a-z]{12}") {
            let text = format!("A={value}\n# {value}\nexport B = '{value}\n{value}'\n{junk} {value}\n");
            let sealed = String::from_utf8(seal_under(text.as_bytes(), &key(1)).expect("seals")).expect("text");
            prop_assert!(!sealed.contains(&value) && !sealed.contains(&junk));
        }

        #[test]
        fn clear_policies_keep_the_round_trip(text in dotenv_like()) {
            let policy = Policy {
                clear: vec!["PORT".into(), "A".into()],
                comments: crate::core::policy::Comments::Clear,
                ..Policy::default()
            };
            let key = key(1);
            let keyring = ring(&[&key]);
            let accepted = BTreeSet::new();
            let with = SealWith {
                accepted: &accepted,
                ..SealWith::new(Some(&key), &keyring, &policy)
            };
            prop_assume!(!text.windows(6).any(|w| w == b"seal1:"));
            let sealed = seal(&text, &with).expect("seals");
            prop_assert_eq!(seal(&sealed, &with).expect("seals"), sealed.clone());
            let opened = open(&sealed, &keyring, &policy);
            prop_assert_eq!(opened.text.as_slice(), text.as_slice());
            prop_assert_eq!(opened.problems, vec![]);
        }
    }
}
