//! One value as a file has it: its quotes, escapes and references.

use zeroize::Zeroizing;

use crate::core::dotenv;

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
pub struct Raw<'a> {
    pub lead: &'a [u8],
    pub tail: &'a [u8],
    pub text: &'a [u8],
    style: Style,
    pub quote_stays_open: bool,
}

impl<'a> Raw<'a> {
    pub fn of(secret: &'a [u8]) -> Self {
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
    pub fn read(&self, resolve: Option<Resolve<'_>>) -> Zeroizing<Vec<u8>> {
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
pub type Resolve<'r> = &'r dyn Fn(&Reference<'_>) -> Zeroizing<Vec<u8>>;

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
pub struct Reference<'a> {
    pub name: &'a str,
    pub default: Option<&'a [u8]>,
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
