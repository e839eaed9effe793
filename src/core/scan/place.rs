//! Lines and columns of byte offsets, counted onwards.

/// A place in a text and its line and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl Place {
    /// The beginning of a text.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place behind `text`, which begins here.
    #[must_use]
    pub fn behind(self, text: &[u8]) -> Self {
        let (line, rest, column) = match memchr::memrchr(b'\n', text) {
            Some(last) => {
                let ends = memchr::memchr_iter(b'\n', text).count();
                (self.line + ends, &text[last + 1..], 1)
            }
            None => (self.line, text, self.column),
        };
        let characters = rest.iter().filter(|byte| (**byte & 0xC0) != 0x80).count();
        Self {
            line,
            column: column + characters,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_line_feeds() {
        let place = Place::START.behind("ab\r\n\u{e9}\u{20ac}x".as_bytes());
        assert_eq!(place, Place { line: 2, column: 4 });
        assert_eq!(place.behind(b"y"), Place { line: 2, column: 5 });
    }
}
