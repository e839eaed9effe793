//! The files of the index and of trees.

use super::Repository;
use crate::git::attributes::{Attribute, AttributesFrom};
use crate::git::changes::{Change, empty_tree};
use crate::git::command::{self, GitError};
use crate::git::comparison;
use crate::git::index::file::{IndexFile, Staged};
use crate::git::index::{self, Entry};
use crate::git::{libgit2, paths};

impl Repository {
    /// The index, read once, where git need not be asked for it.
    pub(super) fn index_read_here(&self) -> Option<(&git2::Repository, &IndexFile)> {
        let repository = self.libgit2.as_ref()?;
        let index = self.index.get_or_init(|| libgit2::index(repository));
        Some((repository, index.as_ref()?))
    }

    /// What is staged against a base, where git need not be asked: `HEAD`, a commit's id, or the tree
    /// without entries.
    pub(in crate::git) fn staged_read_here(&self, base: &str) -> Option<Vec<Change>> {
        let (repository, index) = self.index_read_here()?;
        let tree = if base == empty_tree(self.object_format()) {
            None
        } else {
            Some(libgit2::tree_of(repository, base)?)
        };
        comparison::with_index(repository, tree, index)
    }

    /// Entries of the index that match the pathspecs (all of them where none is given); sparse
    /// directories are expanded.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn index_entries(&self, pathspecs: &[&[u8]]) -> Result<Vec<Entry>, GitError> {
        let mut command = self.git();
        command.args(["ls-files", "-s", "-t", "-z", "--"]);
        command.args(pathspecs.iter().map(|spec| paths::os_string(spec.to_vec())));
        index::parse_ls_files(&command::output(&mut command)?)
    }

    /// The files that git hands to our filter: entries of the index whose `filter` is `seal`.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn sealed_entries(&self) -> Result<Vec<Entry>, GitError> {
        let has_our_filter = |path: &[u8]| {
            let found = self.attributes(&AttributesFrom::WorkTree, path, &["filter"])?;
            Ok(found.first().and_then(Attribute::value) == Some("seal"))
        };
        if let Some(files) = self.attribute_files()
            && let Some((repository, index)) = self.index_read_here()
        {
            files.borrow_mut().hold(true);
            let found = libgit2::sealed_entries(repository, index, has_our_filter);
            files.borrow_mut().hold(false);
            if let Some(found) = found {
                return Ok(found);
            }
        }
        self.index_entries(&[b":(top,attr:filter=seal)"])
    }

    /// The files of the index whose names a question answers with yes.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn entries_named(&self, is: impl Fn(&[u8]) -> bool) -> Result<Vec<Entry>, GitError> {
        let is = |path: &[u8]| is(paths::file_name(path));
        if let Some((_, index)) = self.index_read_here() {
            let named = index.iter().filter(|entry| is(entry.path));
            if let Some(entries) = named.map(Staged::to_entry).collect() {
                return Ok(entries);
            }
        }
        let mut entries = self.index_entries(&[])?;
        entries.retain(|entry| is(&entry.path));
        Ok(entries)
    }

    /// All entries of the state that attributes are read from.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn entries_of(&self, from: &AttributesFrom) -> Result<Vec<Entry>, GitError> {
        let AttributesFrom::Tree(tree) = from else {
            return self.index_entries(&[]);
        };
        let mut command = self.git();
        command
            .env("GIT_INDEX_FILE", &tree.index)
            .args(["ls-files", "-s", "-t", "-z"]);
        index::parse_ls_files(&command::output(&mut command)?)
    }

    /// All files in a revision's tree.
    ///
    /// # Errors
    /// When there is no such revision, or git does not answer.
    pub fn tree_entries(&self, revision: &str) -> Result<Vec<Entry>, GitError> {
        let mut command = self.git();
        command.args(["ls-tree", "-r", "-z", "--full-tree", revision]);
        index::parse_ls_tree(&command::output(&mut command)?)
    }

    /// Which of these paths git ignores.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn ignored(&self, candidates: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, GitError> {
        let mut command = self.git();
        command.args(["check-ignore", "-z", "--stdin", "--no-index"]);
        let input = candidates.join(&0);
        let output = command::run(&mut command, Some(&input))?;
        // 1: none is ignored.
        if !output.status.success() && output.status.code() != Some(1) {
            return Err(GitError::Failed(
                "check-ignore".into(),
                command::complaint(&output),
            ));
        }
        Ok(index::records(&output.stdout).map(<[u8]>::to_vec).collect())
    }
}
