//! Paths as git has them: bytes with `/` between parts, relative to the top of the work tree.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The operating system's form of a repository path.
#[must_use]
pub fn to_os(path: &[u8]) -> Cow<'_, Path> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Cow::Borrowed(Path::new(OsStr::from_bytes(path)))
    }
    #[cfg(not(unix))]
    Cow::Owned(PathBuf::from(String::from_utf8_lossy(path).into_owned()))
}

/// Text from git (a line of output, an argument) as an operating system string.
#[must_use]
pub fn os_string(bytes: Vec<u8>) -> OsString {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        OsString::from_vec(bytes)
    }
    #[cfg(not(unix))]
    OsString::from(String::from_utf8_lossy(&bytes).into_owned())
}

/// The bytes of an operating system string, with `/` between parts of a path.
#[must_use]
pub fn to_bytes(text: &OsStr) -> Cow<'_, [u8]> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Cow::Borrowed(text.as_bytes())
    }
    #[cfg(not(unix))]
    Cow::Owned(text.to_string_lossy().replace('\\', "/").into_bytes())
}

/// The last part of a repository path.
#[must_use]
pub fn file_name(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..])
}

/// A path with `.` and `..` resolved by its text alone; links are not followed.
#[must_use]
pub fn normalise(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_keep_every_byte() {
        let path = b"a b/\xff\n\"x";
        assert_eq!(&*to_bytes(to_os(path).as_os_str()), path);
        assert_eq!(file_name(b"a/b/.env"), b".env");
        assert_eq!(normalise(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }
}
