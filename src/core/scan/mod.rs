//! Finding plaintext secrets: known values, providers' formats, sensitive assignments, key files.
//!
//! [`Scanner`] searches a text, or a [`Stream`] of pieces, and gives [`Finding`]s; a finding is a
//! finding, wherever it comes from. What it searches for arrives as a [`RuleSet`] and as
//! [`KnownValues`]. What lets a finding through are comments ([`comments`]) and the entries of
//! [`allow`].
//!
//! The way of a text: `keywords` says where a rule's keyword stands; there, and only there, the
//! rule looks at a bounded window, by a small regular expression or by code; the secret it captures
//! is judged by its shape ([`placeholder`], [`random`], [`checks`]); of findings that overlap the
//! surest is kept. Time is linear in the text whatever stands in it.

pub mod allow;
pub mod assignment;
mod binary;
pub mod checks;
pub mod comments;
pub mod encoding;
pub mod example;
mod excerpt;
mod filler;
pub mod finding;
pub mod judge;
mod keywords;
pub mod known;
mod needles;
pub mod password;
pub mod place;
pub mod placeholder;
pub mod plain;
pub mod random;
pub mod report;
pub mod rules;
mod scanner;
mod scene;
pub mod sensitivity;
pub mod settings;
mod stream;
mod test_path;
mod value_form;
mod web_token;

pub use finding::{Finding, Origin, RuleId};
pub use known::KnownValues;
pub use rules::RuleSet;
pub use scanner::{MASTER_KEY, Options, Scanner};
pub use stream::Stream;
