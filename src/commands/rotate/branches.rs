//! Branches that change sealed files and are not merged: they meet the rotation later.

use crate::core::printable::printable;
use crate::git::{GitError, Repository, command, index};

/// Branches looked at; a repository may have thousands.
const MAX_BRANCHES: usize = 100;

/// The names of unmerged branches, local and remote, that touch any of these paths.
///
/// # Errors
/// When git does not answer.
pub fn open_branches(repository: &Repository, paths: &[&[u8]]) -> Result<Vec<String>, GitError> {
    if !repository.has_commits()? {
        return Ok(Vec::new());
    }
    let mut git = repository.git();
    git.args([
        "for-each-ref",
        "--no-merged=HEAD",
        "--sort=-committerdate",
        "--format=%(objectname) %(refname:short)",
        "refs/heads",
        "refs/remotes",
    ]);
    let listing = command::output(&mut git)?;
    let mut seen: Vec<String> = Vec::new();
    let mut names = Vec::new();
    for line in String::from_utf8_lossy(&listing).lines().take(MAX_BRANCHES) {
        let Some((commit, name)) = line.split_once(' ') else {
            continue;
        };
        // A remote's copy of a local branch says nothing new.
        if seen.iter().any(|known| known == commit) {
            continue;
        }
        seen.push(commit.to_owned());
        if touches(repository, commit, paths)? {
            names.push(printable(name.as_bytes()));
        }
    }
    Ok(names)
}

fn touches(repository: &Repository, commit: &str, paths: &[&[u8]]) -> Result<bool, GitError> {
    let mut git = repository.git();
    git.args(["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff"]);
    git.arg(format!("HEAD...{commit}"));
    let output = command::run(&mut git, None)?;
    // Without a common ancestor in this clone nothing can be said: name the branch.
    Ok(
        !output.status.success()
            || index::records(&output.stdout).any(|path| paths.contains(&path)),
    )
}
