//! A file with every value masked, for git's own views (`diff`, `show`, `log -p`, `blame`).
//!
//! Git hands over plain text where the clone is unlocked and tokens where it is locked, with neither
//! path nor environment nor policy. So every value is masked, also one that is clear in the
//! repository, and beside each mask stands a mark: what it is keyed with is random to the clone, so
//! a mark says nothing but "same" or "another".

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::dotenv::{Document, Line, LineKind};
use super::file::{Place, address};
use super::hex;
use super::mask::HIDDEN;
use super::suites;
use super::token::{Address, Kind, Sighting};

/// Git takes a file for binary that has a NUL in its first bytes (`buffer_is_binary` in git's
/// xdiff-interface.c); so is an opaque file here.
const BINARY_LOOK_BYTES: usize = 8000;
/// How many bytes of an HMAC make a mark.
const MARK_BYTES: usize = 4;

/// The lines of a dotenv file, plain or sealed, with every value and comment masked; or one line
/// about a binary file. `key` keys the marks. Never fails, and gives text that is safe to print.
#[must_use]
pub fn mask_file(file: &[u8], key: &[u8; 32]) -> String {
    if is_binary(file) {
        let address = Address::nameless(Kind::File);
        return format!(
            "binary file, {} {HIDDEN} {}\n",
            size_bucket(file.len()),
            Marks::keyed(key).of(address, file)
        );
    }
    let marks = Marks::keyed(key);
    let document = Document::split(file);
    // Without the header plain and sealed text have the same lines.
    let lines = document
        .lines
        .iter()
        .skip(usize::from(document.has_header()));
    lines.map(|line| mask_line(line, &marks)).collect()
}

fn mask_line(line: &Line<'_>, marks: &Marks) -> String {
    let prefix = String::from_utf8_lossy(line.prefix);
    let ending = String::from_utf8_lossy(line.ending);
    let masked = |address| format!("{HIDDEN} {}", marks.of(address, line.secret));
    let body = match (line.kind, address(line)) {
        // The label of a marker is anybody's text.
        (LineKind::Marker, _) => {
            let (run, label) = line.prefix.split_at(7);
            let run = String::from_utf8_lossy(run);
            let address = Address::nameless(Kind::Line);
            match label {
                b"" => run.into_owned(),
                label => format!("{run} {}", marks.of(address, label)),
            }
        }
        (LineKind::Comment, _) if says_nothing(line.secret) => {
            format!("{prefix}{}", String::from_utf8_lossy(line.secret))
        }
        (LineKind::Comment, Some(address)) => format!("{prefix} {}", masked(address)),
        (_, Some(address)) => format!("{prefix}{}", masked(address)),
        (_, None) => prefix.into_owned(),
    };
    body + &ending
}

/// Whether a file is nothing but what [`mask_file`] makes of a dotenv file: there is no value in it.
/// `git blame FILE` hands that to the clean filter (git 2.47).
#[must_use]
pub fn is_masked(file: &[u8]) -> bool {
    if memchr::memmem::find(file, HIDDEN.as_bytes()).is_none() {
        return false;
    }
    let document = Document::split(file);
    document.lines.iter().all(|line| match line.kind {
        LineKind::Blank => true,
        LineKind::Marker => line
            .prefix
            .get(7..)
            .is_none_or(|label| label.is_empty() || label.strip_prefix(b" ").is_some_and(is_mark)),
        LineKind::Comment => {
            says_nothing(line.secret) || line.secret.strip_prefix(b" ").is_some_and(is_mask)
        }
        _ => is_mask(line.secret),
    })
}

/// The first place where a mask of [`mask_file`] stands instead of a value, as when part of a view was
/// copied into the file.
#[must_use]
pub fn first_mask(file: &[u8]) -> Option<Place> {
    memchr::memmem::find(file, HIDDEN.as_bytes())?;
    let document = Document::split(file);
    let masked = document.lines.iter().find(|line| match line.kind {
        LineKind::Assignment { .. } => is_mask(line.secret),
        _ => false,
    });
    masked.map(Place::of)
}

/// The fixed dots and a mark.
fn is_mask(text: &[u8]) -> bool {
    let mark = text
        .strip_prefix(HIDDEN.as_bytes())
        .and_then(|rest| rest.strip_prefix(b" "));
    mark.is_some_and(is_mark)
}

fn is_mark(text: &[u8]) -> bool {
    text.len() == 2 * MARK_BYTES && text.iter().all(is_hex_digit)
}

