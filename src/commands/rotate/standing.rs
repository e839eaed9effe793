//! How rotations stand in this clone, for `status`.

use chrono::{DateTime, Utc};

use crate::core::key::KeyId;
use crate::core::ledger::{Due, State};
use crate::failure::{Failure, Outcome};
use crate::ui::rotation::due_text;
use crate::vault::rotation::journal::Journal;
use crate::vault::{Vault, View, rotation};

/// Each environment's rotation date, and what is wrong or pending.
pub struct Standing {
    /// The dates, by environment; none where policies cannot be read.
    pub dues: Vec<Due>,
    /// Sentences, and how much they weigh.
    pub troubles: Vec<(Outcome, String)>,
}

/// Looks at dates and at the journal.
///
/// # Errors
/// When git does not answer, or the journal cannot be read.
pub fn standing(vault: &mut Vault, now: DateTime<Utc>) -> Result<Standing, Failure> {
    // Policies that cannot be read are said file by file.
    let dues = rotation::due(vault, &View::WorkTree, now).unwrap_or_default();
    let mut troubles = Vec::new();
    for due in &dues {
        let outcome = match due.state {
            State::Overdue => Outcome::No,
            State::Soon => Outcome::Fine,
            _ if due.from_the_future.is_some() => Outcome::Fine,
            _ => continue,
        };
        troubles.push((
            outcome,
            format!(
                "environment {}: key {} is {}: `git seal rotate --env {0}`",
                due.environment,
                due.key_id.short(),
                due_text(due),
            ),
        ));
    }
    let journal = Journal::read(vault.repository())?;
    if let Some(running) = &journal.running {
        for (environment, _) in running.keys() {
            troubles.push((
                Outcome::No,
                format!("environment {environment}: a rotation was interrupted: `git seal rotate --continue` or `--abort`"),
            ));
        }
    }
    for one in &journal.prepared {
        let id = one.key_id().map(KeyId::short).unwrap_or_default();
        troubles.push((
            Outcome::Fine,
            format!(
                "environment {}: key {id} is prepared since {}: `git seal rotate --finish --env {0}` when everyone has it",
                one.environment, one.since
            ),
        ));
    }
    Ok(Standing { dues, troubles })
}
