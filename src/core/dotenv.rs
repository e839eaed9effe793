//! A `.env` file as lossless lines: joining the pieces gives the input back byte for byte.
//!
//! Works on bytes and interprets no dialect; it only finds what must be sealed. The same spans
//! serve whoever reads values ([`quoted`]), so there is one parser, not two.

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::{self, Finder};

use super::suites::fernet;

/// The first line of a sealed file, without its line end.
pub const HEADER: &[u8] = b"# git-seal v1: values are sealed; run \"git seal unlock\" to read them";
/// The UTF-8 byte order mark.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// Sought in every line: to make a searcher costs more than to search one.
static ARMOUR_BEGIN: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(b"-----BEGIN "));
const ARMOUR_END: &[u8] = b"-----END ";
/// From this length on a name of mixed letters and digits looks like pasted data.
const PASTED_NAME_BYTES: usize = 24;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind<'a> {
    /// Spaces and tabs only.
    Blank,
    /// [`HEADER`].
    Header,
    /// First non-blank is `#`; the secret is the text behind it.
    Comment,
    /// A conflict marker.
    Marker,
    /// `NAME=…`; the secret is everything behind the `=`, also over several lines.
    Assignment {
        /// The variable's name.
        name: &'a [u8],
    },
    /// Anything else; the secret is the whole line.
    Other,
}

/// One line, or the several lines of one quoted value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// What the line is.
    pub kind: LineKind<'a>,
    /// What stays readable, in front of the secret.
    pub prefix: &'a [u8],
    /// What is sealed; empty for lines without a secret.
    pub secret: &'a [u8],
    /// `\n`, `\r\n`, or nothing at the end of the file.
    pub ending: &'a [u8],
    /// Number of the line in its file, from 1.
    pub number: usize,
}

impl<'a> Line<'a> {
    /// The name of the variable that the line assigns.
    #[must_use]
    pub fn name(&self) -> Option<&'a [u8]> {
        match self.kind {
            LineKind::Assignment { name } => Some(name),
            _ => None,
        }
    }
}

/// The pieces of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    /// The byte order mark, or nothing.
    pub bom: &'a [u8],
    /// All lines, in order.
    pub lines: Vec<Line<'a>>,
}

/// The lines of a file, one by one, as [`Document::split`] has them.
pub fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut splitter = Splitter {
        text,
        at: bom_length(text),
        number: 1,
        armour_until: 0,
        // Forwards is many times faster, and nearly always there is none.
        last_armour_end: memmem::find(text, ARMOUR_END)
            .and_then(|_| memmem::rfind(text, ARMOUR_END)),
        after_other: false,
    };
    std::iter::from_fn(move || splitter.next_line())
}

fn bom_length(text: &[u8]) -> usize {
    if text.starts_with(BOM) { BOM.len() } else { 0 }
}

impl<'a> Document<'a> {
    /// Splits a file into its lines. Never fails: every byte sequence is some document.
    #[must_use]
    pub fn split(text: &'a [u8]) -> Self {
        let bom = &text[..bom_length(text)];
        let lines = lines(text).collect();
        Self { bom, lines }
    }

    /// The pieces put together again.
    #[must_use]
    pub fn join(&self) -> Vec<u8> {
        let mut text = self.bom.to_vec();
        for line in &self.lines {
            text.extend_from_slice(line.prefix);
            text.extend_from_slice(line.secret);
            text.extend_from_slice(line.ending);
        }
        text
    }

    /// Whether the first line is the header of a sealed file.
    #[must_use]
    pub fn has_header(&self) -> bool {
        self.lines
            .first()
            .is_some_and(|line| line.kind == LineKind::Header)
    }
}

/// A value that opens with a quote which closes, on its own line or a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted<'a> {
    /// `"`, `'` or a backtick.
    pub quote: u8,
    /// The text between the quotes, escapes untouched.
    pub inner: &'a [u8],
    /// What follows the closing quote on its line: blanks and perhaps a comment.
    pub rest: &'a [u8],
    /// Length of the whole value in bytes, up to its line end.
    length: usize,
}

