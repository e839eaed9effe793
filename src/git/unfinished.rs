//! A file that nobody sees before it is whole. On Linux it has no name until then, so that even a
//! process that is killed leaves nothing of it; elsewhere it has a temporary one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// What a temporary name begins with.
const PREFIX: &str = ".git-seal-";

/// The file, readable by its owner alone.
pub enum Unfinished {
    #[cfg(target_os = "linux")]
    /// Without a name; the directory it is made in.
    Nameless(File, PathBuf),
    /// With a temporary name.
    Named(NamedTempFile),
}

impl Unfinished {
    /// A file that will stand in a directory.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new_in(directory: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = nameless::open(directory) {
            return Ok(Self::Nameless(file, directory.to_owned()));
        }
        // Temporary files are made with mode 0600.
        let named = Builder::new().prefix(PREFIX).tempfile_in(directory)?;
        Ok(Self::Named(named))
    }

    /// The file, to write to.
    pub fn as_file(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(file, _) => file,
            Self::Named(file) => file.as_file_mut(),
        }
    }

    /// Gives it its name in its directory, in place of what has it where `replaces` says so.
    ///
    /// # Errors
    /// `AlreadyExists` where something has the name and must not be replaced.
    pub fn keep(self, path: &Path, replaces: bool) -> io::Result<()> {
        let named = match self {
            Self::Named(named) => named,
            #[cfg(target_os = "linux")]
            Self::Nameless(mut file, directory) => match nameless::link(&file, path) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if !replaces {
                        return Err(error);
                    }
                    let link = |name: &Path| nameless::link(&file, name);
                    let linked = Builder::new().prefix(PREFIX).make_in(directory, link)?;
                    return Ok(linked.persist(path).map(drop)?);
                }
                // Some file systems make such a file, and cannot name it later.
                Err(_) => copy(&mut file, &directory)?,
            },
        };
        let kept = if replaces {
            named.persist(path)
        } else {
            named.persist_noclobber(path)
        };
        Ok(kept.map(drop)?)
    }
}

/// The same content and mode under a temporary name.
#[cfg(target_os = "linux")]
fn copy(file: &mut File, directory: &Path) -> io::Result<NamedTempFile> {
    use std::io::Seek as _;
    let mut named = Builder::new().prefix(PREFIX).tempfile_in(directory)?;
    file.rewind()?;
    io::copy(file, &mut named)?;
    named
        .as_file()
        .set_permissions(file.metadata()?.permissions())?;
    named.as_file().sync_all()?;
    Ok(named)
}

/// Removes what killed processes left in a directory: where files cannot be nameless, or in the
/// moment between name and place. Only for who knows that no other is at work there.
pub fn sweep(directory: &Path) {
    let Ok(listing) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in listing.flatten() {
        let name = entry.file_name();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            // What cannot be removed does no harm but to be seen.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(target_os = "linux")]
mod nameless {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd as _;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open as open_file};

    /// `None` where the file system or the system cannot do it (open(2), `O_TMPFILE`).
    pub fn open(directory: &Path) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = File::from(open_file(directory, flags, Mode::RUSR | Mode::WUSR).ok()?);
        // Without proc(5) it could get no name.
        Path::new(&path(&file)).exists().then_some(file)
    }

    pub fn link(file: &File, name: &Path) -> io::Result<()> {
        Ok(linkat(CWD, path(file), CWD, name, AtFlags::SYMLINK_FOLLOW)?)
    }

    fn path(file: &File) -> String {
        format!("/proc/self/fd/{}", file.as_raw_fd())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_that_cannot_be_named_later_is_copied() {
        let directory = tempfile::tempdir().expect("a directory");
        let Unfinished::Nameless(mut file, place) =
            Unfinished::new_in(directory.path()).expect("made")
        else {
            return;
        };
        file.write_all(b"content").expect("written");
        file.set_permissions(std::fs::Permissions::from_mode(0o640))
            .expect("set");
        let path = directory.path().join("name");
        copy(&mut file, &place)
            .expect("copied")
            .persist(&path)
            .expect("kept");
        assert_eq!(std::fs::read(&path).expect("read"), b"content");
        let mode = path.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
