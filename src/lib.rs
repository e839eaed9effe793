//! `git-seal`: commit `.env` files encrypted, with every value sealed in the repository.
//!
//! # The journey of one line
//!
//! ```text
//! work tree        DB_PASSWORD=hunter2
//!    │  git add → git sends the file to `git-seal filter-process`, one process for a git command
//!    │  commands::filter_process  speaks git's protocol
//!    │  vault                     finds the path's environment and its current key
//!    │  core::dotenv              splits the bytes into lines: prefix, secret, ending
//!    │  core::file                leaves prefix and ending alone, hands the secret to
//!    │  core::suites              which seals it
//!    ▼
//! repository       DB_PASSWORD=seal1:AdJbDxdr…
//!    │  git checkout
//!    │  core::dotenv              the same split; core::token knows the token and reads its key id
//!    │  vault                     looks for that key; no ledger is needed on disk yet
//!    │  core::file                opens what it can, leaves the rest sealed and says so
//!    ▼
//! work tree        DB_PASSWORD=hunter2
//! ```
//!
//! Layers, arrows going down only: `cli → commands → ui → failure → vault → git, keys → core`.
//! The core does no I/O; `clippy.toml` names what it may not call.

pub mod cli;
pub mod commands;
pub mod core;
pub mod failure;
pub mod git;
pub mod keys;
pub mod ui;
pub mod vault;
