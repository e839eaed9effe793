//! When each environment's key is to be replaced, by ledger and policy of one state.

use chrono::{DateTime, Utc};

use super::RotationError;
use crate::core::ledger::Due;
use crate::vault::{Vault, View};

/// The rotation dates of all environments, by name. A damaged ledger gives what can be read of it;
/// whoever needs a sound one looks at the snapshot.
///
/// # Errors
/// When git does not answer, or `.seal/config.toml` cannot be used.
pub fn due(vault: &mut Vault, view: &View, now: DateTime<Utc>) -> Result<Vec<Due>, RotationError> {
    let snapshot = vault.snapshot(view)?;
    let config = snapshot.usable_config()?;
    let ledger = snapshot.readable_ledger();
    Ok(ledger.due(|environment| config.rotation_policy(environment), now))
}
