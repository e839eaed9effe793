//! Throw-away repositories: real git, the real binary, a home of their own, nothing inherited.
//!
//! `GIT_SEAL_TEST_READER=git` runs everything with the second reader; `GIT_SEAL_TEST_GIT=/usr/bin`
//! with the git of that directory; `GIT_SEAL_TEST_HASH=sha256` and `GIT_SEAL_TEST_REFS=reftable` in
//! repositories of that make.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

/// The key of these tests, and its id in short.
pub const KEY: &str = "Zmlyc3QgbWFzdGVyIGtleSBmb3Igc2NlbmFyaW9zISE=";
/// Another key.
pub const OTHER_KEY: &str = "b3RoZXIgbWFzdGVyIGtleSBmb3Igc2NlbmFyaW9zISE=";

/// A `.env` with a comment, quotes, an inline comment and a value of two lines.
pub const ENV: &str = "# Database of wintermute\n\
    DATABASE_URL=postgres://app:hunter2-winter@db/prod\n\
    API_KEY=\"sk_live_4eC39HqLyjWD\" # billing-quartz\n\
    MULTI='first-zephyr\nsecond-zephyr'\n\
    EMPTY=\n";

/// What of [`ENV`], and of what tests add to it, may be nowhere but in the work tree.
pub const PLAIN: [&str; 6] = [
    "wintermute",
    "hunter2-winter",
    "sk_live_4eC39HqLyjWD",
    "billing-quartz",
    "zephyr",
    "quokka-nine",
];

/// A directory with everything that git and git-seal look at.
pub struct Sandbox {
    directory: tempfile::TempDir,
    path: OsString,
}

impl Sandbox {
    /// An empty one.
    pub fn new() -> Rc<Self> {
        let directory = tempfile::Builder::new()
            .prefix("git-seal-scenario-")
            .tempdir()
            .expect("a directory for the test");
        let binary = Path::new(env!("CARGO_BIN_EXE_git-seal"));
        let programs = binary.parent().expect("the binary is in a directory");
        let other_git = std::env::var_os("GIT_SEAL_TEST_GIT").map(PathBuf::from);
        let before = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(programs.to_owned())
            .chain(other_git)
            .chain(std::env::split_paths(&before));
        let path = std::env::join_paths(all).expect("no separator in a directory's name");
        std::fs::create_dir(directory.path().join("home")).expect("a home");
        std::fs::write(
            directory.path().join("gitconfig"),
            "[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n[gc]\n\tauto = 0\n\
             [user]\n\tname = Test\n\temail = test@example.org\n[advice]\n\tdetachedHead = false\n",
        )
        .expect("a configuration");
        Rc::new(Self { directory, path })
    }

    /// A file or directory of the sandbox, outside all repositories.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file outside all repositories.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file of the sandbox");
        path
    }
}

/// The place where a repository is, or will be.
pub struct Repo {
    sandbox: Rc<Sandbox>,
    directory: PathBuf,
}

impl Repo {
    /// A directory of a sandbox that may hold a repository.
    pub fn at(sandbox: &Rc<Sandbox>, name: &str) -> Self {
        Self {
            sandbox: Rc::clone(sandbox),
            directory: sandbox.path(name),
        }
    }

    /// `git init` in a sandbox of its own.
    pub fn empty() -> Self {
        let sandbox = Sandbox::new();
        let repo = Self::at(&sandbox, "app");
        std::fs::create_dir(&repo.directory).expect("a directory for the repository");
        repo.git(["init", "--quiet"]).ok();
        repo
    }

    /// `git init` and `git seal init --yes` with [`KEY`] in the clone's store.
    pub fn initialised() -> Self {
        let repo = Self::empty();
        repo.initialise();
        repo
    }

    /// `git seal init --yes` with [`KEY`] in the clone's store.
    pub fn initialise(&self) {
        self.seal(["key", "import", "--env", "default"])
            .stdin(KEY)
            .ok();
        self.seal(["init", "--yes"]).ok();
    }

    /// A repository whose only commit has [`ENV`] sealed.
    pub fn with_env() -> Self {
        let repo = Self::initialised();
        repo.write(".env", ENV);
        repo.commit("Seal secrets");
        repo
    }

    /// The sandbox around it.
    pub fn sandbox(&self) -> &Rc<Sandbox> {
        &self.sandbox
    }

