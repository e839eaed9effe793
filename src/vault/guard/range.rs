//! What is judged: what is staged, or commit by commit.

use chrono::NaiveDate;

use super::known::Known;
use super::{Base, Guard, GuardError, Located, State, known_values};
use crate::core::scan::{KnownValues, RuleSet};
use crate::git::changes::{self, Commit};
use crate::vault::Vault;

/// Judges what is staged against `HEAD`.
///
/// # Errors
/// When anything cannot be read.
pub fn staged(
    vault: &mut Vault,
    rules: &RuleSet,
    today: NaiveDate,
) -> Result<(Vec<Located>, Known), GuardError> {
    let base = Base::head(vault.repository())?;
    let changes = changes::staged(vault.repository(), base.revision(vault.repository()))?;
    if changes.is_empty() {
        return Ok((Vec::new(), Known::nothing()));
    }
    let known = values_of_index(vault)?;
    let guard = Guard::new(
        vault,
        &State::Index,
        &base,
        rules,
        Some(&known.values),
        today,
    )?;
    Ok((guard.judge(&changes, &base)?, known))
}

/// The values sealed in the index.
///
/// # Errors
/// When they cannot be read.
pub fn values_of_index(vault: &mut Vault) -> Result<Known, GuardError> {
    if vault.repository().work_tree().is_none() {
        return Ok(Known::nothing());
    }
    let entries = vault.repository().sealed_entries()?;
    Ok(known_values(vault, &entries)?)
}

/// Judges commits one by one, each against its first parent; a merge brings in what its other
/// parents have, and is judged like any commit.
///
/// # Errors
/// When anything cannot be read: then nothing is known to be good.
pub fn commits(
    vault: &mut Vault,
    list: &[Commit],
    rules: &RuleSet,
    known: &KnownValues,
    today: NaiveDate,
) -> Result<Vec<Located>, GuardError> {
    let Some(tip) = list.last() else {
        return Ok(Vec::new());
    };
    let attributes = vault.repository().attributes_of_tree(&tip.id)?;
    let mut found = Vec::new();
    for commit in list {
        let base = commit
            .parents
            .first()
            .map_or_else(Base::nothing, |parent| Base::commit(parent));
        let changes = changes::between(
            vault.repository(),
            base.revision(vault.repository()),
            &commit.id,
        )?;
        let state = State::Commit {
            id: commit.id.clone(),
            attributes: attributes.clone(),
        };
        let guard = Guard::new(vault, &state, &base, rules, Some(known), today)?;
        found.extend(guard.judge(&changes, &base)?);
    }
    Ok(found)
}
