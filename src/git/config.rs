//! Git configuration: what `init`, `unlock` and `install` write, and what a clone has.

use std::collections::BTreeMap;
use std::path::Path;

use super::command::{self, GitError, git};
use super::repository::Repository;

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

    /// The values of all keys in this scope alone; keys as git lists them, with section and name in
    /// lower case. The last value of several counts.
    ///
    /// # Errors
    /// When git cannot be started. Where there is no configuration yet, there are none.
    pub fn list(self) -> Result<BTreeMap<String, String>, GitError> {
        let output = command::run(self.git().args(["-z", "--list"]), None)?;
        let records = output.stdout.split(|byte| *byte == 0);
        let pair = |record: &[u8]| {
            let text = String::from_utf8_lossy(record);
            let (key, value) = text.split_once('\n')?;
            Some((key.to_owned(), value.to_owned()))
        };
        Ok(records.filter_map(pair).collect())
    }

    /// Sets a key to one value; a configuration that has it already is not written.
    ///
    /// # Errors
    /// When git does not write it.
    pub fn set(self, key: &str, value: &str) -> Result<(), GitError> {
        if self.get(key)?.as_deref() == Some(value) {
            return Ok(());
        }
        self.replace(key, value)
    }

    /// Sets a key to one value, whatever it was.
    ///
    /// # Errors
    /// When git does not write it.
    pub fn replace(self, key: &str, value: &str) -> Result<(), GitError> {
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

/// All of git's configuration here, asked for at once.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<String, Setting>);

/// The value that counts, and where it is set.
#[derive(Clone, Debug)]
struct Setting {
    scope: String,
    /// None for a key without `=`, which is true.
    value: Option<String>,
}

impl Settings {
    /// Asks git.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn read(repository: &Repository) -> Result<Self, GitError> {
        let mut git = repository.git();
        git.args(["config", "--show-scope", "-z", "--list"]);
        Ok(Self::parse(&command::output(&mut git)?))
    }

    /// The records of `git config --show-scope -z --list`: scope NUL key LF value NUL.
    fn parse(text: &[u8]) -> Self {
        let mut settings = BTreeMap::new();
        let mut parts = text.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        while let (Some(scope), Some(entry)) = (parts.next(), parts.next()) {
            let (key, value) = match entry.split_once('\n') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (&*entry, None),
            };
            let scope = scope.into_owned();
            settings.insert(key.to_owned(), Setting { scope, value });
        }
        Self(settings)
    }

    /// The value of a key, written as git lists it: section and name in lower case.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.value.as_deref()
    }

    /// Where the value stands: `local`, `global`, `system`, `worktree`, `command`.
    #[must_use]
    pub fn scope(&self, key: &str) -> Option<&str> {
        Some(&self.0.get(key)?.scope)
    }

    /// Whether git reads the value as true (git-config(1), "Values").
    #[must_use]
    pub fn is_true(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|setting| {
            setting.value.as_deref().is_none_or(|value| {
                let is_word = ["true", "yes", "on"]
                    .iter()
                    .any(|word| value.eq_ignore_ascii_case(word));
                is_word || value.parse::<i64>().is_ok_and(|number| number != 0)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_git_lists_them() {
        let listing = b"global\0a.b\none\0local\0a.b\ntwo\nlines\0local\0c.d\0command\0e.f\nYes\0local\0g.h\n0\0local\0i.j\n\0";
        let settings = Settings::parse(listing);
        assert_eq!(settings.get("a.b"), Some("two\nlines"));
        assert_eq!(settings.scope("a.b"), Some("local"));
        assert_eq!(settings.get("x.y"), None);
        for (key, is_true) in [
            ("c.d", true),
            ("e.f", true),
            ("g.h", false),
            ("i.j", false),
            ("x.y", false),
        ] {
            assert_eq!(settings.is_true(key), is_true, "{key}");
        }
    }
}
