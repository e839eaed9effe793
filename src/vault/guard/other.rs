//! Everything that is not protected: which lines a change adds.

use std::ops::Range;

/// Larger contents are not compared line by line: all their lines count as added, in bytes.
const MAX_COMPARED_BYTES: usize = 8 << 20;

/// The line numbers, from 1, that `new` adds to `old`; `None` where all of them count.
#[must_use]
pub fn added_lines(old: Option<&[u8]>, new: &[u8]) -> Option<Vec<Range<usize>>> {
    let old = old?;
    if old.len().max(new.len()) > MAX_COMPARED_BYTES {
        return None;
    }
    let diff = similar::TextDiff::configure()
        .algorithm(similar::Algorithm::Myers)
        .diff_lines(old, new);
    Some(
        diff.ops()
            .iter()
            .filter(|op| {
                matches!(
                    op.tag(),
                    similar::DiffTag::Insert | similar::DiffTag::Replace
                )
            })
            .map(|op| op.new_range().start + 1..op.new_range().end + 1)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_added_lines_count() {
        assert_eq!(added_lines(None, b"a\n"), None);
        assert_eq!(
            added_lines(Some(b"a\nb\n"), b"a\nc\nb\nd"),
            Some(vec![2..3, 4..5])
        );
        assert_eq!(added_lines(Some(b"a\n"), b"a\n"), Some(vec![]));
    }
}
