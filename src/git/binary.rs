//! The second reader: the git binary, for repositories that libgit2 does not open (SHA-256,
//! reftable, sparse or split index, partial clone, directories of another owner).

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use super::attributes::{Attribute, AttributesFrom};
use super::command::{self, GitError, git};
use super::index;
use super::layout::Layout;
use super::objects::{ObjectFormat, ObjectId};
use super::paths;

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
    /// The child, while it is being started beside us.
    starting: Option<JoinHandle<Result<Conversation, GitError>>>,
    /// The child, once it was asked something.
    started: Option<Conversation>,
    from: AttributesFrom,
    names: Vec<String>,
    /// Paths that will be asked for.
    expected: VecDeque<Vec<u8>>,
    /// Paths that git was asked for, and has not answered yet.
    asked: VecDeque<Vec<u8>>,
    /// What `asked` makes git write, in bytes, roughly.
    awaited: usize,
    answers: HashMap<Vec<u8>, Vec<Attribute>>,
}

/// No more than a pipe holds (64 KiB on Linux, 16 on some systems): git never waits for us to read
/// while we wait for it.
const AWAITED_BYTES: usize = 12 << 10;

/// A child that is asked and answers.
struct Conversation {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Conversation {
    fn start(command: &mut Command) -> Result<Self, GitError> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(GitError::NoGit)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(GitError::Nonsense("a git command"));
        };
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }

    /// Reads `PATH NUL NAME NUL VALUE NUL` for each name (git-check-attr, "Output").
    fn attributes(&mut self, path: &[u8], names: &[String]) -> Result<Vec<Attribute>, GitError> {
        let nonsense = || GitError::Nonsense("check-attr");
        let mut word = Vec::new();
        let mut attributes = Vec::with_capacity(names.len());
        for name in names {
            for expected in [Some(path), Some(name.as_bytes()), None] {
                word.clear();
                let read = self.stdout.read_until(0, &mut word);
                read.map_err(|_| nonsense())?;
                if word.pop() != Some(0) || expected.is_some_and(|expected| word != expected) {
                    return Err(nonsense());
                }
            }
            attributes.push(Attribute::from_check_attr(&word));
        }
        Ok(attributes)
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl AttributeReader {
    /// Starts the child for these attribute names, on a thread: a process takes longer to start, and the
    /// caller has other things to do.
    pub fn start(top: &Path, from: &AttributesFrom, names: &[&str]) -> Self {
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
        git.args(names);
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            starting: Some(std::thread::spawn(move || Conversation::start(&mut git))),
            started: None,
            from: from.clone(),
            names,
            expected: VecDeque::new(),
            asked: VecDeque::new(),
            awaited: 0,
            answers: HashMap::new(),
        }
    }

    fn conversation(&mut self) -> Result<&mut Conversation, GitError> {
        let nonsense = || GitError::Nonsense("check-attr");
        if let Some(starting) = self.starting.take() {
            self.started = Some(starting.join().map_err(|_| nonsense())??);
        }
        self.started.as_mut().ok_or_else(nonsense)
    }

    /// Says which paths will be asked for, so that git answers ahead.
    pub fn expect<'a>(&mut self, paths: impl IntoIterator<Item = &'a [u8]>) {
        self.expected.extend(paths.into_iter().map(<[u8]>::to_vec));
    }

    /// Whether this child answers for these names.
    pub fn answers_for(&self, from: &AttributesFrom, names: &[&str]) -> bool {
        self.from.is_same(from) && self.names == names
    }

    /// The attributes of one path, in the order of the names.
    pub fn read(&mut self, path: &[u8]) -> Result<Vec<Attribute>, GitError> {
        let is_path = |one: &Vec<u8>| one == path;
        let comes = self.asked.iter().chain(&self.expected).any(is_path);
        if !comes && !self.answers.contains_key(path) {
            self.expected.push_front(path.to_vec());
        }
        loop {
            if let Some(found) = self.answers.remove(path) {
                return Ok(found);
            }
            self.ask()?;
            self.receive()?;
        }
    }

    /// The attributes of many paths, in their order.
    pub fn read_all(&mut self, paths: &[&[u8]]) -> Result<Vec<Vec<Attribute>>, GitError> {
        self.expect(paths.iter().copied());
        paths.iter().map(|path| self.read(path)).collect()
    }

    /// Asks for as many of the expected paths as git can answer without waiting for us.
    fn ask(&mut self) -> Result<(), GitError> {
        let mut request = Vec::new();
        while let Some(path) = self.expected.pop_front() {
            let answer = self.answer_bytes(&path);
            if self.awaited > 0 && self.awaited + answer > AWAITED_BYTES {
                self.expected.push_front(path);
                break;
            }
            self.awaited += answer;
            request.extend_from_slice(&path);
            request.push(0);
            self.asked.push_back(path);
        }
        let sent = self.conversation()?.stdin.write_all(&request);
        sent.map_err(|_| GitError::Nonsense("check-attr"))
    }

    fn receive(&mut self) -> Result<(), GitError> {
        let nonsense = || GitError::Nonsense("check-attr");
        let path = self.asked.pop_front().ok_or_else(nonsense)?;
        self.awaited -= self.answer_bytes(&path);
        let names = std::mem::take(&mut self.names);
        let read = self
            .conversation()
            .and_then(|git| git.attributes(&path, &names));
        self.names = names;
        self.answers.insert(path, read?);
        Ok(())
    }

    /// Values are words such as `unspecified`.
    fn answer_bytes(&self, path: &[u8]) -> usize {
        self.names.len() * (path.len() + 40)
    }
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
pub struct ObjectReader {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl ObjectReader {
    /// Starts the child.
    pub fn start(mut git: Command, answers: Answers) -> Result<Self, GitError> {
        let mode = match answers {
            Answers::Contents => "--batch",
            Answers::Sizes => "--batch-check",
        };
        let mut child = git
            .args(["cat-file", mode])
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

    /// The type and the content of the object that `name` names (an id, `:path`, `REV:path`);
    /// `None` if there is no such object. The name holds no line feed.
    pub fn object(&mut self, name: &[u8]) -> Result<Option<(String, Vec<u8>)>, GitError> {
        let Some((kind, size)) = self.header(name)? else {
            return Ok(None);
        };
        let mut content = vec![0; size + 1];
        let read = self.stdout.read_exact(&mut content);
        read.map_err(|_| GitError::Nonsense("cat-file"))?;
        content.pop();
        Ok(Some((kind, content)))
    }

    /// The type and the size in bytes of an object; the only answer of [`Answers::Sizes`].
    pub fn header(&mut self, name: &[u8]) -> Result<Option<(String, usize)>, GitError> {
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

impl Drop for ObjectReader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
