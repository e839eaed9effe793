//! Setting and removing a variable in a plain dotenv text, everything else byte for byte.
//!
//! An edit that would change how any other line is read (next to a quote that was left open, say)
//! is refused.

use zeroize::Zeroizing;

use super::dotenv::{self, Document, Line, LineKind};
use super::quote::Quoted;
use super::value::Raw;

/// Why a text cannot be edited this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Not of the form `[A-Za-z0-9_][A-Za-z0-9_.-]*`.
    #[error("it is no name for a variable")]
    BadName,
    /// A line far from the edit would be read differently; probably a quote was left open.
    #[error("line {0} would be read differently after that: look for an open quote before it")]
    Entangled(usize),
}

/// Gives a variable a value. Of several assignments the last one, which counts, is changed;
/// indentation, `export`, blanks and comments on its line stay. A new variable goes to the end.
///
/// # Errors
/// See [`EditError`].
pub fn set(text: &[u8], name: &[u8], value: &Quoted) -> Result<Zeroizing<Vec<u8>>, EditError> {
    if !dotenv::is_name(name) {
        return Err(EditError::BadName);
    }
    let document = Document::split(text);
    let held = document
        .lines
        .iter()
        .rposition(|line| line.name() == Some(name));
    let changed = held.map(|at| replaced(document.lines[at].secret, value));
    let prefix = Zeroizing::new([name, b"="].concat());
    let mut wanted = document.clone();
    if let (Some(at), Some(secret)) = (held, &changed) {
        wanted.lines[at].secret = secret;
    } else {
        append(&mut wanted, &prefix, value.text());
    }
    joined_as_wanted(&wanted)
}

/// Removes all assignments of a variable; `None` where there is none.
///
/// # Errors
/// See [`EditError`].
pub fn unset(text: &[u8], name: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, EditError> {
    let mut wanted = Document::split(text);
    let before = wanted.lines.len();
    wanted.lines.retain(|line| line.name() != Some(name));
    if wanted.lines.len() == before {
        return Ok(None);
    }
    joined_as_wanted(&wanted).map(Some)
}

/// The right-hand side with another value between its blanks and its comment.
fn replaced(secret: &[u8], value: &Quoted) -> Zeroizing<Vec<u8>> {
    let raw = Raw::of(secret);
    // `#` right behind a bare value would belong to it.
    let gap: &[u8] = if raw.tail.starts_with(b"#") {
        b" "
    } else {
        b""
    };
    Zeroizing::new([raw.lead, value.text(), gap, raw.tail].concat())
}

fn append<'a>(document: &mut Document<'a>, prefix: &'a [u8], secret: &'a [u8]) {
    let ending = document
        .lines
        .iter()
        .rev()
        .map(|line| line.ending)
        .find(|ending| !ending.is_empty())
        .unwrap_or(b"\n");
    if let Some(last) = document.lines.last_mut() {
        last.ending = ending;
    }
    let name = &prefix[..prefix.len() - 1];
    document.lines.push(Line {
        kind: LineKind::Assignment { name },
        prefix,
        secret,
        ending,
        number: 0,
    });
}

