//! Git configuration: what `init`, `unlock` and `install` write, and what a clone has.

use std::path::Path;

use super::command::{self, GitError, git};

/// Where configuration is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// `.git/config` of the clone at this directory.
    Clone(&'a Path),
    /// The user's own configuration, for all clones.
    Global,
}

impl Scope<'_> {
    fn git(self) -> std::process::Command {
        let (directory, flag) = match self {
            Self::Clone(directory) => (Some(directory), "--local"),
            Self::Global => (None, "--global"),
        };
        let mut command = git(directory);
        command.args(["config", flag]);
        command
    }

    /// The value of a key in this scope alone.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn get(self, key: &str) -> Result<Option<String>, GitError> {
        let output = command::run(self.git().args(["-z", "--get", key]), None)?;
        let value = output.stdout.strip_suffix(b"\0");
        Ok(value.map(|value| String::from_utf8_lossy(value).into_owned()))
    }

    /// Sets a key to one value; a configuration that has it already is not written.
    ///
    /// # Errors
    /// When git does not write it.
    pub fn set(self, key: &str, value: &str) -> Result<(), GitError> {
        if self.get(key)?.as_deref() == Some(value) {
            return Ok(());
        }
        command::output(self.git().args(["--replace-all", key, value])).map(drop)
    }

    /// Removes a key; a key that is not there is no error.
    ///
    /// # Errors
    /// When git does not write it.
    pub fn unset(self, key: &str) -> Result<(), GitError> {
        let output = command::run(self.git().args(["--unset-all", key]), None)?;
        // 5: there is no such key.
        if output.status.success() || output.status.code() == Some(5) {
            return Ok(());
        }
        Err(GitError::Failed(
            "config".into(),
            command::complaint(&output),
        ))
    }

    /// Removes a whole section; one that is not there is no error.
    ///
    /// # Errors
    /// When git does not write it.
    pub fn remove_section(self, section: &str) -> Result<(), GitError> {
        let removed = command::run(self.git().args(["--remove-section", section]), None)?;
        // Git's exit code is the same for a missing section and for one that it cannot remove.
        let pattern = format!("^{}\\.", section.replace('.', "\\."));
        let left = command::run(self.git().args(["--get-regexp", &pattern]), None)?;
        if removed.status.success() || left.stdout.is_empty() {
            return Ok(());
        }
        Err(GitError::Failed(
            "config".into(),
            command::complaint(&removed),
        ))
    }
}
