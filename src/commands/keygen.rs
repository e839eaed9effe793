//! `git seal keygen`: a new master key on standard output.

use crate::failure::{Failure, Outcome};
use crate::keys;
use crate::ui::Ui;

/// Print a new master key, in the format that every Fernet library reads
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nothing is stored. To make a key and use it here, run `git seal init`; to renew one, \
                        `git seal rotate`.\n\nExamples:\n  git seal keygen > production.key"
)]
pub struct Args {}

/// Prints the key.
///
/// # Errors
/// When the system gives no random bytes, or standard output cannot be written.
pub fn run(_: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut text = keys::generate()?.to_text();
    text.push('\n');
    ui.give(text.as_bytes())?;
    Ok(Outcome::Fine)
}
