//! What the index remembers of the files on disk, brought up to date without reading the files: as
//! git itself does for files that it has just written (gitformat-index).
//!
//! Only these fields are written; flags, extensions and order stay byte for byte. An index in a form
//! that is not known here is left alone.

use std::collections::HashMap;

use super::format::{STAT_BYTES, each_entry};
use crate::core::hex;
use crate::git::objects::{ObjectFormat, ObjectId};

/// How git tells whether a file has changed (`struct stat_data`); every field is cut to 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileStat {
    /// Seconds and nanoseconds of the last change of the inode.
    pub changed: (u32, u32),
    /// Seconds and nanoseconds of the last change of the content.
    pub modified: (u32, u32),
    /// Device and inode.
    pub place: (u32, u32),
    /// User and group.
    pub owner: (u32, u32),
    /// Length in bytes.
    pub length: u32,
}

impl FileStat {
    /// Of a file's metadata.
    #[cfg(unix)]
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // As git cuts them.
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self {
            changed: (metadata.ctime() as u32, metadata.ctime_nsec() as u32),
            modified: (metadata.mtime() as u32, metadata.mtime_nsec() as u32),
            place: (metadata.dev() as u32, metadata.ino() as u32),
            owner: (metadata.uid(), metadata.gid()),
            length: cut_length(metadata.size()),
        }
    }

    /// Elsewhere git knows files by what the standard library does not tell.
    #[cfg(not(unix))]
    #[must_use]
    pub fn of(_: &std::fs::Metadata) -> Self {
        Self::default()
    }
}

/// Zero would tell git to look at the file, so a length that ends in 32 zero bits becomes 2³¹
/// (`munge_st_size` of git's `statinfo.c`).
#[cfg(unix)]
#[allow(clippy::cast_possible_truncation)]
fn cut_length(length: u64) -> u32 {
    match length as u32 {
        0 if length > 0 => 1 << 31,
        cut => cut,
    }
}

