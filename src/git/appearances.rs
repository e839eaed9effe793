//! All of history: every blob with its paths, and every blob's content, read in the order of the packs.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::thread::JoinHandle;

use super::binary::{as_stored, kind_and_size};
use super::changes::{self, Commit, Pair};
use super::command::{self, GitError};
use super::objects::ObjectId;
use super::repository::Repository;

/// A blob at a path, and the first commit that has it there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Appearance {
    /// From the top of the work tree; empty where a tag names the blob itself.
    pub path: Vec<u8>,
    /// Counts up from the oldest.
    pub number: usize,
    /// The commit; `None` where only a tag leads to the blob.
    pub commit: Option<String>,
}

/// Hands over every file and symbolic link that any ref reaches, at every path, oldest commit first.
///
/// # Errors
/// When git does not answer.
pub fn each_appearance(
    repository: &Repository,
    mut each: impl FnMut(ObjectId, Appearance),
) -> Result<(), GitError> {
    let mut numbers = 0..;
    let mut appears = |id, path, commit| {
        let number = numbers.next().unwrap_or_default();
        let appearance = Appearance {
            path,
            number,
            commit,
        };
        each(id, appearance);
    };
    let commits = changes::commits(repository, &["--all".to_owned()])?;
    // What is new against the first parent is everything that this commit is the first to have,
    // or that it has from its other parents, which are commits of this list as well.
    let pairs: Vec<Pair> = commits.into_iter().map(first_pair).collect();
    changes::each_of_pairs(repository, &pairs, |pair, changes| {
        for change in changes {
            if let Some(new) = change.new.filter(|new| new.mode != SUBMODULE) {
                appears(new.id, change.path, Some(pair.commit.clone()));
            }
        }
    })?;
    each_tagged(repository, |id, path| appears(id, path, None))
}

const SUBMODULE: u32 = 0o160_000;

fn first_pair(commit: Commit) -> Pair {
    Pair {
        commit: commit.id,
        parent: commit.parents.into_iter().next(),
    }
}

