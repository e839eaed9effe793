//! The forms in which a value may turn up elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::core::scan::plain::{Plain, Plains};

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

/// Writes values in all their forms.
#[derive(Default)]
pub struct Writer {
    /// What was written.
    pub texts: Plains,
    /// With room in front for the bytes that may stand before it.
    padded: Zeroizing<Vec<u8>>,
    encoded: Zeroizing<Vec<u8>>,
}

/// What each encoder leaves as it is, beside letters and digits.
const KEPT: [u128; 4] = [
    set_of(b"-._~"),
    set_of(b"-._~!*'()"),
    set_of(b"-._*"),
    set_of(b"-._~!*'();/?:@&=+$,#"),
];

const fn set_of(bytes: &[u8]) -> u128 {
    let (mut set, mut at) = (0, 0);
    while at < bytes.len() {
        set |= 1 << bytes[at];
        at += 1;
    }
    set
}

/// What a value is made of.
struct Bytes {
    /// Its ASCII bytes but for letters and digits, each a bit.
    special: u128,
    beyond_ascii: bool,
}

impl Bytes {
    fn of(value: &[u8]) -> Self {
        let special = value
            .iter()
            .filter(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
        Self {
            special: special.fold(0, |set, byte| set | 1 << byte),
            beyond_ascii: !value.is_ascii(),
        }
    }

    fn has_any(&self, of: u128) -> bool {
        self.special & of != 0
    }
}

const CONTROLS: u128 = (1 << b' ') - 1;

impl Writer {
    /// Adds every way to write the value, the value itself first, each once and none that is shorter
    /// than `shortest`; calls `wrote` for each.
    pub fn write(&mut self, value: &[u8], shortest: usize, mut wrote: impl FnMut(Form)) {
        let since = self.texts.len();
        let mut finish = |texts: &mut Plains, form| {
            if texts.finish_new(since, shortest) {
                wrote(form);
            }
        };
        let bytes = Bytes::of(value);
        self.texts.extend(value);
        finish(&mut self.texts, Form::Literal);
        self.percent(value, &bytes, &mut finish);
        self.base64(value, &mut finish);
        self.json(value, &bytes, &mut finish);
    }

    fn percent(&mut self, value: &[u8], bytes: &Bytes, finish: &mut impl FnMut(&mut Plains, Form)) {
        let blanks = [false, true]
            .into_iter()
            .take(1 + usize::from(bytes.has_any(1 << b' ')));
        for (number, kept) in KEPT.iter().enumerate() {
            let encoded = bytes.special & !kept;
            let is_known = KEPT[..number]
                .iter()
                .any(|earlier| bytes.special & !earlier == encoded);
            // Most values are nothing but letters and digits, which no encoder changes.
            if is_known || (encoded == 0 && !bytes.beyond_ascii) {
                continue;
            }
            for digits in [b"0123456789ABCDEF", b"0123456789abcdef"] {
                for plus in blanks.clone() {
                    percent(value, *kept, digits, plus, &mut self.texts);
                    finish(&mut self.texts, Form::UrlEncoded);
                }
            }
        }
    }

    /// The characters of base64 that depend on the value alone, with 0, 1 or 2 other bytes (modulo 3)
    /// before it and any behind it.
    fn base64(&mut self, value: &[u8], finish: &mut impl FnMut(&mut Plains, Form)) {
        let room = |buffer: &mut Zeroizing<Vec<u8>>, length: usize| {
            if buffer.capacity() < length {
                *buffer = Zeroizing::new(Vec::with_capacity(length * 2));
            }
            buffer.clear();
        };
        room(&mut self.padded, value.len() + 2);
        self.padded.extend_from_slice(&[0; 2]);
        self.padded.extend_from_slice(value);
        let length = (self.padded.len() * 4).div_ceil(3);
        room(&mut self.encoded, length);
        self.encoded.resize(length, 0);
        for alignment in 0..3 {
            let padded = &self.padded[2 - alignment..];
            STANDARD_NO_PAD
                .encode_slice(padded, &mut self.encoded)
                .expect("the longest of them fits");
            let (first, last) = ((alignment * 8).div_ceil(6), padded.len() * 8 / 6);
            let middle = &mut self.encoded[first..last];
            self.texts.extend(middle);
            finish(&mut self.texts, Form::Base64);
            // Encoded by itself, a long value is often broken into lines.
            let widths: &[usize] = if alignment == 0 { &LINE_WIDTHS } else { &[] };
            for width in widths.iter().filter(|width| **width < middle.len()) {
                let lines = middle.chunks(*width);
                for line in lines.filter(|line| line.len() >= SHORTEST_LINE) {
                    self.texts.extend(line);
                    finish(&mut self.texts, Form::Base64);
                }
            }
            let mut differs = false;
            for byte in middle.iter_mut() {
                let url_safe = match byte {
                    b'+' => b'-',
                    b'/' => b'_',
                    _ => continue,
                };
                (*byte, differs) = (url_safe, true);
            }
            if differs {
                self.texts.extend(middle);
                finish(&mut self.texts, Form::Base64);
            }
        }
    }

    fn json(&mut self, value: &[u8], bytes: &Bytes, finish: &mut impl FnMut(&mut Plains, Form)) {
        let Ok(text) = std::str::from_utf8(value) else {
            return;
        };
        let html = bytes.has_any(set_of(b"<>&"));
        for (style, differs) in [
            (Json::Plain, bytes.has_any(CONTROLS | set_of(b"\"\\"))),
            (Json::Slash, bytes.has_any(set_of(b"/"))),
            (Json::Html, html),
            (Json::Ascii, bytes.beyond_ascii),
            (Json::HtmlAscii, html && bytes.beyond_ascii),
        ] {
            if differs {
                json(text, style, &mut self.texts);
                finish(&mut self.texts, Form::JsonEscaped);
            }
        }
    }
}

fn percent(value: &[u8], kept: u128, digits: &[u8; 16], plus: bool, out: &mut Plains) {
    let is_kept =
        |byte: &u8| byte.is_ascii_alphanumeric() || (byte.is_ascii() && kept >> byte & 1 == 1);
    let mut rest = value;
    while let Some(at) = rest.iter().position(|byte| !is_kept(byte)) {
        out.extend(&rest[..at]);
        match rest[at] {
            b' ' if plus => out.extend(b"+"),
            byte => out.extend(&[
                b'%',
                digits[usize::from(byte >> 4)],
                digits[usize::from(byte & 15)],
            ]),
        }
        rest = &rest[at + 1..];
    }
    out.extend(rest);
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

fn json(text: &str, style: Json, out: &mut Plains) {
    let html = matches!(style, Json::Html | Json::HtmlAscii);
    let ascii = matches!(style, Json::Ascii | Json::HtmlAscii);
    let is_escaped = |character: char| match character {
        '"' | '\\' => true,
        '/' => style == Json::Slash,
        '<' | '>' | '&' => html,
        _ => character < ' ' || (ascii && !character.is_ascii()),
    };
    let mut rest = text;
    while let Some(at) = rest.find(is_escaped) {
        out.extend(&rest.as_bytes()[..at]);
        let character = rest[at..].chars().next().expect("one was found there");
        match character {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '/' => out.extend(b"\\/"),
            '\n' => out.extend(b"\\n"),
            '\r' => out.extend(b"\\r"),
            '\t' => out.extend(b"\\t"),
            '\u{8}' => out.extend(b"\\b"),
            '\u{c}' => out.extend(b"\\f"),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.extend(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
        rest = &rest[at + character.len_utf8()..];
    }
    out.extend(rest.as_bytes());
}
