//! `set -gx NAME '…'` for fish: in its single quotes `\\` and `\'` are the only escapes.

use super::{Line, Why, is_shell_name, push_escaped, without_nul};
use crate::core::value::Variable;

/// Read-only in fish 3.6, `umask` as good as that: setting them is an error there.
const READONLY: [&str; 14] = [
    "_",
    "FISH_VERSION",
    "PWD",
    "SHLVL",
    "fish_kill_signal",
    "fish_killring",
    "fish_pid",
    "history",
    "hostname",
    "pipestatus",
    "status",
    "status_generation",
    "umask",
    "version",
];

pub(super) fn line(variable: &Variable, out: &mut Vec<u8>) -> Line {
    let value = without_nul(&variable.value)?;
    if !is_shell_name(&variable.name) {
        return Ok(Some(Why::Name));
    }
    if READONLY.contains(&variable.name.as_str()) {
        return Ok(Some(Why::Reserved));
    }
    out.extend_from_slice(format!("set -gx {} '", variable.name).as_bytes());
    push_escaped(out, value, br"\'");
    out.extend_from_slice(b"'\n");
    Ok(None)
}
