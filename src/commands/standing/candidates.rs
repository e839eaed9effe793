//! Files that should be protected, by their names, listed by git in one go.

use crate::core::gitattributes::{self, ATTRIBUTES_PATH};
use crate::git::{GitError, Repository, command, index, paths};

/// Dotenv names, and some more: told apart afterwards. Few and plain pathspecs, since git compares
/// each with every file that it tracks.
const DOTENV_SPECS: [&str; 2] = [":(top,icase)*.env", ":(top,icase)*.env[._-]*"];
/// Files that are sealed as a whole, most often.
const OPAQUE_SPECS: [&str; 5] = [
    ":(top)*.p12",
    ":(top)*.pfx",
    ":(top)*.jks",
    ":(top)*.pem",
    ":(top)*.key",
];

/// Why a file is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It has a dotenv name.
    Dotenv,
    /// Only the lower-case form of its name is a dotenv name.
    OddCase,
    /// It may have been sealed before.
    Other,
}

/// A file that git tracks or would add.
pub(super) struct Candidate {
    pub(super) path: Vec<u8>,
    pub(super) is_tracked: bool,
    pub(super) kind: Kind,
}

/// Files with dotenv names in any case, tracked or not; and tracked ones that the committed attributes
/// name, or that hold keys by their name.
///
/// # Errors
/// When git does not answer.
pub(super) fn list(repository: &Repository) -> Result<Vec<Candidate>, GitError> {
    let mut git = repository.git();
    git.args(["ls-files", "-z", "-t", "--cached", "--others"]);
    git.args(["--exclude-standard", "--"]);
    git.args(DOTENV_SPECS).args(OPAQUE_SPECS);
    let committed = repository.revision_blob("HEAD", ATTRIBUTES_PATH.as_bytes());
    git.args(specs(&committed.ok().flatten().unwrap_or_default()));
    let listing = command::output(&mut git)?;
    let mut found: Vec<Candidate> = Vec::new();
    // A tag, a space, the path; several records for a file in conflict.
    for record in index::records(&listing) {
        let (tag, path) = record.split_at(record.len().min(2));
        let is_tracked = tag != b"? ";
        let kind = kind(path);
        let is_one = is_tracked || kind != Kind::Other;
        if is_one && found.last().is_none_or(|last| last.path != path) {
            found.push(Candidate {
                path: path.to_vec(),
                is_tracked,
                kind,
            });
        }
    }
    Ok(found)
}

fn kind(path: &[u8]) -> Kind {
    let name = paths::file_name(path);
    if gitattributes::is_dotenv_name(name) {
        Kind::Dotenv
    } else if gitattributes::is_dotenv_name(&name.to_ascii_lowercase()) {
        Kind::OddCase
    } else {
        Kind::Other
    }
}

/// Pathspecs for the plain patterns of lines that give our filter, but for those of dotenv files.
fn specs(attributes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(attributes);
    let patterns = text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let pattern = words
            .next()
            .filter(|word| !word.starts_with(['"', '#', '[']))?;
        let is_known = gitattributes::DOTENV_PATTERNS.contains(&pattern);
        (!is_known && words.any(|word| word == "filter=seal")).then_some(pattern)
    });
    let spec = |pattern: &str| match pattern.strip_prefix('/').unwrap_or(pattern) {
        rooted if pattern.contains('/') => format!(":(top,glob){rooted}"),
        anywhere => format!(":(top,glob)**/{anywhere}"),
    };
    patterns.map(spec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_become_pathspecs() {
        let text =
            b"# x filter=seal\n.env filter=seal\n*.secret filter=seal text\nconfig/a filter=seal\n\
            /b filter=seal\n\"c d\" filter=seal\n*.png filter=lfs\n";
        assert_eq!(
            specs(text),
            [
                ":(top,glob)**/*.secret",
                ":(top,glob)config/a",
                ":(top,glob)b"
            ]
        );
    }
}
