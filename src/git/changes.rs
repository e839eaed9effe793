//! What changed: between `HEAD` and the index, between two trees, in a commit.

use std::collections::VecDeque;
use std::thread::JoinHandle;

use super::command::{self, GitError};
use super::index;
use super::objects::{ObjectFormat, ObjectId};
use super::repository::Repository;

/// One side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Git's mode; see [`super::index::Entry::mode`].
    pub mode: u32,
    /// The blob.
    pub id: ObjectId,
}

impl Side {
    /// Whether it is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.mode, 0o100_644 | 0o100_755)
    }
}

/// A path whose content or mode differs. A rename is a removal and an addition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From the top of the work tree.
    pub path: Vec<u8>,
    /// Before; `None` for a new path.
    pub old: Option<Side>,
    /// After; `None` for a removed path.
    pub new: Option<Side>,
}

/// The tree without entries, which stands in for the parent of a first commit.
#[must_use]
pub fn empty_tree(format: ObjectFormat) -> &'static str {
    match format {
        ObjectFormat::Sha1 => "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        ObjectFormat::Sha256 => "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
    }
}

/// The form that [`parse_raw`] reads; submodules count whatever `.gitmodules` says.
const RAW: [&str; 5] = [
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--ignore-submodules=none",
];

/// A comparison with the index.
pub struct Staged(Comparison);

enum Comparison {
    /// Made in this process.
    Made(Vec<Change>),
    /// Git is making it meanwhile.
    UnderWay(command::Running),
}

impl Staged {
    /// Starts the comparison with a revision (`HEAD`, or [`empty_tree`] before the first commit).
    #[must_use]
    pub fn against(repository: &Repository, base: &str) -> Self {
        if let Some(changes) = repository.staged_read_here(base) {
            return Self(Comparison::Made(changes));
        }
        let mut git = repository.stored();
        git.args(["diff-index", "--cached"])
            .args(RAW)
            .args([base, "--"]);
        Self(Comparison::UnderWay(command::start(git)))
    }

    /// What is staged.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn changes(self) -> Result<Vec<Change>, GitError> {
        match self.0 {
            Comparison::Made(changes) => Ok(changes),
            Comparison::UnderWay(running) => parse_raw(&running.output()?),
        }
    }
}

/// What is staged; see [`Staged`].
///
/// # Errors
/// When git does not answer.
pub fn staged(repository: &Repository, base: &str) -> Result<Vec<Change>, GitError> {
    Staged::against(repository, base).changes()
}

/// The paths that a merge left unresolved.
///
/// # Errors
/// When git does not answer.
pub fn unmerged(repository: &Repository) -> Result<Vec<Vec<u8>>, GitError> {
    let mut git = repository.git();
    git.args(["ls-files", "-u", "-s", "-t", "-z"]);
    let entries = index::parse_ls_files(&command::output(&mut git)?)?;
    let mut paths: Vec<Vec<u8>> = entries.into_iter().map(|entry| entry.path).collect();
    paths.dedup();
    Ok(paths)
}

/// What the work tree holds, against the index, or against a revision. A new side whose id is null
/// is a file on disk.
///
/// # Errors
/// When git does not answer.
pub fn unstaged(repository: &Repository, base: Option<&str>) -> Result<Vec<Change>, GitError> {
    let mut git = repository.git();
    git.arg(base.map_or("diff-files", |_| "diff-index"));
    git.args(["--raw", "-z", "--no-abbrev", "--no-renames"]);
    git.args(base).arg("--");
    parse_raw(&command::output(&mut git)?)
}

/// What differs between two trees or commits.
///
/// # Errors
/// When git does not answer.
pub fn between(repository: &Repository, old: &str, new: &str) -> Result<Vec<Change>, GitError> {
    let mut git = repository.stored();
    git.args(["diff-tree", "-r"])
        .args(RAW)
        .args([old, new, "--"]);
    parse_raw(&command::output(&mut git)?)
}

/// A commit against one of its parents, or against nothing where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The commit's id.
    pub commit: String,
    /// The parent's id.
    pub parent: Option<String>,
}

/// How many pairs one git command compares; bounds what is held in memory.
const PAIRS_AT_ONCE: usize = 500;

/// What differs in each pair, in their order; hundreds of them at the cost of one.
///
/// # Errors
/// When git does not answer.
pub fn of_pairs(repository: &Repository, pairs: &[Pair]) -> Result<Vec<Vec<Change>>, GitError> {
    let mut all = Vec::with_capacity(pairs.len());
    each_of_pairs(repository, pairs, |_, changes| all.push(changes))?;
    Ok(all)
}