/// Looks for a closed quote at the start of `text`, which begins right behind an assignment's `=`
/// and may run on over later lines. A backslash protects the next byte in double quotes only.
#[must_use]
pub fn quoted(text: &[u8]) -> Option<Quoted<'_>> {
    let open = text.iter().position(|byte| !is_blank(*byte))?;
    let quote = text[open];
    if !matches!(quote, b'"' | b'\'' | b'`') {
        return None;
    }
    let body = &text[open + 1..];
    let close = if quote == b'"' {
        let mut at = 0;
        loop {
            at += memchr::memchr2(b'"', b'\\', &body[at..])?;
            if body[at] == b'"' {
                break at;
            }
            at = (at + 2).min(body.len());
        }
    } else {
        memchr(quote, body)?
    };
    let (rest, _) = cut_line(&body[close + 1..]);
    let only_comment = match rest.iter().find(|byte| !is_blank(**byte)) {
        None | Some(b'#') => true,
        Some(_) => false,
    };
    only_comment.then_some(Quoted {
        quote,
        inner: &body[..close],
        rest,
        length: open + 1 + close + 1 + rest.len(),
    })
}

/// Whether the text behind a `#` is an assignment that somebody commented out.
#[must_use]
pub fn is_commented_out_assignment(comment: &[u8]) -> bool {
    let text = &comment[comment
        .iter()
        .take_while(|b| is_blank(**b) || **b == b'#')
        .count()..];
    assignment(text).is_some()
}

/// Spaces and tabs, nothing else.
#[must_use]
pub fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Whether a name could stand in front of a `=`: `[A-Za-z0-9_][A-Za-z0-9_.-]*`.
#[must_use]
pub fn is_name(text: &[u8]) -> bool {
    starts_a_name(text) && text.iter().all(|byte| IN_NAMES[usize::from(*byte)])
}

fn starts_a_name(text: &[u8]) -> bool {
    matches!(text, [first, ..] if *first != b'.' && *first != b'-')
}

/// Which bytes names are made of. A table: every byte of every name is asked about.
static IN_NAMES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    while byte.is_ascii() {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        byte += 1;
    }
    table
};

/// Splits off the first line: its text and its ending.
fn cut_line(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b'\n', text) {
        None => (text, &text[text.len()..]),
        Some(at) if at > 0 && text[at - 1] == b'\r' => (&text[..at - 1], &text[at - 1..=at]),
        Some(at) => (&text[..at], &text[at..=at]),
    }
}

/// The name and the length of the prefix up to and including `=`, of
/// `[ \t]*(export[ \t]+)?NAME[ \t]*=`.
fn assignment(line: &[u8]) -> Option<(&[u8], usize)> {
    let blanks = |from: usize| line[from..].iter().take_while(|b| is_blank(**b)).count();
    let indent = blanks(0);
    let after_export = line[indent..].strip_prefix(b"export").and_then(|_| {
        let gap = blanks(indent + 6);
        (gap > 0).then_some(indent + 6 + gap)
    });
    // `export =x` assigns to a variable called export.
    after_export.into_iter().chain([indent]).find_map(|start| {
        let rest = &line[start..];
        let end = rest.iter().position(|byte| !IN_NAMES[usize::from(*byte)]);
        let name = &rest[..end.unwrap_or(rest.len())];
        let equals = start + name.len() + blanks(start + name.len());
        (starts_a_name(name) && line.get(equals) == Some(&b'=')).then_some((name, equals + 1))
    })
}

fn is_marker(line: &[u8]) -> bool {
    let runs: [&[u8]; 3] = [b"<<<<<<<", b"|||||||", b">>>>>>>"];
    line == b"======="
        || runs
            .iter()
            .filter_map(|run| line.strip_prefix(*run))
            .any(|rest| rest.is_empty() || rest[0] == b' ')
}

fn looks_pasted(name: &[u8]) -> bool {
    name.len() >= PASTED_NAME_BYTES
        && name.iter().any(u8::is_ascii_uppercase)
        && name.iter().any(u8::is_ascii_lowercase)
        && name.iter().any(u8::is_ascii_digit)
}

