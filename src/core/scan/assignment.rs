//! `name = "value"` in the usual syntaxes: shell, YAML, TOML, JSON, XML, INI, Dockerfile, SQL,
//! programming languages, command-line options, lists of name/value pairs.
//!
//! Finds spans around a word of the name; judges neither name nor value.

use std::ops::Range;

/// A name can be this long on either side of the word that was found in it.
const NAME_REACH: usize = 80;
/// A value can be this long.
pub const VALUE_REACH: usize = 2048;
/// A bare value can be this long.
const BARE_REACH: usize = 512;
const BLANK_REACH: usize = 24;

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Between quotes.
    Quoted,
    /// Bare, behind `=`, `:` or the like.
    Bare,
    /// Bare, behind nothing but a blank or `>`: `--password value`, `<password>value`.
    Loose,
}

/// A name and the value that is given to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The whole name: letters, digits, `_`, `-`, `.`.
    pub name: Range<usize>,
    /// The value without its quotes.
    pub value: Range<usize>,
    /// How the value was written.
    pub written: Written,
}

/// The assignment whose name holds the word at `at`, if there is one.
#[must_use]
pub fn at(text: &[u8], at: usize) -> Option<Assignment> {
    let name = name_around(text, at);
    // `AWS::IAM::AccessKey` names a type.
    if text[..name.start].ends_with(b"::") {
        return None;
    }
    let mut cursor = Cursor { text, at: name.end };
    let was_quoted = cursor.close_name();
    let blanks = cursor.skip_blanks();
    let (value, written) = cursor.value_behind(&name, was_quoted, blanks)?;
    Some(Assignment {
        name,
        value,
        written,
    })
}

