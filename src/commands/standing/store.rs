//! What can be wrong with the clone's own files.

use std::path::{Path, PathBuf};

use crate::core::printable::{argument, printable};
use crate::core::standing::{Problem, Remedy};
use crate::failure::Failure;
use crate::keys::store;
use crate::vault::Vault;

/// Folders that programs copy to other machines.
const SYNCHRONISED: [&str; 14] = [
    "Dropbox",
    "OneDrive",
    "Google Drive",
    "GoogleDrive",
    "iCloud Drive",
    "Mobile Documents",
    "Nextcloud",
    "Syncthing",
    "CloudStorage",
    "Box Sync",
    "Seafile",
    "ownCloud",
    "MEGA",
    "pCloudDrive",
];
/// File systems that other machines share (statfs(2)).
#[cfg(target_os = "linux")]
const SHARED_FILE_SYSTEMS: [(i64, &str); 5] = [
    (0x6969, "NFS"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x517B, "SMB"),
    (0x0102_1997, "9P"),
];

pub(super) fn problems(vault: &Vault) -> Result<Vec<Problem>, Failure> {
    let directory = store::local_directory(vault.repository());
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let mut problems = Vec::new();
    let loose = open_to_others(&directory)?;
    if let Some(first) = loose.first() {
        let more = match loose.len() - 1 {
            0 => String::new(),
            more => format!(", and at {more} more"),
        };
        let first = printable(first.as_os_str().as_encoded_bytes());
        let what = format!("other users can get at {first}{more}");
        let advice = format!(
            "chmod -R go= {}",
            argument(directory.as_os_str().as_encoded_bytes())
        );
        let problem = Problem::new("store-permissions", what, advice);
        problems.push(problem.mended_by(Remedy::Tighten(loose)));
    }
    if store::holds_keys(vault.repository())?
        && let Some(place) = shared_place(&directory)
    {
        problems.push(Problem::new(
            "store-shared",
            format!("the keys of this clone lie on {place}"),
            "move the clone to a local disk, or keep keys out of it: git seal lock && git config seal.store never",
        ));
    }
    Ok(problems)
}

#[cfg(unix)]
fn open_to_others(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut loose = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(path) = open.pop() {
        let metadata = std::fs::symlink_metadata(&path)?;
        if metadata.permissions().mode() & 0o077 != 0 && !metadata.is_symlink() {
            loose.push(path.clone());
        }
        if metadata.is_dir() {
            for entry in std::fs::read_dir(&path)? {
                open.push(entry?.path());
            }
        }
    }
    loose.sort();
    Ok(loose)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Result<Vec<PathBuf>, Failure> {
    Ok(Vec::new())
}

fn shared_place(directory: &Path) -> Option<String> {
    let real = directory.canonicalize().ok()?;
    let folder = real.components().find_map(|part| {
        let name = part.as_os_str().to_str()?;
        SYNCHRONISED
            .iter()
            .find(|known| name == **known || name.starts_with(&format!("{known} ")))
    });
    if let Some(folder) = folder {
        return Some(format!("a synchronised folder ({folder})"));
    }
    shared_file_system(&real)
}

#[cfg(target_os = "linux")]
fn shared_file_system(path: &Path) -> Option<String> {
    shared_kind(rustix::fs::statfs(path).ok()?.f_type)
}

#[cfg(target_os = "linux")]
fn shared_kind(kind: i64) -> Option<String> {
    let mut known = SHARED_FILE_SYSTEMS.iter();
    let (_, name) = known.find(|(known, _)| *known == kind)?;
    Some(format!("a file system that other machines share ({name})"))
}

#[cfg(not(target_os = "linux"))]
fn shared_file_system(_: &Path) -> Option<String> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn file_systems_of_a_network_are_told_from_those_of_a_disk() {
        let nfs = "a file system that other machines share (NFS)";
        assert_eq!(shared_kind(0x6969).as_deref(), Some(nfs));
        // ext4, tmpfs, overlayfs, btrfs.
        for local in [0xEF53, 0x0102_1994, 0x794C_7630, 0x9123_683E] {
            assert_eq!(shared_kind(local), None, "{local:x}");
        }
    }
}
