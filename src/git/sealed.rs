//! Which staged files have our filter, without asking for the attributes of every file.
//!
//! Patterns with `filter=seal` say which *names* could have it; only files with such names are looked
//! up properly. The names are taken generously: whatever is not plainly a name or a simple wildcard
//! lets every file through to the look-up.

use crate::core::dotenv::BOM;
use crate::core::names;

use super::paths;

/// File names that a line with `filter=seal` could mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    any: bool,
    quotes: bool,
    patterns: Vec<Vec<u8>>,
}

impl Names {
    /// Adds the lines of one `.gitattributes` file.
    pub fn add(&mut self, file: &[u8]) {
        let file = file.strip_prefix(BOM).unwrap_or(file);
        self.quotes |= has_quotes(file);
        for line in file.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
            if memchr::memmem::find(line, b"seal").is_none() || line.starts_with(b"#") {
                continue;
            }
            // A macro may carry the filter under any name.
            if line.starts_with(b"[attr]") {
                self.any = true;
                return;
            }
            let mut words = line.split(u8::is_ascii_whitespace);
            let pattern = words.next().unwrap_or_default();
            if words.any(|word| word == b"filter=seal") {
                let name = paths::file_name(pattern);
                if name.contains(&b'[') || name.contains(&b'\\') {
                    self.any = true;
                    return;
                }
                // The staged file and the one on disk say the same, mostly.
                if !self.patterns.iter().any(|known| known == name) {
                    self.patterns.push(name.to_vec());
                }
            }
        }
    }

    /// Whether a pattern stands in quotes, and so may hide any name.
    #[must_use]
    pub fn have_quotes(&self) -> bool {
        self.quotes
    }

    /// Whether a path could have the filter. Case is ignored, as git does on some systems.
    #[must_use]
    pub fn may_have(&self, path: &[u8]) -> bool {
        if self.any {
            return true;
        }
        let name = paths::file_name(path);
        self.patterns
            .iter()
            .any(|pattern| names::matches_ignoring_case(pattern, name))
    }
}

/// Whether a line of a `.gitattributes` file has its pattern in quotes.
fn has_quotes(file: &[u8]) -> bool {
    let mut lines = file.split(|byte| *byte == b'\n');
    lines.any(|line| line.trim_ascii_start().starts_with(b"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Names {
        let mut names = Names::default();
        names.add(text.as_bytes());
        names
    }

    #[test]
    fn names_are_taken_from_the_lines_with_our_filter() {
        let names = names(
            "*.txt text\n.env filter=seal\nconf/*.key -text filter=seal\n# x filter=seal\n.envrc -filter\n",
        );
        for yes in [".env", "a/.env", "conf/x.key", "other/x.KEY"] {
            assert!(names.may_have(yes.as_bytes()), "{yes}");
        }
        for no in ["a.txt", ".envrc", "x", "key"] {
            assert!(!names.may_have(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn a_byte_order_mark_hides_nothing() {
        assert!(names("\u{feff}secret.txt filter=seal\n").may_have(b"secret.txt"));
    }

    #[test]
    fn patterns_in_quotes_are_seen() {
        assert!(names("a b\n \"a b\" filter=seal\n").have_quotes());
        assert!(!names("a\"b\" filter=seal\n").have_quotes());
    }

    #[test]
    fn whatever_is_not_plain_lets_everything_through() {
        for text in [
            "[attr]secret filter=seal\n",
            "[ab].env filter=seal\n",
            "secrets/** filter=seal\n",
        ] {
            assert!(names(text).may_have(b"anything"), "{text}");
        }
    }
}
