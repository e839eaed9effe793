//! Git's index file, read in this process.
//!
//! libgit2 hashes the whole file, checks every path and copies every entry: in a repository of 20,000 files that is
//! most of what a commit hook does. Git itself does not verify the hash when it reads.

use std::cmp::Ordering;
use std::io::ErrorKind;
use std::path::Path;

use super::Entry;
use super::format::{Extension, RawEntry, STAT_BYTES, each_entry};
use crate::core::hex;
use crate::git::objects::ObjectFormat;

/// The entries of an index of a repository with 20-byte ids, in git's order.
#[derive(Debug, Default)]
pub struct IndexFile {
    /// All paths, one behind the other.
    paths: Vec<u8>,
    records: Vec<Record>,
    /// What stands in the extension `TREE`.
    trees: Vec<u8>,
    /// Whether every entry is what a commit would hold.
    is_settled: bool,
}

#[derive(Debug)]
struct Record {
    /// Where its path ends among all paths.
    path_end: usize,
    mode: u32,
    id: [u8; ID_BYTES],
    stage: u8,
    skip_worktree: bool,
}

/// One entry where it stands.
#[derive(Clone, Copy)]
pub struct Staged<'a> {
    /// From the top of the work tree.
    pub path: &'a [u8],
    record: &'a Record,
}

const ID_BYTES: usize = 20;
/// What an entry takes at least.
const SHORTEST_BYTES: usize = STAT_BYTES + ID_BYTES + 4;

impl IndexFile {
    /// Reads a file; one that is not there is empty. `None` where git itself should be asked: damage, an
    /// unknown version, or parts without which the entries are not all of them (split and sparse index).
    #[must_use]
    pub fn read(file: &Path) -> Option<Self> {
        match std::fs::read(file) {
            Ok(bytes) => Self::parse(&bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Some(Self {
                is_settled: true,
                ..Self::default()
            }),
            Err(_) => None,
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.len().checked_sub(ID_BYTES)?;
        let mut index = Self {
            paths: Vec::with_capacity(bytes.len() / 2),
            records: Vec::with_capacity(bytes.len() / SHORTEST_BYTES),
            trees: Vec::new(),
            is_settled: true,
        };
        let mut is_whole = true;
        let rest = each_entry(&bytes[..end], ObjectFormat::Sha1, |entry, path| {
            is_whole &= index.push(entry, path).is_some();
        })?;
        let is_in_order = (1..index.records.len()).all(|at| {
            let (one, next) = (index.at(at - 1), index.at(at));
            one.order(next.path, next.stage()) == Ordering::Less
        });
        let extensions = rest.extensions()?;
        if let Some(trees) = extensions.iter().find(|one| one.name == b"TREE") {
            index.trees = trees.content.to_vec();
        }
        let is_complete = extensions.iter().all(Extension::is_optional);
        (is_whole && is_in_order && is_complete).then_some(index)
    }

    fn push(&mut self, entry: RawEntry<'_>, path: &[u8]) -> Option<()> {
        self.is_settled &= entry.stage() == 0 && !entry.intent_to_add();
        self.paths.extend_from_slice(path);
        self.records.push(Record {
            path_end: self.paths.len(),
            mode: entry.mode(),
            id: *entry.id.first_chunk()?,
            stage: entry.stage(),
            skip_worktree: entry.skip_worktree(),
        });
        Some(())
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether every entry is what a commit would hold: none is in a conflict, or only meant to be added.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// The trees that it remembers; see [`super::trees`].
    #[must_use]
    pub fn trees(&self) -> &[u8] {
        &self.trees
    }

    /// An entry by its number.
    #[must_use]
    pub fn at(&self, number: usize) -> Staged<'_> {
        let record = &self.records[number];
        let start = number.checked_sub(1);
        let start = start.map_or(0, |before| self.records[before].path_end);
        Staged {
            path: &self.paths[start..record.path_end],
            record,
        }
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = Staged<'_>> {
        (0..self.records.len()).map(|number| self.at(number))
    }

    /// The entry of a path outside of conflicts.
    #[must_use]
    pub fn get(&self, path: &[u8]) -> Option<Staged<'_>> {
        let (mut low, mut high) = (0, self.records.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let staged = self.at(middle);
            match staged.order(path, 0) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(staged),
            }
        }
        None
    }
}

