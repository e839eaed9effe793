//! The trees that the index remembers (gitformat-index, "Cache tree"): of directories in which nothing
//! has changed since their tree was written. `git commit` writes them as they stand here.

use std::collections::HashMap;

/// The directories, each before those in it.
#[derive(Debug)]
pub struct Trees<'a> {
    directories: Vec<Directory<'a>>,
}

#[derive(Debug)]
struct Directory<'a> {
    name: &'a [u8],
    known: Option<Known<'a>>,
    /// The number of the first directory behind those in it.
    end: usize,
}

/// The tree of a directory in which nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known<'a> {
    /// The tree's id.
    pub id: &'a [u8],
    /// How many entries of the index are in it and below.
    pub entries: usize,
}

const ID_BYTES: usize = 20;

impl<'a> Trees<'a> {
    /// Reads the extension; `None` where it is damaged. An empty one knows of nothing.
    pub fn read(text: &'a [u8]) -> Option<Self> {
        let mut rest = text;
        let mut directories: Vec<Directory<'a>> = Vec::new();
        // The directories around, each with how many are still to come in it.
        let mut around: Vec<(usize, usize)> = Vec::new();
        while !rest.is_empty() {
            let (name, behind) = split_at(rest, 0)?;
            let (line, behind) = split_at(behind, b'\n')?;
            let (count, below) = std::str::from_utf8(line).ok()?.split_once(' ')?;
            // Negative where something has changed.
            let count: i64 = count.parse().ok()?;
            rest = behind;
            let known = match usize::try_from(count) {
                Ok(entries) => {
                    let (id, behind) = rest.split_at_checked(ID_BYTES)?;
                    rest = behind;
                    Some(Known { id, entries })
                }
                Err(_) => None,
            };
            match around.last_mut() {
                Some((_, to_come)) => *to_come -= 1,
                None if directories.is_empty() => {}
                None => return None,
            }
            around.push((directories.len(), below.parse().ok()?));
            let end = directories.len() + 1;
            directories.push(Directory { name, known, end });
            while let Some((number, 0)) = around.last() {
                directories[*number].end = end;
                around.pop();
            }
        }
        around.is_empty().then_some(Self { directories })
    }

    /// The number of the top, if anything is known of it.
    pub fn top(&self) -> Option<usize> {
        (!self.directories.is_empty()).then_some(0)
    }

    /// The directories in a directory, by name.
    pub fn inside(&self, directory: usize) -> HashMap<&'a [u8], usize> {
        let mut found = HashMap::new();
        let mut next = directory + 1;
        while next < self.directories[directory].end {
            found.insert(self.directories[next].name, next);
            next = self.directories[next].end;
        }
        found
    }

    /// The tree of a directory; `None` where something in it has changed.
    pub fn known(&self, directory: usize) -> Option<Known<'a>> {
        self.directories[directory].known
    }
}

fn split_at(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(byte, text)?;
    Some((&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &[u8] = b"aaaaaaaaaaaaaaaaaaaa";

    fn directory(name: &str, count: i64, below: usize) -> Vec<u8> {
        let mut text = format!("{name}\0{count} {below}\n").into_bytes();
        if count >= 0 {
            text.extend_from_slice(ID);
        }
        text
    }

    #[test]
    fn directories_are_found_in_those_that_hold_them() {
        let text = [
            directory("", -1, 2),
            directory("a", 3, 1),
            directory("b", 2, 0),
            directory("c", -1, 1),
            directory("b", 1, 0),
        ]
        .concat();
        let trees = Trees::read(&text).expect("reads");
        let top = trees.inside(trees.top().expect("a top"));
        assert_eq!(top.len(), 2);
        let entries = |at| trees.known(at).map(|known| known.entries);
        assert_eq!(entries(top[&b"a"[..]]), Some(3));
        assert_eq!(entries(top[&b"c"[..]]), None);
        assert_eq!(entries(trees.inside(top[&b"a"[..]])[&b"b"[..]]), Some(2));
        assert_eq!(entries(trees.inside(top[&b"c"[..]])[&b"b"[..]]), Some(1));
        assert!(trees.inside(2).is_empty());
    }

    #[test]
    fn what_is_damaged_is_not_read() {
        let whole = [directory("", 1, 1), directory("a", 1, 0)].concat();
        assert!(Trees::read(&whole).is_some());
        for at in 1..whole.len() {
            assert!(Trees::read(&whole[..at]).is_none(), "{at}");
        }
        assert!(Trees::read(&[whole, directory("b", 1, 0)].concat()).is_none());
        assert!(Trees::read(b"").is_some_and(|trees| trees.top().is_none()));
    }
}
