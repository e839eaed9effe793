//! `EnvironmentFile=` of systemd.exec(5): in its double quotes a backslash protects `"`, `\`, a
//! backtick and `$`, and line feeds may stand.

use super::{Line, Why, is_shell_name, utf8, without_nul};
use crate::core::value::Variable;

pub(super) fn line(variable: &Variable, out: &mut Vec<u8>) -> Line {
    let value = without_nul(&variable.value)?;
    utf8(value)?;
    if !is_shell_name(&variable.name) {
        return Ok(Some(Why::Name));
    }
    out.extend_from_slice(format!("{}=\"", variable.name).as_bytes());
    for byte in value {
        if b"\"\\`$".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.extend_from_slice(b"\"\n");
    Ok(None)
}
