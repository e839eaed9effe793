//! Where tests end the process.

/// Ends the process here, as a power cut would, where a test asks for it. Not in release builds.
pub fn crash_point(name: &str) {
    #[cfg(debug_assertions)]
    if std::env::var_os("GIT_SEAL_CRASH_AT").is_some_and(|wanted| wanted == name) {
        std::process::abort();
    }
    let _ = name;
}
