//! Whether Python can be asked. Where it cannot, the tests that need it say so and pass, unless
//! `GIT_SEAL_REQUIRE_PYTHON` is set, as in CI.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Whether `python3` has a module.
pub fn python_has(module: &str) -> bool {
    let there = Command::new("python3")
        .args(["-c", &format!("import {module}")])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    assert!(
        there || std::env::var_os("GIT_SEAL_REQUIRE_PYTHON").is_none(),
        "python3 with `{module}` is required here"
    );
    if !there {
        writeln!(std::io::stderr(), "skipped: no python3 with `{module}`").expect("stderr");
    }
    there
}
