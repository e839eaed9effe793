//! `export NAME='…'` for POSIX shells: nothing counts in single quotes, any byte but NUL may stand.

use super::{Line, Why, is_shell_name, without_nul};
use crate::core::value::Variable;

/// Readonly in bash (its manual, section Shell Variables): setting them is an error there.
const READONLY: [&str; 6] = [
    "BASHOPTS",
    "BASH_VERSINFO",
    "EUID",
    "PPID",
    "SHELLOPTS",
    "UID",
];

pub(super) fn line(variable: &Variable, out: &mut Vec<u8>) -> Line {
    let value = without_nul(&variable.value)?;
    if !is_shell_name(&variable.name) {
        return Ok(Some(Why::Name));
    }
    if READONLY.contains(&variable.name.as_str()) {
        return Ok(Some(Why::Reserved));
    }
    out.extend_from_slice(format!("export {}='", variable.name).as_bytes());
    for (at, part) in value.split(|byte| *byte == b'\'').enumerate() {
        if at > 0 {
            out.extend_from_slice(br"'\''");
        }
        out.extend_from_slice(part);
    }
    out.extend_from_slice(b"'\n");
    Ok(None)
}