/// What is known, by path.
pub type Stats<'a> = HashMap<&'a [u8], (&'a ObjectId, FileStat)>;

/// Writes what is known of files into an index, and its checksum anew; answers how many of them the
/// index holds. `stats` has, for each path, the blob that must be staged there, and what is known.
///
/// `None`, and nothing is changed, where the index is of no form known here, or damaged.
#[must_use]
pub fn write(index: &mut [u8], format: ObjectFormat, stats: &Stats<'_>) -> Option<usize> {
    let (content, checksum) =
        index.split_at_mut_checked(index.len().checked_sub(format.bytes())?)?;
    // Zeros stand where git was told to skip the checksum (`index.skipHash`).
    let is_summed = checksum.iter().any(|byte| *byte != 0);
    if is_summed && format.digest(&[content]) != *checksum {
        return None;
    }
    let places = find(content, format, stats)?;
    for (at, stat) in &places {
        let fields = content.get_mut(*at..at + STAT_BYTES)?;
        put(fields, stat);
    }
    if is_summed {
        checksum.copy_from_slice(&format.digest(&[content]));
    }
    Some(places.len())
}

fn put(fields: &mut [u8], stat: &FileStat) {
    let before = [
        stat.changed.0,
        stat.changed.1,
        stat.modified.0,
        stat.modified.1,
        stat.place.0,
        stat.place.1,
    ];
    let after = [stat.owner.0, stat.owner.1, stat.length];
    let words = before.map(Some).into_iter().chain([None]); // The mode stays.
    let words = words.chain(after.map(Some));
    for (field, word) in fields.chunks_exact_mut(4).zip(words) {
        if let Some(word) = word {
            field.copy_from_slice(&word.to_be_bytes());
        }
    }
}

/// Where the entries start whose stats are known.
fn find(content: &[u8], format: ObjectFormat, stats: &Stats<'_>) -> Option<Vec<(usize, FileStat)>> {
    let mut places = Vec::new();
    each_entry(content, format, |entry, path| {
        if entry.stage() == 0
            && let Some((expected, stat)) = stats.get(path)
            && hex::encode(entry.id) == expected.as_str()
        {
            places.push((entry.at, *stat));
        }
    })?;
    Some(places)
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write as _;
    use std::path::Path;

    use super::*;
    use crate::git::testing;

    fn git(top: &Path, words: &[&str]) -> String {
        String::from_utf8(testing::git(top, words, b"")).expect("text")
    }

    const NAMES: [&str; 5] = ["a", "dir/a", "dir/another-name", "dir/b", "z"];

    /// A repository whose files are other inodes than the index remembers, and what the index would
    /// have to remember.
    fn repository(words: &[&str], format: &str) -> (tempfile::TempDir, Vec<u8>) {
        let directory = tempfile::tempdir().expect("a directory");
        let top = directory.path();
        git(top, &["init", "--quiet", "--object-format", format]);
        std::fs::create_dir(top.join("dir")).expect("a directory");
        for name in NAMES {
            std::fs::write(top.join(name), name).expect("a file");
        }
        git(top, &["add", "."]);
        git(top, words);
        git(top, &["update-index", "--skip-worktree", "z"]);
        for name in NAMES {
            std::fs::remove_file(top.join(name)).expect("a file");
            let mut file = std::fs::File::create(top.join(name)).expect("a file");
            file.write_all(b"of another length").expect("a file");
            // Git reads a file anew that may have changed after the index was written.
            file.set_modified(std::time::UNIX_EPOCH).expect("a time");
        }
        let index = std::fs::read(top.join(".git/index")).expect("an index");
        (directory, index)
    }

    /// What is known, of files whose content is their own path.
    fn stats<'a>(top: &Path, ids: &'a [(&'a str, ObjectId)]) -> Stats<'a> {
        let known = ids.iter().map(|(name, id)| {
            let metadata = std::fs::symlink_metadata(top.join(name)).expect("a file");
            (name.as_bytes(), (id, FileStat::of(&metadata)))
        });
        known.collect()
    }

    fn ids<'a>(format: ObjectFormat, names: &[&'a str]) -> Vec<(&'a str, ObjectId)> {
        let id = |name: &&'a str| (*name, format.blob_id(name.as_bytes()));
        names.iter().map(id).collect()
    }

    #[test]
    fn git_takes_the_files_for_unchanged_and_finds_nothing_else_changed() {
        for (format, name) in [
            (ObjectFormat::Sha1, "sha1"),
            (ObjectFormat::Sha256, "sha256"),
        ] {
            for version in ["2", "3", "4"] {
                let words = ["update-index", "--index-version", version];
                let (directory, mut index) = repository(&words, name);
                let top = directory.path();
                let before = git(top, &["ls-files", "-s", "-t"]);
                let known = ids(format, &["a", "dir/another-name", "dir/b"]);
                assert_eq!(write(&mut index, format, &stats(top, &known)), Some(3));
                std::fs::write(top.join(".git/index"), index).expect("an index");
                git(top, &["fsck"]);
                assert_eq!(git(top, &["ls-files", "-s", "-t"]), before);
                // Not by content: that has another length than what is staged.
                assert_eq!(git(top, &["diff-files", "--name-only"]), "dir/a\n");
            }
        }
    }

    #[test]
    fn what_is_not_as_expected_stays() {
        let format = ObjectFormat::Sha1;
        let (directory, mut index) = repository(&["status"], "sha1");
        let before = index.clone();
        let other = format.blob_id(b"other");
        let others = NAMES.map(|name| (name, other.clone()));
        let known = stats(directory.path(), &others);
        assert_eq!(write(&mut index, format, &known), Some(0));
        assert_eq!(index, before);
        assert_eq!(write(&mut index, ObjectFormat::Sha256, &known), None);
        for at in 0..index.len() {
            assert_eq!(write(&mut index[..at], format, &known), None);
            let mut damaged = index.clone();
            damaged[at] ^= 1;
            assert_eq!(write(&mut damaged, format, &known), None);
        }
    }

    #[test]
    fn an_index_without_a_checksum_stays_without() {
        let (directory, mut index) = repository(&["status"], "sha1");
        let length = index.len();
        index[length - 20..].fill(0);
        let known = ids(ObjectFormat::Sha1, &["a"]);
        let known = stats(directory.path(), &known);
        assert_eq!(write(&mut index, ObjectFormat::Sha1, &known), Some(1));
        assert!(index.ends_with(&[0; 20]));
        // Cut, it still is read no further than it goes.
        for at in 0..length {
            let mut cut = index[..at].to_vec();
            cut.extend_from_slice(&[0; 20]);
            let _ = write(&mut cut, ObjectFormat::Sha1, &known);
        }
    }
}
