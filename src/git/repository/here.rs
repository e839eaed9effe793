//! Paths that people give and read: relative to where they stand.

use std::path::Path;

use super::Repository;
use crate::core::here::Here;
use crate::git::{GitError, paths};

impl Repository {
    /// Where the person stands. Git runs hooks, filters and aliases at the top of the work tree, and
    /// says in `GIT_PREFIX` where it was started (git-config, "alias.*"; setup.c).
    #[must_use]
    pub fn here(&self) -> Here {
        let below = self.relative(Path::new(".")).unwrap_or_default();
        if !below.is_empty() {
            return Here::at(&below);
        }
        let started = std::env::var_os("GIT_PREFIX").unwrap_or_default();
        // A variable that another repository's git left behind names no directory of this one.
        let is_here = |top: &Path| top.join(&started).is_dir();
        if self.work_tree().is_some_and(is_here) {
            Here::at(&paths::to_bytes(&started))
        } else {
            Here::default()
        }
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
