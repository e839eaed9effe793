//! What can be wrong with the clone's own files.

use std::path::{Path, PathBuf};

use super::Complaint;
use crate::core::printable::printable;
use crate::failure::Failure;
use crate::keys::store;
use crate::vault::Vault;

/// Folders that programs copy to other machines.
const SYNCHRONISED: [&str; 8] = [
    "Dropbox",
    "OneDrive",
    "Google Drive",
    "GoogleDrive",
    "iCloud Drive",
    "Mobile Documents",
    "Nextcloud",
    "Syncthing",
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

pub(super) fn complaints(vault: &Vault) -> Result<Vec<Complaint>, Failure> {
    let directory = store::local_directory(vault.repository());
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let mut complaints = Vec::new();
    let loose = readable_by_others(&directory)?;
    if let Some(first) = loose.first() {
        let what = format!(
            "{} can be read by others ({} files or directories)",
            printable(first.as_os_str().as_encoded_bytes()),
            loose.len()
        );
        complaints.push(
            Complaint::new("store-permissions", what, "chmod -R go= on that directory").with_fix(
                move |_| {
                    loose
                        .iter()
                        .try_for_each(|path| tighten(path))
                        .map_err(Failure::from)
                },
            ),
        );
    }
    if let Some(where_) = shared_place(&directory) {
        complaints.push(Complaint::new(
            "store-shared",
            format!("this clone, and its keys with it, lies on {where_}"),
            "move the clone to a local disk, or keep keys out of it: git config seal.store never",
        ));
    }
    Ok(complaints)
}

#[cfg(unix)]
fn readable_by_others(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
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
fn readable_by_others(_: &Path) -> Result<Vec<PathBuf>, Failure> {
    Ok(Vec::new())
}

#[cfg(unix)]
fn tighten(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o700;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn tighten(_: &Path) -> std::io::Result<()> {
    Ok(())
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
    let kind = rustix::fs::statfs(path).ok()?.f_type;
    let (_, name) = SHARED_FILE_SYSTEMS
        .iter()
        .find(|(known, _)| *known == kind)?;
    Some(format!("a file system that other machines share ({name})"))
}

#[cfg(not(target_os = "linux"))]
fn shared_file_system(_: &Path) -> Option<String> {
    None
}
