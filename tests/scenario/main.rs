//! Scenarios: the wiring, with real git and the real binary.
//!
//! `cargo test --test scenario`; once more with `GIT_SEAL_TEST_READER=git` for the second reader, and
//! with `GIT_SEAL_TEST_GIT=/usr/bin` for another git; `GIT_SEAL_TEST_HASH=sha256` or
//! `GIT_SEAL_TEST_REFS=reftable` for repositories of another make. Tested with git 2.39 and 2.47; the newest thing
//! that is asked of git, `rev-parse --path-format`, came with 2.31.
#![cfg(unix)]
#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    missing_docs
)]

mod advice;
mod bad_input;
mod completing;
mod doctor;
mod editing;
mod everyday;
mod exchange;
mod exit_codes;
mod guard_attributes;
mod guard_formats;
mod guard_history;
mod guard_letting_through;
mod guard_push;
mod guard_ratchet;
mod guard_staged;
mod guarding;
mod history;
mod hostile;
mod keyless;
mod keys;
mod killed;
mod layouts;
mod leftovers;
mod merging;
mod merging_commands;
mod merging_random;
mod messages;
mod names;
mod opening;
mod pages;
#[path = "../python/present.rs"]
mod python;
mod sandbox;
mod scale;
mod sealed_tree;
mod setup;
mod setup_dialogues;
mod sharing;
mod terminal;
mod textconv;
mod using;
mod viewing;
