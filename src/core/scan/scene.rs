//! The text that is being searched, and what is known of the file around it.

use std::cell::RefCell;
use std::ops::Range;

use super::assignment::{self, Assignment};
use super::test_path::is_test;

/// What kind of file a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Configuration, documents, shell, anything unknown: a bare word may be a value.
    Config,
    /// A programming language: a bare word is an expression.
    Code,
    /// A lock file: full of hashes.
    Lock,
}

const CODE: &str = "rs go py pyi js jsx ts tsx mts cts mjs cjs java kt kts scala groovy c cc cpp cxx h hh hpp \
    hxx m mm cs fs vb rb php phtml swift dart lua pl pm r jl ex exs erl hrl hs ml mli clj cljs elm nim \
    zig d map vue svelte astro sol proto graphql css scss less asm s f90 pas v vhd sv";

const LOCKS: &str = "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock Cargo.lock \
    go.sum poetry.lock uv.lock Pipfile.lock pdm.lock composer.lock Gemfile.lock mix.lock flake.lock \
    packages.lock.json Podfile.lock pubspec.lock deno.lock .terraform.lock.hcl gradle.lockfile \
    .cargo_vcs_info.json .cargo-checksum.json known_hosts Chart.lock buf.lock";

/// How far from a value its repetition is sought: less than what a stream shows around a place.
const NEAR: usize = 8 << 10;

/// So much of a value is compared: what is cut off or goes on elsewhere is the same one.
const TELLING: usize = 16;

/// A text and its surroundings.
pub struct Scene<'a> {
    /// The text, UTF-8 as far as it is text at all.
    pub text: &'a [u8],
    /// What kind of file it is.
    pub ground: Ground,
    /// Whether it is a program in Python.
    pub is_python: bool,
    /// Whether the path says test, fixture or example.
    pub is_test: bool,
    last: RefCell<Option<(Range<usize>, Option<Assignment>)>>,
}

impl<'a> Scene<'a> {
    /// A text at a path.
    #[must_use]
    pub fn new(text: &'a [u8], path: &[u8]) -> Self {
        Self {
            text,
            ground: ground(path),
            is_python: path.ends_with(b".py") || path.ends_with(b".pyi"),
            is_test: is_test(path),
            last: RefCell::new(None),
        }
    }

    /// The assignment whose name holds the word at `at`. Several words of one name cost one look.
    #[must_use]
    pub fn assignment_at(&self, at: usize) -> Option<Assignment> {
        let mut last = self.last.borrow_mut();
        if let Some((range, found)) = &*last
            && range.contains(&at)
        {
            return found.clone();
        }
        let found = assignment::at(self.text, at);
        let range = found
            .as_ref()
            .map_or(at..at + 1, |found| found.name.clone());
        *last = Some((range, found.clone()));
        found
    }

    /// Whether the text at `range`, or its beginning, stands once more near it, as what a test gives and expects does.
    #[must_use]
    pub fn repeats(&self, range: &Range<usize>) -> bool {
        let start = range.start..range.end.min(range.start + TELLING);
        let value = &self.text[start];
        let before = &self.text[range.start.saturating_sub(NEAR)..range.start];
        let behind = &self.text[range.end..self.text.len().min(range.end + NEAR)];
        [before, behind]
            .iter()
            .any(|near| memchr::memmem::find(near, value).is_some())
    }

    /// The bytes of the line around `at`, at most `reach` to either side.
    #[must_use]
    pub fn line_around(&self, at: usize, reach: usize) -> Range<usize> {
        let from = at.saturating_sub(reach);
        let start = memchr::memrchr(b'\n', &self.text[from..at]).map_or(from, |end| from + end + 1);
        let to = self.text.len().min(at + reach);
        let end = memchr::memchr(b'\n', &self.text[at..to]).map_or(to, |end| at + end);
        start..end
    }
}

fn base(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

fn ground(path: &[u8]) -> Ground {
    let name = base(path);
    let is_in = |list: &str, word: &[u8]| {
        list.split_ascii_whitespace()
            .any(|held| held.as_bytes().eq_ignore_ascii_case(word))
    };
    let ending = name.rsplit(|byte| *byte == b'.').next().unwrap_or(name);
    if is_in(LOCKS, name) {
        Ground::Lock
    } else if ending.len() < name.len() && is_in(CODE, ending) {
        Ground::Code
    } else {
        Ground::Config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_the_ground() {
        for (path, expected) in [
            ("src/main.rs", Ground::Code),
            ("web/App.TSX", Ground::Code),
            ("a/package-lock.json", Ground::Lock),
            (".env.production", Ground::Config),
            ("rs", Ground::Config),
            ("", Ground::Config),
        ] {
            assert_eq!(ground(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn what_a_test_gives_and_expects_stands_in_it_twice() {
        let text = b"give(\"k7Qz9vT2mXw4\"); expect(\"k7Qz9vT2mXw4\"); other(\"hT8s0kQ2pLxV\")";
        let scene = Scene::new(text, b"a_test.go");
        assert!(scene.repeats(&(6..18)) && scene.repeats(&(29..41)));
        assert!(!scene.repeats(&(51..63)));
    }
}
