//! `git seal demo`: the story in a throw-away repository, with real git.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::keys::environment::is_key_variable;
use crate::ui::Ui;

/// See it work, in a throw-away repository
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  git seal demo")]
pub struct Args {}

const SECRETS: &str = "# Database\nDATABASE_URL=postgres://app:hunter2@db.internal/prod\nAPI_KEY=\"a-key-that-nobody-should-see\"\n";

/// Plays the story.
///
/// # Errors
/// When git is missing or fails.
pub fn run(_: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let stage = Stage::build(ui)?;
    let app = stage.directory.path().join("app");
    stage.git(stage.directory.path(), &["init", "--quiet", "app"])?;

    stage.tell("You have a .env file, and you want to commit it.");
    std::fs::write(app.join(".env"), SECRETS)?;
    stage.show(&app, &["cat", ".env"])?;
    stage.show(&app, &["git", "seal", "init", "--yes"])?;

    stage.tell("From here on it is git as ever.");
    stage.show(&app, &["git", "add", "."])?;
    stage.show(&app, &["git", "commit", "--quiet", "-m", "Seal secrets"])?;

    stage.tell("The repository holds names, and a token for each value:");
    stage.show(&app, &["git", "show", "HEAD:.env"])?;

    stage.tell("A value that slips into another file does not get out:");
    let notes = "To try the API: curl -H 'X-Key: a-key-that-nobody-should-see' api.internal\n";
    std::fs::write(app.join("NOTES.md"), notes)?;
    stage.show(&app, &["git", "add", "NOTES.md"])?;
    stage.show_refused(&app, &["git", "commit", "--quiet", "-m", "Add notes"])?;
    stage.git(&app, &["rm", "--quiet", "--force", "NOTES.md"])?;
    stage.tell("A change can be reviewed without seeing a value:");
    std::fs::write(
        app.join(".env"),
        SECRETS.replace("db.internal", "db2.internal"),
    )?;
    stage.show(&app, &["git", "seal", "diff"])?;
    stage.git(
        &app,
        &["commit", "--quiet", "--all", "-m", "Move the database"],
    )?;

    stage.tell("A colleague without the key clones it. Nothing breaks, nothing is readable:");
    let sealed = stage.directory.path().join("without-key");
    stage.git(
        stage.directory.path(),
        &["clone", "--quiet", "app", "without-key"],
    )?;
    stage.show(&sealed, &["head", "-n", "3", ".env"])?;

    stage.tell("A colleague with the key unlocks the clone once, and has plain text from then on:");
    let open = stage.directory.path().join("with-key");
    stage.git(
        stage.directory.path(),
        &["clone", "--quiet", "app", "with-key"],
    )?;
    stage.unlock(&app, &open)?;
    stage.show(&open, &["cat", ".env"])?;
    stage.show(&open, &["git", "status", "--short", "--branch"])?;

    stage.tell("A key is replaced by another, in one commit. The ledger says who did it and why:");
    stage.show(
        &app,
        &[
            "git",
            "seal",
            "rotate",
            "--commit",
            "--reason",
            "Quarterly rotation",
        ],
    )?;
    stage.show(&app, &["git", "seal", "ledger", "show"])?;

    stage.tell("In your own repository, start with: git seal init");
    Ok(Outcome::Fine)
}

/// A directory of its own, with a home, an identity and a PATH on which this very binary is found.
struct Stage<'a> {
    directory: tempfile::TempDir,
    path: std::ffi::OsString,
    ui: &'a Ui,
}

