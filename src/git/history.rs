//! History, walked once: commits with the blobs that they changed, and all blobs there are.

use std::collections::BTreeSet;

use super::command::{self, GitError};
use super::objects::ObjectId;
use super::paths;
use super::repository::Repository;

/// A commit and what it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Its parents among the commits listed; commits that change no listed path are left out, and
    /// their children are joined to their parents.
    pub parents: Vec<ObjectId>,
    /// When it was written, in seconds since 1970, as its author claims.
    pub time: i64,
    /// `Name <email>`, as its author claims.
    pub author: String,
    /// What differs from the first parent.
    pub changes: Vec<Change>,
}

/// A path that a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path.
    pub path: Vec<u8>,
    /// What it holds since; `None` where it was deleted, or is no regular file.
    pub blob: Option<ObjectId>,
}

/// A blob, and a path under which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlob {
    /// Its id.
    pub id: ObjectId,
    /// Its size in bytes.
    pub size: u64,
    /// One of its paths; empty for a blob that a tag names.
    pub path: Vec<u8>,
}

/// Every blob that any ref reaches.
#[derive(Clone, Debug, Default)]
pub struct AllBlobs {
    /// The blobs that are there, each once.
    pub blobs: Vec<StoredBlob>,
    /// How many objects are missing from this clone.
    pub missing: usize,
}

/// The commits that led to `revision` and changed paths that match the pathspecs, parents before
/// children.
///
/// # Errors
/// When there is no such revision, or git does not answer.
pub fn walk(
    repository: &Repository,
    revision: &str,
    pathspecs: &[Vec<u8>],
) -> Result<Vec<Commit>, GitError> {
    let mut git = repository.git();
    git.args(["log", "--topo-order", "--reverse", "--parents", "-z"]);
    git.args(["--raw", "--no-abbrev", "--no-renames", "--root"]);
    git.args([
        "--diff-merges=first-parent",
        "--no-ext-diff",
        "--no-show-signature",
    ]);
    git.args([
        "--format=%x01%H%x00%P%x00%at%x00%an <%ae>",
        "--end-of-options",
    ]);
    git.args([revision, "--"]);
    git.args(pathspecs.iter().cloned().map(paths::os_string));
    parse(&command::output(&mut git)?).ok_or(GitError::Nonsense("log"))
}

/// Reads records of `\x01id NUL parents NUL time NUL author NUL`, each followed by entries of
/// `:mode mode id id status NUL path NUL`.
fn parse(text: &[u8]) -> Option<Vec<Commit>> {
    let mut words = text.split(|byte| *byte == 0);
    let mut commits: Vec<Commit> = Vec::new();
    while let Some(word) = words.next() {
        let word = word.strip_prefix(b"\n").unwrap_or(word);
        match word.first() {
            None => {}
            Some(1) => commits.push(Commit {
                id: object_id(&word[1..])?,
                parents: words
                    .next()?
                    .split(|byte| *byte == b' ')
                    .filter(|id| !id.is_empty())
                    .map(object_id)
                    .collect::<Option<_>>()?,
                time: std::str::from_utf8(words.next()?).ok()?.parse().ok()?,
                author: String::from_utf8_lossy(words.next()?).into_owned(),
                changes: Vec::new(),
            }),
            Some(b':') => {
                let mut parts = word.split(|byte| *byte == b' ');
                let is_file = parts.nth(1)?.starts_with(b"100");
                let id = object_id(parts.nth(1)?)?;
                commits.last_mut()?.changes.push(Change {
                    path: words.next()?.to_vec(),
                    blob: Some(id).filter(|id| is_file && !id.is_null()),
                });
            }
            Some(_) => return None,
        }
    }
    Some(commits)
}

