//! Scenarios: the wiring, with real git and the real binary.
//!
//! `cargo test --test scenario`; once more with `GIT_SEAL_TEST_READER=git` for the second reader.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod editing;
mod everyday;
mod exchange;
mod history;
mod keys;
mod sandbox;
mod setup;
mod sharing;
mod using;
