//! The attributes file of the whole machine.

use std::ffi::OsStr;
use std::path::Path;

/// Whether some git on this search path may read a file of attributes for the whole machine. It is
/// `etc/gitattributes` below the prefix that git was built with, `/etc/gitattributes` where that is
/// `/usr`; `git var GIT_ATTR_SYSTEM` (git 2.42) tells, at the price of a process.
pub fn may_have_attributes(search_path: &OsStr) -> bool {
    let is_there = |above: &Path| above.join("etc/gitattributes").exists();
    let directories = std::env::split_paths(search_path);
    let gits = directories.map(|directory| directory.join("git"));
    is_there(Path::new("/"))
        || gits.filter(|git| git.exists()).any(|git| {
            let real = git.canonicalize().unwrap_or_default();
            git.ancestors().skip(1).any(is_there) || real.ancestors().skip(1).any(is_there)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_below_the_prefix_of_some_git() {
        let directory = tempfile::tempdir().expect("a directory");
        let top = directory.path();
        let programs = top.join("opt/git/libexec/git-core");
        let elsewhere = top.join("bin");
        std::fs::create_dir_all(&programs).expect("directories");
        std::fs::create_dir_all(&elsewhere).expect("directories");
        std::fs::create_dir_all(top.join("opt/git/etc")).expect("directories");
        let file = top.join("opt/git/etc/gitattributes");
        let answers = || [&programs, &elsewhere].map(|path| may_have_attributes(path.as_os_str()));
        if Path::new("/etc/gitattributes").exists() {
            return;
        }
        std::fs::write(&file, "").expect("a file");
        assert_eq!(answers(), [false, false]);
        std::fs::write(programs.join("git"), "").expect("a file");
        assert_eq!(answers(), [true, false]);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(programs.join("git"), elsewhere.join("git"))
                .expect("a link");
            assert_eq!(answers(), [true, true]);
        }
        std::fs::remove_file(&file).expect("a file");
        assert_eq!(answers(), [false, false]);
    }
}
