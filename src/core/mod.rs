//! The pure core: values in, values out. Opens nothing, asks nobody, prints nothing, knows no time.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros
)]

pub mod ages;
pub mod changes;
pub mod config;
pub mod dotenv;
pub mod edit;
pub mod environment;
pub mod exchange;
pub mod export;
pub mod file;
pub mod form;
pub mod generate;
pub mod gitattributes;
pub mod here;
pub mod hex;
pub mod key;
pub mod ledger;
pub mod mask;
pub mod merge;
pub mod names;
pub mod opaque;
pub mod policy;
pub mod printable;
pub mod quote;
pub mod redact;
pub mod scan;
pub mod shape;
pub mod standing;
pub mod suites;
pub mod textconv;
pub mod token;
pub mod value;
