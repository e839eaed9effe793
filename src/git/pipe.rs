//! The pipes to and from git, as a filter has them.

use std::fs::File;
use std::io::{self, IoSlice, Read, Write};

/// A standard stream without the buffer that Rust puts before it, which writes at every line end.
pub struct Pipe(File);

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
        bare(io::stdin()).map(Self)
    }

    /// Standard output.
    ///
    /// # Errors
    /// When it is closed.
    pub fn output() -> io::Result<Self> {
        bare(io::stdout()).map(Self)
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
        const NOT_AT_ALL: Timespec = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let start = Instant::now();
        // Whatever goes wrong here, reading will tell.
        while poll(
            &mut [PollFd::new(&self.0, PollFlags::IN)],
            Some(&NOT_AT_ALL),
        ) == Ok(0)
            && start.elapsed() < PATIENCE
        {
            // On a machine with one processor git goes on meanwhile.
            std::thread::yield_now();
        }
    }
}

#[cfg(not(unix))]
impl Source for Pipe {}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
