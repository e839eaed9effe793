//! What stands in the work tree before anything is changed.

use crate::core::form::Form;
use crate::core::gitattributes::{is_dotenv_name, is_personal};
use crate::core::policy::Policy;
use crate::failure::Failure;
use crate::git::attributes::Attribute;
use crate::git::{Repository, command, index, paths};

/// What git makes of a dotenv file today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Git does not know it and would add it.
    Untracked,
    /// Git tracks it in plain text.
    TrackedPlain,
    /// Git tracks it, sealed.
    TrackedSealed,
    /// Git ignores it.
    Ignored,
    /// A line in `.gitattributes` leaves it alone on purpose.
    Exempt,
}

/// A dotenv file of the work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// From the top of the work tree.
    pub path: Vec<u8>,
    /// What git makes of it.
    pub standing: Standing,
    /// Whether an ignore rule for it once stood in a committed `.gitignore`.
    pub was_ignored: bool,
}

/// All dotenv files by name: tracked, untracked, and ignored ones outside ignored directories.
/// Personal files (`.env.local`) count only while git tracks them.
///
/// # Errors
/// When git does not answer.
pub fn candidates(repository: &Repository) -> Result<Vec<Candidate>, Failure> {
    let mut found = Vec::new();
    for entry in repository.index_entries(&[])? {
        if entry.is_file() && entry.stage == 0 && is_dotenv_name(paths::file_name(&entry.path)) {
            let plain = !is_sealed(&repository.blob(&entry.id)?);
            let standing = if plain {
                Standing::TrackedPlain
            } else {
                Standing::TrackedSealed
            };
            found.push((entry.path, standing));
        }
    }
    for path in others(repository, &["--exclude-standard"])? {
        found.push((path, Standing::Untracked));
    }
    for path in others(repository, &["--ignored", "--exclude-standard"])? {
        found.push((path, Standing::Ignored));
    }
    let mut candidates = Vec::new();
    for (path, standing) in found {
        let tracked = matches!(standing, Standing::TrackedPlain | Standing::TrackedSealed);
        if !tracked && is_personal(paths::file_name(&path)) {
            continue;
        }
        let filter = repository.attributes(
            &crate::git::attributes::AttributesFrom::WorkTree,
            &path,
            &["filter"],
        )?;
        let exempt =
            standing != Standing::TrackedSealed && filter.first() == Some(&Attribute::Unset);
        let was_ignored = standing == Standing::Untracked && was_ignored(repository, &path)?;
        candidates.push(Candidate {
            standing: if exempt { Standing::Exempt } else { standing },
            was_ignored,
            path,
        });
    }
    candidates.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(candidates)
}

fn is_sealed(content: &[u8]) -> bool {
    let form = Form::of_dotenv(content, &Policy::default());
    form.tokens > 0 && form.damaged.is_empty()
        || Form::of_opaque(content).tokens > 0
        || content.is_empty()
}

/// Untracked dotenv files; ignored directories are not entered.
fn others(repository: &Repository, flags: &[&str]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut git = repository.git();
    git.args(["ls-files", "-z", "--others", "--directory"])
        .args(flags);
    let listing = command::output(&mut git)?;
    let mut paths_found = Vec::new();
    for path in index::records(&listing) {
        if let Some(directory) = path
            .strip_suffix(b"/")
            .filter(|_| !flags.contains(&"--ignored"))
        {
            // A directory without a tracked file is listed as one: look inside.
            let mut git = repository.git();
            git.args(["ls-files", "-z", "--others", "--exclude-standard", "--"]);
            git.arg(paths::os_string([b":(top,literal)", directory].concat()));
            let inner = command::output(&mut git)?;
            paths_found.extend(index::records(&inner).map(<[u8]>::to_vec));
        } else {
            paths_found.push(path.to_vec());
        }
    }
    paths_found.retain(|path| is_dotenv_name(paths::file_name(path)));
    Ok(paths_found)
}

/// Whether history has a `.gitignore` rule that names the file: colleagues then have their own.
fn was_ignored(repository: &Repository, path: &[u8]) -> Result<bool, Failure> {
    if !repository.has_commits()? {
        return Ok(false);
    }
    let name = String::from_utf8_lossy(paths::file_name(path)).into_owned();
    let mut git = repository.git();
    git.args(["log", "-1", "--format=%H", "--extended-regexp"]);
    git.arg(format!(
        "-G^/?(\\*\\*/)?({}|\\.env\\*|\\*\\.env)/?[[:space:]]*$",
        escaped(&name)
    ));
    git.args(["--", ".gitignore", ":(glob)**/.gitignore"]);
    Ok(!command::output(&mut git)?.is_empty())
}

fn escaped(name: &str) -> String {
    name.chars().fold(String::new(), |mut out, character| {
        if !character.is_ascii_alphanumeric() && character != '_' && character != '-' {
            out.push('\\');
        }
        out.push(character);
        out
    })
}