/// The blobs that refs name without a commit: tags of files and of trees.
fn each_tagged(
    repository: &Repository,
    mut each: impl FnMut(ObjectId, Vec<u8>),
) -> Result<(), GitError> {
    let mut git = repository.stored();
    git.args([
        "for-each-ref",
        "--format=%(objecttype) %(objectname)%0a%(*objecttype) %(*objectname)",
    ]);
    let text = command::output(&mut git)?;
    let text = String::from_utf8_lossy(&text);
    for (kind, name) in text.lines().filter_map(|line| line.split_once(' ')) {
        match kind {
            "blob" => {
                let id = name.parse();
                each(
                    id.map_err(|()| GitError::Nonsense("for-each-ref"))?,
                    Vec::new(),
                );
            }
            "tree" => {
                let entries = repository.tree_entries(name)?;
                let files = entries.into_iter().filter(|one| one.mode != SUBMODULE);
                files.for_each(|entry| each(entry.id, entry.path));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Hands over the message of every commit and of every annotated tag, with the object's id.
///
/// # Errors
/// When git does not answer.
pub fn each_message(
    repository: &Repository,
    mut each: impl FnMut(&str, &[u8]),
) -> Result<(), GitError> {
    let failed = |_| GitError::Nonsense("log");
    let mut child = repository
        .stored()
        .args(["log", "--all", "-z", "--format=%H%n%B", "--encoding=UTF-8"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(GitError::NoGit)?;
    let mut stdout = BufReader::new(child.stdout.take().ok_or(GitError::Nonsense("log"))?);
    let mut record = Vec::new();
    while stdout.read_until(0, &mut record).map_err(failed)? > 0 {
        let text = record.strip_suffix(b"\0").unwrap_or(&record);
        let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        let id = std::str::from_utf8(&text[..end]).map_err(|_| GitError::Nonsense("log"))?;
        each(id, &text[(end + 1).min(text.len())..]);
        record.clear();
    }
    let status = child.wait().map_err(GitError::NoGit)?;
    if !status.success() {
        return Err(GitError::Failed("log".into(), "it ended early".into()));
    }
    for tag in tags(repository)? {
        let (_, content) = repository.object(&tag)?;
        each(&tag, message_of(&content));
    }
    Ok(())
}

/// The ids of the annotated tags.
fn tags(repository: &Repository) -> Result<Vec<String>, GitError> {
    let mut git = repository.stored();
    git.args(["for-each-ref", "--format=%(objecttype) %(objectname)"]);
    let text = command::output(&mut git)?;
    Ok(String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| line.strip_prefix("tag ").map(str::to_owned))
        .collect())
}

/// The message in a stored commit or tag: what stands behind the first empty line.
#[must_use]
pub fn message_of(object: &[u8]) -> &[u8] {
    let start = memchr::memmem::find(object, b"\n\n").map_or(object.len(), |at| at + 2);
    &object[start..]
}

/// The order of objects in the packs, which git is listing meanwhile.
pub struct StoredOrder(JoinHandle<Result<Vec<u8>, GitError>>);

impl StoredOrder {
    /// Lets git list its objects.
    #[must_use]
    pub fn list(repository: &Repository) -> Self {
        let mut git = repository.stored();
        git.args([
            "cat-file",
            "--batch-all-objects",
            "--unordered",
            "--batch-check=%(objectname)",
        ]);
        Self(std::thread::spawn(move || command::output(&mut git)))
    }

    /// Sorts blobs as the packs hold them: neighbours share their delta bases, which git then
    /// inflates once.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn sort<T>(self, blobs: BTreeMap<ObjectId, T>) -> Result<Vec<(ObjectId, T)>, GitError> {
        let nonsense = GitError::Nonsense("cat-file");
        let text = self.0.join().unwrap_or(Err(nonsense))?;
        let text = String::from_utf8_lossy(&text);
        let places: HashMap<&str, usize> = text.lines().zip(0..).collect();
        let mut sorted: Vec<(ObjectId, T)> = blobs.into_iter().collect();
        sorted.sort_by_key(|(id, _)| places.get(id.as_str()).copied());
        Ok(sorted)
    }
}

/// Reads many blobs through one child of git's, started in `home` ([`Repository::home`]): hands over the
/// content of each, in order, as its number in `ids`, its length in bytes and a stream of that length;
/// what `each` leaves unread is skipped.
///
/// # Errors
/// When an object is missing or no blob, git does not answer, or reading fails in `each`.
pub fn read_blobs(
    home: &Path,
    ids: &[&ObjectId],
    mut each: impl FnMut(usize, usize, &mut dyn Read) -> std::io::Result<()>,
) -> Result<(), GitError> {
    let failed = |_| GitError::Nonsense("cat-file");
    let mut git = command::git(Some(home));
    as_stored(&mut git);
    let mut child = git
        .args(CAT_FILE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(GitError::NoGit)?;
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(GitError::Nonsense("cat-file"));
    };
    let request = ids.iter().flat_map(|id| [id.as_str(), "\n"]);
    let request: String = request.collect();
    // Its own thread: git writes before it has read everything. A broken pipe shows on the other side.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(request.as_bytes())));
    let mut stdout = BufReader::with_capacity(BUFFER_BYTES, stdout);
    let result = ids.iter().enumerate().try_for_each(|(number, id)| {
        let size = read_header(&mut stdout, id)?;
        let mut content = (&mut stdout).take(size as u64);
        each(number, size, &mut content).map_err(failed)?;
        std::io::copy(&mut content, &mut std::io::sink()).map_err(failed)?;
        if content.limit() != 0 {
            return Err(GitError::Nonsense("cat-file"));
        }
        stdout.read_exact(&mut [0]).map_err(failed)
    });
    drop(stdout);
    let _ = child.kill();
    let _ = child.wait();
    let _ = feeder.join();
    result
}

/// In the order of the packs a delta's base is always near: git's cache of 96 MB would be wasted.
const CAT_FILE: [&str; 5] = [
    "-c",
    "core.deltaBaseCacheLimit=16m",
    "cat-file",
    "--batch",
    "--buffer",
];
const BUFFER_BYTES: usize = 256 << 10;

fn read_header(stdout: &mut impl BufRead, id: &ObjectId) -> Result<usize, GitError> {
    let mut header = Vec::new();
    let read = stdout.read_until(b'\n', &mut header);
    read.map_err(|_| GitError::Nonsense("cat-file"))?;
    let header = header.strip_suffix(b"\n").unwrap_or_default();
    if header.ends_with(b" missing") {
        return Err(GitError::Missing(id.to_string()));
    }
    match kind_and_size(header) {
        Some((kind, size)) if kind == "blob" => Ok(size),
        _ => Err(GitError::Nonsense("cat-file")),
    }
}