fn name_around(text: &[u8], at: usize) -> Range<usize> {
    let back = text[at.saturating_sub(NAME_REACH)..at]
        .iter()
        .rev()
        .take_while(|byte| is_name_byte(**byte))
        .count();
    let on = text[at..]
        .iter()
        .take(NAME_REACH)
        .take_while(|byte| is_name_byte(**byte))
        .count();
    at - back..at + on
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

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
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

    fn value_behind(
        &mut self,
        name: &Range<usize>,
        was_quoted: bool,
        blanks: usize,
    ) -> Option<(Range<usize>, Written)> {
        match self.peek()? {
            b'=' | b':' | b'?' | b'|' | b'+' => self.behind_operator(),
            b'(' => {
                self.at += 1;
                self.quoted_only()
            }
            b',' if was_quoted => self.behind_comma(),
            b'v' | b'V' if was_quoted && blanks > 0 => self.paired_value(),
            b')' if self.behind(1) == Some(b',') => None,
            b'\n' | b'\r' if name.start > 0 => self.paired_value(),
            b'>' => {
                self.at += 1;
                self.xml_text()
            }
            b'-' if self.takes(b"->") => {
                self.skip_blanks();
                self.quoted_only()
            }
            b'"' | b'\'' if blanks > 0 && self.is_loose_name(name) => self.quoted_only(),
            _ if blanks > 0 && !was_quoted && self.is_loose_name(name) => self.bare(Written::Loose),
            _ => None,
        }
    }

    /// `=`, `:`, `:=`, `=>`, `==`, `+=`, `?=`, `||=`; also `: Type = value`.
    fn behind_operator(&mut self) -> Option<(Range<usize>, Written)> {
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
        let (value, written) = self.value()?;
        if written == Written::Bare
            && let Some(typed) = self.behind_type(from)
        {
            return Some(typed);
        }
        Some((value, written))
    }

    /// The quoted value behind `Type =`, where a type may stand.
    fn behind_type(&mut self, from: usize) -> Option<(Range<usize>, Written)> {
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

    fn value(&mut self) -> Option<(Range<usize>, Written)> {
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
            .take_while(|b| b.is_ascii_alphanumeric() || b"_:.(#@$\\&![ ".contains(b))
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

    fn quoted_only(&mut self) -> Option<(Range<usize>, Written)> {
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

    fn bare(&mut self, written: Written) -> Option<(Range<usize>, Written)> {
        let from = self.at;
        let length = self.text[from..]
            .iter()
            .take(BARE_REACH)
            .take_while(|byte| !byte.is_ascii_whitespace() && !b"\"'`<>,;".contains(byte))
            .count();
        self.at = from + length;
        (length > 0).then(|| (from..from + length, written))
    }

    /// `define('NAME', 'value')`, `setProperty("name", "value")`, `"name": "X", "value": "…"`.
    fn behind_comma(&mut self) -> Option<(Range<usize>, Written)> {
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
    fn paired_value(&mut self) -> Option<(Range<usize>, Written)> {
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

    fn xml_text(&mut self) -> Option<(Range<usize>, Written)> {
        let (value, _) = self.bare(Written::Loose)?;
        (self.peek() == Some(b'<') && self.behind(1) == Some(b'/'))
            .then_some((value, Written::Quoted))
    }

    /// `--password x`, `ENV PASSWORD x`, `ARG`, `password x` at the start of a line.
    fn is_loose_name(&self, name: &Range<usize>) -> bool {
        let written = &self.text[name.clone()];
        if written.starts_with(b"--") {
            return true;
        }
        let line = self.text[name.start.saturating_sub(64)..name.start]
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default()
            .trim_ascii();
        matches!(line, b"ENV" | b"ARG" | b"env" | b"setx" | b"set") || line.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Option<(String, String, Written)> {
        let word = text
            .to_lowercase()
            .find("passw")
            .expect("the text has the word");
        let found = at(text.as_bytes(), word)?;
        let name = text[found.name].to_owned();
        Some((name, text[found.value].to_owned(), found.written))
    }

    #[test]
    fn the_usual_syntaxes_are_read() {
        use Written::{Bare, Loose, Quoted};
        for (text, name, written) in [
            ("DB_PASSWORD=s3cr3t", "DB_PASSWORD", Bare),
            ("password: s3cr3t # x", "password", Bare),
            ("  password = \"s3cr3t\"", "password", Quoted),
            ("{\"password\": \"s3cr3t\"}", "password", Quoted),
            ("{\\\"password\\\":\\\"s3cr3t\\\"}", "password", Quoted),
            ("db.password='s3cr3t'", "db.password", Quoted),
            ("password := \"s3cr3t\"", "password", Quoted),
            ("'password' => 's3cr3t',", "password", Quoted),
            ("let password: &str = \"s3cr3t\";", "password", Quoted),
            (
                "password: String = String::from(\"s3cr3t\")",
                "password",
                Quoted,
            ),
            ("config['password'] = 's3cr3t'", "password", Quoted),
            ("define('DB_PASSWORD', 's3cr3t');", "DB_PASSWORD", Quoted),
            ("setPassword(\"s3cr3t\")", "setPassword", Quoted),
            ("<password>s3cr3t</password>", "password", Quoted),
            ("ENV DB_PASSWORD s3cr3t", "DB_PASSWORD", Loose),
            ("mysql --password=s3cr3t", "--password", Bare),
            ("x --password s3cr3t", "--password", Loose),
            ("- name: PASSWORD\n  value: s3cr3t", "PASSWORD", Bare),
            (
                "<add key=\"PASSWORD\" value=\"s3cr3t\"/>",
                "PASSWORD",
                Quoted,
            ),
            (
                "{\"name\":\"PASSWORD\",\"value\":\"s3cr3t\"}",
                "PASSWORD",
                Quoted,
            ),
            ("password = b\"s3cr3t\"", "password", Quoted),
            ("password = \"\"\"s3cr3t\"\"\"", "password", Quoted),
        ] {
            let expected = Some((name.to_owned(), "s3cr3t".to_owned(), written));
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn what_assigns_nothing_is_nothing() {
        for text in [
            "the password is s3cr3t",
            "if password === \"s3cr3t\"",
            "[\"password\", \"token\", \"key\"]",
            "password",
            "password = \"open\nend\"",
            "fn password(value: &str)",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_spans_lie_inside(
            before in "[ -~\n]{0,40}", behind in "[ -~\n\u{e9}]{0,120}",
        ) {
            let text = format!("{before}password{behind}");
            if let Some(found) = at(text.as_bytes(), before.len()) {
                prop_assert!(found.name.contains(&before.len()));
                prop_assert!(found.value.end <= text.len() && found.value.start <= found.value.end);
            }
        }
    }
}
