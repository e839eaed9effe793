//! What a program would read from a dotenv file: names and plain values.
//!
//! Built on the lines of [`super::dotenv`], the one parser; docs/DOTENV.md says the rules in words.
//! Nothing in a file is ever run, and values occur in no warning.

use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroizing;

use super::dotenv::{self, Document, Line, LineKind};
use super::file::Place;

/// What becomes of `${NAME}` and `${NAME:-default}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expansion {
    /// They are replaced; a variable of the environment beats one of the file, as for `run`.
    #[default]
    EnvironmentFirst,
    /// They are replaced; a variable of the file beats one of the environment, as for `export`.
    FileFirst,
    /// They stay as they are, as npm's dotenv and Node leave them.
    Never,
}

/// A name and the value that it has in the end.
#[derive(Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name: ASCII, as [`dotenv::is_name`] has it.
    pub name: String,
    /// The value, any bytes.
    pub value: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variable({})", self.name)
    }
}

/// What is odd about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// It is neither blank nor a comment nor an assignment, and was ignored.
    NoAssignment,
    /// Its value opens with a quote that does not close cleanly; the line alone was read.
    OpenQuote,
}

/// A line that people should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where it is; no name for lines that are no assignment.
    pub place: Place,
    /// What is odd.
    pub oddity: Oddity,
}

/// Reads values from one file or from several, of which the later wins.
pub struct Reader<'e> {
    expansion: Expansion,
    environment: &'e dyn Fn(&str) -> Option<Vec<u8>>,
    variables: Vec<Variable>,
    places: HashMap<String, usize>,
}

impl<'e> Reader<'e> {
    /// A reader that has read nothing yet. `environment` looks up what `${NAME}` may refer to
    /// beside the names read earlier.
    #[must_use]
    pub fn new(expansion: Expansion, environment: &'e dyn Fn(&str) -> Option<Vec<u8>>) -> Self {
        Self {
            expansion,
            environment,
            variables: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Reads a file on top of what was read before. Of equal names the last one counts.
    pub fn read(&mut self, document: &Document<'_>) -> Vec<Warning> {
        let warn = |line: &Line<'_>, oddity| Warning {
            place: Place::of(line),
            oddity,
        };
        let mut warnings = Vec::new();
        for line in &document.lines {
            match line.kind {
                LineKind::Blank | LineKind::Comment | LineKind::Header => {}
                LineKind::Marker | LineKind::Other => {
                    warnings.push(warn(line, Oddity::NoAssignment));
                }
                LineKind::Assignment { name } => {
                    let raw = Raw::of(line.secret);
                    if raw.quote_stays_open {
                        warnings.push(warn(line, Oddity::OpenQuote));
                    }
                    let resolve = |reference: &Reference<'_>| self.resolve(reference);
                    let expands = self.expansion != Expansion::Never;
                    let value = raw.read(expands.then_some(&resolve));
                    self.assign(&String::from_utf8_lossy(name), value);
                }
            }
        }
        warnings
    }

    /// What was read, in the order in which the names first occur.
    #[must_use]
    pub fn into_variables(self) -> Vec<Variable> {
        self.variables
    }

    fn assign(&mut self, name: &str, value: Zeroizing<Vec<u8>>) {
        if let Some(place) = self.places.get(name) {
            self.variables[*place].value = value;
        } else {
            self.places.insert(name.to_owned(), self.variables.len());
            let name = name.to_owned();
            self.variables.push(Variable { name, value });
        }
    }

    /// The text to put in place of a reference.
    fn resolve(&self, reference: &Reference<'_>) -> Zeroizing<Vec<u8>> {
        let outside = || (self.environment)(reference.name).map(Zeroizing::new);
        let inside = || {
            let place = self.places.get(reference.name)?;
            Some(self.variables[*place].value.clone())
        };
        let value = match self.expansion {
            Expansion::FileFirst => inside().or_else(outside),
            Expansion::EnvironmentFirst | Expansion::Never => outside().or_else(inside),
        };
        let default = || Zeroizing::new(reference.default.unwrap_or_default().to_vec());
        let wanted = |value: &Zeroizing<Vec<u8>>| reference.default.is_none() || !value.is_empty();
        value.filter(wanted).unwrap_or_else(default)
    }
}

/// One file's variables and warnings; see [`Reader`].
#[must_use]
pub fn read(
    document: &Document<'_>,
    expansion: Expansion,
    environment: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> (Vec<Variable>, Vec<Warning>) {
    let mut reader = Reader::new(expansion, environment);
    let warnings = reader.read(document);
    (reader.into_variables(), warnings)
}

/// The value of one assignment, of which `secret` is the right-hand side: quotes and escapes undone,
/// references left as they are.
#[must_use]
pub fn as_written(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    Raw::of(secret).read(None)
}

/// How the text of a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// Escapes and references count.
    Double,
    /// Nothing counts: single quotes and backticks.
    Verbatim,
    /// Without quotes; references count.
    Bare,
}

/// The right-hand side of an assignment in three parts, which joined give it back: what stands in
/// front of the value (blanks), the value with its quotes, what follows (blanks, a comment).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) lead: &'a [u8],
    pub(crate) tail: &'a [u8],
    text: &'a [u8],
    style: Style,
    quote_stays_open: bool,
}

