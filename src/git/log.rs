//! Commits with what each of them changed, as `git log --raw` tells.

use super::changes::{self, Change};
use super::command::{self, GitError};
use super::repository::Repository;

/// A commit, and the files in which it differs from its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// The author's name.
    pub author: String,
    /// When it was authored: ISO 8601 with the author's offset.
    pub time: String,
    /// The first line of its message.
    pub subject: String,
    /// Renames are a removal and an addition.
    pub changes: Vec<Change>,
}

/// In front of a commit; the parser takes the fields by their places.
const START: u8 = 1;

/// The commits that lead to `HEAD`, the newest first, children before parents; merges are left out,
/// as in `git log -p`. None before the first commit.
///
/// # Errors
/// When git does not answer.
pub fn log(repository: &Repository) -> Result<Vec<Commit>, GitError> {
    if !repository.has_commits()? {
        return Ok(Vec::new());
    }
    let mut git = repository.git();
    git.args([
        "-c",
        "log.showRoot=true",
        "-c",
        "log.showSignature=false",
        "log",
        "-z",
        "--raw",
    ]);
    git.args([
        "--no-abbrev",
        "--no-renames",
        "--no-merges",
        "--topo-order",
        "--no-color",
    ]);
    git.args(["--format=%x01%H%x00%an%x00%aI%x00%s", "HEAD", "--"]);
    parse(&command::output(&mut git)?)
}

fn parse(text: &[u8]) -> Result<Vec<Commit>, GitError> {
    let nonsense = || GitError::Nonsense("log");
    let mut fields = text.split(|byte| *byte == 0);
    let mut commits: Vec<Commit> = Vec::new();
    while let Some(field) = fields.next() {
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        match field.first() {
            None => {}
            Some(&START) => {
                let mut text = || {
                    let field = fields.next().ok_or_else(nonsense)?;
                    Ok::<_, GitError>(String::from_utf8_lossy(field).into_owned())
                };
                commits.push(Commit {
                    id: String::from_utf8_lossy(&field[1..]).into_owned(),
                    author: text()?,
                    time: text()?,
                    subject: text()?,
                    changes: Vec::new(),
                });
            }
            Some(_) => {
                let (old, new) = changes::parse_header(field).ok_or_else(nonsense)?;
                let path = fields.next().ok_or_else(nonsense)?.to_vec();
                let commit = commits.last_mut().ok_or_else(nonsense)?;
                commit.changes.push(Change { path, old, new });
            }
        }
    }
    Ok(commits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_by_their_places_whatever_they_hold() {
        let (a, z) = ("a".repeat(40), "0".repeat(40));
        let text = format!(
            "\x01c1\0:Eve\02024-05-06T07:08:09+00:00\0\x01subject\0\n:000000 100644 {z} {a} A\0:path\0\x01c2\0Bob\0t\0\0"
        );
        let commits = parse(text.as_bytes()).expect("reads");
        assert_eq!(
            (commits[0].author.as_str(), commits[0].subject.as_str()),
            (":Eve", "\x01subject")
        );
        assert_eq!(commits[0].changes[0].path, b":path");
        assert_eq!(commits[1].id, "c2");
        assert!(parse(b"junk\0").is_err());
    }
}
