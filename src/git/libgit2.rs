//! The first reader: libgit2, in this process. Answers `None` where it cannot, and the second
//! reader is asked.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::attributes::files::{AttributeFiles, Sources};
use super::attributes::machine;
use super::command::GitError;
use super::index::Entry;
use super::index::file::{IndexFile, Staged};
use super::layout::Layout;
use super::objects::{ObjectFormat, ObjectId};
use super::paths;
use super::sealed::Names;
use crate::core::gitattributes::is_attributes_file;

/// Whether git would see the same work tree. With `GIT_DIR` and without `GIT_WORK_TREE` git takes the
/// current directory, libgit2 the parent of the git directory (measured with libgit2 1.9; git sets
/// `GIT_DIR` for filters where `.git` is a file). `GIT_WORK_TREE` gives a bare repository a work tree,
/// as people keep who have their home directory in one; libgit2 goes by `core.bare`.
pub fn agrees_on_the_work_tree(repository: &git2::Repository) -> bool {
    let is_set = |name| std::env::var_os(name).is_some();
    if repository.is_bare() {
        return !is_set("GIT_WORK_TREE");
    }
    if !is_set("GIT_DIR") || is_set("GIT_WORK_TREE") {
        return true;
    }
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let top = repository.workdir().and_then(|top| top.canonicalize().ok());
    here.ok() == top
}

/// What libgit2 says of where the repository is.
pub fn layout(repository: &git2::Repository) -> Layout {
    Layout {
        git_dir: paths::normalise(repository.path()),
        common_dir: paths::normalise(repository.commondir()),
        work_tree: repository.workdir().map(paths::normalise),
        object_format: ObjectFormat::Sha1,
    }
}

/// The index that git would use here; `None` where git itself has to read it.
pub fn index(repository: &git2::Repository) -> Option<IndexFile> {
    let named = std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from);
    // Git goes to the top before it reads it.
    let top = repository.workdir().unwrap_or(Path::new(""));
    let file = named.map_or_else(|| repository.path().join("index"), |named| top.join(named));
    IndexFile::read(&file)
}

/// The blob at `:path` in the index; outer `None` where libgit2 cannot read it.
pub fn index_blob(
    repository: &git2::Repository,
    index: &IndexFile,
    path: &[u8],
) -> Option<Option<Vec<u8>>> {
    let Some(staged) = index.get(path) else {
        return Some(None);
    };
    Some(Some(staged_content(repository, staged)?))
}

fn staged_content(repository: &git2::Repository, staged: Staged<'_>) -> Option<Vec<u8>> {
    let id = git2::Oid::from_bytes(&staged.id()).ok()?;
    Some(repository.find_blob(id).ok()?.content().to_vec())
}

/// The blob at `path` in the tree of `revision`; outer `None` where libgit2 cannot tell.
pub fn revision_blob(
    repository: &git2::Repository,
    revision: &str,
    path: &[u8],
) -> Option<Option<Vec<u8>>> {
    let Ok(object) = repository.revparse_single(revision) else {
        return None;
    };
    let tree = object.peel_to_tree().ok()?;
    match tree.get_path(&paths::to_os(path)) {
        Ok(entry) => Some(Some(
            repository.find_blob(entry.id()).ok()?.content().to_vec(),
        )),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Some(None),
        Err(_) => None,
    }
}

/// The tree of `HEAD` or of a commit with this id; `None` for any other revision: which object a
/// name means is git's to say.
pub fn tree_of(repository: &git2::Repository, revision: &str) -> Option<git2::Oid> {
    let is_id = revision.parse::<ObjectId>().is_ok();
    let commit = if revision == "HEAD" {
        repository.head().ok()?.peel_to_commit().ok()?
    } else if is_id {
        repository
            .find_commit(git2::Oid::from_str(revision).ok()?)
            .ok()?
    } else {
        return None;
    };
    Some(commit.tree_id())
}

/// A blob by its id.
pub fn blob(repository: &git2::Repository, id: &str) -> Option<Vec<u8>> {
    let id = git2::Oid::from_str(id).ok()?;
    Some(repository.find_blob(id).ok()?.content().to_vec())
}

/// The value of a configuration key. `None` proves nothing: libgit2 knows neither git's own system
/// directory nor the variables `GIT_CONFIG_…`.
pub fn config(repository: &git2::Repository, key: &str) -> Option<String> {
    let config = repository.config().ok()?;
    let entry = config.get_entry(key).ok()?;
    entry.value().ok().map(str::to_owned)
}

/// Whether `HEAD` names a commit; `None` where libgit2 cannot tell.
pub fn has_commits(repository: &git2::Repository) -> Option<bool> {
    match repository.head() {
        Ok(head) => Some(head.peel_to_commit().is_ok()),
        Err(error) if error.code() == git2::ErrorCode::UnbornBranch => Some(false),
        Err(_) => None,
    }
}