fn object_id(text: &[u8]) -> Option<ObjectId> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The commits at which a shallow clone ends: what they hold may be older.
#[must_use]
pub fn shallow_boundary(repository: &Repository) -> BTreeSet<ObjectId> {
    let text = std::fs::read_to_string(repository.layout().common_dir.join("shallow"));
    text.unwrap_or_default()
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect()
}

/// All blobs that refs, `HEAD` and the stash reach.
///
/// # Errors
/// When git does not answer.
pub fn all_blobs(repository: &Repository) -> Result<AllBlobs, GitError> {
    let mut git = repository.git();
    // Only refs/stash itself is a ref; older stashes hang on its reflog.
    git.args(["rev-list", "--objects", "--all", "--missing=print"]);
    if repository.has_commits()? {
        git.arg("HEAD");
    }
    let mut all = AllBlobs::default();
    let mut wanted = Vec::new();
    for line in command::output(&mut git)?.split(|byte| *byte == b'\n') {
        if line.starts_with(b"?") {
            all.missing += 1;
        } else if !line.is_empty() {
            wanted.extend_from_slice(line);
            wanted.push(b'\n');
        }
    }
    let mut git = repository.git();
    git.args([
        "cat-file",
        "--batch-check=%(objecttype) %(objectsize) %(objectname) %(rest)",
    ]);
    git.env("GIT_NO_LAZY_FETCH", "1");
    for line in command::output_with_input(&mut git, &wanted)?.split(|byte| *byte == b'\n') {
        if line.ends_with(b" missing") {
            all.missing += 1;
        } else if let Some(rest) = line.strip_prefix(b"blob ") {
            all.blobs
                .push(stored_blob(rest).ok_or(GitError::Nonsense("cat-file"))?);
        }
    }
    Ok(all)
}

fn stored_blob(line: &[u8]) -> Option<StoredBlob> {
    let mut parts = line.splitn(3, |byte| *byte == b' ');
    Some(StoredBlob {
        size: std::str::from_utf8(parts.next()?).ok()?.parse().ok()?,
        id: object_id(parts.next()?)?,
        path: parts.next().unwrap_or_default().to_vec(),
    })
}

/// The first commit, over all refs, that brought a blob.
///
/// # Errors
/// When git does not answer.
pub fn commit_with(repository: &Repository, blob: &ObjectId) -> Result<Option<ObjectId>, GitError> {
    let mut git = repository.git();
    git.args(["log", "--all", "--reverse", "--format=%H"]);
    git.arg(format!("--find-object={blob}"));
    let text = command::output(&mut git)?;
    Ok(text.split(|byte| *byte == b'\n').next().and_then(object_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> ObjectId {
        digit.to_string().repeat(40).parse().expect("an id")
    }

    #[test]
    fn a_log_is_read_whatever_paths_and_names_hold() {
        let text = format!(
            "\x01{a}\0\0007\0A <a@x>\0\n:000000 100644 {z} {b} A\0:odd\n\x01name\0\
             \x01{c}\0{a} {b}\09\0B\0\x01{d}\0{c}\09\0\0\n:100644 000000 {b} {z} D\0.env\0\
             :100644 120000 {b} {c} T\0link\0",
            a = id('a'),
            b = id('b'),
            c = id('c'),
            d = id('d'),
            z = id('0'),
        );
        let commits = parse(text.as_bytes()).expect("a log");
        assert_eq!(commits.len(), 3);
        assert_eq!(
            (commits[0].time, commits[0].author.as_str()),
            (7, "A <a@x>")
        );
        let path = b":odd\n\x01name".to_vec();
        let blob = Some(id('b'));
        assert_eq!(commits[0].changes, [Change { path, blob }]);
        assert_eq!(commits[1].parents, [id('a'), id('b')]);
        assert!(commits[1].changes.is_empty());
        assert_eq!(commits[2].changes.len(), 2);
        assert!(
            commits[2]
                .changes
                .iter()
                .all(|change| change.blob.is_none())
        );
        assert_eq!(parse(b"fatal: something else"), None);
    }
}
