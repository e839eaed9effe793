//! One JSON object (RFC 8259), names to strings.

use super::{ExportError, Exported, each, push_string, utf8};
use crate::core::value::Variable;

pub(super) fn write(variables: &[Variable]) -> Result<Exported, ExportError> {
    let mut separator: &[u8] = b"\n  ";
    let mut exported = each(b"{", variables, |variable, out| {
        let value = utf8(&variable.value)?;
        out.extend_from_slice(separator);
        separator = b",\n  ";
        push_string(out, &variable.name, |_| false);
        out.extend_from_slice(b": ");
        push_string(out, value, |_| false);
        Ok(None)
    })?;
    let end: &[u8] = if variables.is_empty() {
        b"}\n"
    } else {
        b"\n}\n"
    };
    exported.text.extend_from_slice(end);
    Ok(exported)
}