/// The entries of the index with our filter, as `has_our_filter` says of those that may have it; `None`
/// where libgit2 cannot tell.
pub fn sealed_entries(
    repository: &git2::Repository,
    index: &IndexFile,
    has_our_filter: impl Fn(&[u8]) -> Result<bool, GitError>,
) -> Option<Vec<Entry>> {
    let mut candidates = Names::default();
    for entry in index.iter().filter(|entry| is_attributes_file(entry.path)) {
        candidates.add(&staged_content(repository, entry)?);
        // The work tree's wins over the staged one, where it is there.
        if let Some(top) = repository.workdir()
            && let Ok(text) = std::fs::read(top.join(paths::to_os(entry.path)))
        {
            candidates.add(&text);
        }
    }
    let top = repository.workdir()?;
    let untracked = [
        top.join(".gitattributes"),
        repository.commondir().join("info/attributes"),
    ];
    for file in untracked {
        candidates.add(&std::fs::read(file).unwrap_or_default());
    }
    if let Some(file) = personal_attribute_files(repository)? {
        candidates.add(&std::fs::read(file).unwrap_or_default());
    }
    if candidates.have_quotes() {
        return None;
    }
    let mut sealed = Vec::new();
    for entry in index.iter().filter(|entry| candidates.may_have(entry.path)) {
        if has_our_filter(entry.path).ok()? {
            sealed.push(entry.to_entry()?);
        }
    }
    Some(sealed)
}

/// The user's attributes file; `None` where it cannot be told which it is, or where the machine may
/// have one too: which one git reads was decided when it was built.
fn personal_attribute_files(repository: &git2::Repository) -> Option<Option<PathBuf>> {
    if machine::may_have_attributes(&std::env::var_os("PATH").unwrap_or_default()) {
        return None;
    }
    // Git includes files by what is configured elsewhere; libgit2 does not.
    let configured = repository.config().ok()?;
    let mut included = configured.entries(Some("^includeif\\.hasconfig:")).ok()?;
    if included.next().is_some() {
        return None;
    }
    let directory = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = directory("HOME").map(PathBuf::from);
    Some(match config(repository, "core.attributesFile") {
        Some(named) => match named.strip_prefix("~/") {
            Some(rest) => Some(home?.join(rest)),
            None => Some(PathBuf::from(named).canonicalize().ok()?),
        },
        None => directory("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(home?.join(".config")))
            .map(|directory| directory.join("git/attributes")),
    })
}

/// The attributes files of the work tree with this top, or the staged ones, to be read without libgit2,
/// which looks at every directory anew for each name; `None` where it cannot be told which they are.
pub fn attribute_files(
    repository: &git2::Repository,
    top: Option<PathBuf>,
) -> Option<AttributeFiles> {
    let config = repository.config().ok()?;
    Some(AttributeFiles::new(Sources {
        personal: personal_attribute_files(repository)?,
        info: repository.commondir().join("info/attributes"),
        top,
        ignore_case: config.get_bool("core.ignoreCase").unwrap_or(false),
    }))
}

/// Fewer blobs are written before a thread has opened the repository.
const WORTH_THREADS: usize = 64;

/// Writes blobs as loose objects, in their order.
pub fn write_blobs(
    repository: &git2::Repository,
    contents: &[&[u8]],
) -> Result<Vec<ObjectId>, GitError> {
    if contents.len() < WORTH_THREADS {
        return write_with(repository, contents);
    }
    // Hashing and deflating is most of it. Threads can't share a handle: each opens its own.
    let share = contents.len().div_ceil(rayon::current_num_threads());
    let parts: Result<Vec<Vec<ObjectId>>, GitError> = contents
        .par_chunks(share)
        .map(|part| {
            let own = git2::Repository::open_from_env();
            write_with(&own.map_err(not_written)?, part)
        })
        .collect();
    Ok(parts?.concat())
}

fn write_with(
    repository: &git2::Repository,
    contents: &[&[u8]],
) -> Result<Vec<ObjectId>, GitError> {
    let odb = repository.odb().map_err(not_written)?;
    contents
        .iter()
        .map(|content| {
            let id = odb
                .write(git2::ObjectType::Blob, content)
                .map_err(not_written)?;
            id.to_string()
                .parse()
                .map_err(|()| GitError::Nonsense("object database"))
        })
        .collect()
}

#[allow(clippy::needless_pass_by_value)]
fn not_written(error: git2::Error) -> GitError {
    GitError::Failed("object database".to_owned(), error.message().to_owned())
}

/// The length of a blob.
pub fn blob_size(repository: &git2::Repository, id: &str) -> Option<usize> {
    let id = git2::Oid::from_str(id).ok()?;
    let (size, kind) = repository.odb().ok()?.read_header(id).ok()?;
    (kind == git2::ObjectType::Blob).then_some(size)
}