/// The text of these lines, provided that it splits into just them.
fn joined_as_wanted(wanted: &Document<'_>) -> Result<Zeroizing<Vec<u8>>, EditError> {
    let text = Zeroizing::new(wanted.join());
    let pieces = |line: &Line<'_>| (line.prefix.to_vec(), line.secret.to_vec());
    let got = Document::split(&text);
    let differs = got
        .lines
        .iter()
        .zip(&wanted.lines)
        .find(|(got, wanted)| got.kind != wanted.kind || pieces(got) != pieces(wanted))
        .map(|(got, _)| got.number);
    let surplus = || got.lines.get(wanted.lines.len()).map(|line| line.number);
    match differs.or_else(surplus) {
        Some(line) => Err(EditError::Entangled(line)),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::dotenv::dotenv_like;
    use crate::core::quote::{quote, tricky};
    use crate::core::value::{self, Expansion};
    use proptest::prelude::*;

    fn set_to(text: &str, name: &str, value: &str) -> Result<String, EditError> {
        let quoted = quote(value.as_bytes()).expect("no NUL");
        let edited = set(text.as_bytes(), name.as_bytes(), &quoted)?;
        Ok(String::from_utf8_lossy(&edited).into_owned())
    }

    fn unset_in(text: &str, name: &str) -> Option<String> {
        unset(text.as_bytes(), name.as_bytes())
            .expect("not entangled")
            .map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn what_surrounds_a_value_stays() {
        for (before, after) in [
            ("A=1\nB=2\n", "A=new\nB=2\n"),
            (
                "  export A = 1 # why\r\nB=2",
                "  export A = new # why\r\nB=2",
            ),
            ("A=\"x\ny\"\t# why\n", "A=new\t# why\n"),
            ("A=\"x\"#why\n", "A=new #why\n"),
            ("A=#why\n", "A=new #why\n"),
            ("A= # why\n", "A=new # why\n"),
            ("A=\n", "A=new\n"),
            ("A=1\nA=2\n", "A=1\nA=new\n"),
            ("A=\"x\nB=2", "A=new\nB=2"),
        ] {
            assert_eq!(set_to(before, "A", "new").as_deref(), Ok(after));
        }
    }

    #[test]
    fn a_new_variable_goes_to_the_end_with_the_line_end_of_the_file() {
        for (before, after) in [
            ("", "A=new\n"),
            ("B=1\n", "B=1\nA=new\n"),
            ("B=1", "B=1\nA=new\n"),
            ("B=1\r\nC=2", "B=1\r\nC=2\r\nA=new\r\n"),
            ("\u{feff}", "\u{feff}A=new\n"),
        ] {
            assert_eq!(set_to(before, "A", "new").as_deref(), Ok(after));
        }
    }

    #[test]
    fn unset_removes_every_assignment() {
        assert_eq!(
            unset_in("A=1\n# A\nB=\"\nA=2\n\"\nA='\n'\n", "A").as_deref(),
            Some("# A\nB=\"\nA=2\n\"\n")
        );
        assert_eq!(unset_in("B=1\n", "A"), None);
    }

    #[test]
    fn a_bad_name_is_refused() {
        for name in ["", "-A", "A B", "A=B", "A\n"] {
            assert_eq!(set_to("", name, "x"), Err(EditError::BadName));
        }
    }

    #[test]
    fn an_edit_that_would_close_an_open_quote_is_refused() {
        assert_eq!(
            set_to("B=\"x\nA=1\n", "A", "\n'"),
            Err(EditError::Entangled(1))
        );
        assert_eq!(set_to("B=\"x\n", "A", "\n'"), Err(EditError::Entangled(1)));
    }

    proptest! {
        #[test]
        fn only_the_variable_changes(text in dotenv_like(), value in tricky()) {
            let quoted = quote(&value).expect("no NUL");
            let Ok(edited) = set(&text, b"A", &quoted) else { return Ok(()) };
            let all = |text: &[u8]| value::read(&Document::split(text), Expansion::Never, &|_| None).0;
            let others = |text: &[u8]| {
                let mut variables = all(text);
                variables.retain(|variable| variable.name != "A");
                variables
            };
            prop_assert_eq!(others(&text), others(&edited));
            let document = Document::split(&edited);
            let (read, _) = value::read(&document, Expansion::FileFirst, &|_| None);
            let set = read.iter().find(|variable| variable.name == "A").expect("it is set");
            prop_assert_eq!(&*set.value, &value);
        }

        #[test]
        fn bytes_outside_the_value_stay(text in dotenv_like(), value in tricky()) {
            let quoted = quote(&value).expect("no NUL");
            let Ok(edited) = set(&text, b"A", &quoted) else { return Ok(()) };
            let at = memchr::memmem::rfind_iter(&edited, quoted.text()).any(|at| {
                let behind = &edited[at + quoted.text().len()..];
                text.starts_with(&edited[..at]) && text.ends_with(behind.strip_prefix(b" ").unwrap_or(behind))
            });
            let appended = edited.starts_with(&text);
            prop_assert!(at || appended);
        }

        #[test]
        fn setting_twice_is_setting_once(text in dotenv_like(), value in tricky()) {
            let quoted = quote(&value).expect("no NUL");
            let Ok(once) = set(&text, b"A", &quoted) else { return Ok(()) };
            prop_assert_eq!(set(&once, b"A", &quoted), Ok(once));
        }

        #[test]
        fn after_unset_it_is_gone_and_the_rest_is_there(text in dotenv_like()) {
            let Ok(Some(edited)) = unset(&text, b"A") else { return Ok(()) };
            let kept: Vec<u8> = Document::split(&text)
                .lines
                .iter()
                .filter(|line| line.name() != Some(b"A"))
                .flat_map(|line| [line.prefix, line.secret, line.ending].concat())
                .collect();
            prop_assert!(edited.ends_with(&kept));
            prop_assert_eq!(unset(&edited, b"A"), Ok(None));
        }
    }
}
