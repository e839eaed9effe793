//! `git-seal`: commit `.env` files encrypted, with every value sealed in the repository.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros
)]

pub mod core;
pub mod ui;
