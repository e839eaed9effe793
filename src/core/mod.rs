//! The pure core: values in, values out. Opens nothing, asks nobody, prints nothing, knows no time.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros
)]

pub mod ages;
pub mod config;
pub mod dotenv;
pub mod environment;
pub mod file;
pub mod form;
pub mod gitattributes;
pub mod hex;
pub mod key;
pub mod ledger;
pub mod names;
pub mod opaque;
pub mod policy;
pub mod printable;
pub mod suites;
pub mod token;
