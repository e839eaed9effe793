//! One face of a repository, with two readers behind it: libgit2 where it can answer, else the git
//! binary. Every command works on both.

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::attribute_files::AttributeFiles;
use super::attributes::{Attribute, AttributesFrom, TreeIndex};
use super::binary::{self, Answers, AttributeReader, ObjectReader};
use super::command::{self, GitError, git};
use super::index::{self, Entry};
use super::objects::{ObjectFormat, ObjectId};
use super::{libgit2, paths};

/// Where a repository's parts are.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The git directory of this work tree.
    pub git_dir: PathBuf,
    /// The git directory that all work trees share.
    pub common_dir: PathBuf,
    /// The top of the work tree; `None` in a bare repository.
    pub work_tree: Option<PathBuf>,
    /// What objects are hashed with.
    pub object_format: ObjectFormat,
}

/// A repository, opened as git would open it from here.
pub struct Repository {
    layout: Layout,
    libgit2: Option<git2::Repository>,
    attribute_reader: RefCell<Option<AttributeReader>>,
    /// Inside `None` where they cannot answer for git.
    attribute_files: OnceCell<Option<RefCell<AttributeFiles>>>,
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
        self.start_attribute_reader(from, names)?;
        let mut reader = self.attribute_reader.borrow_mut();
        reader
            .as_mut()
            .map_or(Err(GitError::Nonsense("check-attr")), |reader| {
                reader.read(path)
            })
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
        self.start_attribute_reader(from, names)?;
        let mut reader = self.attribute_reader.borrow_mut();
        reader
            .as_mut()
            .map_or(Err(GitError::Nonsense("check-attr")), |reader| {
                reader.read_all(paths)
            })
    }

    /// The attributes of a path, where git need not be asked for them.
    fn attributes_read_here(
        &self,
        from: &AttributesFrom,
        path: &[u8],
        names: &[&str],
    ) -> Option<Vec<Attribute>> {
        let AttributesFrom::WorkTree = from else {
            return None;
        };
        let mut files = self.attribute_files()?.borrow_mut();
        files.attributes(path, names, |path| self.index_blob(path))
    }

    /// The work tree's attributes files, where they can be read in this process.
    fn attribute_files(&self) -> Option<&RefCell<AttributeFiles>> {
        self.attribute_files
            .get_or_init(|| {
                let repository = self
                    .libgit2
                    .as_ref()
                    .filter(|_| !attributes_come_from_elsewhere())?;
                libgit2::attribute_files(repository).map(RefCell::new)
            })
            .as_ref()
    }

    /// Starts the child that will be asked for attributes, so that it gets ready meanwhile.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn start_attribute_reader(
        &self,
        from: &AttributesFrom,
        names: &[&str],
    ) -> Result<(), GitError> {
        let mut reader = self.attribute_reader.borrow_mut();
        if !reader
            .as_ref()
            .is_some_and(|reader| reader.answers_for(from, names))
        {
            *reader = Some(AttributeReader::start(self.home(), from, names)?);
        }
        Ok(())
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

    /// The blob staged at a path; `None` if there is none.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn index_blob(&self, path: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        if let Some(found) = self
            .libgit2
            .as_ref()
            .and_then(|r| libgit2::index_blob(r, path))
        {
            return Ok(found);
        }
        self.named_blob(&[b":0:", path].concat())
    }

    /// The blob at a path in a revision's tree; `None` if there is none (or no such revision).
    ///
    /// # Errors
    /// When git does not answer.
    pub fn revision_blob(&self, revision: &str, path: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        let found = self
            .libgit2
            .as_ref()
            .and_then(|r| libgit2::revision_blob(r, revision, path));
        match found {
            Some(found) => Ok(found),
            None => self.named_blob(&[revision.as_bytes(), b":", path].concat()),
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
        let mut reader = self.size_reader.borrow_mut();
        let found = self
            .started(&mut reader, Answers::Sizes)?
            .header(id.as_str().as_bytes())?;
        match found {
            Some((kind, size)) if kind == "blob" => Ok(size),
            _ => Err(GitError::Missing(id.to_string())),
        }
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
        let mut reader = self.object_reader.borrow_mut();
        ask(self.started(&mut reader, Answers::Contents)?)
    }

    fn started<'r>(
        &self,
        reader: &'r mut Option<ObjectReader>,
        answers: Answers,
    ) -> Result<&'r mut ObjectReader, GitError> {
        let started = match reader.take() {
            Some(started) => started,
            None => ObjectReader::start(self.stored(), answers)?,
        };
        Ok(reader.insert(started))
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
        let quick = self
            .libgit2
            .as_ref()
            .filter(|_| !configured_by_variable())
            .and_then(|repository| libgit2::config(repository, key));
        match quick {
            Some(value) => Ok(Some(value)),
            None => Ok(self.config_values(key)?.pop()),
        }
    }

    /// Like [`Repository::config`], without starting git where libgit2 reads the same: it knows
    /// nothing of settings that stand in environment variables themselves (`git -c`).
    ///
    /// # Errors
    /// When git does not answer.
    pub fn config_in_process(&self, key: &str) -> Result<Option<String>, GitError> {
        match self.libgit2.as_ref().filter(|_| !configured_by_variable()) {
            Some(repository) => Ok(libgit2::config(repository, key)),
            None => self.config(key),
        }
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
        if self.attribute_files().is_some()
            && let Some(repository) = &self.libgit2
            && let Some(found) = libgit2::sealed_entries(repository, has_our_filter)
        {
            return Ok(found);
        }
        self.index_entries(&[b":(top,attr:filter=seal)"])
    }

    /// The files of the index whose names a question answers with yes.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn entries_named(&self, is: impl Fn(&[u8]) -> bool) -> Result<Vec<Entry>, GitError> {
        let is = |path: &[u8]| is(paths::file_name(path));
        let found = self.libgit2.as_ref();
        if let Some(entries) = found.and_then(|r| libgit2::index_entries(r, is)) {
            return Ok(entries);
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
        let mut command = self.git();
        command.args(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]);
        Ok(command::run(&mut command, None)?.status.success())
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

    /// A path given by a person, relative to the current directory, as a repository path.
    ///
    /// # Errors
    /// When it lies outside the work tree, or there is none.
    pub fn relative(&self, path: &Path) -> Result<Vec<u8>, GitError> {
        let outside = || GitError::Outside(path.to_owned());
        let here = std::env::current_dir().map_err(|error| GitError::File(".".into(), error))?;
        let absolute = paths::normalise(&here.join(path));
        let top = self.work_tree().ok_or_else(outside)?;
        let below = absolute
            .strip_prefix(top)
            .map(Path::to_owned)
            .or_else(|_| {
                // The work tree may be reached through a link: compare what both really are.
                let parent = absolute.parent().unwrap_or(&absolute).canonicalize();
                let real = parent
                    .map_err(|_| outside())?
                    .join(absolute.file_name().unwrap_or_default());
                let top = top.canonicalize().map_err(|_| outside())?;
                real.strip_prefix(top)
                    .map(Path::to_owned)
                    .map_err(|_| outside())
            })?;
        Ok(paths::to_bytes(below.as_os_str()).into_owned())
    }
}

/// Whether the environment may give git attributes that libgit2 does not see: another source of
/// attributes, or configuration that names another attributes file.
fn attributes_come_from_elsewhere() -> bool {
    let mentions =
        |text: &[u8]| memchr::memmem::find(&text.to_ascii_lowercase(), b"attributes").is_some();
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

/// Whether configuration comes by environment variables, which libgit2 does not read.
fn configured_by_variable() -> bool {
    std::env::vars_os().any(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_CONFIG"))
}
