//! Everything that touches a repository. libgit2 reads where it can, the git binary reads
//! elsewhere and makes all changes.

pub mod appearances;
pub mod attributes;
mod binary;
pub mod changes;
pub mod command;
mod comparison;
pub mod config;
mod conversation;
pub mod filter;
pub mod glance;
pub mod history;
pub mod hooks;
pub mod index;
pub mod layout;
mod libgit2;
mod lock;
pub mod log;
pub mod objects;
pub mod packet;
pub mod paths;
pub mod pipe;
pub mod repository;
mod sealed;
pub mod staging;
#[cfg(test)]
mod testing;
pub mod unfinished;
pub mod work_tree;

pub use command::GitError;
pub use repository::Repository;
