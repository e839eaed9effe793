//! The pipes to and from git, as a filter has them.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, IoSlice, Read, Write};

/// A standard stream without the buffer that Rust puts before it, which writes at every line end.
pub struct Pipe {
    file: File,
    waits: Waits,
}

/// Whether waiting without sleep has paid lately: it does not where others take the processor
/// meanwhile.
#[derive(Default)]
struct Waits {
    /// How often in a row it was in vain.
    in_vain: Cell<u32>,
    /// How often not to do it.
    left_out: Cell<u32>,
}

impl Waits {
    const MOST_IN_VAIN: u32 = 2;
    const LEFT_OUT: u32 = 2000;

    fn pay(&self) -> bool {
        let left_out = self.left_out.get();
        self.left_out.set(left_out.saturating_sub(1));
        left_out == 0
    }

    fn note(&self, is_in_vain: bool) {
        let in_vain = if is_in_vain {
            self.in_vain.get() + 1
        } else {
            0
        };
        self.in_vain.set(in_vain % Self::MOST_IN_VAIN);
        if in_vain == Self::MOST_IN_VAIN {
            self.left_out.set(Self::LEFT_OUT);
        }
    }
}

/// Makes the pipes to and from git hold more at a time, for a large file: neither side then sleeps as
/// often. Where that cannot be, it is as before.
pub fn widen() {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsFd as _;

        // What everybody may have (`/proc/sys/fs/pipe-max-size`).
        const BYTES: usize = 1 << 20;
        let _ = rustix::pipe::fcntl_setpipe_size(io::stdin().as_fd(), BYTES);
        let _ = rustix::pipe::fcntl_setpipe_size(io::stdout().as_fd(), BYTES);
    }
}

/// What packets are read from.
pub trait Source: Read {
    /// Waits a moment for bytes that are on their way, without going to sleep.
    fn linger(&self) {}
}

impl Source for &[u8] {}

impl Pipe {
    /// Standard input.
    ///
    /// # Errors
    /// When it is closed.
    pub fn input() -> io::Result<Self> {
        bare(io::stdin()).map(Self::of)
    }

    /// Standard output.
    ///
    /// # Errors
    /// When it is closed.
    pub fn output() -> io::Result<Self> {
        bare(io::stdout()).map(Self::of)
    }

    fn of(file: File) -> Self {
        Self {
            file,
            waits: Waits::default(),
        }
    }
}

#[cfg(unix)]
fn bare(stream: impl std::os::fd::AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn bare(stream: impl std::os::windows::io::AsHandle) -> io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}

#[cfg(unix)]
impl Source for Pipe {
    /// Git writes a request in eight pieces or so, some microseconds apart (measured with git 2.47):
    /// to sleep for each would have it wake us for each.
    fn linger(&self) {
        use std::time::{Duration, Instant};

        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        const PATIENCE: Duration = Duration::from_micros(50);
        /// Far longer than git takes: somebody else's time slice.
        const IN_VAIN: Duration = Duration::from_micros(500);
        const NOT_AT_ALL: Timespec = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        if !self.waits.pay() {
            return;
        }
        let start = Instant::now();
        // Whatever goes wrong here, reading will tell.
        while poll(
            &mut [PollFd::new(&self.file, PollFlags::IN)],
            Some(&NOT_AT_ALL),
        ) == Ok(0)
            && start.elapsed() < PATIENCE
        {
            // Git is often on this very processor, and goes on now.
            std::thread::yield_now();
        }
        self.waits.note(start.elapsed() >= IN_VAIN);
    }
}

#[cfg(not(unix))]
impl Source for Pipe {}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.file.write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_in_vain_is_given_up_for_a_while() {
        let waits = Waits::default();
        for is_in_vain in [true, false, true] {
            assert!(waits.pay());
            waits.note(is_in_vain);
        }
        assert!(waits.pay());
        waits.note(true);
        for _ in 0..Waits::LEFT_OUT {
            assert!(!waits.pay());
        }
        assert!(waits.pay());
    }
}
