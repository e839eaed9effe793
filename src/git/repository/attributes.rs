//! What attributes paths have: read in this process where that is enough, else by a child of git.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use super::Repository;
use crate::git::attributes::child::AttributeReader;
use crate::git::attributes::files::AttributeFiles;
use crate::git::attributes::{Attribute, AttributesFrom, TreeIndex};
use crate::git::command::{self, GitError};
use crate::git::libgit2;

impl Repository {
    /// The attributes of a path, in the order of `names`.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn attributes(
        &self,
        from: &AttributesFrom,
        path: &[u8],
        names: &[&str],
    ) -> Result<Vec<Attribute>, GitError> {
        if let Some(found) = self.attributes_read_here(from, path, names) {
            return Ok(found);
        }
        self.ask_for_attributes(from, names, |reader| reader.read(path))
    }

    /// The attributes of many paths, each as [`Repository::attributes`] gives them.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn attributes_of_all(
        &self,
        from: &AttributesFrom,
        paths: &[&[u8]],
        names: &[&str],
    ) -> Result<Vec<Vec<Attribute>>, GitError> {
        let here = paths
            .iter()
            .map(|path| self.attributes_read_here(from, path, names));
        if let Some(found) = here.collect() {
            return Ok(found);
        }
        self.ask_for_attributes(from, names, |reader| reader.read_all(paths))
    }

    fn ask_for_attributes<T>(
        &self,
        from: &AttributesFrom,
        names: &[&str],
        ask: impl FnOnce(&mut AttributeReader) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        self.start_attribute_reader(from, names);
        let mut reader = self.attribute_reader.borrow_mut();
        ask(reader.as_mut().ok_or(GitError::Nonsense("check-attr"))?)
    }

    /// The attributes of a path, where git need not be asked for them.
    fn attributes_read_here(
        &self,
        from: &AttributesFrom,
        path: &[u8],
        names: &[&str],
    ) -> Option<Vec<Attribute>> {
        let files = match from {
            AttributesFrom::WorkTree => self.attribute_files()?,
            AttributesFrom::Index => self.staged_attribute_files()?,
            AttributesFrom::Tree(_) => return None,
        };
        let mut files = files.borrow_mut();
        files.attributes(path, names, |path| self.index_blob(path))
    }

    /// The work tree's attributes files, where they can be read in this process.
    pub(super) fn attribute_files(&self) -> Option<&RefCell<AttributeFiles>> {
        let files = self.attribute_files.get_or_init(|| {
            let repository = self.libgit2.as_ref()?;
            // Git reads the files of that tree instead (git-config, "attr.tree").
            if libgit2::config(repository, "attr.tree").is_some() {
                return None;
            }
            let top = repository.workdir()?.to_owned();
            attribute_files(repository, Some(top))
        });
        files.as_ref()
    }

    /// The staged attributes files, where they can be read in this process.
    fn staged_attribute_files(&self) -> Option<&RefCell<AttributeFiles>> {
        let files = self.staged_attribute_files.get_or_init(|| {
            let (repository, index) = self.index_read_here()?;
            // In a conflict git reads one side of the file, and in a sparse checkout not all files.
            let is_sparse = repository.path().join("info/sparse-checkout").exists();
            if is_sparse || !index.is_settled() {
                return None;
            }
            attribute_files(repository, None)
        });
        files.as_ref()
    }

    /// Lets git get ready to be asked for attributes, where they cannot be read in this process.
    pub fn prepare_attributes(&self, from: &AttributesFrom, names: &[&str]) {
        // What is odd in a file is odd for any path.
        if self.attributes_read_here(from, b".env", names).is_none() {
            self.start_attribute_reader(from, names);
        }
    }

    /// Starts the child that will be asked for attributes, so that it gets ready meanwhile.
    fn start_attribute_reader(&self, from: &AttributesFrom, names: &[&str]) {
        let mut reader = self.attribute_reader.borrow_mut();
        if !reader
            .as_ref()
            .is_some_and(|reader| reader.answers_for(from, names))
        {
            *reader = Some(AttributeReader::start(self.home(), from, names));
        }
    }

    /// Says which paths' attributes will be asked for, where a child of git's was started for these
    /// names: it then answers ahead.
    pub fn expect_attributes<'a>(
        &self,
        from: &AttributesFrom,
        names: &[&str],
        paths: impl IntoIterator<Item = &'a [u8]>,
    ) {
        if let Some(reader) = &mut *self.attribute_reader.borrow_mut()
            && reader.answers_for(from, names)
        {
            reader.expect(paths);
        }
    }

    /// The attributes as a commit or tree has them, for [`Repository::attributes`]. Reads the whole
    /// tree into an index of its own, so the time grows with the tree.
    ///
    /// # Errors
    /// When git does not answer, or the index cannot be written.
    pub fn attributes_of_tree(&self, revision: &str) -> Result<AttributesFrom, GitError> {
        let failed = |error| GitError::File(std::env::temp_dir(), error);
        let directory = tempfile::Builder::new()
            .prefix("git-seal-")
            .tempdir()
            .map_err(failed)?;
        let index = directory.path().join("index");
        let mut git = self.stored();
        git.env("GIT_INDEX_FILE", &index)
            .args(["read-tree", revision]);
        command::output(&mut git)?;
        Ok(AttributesFrom::Tree(Rc::new(TreeIndex {
            index,
            _directory: directory,
        })))
    }
}

fn attribute_files(
    repository: &git2::Repository,
    top: Option<PathBuf>,
) -> Option<RefCell<AttributeFiles>> {
    if attributes_come_from_elsewhere() {
        return None;
    }
    libgit2::attribute_files(repository, top).map(RefCell::new)
}

/// Whether the environment may give git attributes that libgit2 does not see: another source of
/// attributes, or configuration that names one (`core.attributesFile`, `attr.tree`) or more configuration.
fn attributes_come_from_elsewhere() -> bool {
    let mentions = |text: &[u8]| {
        let text = text.to_ascii_lowercase();
        let has = |word: &[u8]| memchr::memmem::find(&text, word).is_some();
        has(b"attr") || has(b"include")
    };
    std::env::vars_os().any(|(name, value)| {
        let (name, text) = (name.as_encoded_bytes(), value.as_encoded_bytes());
        match name {
            b"GIT_CONFIG_GLOBAL" | b"GIT_CONFIG_SYSTEM" => {
                std::fs::read(&value).is_ok_and(|file| mentions(&file))
            }
            _ if name.starts_with(b"GIT_CONFIG") => mentions(text),
            _ => name.starts_with(b"GIT_ATTR"),
        }
    })
}
