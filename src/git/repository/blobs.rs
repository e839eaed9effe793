//! Blobs and other objects, by id and by name.

use std::cell::RefCell;

use super::Repository;
use crate::git::binary::{self, Answers, ObjectReader};
use crate::git::command::GitError;
use crate::git::index::file::IndexFile;
use crate::git::objects::{self, ObjectId};
use crate::git::{libgit2, paths};

impl Repository {
    /// The blob staged at a path; `None` if there is none.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn index_blob(&self, path: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        if let Some((repository, index)) = self.index_read_here()
            && let Some(found) = libgit2::index_blob(repository, index, path)
        {
            return Ok(found);
        }
        self.named_blob(&[b":0:", path].concat())
    }

    /// The same. A blob that a partial clone left at its remote (in a cone-sparse checkout `.seal/` is not on
    /// disk) is fetched by git, as its own commands would.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn index_blob_or_fetch(&self, path: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        let found = match self.index_blob(path) {
            Err(GitError::Missing(_)) => None,
            found => found?,
        };
        let is_absent = |(_, index): (_, &IndexFile)| index.get(path).is_none();
        if found.is_some() || self.index_read_here().is_some_and(is_absent) {
            return Ok(found);
        }
        binary::one_blob(self.git(), &[b":0:", path].concat())
    }

    /// The blob at a path in a revision's tree; `None` if there is none (or no such revision).
    ///
    /// # Errors
    /// When it is missing from this clone, or git does not answer.
    pub fn revision_blob(&self, revision: &str, path: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        let found = self
            .libgit2
            .as_ref()
            .and_then(|r| libgit2::revision_blob(r, revision, path));
        match found {
            Some(found) => Ok(found),
            None => match self.named_blob(&[revision.as_bytes(), b":", path].concat())? {
                None => self.refuse_missing(revision, path).map(|()| None),
                found => Ok(found),
            },
        }
    }

    /// To git a blob that is named by its path is missing either way: that it was never there, or that
    /// this clone lacks it, only the tree tells.
    fn refuse_missing(&self, revision: &str, path: &[u8]) -> Result<(), GitError> {
        let name = paths::file_name(path);
        let directory = &path[..path.len() - name.len()];
        let tree = [revision.as_bytes(), b":", directory].concat();
        if tree.contains(&b'\n') {
            return Ok(());
        }
        let found = self.with_reader(|reader| reader.object(&tree))?;
        let listing = found.filter(|(kind, _)| kind == "tree");
        let listing = listing.map(|(_, content)| content).unwrap_or_default();
        match objects::blob_in_tree(&listing, name, self.object_format()) {
            Some(id) => Err(GitError::Missing(id.to_string())),
            None => Ok(()),
        }
    }

    /// A blob by its id.
    ///
    /// # Errors
    /// When it is missing from this clone, or git does not answer.
    pub fn blob(&self, id: &ObjectId) -> Result<Vec<u8>, GitError> {
        if let Some(content) = self
            .libgit2
            .as_ref()
            .and_then(|r| libgit2::blob(r, id.as_str()))
        {
            return Ok(content);
        }
        self.named_blob(id.as_str().as_bytes())?
            .ok_or_else(|| GitError::Missing(id.to_string()))
    }

    /// The length of a blob in bytes; the blob itself is not read into memory.
    ///
    /// # Errors
    /// When it is missing from this clone, or git does not answer.
    pub fn blob_size(&self, id: &ObjectId) -> Result<usize, GitError> {
        let found = self.libgit2.as_ref();
        match found.and_then(|r| libgit2::blob_size(r, id.as_str())) {
            Some(size) => Ok(size),
            None => self.ask_size(id),
        }
    }

    /// Hands a blob over piece by piece, in bounded memory, until `each` says that it is enough.
    ///
    /// # Errors
    /// When it is missing from this clone, or git does not answer.
    pub fn stream_blob(
        &self,
        id: &ObjectId,
        piece: usize,
        each: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), GitError> {
        binary::stream_blob(self.stored(), id, piece, each)
    }

    /// An object of any type as it is stored: its type, and its content.
    ///
    /// # Errors
    /// When it is missing from this clone, or git does not answer.
    pub fn object(&self, name: &str) -> Result<(String, Vec<u8>), GitError> {
        self.with_reader(|reader| reader.object(name.as_bytes()))?
            .ok_or_else(|| GitError::Missing(name.to_owned()))
    }

    fn ask_size(&self, id: &ObjectId) -> Result<usize, GitError> {
        match self.header(id.as_str().as_bytes())? {
            Some((kind, size)) if kind == "blob" => Ok(size),
            _ => Err(GitError::Missing(id.to_string())),
        }
    }

    /// The type and the size of the object with this name, as a child of git's tells them.
    pub(super) fn header(&self, name: &[u8]) -> Result<Option<(String, usize)>, GitError> {
        self.ask(&self.size_reader, Answers::Sizes, |reader| {
            reader.header(name)
        })
    }

    fn named_blob(&self, name: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        if name.contains(&b'\n') {
            return binary::one_blob(self.stored(), name);
        }
        let found = self.with_reader(|reader| reader.object(name))?;
        Ok(found.and_then(|(kind, content)| (kind == "blob").then_some(content)))
    }

    fn with_reader<T>(
        &self,
        ask: impl FnOnce(&mut ObjectReader) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        self.ask(&self.object_reader, Answers::Contents, ask)
    }

    /// Asks a lasting child. One that gave no answer is given up: the next question starts another.
    fn ask<T>(
        &self,
        reader: &RefCell<Option<ObjectReader>>,
        answers: Answers,
        ask: impl FnOnce(&mut ObjectReader) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        let mut reader = reader.borrow_mut();
        let mut started = match reader.take() {
            Some(started) => started,
            None => ObjectReader::start(self.stored(), answers)?,
        };
        let answer = ask(&mut started)?;
        *reader = Some(started);
        Ok(answer)
    }
}
