//! What stands behind a name: an operator and a value, in one of the usual syntaxes.

use std::ops::Range;

use super::{Written, is_name_byte};

/// A value can be this long.
const VALUE_REACH: usize = 2048;
/// A bare value can be this long.
const BARE_REACH: usize = 512;
const BLANK_REACH: usize = 24;
/// A bare value holds at most so many `=` and `:`.
const MOST_JOINTS: usize = 12;

/// Reads on behind a name.
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    name: &'a Range<usize>,
    at: usize,
}

type Value = (Range<usize>, Written);

impl<'a> Cursor<'a> {
    pub(super) fn behind_name(text: &'a [u8], name: &'a Range<usize>) -> Self {
        let at = name.end;
        Self { text, name, at }
    }

    /// The value that is given to the name, if one is.
    pub(super) fn value(mut self) -> Option<Value> {
        let was_quoted = self.close_name();
        let blanks = self.skip_blanks();
        self.value_behind(was_quoted, blanks)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn behind(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn takes(&mut self, expected: &[u8]) -> bool {
        let there = self.text[self.at..].starts_with(expected);
        if there {
            self.at += expected.len();
        }
        there
    }

    /// What may close a name: a quote, also an escaped one, a bracket, an XML attribute's end.
    fn close_name(&mut self) -> bool {
        let from = self.at;
        self.takes(b"\\");
        if matches!(self.peek(), Some(b'"' | b'\'' | b'`')) {
            self.at += 1;
        } else {
            self.at = from;
        }
        let quoted = self.at > from;
        if self.peek() == Some(b']') {
            self.at += 1;
        }
        quoted
    }

    fn skip_blanks(&mut self) -> usize {
        let blanks = self.text[self.at..]
            .iter()
            .take(BLANK_REACH)
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        self.at += blanks;
        blanks
    }

    fn value_behind(&mut self, was_quoted: bool, blanks: usize) -> Option<Value> {
        match self.peek()? {
            b'=' | b':' | b'?' | b'|' | b'+' => self.behind_operator(),
            b'(' => {
                self.at += 1;
                self.quoted_only()
            }
            b',' if was_quoted => self.behind_comma(),
            b',' if self.before_name() == Some(b'{') => self.behind_comma_in_braces(),
            b'v' | b'V' if was_quoted && blanks > 0 => self.paired_value(),
            b'{' if was_quoted && blanks > 0 => self.default_in_block(),
            b'\n' | b'\r' if self.name.start > 0 => self.paired_value(),
            b'>' => {
                self.at += 1;
                self.xml_text()
            }
            b'<' if self.takes(b"</key>") => self.property_list_string(),
            b'-' if self.takes(b"->") => {
                self.skip_blanks();
                self.quoted_only()
            }
            _ if blanks > 0 && !was_quoted => self.behind_blank(),
            _ => None,
        }
    }

    fn before_name(&self) -> Option<u8> {
        self.name.start.checked_sub(1).map(|at| self.text[at])
    }

    /// `--password x`, `ENV PASSWORD x`, `:password "x"`; `password is x` and `password x` among
    /// other words; `Password As String = "x"`.
    fn behind_blank(&mut self) -> Option<Value> {
        let rest = &self.text[self.at..];
        if rest.len() > 3 && rest[..3].eq_ignore_ascii_case(b"as ") {
            let from = self.at + 3;
            return self.behind_type(from);
        }
        let is_loose = self.is_loose_name();
        if self.quote_begins() {
            // Documents set names of code in backticks: Pass `name=value`.
            let is_code = self.peek() == Some(b'`');
            let (value, _) = self.quoted_only()?;
            if is_code && memchr::memchr2(b'=', b' ', &self.text[value.clone()]).is_some() {
                return None;
            }
            let is_given = !is_code && (is_loose || self.before_name() == Some(b':'));
            let written = if is_given {
                Written::Quoted
            } else {
                Written::Aside
            };
            return Some((value, written));
        }
        if is_loose {
            return self.bare(Written::Loose);
        }
        if self.takes(b"is ") || self.takes(b"is: ") || self.takes(b"0 ") {
            self.skip_blanks();
        }
        let (value, written) = self.bare(Written::Aside)?;
        let could_be = value.len() >= 6 && self.text[value.clone()].iter().any(u8::is_ascii_digit);
        could_be.then_some((value, written))
    }

    /// Erlang's `{name, "value"}`.
    fn behind_comma_in_braces(&mut self) -> Option<Value> {
        self.at += 1;
        self.skip_blanks();
        let found = self.quoted_only()?;
        (self.peek() == Some(b'}')).then_some(found)
    }

    /// Terraform's `variable "name" { default = "value" }`.
    fn default_in_block(&mut self) -> Option<Value> {
        let block = &self.text[self.at..self.text.len().min(self.at + BARE_REACH)];
        let block = &block[..memchr::memchr(b'}', block).unwrap_or(block.len())];
        let default = memchr::memmem::find(block, b"default")?;
        self.at += default + b"default".len();
        self.skip_blanks();
        (self.peek() == Some(b'=')).then(|| self.behind_operator())?
    }

    /// Apple's `<key>name</key> <string>value</string>`.
    fn property_list_string(&mut self) -> Option<Value> {
        let blanks = self.text[self.at..]
            .iter()
            .take(BLANK_REACH)
            .take_while(|byte| byte.is_ascii_whitespace());
        self.at += blanks.count();
        self.takes(b"<string>").then(|| self.xml_text())?
    }

    /// `=`, `:`, `:=`, `=>`, `==`, `+=`, `?=`, `||=`; also `: Type = value`.
    fn behind_operator(&mut self) -> Option<Value> {
        const OPERATORS: [&[u8]; 9] =
            [b"||=", b"?:", b":=", b"=>", b"==", b"+=", b"?=", b"=", b":"];
        let rest = &self.text[self.at..];
        let operator = OPERATORS.iter().find(|known| rest.starts_with(known))?;
        if rest.starts_with(b"===") {
            return None;
        }
        self.at += operator.len();
        self.skip_blanks();
        let from = self.at;
        let (value, written) = self.literal()?;
        if written == Written::Bare
            && let Some(typed) = self.behind_type(from)
        {
            return Some(typed);
        }
        Some((value, written))
    }

    /// The quoted value behind `Type =`, where a type may stand.
    fn behind_type(&mut self, from: usize) -> Option<Value> {
        self.at = from;
        let kind = self.text[from..]
            .iter()
            .take(48)
            .take_while(|byte| is_name_byte(**byte) || b"&'<>[]?: ".contains(byte))
            .count();
        self.at += kind;
        if kind == 0 || self.peek() != Some(b'=') || self.behind(1) == Some(b'=') {
            return None;
        }
        self.at += 1;
        self.skip_blanks();
        self.quoted_only()
    }

    fn literal(&mut self) -> Option<Value> {
        if self.quote_begins() {
            return self.quoted_only();
        }
        self.bare(Written::Bare)
    }

    /// A string prefix (`b"`, `r#"`, `@"`, `$'`), or what wraps a literal (`String::from(`).
    fn quote_begins(&self) -> bool {
        let start = &self.text[self.at..];
        let prefix = start
            .iter()
            .take(32)
            .take_while(|b| b.is_ascii_alphanumeric() || b"_:.(#@$\\&![] ".contains(b))
            .count();
        let Some(quote) = start.get(prefix) else {
            return false;
        };
        if !matches!(quote, b'"' | b'\'' | b'`') {
            return false;
        }
        let before = &start[..prefix];
        prefix <= 2 && !before.contains(&b' ')
            || matches!(before.last(), Some(b'[' | b'\\' | b'#'))
            || before.strip_suffix(b"(").is_some_and(only_wraps)
    }

    fn quoted_only(&mut self) -> Option<Value> {
        if !self.quote_begins() {
            return None;
        }
        let open = self.at
            + self.text[self.at..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
        let quote = self.text[open];
        let escaped = open > self.at && self.text[open - 1] == b'\\';
        // `"""` in Python and TOML.
        let triple = self.text[open..].starts_with(&[quote; 3]);
        let from = open + if triple { 3 } else { 1 };
        let mut at = from;
        let limit = self.text.len().min(from + VALUE_REACH);
        while at < limit {
            match self.text[at] {
                b'\\' if escaped && self.text.get(at + 1) == Some(&quote) => break,
                b'\\' => at += 2,
                byte if byte == quote => break,
                b'\n' | b'\r' if !triple => return None,
                _ => at += 1,
            }
        }
        if at >= limit {
            return None;
        }
        let mut end = at;
        let mut start = from;
        while triple && start < end && self.text[start].is_ascii_whitespace() {
            start += 1;
        }
        while triple && start < end && self.text[end - 1].is_ascii_whitespace() {
            end -= 1;
        }
        self.at = at + 1;
        Some((start..end, Written::Quoted))
    }

    fn bare(&mut self, written: Written) -> Option<Value> {
        let from = self.at;
        // `a=b=c=…` is no value, and each of its names would be read with all that follows.
        let mut joints = 0;
        let length = self.text[from..]
            .iter()
            .take(BARE_REACH)
            .take_while(|byte| {
                joints += usize::from(matches!(byte, b'=' | b':'));
                joints <= MOST_JOINTS && !byte.is_ascii_whitespace() && !b"\"'`<>,;".contains(byte)
            })
            .count();
        self.at = from + length;
        (length > 0 && joints <= MOST_JOINTS).then(|| (from..from + length, written))
    }

    /// `define('NAME', 'value')`, `setProperty("name", "value")`, `"name": "X", "value": "…"`.
    fn behind_comma(&mut self) -> Option<Value> {
        let comma = self.at;
        self.at += 1;
        self.skip_blanks();
        if let Some(found) = self.quoted_only() {
            // In a list of names the next name is no value: `"password", "token":`.
            self.skip_blanks();
            if self.peek() == Some(b')') {
                return Some(found);
            }
        }
        self.at = comma;
        self.paired_value()
    }

    /// `value: …` behind a name that was itself the value of `name:` or `key:`.
    fn paired_value(&mut self) -> Option<Value> {
        let skipped = self.text[self.at..]
            .iter()
            .take(64)
            .take_while(|byte| byte.is_ascii_whitespace() || b",\"'-".contains(byte))
            .count();
        self.at += skipped;
        let there = self.text[self.at..].get(..5)?;
        if !there.eq_ignore_ascii_case(b"value") {
            return None;
        }
        self.at += 5;
        self.close_name();
        self.skip_blanks();
        match self.peek()? {
            b'=' | b':' => self.behind_operator(),
            _ => None,
        }
    }

    fn xml_text(&mut self) -> Option<Value> {
        let (value, _) = self.bare(Written::Loose)?;
        (self.peek() == Some(b'<') && self.behind(1) == Some(b'/'))
            .then_some((value, Written::Quoted))
    }

    /// `--password x`, `-Password x`, `ENV PASSWORD x`, `ARG`, `password x` at the start of a line.
    fn is_loose_name(&self) -> bool {
        const BEFORE: [&[u8]; 7] = [
            b"ENV", b"ARG", b"env", b"setx", b"set", b"#define", b"(setq",
        ];
        let written = &self.text[self.name.clone()];
        if written.starts_with(b"--") || (written.starts_with(b"-") && written.len() > 4) {
            return true;
        }
        let line = self.text[self.name.start.saturating_sub(64)..self.name.start]
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default()
            .trim_ascii();
        line.is_empty() || BEFORE.contains(&line) || line.ends_with(b"configure set")
    }
}

/// Whether a call to this only wraps a literal: `String::from`, `Some`, `new Secret`, `Buffer.from`.
fn only_wraps(call: &[u8]) -> bool {
    [
        &b"from"[..],
        b"Some",
        b"new",
        b"str",
        b"String",
        b"string",
        b"bytes",
        b"[]byte",
        b"Secret",
        b"SecretStr",
        b"SecretString",
        b"encode",
        b"quote",
        b"Ok",
        b"of",
        b"AsPlainText",
    ]
    .iter()
    .any(|wrapper| call.ends_with(wrapper))
        || call.is_empty()
}
