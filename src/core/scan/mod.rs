//! Finding plaintext secrets: known values, providers' formats, sensitive assignments, key files.

pub mod known;
pub mod needles;
pub mod plain;
pub mod random;
