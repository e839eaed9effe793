use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::core::dotenv::{HEADER, dotenv_like};
use crate::core::key::MasterKey;
use crate::core::policy::Policy;
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
            stored_line: 2,
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
    // Where the work-tree text has it, and where the sealed one does.
    let place = Place {
        line: 4,
        name: Some("B".into()),
    };
    assert_eq!(
        opened.problems,
        [Problem {
            place,
            stored_line: 3,
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
    fn every_key_that_a_token_names_is_known(
        lines in prop::collection::vec((0..6_u8, any::<bool>()), 0..6),
    ) {
        let token = |byte: u8| {
            let token = Suite::default().seal(&key(byte), Address::value(b"A"), b"x");
            String::from_utf8(token).expect("text")
        };
        let mut text = String::new();
        let mut expected = BTreeSet::new();
        for (what, is_quoted) in lines {
            let (value, named) = match what {
                0 => ("plain".to_owned(), None),
                1 => ("seal1:AAAA".to_owned(), None),
                2 => (token(1)[..30].to_owned(), None),
                _ => (token(what - 2), Some(key(what - 2).id())),
            };
            if is_quoted {
                text += &format!("A=\"{value}\"\n");
            } else {
                text += &format!("A={value}\n");
                expected.extend(named);
            }
        }
        prop_assert_eq!(key_ids(text.as_bytes()), expected);
    }

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
