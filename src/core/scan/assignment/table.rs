//! Tables of Markdown: `| NAME | value |`, and a column whose header is the name.

use std::ops::Range;

/// No row is read further.
const ROW_REACH: usize = 400;

/// The value beside or below the cell that holds the name, where there is one.
pub(super) fn value(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let row = row_around(text, name.start)?;
    let cells = cells(text, &row);
    let column = cells.iter().position(|cell| cell.contains(&name.start))?;
    if bare(text, &cells[column]) != *name {
        return None;
    }
    let below = row_around(text, (row.end + 1).min(text.len()))?;
    if is_rule(&text[below.clone()]) {
        let first = row_around(text, (below.end + 1).min(text.len()))?;
        return cell_value(text, self::cells(text, &first).get(column)?);
    }
    cell_value(text, cells.get(column + 1)?)
}

/// The row of a table around `at`: a line that begins with `|`.
fn row_around(text: &[u8], at: usize) -> Option<Range<usize>> {
    let from = at.saturating_sub(ROW_REACH);
    let start = memchr::memrchr(b'\n', &text[from..at]).map_or(from, |end| from + end + 1);
    let to = text.len().min(at + ROW_REACH);
    let end = memchr::memchr(b'\n', &text[at..to]).map_or(to, |end| at + end);
    text[start..end]
        .trim_ascii_start()
        .starts_with(b"|")
        .then_some(start..end)
}

/// `|---|:--:|`.
fn is_rule(row: &[u8]) -> bool {
    row.contains(&b'-') && row.iter().all(|byte| b"|-: \t\r".contains(byte))
}

/// What stands between the bars.
fn cells(text: &[u8], row: &Range<usize>) -> Vec<Range<usize>> {
    let bars: Vec<_> = memchr::memchr_iter(b'|', &text[row.clone()])
        .map(|at| row.start + at)
        .collect();
    bars.windows(2).map(|pair| pair[0] + 1..pair[1]).collect()
}

/// A cell without blanks and backticks around it.
fn bare(text: &[u8], cell: &Range<usize>) -> Range<usize> {
    let is_frame = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'`' || *byte == b'*';
    let inside = &text[cell.clone()];
    let start = inside.iter().take_while(|byte| is_frame(byte)).count();
    let end = inside.len()
        - inside
            .iter()
            .rev()
            .take_while(|byte| is_frame(byte))
            .count();
    cell.start + start..cell.start + end.max(start)
}

/// One word and nothing else.
fn cell_value(text: &[u8], cell: &Range<usize>) -> Option<Range<usize>> {
    let value = bare(text, cell);
    let is_word = !value.is_empty() && !text[value.clone()].iter().any(u8::is_ascii_whitespace);
    is_word.then_some(value)
}
