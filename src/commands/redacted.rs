//! A program whose output is masked on its way.

use std::io::Write;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::mask::{Input, finish, pass_on};
use crate::core::environment::Environment;
use crate::core::mask::Style;
use crate::core::redact::{Redactor, Rules};
use crate::core::scan::KnownValues;
use crate::core::value::Variable;
use crate::failure::Outcome;

/// Runs a program with its output masked, and ends this process with its exit code: 128 and the
/// signal's number where a signal ended it, as in a shell.
///
/// # Errors
/// When the program cannot be started.
pub fn run(
    mut command: Command,
    environment: &Environment,
    variables: &[Variable],
) -> std::io::Result<Outcome> {
    let values = variables.iter().map(|variable| {
        let name = variable.name.as_bytes();
        (environment.clone(), name, variable.value.as_slice())
    });
    let known = KnownValues::new(values);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let signals = signals::Passed::catch()?;
    let mut child = command.spawn()?;
    signals.pass_to(&child);
    let status = masked(&mut child, &known)?;
    std::process::exit(code(status))
}

fn masked(child: &mut Child, known: &KnownValues) -> std::io::Result<ExitStatus> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| stdout.map(|stream| mask(known, stream, std::io::stdout())));
        scope.spawn(|| stderr.map(|stream| mask(known, stream, std::io::stderr())));
    });
    child.wait()
}

/// Once nobody reads what it prints, the program notices by itself: its pipe is closed.
fn mask(known: &KnownValues, input: impl Input, mut output: impl Write) -> std::io::Result<()> {
    let rules = Rules {
        known: Some(known),
        sensitive: &[],
        style: Style::Edges,
    };
    let mut redactor = Redactor::new(&rules);
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

    impl Passed {
        /// From now on no such signal ends this process.
        pub fn catch() -> std::io::Result<Self> {
            let all = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
            signal_hook::iterator::Signals::new(all).map(Self)
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
