//! The second reader: the git binary, for repositories that libgit2 does not open (SHA-256,
//! reftable, sparse or split index, partial clone, directories of another owner).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::attributes::{Attribute, AttributesFrom};
use super::command::{self, GitError, git};
use super::index;
use super::objects::ObjectFormat;
use super::paths;
use super::repository::Layout;

/// Where the repository is, as git itself says.
pub fn discover() -> Result<Layout, GitError> {
    let asked = command::run(
        git(None).args([
            "rev-parse",
            "--is-bare-repository",
            "--absolute-git-dir",
            "--git-common-dir",
        ]),
        None,
    )?;
    if !asked.status.success() {
        let said = command::complaint(&asked);
        return Err(if said.starts_with("not a git repository") {
            GitError::NotARepository
        } else {
            GitError::Refused(said)
        });
    }
    let nonsense = || GitError::Nonsense("rev-parse");
    let mut lines = asked
        .stdout
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec);
    let bare = lines.next().ok_or_else(nonsense)? == b"true";
    let git_dir = PathBuf::from(paths::os_string(lines.next().ok_or_else(nonsense)?));
    let common = PathBuf::from(paths::os_string(lines.next().ok_or_else(nonsense)?));
    let here = std::env::current_dir().map_err(|error| GitError::File(".".into(), error))?;
    let work_tree = if bare {
        None
    } else {
        // Fails inside the git directory itself: then there is no work tree to speak of.
        command::output(git(None).args(["rev-parse", "--show-toplevel"]))
            .ok()
            .map(|mut text| {
                text.pop();
                PathBuf::from(paths::os_string(text))
            })
    };
    let format = command::output(git(None).args(["rev-parse", "--show-object-format"]))?;
    Ok(Layout {
        git_dir,
        common_dir: paths::normalise(&here.join(common)),
        work_tree,
        object_format: if format.starts_with(b"sha256") {
            ObjectFormat::Sha256
        } else {
            ObjectFormat::Sha1
        },
    })
}

/// `git check-attr -z --stdin` for one path after another, in one child.
pub struct AttributeReader {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    from: AttributesFrom,
    names: Vec<String>,
}

impl AttributeReader {
    /// Starts the child for these attribute names.
    pub fn start(top: &Path, from: &AttributesFrom, names: &[&str]) -> Result<Self, GitError> {
        let mut git = git(Some(top));
        git.args(["check-attr", "-z", "--stdin"]);
        match from {
            AttributesFrom::WorkTree => {}
            AttributesFrom::Index => {
                git.arg("--cached");
            }
            AttributesFrom::Tree(tree) => {
                git.arg("--cached").env("GIT_INDEX_FILE", &tree.index);
            }
        }
        let mut child = git
            .args(names)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(GitError::NoGit)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(GitError::Nonsense("check-attr"));
        };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
            from: from.clone(),
            names,
        })
    }

    /// Whether this child answers for these names.
    pub fn answers_for(&self, from: &AttributesFrom, names: &[&str]) -> bool {
        self.from.is_same(from) && self.names == names
    }

    /// The attributes of one path, in the order of the names.
    pub fn read(&mut self, path: &[u8]) -> Result<Vec<Attribute>, GitError> {
        let failed = |_| GitError::Nonsense("check-attr");
        self.stdin.write_all(path).map_err(failed)?;
        self.stdin.write_all(b"\0").map_err(failed)?;
        self.stdin.flush().map_err(failed)?;
        (0..self.names.len())
            .map(|_| {
                let mut word = Vec::new();
                for _ in 0..3 {
                    word.clear();
                    self.stdout.read_until(0, &mut word).map_err(failed)?;
                    if word.pop() != Some(0) {
                        return Err(GitError::Nonsense("check-attr"));
                    }
                }
                Ok(Attribute::from_check_attr(&word))
            })
            .collect()
    }
}

impl Drop for AttributeReader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `git cat-file --batch` in one child.
pub struct ObjectReader {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl ObjectReader {
    /// Starts the child.
    pub fn start(directory: &Path) -> Result<Self, GitError> {
        let mut child = git(Some(directory))
            .args(["cat-file", "--batch"])
            // A look must not fetch from a promisor remote (git 2.45 and newer).
            .env("GIT_NO_LAZY_FETCH", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(GitError::NoGit)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(GitError::Nonsense("cat-file"));
        };
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }

    /// The content of the blob that `name` names (an id, `:path`, `REV:path`); `None` if there is no
    /// such object. The name holds no line feed.
    pub fn blob(&mut self, name: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        let failed = |_| GitError::Nonsense("cat-file");
        self.stdin.write_all(name).map_err(failed)?;
        self.stdin.write_all(b"\n").map_err(failed)?;
        self.stdin.flush().map_err(failed)?;
        let mut header = Vec::new();
        self.stdout.read_until(b'\n', &mut header).map_err(failed)?;
        let header = header
            .strip_suffix(b"\n")
            .ok_or(GitError::Nonsense("cat-file"))?;
        if header.ends_with(b" missing") || header.ends_with(b" ambiguous") {
            return Ok(None);
        }
        let text = std::str::from_utf8(header).map_err(|_| GitError::Nonsense("cat-file"))?;
        let mut words = text.rsplit(' ');
        let size: usize = words
            .next()
            .and_then(|size| size.parse().ok())
            .ok_or(GitError::Nonsense("cat-file"))?;
        let is_blob = words.next() == Some("blob");
        let mut content = vec![0; size + 1];
        self.stdout.read_exact(&mut content).map_err(failed)?;
        content.pop();
        Ok(is_blob.then_some(content))
    }
}

impl Drop for ObjectReader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The content of a blob whose name may hold any byte.
pub fn one_blob(directory: &Path, name: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
    let mut command = git(Some(directory));
    command
        .args(["cat-file", "blob"])
        .arg(paths::os_string(name.to_vec()));
    let output = command::run(&mut command, None)?;
    Ok(output.status.success().then_some(output.stdout))
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