impl<'a> Raw<'a> {
    pub(crate) fn of(secret: &'a [u8]) -> Self {
        let blanks = secret
            .iter()
            .take_while(|byte| dotenv::is_blank(**byte))
            .count();
        if let Some(quoted) = dotenv::quoted(secret) {
            return Self {
                lead: &secret[..blanks],
                tail: quoted.rest,
                text: quoted.inner,
                style: match quoted.quote {
                    b'"' => Style::Double,
                    _ => Style::Verbatim,
                },
                quote_stays_open: false,
            };
        }
        let end = bare_end(secret);
        let start = blanks.min(end);
        let value = &secret[start..end];
        Self {
            lead: &secret[..start],
            tail: &secret[end..],
            text: without_outer_quotes(value),
            style: Style::Bare,
            quote_stays_open: matches!(value.first(), Some(b'"' | b'\'' | b'`')),
        }
    }

    /// The value itself. `resolve` gives the text for a reference; without it references, and the
    /// backslash that protects one, stay as they are.
    fn read(&self, resolve: Option<Resolve<'_>>) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(self.text.len()));
        let mut rest = self.text;
        while let Some((first, behind)) = rest.split_first() {
            rest = match (first, behind) {
                (b'\r', [b'\n', ..]) => behind,
                (b'\\' | b'$', _) if self.style != Style::Verbatim => {
                    if let Some((text, after)) = self.special(rest, resolve) {
                        out.extend_from_slice(&text);
                        after
                    } else {
                        out.push(*first);
                        behind
                    }
                }
                _ => {
                    out.push(*first);
                    behind
                }
            };
        }
        out
    }

    /// What the escape or reference at the start of `text` stands for, and what follows it.
    fn special<'t>(
        &self,
        text: &'t [u8],
        resolve: Option<Resolve<'_>>,
    ) -> Option<(Zeroizing<Vec<u8>>, &'t [u8])> {
        let plain = |text: &[u8]| Zeroizing::new(text.to_vec());
        if let (Some(after), Some(_)) = (text.strip_prefix(b"\\${"), resolve) {
            return Some((plain(b"${"), after));
        }
        if let Some(inside) = text.strip_prefix(b"${") {
            let (reference, after) = Reference::at(inside)?;
            return Some((resolve?(&reference), after));
        }
        match text {
            [b'\\', escaped, after @ ..] if self.style == Style::Double => {
                let byte = match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b'\\' | b'"' => *escaped,
                    _ => return None,
                };
                Some((plain(&[byte]), after))
            }
            _ => None,
        }
    }
}

/// Gives the text for a reference.
type Resolve<'r> = &'r dyn Fn(&Reference<'_>) -> Zeroizing<Vec<u8>>;

/// Where an unquoted value ends: before a `#` that starts it or follows a blank, blanks trimmed.
fn bare_end(secret: &[u8]) -> usize {
    let comment = memchr::memchr_iter(b'#', secret)
        .find(|at| *at == 0 || dotenv::is_blank(secret[at - 1]))
        .unwrap_or(secret.len());
    secret[..comment]
        .iter()
        .rposition(|byte| !dotenv::is_blank(*byte))
        .map_or(0, |last| last + 1)
}

/// `"a" "b"` loses its outer pair of quotes, as in npm's dotenv.
fn without_outer_quotes(value: &[u8]) -> &[u8] {
    match value {
        [open @ (b'"' | b'\'' | b'`'), inner @ .., close] if open == close => inner,
        _ => value,
    }
}

/// `${NAME}` or `${NAME:-default}`.
struct Reference<'a> {
    name: &'a str,
    default: Option<&'a [u8]>,
}

