//! One YAML mapping. Names and values always stand in double quotes: `yes`, `0123` and `~` would
//! be something else than text otherwise.

use super::{ExportError, Exported, each, push_string, utf8};
use crate::core::value::Variable;

pub(super) fn write(variables: &[Variable]) -> Result<Exported, ExportError> {
    let head: &[u8] = if variables.is_empty() { b"{}\n" } else { b"" };
    each(head, variables, |variable, out| {
        let value = utf8(&variable.value)?;
        push_string(out, &variable.name, is_hidden);
        out.extend_from_slice(b": ");
        push_string(out, value, is_hidden);
        out.push(b'\n');
        Ok(None)
    })
}

/// Not printable (YAML 1.2, section 5.1), or a line break of YAML 1.1.
pub(super) fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}
