//! `docker run --env-file`: `NAME=value` as it stands, one a line, UTF-8
//! (<https://github.com/docker/cli>, pkg/kvfile).

use super::{Line, Why, utf8, without_nul};
use crate::core::value::Variable;

/// What Go's `bufio.Scanner` takes as a line, its end included.
const LINE_BYTES: usize = 64 * 1024;

pub(super) fn line(variable: &Variable, out: &mut Vec<u8>) -> Line {
    let value = without_nul(&variable.value)?;
    utf8(value)?;
    // A CR at the end would be taken for half a line end.
    if value.contains(&b'\n') || value.ends_with(b"\r") {
        return Err(Why::LineEnd);
    }
    if let [first @ (b'"' | b'\''), .., last] = value
        && first == last
    {
        return Err(Why::InQuotes);
    }
    if variable.name.len() + value.len() + 2 >= LINE_BYTES {
        return Err(Why::TooLong);
    }
    out.extend_from_slice(variable.name.as_bytes());
    out.push(b'=');
    out.extend_from_slice(value);
    out.push(b'\n');
    Ok(None)
}