fn is_hex_digit(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Comments of signs only, such as rulers; control characters are no signs.
fn says_nothing(comment: &[u8]) -> bool {
    comment
        .iter()
        .all(|byte| *byte == b'\t' || matches!(byte, b' '..=b'~') && !byte.is_ascii_alphanumeric())
}

struct Marks(Hmac<Sha256>);

impl Marks {
    fn keyed(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length (RFC 2104)"))
    }

    /// The first 8 hex digits of HMAC-SHA256 over kind, name and secret.
    fn of(&self, address: Address<'_>, secret: &[u8]) -> String {
        let mut mac = self.0.clone();
        for part in [address.kind.as_str().as_bytes(), address.name] {
            mac.update(part);
            mac.update(&[0]);
        }
        mac.update(secret);
        hex::encode(&mac.finalize().into_bytes()[..MARK_BYTES])
    }
}

fn is_binary(file: &[u8]) -> bool {
    let look = &file[..file.len().min(BINARY_LOOK_BYTES)];
    look.contains(&0) || !matches!(suites::sight_file(file), Sighting::Plain)
}

/// The power of two that the size is below: an exact size would tell too much.
fn size_bucket(bytes: usize) -> String {
    let kib = (bytes / 1024 + 1).next_power_of_two();
    if kib < 1024 {
        format!("up to {kib} KiB,")
    } else {
        format!("up to {} MiB,", kib / 1024)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::core::dotenv::dotenv_like;
    use crate::core::file::{SealWith, seal};
    use crate::core::key::{Keyring, MasterKey, SealKey};
    use crate::core::policy::Policy;
    use crate::core::suites::Suite;

    const KEY: [u8; 32] = [7; 32];

    fn sealed(text: &[u8]) -> Vec<u8> {
        let key = Arc::new(SealKey::derive(MasterKey::from_bytes([1; 32])));
        seal(
            text,
            &SealWith::new(Some(&key), &Keyring::new(), &Policy::default()),
        )
        .expect("seals")
    }

    /// The text without its marks.
    fn unmarked(text: &str) -> String {
        let marks = regex::Regex::new(&format!("{HIDDEN} [0-9a-f]{{8}}")).expect("a good pattern");
        marks.replace_all(text, HIDDEN).into_owned()
    }

    #[test]
    fn names_stay_and_values_and_comments_go() {
        let text = b"# ----\n  # a secret\nexport A = hunter2 # x\n\nB='1\n2'\nPORT=80\r\njunk";
        let expected = format!(
            "# ----\n  # {HIDDEN}\nexport A ={HIDDEN}\n\nB={HIDDEN}\nPORT={HIDDEN}\r\n{HIDDEN}"
        );
        assert_eq!(unmarked(&mask_file(text, &KEY)), expected);
        assert_eq!(unmarked(&mask_file(&sealed(text), &KEY)), expected);
    }

    #[test]
    fn a_change_shows_as_another_mark_and_nothing_else_does() {
        let marks = |text: &str| mask_file(text.as_bytes(), &KEY);
        assert_eq!(marks("A=1\n"), marks("A=1\n"));
        assert_ne!(marks("A=1\n"), marks("A=2\n"));
        let both = marks("A=1\nB=1\n");
        let [a, b] = [0, 1].map(|at| both.lines().nth(at).expect("two lines")[2..].to_owned());
        assert_ne!(a, b, "the mark is bound to the name");
        assert_ne!(marks("A=1\n"), mask_file(b"A=1\n", &[8; 32]));
    }

    #[test]
    fn a_binary_file_is_one_line() {
        let line = |file: &[u8]| unmarked(&mask_file(file, &KEY));
        assert_eq!(
            line(b"\0p12"),
            format!("binary file, up to 1 KiB, {HIDDEN}\n")
        );
        assert_eq!(
            line(&[0; 5000]),
            format!("binary file, up to 8 KiB, {HIDDEN}\n")
        );
        assert_eq!(
            line(&vec![0; 3 << 20]),
            format!("binary file, up to 4 MiB, {HIDDEN}\n")
        );
        let key = SealKey::derive(MasterKey::from_bytes([1; 32]));
        let sealed = Suite::default().seal_file(&key, b"p12");
        assert_eq!(
            line(&sealed),
            format!("binary file, up to 1 KiB, {HIDDEN}\n")
        );
    }

    #[test]
    fn a_mask_among_values_is_named() {
        let text = format!("A=1\n# {HIDDEN} 0011aabb\nB={HIDDEN} 0011aabb\n");
        let place = Place {
            line: 3,
            name: Some("B".into()),
        };
        assert_eq!(first_mask(text.as_bytes()), Some(place));
        let dots = format!("A={HIDDEN}\nB={HIDDEN} 0011aabbc\n");
        assert_eq!(first_mask(dots.as_bytes()), None);
    }

    #[test]
    fn only_a_file_that_is_masked_throughout_is_masked() {
        let masked = mask_file(b"# ----\n# x\nexport A = 1\n\nB='1\n2'\nC=\r\njunk", &KEY);
        assert!(is_masked(masked.as_bytes()));
        for other in [
            "A=1\n".to_owned(),
            String::new(),
            masked.clone() + "\nD=hunter2",
            masked.clone() + "\n# hunter2",
            masked.clone() + "\nhunter2",
            masked.clone() + "\n<<<<<<< hunter2",
            masked.replace("B=", "B=x"),
            format!("A={HIDDEN} 1234567"),
            format!("A={HIDDEN} 12345678 "),
            format!("A={HIDDEN} 1234567g"),
            format!("A=\"{HIDDEN} 12345678\""),
        ] {
            assert!(!is_masked(other.as_bytes()), "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_file_comes_out_masked_and_safe(file in dotenv_like()) {
            let text = mask_file(&file, &KEY);
            let obeyed = |c: char| c.is_control() && !"\r\n\t".contains(c);
            prop_assert!(!text.contains(obeyed));
            prop_assert_eq!(mask_file(&file, &KEY), text);
        }

        #[test]
        fn no_value_comes_out(value in "[a-z0-9]{8,20}", label in "[a-z]{8}") {
            let text = format!(
                "A={value}\n#{value}\n#A={value}\nexport B='{value}\n{value}'\n{value}\n<<<<<<< {label}\nC==\n{value} x="
            );
            let masked = mask_file(text.as_bytes(), &KEY);
            prop_assert!(!masked.contains(&value) && !masked.contains(&label));
        }

        #[test]
        fn plain_and_sealed_have_the_same_lines(file in dotenv_like()) {
            prop_assume!(!file.windows(6).any(|w| w == b"seal1:") && !file.contains(&0) );
            let (plain, sealed) = (mask_file(&file, &KEY), mask_file(&sealed(&file), &KEY));
            prop_assert_eq!(unmarked(&plain), unmarked(&sealed));
        }
    }
}
