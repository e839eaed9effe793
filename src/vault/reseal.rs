//! Bringing staged blobs to the current key and policy, without touching the work tree.

use super::{CleanError, Origin, Vault};
use crate::git::index::Entry;
use crate::git::{GitError, staging};

impl Vault {
    /// The staged blob of an entry, opened and sealed anew; `None` where it would not change.
    ///
    /// # Errors
    /// When it does not open entirely, or cannot be sealed.
    pub fn reseal(&mut self, entry: &Entry) -> Result<Option<Vec<u8>>, CleanError> {
        let staged = self.repository.blob(&entry.id)?;
        let opened = self.smudge(&entry.path, staged.clone(), &Origin::default());
        let mut plain = opened.content;
        // What stayed sealed keeps its place as it is: `clean` refuses what does not authenticate.
        let sealed = self.clean(&entry.path, std::mem::take(&mut *plain))?;
        Ok((sealed != staged).then_some(sealed))
    }

    /// Reseals staged entries in one atomic step and gives those that changed.
    ///
    /// # Errors
    /// Which file cannot be resealed and why; nothing is changed then.
    pub fn reseal_staged(
        &mut self,
        entries: &[Entry],
    ) -> Result<Vec<Entry>, (Vec<u8>, CleanError)> {
        let mut changed = Vec::new();
        let mut contents = Vec::new();
        for entry in entries
            .iter()
            .filter(|entry| entry.is_file() && entry.stage == 0)
        {
            let with_path = |error: CleanError| (entry.path.clone(), error);
            if let Some(sealed) = self.reseal(entry).map_err(with_path)? {
                contents.push(sealed);
                changed.push(entry.clone());
            }
        }
        let failed = |error: GitError| (Vec::new(), error.into());
        let ids = staging::write_blobs(&self.repository, contents.iter().map(Vec::as_slice))
            .map_err(failed)?;
        for (entry, id) in changed.iter_mut().zip(ids) {
            entry.id = id;
        }
        staging::replace_in_index(&self.repository, &changed).map_err(failed)?;
        Ok(changed)
    }
}
