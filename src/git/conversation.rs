//! A child of git's that lasts: it is asked one thing after another.

use std::io::BufReader;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::command::GitError;

/// A child that is asked and answers.
pub struct Conversation {
    child: Child,
    /// What it is asked.
    pub stdin: ChildStdin,
    /// What it answers.
    pub stdout: BufReader<ChildStdout>,
}

impl Conversation {
    /// Starts it.
    pub fn start(command: &mut Command) -> Result<Self, GitError> {
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
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