impl<'a> Stage<'a> {
    fn build(ui: &'a Ui) -> Result<Self, Failure> {
        let directory = tempfile::Builder::new()
            .prefix("git-seal-demo-")
            .tempdir()?;
        let programs = directory.path().join("bin");
        std::fs::create_dir(&programs)?;
        let this = std::env::current_exe()?;
        let file = programs.join(if cfg!(windows) {
            "git-seal.exe"
        } else {
            "git-seal"
        });
        #[cfg(unix)]
        std::os::unix::fs::symlink(this, file)?;
        #[cfg(not(unix))]
        std::fs::copy(this, file)?;
        let before = std::env::var_os("PATH").unwrap_or_default();
        let all: Vec<PathBuf> = std::iter::once(programs)
            .chain(std::env::split_paths(&before))
            .collect();
        let path = std::env::join_paths(all).map_err(|error| Failure::usage(error.to_string()))?;
        Ok(Self {
            directory,
            path,
            ui,
        })
    }

    fn tell(&self, text: &str) {
        let style = console::Style::new().bold();
        self.ui.say(&format!("\n{}", style.apply_to(text)));
    }

    fn command(&self, directory: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(directory);
        for (name, _) in std::env::vars_os() {
            let is_gits = name.as_encoded_bytes().starts_with(b"GIT_");
            if is_gits || is_key_variable(&name) {
                command.env_remove(name);
            }
        }
        let home: &OsStr = self.directory.path().as_os_str();
        command
            .env("PATH", &self.path)
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Demo")
            .env("GIT_AUTHOR_EMAIL", "demo@example.org")
            .env("GIT_COMMITTER_NAME", "Demo")
            .env("GIT_COMMITTER_EMAIL", "demo@example.org")
            .env("GIT_PAGER", "cat");
        command
    }

    /// Runs a git command that is not part of what is shown.
    fn git(&self, directory: &Path, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let words: Vec<&str> = std::iter::once("git")
            .chain(arguments.iter().copied())
            .collect();
        let output = self
            .command(directory, &words)
            .output()
            .map_err(missing_git)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(Failure::new(
            Outcome::Unknown,
            format!("git {} failed in the demo", arguments.join(" ")),
        ))
    }

    /// Shows a command as typed, and what it prints.
    fn show(&self, directory: &Path, words: &[&str]) -> Result<(), Failure> {
        self.show_ending(directory, words, true)
    }

    /// The same of a command that must be refused.
    fn show_refused(&self, directory: &Path, words: &[&str]) -> Result<(), Failure> {
        self.show_ending(directory, words, false)
    }

    fn show_ending(&self, directory: &Path, words: &[&str], well: bool) -> Result<(), Failure> {
        let typed = shlex::try_join(words.iter().copied()).unwrap_or_else(|_| words.join(" "));
        let style = console::Style::new().cyan();
        self.ui
            .say(&style.apply_to(format!("$ {typed}")).to_string());
        let status = self
            .command(directory, words)
            .status()
            .map_err(missing_git)?;
        if status.success() == well {
            return Ok(());
        }
        let ended = if well { "failed" } else { "was not refused" };
        Err(Failure::new(
            Outcome::Unknown,
            format!("{typed} {ended} in the demo"),
        ))
    }

    /// Hands the key from one clone to the other: never on a command line.
    fn unlock(&self, from: &Path, to: &Path) -> Result<(), Failure> {
        let style = console::Style::new().cyan();
        self.ui.say(
            &style
                .apply_to("$ SECRETS_MASTER_KEY=… git seal unlock")
                .to_string(),
        );
        let key = self.git(from, &["seal", "key", "export", "--yes"])?;
        let key = zeroize::Zeroizing::new(String::from_utf8_lossy(&key).trim().to_owned());
        let mut unlock = self.command(to, &["git", "seal", "unlock"]);
        let status = unlock
            .env("SECRETS_MASTER_KEY", key.as_str())
            .status()
            .map_err(missing_git)?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(
            Outcome::Unknown,
            "git seal unlock failed in the demo",
        ))
    }
}

#[allow(clippy::needless_pass_by_value)]
fn missing_git(error: std::io::Error) -> Failure {
    Failure::usage(format!("cannot run git: {error}")).hint("install git, or put it on PATH")
}
