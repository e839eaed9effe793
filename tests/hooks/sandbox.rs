//! Throw-away repositories, with a home of their own and a `git-seal` that writes down how it was
//! called, so that what git does with the hooks shows.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A home, a directory of programs, and a repository `app one` (with a blank, on purpose).
pub struct Sandbox {
    directory: TempDir,
}

/// Where the machine's programs are, git among them.
const DIRECTORIES: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// What the recording `git-seal` does.
pub const RECORDER: &str = r#"#!/bin/sh
{
    for word in "$@"; do printf '<%s>' "$word"; done
    printf '\n'
    case $2 in pre-push | pre-receive) cat ;; esac
} >>"$RECORD"
exit "${VERDICT:-0}"
"#;

impl Sandbox {
    pub fn new() -> Self {
        let sandbox = Self {
            directory: TempDir::with_prefix("git-seal hooks").expect("a temporary directory"),
        };
        std::fs::create_dir(sandbox.path("home")).expect("a home");
        sandbox.script("bin/git-seal", RECORDER);
        std::fs::create_dir(sandbox.path("tools")).expect("a directory");
        let git = DIRECTORIES.map(|directory| Path::new(directory).join("git"));
        if let Some(git) = git.iter().find(|git| git.exists()) {
            std::os::unix::fs::symlink(git, sandbox.path("tools/git")).expect("a link");
        }
        sandbox.git(".", &["init", "-q", "--template=", "-b", "main", "app one"]);
        sandbox
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The repository's file.
    pub fn app(&self, name: &str) -> PathBuf {
        self.path("app one").join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let file = self.path(name);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("a directory");
        std::fs::write(file, text).expect("a file");
    }

    pub fn script(&self, name: &str, text: &str) {
        self.write(name, text);
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o750))
            .expect("a mode");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Our programs and the machine's, but for directories in which a git-seal was installed.
    fn search_path(&self) -> OsString {
        let theirs = DIRECTORIES.map(PathBuf::from).into_iter();
        let theirs = theirs.filter(|directory| !directory.join("git-seal").exists());
        let all = [self.path("bin")]
            .into_iter()
            .chain(theirs)
            .chain([self.path("tools")]);
        std::env::join_paths(all).expect("no colon in a path")
    }

    /// A command with nothing of this machine's in its environment.
    pub fn command(&self, program: impl AsRef<OsStr>, directory: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path(directory))
            .env_clear()
            .env("PATH", self.search_path())
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.path("home/.gitconfig"))
            .env("RECORD", self.path("record"));
        // The suite runs with both readers.
        if let Some(reader) = std::env::var_os("GIT_SEAL_READER") {
            command.env("GIT_SEAL_READER", reader);
        }
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ann");
            command.env(format!("GIT_{role}_EMAIL"), "ann@example.org");
        }
        command
    }

    /// Runs git, which must do as told.
    pub fn git(&self, directory: &str, arguments: &[&str]) -> Output {
        let output = self.try_git(directory, arguments);
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            errors(&output)
        );
        output
    }

    pub fn try_git(&self, directory: &str, arguments: &[&str]) -> Output {
        let mut git = self.command("git", directory);
        git.args(arguments).output().expect("git")
    }

    /// The real git-seal, which must do as told; gives what it said.
    pub fn seal(&self, directory: &str, arguments: &[&str]) -> String {
        let output = self.try_seal(directory, arguments);
        assert!(
            output.status.success(),
            "git-seal {arguments:?}: {}",
            errors(&output)
        );
        errors(&output)
    }

    pub fn try_seal(&self, directory: &str, arguments: &[&str]) -> Output {
        let mut seal = self.command(env!("CARGO_BIN_EXE_git-seal"), directory);
        seal.args(arguments).output().expect("git-seal")
    }

    /// `install --hooks` in the repository.
    pub fn install(&self) -> String {
        self.seal("app one", &["install", "--hooks"])
    }

    pub fn uninstall(&self) -> String {
        self.seal("app one", &["install", "--hooks", "--uninstall"])
    }

    /// Commits in a directory; says whether git let it pass, and what was said.
    pub fn commit(&self, directory: &str) -> (bool, String) {
        let output = self.try_git(
            directory,
            &["commit", "-q", "--allow-empty", "-m", "a message"],
        );
        (output.status.success(), errors(&output))
    }

    /// What was called since the last time one asked.
    pub fn record(&self) -> String {
        let text = self.read("record");
        let _ = std::fs::remove_file(self.path("record"));
        text
    }

    /// Every file below a directory: name, mode, content.
    pub fn listing(&self, directory: &str) -> Vec<(PathBuf, u32, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.path(directory), &mut files);
        files.sort();
        files
    }
}

fn collect(directory: &Path, files: &mut Vec<(PathBuf, u32, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let mode = path.metadata().expect("metadata").permissions().mode();
            files.push((path.clone(), mode, std::fs::read(path).expect("a file")));
        }
    }
}

pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A copy of the binary, made by another process: a file that this process has open for writing
/// while another thread starts a child cannot be run (ETXTBSY).
pub fn copy_binary(to: impl AsRef<Path>) {
    let status = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_git-seal"))
        .arg(to.as_ref())
        .status();
    assert!(status.expect("cp").success());
}