impl<'a> Reference<'a> {
    /// The reference whose text, behind `${`, starts here, and what follows its `}`.
    /// A dash is no part of the name: `${A-d}` means something else in a shell, and is left alone.
    fn at(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let end = memchr::memchr(b'}', text)?;
        let length = text[..end]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
            .count();
        let (name, rest) = text[..end].split_at(length);
        let default = rest.strip_prefix(b":-");
        let whole = dotenv::is_name(name) && (rest.is_empty() || default.is_some());
        let name = std::str::from_utf8(name).ok().filter(|_| whole)?;
        Some((Self { name, default }, &text[end + 1..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::dotenv::dotenv_like;
    use proptest::prelude::*;

    fn nothing(_: &str) -> Option<Vec<u8>> {
        None
    }

    fn outside(name: &str) -> Option<Vec<u8>> {
        match name {
            "HOME" => Some(b"/root".to_vec()),
            "EMPTY" => Some(Vec::new()),
            "A" => Some(b"outer".to_vec()),
            _ => None,
        }
    }

    fn pairs(variables: &[Variable]) -> Vec<(String, String)> {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        variables
            .iter()
            .map(|variable| (variable.name.clone(), text(&variable.value)))
            .collect()
    }

    /// The value of `T` in a text.
    fn value(text: &str, expansion: Expansion) -> String {
        let document = Document::split(text.as_bytes());
        let (variables, _) = read(&document, expansion, &outside);
        let found = pairs(&variables).into_iter().find(|(name, _)| name == "T");
        found.expect("T is set").1
    }

    #[test]
    fn bare_values_end_at_a_comment_or_the_line() {
        for (text, expected) in [
            ("T=x", "x"),
            ("  T = My App \t", "My App"),
            ("T=", ""),
            ("T=x # y", "x"),
            ("T=x#y", "x#y"),
            ("T=#x", ""),
            ("T= # x", ""),
            ("T=a\"b\"c", "a\"b\"c"),
            ("T=C:\\new\\", "C:\\new\\"),
            ("T=\"a\" \"b\" # c", "a\" \"b"),
            ("T=\"x", "\"x"),
            ("T=\"x\"y", "\"x\"y"),
            ("T='", "'"),
            ("\u{feff}export T=x\r\n", "x"),
            ("T=x\ry", "x\ry"),
        ] {
            assert_eq!(
                value(text, Expansion::EnvironmentFirst),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn escapes_count_in_double_quotes_only() {
        for (text, expected) in [
            (r#"T="a\nb\rc\\d\"e""#, "a\nb\rc\\d\"e"),
            (r#"T="a\tb\qc\$d""#, r"a\tb\qc\$d"),
            (r#"T="a\\nb""#, r"a\nb"),
            (r"T='a\nb\\'", r"a\nb\\"),
            ("T=`a\\n\"'b`", "a\\n\"'b"),
            (r"T=a\nb", r"a\nb"),
            ("T=\" x # y \" # z", " x # y "),
            ("T=\"a\r\nb\\\r\nc\"", "a\nb\\\nc"),
            ("T='a\r\nb'", "a\nb"),
        ] {
            assert_eq!(
                value(text, Expansion::EnvironmentFirst),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn references_expand_in_bare_and_double_quoted_text() {
        for (text, expected) in [
            ("T=${HOME}/x", "/root/x"),
            ("T=\"${HOME}\"", "/root"),
            ("T='${HOME}'", "${HOME}"),
            ("T=`${HOME}`", "${HOME}"),
            ("T=${NONE}", ""),
            ("T=${NONE:-d e}", "d e"),
            ("T=${EMPTY:-d}", "d"),
            ("T=${EMPTY}", ""),
            ("T=${NONE:-${HOME}}", "${HOME}"),
            ("T=\\${HOME}", "${HOME}"),
            ("T=\"\\${HOME}\"", "${HOME}"),
            ("T=\"\\\\${HOME}\"", "\\/root"),
            ("T=\\${A-d}", "${A-d}"),
            (
                "T=$HOME $$ $1 ${A-d} ${A:+y} $(id) ${ ${}",
                "$HOME $$ $1 ${A-d} ${A:+y} $(id) ${ ${}",
            ),
        ] {
            assert_eq!(
                value(text, Expansion::EnvironmentFirst),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn without_expansion_references_stand_as_they_are() {
        for text in ["${HOME}", "\\${HOME}", "${NONE:-d}"] {
            assert_eq!(value(&format!("T={text}"), Expansion::Never), text);
            assert_eq!(value(&format!("T=\"{text}\""), Expansion::Never), text);
        }
    }

    #[test]
    fn inserted_text_is_not_read_again() {
        let text = "A='${HOME}\\n'\nT=\"${A}\"";
        assert_eq!(value(text, Expansion::FileFirst), "${HOME}\\n");
    }

    #[test]
    fn references_look_back_and_the_choice_says_who_wins() {
        let text = "T=${B}${A}\nA=inner\nT=${T}|${A}";
        assert_eq!(value(text, Expansion::FileFirst), "outer|inner");
        assert_eq!(value(text, Expansion::EnvironmentFirst), "outer|outer");
    }

    #[test]
    fn of_equal_names_the_last_counts_also_over_several_files() {
        let mut reader = Reader::new(Expansion::FileFirst, &nothing);
        reader.read(&Document::split(b"A=1\nB=2\nA=3\n"));
        reader.read(&Document::split(b"B=${A}4\n"));
        let expected = [("A", "3"), ("B", "34")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(pairs(&reader.into_variables()), expected);
    }

    #[test]
    fn warnings_name_lines_and_never_their_text() {
        let text = b"A=1\nhunter2\nB=\"open\n=======\n# fine\n\nC=\"a\" b\n";
        let (_, warnings) = read(&Document::split(text), Expansion::Never, &nothing);
        let seen: Vec<_> = warnings
            .iter()
            .map(|warning| (warning.place.line, warning.oddity))
            .collect();
        let expected = [
            (2, Oddity::NoAssignment),
            (3, Oddity::OpenQuote),
            (4, Oddity::NoAssignment),
            (7, Oddity::OpenQuote),
        ];
        assert_eq!(seen, expected);
        let said = format!("{warnings:?}");
        assert!(
            !said.contains("hunter2") && !said.contains("open\""),
            "{said}"
        );
    }

    #[test]
    fn debug_shows_the_name_alone() {
        let (variables, _) = read(&Document::split(b"A=hunter2"), Expansion::Never, &nothing);
        assert_eq!(format!("{variables:?}"), "[Variable(A)]");
    }

    proptest! {
        #[test]
        fn every_file_is_read_without_panic_and_each_name_once(text in dotenv_like()) {
            let (variables, _) = read(&Document::split(&text), Expansion::EnvironmentFirst, &outside);
            let names: std::collections::HashSet<_> = variables.iter().map(|v| &v.name).collect();
            prop_assert_eq!(names.len(), variables.len());
        }

        #[test]
        fn the_parts_of_a_right_hand_side_surround_its_text(text in dotenv_like()) {
            for line in Document::split(&text).lines.iter().filter(|line| line.name().is_some()) {
                let raw = Raw::of(line.secret);
                prop_assert!(line.secret.starts_with(raw.lead) && line.secret.ends_with(raw.tail));
                prop_assert!(raw.lead.len() + raw.text.len() + raw.tail.len() <= line.secret.len());
            }
        }

        #[test]
        fn line_ends_make_no_difference(text in dotenv_like()) {
            let unix: Vec<u8> = String::from_utf8_lossy(&text).replace('\r', "").into_bytes();
            let windows = String::from_utf8_lossy(&unix).replace('\n', "\r\n").into_bytes();
            let values = |text: &[u8]| read(&Document::split(text), Expansion::FileFirst, &nothing).0;
            prop_assert_eq!(values(&unix), values(&windows));
        }
    }
}
