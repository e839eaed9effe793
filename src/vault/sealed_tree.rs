//! Environments whose files stay sealed in this clone's work tree although the key is at hand: git
//! config `seal.<env>.worktree = sealed`, written by `lock --keep-key`, taken out by `unlock`.

use super::Vault;
use crate::core::environment::Environment;
use crate::git::GitError;
use crate::git::config::Scope;

const SEALED: &str = "sealed";

fn config_key(environment: &Environment) -> String {
    format!("seal.{environment}.worktree")
}

impl Vault {
    /// Whether the files of an environment stay sealed in this clone's work tree.
    pub fn stays_sealed(&mut self, environment: &Environment) -> bool {
        if let Some(known) = self.sealed_trees.get(environment) {
            return *known;
        }
        let setting = self.repository.config_in_process(&config_key(environment));
        let is_sealed = setting.is_ok_and(|value| value.as_deref() == Some(SEALED));
        self.sealed_trees.insert(environment.clone(), is_sealed);
        is_sealed
    }

    /// From now on the files of an environment stay sealed in this clone, or no longer do.
    ///
    /// # Errors
    /// When git does not write its configuration.
    pub fn keep_sealed(&mut self, environment: &Environment, sealed: bool) -> Result<(), GitError> {
        // What is right already needs no writing.
        if self.stays_sealed(environment) == sealed {
            return Ok(());
        }
        let scope = Scope::Clone(self.repository.home());
        let key = config_key(environment);
        if sealed {
            scope.set(&key, SEALED)?;
        } else {
            scope.unset(&key)?;
        }
        self.sealed_trees.insert(environment.clone(), sealed);
        Ok(())
    }
}
