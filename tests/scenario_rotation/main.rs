//! Scenarios of rotation and the ledger's commands, with real git and the real binary.
//!
//! `cargo test --test scenario_rotation`; once more with `GIT_SEAL_TEST_READER=git` for the second
//! reader.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod ages;
mod audit;
mod crashes;
mod forgeries;
mod forks;
mod ledger;
mod places;
mod refusals;
mod rotate;
#[path = "../scenario/sandbox.rs"]
#[allow(dead_code)]
mod sandbox;
mod steps;
mod support;
#[path = "../scenario/terminal.rs"]
#[allow(dead_code)]
mod terminal;