impl Staged<'_> {
    /// The id of its blob.
    #[must_use]
    pub fn id(&self) -> [u8; ID_BYTES] {
        self.record.id
    }

    /// Git's mode.
    #[must_use]
    pub fn mode(&self) -> u32 {
        self.record.mode
    }

    fn stage(&self) -> u8 {
        self.record.stage
    }

    fn order(&self, path: &[u8], stage: u8) -> Ordering {
        self.path.cmp(path).then(self.stage().cmp(&stage))
    }

    /// The entry by itself.
    #[must_use]
    pub fn to_entry(self) -> Option<Entry> {
        Some(Entry {
            path: self.path.to_vec(),
            mode: self.record.mode,
            id: hex::encode(&self.record.id).parse().ok()?,
            stage: self.record.stage,
            skip_worktree: self.record.skip_worktree,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;
    use crate::git::index::parse_ls_files;
    use crate::git::testing;

    struct Repository(tempfile::TempDir);

    impl Repository {
        fn new() -> Self {
            let repository = Self(tempfile::tempdir().expect("a directory"));
            repository.git(&["init", "--quiet", "--object-format=sha1"], b"");
            repository
        }

        fn git(&self, words: &[&str], input: &[u8]) -> Vec<u8> {
            testing::git(self.0.path(), words, input)
        }

        /// Entries in the form that `update-index --index-info` reads.
        fn stage(&self, entries: &str) {
            self.git(&["update-index", "-z", "--index-info"], entries.as_bytes());
        }

        fn file(&self) -> PathBuf {
            self.0.path().join(".git/index")
        }

        fn is_read_as_git_does(&self) -> IndexFile {
            let listed = self.git(&["ls-files", "-s", "-t", "-z"], b"");
            let index = IndexFile::read(&self.file()).expect("a plain index");
            let ours: Option<Vec<Entry>> = index.iter().map(Staged::to_entry).collect();
            assert_eq!(ours, Some(parse_ls_files(&listed).expect("git's list")));
            index
        }
    }

    const ID: &str = "ce013625030ba8dba906f756967f9e9ca394464a";

    #[test]
    fn entries_are_those_that_git_lists_in_every_version() {
        let repository = Repository::new();
        let long = "d/".repeat(300);
        let entries = [
            format!("100644 {ID} 0\ta.b\0100755 {ID} 0\ta-b\0120000 {ID} 0\ta/b\0"),
            format!(
                "160000 {ID} 0\tsub\0100644 {ID} 0\t{long}x\0100644 {ID} 0\t{long}y\n\"\u{e9}\0"
            ),
            format!("100644 {ID} 1\tc\0100644 {ID} 2\tc\0100644 {ID} 3\tc\0"),
        ];
        repository.stage(&entries.concat());
        repository.git(&["update-index", "--skip-worktree", "a.b"], b"");
        for version in ["2", "3", "4"] {
            repository.git(&["update-index", "--index-version", version], b"");
            let index = repository.is_read_as_git_does();
            for there in ["a.b", "a-b", "a/b", "sub"] {
                assert!(index.get(there.as_bytes()).is_some(), "{there}");
            }
            for absent in ["", "a", "c", "b", "a/", "z"] {
                assert!(index.get(absent.as_bytes()).is_none(), "{absent}");
            }
        }
    }

    #[test]
    fn what_git_alone_can_tell_is_left_to_it() {
        let repository = Repository::new();
        repository.stage(&format!("100644 {ID} 0\ta\0"));
        repository.git(&["update-index", "--split-index"], b"");
        assert!(IndexFile::read(&repository.file()).is_none());
    }

    #[test]
    fn a_missing_file_is_an_empty_index() {
        let index = IndexFile::read(Path::new("/no/such/index")).expect("empty");
        assert_eq!(index.iter().count(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_paths_are_read_as_git_does(
            paths in prop::collection::btree_set("[a-c]{1,9}(/[a-c]{1,12}){0,3}x", 1..40),
            version in 2..=4_u8,
        ) {
            let repository = Repository::new();
            let entry = |path: &String| format!("100644 {ID} 0\t{path}\0");
            repository.stage(&paths.iter().map(entry).collect::<String>());
            repository.git(&["update-index", "--index-version", &version.to_string()], b"");
            let index = repository.is_read_as_git_does();
            prop_assert!(paths.iter().all(|path| index.get(path.as_bytes()).is_some()));
            // Whatever is cut off or changed, nothing panics.
            let bytes = std::fs::read(repository.file()).expect("the index");
            for at in 0..bytes.len() {
                let _ = IndexFile::parse(&bytes[..at]);
                let mut damaged = bytes.clone();
                damaged[at] ^= 0xff;
                let _ = IndexFile::parse(&damaged);
            }
        }
    }
}
