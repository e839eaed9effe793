//! A command on a pseudo-terminal, as a person sees it: wait for a text, type, wait for the next.

use std::process::Command;
use std::time::{Duration, Instant};

use rexpect::process::WaitStatus;
use rexpect::reader::Options;
use rexpect::session::{PtySession, spawn_with_options};
use rustix::termios::{LocalModes, tcgetattr};

use crate::sandbox::{Call, Ran};

/// How long a text may be waited for. Other tests run at the same time.
const PATIENCE_MS: u64 = 60_000;

/// The key that moves to the next answer.
pub const DOWN: &str = "\x1b[B";
/// The key that interrupts.
pub const CTRL_C: &str = "\x03";

/// A terminal of 120 columns and 50 lines with a command in it.
#[must_use]
pub struct Terminal {
    session: PtySession,
    typed: String,
    shown: String,
}

impl Call {
    /// Starts it on a terminal: its standard input, output and error.
    pub fn on_terminal(self) -> Terminal {
        let (command, typed) = self.into_command();
        let mut front = Command::new("sh");
        // A new pseudo-terminal has no size, and `rexpect` turns its echo off.
        front.args(["-c", "stty echo cols 120 rows 50; exec \"$@\"", "sh"]);
        front.arg(command.get_program()).args(command.get_args());
        front.env_clear();
        for (name, value) in command.get_envs() {
            front.env(name, value.unwrap_or_default());
        }
        front.env("TERM", "xterm");
        front.current_dir(command.get_current_dir().expect("set when made"));
        let options = Options::new()
            .timeout_ms(Some(PATIENCE_MS))
            .strip_ansi_escape_codes(true);
        Terminal {
            session: spawn_with_options(front, options).expect("the program starts"),
            typed,
            shown: String::new(),
        }
    }
}

impl Terminal {
    /// Waits until a text of ASCII letters is shown, after all that was waited for before.
    #[track_caller]
    pub fn sees(mut self, text: &str) -> Self {
        match self.session.exp_string(text) {
            Ok(before) => self.shown += &format!("{before}{text}"),
            Err(error) => panic!("{}\n{}\n--- then: {error}", self.typed, self.shown),
        }
        self
    }

    /// Types, as soon as the program takes single keys or a hidden line: the echo is off then.
    #[track_caller]
    pub fn types(self, keys: &str) -> Self {
        let terminal = self.session.process().get_file_handle().expect("open");
        let until = Instant::now() + Duration::from_millis(PATIENCE_MS);
        let echoes =
            || tcgetattr(&terminal).is_ok_and(|now| now.local_modes.contains(LocalModes::ECHO));
        while echoes() {
            assert!(
                Instant::now() < until,
                "{} asks for nothing\n{}",
                self.typed,
                self.shown
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        self.types_openly(keys)
    }

    /// Types into a program that reads whole lines and lets the terminal echo them.
    #[track_caller]
    pub fn types_openly(mut self, keys: &str) -> Self {
        self.session.send(keys).expect("it takes input");
        self.session.flush().expect("it takes input");
        self
    }

    /// Waits for its end. What the terminal showed is in `stdout`; the code of a program that a
    /// signal ended is 128 and the signal's number.
    #[track_caller]
    pub fn ends(mut self) -> Ran {
        match self.session.exp_eof() {
            Ok(rest) => self.shown += &rest,
            Err(error) => panic!("{}\n{}\n--- then: {error}", self.typed, self.shown),
        }
        let code = match self.session.process().wait() {
            Ok(WaitStatus::Exited(_, code)) => code,
            Ok(WaitStatus::Signaled(_, signal, _)) => 128 + signal as i32,
            other => panic!("{}: {other:?}", self.typed),
        };
        Ran {
            code,
            // `rexpect` takes each byte for a character.
            stdout: self.shown.chars().map(|c| c as u8).collect(),
            stderr: Vec::new(),
            typed: self.typed,
        }
    }

    /// Waits for its end, with this exit code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Ran {
        let ran = self.ends();
        assert_eq!(ran.code, code, "{}", ran.out());
        ran
    }
}
