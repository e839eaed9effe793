//! What `.seal/allow.jsonl` lets through: the one place that asks it.

use chrono::NaiveDate;
use zeroize::Zeroizing;

use super::GuardError;
use super::located::{DAMAGED_TOKEN, FORGED_TOKEN, Located, Standing, UNKNOWN_KEY, UNSEALED};
use crate::core::environment::Environment;
use crate::core::scan::Finding;
use crate::core::scan::allow::{AllowList, Secret, Verdict};
use crate::git::GitError;
use crate::vault::{Vault, View};

/// Where exceptions stand in a repository.
pub const ALLOW_PATH: &str = ".seal/allow.jsonl";

/// Nothing lets these through: an entry for one of them would switch the guard off for the file,
/// and `-filter` in `.gitattributes` says the same honestly.
const NEVER: [&str; 4] = [UNSEALED, DAMAGED_TOKEN, UNKNOWN_KEY, FORGED_TOKEN];

/// The exceptions of one state of the repository.
pub struct Exceptions {
    list: AllowList,
    /// The keys of fingerprints: the default environment's current key, then its retired ones.
    keys: Vec<Zeroizing<[u8; 32]>>,
    today: NaiveDate,
}

impl Exceptions {
    /// Reads the text of `.seal/allow.jsonl`, and finds the keys of its fingerprints.
    ///
    /// # Errors
    /// When a line is malformed, or git does not answer.
    pub fn read(vault: &mut Vault, text: &[u8], today: NaiveDate) -> Result<Self, GuardError> {
        let list = AllowList::parse(text).map_err(GuardError::Allow)?;
        let has_fingerprints = list
            .entries()
            .iter()
            .any(|entry| entry.fingerprint.is_some());
        Ok(Self {
            list,
            keys: if has_fingerprints {
                allow_keys(vault)?
            } else {
                Vec::new()
            },
            today,
        })
    }

    /// Whether no entry counts for this rule.
    #[must_use]
    pub fn never_let_through(rule: &str) -> bool {
        NEVER.contains(&rule)
    }

    /// A finding with what the exceptions say of it.
    #[must_use]
    pub fn locate(&self, path: &[u8], commit: Option<&str>, finding: Finding) -> Located {
        let standing = self.standing(path, &finding);
        Located {
            standing,
            ..Located::open(path, commit, finding)
        }
    }

    fn standing(&self, path: &[u8], finding: &Finding) -> Standing {
        if Self::never_let_through(finding.rule.as_str()) {
            return Standing::Open;
        }
        let secrets: Vec<Secret> = if finding.plain.is_empty() {
            vec![Secret::None]
        } else if self.keys.is_empty() {
            vec![Secret::NoKey]
        } else {
            let print = |key: &Zeroizing<[u8; 32]>| finding.fingerprint(key, path);
            self.keys
                .iter()
                .map(|key| Secret::Known(print(key)))
                .collect()
        };
        let mut expired = false;
        for secret in secrets {
            match self
                .list
                .verdict(finding.rule.as_str(), path, secret, self.today)
            {
                Verdict::Allowed(_) => return Standing::Allowed,
                Verdict::AllowedNotVerified(_) => return Standing::AllowedNotVerified,
                Verdict::Expired(_) => expired = true,
                Verdict::No => {}
            }
        }
        if expired {
            Standing::Expired
        } else {
            Standing::Open
        }
    }
}

/// The key of new fingerprints: derived from the default environment's current key, if at hand.
///
/// # Errors
/// When git does not answer.
pub fn allow_key(vault: &mut Vault) -> Result<Option<Zeroizing<[u8; 32]>>, GitError> {
    Ok(vault
        .sealing_key(&Environment::default_name())?
        .ok()
        .map(|key| Zeroizing::new(*key.allow_list())))
}

/// All keys under which a fingerprint may have been made: entries outlive rotations.
fn allow_keys(vault: &mut Vault) -> Result<Vec<Zeroizing<[u8; 32]>>, GitError> {
    let mut keys: Vec<_> = allow_key(vault)?.into_iter().collect();
    vault.find_all_keys(&View::WorkTree)?;
    let snapshot = vault.snapshot(&View::WorkTree)?;
    if let Some(ledger) = snapshot.lenient_ledger() {
        let default = Environment::default_name();
        for key in vault.keyring().iter() {
            let allow_key = Zeroizing::new(*key.allow_list());
            if ledger.environment_of(key.id()) == Some(&default) && !keys.contains(&allow_key) {
                keys.push(allow_key);
            }
        }
    }
    Ok(keys)
}
