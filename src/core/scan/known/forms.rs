//! The forms in which a value may turn up elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::core::scan::plain::Plain;

/// How a value was written where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// As it is.
    Literal,
    /// Percent-encoded (RFC 3986 section 2.1), as a form field, or as a URI component.
    UrlEncoded,
    /// In base64 (RFC 4648 sections 4 and 5), perhaps with something before and behind it.
    Base64,
    /// As in a JSON string (RFC 8259 section 7).
    JsonEscaped,
    /// One line of a value over several lines.
    Line,
    /// The password of a URL.
    UrlPassword,
}

impl Form {
    /// The form in words, to stand behind "found".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Literal => "as it is",
            Self::UrlEncoded => "URL-encoded",
            Self::Base64 => "in base64",
            Self::JsonEscaped => "escaped as in JSON",
            Self::Line => "one line of it",
            Self::UrlPassword => "the password in it",
        }
    }
}

/// Characters in a line of base64: RFC 7468 (PEM, OpenSSL) and RFC 2045 (MIME, coreutils).
const LINE_WIDTHS: [usize; 2] = [64, 76];
/// A last line with fewer characters is not sought.
const SHORTEST_LINE: usize = 8;

/// Every way to write the value, the value itself first, each once.
#[must_use]
pub fn all(value: &[u8]) -> Vec<(Form, Plain)> {
    let mut forms = vec![(Form::Literal, Plain::from(value))];
    let mut add = |form, text: Vec<u8>| {
        let text = Plain::new(text);
        if !forms.iter().any(|(_, known)| *known == text) {
            forms.push((form, text));
        }
    };
    // Most values are nothing but letters and digits: none of these would change them.
    let never_encoded = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    if !value.iter().all(never_encoded) {
        let blanks: &[bool] = if value.contains(&b' ') {
            &[false, true]
        } else {
            &[false]
        };
        for kept in [&b"-._~"[..], b"-._~!*'()", b"-._*", b"-._~!*'();/?:@&=+$,#"] {
            for digits in [b"0123456789ABCDEF", b"0123456789abcdef"] {
                for plus in blanks {
                    add(Form::UrlEncoded, percent(value, kept, digits, *plus));
                }
            }
        }
    }
    for alignment in 0..3 {
        let text = base64_middle(value, alignment);
        let url_safe = |byte: &u8| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        };
        add(Form::Base64, text.iter().map(url_safe).collect());
        // Encoded by itself, a long value is often broken into lines.
        let widths: &[usize] = if alignment == 0 { &LINE_WIDTHS } else { &[] };
        for width in widths.iter().filter(|width| **width < text.len()) {
            let lines = text.chunks(*width);
            for line in lines.filter(|line| line.len() >= SHORTEST_LINE) {
                add(Form::Base64, line.to_vec());
            }
        }
        add(Form::Base64, text);
    }
    let is_escaped = |byte: &u8| b"\"\\/<>&".contains(byte) || *byte < b' ' || *byte > 126;
    if value.iter().any(is_escaped) {
        for style in [
            Json::Plain,
            Json::Slash,
            Json::Html,
            Json::Ascii,
            Json::HtmlAscii,
        ] {
            add(Form::JsonEscaped, json(value, style));
        }
    }
    forms
}

fn percent(value: &[u8], kept: &[u8], digits: &[u8; 16], plus: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() * 3);
    for byte in value {
        match byte {
            b' ' if plus => out.push(b'+'),
            _ if byte.is_ascii_alphanumeric() || kept.contains(byte) => out.push(*byte),
            _ => out.extend([
                b'%',
                digits[usize::from(byte >> 4)],
                digits[usize::from(byte & 15)],
            ]),
        }
    }
    out
}

/// Without percent-encoding (RFC 3986 section 2.1); a `%` that begins none stays.
#[must_use]
pub fn percent_decoded(text: &[u8]) -> Plain {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        let escaped = match (first, behind) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        let escaped = escaped.and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
        out.push(escaped.unwrap_or(*first));
        rest = &behind[if escaped.is_some() { 2 } else { 0 }..];
    }
    Plain::new(out)
}

/// The characters of base64 that depend on the value alone, when `alignment` other bytes (modulo 3)
/// stand before it and any behind it.
fn base64_middle(value: &[u8], alignment: usize) -> Vec<u8> {
    let mut padded = Zeroizing::new(vec![0; alignment]);
    padded.extend_from_slice(value);
    let text = Zeroizing::new(STANDARD_NO_PAD.encode(&*padded));
    let first = (alignment * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    text.as_bytes()[first..last].to_vec()
}

#[derive(Clone, Copy, PartialEq)]
enum Json {
    /// As JavaScript writes it.
    Plain,
    /// As PHP writes it: with `\/`.
    Slash,
    /// As Go writes it: `<`, `>` and `&` as `\u003c` and so on.
    Html,
    /// As Python writes it: nothing beyond ASCII.
    Ascii,
    /// As Ruby on Rails and Java libraries may write it: both.
    HtmlAscii,
}

fn json(value: &[u8], style: Json) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(value) else {
        return value.to_vec();
    };
    let html = matches!(style, Json::Html | Json::HtmlAscii);
    let ascii = matches!(style, Json::Ascii | Json::HtmlAscii);
    let mut out = Vec::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '\n' => out.extend(b"\\n"),
            '\r' => out.extend(b"\\r"),
            '\t' => out.extend(b"\\t"),
            '\u{8}' => out.extend(b"\\b"),
            '\u{c}' => out.extend(b"\\f"),
            '/' if style == Json::Slash => out.extend(b"\\/"),
            _ if character < ' '
                || (html && matches!(character, '<' | '>' | '&'))
                || (ascii && !character.is_ascii()) =>
            {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.extend(format!("\\u{unit:04x}").bytes());
                }
            }
            _ => out.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out
}
