//! Contents: those that are read whole, those that are too large for it, and links.

use super::ratchet::is_sealed;
use super::{Base, Guard, GuardError, Role, lines, without_filter};
use crate::core::gitattributes;
use crate::core::scan::Finding;
use crate::core::suites;
use crate::git::changes::{Change, Side};
use crate::git::objects::ObjectId;
use crate::git::{GitError, command};
use crate::vault::rules::Rules;

/// Larger blobs are not held in memory: they are searched piece by piece, all lines of them, and
/// cannot be protected files.
pub(super) const MAX_WHOLE_BYTES: usize = 16 << 20;
const PIECE_BYTES: usize = 1 << 20;

impl Guard<'_> {
    /// The earlier content of a path that is a file on both sides.
    pub(super) fn old_content(&self, change: &Change) -> Result<Option<Vec<u8>>, GuardError> {
        let Some(old) = change.old.as_ref().filter(|old| old.is_file()) else {
            return Ok(None);
        };
        let repository = self.vault.repository();
        if repository.blob_size(&old.id)? <= MAX_WHOLE_BYTES {
            return Ok(Some(repository.blob(&old.id)?));
        }
        // Enough of it to tell that it was sealed; its lines all count as gone.
        Ok(self.first_trace_of_sealing(&old.id)?)
    }

    /// Searches the lines that a change adds for plaintext secrets.
    pub(super) fn scan_added(
        &mut self,
        path: &[u8],
        old: Option<&[u8]>,
        new: &[u8],
        elsewhere: &[Option<&Change>],
    ) -> Result<(), GuardError> {
        let mut added = lines::added(old, new);
        for other in elsewhere {
            let Some(other) = other else {
                // As this parent has it.
                return Ok(());
            };
            let theirs = self.old_content(other)?;
            added = lines::common(added, lines::added(theirs.as_deref(), new));
        }
        let findings: Vec<Finding> = self.scanner.scan(new, path, added.as_deref());
        for finding in findings {
            self.add(path, finding);
        }
        Ok(())
    }

    pub(super) fn judge_large(
        &mut self,
        change: &Change,
        new: &Side,
        rules: &Rules,
        elsewhere: &[Option<&Change>],
    ) -> Result<(), GuardError> {
        let path = &change.path;
        let old = self.old_content(change)?;
        let mut role = self.role(change, old.as_deref(), rules, &Base::nothing())?;
        if role == Role::LostItsFilter && self.ratchet_filter(path) {
            role = without_filter(path, rules);
        }
        match role {
            Role::Other => {}
            Role::LostItsFilter | Role::Protected => {
                let why = format!(
                    "a protected file over {} MB cannot be judged",
                    MAX_WHOLE_BYTES >> 20
                );
                self.say(
                    path,
                    "too-large",
                    None,
                    why,
                    "keep it out of the repository",
                );
            }
        }
        if elsewhere.iter().any(Option::is_none) {
            return Ok(());
        }
        let mut stream = self.scanner.stream(path);
        let mut findings = Vec::new();
        self.each_piece(&new.id, |piece| {
            findings.extend(stream.push(piece));
            true
        })?;
        findings.extend(stream.finish());
        for finding in findings {
            self.add(path, finding);
        }
        Ok(())
    }

    /// A symbolic link's target is content as well; a submodule has none.
    pub(super) fn judge_link(&mut self, change: &Change, new: &Side) -> Result<(), GuardError> {
        if self.old_content(change)?.is_some_and(|old| is_sealed(&old)) {
            self.ratchet_kind(&change.path);
        }
        if gitattributes::is_attributes_file(&change.path) {
            self.attributes_unreadable(&change.path, "it is a link or a directory");
        }
        if new.mode == 0o120_000 {
            let target = self.vault.repository().blob(&new.id)?;
            for finding in self.scanner.scan(&target, &change.path, None) {
                self.add(&change.path, finding);
            }
        }
        Ok(())
    }

    /// Whether the last version that was deleted at this path was sealed.
    pub(super) fn was_sealed_before(&self, path: &[u8], base: &Base) -> Result<bool, GuardError> {
        let repository = self.vault.repository();
        if !base.is_something() {
            return Ok(false);
        }
        let mut git = repository.stored();
        git.args([
            "log",
            "-1",
            "--format=%H",
            "--diff-filter=D",
            "--no-renames",
        ])
        .args([base.revision(repository), "--"])
        .arg(crate::git::paths::os_string(
            [b":(top,literal)", path].concat(),
        ));
        let text = command::output(&mut git)?;
        let commit = String::from_utf8_lossy(&text);
        if commit.trim().is_empty() {
            return Ok(false);
        }
        let before = format!("{}^", commit.trim());
        let content = repository.revision_blob(&before, path)?;
        Ok(content.is_some_and(|content| is_sealed(&content)))
    }

    /// The first piece of a large blob that looks sealed.
    fn first_trace_of_sealing(&self, id: &ObjectId) -> Result<Option<Vec<u8>>, GitError> {
        let mut first = None;
        self.each_piece(id, |piece| {
            let is_trace = piece.starts_with(suites::FILE_MAGIC) || suites::may_name_a_key(piece);
            if is_trace {
                first = Some(piece.to_vec());
            }
            first.is_none()
        })?;
        Ok(first)
    }

    fn each_piece(
        &self,
        id: &ObjectId,
        mut each: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), GitError> {
        self.vault
            .repository()
            .stream_blob(id, PIECE_BYTES, &mut each)
    }
}
