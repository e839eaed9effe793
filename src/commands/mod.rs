//! One file per command, its arguments beside it: the only place where the layers meet.
#![allow(clippy::print_stdout, clippy::print_stderr)]

pub mod allow;
pub mod check;
pub mod completions;
pub mod deinit;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod filter_process;
pub mod get;
mod history_check;
pub mod hook;
pub mod hooks;
pub mod init;
pub mod install;
pub mod key;
pub mod keygen;
pub mod list;
pub mod lock;
pub mod man;
pub mod mask;
pub mod one_file;
mod redacted;
pub mod reseal;
pub mod run;
pub mod scan;
pub mod set;
pub mod setup;
pub mod status;
pub mod track;
pub mod unlock;
pub mod unset;
pub mod using;
