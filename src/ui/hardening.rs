//! Keys and values must not reach a core file, nor a panic's message.

use super::Ui;

/// Forbids core files, and leaves out of a panic's message everything but its place.
pub fn harden() {
    #[cfg(unix)]
    core_files::forbid();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        Ui::new().error(&format!(
            "this is a bug in git-seal ({place}); please report it"
        ));
    }));
}

/// Lets the program that takes this one's place have core files, if this one could have had them.
#[cfg(unix)]
pub fn allow_core_files() {
    core_files::allow();
}

#[cfg(unix)]
mod core_files {
    use std::sync::OnceLock;

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    static BEFORE: OnceLock<Rlimit> = OnceLock::new();

    /// The soft limit alone: lowering the hard one could not be undone.
    pub fn forbid() {
        let before = BEFORE.get_or_init(|| getrlimit(Resource::Core));
        // Where even lowering a limit is refused, there is nothing more to do.
        let _ = setrlimit(
            Resource::Core,
            Rlimit {
                current: Some(0),
                maximum: before.maximum,
            },
        );
    }

    /// The limit as it was.
    pub fn allow() {
        if let Some(before) = BEFORE.get() {
            // It was so before.
            let _ = setrlimit(
                Resource::Core,
                Rlimit {
                    current: before.current,
                    maximum: before.maximum,
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    const SECRET: &str = "Zk4vQ8mT2x-panic";
    const IN_CHILD: &str = "GIT_SEAL_TEST_PANICS";

    /// Runs itself once more, as a process that panics over a secret.
    #[test]
    fn a_panic_tells_its_place_alone_with_a_full_backtrace() {
        if std::env::var_os(IN_CHILD).is_some() {
            super::harden();
            let parsed = SECRET.parse::<u8>().map_err(|_| SECRET);
            parsed.expect(SECRET);
        }
        let this = std::env::current_exe().expect("a test program");
        let name = "ui::hardening::tests::a_panic_tells_its_place_alone_with_a_full_backtrace";
        let child = Command::new(this)
            .args(["--exact", name, "--nocapture"])
            .env(IN_CHILD, "1")
            .env("RUST_BACKTRACE", "full")
            .output()
            .expect("it runs");
        let said = [child.stdout, child.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!child.status.success());
        assert!(said.contains("this is a bug in git-seal"), "{said}");
        assert!(!said.contains(SECRET), "{said}");
    }
}
