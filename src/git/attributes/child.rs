//! Attributes as a child of git's tells them.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::thread::JoinHandle;

use super::{Attribute, AttributesFrom};
use crate::git::command::{GitError, git};
use crate::git::conversation::Conversation;

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
            .and_then(|git| read_answer(git, &path, &names));
        self.names = names;
        self.answers.insert(path, read?);
        Ok(())
    }

    /// Values are words such as `unspecified`.
    fn answer_bytes(&self, path: &[u8]) -> usize {
        self.names.len() * (path.len() + 40)
    }
}

/// Reads `PATH NUL NAME NUL VALUE NUL` for each name (git-check-attr, "Output").
fn read_answer(
    git: &mut Conversation,
    path: &[u8],
    names: &[String],
) -> Result<Vec<Attribute>, GitError> {
    let nonsense = || GitError::Nonsense("check-attr");
    let mut word = Vec::new();
    let mut attributes = Vec::with_capacity(names.len());
    for name in names {
        for expected in [Some(path), Some(name.as_bytes()), None] {
            word.clear();
            let read = git.stdout.read_until(0, &mut word);
            read.map_err(|_| nonsense())?;
            if word.pop() != Some(0) || expected.is_some_and(|expected| word != expected) {
                return Err(nonsense());
            }
        }
        attributes.push(Attribute::from_check_attr(&word));
    }
    Ok(attributes)
}
