//! One file per command, its arguments beside it: the only place where the layers meet.
#![allow(clippy::print_stdout, clippy::print_stderr)]

pub mod ages;
pub mod allow;
pub mod audit;
pub mod check;
pub mod compare;
pub mod completions;
pub mod deinit;
pub mod demo;
pub mod diff;
pub mod doctor;
pub mod filter_process;
mod history_check;
pub mod hook;
pub mod hooks;
pub mod init;
pub mod install;
pub mod key;
pub mod keygen;
pub mod ledger;
pub mod lock;
pub mod log;
pub mod man;
pub mod merge_driver;
pub mod one_file;
pub mod reseal;
pub mod rotate;
pub mod scan;
pub mod setup;
pub mod status;
pub mod textconv;
pub mod track;
pub mod unlock;
