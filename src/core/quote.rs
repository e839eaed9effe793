//! Writing a value into a dotenv line, so that readers of many kinds read the same back.
//!
//! [`super::value`] reads back exactly what was written; where some other reader is known not to,
//! the [`Doubt`] says why.

use zeroize::Zeroizing;

/// A value as it stands behind the `=` of an assignment.
#[derive(Clone, PartialEq, Eq)]
pub struct Quoted {
    text: Zeroizing<Vec<u8>>,
    /// Why some reader may read something else, if one may.
    pub doubt: Option<Doubt>,
}

impl Quoted {
    /// The text to write behind the `=`.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

/// A value holds a NUL byte, which no environment can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a NUL byte cannot stand in an environment variable")]
pub struct Unwritable;

/// What about a value no spelling says to all readers alike (docs/DOTENV.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// npm's dotenv keeps the backslash of `\"`, Node ends the value there.
    #[error("it holds both kinds of quote")]
    BothQuotes,
    /// Readers differ on `\\` in every kind of quotes.
    #[error("it holds a backslash where dotenv readers differ on what that means")]
    Backslash,
    /// python-dotenv and dotenv-expand expand it even in single quotes.
    #[error("it holds `${{`, which some dotenv readers expand within any quotes")]
    Reference,
    /// Half of the readers expand `$NAME` in double quotes, the others keep the backslash of `\$`.
    #[error("it holds a single quote and `$`, which some dotenv readers expand")]
    Dollar,
    /// Node, Ruby and shells take `\r` for two characters.
    #[error("it holds a carriage return, which some dotenv readers cannot read")]
    CarriageReturn,
    /// Readers refuse such a file, or replace what they cannot decode.
    #[error("it is not UTF-8")]
    NotUtf8,
}

/// Writes a value: bare, in single quotes, or in double quotes, the first that fits.
///
/// # Errors
/// When the value holds a NUL byte.
pub fn quote(value: &[u8]) -> Result<Quoted, Unwritable> {
    if value.contains(&0) {
        return Err(Unwritable);
    }
    let (text, doubt) = if is_bare(value) {
        (value.to_vec(), None)
    } else if fits_single_quotes(value) {
        (surround(b'\'', value), doubt_in_single_quotes(value))
    } else {
        (in_double_quotes(value), doubt_in_double_quotes(value))
    };
    let not_utf8 = std::str::from_utf8(value).is_err();
    Ok(Quoted {
        text: Zeroizing::new(text),
        doubt: doubt.or(not_utf8.then_some(Doubt::NotUtf8)),
    })
}

/// Not empty and not only `=`: after certain lines that would look like the tail of pasted data.
fn is_bare(value: &[u8]) -> bool {
    value.iter().any(|byte| *byte != b'=')
        && value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_./:@%+,=-".contains(byte))
}

fn fits_single_quotes(value: &[u8]) -> bool {
    !value.contains(&b'\'') && !value.contains(&b'\r') && !value.ends_with(b"\\")
}

fn surround(quote: u8, text: &[u8]) -> Vec<u8> {
    [&[quote], text, &[quote]].concat()
}

/// Line feeds stay as they are: more readers agree on them than on `\n`.
fn in_double_quotes(value: &[u8]) -> Vec<u8> {
    let mut text = vec![b'"'];
    for (at, byte) in value.iter().enumerate() {
        match byte {
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', *byte]),
            b'\r' => text.extend_from_slice(b"\\r"),
            b'$' if value.get(at + 1) == Some(&b'{') => text.extend_from_slice(b"\\$"),
            _ => text.push(*byte),
        }
    }
    text.push(b'"');
    text
}

fn holds(value: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(value, what).is_some()
}

fn doubt_in_single_quotes(value: &[u8]) -> Option<Doubt> {
    if holds(value, b"${") {
        Some(Doubt::Reference)
    } else {
        holds(value, b"\\\\").then_some(Doubt::Backslash)
    }
}

fn doubt_in_double_quotes(value: &[u8]) -> Option<Doubt> {
    [
        (b"${".as_slice(), Doubt::Reference),
        (b"\"", Doubt::BothQuotes),
        (b"\\", Doubt::Backslash),
        (b"\r", Doubt::CarriageReturn),
        (b"$", Doubt::Dollar),
    ]
    .into_iter()
    .find_map(|(what, doubt)| holds(value, what).then_some(doubt))
}

#[cfg(test)]
pub(crate) use tests::tricky;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::dotenv::Document;
    use crate::core::value::{self, Expansion};
    use proptest::prelude::*;

    fn written(value: &[u8]) -> (String, Option<Doubt>) {
        let quoted = quote(value).expect("no NUL");
        let text = String::from_utf8_lossy(quoted.text()).into_owned();
        (text, quoted.doubt)
    }

    #[test]
    fn the_first_spelling_that_fits_is_taken() {
        for (value, text) in [
            ("x_./:@%+,=-9", "x_./:@%+,=-9"),
            ("", "''"),
            ("==", "'=='"),
            ("a b", "'a b'"),
            ("pa$$#x", "'pa$$#x'"),
            ("{\"a\": 1}", "'{\"a\": 1}'"),
            ("a\nb", "'a\nb'"),
            ("C:\\new", "'C:\\new'"),
            ("it's", "\"it's\""),
            ("it's\ntwo", "\"it's\ntwo\""),
        ] {
            assert_eq!(written(value.as_bytes()), (text.to_owned(), None));
        }
    }

    #[test]
    fn what_readers_disagree_on_is_doubted() {
        for (value, text, doubt) in [
            ("'\"", "\"'\\\"\"", Doubt::BothQuotes),
            ("dir\\", "\"dir\\\\\"", Doubt::Backslash),
            ("\\\\host", "'\\\\host'", Doubt::Backslash),
            ("${A}", "'${A}'", Doubt::Reference),
            ("'${A}", "\"'\\${A}\"", Doubt::Reference),
            ("'$A", "\"'$A\"", Doubt::Dollar),
            ("a\rb", "\"a\\rb\"", Doubt::CarriageReturn),
        ] {
            assert_eq!(written(value.as_bytes()), (text.to_owned(), Some(doubt)));
        }
        assert_eq!(written(b"\xff").1, Some(Doubt::NotUtf8));
        assert_eq!(quote(b"a\0b").err(), Some(Unwritable));
    }

    /// Values made of what quoting must take care of.
    pub(crate) fn tricky() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                "'",
                "\"",
                "`",
                "\\",
                "\n",
                "\r",
                "\r\n",
                "$",
                "${A}",
                "{",
                "}",
                "#",
                " ",
                "=",
                "x",
                "\t",
                "\\n",
                "-----BEGIN K-----",
                "-----END K-----",
                "\nB=1\n",
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
            prop::collection::vec(1u8.., 0..4),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(value in tricky(), crlf: bool, before in "(junk\n|A=1\n)?") {
            let quoted = quote(&value).expect("no NUL");
            let end = if crlf { "\r\n" } else { "\n" };
            let text = [before.as_bytes(), b"T=", quoted.text(), end.as_bytes(), b"U=1"].concat();
            for expansion in [Expansion::EnvironmentFirst, Expansion::FileFirst] {
                let (variables, _) = value::read(&Document::split(&text), expansion, &|_| None);
                let found = |name| variables.iter().find(|v| v.name == name).map(|v| v.value.to_vec());
                prop_assert_eq!(found("T"), Some(value.clone()));
                prop_assert_eq!(found("U"), Some(b"1".to_vec()));
            }
        }
    }
}
