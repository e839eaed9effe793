//! A key that a person gives to a command: read, and told whose it is.

use std::io::Read as _;
use std::path::Path;

use crate::core::environment::Environment;
use crate::core::key::{KeyId, SealKey};
use crate::core::ledger::Ledger;
use crate::core::printable::{printable, reason};
use crate::failure::{Failure, Outcome};
use crate::keys::{environment as key_environment, store};
use crate::ui::Ui;

/// Reads one key from a file, or from standard input.
///
/// # Errors
/// When there is none. Says nothing of what stands there.
pub fn read(file: Option<&Path>) -> Result<SealKey, Failure> {
    let text = if let Some(path) = file {
        let name = path.as_os_str().as_encoded_bytes();
        if key_environment::is_key(name) && !path.exists() {
            return Err(Failure::key_for_file());
        }
        let name = printable(name);
        let read = key_environment::read_key_file(path);
        let (text, readable_by_all) =
            read.map_err(|error| Failure::usage(format!("{name}: {}", reason(&error))))?;
        if readable_by_all {
            Ui::new().warn(&format!(
                "{name} can be read by every user of this machine: `chmod 600` it"
            ));
        }
        text
    } else {
        let mut text = zeroize::Zeroizing::new(Vec::new());
        std::io::stdin()
            .lock()
            .take(64 * 1024)
            .read_to_end(&mut text)?;
        text
    };
    let place = file.map_or("standard input".to_owned(), |path| {
        printable(path.as_os_str().as_encoded_bytes())
    });
    store::parse(&text).map_err(|why| Failure::no_key_in(&place, why))
}

/// Whose key it is. "Just another key" is told from "damaged".
///
/// # Errors
/// When it is none of this repository's, or another environment's.
pub fn environment_of(
    wanted: Option<&Environment>,
    ledger: &Ledger,
    id: KeyId,
) -> Result<Environment, Failure> {
    let Some(known) = ledger.environment_of(id) else {
        let mut failure = Failure::new(
            Outcome::NoKey,
            format!("this key (id {}) is none of this repository's", id.short()),
        );
        for environment in ledger.environments() {
            if let Ok(entry) = ledger.current(environment) {
                failure = failure.hint(format!(
                    "environment {environment} has key {}: ask a colleague for that one",
                    entry.key_id.short()
                ));
            }
        }
        return Err(failure);
    };
    match wanted {
        Some(wanted) if wanted != known => Err(Failure::usage(format!(
            "this key (id {}) belongs to environment {known}, not {wanted}",
            id.short()
        ))
        .hint(format!("leave --env out, or give the key of {wanted}"))),
        _ => Ok(known.clone()),
    }
}
