//! The lines of attributes files (gitattributes), as far as they are plain. Whatever is not — macros
//! but for git's own `binary`, quotes, a pattern that may fit and cannot be told for sure — is left to
//! git: no answer is better than another one than git's.

use super::Attribute;
use crate::core::dotenv::BOM;
use crate::core::names;
use crate::git::paths::file_name;

/// Git leaves longer lines out, in bytes (`ATTR_MAX_LINE_LENGTH`).
const MAX_LINE_BYTES: usize = 2048;
/// Git leaves longer files out, in bytes (`ATTR_MAX_FILE_SIZE`).
const MAX_FILE_BYTES: usize = 100 << 20;

/// Git's one macro of its own, and the attributes that it takes away (gitattributes, "Using macro
/// attributes").
const BINARY: &[u8] = b"binary";
const NOT_OF_BINARY: [&[u8]; 3] = [b"diff", b"merge", b"text"];

/// One attributes file.
#[derive(Debug, Default)]
pub struct Lines {
    lines: Vec<Line>,
    /// It holds something that only git understands, and that may concern any path.
    is_strange: bool,
}

#[derive(Debug)]
struct Line {
    pattern: Pattern,
    words: Vec<(Vec<u8>, Attribute)>,
    is_strange: bool,
}

#[derive(Debug)]
struct Pattern {
    /// With `*` and `?` alone.
    text: Vec<u8>,
    reach: Reach,
    /// Whether a path fits if it fits the text; otherwise it only may.
    is_exact: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The last part of a path.
    Name,
    /// The parts of a path, one by one.
    Parts,
    /// The whole path, `/` like any other byte.
    Path,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    No,
    Yes,
    Perhaps,
}

/// The values of some attributes for one path. Files come with the path relative to their directory,
/// those that win first. `None` where git must be asked.
pub fn decide<'a>(
    files: impl IntoIterator<Item = (&'a Lines, &'a [u8])>,
    names: &[&str],
) -> Option<Vec<Attribute>> {
    let mut found: Vec<Option<Attribute>> = vec![None; names.len()];
    let mut decide = |word: &[u8], value: &Attribute| {
        let at = names.iter().position(|name| name.as_bytes() == word);
        if let Some(slot) = at.map(|at| &mut found[at]) {
            slot.get_or_insert_with(|| value.clone());
        }
    };
    let mut is_binary_decided = false;
    for (file, path) in files {
        if file.is_strange {
            return None;
        }
        for line in file.lines.iter().rev().filter(|line| line.speaks_of(names)) {
            match line.pattern.fits(path) {
                Fit::No => continue,
                Fit::Yes if !line.is_strange => {}
                Fit::Yes | Fit::Perhaps => return None,
            }
            for (word, value) in line.words.iter().rev() {
                decide(word, value);
                if word == BINARY && !std::mem::replace(&mut is_binary_decided, true) {
                    let lost = NOT_OF_BINARY.iter().filter(|_| *value == Attribute::Set);
                    lost.for_each(|word| decide(word, &Attribute::Unset));
                }
            }
        }
    }
    let value = |found: Option<Attribute>| found.unwrap_or(Attribute::Unspecified);
    Some(found.into_iter().map(value).collect())
}

impl Lines {
    /// Reads a file; with `ignore_case` (`core.ignoreCase`) patterns are kept in lower case.
    pub fn read(text: &[u8], ignore_case: bool) -> Self {
        let mut file = Self {
            lines: Vec::new(),
            is_strange: text.contains(&0) || text.starts_with(BOM) || text.len() >= MAX_FILE_BYTES,
        };
        for line in text.split(|byte| *byte == b'\n') {
            let mut words = line
                .split(|byte| is_blank(*byte))
                .filter(|word| !word.is_empty());
            let Some(pattern) = words.next().filter(|word| word[0] != b'#') else {
                continue;
            };
            if line.len() >= MAX_LINE_BYTES || pattern.starts_with(b"[attr]") {
                file.is_strange = true;
                continue;
            }
            // Only directories fit, and they have no attributes of their own.
            if pattern.ends_with(b"/") {
                continue;
            }
            let Some(pattern) = Pattern::read(pattern, ignore_case) else {
                file.is_strange = true;
                continue;
            };
            let words: Vec<_> = words.map(read_word).collect();
            file.lines.push(Line {
                pattern,
                is_strange: words.iter().any(Option::is_none),
                words: words.into_iter().flatten().collect(),
            });
        }
        file
    }
}

