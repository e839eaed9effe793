//! What git itself leaves behind in plain text: conflicts that `rerere` remembers, and the files of
//! `git mergetool`. No filter ever sees them again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Origin, Vault};
use crate::core::dotenv::Document;
use crate::core::form::Form;
use crate::git::index::Entry;
use crate::git::{GitError, paths};

/// Shorter values (`true`, `8080`) are anywhere.
const MIN_VALUE_BYTES: usize = 6;

/// Which leftovers are to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Those that hold a value which sealed files hold today.
    Known,
    /// All.
    All,
}

impl Vault {
    /// Removes leftovers about these sealed files and gives their paths. Values are known as far as
    /// the keys at hand open what is staged and what is in `HEAD`.
    ///
    /// # Errors
    /// When one cannot be read or removed.
    pub fn sweep(&mut self, entries: &[Entry], extent: Extent) -> Result<Vec<PathBuf>, GitError> {
        let mut left = remembered_conflicts(&self.repository.layout().common_dir)?;
        left.extend(self.left_by_mergetool(entries)?);
        if extent == Extent::Known && !left.is_empty() {
            let values = self.known_values(entries)?;
            let search =
                aho_corasick::AhoCorasick::new(values.iter().map(|value| value.as_slice()));
            let search = search
                .map_err(|error| GitError::File(PathBuf::new(), std::io::Error::other(error)))?;
            left = with_a_value(left, &search)?;
        }
        for path in &left {
            let removed = if path.is_dir() {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            };
            removed.map_err(|error| GitError::File(path.clone(), error))?;
        }
        Ok(left)
    }

    /// Untracked files beside sealed ones, named as `git mergetool` names its own.
    ///
    /// # Errors
    /// When a directory cannot be read, or git does not answer.
    pub fn left_by_mergetool(&self, entries: &[Entry]) -> Result<Vec<PathBuf>, GitError> {
        let Some(top) = self.repository.work_tree() else {
            return Ok(Vec::new());
        };
        let mut found = BTreeSet::new();
        for entry in entries {
            let sealed = paths::file_name(&entry.path);
            let directory = &entry.path[..entry.path.len() - sealed.len()];
            for file in list(&top.join(paths::to_os(directory)))? {
                let name = paths::to_bytes(file.file_name().unwrap_or_default()).into_owned();
                let is_file = file.symlink_metadata().is_ok_and(|found| found.is_file());
                if is_file && is_mergetools(&name, sealed) {
                    found.insert([directory, name.as_slice()].concat());
                }
            }
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let literal = |path: &Vec<u8>| [b":(top,literal)", path.as_slice()].concat();
        let pathspecs: Vec<Vec<u8>> = found.iter().map(literal).collect();
        let pathspecs: Vec<&[u8]> = pathspecs.iter().map(Vec::as_slice).collect();
        for tracked in self.repository.index_entries(&pathspecs)? {
            found.remove(&tracked.path);
        }
        Ok(found
            .iter()
            .map(|path| top.join(paths::to_os(path)))
            .collect())
    }

    /// Every line of every sealed value.
    fn known_values(&mut self, entries: &[Entry]) -> Result<Vec<Zeroizing<Vec<u8>>>, GitError> {
        let mut values = Vec::new();
        for entry in entries {
            let committed = match self.repository.revision_blob("HEAD", &entry.path) {
                // What this clone lacks has left nothing here either.
                Err(GitError::Missing(_)) => None,
                committed => committed?,
            };
            let staged = self.repository.blob(&entry.id)?;
            for sealed in committed.into_iter().chain([staged]) {
                let open = self
                    .smudge(&entry.path, sealed.clone(), &Origin::default())
                    .content;
                if *open == sealed {
                    continue;
                }
                if Form::of_opaque(&sealed).tokens > 0 {
                    values.push(open);
                    continue;
                }
                let document = Document::split(&open);
                let secrets = document.lines.iter().map(|line| line.secret);
                let lines = secrets.flat_map(|secret| secret.split(|byte| *byte == b'\n'));
                values.extend(lines.map(bare).map(|line| Zeroizing::new(line.to_vec())));
            }
        }
        values.retain(|value| value.len() >= MIN_VALUE_BYTES);
        Ok(values)
    }
}

/// A line of a value without blanks and quotes around it.
fn bare(line: &[u8]) -> &[u8] {
    let is_around = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`".contains(byte);
    let start = line
        .iter()
        .position(|byte| !is_around(byte))
        .unwrap_or(line.len());
    let end = line
        .iter()
        .rposition(|byte| !is_around(byte))
        .map_or(start, |last| last + 1);
    &line[start..end]
}

/// The directories of `rr-cache`, one for each conflict (git-rerere).
fn remembered_conflicts(common_dir: &Path) -> Result<Vec<PathBuf>, GitError> {
    let mut conflicts = list(&common_dir.join("rr-cache"))?;
    conflicts.retain(|path| path.symlink_metadata().is_ok_and(|found| found.is_dir()));
    Ok(conflicts)
}

/// `X.orig`, or `X` with `_BACKUP_123` and the like before its ending (git-mergetool.sh).
fn is_mergetools(name: &[u8], sealed: &[u8]) -> bool {
    if name.strip_suffix(b".orig") == Some(sealed) {
        return true;
    }
    let ending = sealed
        .iter()
        .rposition(|byte| *byte == b'.')
        .unwrap_or(sealed.len());
    let (stem, ending) = sealed.split_at(ending);
    let Some(mark) = name
        .strip_prefix(stem)
        .and_then(|rest| rest.strip_suffix(ending))
    else {
        return false;
    };
    let number = ["_BACKUP_", "_BASE_", "_LOCAL_", "_REMOTE_"]
        .iter()
        .find_map(|word| mark.strip_prefix(word.as_bytes()));
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

fn with_a_value(
    left: Vec<PathBuf>,
    values: &aho_corasick::AhoCorasick,
) -> Result<Vec<PathBuf>, GitError> {
    let mut holding = Vec::new();
    for path in left {
        let files = if path.is_dir() {
            list(&path)?
        } else {
            vec![path.clone()]
        };
        for file in files {
            let content = std::fs::read(&file).map_err(|error| GitError::File(file, error))?;
            if values.is_match(&*Zeroizing::new(content)) {
                holding.push(path);
                break;
            }
        }
    }
    Ok(holding)
}

/// What is in a directory; nothing if there is none.
fn list(directory: &Path) -> Result<Vec<PathBuf>, GitError> {
    let failed = |error| GitError::File(directory.to_owned(), error);
    match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        listing => listing
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_mergetool_are_known() {
        for (name, sealed) in [
            ("_LOCAL_123.env", ".env"),
            (".env_BASE_1.production", ".env.production"),
            ("app_BACKUP_77.env", "app.env"),
            ("secrets_REMOTE_5", "secrets"),
            (".env.orig", ".env"),
        ] {
            assert!(is_mergetools(name.as_bytes(), sealed.as_bytes()), "{name}");
        }
        for (name, sealed) in [
            (".env", ".env"),
            ("_LOCAL_.env", ".env"),
            ("_LOCAL_1x.env", ".env"),
            ("_OTHER_1.env", ".env"),
            ("a_LOCAL_1.env", "b.env"),
            (".env.original", ".env"),
        ] {
            assert!(!is_mergetools(name.as_bytes(), sealed.as_bytes()), "{name}");
        }
    }

    #[test]
    fn values_are_looked_for_without_quotes_and_blanks() {
        assert_eq!(bare(b" \"quokka\" "), b"quokka");
        assert_eq!(bare(b"''"), b"");
    }
}
