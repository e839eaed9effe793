//! The pure core: values in, values out. Opens nothing, asks nobody, prints nothing, knows no time.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros
)]

pub mod changes;
pub mod dotenv;
pub mod environment;
pub mod file;
pub mod hex;
pub mod key;
pub mod merge;
pub mod names;
pub mod opaque;
pub mod policy;
pub mod shape;
pub mod suites;
pub mod textconv;
pub mod token;
