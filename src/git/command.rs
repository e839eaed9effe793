//! The git binary: one place that starts it.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;

use crate::core::printable::reason;

/// What git answered when it did not do as told.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no repository here.
    #[error("not a git repository (or any parent up to the root)")]
    NotARepository,
    /// A `.git` file leads to a repository that is gone; git's own words.
    #[error("the repository that this belongs to is gone: {0}")]
    Moved(String),
    /// Git refuses to open the repository, say because of its owner; its own words.
    #[error("git does not open this repository: {0}")]
    Refused(String),
    /// The git binary is not there.
    #[error("cannot run git: {0}")]
    NoGit(std::io::Error),
    /// A git command failed: what it was, and what it said.
    #[error("git {0} failed: {1}")]
    Failed(String, String),
    /// The answer was not of the form that git documents.
    #[error("git {0} gave an answer that makes no sense")]
    Nonsense(&'static str),
    /// An object that should be there is not: shallow or partial clone, or damage.
    #[error("object {0} is missing from this clone")]
    Missing(String),
    /// A path that a person gave is not in the work tree.
    #[error("{0} is outside the work tree")]
    Outside(std::path::PathBuf),
    /// A symbolic link stands where a file or directory of ours should be: whoever can write to the
    /// repository could make it point anywhere.
    #[error("{0} is a symbolic link")]
    Link(std::path::PathBuf),
    /// A file of the repository could not be read or written.
    #[error("{}: {}", .0.display(), reason(.1))]
    File(std::path::PathBuf, std::io::Error),
    /// The place of this clone's keys could not be read.
    #[error("{}: {}", .0.display(), reason(.1))]
    Store(std::path::PathBuf, std::io::Error),
}

/// A `git` command in `directory` (or here), with a stable language and without optional locks.
#[must_use]
pub fn git(directory: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    if let Some(directory) = directory {
        command.current_dir(directory);
        keep_meaning_of_relative_paths(&mut command);
    }
    // Messages are matched nowhere, but they are shown: keep them in the language of the docs.
    // Reading must never take the index lock from a command of the user's.
    command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    command
}

/// Relative paths in git's own variables are relative to where we were started; but for `GIT_INDEX_FILE`:
/// that is relative to the top of the work tree, where git goes before it reads it, and so do we.
fn keep_meaning_of_relative_paths(command: &mut Command) {
    let Ok(here) = std::env::current_dir() else {
        return;
    };
    for name in PATH_VARIABLES {
        if let Some(path) = std::env::var_os(name).filter(|path| Path::new(path).is_relative()) {
            command.env(name, here.join(path));
        }
    }
}

const PATH_VARIABLES: [&str; 4] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
];

/// The subcommand: the first word that is neither an option of git's own nor the setting of a `-c`.
fn described(command: &Command) -> String {
    let mut words = command.get_args().map(OsStr::to_string_lossy);
    while let Some(word) = words.next() {
        if word == "-c" {
            words.next();
        } else if !word.starts_with('-') {
            return word.into_owned();
        }
    }
    String::new()
}

/// Runs to the end and gives standard output; a failure carries git's first line of complaint.
///
/// # Errors
/// When git cannot be started or exits with anything but 0.
pub fn output(command: &mut Command) -> Result<Vec<u8>, GitError> {
    let output = run(command, None)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::Failed(described(command), complaint(&output)))
}

/// A git command under way, whose answer is wanted later.
pub struct Running(JoinHandle<Result<Vec<u8>, GitError>>);

/// Starts a command on a thread, so that not even its start is waited for.
#[must_use]
pub fn start(mut command: Command) -> Running {
    Running(std::thread::spawn(move || output(&mut command)))
}

impl Running {
    /// Waits for its end and gives standard output.
    ///
    /// # Errors
    /// As [`output`].
    pub fn output(self) -> Result<Vec<u8>, GitError> {
        let nonsense = GitError::Nonsense("command");
        self.0.join().unwrap_or(Err(nonsense))
    }
}

/// Like [`output`], with `input` on standard input.
///
/// # Errors
/// When git cannot be started or exits with anything but 0.
pub fn output_with_input(command: &mut Command, input: &[u8]) -> Result<Vec<u8>, GitError> {
    let output = run(command, Some(input))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::Failed(described(command), complaint(&output)))
}

/// Runs to the end whatever the exit code.
///
/// # Errors
/// When git cannot be started.
pub fn run(command: &mut Command, input: Option<&[u8]>) -> Result<Output, GitError> {
    let stdin = if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(GitError::NoGit)?;
    let feeder = child.stdin.take().zip(input).map(|(mut stdin, input)| {
        let input = input.to_vec();
        // Its own thread: git may fill its output before it has read all its input.
        std::thread::spawn(move || stdin.write_all(&input))
    });
    let output = child.wait_with_output().map_err(GitError::NoGit)?;
    if let Some(feeder) = feeder {
        // A broken pipe shows in the exit code.
        let _ = feeder.join();
    }
    Ok(output)
}

/// What git complained about, in one line.
#[must_use]
pub fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no reason given");
    line.trim_start_matches("fatal: ")
        .trim_start_matches("error: ")
        .to_owned()
}
