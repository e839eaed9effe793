//! One face of a repository, with two readers behind it: libgit2 where it can answer, else the git
//! binary. Every command works on both.

mod attributes;
mod blobs;
mod entries;
mod here;

use std::cell::{OnceCell, RefCell};
use std::path::Path;

use super::attributes::child::AttributeReader;
use super::attributes::files::AttributeFiles;
use super::binary::{self, ObjectReader};
use super::command::{self, GitError, git};
use super::index::file::IndexFile;
use super::layout::Layout;
use super::objects::ObjectFormat;
use super::{glance, libgit2};

/// A repository, opened as git would open it from here.
pub struct Repository {
    layout: Layout,
    libgit2: Option<git2::Repository>,
    attribute_reader: RefCell<Option<AttributeReader>>,
    /// Inside `None` where they cannot answer for git.
    attribute_files: OnceCell<Option<RefCell<AttributeFiles>>>,
    /// The same of the staged files alone.
    staged_attribute_files: OnceCell<Option<RefCell<AttributeFiles>>>,
    /// Inside `None` where git has to be asked.
    index: OnceCell<Option<IndexFile>>,
    object_reader: RefCell<Option<ObjectReader>>,
    size_reader: RefCell<Option<ObjectReader>>,
}

/// Forces the second reader when set to `git`; the test suite runs with both.
pub const READER_VARIABLE: &str = "GIT_SEAL_READER";

impl Repository {
    /// Opens the repository that git would use from the current directory and environment
    /// (`GIT_DIR`, `GIT_INDEX_FILE`, `GIT_OBJECT_DIRECTORY` and the rest).
    ///
    /// # Errors
    /// When there is none, or git refuses to open it.
    pub fn discover() -> Result<Self, GitError> {
        let forced = std::env::var_os(READER_VARIABLE).is_some_and(|value| value == "git");
        // git itself hashes an object when it comes in, not whenever it reads one.
        git2::opts::strict_hash_verification(false);
        let libgit2 = if forced {
            None
        } else {
            git2::Repository::open_from_env()
                .ok()
                .filter(libgit2::agrees_on_the_work_tree)
        };
        let layout = match &libgit2 {
            Some(repository) => libgit2::layout(repository),
            None => binary::discover()?,
        };
        Ok(Self {
            layout,
            libgit2,
            attribute_reader: RefCell::default(),
            attribute_files: OnceCell::new(),
            staged_attribute_files: OnceCell::new(),
            index: OnceCell::new(),
            object_reader: RefCell::default(),
            size_reader: RefCell::default(),
        })
    }

    /// The first reader, where it could open the repository.
    pub(super) fn libgit2(&self) -> Option<&git2::Repository> {
        self.libgit2.as_ref()
    }

    /// Where its parts are.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The top of the work tree.
    #[must_use]
    pub fn work_tree(&self) -> Option<&Path> {
        self.layout.work_tree.as_deref()
    }

    /// What objects are hashed with.
    #[must_use]
    pub fn object_format(&self) -> ObjectFormat {
        self.layout.object_format
    }

    /// Where git commands about this repository run: the top of the work tree, or the git directory.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.work_tree().unwrap_or(&self.layout.git_dir)
    }

    /// A git command in this repository.
    #[must_use]
    pub fn git(&self) -> std::process::Command {
        git(Some(self.home()))
    }

    /// A git command that reads objects as they are stored: no replacement (git-replace) and no graft
    /// stands in for what will be pushed.
    #[must_use]
    pub fn stored(&self) -> std::process::Command {
        let mut command = self.git();
        binary::as_stored(&mut command);
        command
    }

    /// All values of a configuration key, from every scope; the last wins.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn config_values(&self, key: &str) -> Result<Vec<String>, GitError> {
        binary::config_values(self.home(), key)
    }

    /// The value of a configuration key.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn config(&self, key: &str) -> Result<Option<String>, GitError> {
        match self.config_read_here(key) {
            Some(Some(value)) => Ok(Some(value)),
            // Git may have been built to look for the machine's configuration elsewhere.
            Some(None) | None => Ok(self.config_values(key)?.pop()),
        }
    }

    /// Like [`Repository::config`], without starting git where libgit2 reads the same but for the
    /// machine's configuration.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn config_in_process(&self, key: &str) -> Result<Option<String>, GitError> {
        match self.config_read_here(key) {
            Some(found) => Ok(found),
            None => Ok(self.config_values(key)?.pop()),
        }
    }

    /// What libgit2 says; outer `None` where the setting may stand in environment variables themselves, which it
    /// does not read. (Which files hold settings, it does read there.)
    fn config_read_here(&self, key: &str) -> Option<Option<String>> {
        let repository = self.libgit2.as_ref()?;
        let section = key.split('.').next().unwrap_or(key).to_ascii_lowercase();
        (!glance::variables_may_set(&section)).then(|| libgit2::config(repository, key))
    }

    /// The commit that a revision names; `None` if it names none.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn commit_id(&self, revision: &str) -> Result<Option<String>, GitError> {
        let mut command = self.git();
        command.args(["rev-parse", "--quiet", "--verify", "--end-of-options"]);
        command.arg(format!("{revision}^{{commit}}"));
        let output = command::run(&mut command, None)?;
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok((output.status.success() && !id.is_empty()).then_some(id))
    }

    /// The ids of the commits that refs point to, newest first.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn ref_tips(&self) -> Result<Vec<String>, GitError> {
        let mut command = self.git();
        command.args([
            "for-each-ref",
            "--sort=-committerdate",
            "--format=%(objectname)",
        ]);
        let text = command::output(&mut command)?;
        let mut tips: Vec<String> = Vec::new();
        for line in String::from_utf8_lossy(&text).lines() {
            if !tips.iter().any(|tip| tip == line) {
                tips.push(line.to_owned());
            }
        }
        Ok(tips)
    }

    /// Whether `HEAD` names a commit.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn has_commits(&self) -> Result<bool, GitError> {
        if let Some(known) = self.libgit2.as_ref().and_then(libgit2::has_commits) {
            return Ok(known);
        }
        let found = self.header(b"HEAD^{commit}")?;
        Ok(found.is_some_and(|(kind, _)| kind == "commit"))
    }
}
