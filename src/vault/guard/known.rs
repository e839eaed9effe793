//! The values that this repository seals, as far as keys are at hand.

use zeroize::Zeroizing;

use crate::core::dotenv::Document;
use crate::core::environment::Environment;
use crate::core::scan::KnownValues;
use crate::core::value::{self, Expansion};
use crate::git::GitError;
use crate::git::index::Entry;
use crate::vault::rules::{Format, Rules};
use crate::vault::{Notice, Origin, Vault};

/// The known values of a repository, and whether any file stayed sealed for want of a key.
pub struct Known {
    /// The values.
    pub values: KnownValues,
    /// Files that could not be opened.
    pub left_out: usize,
}

impl Known {
    /// No values at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            values: KnownValues::new([]),
            left_out: 0,
        }
    }
}

/// Collects the values of these sealed files as a loader reads them, and opaque text files as a
/// whole.
///
/// # Errors
/// When a blob cannot be read.
pub fn known_values(vault: &mut Vault, entries: &[Entry]) -> Result<Known, GitError> {
    let mut plain: Vec<(Environment, Vec<u8>, Zeroizing<Vec<u8>>)> = Vec::new();
    let mut left_out = 0;
    for entry in entries.iter().filter(|entry| entry.is_file()) {
        let staged = vault.repository().blob(&entry.id)?;
        let Ok(rules) = Rules::of(vault.repository(), &entry.path)? else {
            continue;
        };
        let smudged = vault.smudge(&entry.path, staged, &Origin::default());
        let content = Zeroizing::new(smudged.content);
        if smudged
            .notices
            .iter()
            .any(|notice| matches!(notice, Notice::KeyAbsent { .. }))
        {
            left_out += 1;
        }
        if rules.format == Format::Opaque {
            continue;
        }
        let document = Document::split(&content);
        let nothing = |_: &str| None;
        for expansion in [Expansion::Never, Expansion::FileFirst] {
            let (variables, _) = value::read(&document, expansion, &nothing);
            for variable in variables {
                if !variable.value.starts_with(b"seal1:") {
                    plain.push((
                        rules.environment.clone(),
                        variable.name.into_bytes(),
                        variable.value,
                    ));
                }
            }
        }
    }
    let values = plain
        .iter()
        .map(|(environment, name, value)| (environment.clone(), name.as_slice(), value.as_slice()));
    Ok(Known {
        values: KnownValues::new(values),
        left_out,
    })
}
