//! Secrets that their surroundings give away: values of sensitive names, bearer tokens, passwords
//! in URLs. Judges no value: what a sensitive name has is secret.
//!
//! Where it is unclear how far a value goes, more is taken rather than less. Time is linear in the
//! text.

use super::Secret;
use super::words::Words;
use crate::core::dotenv::is_blank;
use crate::core::names::SENSITIVE_WORDS;

/// What introduces a credential without a name.
const SCHEMES: [&str; 3] = ["BEARER", "BASIC", "://"];
/// A user name in a URL is taken for a token from this length on.
const TOKEN_USER_BYTES: usize = 20;

/// Finds such secrets.
pub(super) struct Forms {
    marks: Words,
}

impl Forms {
    /// `more` are words beside the built-in ones that make a name sensitive.
    pub(super) fn new(more: &[String]) -> Self {
        let own = SCHEMES.iter().chain(&SENSITIVE_WORDS).copied();
        let marks = Words::new(own.chain(more.iter().map(String::as_str)));
        Self { marks }
    }

    /// Adds the secrets in a text. Gives the place from which on further bytes, if the last line
    /// goes on, may still change what is a secret; the end of the text if none can. Of a text that
    /// `is_cut` the beginning of the first line is missing.
    pub(super) fn find(&self, text: &[u8], is_cut: bool, secrets: &mut Vec<Secret>) -> usize {
        let mut line = Line::default();
        let mut unsettled = text.len();
        self.marks.each(text, |mark| {
            if mark.start < line.done {
                return;
            }
            if mark.start >= line.end {
                line = Line::around(text, mark.start, is_cut);
            }
            let found = match mark.word {
                0 | 1 => line.credential(text, mark.end),
                2 => line.url(text, mark.end),
                _ => line.value_of_name(text, mark.start, mark.end),
            };
            unsettled = unsettled.min(line.unsettled);
            if let Some(secret) = found {
                line.done = secret.range.end;
                if secret.range.end == text.len() {
                    unsettled = unsettled.min(secret.range.start);
                }
                secrets.push(secret);
            }
        });
        unsettled
    }
}

/// The line that is looked at.
#[derive(Default)]
struct Line {
    start: usize,
    end: usize,
    /// Nothing in front of this is looked at again.
    done: usize,
    /// No URL begins in front of this: `a://b://…` is one.
    urls_done: usize,
    /// From here on it depends on what follows the line's end, if that is not yet there.
    unsettled: usize,
    /// Its beginning is missing: nobody knows which quotes are open.
    is_cut: bool,
    /// The quote that is open at `quotes_at`.
    open_quote: Option<u8>,
    quotes_at: usize,
}

impl Line {
    fn around(text: &[u8], at: usize, is_cut: bool) -> Self {
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
        Self {
            start,
            end,
            done: start,
            urls_done: start,
            unsettled: usize::MAX,
            is_cut: is_cut && start == 0,
            open_quote: None,
            quotes_at: start,
        }
    }

    /// The value behind the name around a sensitive word.
    fn value_of_name(&mut self, text: &[u8], from: usize, to: usize) -> Option<Secret> {
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
        let left = text[self.done..from].iter().rev().take_while(is_name);
        let name_start = from - left.count();
        let name_end = to + text[to..self.end].iter().take_while(is_name).count();
        self.done = name_end;
        let behind = Separator::after(text, self, name_start, name_end)?;
        let end = self.end;
        let rest = &text[behind.value..end];
        let secret = |length: usize, is_exact| {
            let range = behind.value..behind.value + length;
            (length > 0).then_some(Secret { range, is_exact })
        };
        if rest.starts_with(b"{") {
            return None;
        }
        if behind.is_element {
            let length = memchr::memchr(b'<', rest).unwrap_or(rest.len());
            return secret(length, true);
        }
        if let Some((open, length)) = quoted(rest) {
            let start = behind.value + open;
            return (length > 0).then_some(Secret {
                range: start..start + length,
                is_exact: true,
            });
        }
        let inside = self.quote_open_at(text, name_start);
        let name = &text[name_start..name_end];
        let length = match inside {
            Some(quote) if !behind.closes_quote => {
                memchr::memchr(quote, rest).unwrap_or(rest.len())
            }
            _ if self.starts_with(text, name_start) || is_header(name, rest) => rest.len(),
            _ => word_length(rest),
        };
        let value = rest[..length].trim_ascii_end();
        secret(value.len(), value.iter().all(|byte| is_token_byte(*byte)))
    }

    /// Whether nothing but `export`, a diff's or a list's mark stands before the name: then its
    /// value is the whole line.
    fn starts_with(&self, text: &[u8], name_start: usize) -> bool {
        let before = text[self.start..name_start].trim_ascii();
        let before = before.strip_suffix(b"export").unwrap_or(before);
        before.iter().all(|byte| b"+->#* \t".contains(byte))
    }

    /// The quote within which `at` stands. Goes over each line once.
    fn quote_open_at(&mut self, text: &[u8], at: usize) -> Option<u8> {
        for byte in &text[self.quotes_at.min(at)..at] {
            match (self.open_quote, byte) {
                (None, b'"' | b'\'' | b'`') => self.open_quote = Some(*byte),
                (Some(open), byte) if open == *byte => self.open_quote = None,
                _ => {}
            }
        }
        self.quotes_at = at.max(self.quotes_at);
        self.open_quote.filter(|_| !self.is_cut)
    }

    /// Notes that what begins here may go on behind the end of the text.
    fn note_if_open(&mut self, text: &[u8], start: usize, end: usize) {
        if end == text.len() {
            self.unsettled = self.unsettled.min(start);
        }
    }

