//! The first reader: libgit2, in this process. Answers `None` where it cannot, and the second
//! reader is asked.

use git2::{AttrCheckFlags, AttrValue};

use super::attributes::{Attribute, AttributesFrom};
use super::objects::ObjectFormat;
use super::paths;
use super::repository::Layout;

/// What libgit2 says of where the repository is.
pub fn layout(repository: &git2::Repository) -> Layout {
    Layout {
        git_dir: paths::normalise(repository.path()),
        common_dir: paths::normalise(repository.commondir()),
        work_tree: repository.workdir().map(paths::normalise),
        object_format: ObjectFormat::Sha1,
    }
}

/// The attributes of one path.
pub fn attributes(
    repository: &git2::Repository,
    from: &AttributesFrom,
    path: &[u8],
    names: &[&str],
) -> Option<Vec<Attribute>> {
    let flags = match from {
        AttributesFrom::WorkTree => AttrCheckFlags::FILE_THEN_INDEX,
        AttributesFrom::Index => AttrCheckFlags::INDEX_ONLY,
        AttributesFrom::Tree(_) => return None,
    };
    let path = paths::to_os(path);
    names
        .iter()
        .map(|name| {
            let value = repository.get_attr_bytes(&path, name, flags).ok()?;
            Some(match AttrValue::from_bytes(value) {
                AttrValue::Unspecified => Attribute::Unspecified,
                AttrValue::True => Attribute::Set,
                AttrValue::False => Attribute::Unset,
                AttrValue::String(text) => Attribute::Value(text.to_owned()),
                AttrValue::Bytes(bytes) => {
                    Attribute::Value(String::from_utf8_lossy(bytes).into_owned())
                }
            })
        })
        .collect()
}

/// The blob at `:path` in the index; outer `None` where libgit2 cannot read the index.
pub fn index_blob(repository: &git2::Repository, path: &[u8]) -> Option<Option<Vec<u8>>> {
    let index = repository.index().ok()?;
    let Some(entry) = index.get_path(&paths::to_os(path), 0) else {
        return Some(None);
    };
    Some(Some(
        repository.find_blob(entry.id).ok()?.content().to_vec(),
    ))
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

/// A blob by its id.
pub fn blob(repository: &git2::Repository, id: &str) -> Option<Vec<u8>> {
    let id = git2::Oid::from_str(id).ok()?;
    Some(repository.find_blob(id).ok()?.content().to_vec())
}

/// The value of a configuration key; `None` where it is not set or cannot be read.
pub fn config(repository: &git2::Repository, key: &str) -> Option<String> {
    repository.config().ok()?.get_string(key).ok()
}
