//! A tree compared with the index in this process: what `git diff-index --cached` says, without the
//! start of a process. Directories whose tree the index remembers are passed over, as git does.

use std::collections::HashMap;

use super::changes::{Change, Side};
use super::index::file::{IndexFile, Staged};
use super::index::trees::Trees;
use crate::core::hex;

/// Git itself refuses trees that are deeper (`core.maxTreeDepth`, 2,048 on some systems).
const MAX_DEPTH: usize = 1000;

/// What differs between a tree (nothing, where there is none) and the index, in the order of paths.
/// `None` where git should be asked: entries in a conflict or only meant to be added, trees that are
/// missing or odd.
pub fn with_index(
    repository: &git2::Repository,
    tree: Option<git2::Oid>,
    index: &IndexFile,
) -> Option<Vec<Change>> {
    if !index.is_settled() {
        return None;
    }
    let trees = Trees::read(index.trees())?;
    let mut walk = Walk {
        repository,
        index,
        trees: &trees,
        next: 0,
        last: Vec::new(),
        changes: Vec::new(),
    };
    if let Some(tree) = tree {
        let top = trees.top();
        if !walk.passes_over(tree, b"", top) {
            walk.tree(tree, b"", top, 0)?;
        }
    }
    walk.added_up_to(None)?;
    Some(walk.changes)
}

struct Walk<'a> {
    repository: &'a git2::Repository,
    index: &'a IndexFile,
    trees: &'a Trees<'a>,
    /// The first entry of the index that was not compared yet.
    next: usize,
    /// The path in the tree that came last.
    last: Vec<u8>,
    changes: Vec<Change>,
}

impl<'a> Walk<'a> {
    /// Compares a tree. `above`: its path, with a slash at the end. `directory`: its number among the
    /// remembered ones.
    fn tree(
        &mut self,
        id: git2::Oid,
        above: &[u8],
        directory: Option<usize>,
        depth: usize,
    ) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        let tree = self.repository.find_tree(id).ok()?;
        let inside = match directory {
            Some(directory) => self.trees.inside(directory),
            None => HashMap::new(),
        };
        for entry in &tree {
            let name = entry.name_bytes();
            let mut path = [above, name].concat();
            let mode = u32::try_from(entry.filemode_raw()).ok()?;
            match mode {
                0o040_000 => {
                    path.push(b'/');
                    self.comes(&path)?;
                    self.added_up_to(Some(&path))?;
                    let directory = inside.get(name).copied();
                    if !self.passes_over(entry.id(), &path, directory) {
                        self.tree(entry.id(), &path, directory, depth + 1)?;
                    }
                }
                0o100_644 | 0o100_755 | 0o120_000 | 0o160_000 => {
                    self.comes(&path)?;
                    self.added_up_to(Some(&path))?;
                    self.entry(path, mode, entry.id())?;
                }
                // Modes of old: git reads them as one of these.
                _ => return None,
            }
        }
        Some(())
    }

    /// Trees are in the index's order, a directory as if its name ended with a slash.
    fn comes(&mut self, path: &[u8]) -> Option<()> {
        if *path <= *self.last {
            return None;
        }
        self.last = path.to_vec();
        Some(())
    }

    /// Whether the index remembers this tree for a directory, so that nothing in it differs.
    fn passes_over(&mut self, id: git2::Oid, path: &[u8], directory: Option<usize>) -> bool {
        let known = directory.and_then(|directory| self.trees.known(directory));
        let Some(known) = known.filter(|known| known.id == id.as_bytes()) else {
            return false;
        };
        let is_inside =
            |number| number < self.index.len() && self.index.at(number).path.starts_with(path);
        let end = self.next + known.entries;
        let is_all =
            known.entries > 0 && is_inside(self.next) && is_inside(end - 1) && !is_inside(end);
        if is_all {
            self.next = end;
        }
        is_all
    }

    /// Entries of the index before this path, or all that are left, are not in the tree.
    fn added_up_to(&mut self, path: Option<&[u8]>) -> Option<()> {
        while let Some(staged) = self.staged()
            && path.is_none_or(|path| staged.path < path)
        {
            let change = Change {
                path: staged.path.to_vec(),
                old: None,
                new: Some(side(staged.mode(), &staged.id())?),
            };
            self.changes.push(change);
            self.next += 1;
        }
        Some(())
    }

    fn staged(&self) -> Option<Staged<'a>> {
        (self.next < self.index.len()).then(|| self.index.at(self.next))
    }

    /// Compares a file, link or submodule of the tree.
    fn entry(&mut self, path: Vec<u8>, mode: u32, id: git2::Oid) -> Option<()> {
        let staged = self.staged().filter(|staged| staged.path == path);
        let new = staged.map(|staged| (staged.mode(), staged.id()));
        self.next += usize::from(new.is_some());
        if new.is_some_and(|(new_mode, new_id)| new_mode == mode && new_id == id.as_bytes()) {
            return Some(());
        }
        let new = match new {
            Some((mode, id)) => Some(side(mode, &id)?),
            None => None,
        };
        let old = Some(side(mode, id.as_bytes())?);
        self.changes.push(Change { path, old, new });
        Some(())
    }
}