    /// The password in `scheme://user:password@host`; `from` is behind the slashes.
    fn url(&mut self, text: &[u8], from: usize) -> Option<Secret> {
        let run = &text[from..self.end];
        if from < self.urls_done {
            return None;
        }
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>".contains(byte);
        let run = &run[..run.iter().position(ends).unwrap_or(run.len())];
        self.note_if_open(text, from, from + run.len());
        self.urls_done = from + run.len();
        let authority = run
            .split(|byte| matches!(byte, b'/' | b'?' | b'#'))
            .next()
            .filter(|authority| authority.contains(&b'@'))
            // A password with an unescaped slash is common enough.
            .unwrap_or(run);
        let at = memchr::memrchr(b'@', authority)?;
        let range = match memchr::memchr(b':', &authority[..at]) {
            Some(colon) if colon + 1 < at => colon + 1..at,
            _ if at >= TOKEN_USER_BYTES => 0..at,
            _ => return None,
        };
        Some(Secret {
            range: from + range.start..from + range.end,
            is_exact: true,
        })
    }

    /// The token behind `Bearer` or `Basic`: long, or with a digit in it; else it is prose.
    fn credential(&mut self, text: &[u8], from: usize) -> Option<Secret> {
        let gap = blanks(&text[from..self.end]);
        let start = from + gap;
        let run = text[start..self.end].iter();
        let length = run.take_while(|byte| is_token_byte(**byte)).count();
        self.note_if_open(text, from, start + length);
        let token = &text[start..start + length];
        let is_token = length >= 20 || (length >= 6 && token.iter().any(u8::is_ascii_digit));
        (gap > 0 && is_token).then_some(Secret {
            range: start..start + length,
            is_exact: true,
        })
    }
}

/// What stands between a name and its value.
struct Separator {
    /// Where the value begins.
    value: usize,
    /// The name stood in quotes of its own.
    closes_quote: bool,
    /// `<name>value</name>`
    is_element: bool,
}

impl Separator {
    /// `=`, `:`, `:=`, `=>`, `==`, with blanks around and a quote or bracket in front; a blank
    /// behind `--name`; the `>` of an element.
    fn after(text: &[u8], line: &Line, name_start: usize, name_end: usize) -> Option<Self> {
        let rest = &text[name_end..line.end];
        let found = |value, closes_quote, is_element| {
            Some(Self {
                value: name_end + value,
                closes_quote,
                is_element,
            })
        };
        let opens_element = name_start > line.start && text[name_start - 1] == b'<';
        if opens_element && let Some(end) = memchr::memchr2(b'>', b'<', rest) {
            return found(end + 1, false, rest[end] == b'>');
        }
        let escapes = rest.iter().take_while(|byte| **byte == b'\\').count();
        let quote = matches!(rest.get(escapes), Some(b'"' | b'\'' | b'`'));
        let mut at = if quote { escapes + 1 } else { 0 };
        at += usize::from(rest.get(at) == Some(&b']'));
        let blanks = blanks(&rest[at..]);
        at += blanks;
        let sign = rest[at..]
            .iter()
            .take(3)
            .take_while(|byte| matches!(byte, b'=' | b':'))
            .count();
        let arrow = usize::from(sign > 0 && rest.get(at + sign) == Some(&b'>'));
        if sign == 0 {
            let is_flag = text[name_start..].starts_with(b"--") && blanks > 0;
            return is_flag.then(|| found(at, false, false)).flatten();
        }
        at += sign + arrow;
        if rest[at..].starts_with(b"//") {
            return None;
        }
        at += self::blanks(&rest[at..]);
        found(at, quote, false)
    }
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_blank(**byte)).count()
}

/// A value in quotes: length of what opens it, and of the text up to its closing quote or the end.
/// Quotes of JSON within JSON are `\"`, deeper ones `\\\"`: what closes has as many backslashes as
/// what opens, give or take escaped pairs.
fn quoted(text: &[u8]) -> Option<(usize, usize)> {
    let prefix = usize::from(matches!(
        text.first(),
        Some(b'b' | b'u' | b'r' | b'f' | b'B')
    ));
    let prefix = [0, prefix]
        .into_iter()
        .find(|at| matches!(text.get(*at), Some(b'"' | b'\'' | b'`' | b'\\')))?;
    let escapes = text[prefix..]
        .iter()
        .take_while(|byte| **byte == b'\\')
        .count();
    let open = prefix + escapes;
    let quote = *text.get(open)?;
    if !matches!(quote, b'"' | b'\'' | b'`') {
        return None;
    }
    let body = &text[open + 1..];
    let mut run = 0;
    for (at, byte) in body.iter().enumerate() {
        match byte {
            b'\\' => run += 1,
            _ if *byte == quote && run % (2 * (escapes + 1)) == escapes => {
                return Some((open + 1, at - escapes));
            }
            _ => run = 0,
        }
    }
    Some((open + 1, body.len()))
}

/// HTTP headers and schemes whose value goes on behind a blank.
fn is_header(name: &[u8], value: &[u8]) -> bool {
    let holds = |text: &[u8], word: &str| {
        let upper = text.to_ascii_uppercase();
        memchr::memmem::find(&upper, word.as_bytes()).is_some()
    };
    let first = &value[..word_length(value).min(16)];
    holds(name, "AUTHORIZATION")
        || holds(name, "COOKIE")
        || ["BEARER", "BASIC", "DIGEST", "TOKEN", "APIKEY"]
            .iter()
            .any(|scheme| first.eq_ignore_ascii_case(scheme.as_bytes()))
}

fn word_length(text: &[u8]) -> usize {
    let end = text.iter().position(u8::is_ascii_whitespace);
    end.unwrap_or(text.len())
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._~+/=-".contains(&byte)
}
