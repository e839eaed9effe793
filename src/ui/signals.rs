//! Signals that would end this process while a file with plain values stands on disk: they wait
//! until it is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

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
        let registered = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]
            .into_iter()
            .map(|signal| {
                let number = usize::try_from(signal).expect("signal numbers are positive");
                signal_hook::flag::register_usize(signal, Arc::clone(&latest), number)
            })
            .collect::<Result<_, _>>()?;
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
        // signal-hook leaves its own handler in place, which then does nothing: only for processes
        // that are about to end.
        #[cfg(unix)]
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}
