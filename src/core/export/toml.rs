//! One TOML table (TOML 1.0) of basic strings.

use super::{Line, push_string, utf8};
use crate::core::value::Variable;

pub(super) fn line(variable: &Variable, out: &mut Vec<u8>) -> Line {
    let value = utf8(&variable.value)?;
    if variable.name.contains('.') {
        // Bare, the dot would open a table.
        push_string(out, &variable.name, |_| false);
    } else {
        out.extend_from_slice(variable.name.as_bytes());
    }
    out.extend_from_slice(b" = ");
    push_string(out, value, |character| character == '\u{7f}');
    out.push(b'\n');
    Ok(None)
}
