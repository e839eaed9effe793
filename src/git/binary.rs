//! The second reader: the git binary, for repositories that libgit2 does not open (SHA-256,
//! reftable, sparse or split index, partial clone, directories of another owner).

use std::io::{BufRead as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::command::{self, GitError, git};
use super::conversation::Conversation;
use super::index;
use super::layout::Layout;
use super::objects::{ObjectFormat, ObjectId};
use super::paths;
use crate::core::printable::printable;

/// Where the repository is, as git itself says.
pub fn discover() -> Result<Layout, GitError> {
    let asked = command::run(
        git(None).args([
            "rev-parse",
            "--is-bare-repository",
            "--absolute-git-dir",
            "--git-common-dir",
            "--show-object-format",
            // Last: it fails in a bare repository, and inside the git directory itself.
            "--show-toplevel",
        ]),
        None,
    )?;
    let mut lines = asked.stdout.splitn(5, |byte| *byte == b'\n');
    let (Some(bare), Some(git_dir), Some(common), Some(format), Some(top)) = (
        lines.next(),
        lines.next(),
        lines.next(),
        lines.next(),
        lines.next(),
    ) else {
        let said = command::complaint(&asked);
        return Err(if said.starts_with("not a git repository:") {
            GitError::Moved(said)
        } else if said.starts_with("not a git repository") {
            GitError::NotARepository
        } else {
            GitError::Refused(said)
        });
    };
    let path = |line: &[u8]| PathBuf::from(paths::os_string(line.to_vec()));
    let here = std::env::current_dir().map_err(|error| GitError::File(".".into(), error))?;
    let work_tree = top
        .strip_suffix(b"\n")
        .filter(|_| asked.status.success() && bare != b"true");
    Ok(Layout {
        git_dir: path(git_dir),
        common_dir: paths::normalise(&here.join(path(common))),
        work_tree: work_tree.map(path),
        object_format: if format == b"sha256" {
            ObjectFormat::Sha256
        } else {
            ObjectFormat::Sha1
        },
    })
}

/// What a lasting `git cat-file` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Types, sizes and contents.
    Contents,
    /// Types and sizes.
    Sizes,
}

/// `git cat-file --batch` or `--batch-check` in one child.
pub struct ObjectReader(Conversation);

impl ObjectReader {
    /// Starts the child.
    pub fn start(mut git: Command, answers: Answers) -> Result<Self, GitError> {
        let mode = match answers {
            Answers::Contents => "--batch",
            Answers::Sizes => "--batch-check",
        };
        git.args(["cat-file", mode]).stderr(Stdio::null());
        Conversation::start(&mut git).map(Self)
    }

    /// The type and the content of the object that `name` names (an id, `:path`, `REV:path`);
    /// `None` if there is no such object. The name holds no line feed.
    pub fn object(&mut self, name: &[u8]) -> Result<Option<(String, Vec<u8>)>, GitError> {
        let Some((kind, size)) = self.header(name)? else {
            return Ok(None);
        };
        let mut content = vec![0; size + 1];
        let read = self.0.stdout.read_exact(&mut content);
        read.map_err(|_| GitError::Nonsense("cat-file"))?;
        content.pop();
        Ok(Some((kind, content)))
    }

    /// The type and the size in bytes of an object; the only answer of [`Answers::Sizes`].
    pub fn header(&mut self, name: &[u8]) -> Result<Option<(String, usize)>, GitError> {
        let failed = |_| GitError::Nonsense("cat-file");
        self.0.stdin.write_all(name).map_err(failed)?;
        self.0.stdin.write_all(b"\n").map_err(failed)?;
        self.0.stdin.flush().map_err(failed)?;
        let mut header = Vec::new();
        self.0
            .stdout
            .read_until(b'\n', &mut header)
            .map_err(failed)?;
        // Git ends where a promisor has the object and it may not ask (seen with 2.39).
        if header.is_empty() {
            return Err(GitError::Missing(printable(name)));
        }
        let header = header
            .strip_suffix(b"\n")
            .ok_or(GitError::Nonsense("cat-file"))?;
        if header.ends_with(b" missing") || header.ends_with(b" ambiguous") {
            return Ok(None);
        }
        kind_and_size(header)
            .map(Some)
            .ok_or(GitError::Nonsense("cat-file"))
    }
}

/// Reads `ID SP TYPE SP SIZE` (git-cat-file, "Batch output").
pub fn kind_and_size(header: &[u8]) -> Option<(String, usize)> {
    let mut words = std::str::from_utf8(header).ok()?.rsplit(' ');
    let size = words.next()?.parse().ok()?;
    Some((words.next()?.to_owned(), size))
}

/// Lets a command see objects as they are stored, here: neither replaced (git-replace) nor grafted,
/// nor fetched from a promisor remote (git 2.45 and newer).
pub fn as_stored(git: &mut Command) {
    git.env("GIT_NO_REPLACE_OBJECTS", "1")
        // A file that is there, even an empty one, makes git complain that grafts are outdated.
        .env("GIT_GRAFT_FILE", "/nonexistent/grafts")
        .env("GIT_NO_LAZY_FETCH", "1");
}

/// The content of a blob whose name may hold any byte.
pub fn one_blob(mut git: Command, name: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
    git.args(["cat-file", "blob"])
        .arg(paths::os_string(name.to_vec()));
    let output = command::run(&mut git, None)?;
    Ok(output.status.success().then_some(output.stdout))
}

/// Hands a blob over in pieces of at most `piece` bytes, until `each` says that it is enough.
pub fn stream_blob(
    mut git: Command,
    id: &ObjectId,
    piece: usize,
    each: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), GitError> {
    let mut child = git
        .args(["cat-file", "blob", id.as_str()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(GitError::NoGit)?;
    let mut stdout = child.stdout.take().ok_or(GitError::Nonsense("cat-file"))?;
    let mut buffer = vec![0; piece];
    loop {
        match stdout.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) if each(&buffer[..length]) => {}
            Ok(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return Ok(());
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return Err(GitError::Nonsense("cat-file")),
        }
    }
    let status = child.wait().map_err(GitError::NoGit)?;
    if status.success() {
        Ok(())
    } else {
        Err(GitError::Missing(id.to_string()))
    }
}

/// All values of a configuration key, from all scopes, last wins.
pub fn config_values(directory: &Path, key: &str) -> Result<Vec<String>, GitError> {
    let output = command::run(
        git(Some(directory)).args(["config", "-z", "--get-all", key]),
        None,
    )?;
    // 1: the key is not set.
    if !output.status.success() && output.status.code() != Some(1) {
        return Err(GitError::Failed(
            "config".into(),
            command::complaint(&output),
        ));
    }
    Ok(index::records(&output.stdout)
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect())
}
