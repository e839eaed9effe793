//! A secret typed or pasted on the terminal, without an echo.
//!
//! The terminal hands over every byte as it comes, Ctrl-C included: so its settings are restored on
//! every way out, a line may be longer than the 4096 bytes that a terminal keeps, and a paste of
//! several lines is noticed rather than cut. Signals from elsewhere are [`super::signals`]' business.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use signal_hook::consts::{SIGINT, SIGQUIT};
use zeroize::Zeroizing;

/// What was typed.
pub enum Typed {
    /// One line, without its end.
    Line(Zeroizing<Vec<u8>>),
    /// More than one, of which nothing is kept.
    SeveralLines,
    /// The end of input on an empty line.
    Nothing,
    /// A key that sends a signal, which this process outlived.
    Signal(i32),
}

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_U: u8 = 21;
const CTRL_BACKSLASH: u8 = 28;
const ESCAPE: u8 = 27;
const BACKSPACE: [u8; 2] = [8, 127];
/// Longer than the pauses within a paste, shorter than anybody types a second line.
const PASTE_PAUSE: Duration = Duration::from_millis(60);

/// Reads one line; Ctrl-C ends this process as it would have.
///
/// # Errors
/// When it is no terminal, or cannot be read.
pub fn read(terminal: &impl AsFd) -> io::Result<Typed> {
    let quiet = Quiet::make(terminal.as_fd())?;
    let typed = line(&quiet)?;
    drop(quiet);
    if let Typed::Signal(signal) = typed {
        signal_hook::low_level::emulate_default_handler(signal)?;
    }
    Ok(typed)
}

fn line(terminal: &Quiet<'_>) -> io::Result<Typed> {
    let mut line = Zeroizing::new(Vec::with_capacity(16 * 1024));
    loop {
        let Some(byte) = terminal.byte(None)? else {
            continue;
        };
        match byte {
            b'\r' | b'\n' => break,
            CTRL_C => return Ok(Typed::Signal(SIGINT)),
            CTRL_BACKSLASH => return Ok(Typed::Signal(SIGQUIT)),
            CTRL_D if line.is_empty() => return Ok(Typed::Nothing),
            CTRL_U => line.clear(),
            ESCAPE => terminal.skip_sequence()?,
            _ if BACKSPACE.contains(&byte) => {
                // Back to the beginning of a character of UTF-8.
                while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            b'\t' | b' '.. => line.push(byte),
            _ => {}
        }
    }
    let mut is_more = false;
    while terminal.byte(Some(PASTE_PAUSE))?.is_some() {
        is_more = true;
    }
    Ok(if is_more {
        Typed::SeveralLines
    } else {
        Typed::Line(line)
    })
}

/// A terminal that echoes nothing and hands over bytes as they come, until it is dropped.
struct Quiet<'t> {
    terminal: BorrowedFd<'t>,
    before: Termios,
}

impl<'t> Quiet<'t> {
    fn make(terminal: BorrowedFd<'t>) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes -=
            LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Drain, &quiet)?;
        Ok(Self { terminal, before })
    }

    /// The next byte, if one comes in time; none after a signal.
    fn byte(&self, within: Option<Duration>) -> io::Result<Option<u8>> {
        let timeout = within.map(|within| Timespec {
            tv_sec: 0,
            tv_nsec: within.subsec_nanos().into(),
        });
        let mut terminal = [PollFd::new(&self.terminal, PollFlags::IN)];
        match poll(&mut terminal, timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut byte = Zeroizing::new([0]);
        match rustix::io::read(self.terminal, &mut *byte) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(Some(byte[0])),
            Err(rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What an arrow or function key sends behind its escape (ECMA-48, section 5.4).
    fn skip_sequence(&self) -> io::Result<()> {
        if !matches!(self.byte(Some(PASTE_PAUSE))?, Some(b'[' | b'O')) {
            return Ok(());
        }
        while self
            .byte(Some(PASTE_PAUSE))?
            .is_some_and(|byte| !(0x40..=0x7e).contains(&byte))
        {}
        Ok(())
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // Nothing more can be done where even that fails.
        let _ = tcsetattr(self.terminal, OptionalActions::Drain, &self.before);
    }
}