/// Like [`of_pairs`], handed over one by one in bounded memory. Git compares on all cores, ahead of
/// `each`.
///
/// # Errors
/// When git does not answer.
pub fn each_of_pairs(
    repository: &Repository,
    pairs: &[Pair],
    mut each: impl FnMut(&Pair, Vec<Change>),
) -> Result<(), GitError> {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let mut ahead = VecDeque::new();
    let mut rest = pairs.chunks(PAIRS_AT_ONCE);
    loop {
        while ahead.len() < at_once
            && let Some(some) = rest.next()
        {
            ahead.push_back((some, start_series(repository, some)));
        }
        let Some((some, series)) = ahead.pop_front() else {
            return Ok(());
        };
        let nonsense = GitError::Nonsense("diff-tree");
        let text = series.join().unwrap_or(Err(nonsense))?;
        for (pair, changes) in some.iter().zip(parse_series(&text, some)?) {
            each(pair, changes);
        }
    }
}

/// What git says of these pairs, as [`parse_series`] reads it.
fn start_series(repository: &Repository, pairs: &[Pair]) -> JoinHandle<Result<Vec<u8>, GitError>> {
    let mut git = repository.stored();
    git.args(["diff-tree", "--stdin", "--always", "--root", "-r"])
        .args(RAW);
    let line = |pair: &Pair| match &pair.parent {
        Some(parent) => format!("{} {parent}\n", pair.commit),
        None => format!("{}\n", pair.commit),
    };
    let input: String = pairs.iter().map(line).collect();
    std::thread::spawn(move || command::output_with_input(&mut git, input.as_bytes()))
}

/// Reads records behind `ID NUL` for each commit.
fn parse_series(text: &[u8], pairs: &[Pair]) -> Result<Vec<Vec<Change>>, GitError> {
    let nonsense = || GitError::Nonsense("diff-tree");
    let mut fields = text.split(|byte| *byte == 0).peekable();
    let mut all = Vec::with_capacity(pairs.len());
    for pair in pairs {
        if fields.next() != Some(pair.commit.as_bytes()) {
            return Err(nonsense());
        }
        let mut changes = Vec::new();
        while let Some(header) = fields.next_if(|field| field.starts_with(b":")) {
            let path = fields.next().ok_or_else(nonsense)?.to_vec();
            let (old, new) = parse_header(header).ok_or_else(nonsense)?;
            changes.push(Change { path, old, new });
        }
        all.push(changes);
    }
    Ok(all)
}

/// A commit with its parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// The ids of its parents.
    pub parents: Vec<String>,
}

/// The commits that `git rev-list` gives for these arguments, oldest first.
///
/// # Errors
/// When git does not know a revision.
pub fn commits(repository: &Repository, arguments: &[String]) -> Result<Vec<Commit>, GitError> {
    let mut git = repository.stored();
    git.args(["rev-list", "--reverse", "--topo-order", "--parents"])
        .args(arguments)
        .arg("--");
    let text = command::output(&mut git)?;
    let text = String::from_utf8_lossy(&text);
    Ok(text
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            Some(Commit {
                id: words.next()?,
                parents: words.collect(),
            })
        })
        .collect())
}

/// Reads `:MODE SP MODE SP ID SP ID SP STATUS NUL PATH NUL` (git-diff-index, "Raw output format").
pub(super) fn parse_raw(text: &[u8]) -> Result<Vec<Change>, GitError> {
    let mut fields = text.split(|byte| *byte == 0);
    let mut changes = Vec::new();
    while let Some(header) = fields.next().filter(|header| !header.is_empty()) {
        let path = fields.next().ok_or(GitError::Nonsense("diff"))?.to_vec();
        let change = parse_header(header).ok_or(GitError::Nonsense("diff"))?;
        // Unmerged: said beside the record that compares with ours.
        if header.ends_with(b" U") {
            continue;
        }
        changes.push(Change {
            path,
            old: change.0,
            new: change.1,
        });
    }
    Ok(changes)
}

pub(super) fn parse_header(header: &[u8]) -> Option<(Option<Side>, Option<Side>)> {
    let text = std::str::from_utf8(header).ok()?.strip_prefix(':')?;
    let words: Vec<&str> = text.split(' ').collect();
    let [old_mode, new_mode, old_id, new_id, _] = words.as_slice() else {
        return None;
    };
    let side = |mode: &str, id: &str| {
        let mode = u32::from_str_radix(mode, 8).ok()?;
        let id: ObjectId = id.parse().ok()?;
        Some((mode != 0).then_some(Side { mode, id }))
    };
    Some((side(old_mode, old_id)?, side(new_mode, new_id)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_output_is_read_whatever_the_path() {
        let (a, z) = ("a".repeat(40), "0".repeat(40));
        let text = format!(":000000 100644 {z} {a} A\0a\n\"b\0:100644 000000 {a} {z} D\0c\0");
        let changes = parse_raw(text.as_bytes()).expect("reads");
        assert_eq!(changes[0].path, b"a\n\"b");
        assert!(changes[0].old.is_none() && changes[0].new.as_ref().is_some_and(Side::is_file));
        assert!(changes[1].new.is_none());
        let unmerged = format!(":000000 100644 {z} {z} U\0c\0:100644 100644 {a} {z} M\0c\0");
        assert_eq!(parse_raw(unmerged.as_bytes()).expect("reads").len(), 1);
        assert!(parse_raw(b"nonsense\0x\0").is_err());
    }
}
