//! Text that is safe to show: names and paths from a repository are anybody's, and a terminal obeys
//! what it is shown.

use std::fmt::Write as _;

/// The bytes as text in which nothing moves a cursor, changes a colour or hides itself: control
/// characters, bytes that are not UTF-8, and invisible or direction-changing characters are
/// escaped.
#[must_use]
pub fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                _ if character.is_control() || is_deceptive(character) => {
                    write!(out, "\\u{{{:x}}}", u32::from(character))
                        .expect("writing to a String succeeds");
                }
                _ => out.push(character),
            }
        }
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}").expect("writing to a String succeeds");
        }
    }
    out
}

/// Characters that change the direction of text, join, or take no room (Unicode TR 36).
fn is_deceptive(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_passes_and_tricks_are_shown() {
        assert_eq!(printable("config/é .env".as_bytes()), "config/é .env");
        assert_eq!(printable(b"a\x1b[31m\x07\n"), "a\\u{1b}[31m\\u{7}\\n");
        assert_eq!(printable(b"\xff\xfe"), "\\xff\\xfe");
        assert_eq!(printable("x\u{202e}y".as_bytes()), "x\\u{202e}y");
    }

    proptest! {
        #[test]
        fn nothing_that_controls_a_terminal_gets_through(bytes: Vec<u8>) {
            prop_assert!(!printable(&bytes).chars().any(char::is_control));
        }
    }
}
