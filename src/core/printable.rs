//! Text from a repository made safe for a terminal, a log and a pull-request page.
//!
//! Names, paths and comments are written by whoever can push. A control character in them moves the
//! cursor or sets the window's title; a bidi override makes text read other than it is; an
//! invisible character makes two names look the same.

use std::fmt::Write as _;

/// The bytes as one line of text without control, bidi, or invisible characters.
///
/// Such characters and bytes that are no UTF-8 come out as `\n`, `\x1b` or `\u{202e}`. A backslash
/// stays as it is, so this is for reading only: it can't be undone.
#[must_use]
pub fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push(&mut text, c));
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").expect("writing to a String succeeds");
        }
    }
    text
}

/// Why a file could not be read or written, in the system's words alone: without the number of the
/// error, and without the name of a temporary file.
#[must_use]
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// A path as one word to paste into a shell, safe to print. Names that a terminal would obey come in
/// the `$'…'` of bash, zsh, ksh and POSIX 2024.
#[must_use]
pub fn argument(path: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(path)
        && printable(path) == text
        && let Ok(word) = shlex::try_quote(text)
    {
        return word.into_owned();
    }
    let mut word = String::from("$'");
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' | '\'' => word.extend(['\\', c]),
                c if c.is_control() || is_deceptive(c) => {
                    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                        write!(word, "\\{byte:03o}").expect("writing to a String succeeds");
                    }
                }
                c => word.push(c),
            }
        }
        for byte in chunk.invalid() {
            write!(word, "\\{byte:03o}").expect("writing to a String succeeds");
        }
    }
    word + "'"
}

/// A JSON document whose strings hold no such characters either: they become JSON's own escapes,
/// so that nothing is lost. (Outside strings JSON has none but line feeds.)
#[must_use]
pub fn printable_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && (c.is_control() || is_deceptive(c)) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{unit:04x}").expect("writing to a String succeeds");
            }
        } else {
            text.push(c);
        }
    }
    text
}

fn push(text: &mut String, c: char) {
    match c {
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        c if c.is_ascii_control() => {
            write!(text, "\\x{:02x}", u32::from(c)).expect("writing to a String succeeds");
        }
        c if c.is_control() || is_deceptive(c) => {
            write!(text, "\\u{{{:x}}}", u32::from(c)).expect("writing to a String succeeds");
        }
        c => text.push(c),
    }
}

/// Characters that are invisible or change how their neighbours are shown: Unicode's general
/// category Cf, its line and paragraph separators, `Default_Ignorable_Code_Point` (variation
/// selectors and tags, in which text can be smuggled), and noncharacters at the ends of planes.
fn is_deceptive(c: char) -> bool {
    matches!(
        u32::from(c),
        0xAD | 0x34F
            | 0x600..=0x605
            | 0x61C
            | 0x6DD
            | 0x70F
            | 0x890..=0x891
            | 0x8E2
            | 0x115F..=0x1160
            | 0x17B4..=0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x2028..=0x202E
            | 0x2060..=0x206F
            | 0x2800
            | 0x3164
            | 0xFDD0..=0xFDEF
            | 0xFE00..=0xFE0F
            | 0xFEFF
            | 0xFFA0
            | 0xFFF0..=0xFFFB
            | 0x110BD
            | 0x110CD
            | 0x13430..=0x1343F
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF
    ) || u32::from(c) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in [
            "",
            "DB_URL",
            "certs/ключ.pem",
            "e\u{301}té 日本 🔑 \\x1b \"'",
        ] {
            assert_eq!(printable(text.as_bytes()), text);
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        for (bytes, shown) in [
            (&b"\x1b[2J\x1b]0;x\x07"[..], "\\x1b[2J\\x1b]0;x\\x07"),
            (b"a\r\nb\tc\0\x7f", "a\\r\\nb\\tc\\x00\\x7f"),
            ("\u{9b}31m".as_bytes(), "\\u{9b}31m"),
            ("x\u{202e}y\u{2066}".as_bytes(), "x\\u{202e}y\\u{2066}"),
            ("a\u{200b}\u{feff}b".as_bytes(), "a\\u{200b}\\u{feff}b"),
            ("a\u{e0041}".as_bytes(), "a\\u{e0041}"),
            (b"a\xff\xc3", "a\\xff\\xc3"),
            (b"\x9b31m", "\\x9b31m"),
        ] {
            assert_eq!(printable(bytes), shown);
        }
    }

    #[test]
    fn arguments_can_be_pasted() {
        for (path, word) in [
            (&b".env"[..], ".env"),
            (b"a b/.env", "'a b/.env'"),
            (b"it's", "\"it's\""),
            (b"-x", "-x"),
            (b"\x1b[2J\xff'\\", "$'\\033[2J\\377\\'\\\\'"),
            ("\u{202e}é".as_bytes(), "$'\\342\\200\\256é'"),
        ] {
            assert_eq!(argument(path), word);
        }
    }

    #[test]
    fn json_loses_nothing() {
        let text = "\u{9b}31m \u{202e} \u{e0041} é \x7f\n";
        let json = printable_json(&serde_json::to_string(text).expect("serialises"));
        assert_eq!(json, "\"\\u009b31m \\u202e \\udb40\\udc41 é \\u007f\\n\"");
        assert_eq!(serde_json::from_str::<String>(&json).expect("reads"), text);
    }

    proptest! {
        #[test]
        fn nothing_a_terminal_obeys_comes_out(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(!printable(&bytes).chars().any(char::is_control));
        }

        #[test]
        fn text_of_any_script_comes_out_without_control_and_bidi(text in "\\PC{0,20}[\u{80}-\u{9f}\u{200e}-\u{202e}]{1,3}") {
            let shown = printable(text.as_bytes());
            prop_assert!(!shown.chars().any(|c| c.is_control() || is_deceptive(c)));
        }
    }
}
