//! Where the private copy lies while it is edited.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::git::Repository;
use crate::keys::store::local_directory;

use super::{DotenvFile, Place};

/// A directory's name is this and the number of the process that made it.
const PREFIX: &str = "git-seal-edit-";

/// A private directory for the copy and whatever the editor puts beside it: in memory where there
/// is such a place, else in the clone's own directory, else beside the file. What a killed process
/// left there goes.
///
/// # Errors
/// When there is nowhere to make one.
pub fn desk(place: &mut Place, file: &DotenvFile) -> Result<tempfile::TempDir, Failure> {
    let mut candidates = in_memory();
    if let Some(vault) = place.vault_mut() {
        let local = local_directory(vault.repository());
        let _ = std::fs::create_dir_all(&local);
        candidates.push(local);
    }
    let absolute = std::path::absolute(&file.path)?;
    candidates.extend(absolute.parent().map(Path::to_owned));
    for directory in &candidates {
        sweep_directory(directory);
    }
    let prefix = format!("{PREFIX}{}-", std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    // What an editor puts beside the copy may be readable for everybody.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let mut made = candidates
        .iter()
        .map(|directory| builder.tempdir_in(directory));
    made.find_map(Result::ok)
        .ok_or_else(|| Failure::usage("there is no directory for a private copy"))
}

/// Removes what this user's killed processes left in memory and in the clone's own directory. Gives how many
/// there were.
pub fn sweep(repository: &Repository) -> usize {
    let mut places = in_memory();
    places.push(local_directory(repository));
    places.iter().map(|place| sweep_directory(place)).sum()
}

/// The places in memory where files may be.
fn in_memory() -> Vec<PathBuf> {
    let ram = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let places = [Some(PathBuf::from("/dev/shm")), ram].into_iter().flatten();
    places.filter(|directory| is_in_memory(directory)).collect()
}

/// Removes what processes of this user left that are no more: killed, they could not.
#[cfg(unix)]
fn sweep_directory(directory: &Path) -> usize {
    use rustix::process::{Pid, geteuid, test_kill_process};
    use std::os::unix::fs::MetadataExt as _;

    let mut swept = 0;
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        let maker = maker.and_then(|number| Pid::from_raw(number.parse().ok()?));
        let is_gone =
            maker.is_some_and(|pid| test_kill_process(pid) == Err(rustix::io::Errno::SRCH));
        // Not through a link, and nothing of another user's.
        let is_ours = || {
            entry
                .metadata()
                .is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw())
        };
        if is_gone && is_ours() {
            // The next one tries again.
            swept += usize::from(std::fs::remove_dir_all(entry.path()).is_ok());
        }
    }
    swept
}

#[cfg(not(unix))]
fn sweep_directory(_: &Path) -> usize {
    0
}

#[cfg(target_os = "linux")]
fn is_in_memory(directory: &Path) -> bool {
    // statfs(2)
    const TMPFS: i64 = 0x0102_1994;
    const RAMFS: i64 = 0x8584_58f6;
    rustix::fs::statfs(directory).is_ok_and(|found| [TMPFS, RAMFS].contains(&found.f_type))
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}

/// Writes a file that is not there yet, for its owner alone.
///
/// # Errors
/// When it is there, or cannot be written.
pub fn write_private(path: &Path, text: &[u8]) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text)?;
    Ok(())
}
