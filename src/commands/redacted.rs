//! A program whose output is masked on its way.

use std::io::Write;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::mask::{Input, finish, pass_on};
use crate::core::environment::Environment;
use crate::core::mask::Style;
use crate::core::redact::{Redactor, Rules};
use crate::core::scan::KnownValues;
use crate::core::scan::known::Purpose;
use crate::failure::Outcome;

/// Runs a program with its output masked, and ends this process with its exit code: 128 and the
/// signal's number where a signal ended it, as in a shell. `values` are names and what is to be masked
/// wherever it stands; `sensitive` are the repository's own words for sensitive names.
///
/// # Errors
/// When the program cannot be started.
pub fn run<'v>(
    mut command: Command,
    values: impl Iterator<Item = (&'v [u8], &'v [u8])>,
    sensitive: &[String],
) -> std::io::Result<Outcome> {
    let values = values.map(|(name, value)| (Environment::default_name(), name, value));
    let known = KnownValues::of(values, Purpose::Mask);
    let rules = Rules {
        known: Some(&known),
        sensitive,
        style: Style::Edges,
    };
    // It is set already; but so std looks the program up with execvp(3), as `exec` does, which knows
    // scripts without a first line `#!`.
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    let signals = signals::Passed::catch()?;
    let mut child = match piped(&mut command).spawn() {
        Err(error) if is_exec_format(&error) => piped(&mut through_shell(&command)).spawn()?,
        started => started?,
    };
    signals.pass_to(&child);
    let status = masked(&mut child, &rules)?;
    std::process::exit(code(status))
}

fn piped(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::piped()).stderr(Stdio::piped())
}

fn is_exec_format(error: &std::io::Error) -> bool {
    cfg!(unix) && error.raw_os_error() == Some(EXEC_FORMAT)
}

/// `ENOEXEC` of every Unix.
const EXEC_FORMAT: i32 = 8;

/// A script without a first line `#!`, as execvp(3) and every shell start it.
fn through_shell(command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

fn masked(child: &mut Child, rules: &Rules<'_>) -> std::io::Result<ExitStatus> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| stdout.map(|stream| mask(rules, stream, std::io::stdout())));
        scope.spawn(|| stderr.map(|stream| mask(rules, stream, std::io::stderr())));
    });
    child.wait()
}

/// Once nobody reads what it prints, the program notices by itself: its pipe is closed.
fn mask(rules: &Rules<'_>, input: impl Input, mut output: impl Write) -> std::io::Result<()> {
    let mut redactor = Redactor::new(rules);
    pass_on(&mut redactor, input, &mut output)?;
    finish(redactor, output)
}

fn code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|one| 128 + one);
    #[cfg(not(unix))]
    let by_signal = None;
    status.code().or(by_signal).unwrap_or(1)
}

#[cfg(unix)]
mod signals {
    use std::process::Child;

    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

    /// Signals sent to this process, for the program.
    pub struct Passed(signal_hook::iterator::Signals);

    /// The signals that this process ignores, a bit each; none where there is no proc(5).
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    }

    impl Passed {
        /// From now on no such signal ends this process. What it was started to ignore, as `nohup`
        /// has it, the program goes on ignoring.
        pub fn catch() -> std::io::Result<Self> {
            let ignored = ignored();
            let all = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
            let caught = all
                .iter()
                .filter(|signal| ignored >> (*signal - 1) & 1 == 0);
            signal_hook::iterator::Signals::new(caught).map(Self)
        }

        /// Passes them on.
        pub fn pass_to(mut self, child: &Child) {
            let Some(child) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
                return;
            };
            // A terminal sends its signals to the program as well: twice would mean "now, at once"
            // to many programs.
            let has_terminal = std::fs::File::open("/dev/tty").is_ok();
            std::thread::spawn(move || {
                for number in self.0.forever() {
                    if has_terminal && matches!(number, SIGINT | SIGQUIT) {
                        continue;
                    }
                    if let Some(signal) = Signal::from_named_raw(number) {
                        // It may have ended in the meantime.
                        let _ = kill_process(child, signal);
                    }
                }
            });
        }
    }
}

#[cfg(not(unix))]
mod signals {
    use std::process::Child;

    /// Nothing: the console sends its events to all its programs.
    pub struct Passed;

    impl Passed {
        /// Does nothing.
        pub fn catch() -> std::io::Result<Self> {
            Ok(Self)
        }

        /// Does nothing.
        pub fn pass_to(self, _: &Child) {}
    }
}