    /// Its directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A path in its work tree.
    pub fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.directory.join(name.as_ref())
    }

    /// Writes a file of the work tree, and directories on the way.
    pub fn write(&self, name: impl AsRef<OsStr>, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("below the work tree")).expect("directories");
        std::fs::write(path, content).expect("a file of the work tree");
    }

    /// Reads a file of the work tree.
    pub fn read(&self, name: impl AsRef<OsStr>) -> Vec<u8> {
        let path = self.path(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Reads a file of the work tree as text.
    pub fn text(&self, name: impl AsRef<OsStr>) -> String {
        String::from_utf8(self.read(name)).expect("UTF-8")
    }

    /// `git` with these words, here.
    pub fn git<A: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = A>) -> Call {
        Call::new(self, "git", words)
    }

    /// `git-seal` with these words, here.
    pub fn seal<A: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = A>) -> Call {
        Call::new(self, env!("CARGO_BIN_EXE_git-seal"), words)
    }

    /// Any program with these words, here.
    pub fn program<A: AsRef<OsStr>>(
        &self,
        program: &str,
        words: impl IntoIterator<Item = A>,
    ) -> Call {
        Call::new(self, program, words)
    }

    /// Adds everything and commits.
    pub fn commit(&self, subject: &str) {
        self.git(["add", "--all"]).ok();
        self.git(["commit", "--quiet", "-m", subject]).ok();
    }

    /// What git holds under a name such as `HEAD:.env`.
    pub fn blob(&self, name: &str) -> Vec<u8> {
        self.git(["cat-file", "blob", name]).ok().stdout
    }

    /// A clone of it, beside it, without any key.
    pub fn clone_to(&self, name: &str) -> Self {
        let clone = Self::at(&self.sandbox, name);
        let url = format!("file://{}", self.directory.display());
        self.git(["clone", "--quiet", &url, name]).below("..").ok();
        clone
    }

    /// `git seal unlock` with [`KEY`].
    pub fn unlock(&self) {
        self.seal(["unlock", "--stdin"]).stdin(KEY).ok();
    }

    /// The work tree is clean, even when every file is looked at again.
    #[track_caller]
    pub fn assert_clean(&self) {
        let listing = self.git(["ls-files", "-z", "--cached"]).ok().stdout;
        for name in listing
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
        {
            self.touch(os(name));
        }
        let status = self.git(["status", "--porcelain"]).ok();
        assert_eq!(
            status.out(),
            "",
            "git status in {}",
            self.directory.display()
        );
    }

    /// Gives a file another time, so that git must look at its content.
    pub fn touch(&self, name: impl AsRef<OsStr>) {
        let path = self.path(name);
        if path.symlink_metadata().is_ok_and(|found| found.is_file()) {
            let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
            let file = std::fs::File::options().append(true).open(path);
            file.and_then(|file| file.set_modified(long_ago))
                .expect("a new time");
        }
    }

    /// None of these texts is in any object, nor in what `git log` prints.
    #[track_caller]
    pub fn assert_nowhere(&self, plain: &[&str]) {
        let objects = self
            .git(["cat-file", "--batch-all-objects", "--batch"])
            .ok();
        let log = self.git(["log", "-p", "--all", "--no-color"]).ok();
        for text in plain {
            for (what, bytes) in [("an object", &objects.stdout), ("git log -p", &log.stdout)] {
                assert!(!contains(bytes, text.as_bytes()), "{text} is in {what}");
            }
        }
    }

    /// Clean, and nothing plain anywhere: what must hold after every operation.
    #[track_caller]
    pub fn assert_well(&self) {
        self.assert_clean();
        self.assert_nowhere(&PLAIN);
    }

    /// The same, with [`ENV`] in `.env`.
    #[track_caller]
    pub fn assert_env(&self) {
        assert_eq!(self.text(".env"), ENV);
        self.assert_well();
    }

    /// Whether this git can do what a command needs: a scenario for newer gits only.
    pub fn git_can<A: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = A>) -> bool {
        self.git(words).run().code == 0
    }
}

/// A command about to run.
#[must_use]
pub struct Call {
    command: Command,
    input: Vec<u8>,
    typed: String,
}

