//! Signals that would end this process: they wait until a file with plain values is gone, and leave
//! a terminal as it was before a question.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

#[cfg(unix)]
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// How many [`Held`] live.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// While it lives, the signals that would end this process are only remembered.
pub struct Held {
    latest: Arc<AtomicUsize>,
    #[cfg(unix)]
    registered: Vec<signal_hook::SigId>,
}

impl Held {
    /// From now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> std::io::Result<Self> {
        let latest = Arc::new(AtomicUsize::new(0));
        #[cfg(unix)]
        let registered = ENDING
            .into_iter()
            .map(|signal| {
                let number = usize::try_from(signal).expect("signal numbers are positive");
                signal_hook::flag::register_usize(signal, Arc::clone(&latest), number)
            })
            .collect::<Result<_, _>>()?;
        HELD.fetch_add(1, Ordering::SeqCst);
        Ok(Self {
            latest,
            #[cfg(unix)]
            registered,
        })
    }

    /// The number of the signal that came last, if one came.
    #[must_use]
    pub fn came(&self) -> Option<i32> {
        i32::try_from(self.latest.load(Ordering::SeqCst))
            .ok()
            .filter(|signal| *signal != 0)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::SeqCst);
        // signal-hook leaves its own handler in place, which then does nothing: only for processes
        // that are about to end.
        #[cfg(unix)]
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}

/// From now on, a signal that ends this process first gives the terminal its echo and its cursor
/// back: questions take both away, and shells restore at most the echo.
#[cfg(unix)]
pub fn keep_terminal() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let Ok(mut signals) = signal_hook::iterator::Signals::new(ENDING) else {
            return;
        };
        let before = rustix::termios::tcgetattr(std::io::stdin()).ok();
        std::thread::spawn(move || {
            for signal in &mut signals {
                if let Some(before) = &before {
                    let now = rustix::termios::OptionalActions::Now;
                    // A terminal that is gone needs nothing back.
                    let _ = rustix::termios::tcsetattr(std::io::stdin(), now, before);
                }
                let _ = console::Term::stderr().show_cursor();
                if HELD.load(Ordering::SeqCst) == 0 {
                    let _ = console::Term::stderr().write_line("");
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                }
            }
        });
    });
}

/// Windows gives the terminal back by itself.
#[cfg(not(unix))]
pub fn keep_terminal() {}

/// After a question was interrupted: waits for the signal to end this process, unless it is held.
pub fn await_end() {
    if HELD.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
