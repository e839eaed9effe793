//! Which lines a change adds.

use std::ops::Range;
use std::time::Duration;

use crate::core::scan::encoding::Encoding;

/// Larger contents are not compared line by line: all their lines count as added, in bytes.
const MAX_COMPARED_BYTES: usize = 8 << 20;
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Ranges of line numbers from 1, sorted; `None`: all lines.
pub type Lines = Option<Vec<Range<usize>>>;

/// The lines that `new` adds to `old`; all of them where there was nothing, and in UTF-16, whose bytes
/// do not show where lines end.
#[must_use]
pub fn added(old: Option<&[u8]>, new: &[u8]) -> Lines {
    let old = old?;
    if old.len().max(new.len()) > MAX_COMPARED_BYTES || Encoding::of(new) != Encoding::Bytes {
        return None;
    }
    // Not `diff_lines`: it also ends lines at a lone CR, and then its numbers are not the scanner's.
    let (old, new) = (lines_of(old), lines_of(new));
    let diff = similar::TextDiff::configure()
        .algorithm(similar::Algorithm::Myers)
        // Behind it the answer is coarser, and still right.
        .timeout(TIME_LIMIT)
        .diff_slices(&old, &new);
    let adds = |tag| matches!(tag, similar::DiffTag::Insert | similar::DiffTag::Replace);
    Some(
        diff.ops()
            .iter()
            .filter(|op| adds(op.tag()))
            .map(|op| op.new_range().start + 1..op.new_range().end + 1)
            .collect(),
    )
}

fn lines_of(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The lines that are in both: those that a merge adds to each of its parents.
#[must_use]
pub fn common(a: Lines, b: Lines) -> Lines {
    let (Some(a), Some(b)) = (&a, &b) else {
        return a.or(b);
    };
    let mut common = Vec::new();
    for one in a {
        for other in b {
            let both = one.start.max(other.start)..one.end.min(other.end);
            if both.start < both.end {
                common.push(both);
            }
        }
    }
    Some(common)
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    #[test]
    fn only_added_lines_count() {
        assert_eq!(added(None, b"a\n"), None);
        assert_eq!(
            added(Some(b"a\nb\n"), b"a\nc\nb\nd"),
            Some(vec![2..3, 4..5])
        );
        assert_eq!(added(Some(b"a\n"), b"a\n"), Some(vec![]));
        assert_eq!(added(Some(b"\r\r\na\n"), b"\r\r\na\nb\n"), Some(vec![3..4]));
        assert_eq!(added(Some(b"a\n"), b"\xff\xfea\0\n\0"), None);
    }

    #[test]
    fn a_merge_adds_what_no_parent_has() {
        let some = |ranges: &[Range<usize>]| Some(ranges.to_vec());
        assert_eq!(common(None, some(&[1..3])), some(&[1..3]));
        assert_eq!(
            common(some(&[1..4, 6..9]), some(&[3..7])),
            some(&[3..4, 6..7])
        );
        assert_eq!(common(None, None), None);
    }
}