impl Call {
    fn new<A: AsRef<OsStr>>(
        repo: &Repo,
        program: &str,
        words: impl IntoIterator<Item = A>,
    ) -> Self {
        let sandbox = &repo.sandbox;
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(&repo.directory)
            .env_clear()
            .env("PATH", &sandbox.path)
            .env("HOME", sandbox.path("home"))
            .env("XDG_CONFIG_HOME", sandbox.path("home"))
            .env("GIT_CONFIG_GLOBAL", sandbox.path("gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", "2024-05-06T07:08:09Z")
            .env("GIT_COMMITTER_DATE", "2024-05-06T07:08:09Z")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_EDITOR", "true")
            .env("LC_ALL", "C");
        for (ours, theirs) in [
            ("GIT_SEAL_TEST_READER", "GIT_SEAL_READER"),
            ("GIT_SEAL_TEST_HASH", "GIT_DEFAULT_HASH"),
            ("GIT_SEAL_TEST_REFS", "GIT_DEFAULT_REF_FORMAT"),
        ] {
            if let Some(value) = std::env::var_os(ours) {
                command.env(theirs, value);
            }
        }
        let typed = format!("{command:?}");
        Self {
            command,
            input: Vec::new(),
            typed,
        }
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Feeds standard input.
    pub fn stdin(mut self, input: impl AsRef<[u8]>) -> Self {
        self.input = input.as_ref().to_vec();
        self
    }

    /// Runs as another user; only root can.
    pub fn user(mut self, id: u32) -> Self {
        self.command.uid(id).gid(id);
        self
    }

    /// Runs in another directory, relative to the repository's.
    pub fn below(mut self, directory: &str) -> Self {
        let there = self
            .command
            .get_current_dir()
            .map(|here| here.join(directory));
        self.command.current_dir(there.expect("set when made"));
        self
    }

    /// Starts it in a process group of its own, its output thrown away.
    pub fn start(mut self) -> std::process::Child {
        let null = Stdio::null;
        self.command.stdin(null()).stdout(null()).stderr(null());
        self.command.process_group(0);
        self.command.spawn().expect("the program starts")
    }

    /// The command as it would be run, and as it was typed.
    pub fn into_command(self) -> (Command, String) {
        (self.command, self.typed)
    }

    /// Runs it to its end, whatever that is.
    pub fn run(mut self) -> Ran {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it is a pipe");
        let input = self.input;
        let feeder = std::thread::spawn(move || {
            // A program need not read what it is fed.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("the program ends");
        feeder.join().expect("feeding does not panic");
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: output.stderr,
            typed: self.typed,
        }
    }

    /// Runs it; it must succeed.
    #[track_caller]
    pub fn ok(self) -> Ran {
        self.ends_with(0)
    }

    /// Runs it; it must end with this exit code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Ran {
        let ran = self.run();
        assert_eq!(
            ran.code,
            code,
            "{}\n--- stdout\n{}--- stderr\n{}",
            ran.typed,
            ran.out(),
            ran.err()
        );
        ran
    }

    /// Runs it; it must not succeed.
    #[track_caller]
    pub fn fails(self) -> Ran {
        let ran = self.run();
        assert_ne!(ran.code, 0, "{} succeeded\n{}", ran.typed, ran.err());
        ran
    }
}

/// A command that has run.
pub struct Ran {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub typed: String,
}

impl Ran {
    /// Standard output as text.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The lines of ours on standard error, without git's own, are exactly these; and nothing of a
    /// key or a value is among all that was printed.
    #[track_caller]
    pub fn says(&self, expected: &str) -> &Self {
        let ours: String = self
            .err()
            .lines()
            .filter(|line| line.starts_with("git-seal: "))
            .fold(String::new(), |all, line| all + line + "\n");
        assert_eq!(ours, expected, "{}", self.typed);
        self.tells_nothing()
    }

    /// No six bytes of a key or a plain value were printed.
    #[track_caller]
    pub fn tells_nothing(&self) -> &Self {
        for secret in PLAIN.iter().chain(&[KEY, OTHER_KEY]) {
            for part in secret.as_bytes().windows(6) {
                let told = contains(&self.stderr, part) || contains(&self.stdout, part);
                assert!(
                    !told,
                    "{} tells of {secret}:\n{}{}",
                    self.typed,
                    self.out(),
                    self.err()
                );
            }
        }
        self
    }

    /// Whether standard error holds a text.
    pub fn mentions(&self, text: &str) -> bool {
        self.err().contains(text)
    }
}

/// Whether `text` holds `part`.
pub fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// Bytes as a name in the file system.
pub fn os(name: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(name.to_vec())
}
