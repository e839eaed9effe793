//! Shells, whose single quotes hold any byte but NUL: `export NAME='…'` for POSIX shells, where nothing
//! counts within them; `set -gx NAME '…'` for fish, where `\\` and `\'` are the only escapes.

use super::{Line, Why, is_shell_name, without_nul};
use crate::core::value::Variable;

/// How a shell sets a variable.
pub(super) struct Shell {
    /// What stands in front of the name, and between it and the value.
    around_name: [&'static str; 2],
    /// What stands within single quotes for a byte that cannot.
    escapes: &'static [(u8, &'static [u8])],
    /// Setting these is an error.
    readonly: &'static [&'static str],
}

/// Any POSIX shell. Readonly in bash: its manual, section Shell Variables.
pub(super) const POSIX: Shell = Shell {
    around_name: ["export ", "="],
    escapes: &[(b'\'', br"'\''")],
    readonly: &[
        "BASHOPTS",
        "BASH_VERSINFO",
        "EUID",
        "PPID",
        "SHELLOPTS",
        "UID",
    ],
};

/// fish. Readonly in its version 3.6; `umask` is as good as that.
pub(super) const FISH: Shell = Shell {
    around_name: ["set -gx ", " "],
    escapes: &[(b'\\', br"\\"), (b'\'', br"\'")],
    readonly: &[
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
    ],
};

impl Shell {
    pub(super) fn line(&self, variable: &Variable, out: &mut Vec<u8>) -> Line {
        let value = without_nul(&variable.value)?;
        if !is_shell_name(&variable.name) {
            return Ok(Some(Why::Name));
        }
        if self.readonly.contains(&variable.name.as_str()) {
            return Ok(Some(Why::Reserved));
        }
        let [before, behind] = self.around_name;
        out.extend_from_slice(format!("{before}{}{behind}'", variable.name).as_bytes());
        for byte in value {
            match self.escapes.iter().find(|(of, _)| of == byte) {
                Some((_, text)) => out.extend_from_slice(text),
                None => out.push(*byte),
            }
        }
        out.extend_from_slice(b"'\n");
        Ok(None)
    }
}
