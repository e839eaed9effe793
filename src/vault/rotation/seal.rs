//! Opened files under their new keys, each proved by opening it again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::{OpenFile, RotationError};
use crate::core::dotenv::Document;
use crate::core::environment::Environment;
use crate::core::file::{self, SealWith, Trouble};
use crate::core::key::{Keyring, SealKey};
use crate::core::token::Sighting;
use crate::core::{opaque, suites};
use crate::vault::CleanError;
use crate::vault::rules::Format;

/// A file's new content.
pub struct Resealed {
    /// What the repository is to store.
    pub content: Vec<u8>,
    /// How many values it holds sealed.
    pub values: u32,
}

/// Seals each file under its environment's new key, in the order given.
///
/// # Errors
/// When a file cannot be sealed, or does not open again to the same bytes.
///
/// # Panics
/// When an environment has no new key.
pub fn seal_all(
    files: &[OpenFile],
    keys: &BTreeMap<Environment, Arc<SealKey>>,
) -> Result<Vec<Resealed>, RotationError> {
    files
        .par_iter()
        .map(|file| {
            let key = keys
                .get(&file.environment)
                .expect("only files of environments that rotate were opened");
            // The new key alone: what it does not open, nobody could open later on.
            let mut alone = Keyring::new();
            alone.add(Arc::clone(key));
            let content = seal(file, key, &alone)
                .map_err(|error| RotationError::File(file.entry.path.clone(), Box::new(error)))?;
            if !opens_to(file, &content, &alone) {
                return Err(RotationError::Mismatch(file.entry.path.clone()));
            }
            let values = count(file.format, &content);
            Ok(Resealed { content, values })
        })
        .collect()
}

fn seal(file: &OpenFile, key: &SealKey, alone: &Keyring) -> Result<Vec<u8>, CleanError> {
    if file.plain.is_empty() {
        return Ok(Vec::new());
    }
    let with = SealWith::new(Some(key), alone, &file.policy);
    match file.format {
        Format::Dotenv => file::seal(&file.plain, &with).map_err(CleanError::File),
        Format::Opaque => {
            let mut content = file.plain.to_vec();
            opaque::seal(&mut content, &with).map_err(CleanError::Opaque)?;
            Ok(content)
        }
    }
}

fn opens_to(file: &OpenFile, content: &[u8], alone: &Keyring) -> bool {
    if file.plain.is_empty() {
        return content.is_empty();
    }
    match file.format {
        Format::Dotenv => {
            let opened = file::open(content, alone, &file.policy);
            let complete = opened
                .problems
                .iter()
                .all(|problem| problem.trouble == Trouble::Plain);
            complete && *opened.text == *file.plain
        }
        Format::Opaque => {
            matches!(opaque::open(content, alone), opaque::Opened::Plain(plain) if *plain == *file.plain)
        }
    }
}

fn count(format: Format, content: &[u8]) -> u32 {
    let count = match format {
        Format::Opaque => usize::from(!content.is_empty()),
        Format::Dotenv => Document::split(content)
            .lines
            .iter()
            .filter(|line| line.name().is_some())
            .filter(|line| matches!(suites::sight(line.secret), Sighting::Token(_)))
            .count(),
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}
