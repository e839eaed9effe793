//! Where the parts of a repository are.

use std::path::PathBuf;

use super::objects::ObjectFormat;

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
