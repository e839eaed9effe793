//! Keys from a password manager: the command in git config `seal.<env>.keyCommand`.
//!
//! Asked last and once per environment and process. Never runs a command that stands in a file of
//! the work tree: that would be the repository's own word.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{AtHand, Source, SourceTrouble, is_locked};
use crate::core::environment::Environment;
use crate::git::{GitError, Repository, command, index, paths};

const TIME_LIMIT: Duration = Duration::from_secs(60);
const MAX_OUTPUT_BYTES: u64 = 64 * 1024;

/// The commands that are configured, read from git once for all environments.
// No `Debug`: a command may hold what it should not.
#[derive(Default)]
pub struct Commands(BTreeMap<String, Configured>);

struct Configured {
    /// The file (or `command line:`) that sets it.
    origin: String,
    text: String,
}

impl Commands {
    /// Asks git.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn read(repository: &Repository) -> Result<Self, GitError> {
        if is_locked() {
            return Ok(Self::default());
        }
        let mut git = repository.git();
        git.args(["config", "-z", "--show-origin", "--get-regexp"]);
        git.arg(r"^seal\..*\.keycommand$");
        // None is configured: 1, and no output.
        let output = command::run(&mut git, None)?;
        let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        let mut commands = BTreeMap::new();
        // Origin NUL key LF value NUL, the one that counts last.
        let mut records = index::records(&output.stdout);
        while let (Some(origin), Some(entry)) = (records.next(), records.next()) {
            let end = memchr::memchr(b'\n', entry).unwrap_or(entry.len());
            let name = entry[..end].strip_prefix(b"seal.");
            let name = name.and_then(|name| name.strip_suffix(b".keycommand"));
            let configured = Configured {
                origin: text(origin),
                text: text(entry.get(end + 1..).unwrap_or_default()),
            };
            commands.insert(text(name.unwrap_or_default()), configured);
        }
        Ok(Self(commands))
    }

    /// Asks the environment's command, if there is one.
    ///
    /// # Errors
    /// When git does not answer. A command that fails is a trouble of its source, not an error.
    pub fn ask(
        &self,
        repository: &Repository,
        environment: &Environment,
        at_hand: &mut AtHand,
    ) -> Result<(), GitError> {
        let Some(Configured { origin, text }) = self.0.get(environment.as_str()) else {
            return Ok(());
        };
        let source = Source::Command(environment.clone());
        if is_in_work_tree(repository, origin) {
            let trouble = SourceTrouble::Untrusted(source, origin.clone());
            at_hand.troubles.push(trouble);
            return Ok(());
        }
        match run(repository, text, time_limit(repository)?) {
            Ok(output) => {
                let first_line = output
                    .split(|byte| *byte == b'\n')
                    .next()
                    .unwrap_or_default();
                at_hand.take(source, first_line);
            }
            Err(why) => at_hand.troubles.push(SourceTrouble::Command(source, why)),
        }
        Ok(())
    }
}

fn time_limit(repository: &Repository) -> Result<Duration, GitError> {
    let seconds = repository
        .config("seal.keyCommandTimeout")?
        .and_then(|text| text.trim().parse().ok());
    Ok(seconds.map_or(TIME_LIMIT, Duration::from_secs))
}

fn is_in_work_tree(repository: &Repository, origin: &str) -> bool {
    let (Some(top), Some(file)) = (repository.work_tree(), origin.strip_prefix("file:")) else {
        return false;
    };
    let file = paths::normalise(&top.join(file));
    let real = |path: &std::path::Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (file, top, common) = (
        real(&file),
        real(top),
        real(&repository.layout().common_dir),
    );
    file.starts_with(top) && !file.starts_with(common)
}

/// Runs a shell command and gives its output. Complaints go to the terminal unread: they may hold
/// anything.
fn run(repository: &Repository, text: &str, limit: Duration) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut child = Command::new("sh")
        .args(["-c", text])
        .current_dir(repository.home())
        // During a filter, standard input is git's protocol.
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // Handed on, not inherited: what a command leaves running would hold the standard error of
        // git open, and whoever waits for its end. (Its own process group would keep it from asking
        // on the terminal.)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let stdout = child.stdout.take().ok_or("it has no output")?;
    let complaints = child.stderr.take().map(hand_on);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut output = Zeroizing::new(Vec::new());
        let read = stdout.take(MAX_OUTPUT_BYTES).read_to_end(&mut output);
        // Nobody listens any more after the time limit.
        let _ = sender.send(read.map(|_| output));
    });
    let Ok(output) = receiver.recv_timeout(limit) else {
        let _ = child.kill();
        let _ = child.wait();
        await_briefly(complaints);
        return Err(match limit.as_secs() {
            1 => "it took longer than a second".to_owned(),
            seconds => format!("it took longer than {seconds} seconds"),
        });
    };
    let status = child.wait().map_err(|error| error.to_string())?;
    await_briefly(complaints);
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    output.map_err(|error| error.to_string())
}

/// Copies complaints to standard error; the channel closes when they end.
fn hand_on(mut complaints: ChildStderr) -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Where standard error is gone, nobody wants to know.
        let _ = std::io::copy(&mut complaints, &mut std::io::stderr());
        drop(sender);
    });
    receiver
}

/// A command that has ended has said all it had to say, unless it left something running.
fn await_briefly(complaints: Option<mpsc::Receiver<()>>) {
    if let Some(end) = complaints {
        let _ = end.recv_timeout(Duration::from_millis(200));
    }
}