fn side(mode: u32, id: &[u8]) -> Option<Side> {
    let id = hex::encode(id).parse().ok()?;
    Some(Side { mode, id })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::git::changes::parse_raw;
    use crate::git::testing::git;

    /// A repository with two blobs, whose ids are given too.
    fn repository(top: &Path) -> (git2::Repository, [String; 2]) {
        git(top, &["init", "--quiet", "--object-format=sha1"], b"");
        let ids = ["one", "two"].map(|content| {
            let id = git(top, &["hash-object", "-w", "--stdin"], content.as_bytes());
            String::from_utf8_lossy(&id).trim().to_owned()
        });
        (git2::Repository::open(top).expect("opens"), ids)
    }

    /// What we say, and what git says.
    fn both(repository: &git2::Repository, tree: &str) -> (Option<Vec<Change>>, Vec<Change>) {
        let index = IndexFile::read(&repository.path().join("index")).expect("an index");
        let id = repository.revparse_single(tree).expect("a tree").id();
        let top = repository.workdir().expect("a work tree");
        let words = ["diff-index", "--cached", "--raw", "-z", "--no-abbrev"];
        let said = git(top, &[&words[..], &["--no-renames", tree]].concat(), b"");
        (
            with_index(repository, Some(id), &index),
            parse_raw(&said).expect("reads"),
        )
    }

    /// Paths whose order depends on what is a directory, each with its mode and its content's number.
    fn files() -> impl Strategy<Value = Vec<(String, &'static str, usize)>> {
        let part = prop::sample::select(vec!["a", "a-", "a.b", "a0", "b"]);
        let path = prop::collection::vec(part, 1..4).prop_map(|parts| parts.join("/"));
        let mode = prop::sample::select(vec!["100644", "100755", "120000", "160000"]);
        prop::collection::vec((path, mode, 0..2_usize), 0..12)
    }

    /// Of which state the index knows trees.
    #[derive(Clone, Copy, Debug)]
    enum Remembered {
        /// What it held before, where nothing has changed since.
        Before,
        /// What it holds.
        Now,
        Nothing,
    }

    fn stage(top: &Path, ids: &[String; 2], files: &[(String, &'static str, usize)]) {
        let line = |(path, mode, content): &(String, &str, usize)| {
            format!("{mode} {} 0\t{path}\0", ids[*content])
        };
        let lines: String = files.iter().map(line).collect();
        let words = ["update-index", "-z", "--replace", "--index-info"];
        git(top, &words, lines.as_bytes());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_differs_is_what_git_says(
            before in files(),
            later in files(),
            removed in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            remembered in prop::sample::select(vec![
                Remembered::Before, Remembered::Now, Remembered::Nothing,
            ]),
        ) {
            let directory = tempfile::tempdir().expect("a directory");
            let top = directory.path();
            let (repository, ids) = repository(top);
            stage(top, &ids, &before);
            // Notes in the index which tree each directory has.
            let tree = git(top, &["write-tree", "--missing-ok"], b"");
            let tree = String::from_utf8_lossy(&tree).trim().to_owned();
            let listed = git(top, &["ls-files", "-z"], b"");
            let listed: Vec<_> = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty()).collect();
            for one in removed.iter().filter(|_| !listed.is_empty()) {
                let path = one.get(&listed);
                let line = format!("0 {} 0\t{}\0", "0".repeat(40), String::from_utf8_lossy(path));
                git(top, &["update-index", "-z", "--index-info"], line.as_bytes());
            }
            stage(top, &ids, &later);
            match remembered {
                Remembered::Before => {}
                Remembered::Now => {
                    git(top, &["write-tree", "--missing-ok"], b"");
                }
                Remembered::Nothing => {
                    let listed = git(top, &["ls-files", "-s", "-z"], b"");
                    std::fs::remove_file(repository.path().join("index")).expect("an index");
                    git(top, &["update-index", "-z", "--index-info"], &listed);
                }
            }
            let (ours, gits) = both(&repository, &tree);
            prop_assert_eq!(ours, Some(gits));
        }
    }

    #[test]
    fn what_git_judges_otherwise_is_left_to_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let top = directory.path();
        let (repository, ids) = repository(top);
        let tree = git(top, &["write-tree"], b"");
        let tree = String::from_utf8_lossy(&tree).trim().to_owned();
        stage(top, &ids, &[("a".to_owned(), "100644", 0)]);
        assert_eq!(
            both(&repository, &tree).0.map(|changes| changes.len()),
            Some(1)
        );
        std::fs::write(top.join("b"), "").expect("a file");
        git(top, &["add", "--intent-to-add", "b"], b"");
        assert_eq!(both(&repository, &tree).0, None);
        git(top, &["rm", "--quiet", "--cached", "b"], b"");
        let conflict = format!("100644 {} 2\tc\0", ids[1]);
        git(
            top,
            &["update-index", "-z", "--index-info"],
            conflict.as_bytes(),
        );
        assert_eq!(both(&repository, &tree).0, None);
    }
}