impl Line {
    fn speaks_of(&self, names: &[&str]) -> bool {
        let is_asked_for =
            |word: &[u8]| word == BINARY || names.iter().any(|name| name.as_bytes() == word);
        self.is_strange || self.words.iter().any(|(word, _)| is_asked_for(word))
    }
}

/// `name`, `-name`, `!name` or `name=value`; `None` for what git would complain about.
fn read_word(word: &[u8]) -> Option<(Vec<u8>, Attribute)> {
    let (name, value) = match word {
        [b'-', name @ ..] => (name, Attribute::Unset),
        [b'!', name @ ..] => (name, Attribute::Unspecified),
        _ => match memchr::memchr(b'=', word) {
            None => (word, Attribute::Set),
            Some(at) => {
                let value = String::from_utf8_lossy(&word[at + 1..]).into_owned();
                (&word[..at], Attribute::Value(value))
            }
        },
    };
    let may_stand = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let is_plain = !matches!(name, [] | [b'-', ..])
        && !name.starts_with(b"builtin_")
        && name.iter().all(may_stand);
    is_plain.then(|| (name.to_vec(), value))
}

impl Pattern {
    /// `None` where it cannot be said at all what fits.
    fn read(pattern: &[u8], ignore_case: bool) -> Option<Self> {
        if matches!(pattern[0], b'"' | b'!') || pattern.contains(&b'\\') {
            return None;
        }
        let has_slash = pattern.contains(&b'/');
        let (mut text, had_brackets) =
            without_brackets(pattern.strip_prefix(b"/").unwrap_or(pattern))?;
        let mut reach = if has_slash { Reach::Parts } else { Reach::Name };
        if has_slash && memchr::memmem::find(&text, b"**").is_some() {
            text = without_double_stars(&text)?;
            reach = Reach::Path;
        }
        if ignore_case {
            text.make_ascii_lowercase();
        }
        Some(Self {
            text,
            reach,
            is_exact: !had_brackets && reach != Reach::Path,
        })
    }

    fn fits(&self, path: &[u8]) -> Fit {
        let fits = match self.reach {
            Reach::Name => names::matches(&self.text, file_name(path)),
            Reach::Path => names::matches(&self.text, path),
            Reach::Parts => {
                let parts = |text| <[u8]>::split(text, |byte| *byte == b'/');
                parts(&self.text).count() == parts(path).count()
                    && parts(&self.text)
                        .zip(parts(path))
                        .all(|(pattern, part)| names::matches(pattern, part))
            }
        };
        match (fits, self.is_exact) {
            (false, _) => Fit::No,
            (true, true) => Fit::Yes,
            (true, false) => Fit::Perhaps,
        }
    }
}

/// `[…]` stands for one of some bytes: `?` fits all that it fits, and more.
fn without_brackets(pattern: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut text = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = memchr::memchr(b'[', rest) {
        text.extend_from_slice(&rest[..at]);
        text.push(b'?');
        let inner = &rest[at + 1..];
        let skipped = usize::from(matches!(inner, [b'!' | b'^', ..]));
        // A `]` that comes first stands for itself.
        let end = skipped + 1 + memchr::memchr(b']', inner.get(skipped + 1..)?)?;
        // A class of characters, `[[:alpha:]]`, has brackets of its own.
        if inner[..end].contains(&b'[') {
            return None;
        }
        rest = &inner[end + 1..];
    }
    text.extend_from_slice(rest);
    let had_brackets = rest.len() < pattern.len();
    Some((text, had_brackets))
}

/// `**` stands for any directories, also none: `*` fits all that it fits, with the slashes around it,
/// if it also fits slashes.
fn without_double_stars(pattern: &[u8]) -> Option<Vec<u8>> {
    let at = memchr::memmem::find(pattern, b"**")?;
    let (before, behind) = (&pattern[..at], &pattern[at + 2..]);
    if memchr::memmem::find(behind, b"**").is_some() {
        return None;
    }
    let before = before.strip_suffix(b"/").unwrap_or(before);
    let behind = behind.strip_prefix(b"/").unwrap_or(behind);
    Some([before, b"*", behind].concat())
}

/// Git's idea of a blank in these files.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}
