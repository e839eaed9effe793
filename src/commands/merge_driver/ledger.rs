//! The ledger as it will be after the merge: the merged one is not in the work tree yet when git
//! calls a merge driver.
//!
//! Ours, and what theirs has and the base has not; so a picked commit brings its own rotation and
//! no other. Who the sides are is told by labels, by `GITHEAD_*` variables (git merge), or by the
//! refs of an unfinished command: git writes `MERGE_HEAD` only after the drivers have run (measured
//! with git 2.47).

use crate::core::ledger::{Ledger, LedgerError};
use crate::git::{GitError, Repository};
use crate::vault::{Vault, View};

/// Refs of an unfinished command, and whether its base is the commit's parent.
const UNFINISHED: [(&str, bool); 3] = [
    ("MERGE_HEAD", false),
    ("CHERRY_PICK_HEAD", true),
    ("REBASE_HEAD", true),
];

/// The commits whose ledgers count.
pub struct Heads {
    ours: View,
    theirs: Option<String>,
    base: Option<String>,
}

impl Heads {
    /// Finds the commits behind the labels.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn of(
        repository: &Repository,
        base: Option<&[u8]>,
        ours: Option<&[u8]>,
        theirs: Option<&[u8]>,
    ) -> Result<Self, GitError> {
        let label = |label: Option<&[u8]>| label.and_then(|l| String::from_utf8(l.to_vec()).ok());
        let [base, ours, theirs] = [base, ours, theirs].map(label);
        let ours = match ours.filter(|name| name != "HEAD") {
            Some(name) => commit(repository, &name)?.map_or(View::WorkTree, View::Revision),
            None => View::WorkTree,
        };
        let is_pick = base.is_some_and(|base| base.starts_with("parent of "));
        let (theirs, is_pick) = match theirs {
            // A revert takes away what the commit brought; the ledger only grows.
            Some(name) if name.starts_with("parent of ") => (None, false),
            Some(name) => match commit(repository, &name)? {
                Some(id) => (Some(id), is_pick),
                None => unfinished(repository)?,
            },
            None => unfinished(repository)?,
        };
        Ok(Self {
            ours,
            base: theirs
                .as_ref()
                .filter(|_| is_pick)
                .map(|id| format!("{id}^")),
            theirs,
        })
    }

    /// The other side's commit.
    #[must_use]
    pub fn theirs(&self) -> Option<String> {
        self.theirs.clone()
    }

    /// The ledger after the merge.
    ///
    /// # Errors
    /// The outer one when git does not answer, the inner one when a ledger is damaged.
    pub fn ledger(&self, vault: &mut Vault) -> Result<Result<Ledger, LedgerError>, GitError> {
        let ours = vault.snapshot(&self.ours)?.ledger.clone();
        let Some(theirs) = self.theirs() else {
            return Ok(ours);
        };
        let theirs = vault.snapshot(&View::Revision(theirs))?.ledger.clone();
        let base = match &self.base {
            Some(base) => vault
                .snapshot(&View::Revision(base.clone()))?
                .ledger
                .clone(),
            None => Ok(Ledger::default()),
        };
        Ok(join(ours, theirs, base))
    }
}

fn join(
    ours: Result<Ledger, LedgerError>,
    theirs: Result<Ledger, LedgerError>,
    base: Result<Ledger, LedgerError>,
) -> Result<Ledger, LedgerError> {
    let (ours, theirs, base) = (ours?, theirs?, base?);
    let brought = theirs
        .entries()
        .iter()
        .filter(|e| base.entry(e.id).is_none());
    Ok(
        brought.fold(ours, |ledger, entry| match ledger.entry(entry.id) {
            Some(_) => ledger,
            None => ledger.with(entry.clone()),
        }),
    )
}

/// The commit that a label names: as git merge calls it, as a revision, or as `abc1234 (subject)`.
fn commit(repository: &Repository, label: &str) -> Result<Option<String>, GitError> {
    let merging = std::env::vars().find_map(|(variable, name)| {
        let id = variable.strip_prefix("GITHEAD_")?;
        (name == label).then(|| id.to_owned())
    });
    if merging.is_some() {
        return Ok(merging);
    }
    let word = label
        .split(' ')
        .next()
        .unwrap_or(label)
        .trim_end_matches('.');
    let is_id = word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = if is_id { word } else { label };
    repository.commit_id(name)
}

/// The commit that `git merge` merges, and what it calls it; `None` in other commands.
#[must_use]
pub fn merging() -> Option<(String, String)> {
    let mut heads = std::env::vars().filter_map(|(variable, name)| {
        let id = variable.strip_prefix("GITHEAD_")?;
        Some((id.to_owned(), name))
    });
    heads.next().filter(|_| heads.next().is_none())
}

fn unfinished(repository: &Repository) -> Result<(Option<String>, bool), GitError> {
    if let Some((id, _)) = merging() {
        return Ok((Some(id), false));
    }
    for (name, is_pick) in UNFINISHED {
        if let Some(id) = repository.commit_id(name)? {
            return Ok((Some(id), is_pick));
        }
    }
    Ok((None, false))
}