struct Splitter<'a> {
    text: &'a [u8],
    at: usize,
    number: usize,
    /// Assignments that start before this offset are lines of an armoured block.
    armour_until: usize,
    last_armour_end: Option<usize>,
    after_other: bool,
}

impl<'a> Splitter<'a> {
    fn next_line(&mut self) -> Option<Line<'a>> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        let (line, _) = cut_line(rest);
        let (kind, prefix, secret) = self.classify(rest, line);
        let length = prefix + secret;
        let (_, ending) = cut_line(&rest[length..]);
        let found = Line {
            kind,
            prefix: &rest[..prefix],
            secret: &rest[prefix..length],
            ending,
            number: self.number,
        };
        // Only a value in quotes runs over lines.
        let inside = if length > line.len() {
            memchr::memchr_iter(b'\n', &rest[..length]).count()
        } else {
            0
        };
        self.number += inside + usize::from(!ending.is_empty());
        self.at += length + ending.len();
        self.after_other = kind == LineKind::Other;
        self.find_armour(&found);
        Some(found)
    }

    /// The kind of the line, and the lengths of its prefix and its secret.
    fn classify(&self, rest: &'a [u8], line: &'a [u8]) -> (LineKind<'a>, usize, usize) {
        let Some(first) = line.iter().position(|byte| !is_blank(*byte)) else {
            return (LineKind::Blank, line.len(), 0);
        };
        if line == HEADER {
            return (LineKind::Header, line.len(), 0);
        }
        if line[first] == b'#' {
            return (LineKind::Comment, first + 1, line.len() - first - 1);
        }
        if is_marker(line) {
            return (LineKind::Marker, line.len(), 0);
        }
        let whole_line = (LineKind::Other, 0, line.len());
        if self.at < self.armour_until {
            return whole_line;
        }
        // A token that ends in `=` would pass for an assignment.
        if fernet::is_token(line) {
            return whole_line;
        }
        let Some((name, prefix)) = assignment(line) else {
            return whole_line;
        };
        let value = &line[prefix..];
        if value.iter().all(|byte| *byte == b'=')
            && (!value.is_empty() || self.after_other || looks_pasted(name))
        {
            return whole_line;
        }
        let secret = quoted(&rest[prefix..]).map_or(value.len(), |quoted| quoted.length);
        (LineKind::Assignment { name }, prefix, secret)
    }

    /// After a line with an unquoted BEGIN, everything up to the next END belongs to one block.
    fn find_armour(&mut self, line: &Line<'a>) {
        let may_begin = match line.kind {
            LineKind::Other => true,
            LineKind::Assignment { .. } => quoted(line.secret).is_none(),
            _ => false,
        };
        if !may_begin || self.at < self.armour_until || self.last_armour_end < Some(self.at) {
            return;
        }
        let opens = ARMOUR_BEGIN
            .find(line.secret)
            .is_some_and(|at| memmem::find(&line.secret[at..], ARMOUR_END).is_none());
        if opens && let Some(end) = memmem::find(&self.text[self.at..], ARMOUR_END) {
            self.armour_until = self.at + end + 1;
        }
    }
}
#[cfg(test)]
pub(crate) use tests::dotenv_like;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One letter a line: blank, header, comment, marker, assignment, other.
    fn kinds(text: &str) -> String {
        let letter = |line: &Line<'_>| match line.kind {
            LineKind::Blank => 'b',
            LineKind::Header => 'h',
            LineKind::Comment => 'c',
            LineKind::Marker => 'm',
            LineKind::Assignment { .. } => 'a',
            LineKind::Other => 'o',
        };
        Document::split(text.as_bytes())
            .lines
            .iter()
            .map(letter)
            .collect()
    }

    fn secrets(text: &str) -> Vec<String> {
        Document::split(text.as_bytes())
            .lines
            .iter()
            .map(|line| String::from_utf8_lossy(line.secret).into_owned())
            .collect()
    }

    #[test]
    fn each_rule_names_its_lines() {
        assert_eq!(kinds(" \t\n# c\n  #d\nA=1\nexport B = 2\njunk\n"), "bccaao");
        assert_eq!(
            kinds("<<<<<<< x\n=======\n======= \n>>>>>>>\n<<<<<<<x\n"),
            "mmomo"
        );
        assert_eq!(
            kinds("=x\n.A=1\n-A=1\nA B=1\nexport=1\nexport =1\nexportA=1\n"),
            "ooooaaa"
        );
    }

    #[test]
    fn quotes_run_over_lines_only_when_they_close_cleanly() {
        assert_eq!(secrets("A=\"x\ny\" # tail\nB=1"), ["\"x\ny\" # tail", "1"]);
        assert_eq!(secrets("A=\"x\nB=1"), ["\"x", "1"]);
        assert_eq!(secrets("A=\"x\"y\nB=\"z\""), ["\"x\"y", "\"z\""]);
        assert_eq!(secrets("A=\"x\\\"\ny\"\n"), ["\"x\\\"\ny\""]);
        assert_eq!(secrets("A='x\\'\nB=1"), ["'x\\'", "1"]);
        assert_eq!(secrets("A=`x\r\ny`\r\nB=1"), ["`x\r\ny`", "1"]);
    }

    #[test]
    fn pasted_data_is_sealed_whole() {
        assert_eq!(kinds("A==\nB=\njunk\nC=\nD=\nE=1\n"), "oooooa");
        assert_eq!(kinds("junk\n\nC=\n"), "oba");
        assert_eq!(kinds("MIIEvQIBADANBgkqhkiG9w0BAQ=\n"), "o");
        assert_eq!(
            kinds("K=-----BEGIN X-----\nab=\n# c\n\nQ=1\n-----END X-----\nA=1\n"),
            "aocbooa"
        );
        assert_eq!(kinds("K=-----BEGIN X-----\nA=1\n"), "aa");
        assert_eq!(kinds("K=\"-----BEGIN X-----\"\nA=1\n-----END X\n"), "aao");
        assert_eq!(kinds("# -----BEGIN X-----\nA=1\n-----END X\n"), "cao");
    }

    #[test]
    fn a_token_is_no_assignment_though_it_ends_in_an_equals_sign() {
        let token = format!("g{}=", "A".repeat(118));
        assert_eq!(kinds(&token), "o");
        assert_eq!(kinds(&format!("{token}x")), "a");
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let document = Document::split(b"A=\"x\ny\"\n\nB=1");
        let numbers: Vec<usize> = document.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [1, 3, 4]);
    }

    #[test]
    fn commented_out_assignments_are_known() {
        assert!(is_commented_out_assignment(b" A=1"));
        assert!(is_commented_out_assignment(b"# export A = 1"));
        assert!(!is_commented_out_assignment(b" see A = B = C, or not"));
    }

    /// Bytes that make interesting files more often than uniform noise does.
    pub(crate) fn dotenv_like() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                "A=",
                "B_1 =",
                "export ",
                "\"",
                "'",
                "`",
                "\\",
                "#",
                "=",
                "\n",
                "\r\n",
                "\r",
                " ",
                "\t",
                "-----BEGIN K-----",
                "-----END K-----",
                "<<<<<<< x",
                "=======",
                ">>>>>>> y",
                "junk",
                "PORT=80",
                "\u{feff}",
                "é",
                "MIIEvQIBADANBgkqhkiG9w0BAQ",
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..6),
        ];
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn joining_gives_the_input_back(text in dotenv_like()) {
            prop_assert_eq!(Document::split(&text).join(), text);
        }

        #[test]
        fn line_numbers_count_line_feeds(text in dotenv_like()) {
            let document = Document::split(&text);
            let mut seen = 1;
            for line in &document.lines {
                prop_assert_eq!(line.number, seen);
                let pieces = [line.prefix, line.secret, line.ending].concat();
                seen += pieces.iter().filter(|byte| **byte == b'\n').count();
            }
        }
    }
}
