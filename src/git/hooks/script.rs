//! A hook's text: made from `hooks/`, and told from other people's hooks.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::super::paths;
use super::HookName;
use crate::core::hex;

/// What a file in the hooks directory is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// Ours, as it was written, by this version or another.
    Us,
    /// Ours once, changed by hand since.
    Edited,
    /// Somebody else's.
    Other,
}

/// Starts the second line of every hook that we write; a checksum of all that follows ends it.
const MARK: &[u8] = b"# git-seal hook, checksum ";
/// The line of `hooks/NAME` that stands for `hooks/start.sh`.
const READS_START: &str = ". \"${0%/*}/start.sh\"\n";
/// The line of `hooks/start.sh` that stands for the path of git-seal.
const RECORDED: &str = "recorded=''\n";
const START: &str = include_str!("../../../hooks/start.sh");

const fn source(name: HookName) -> &'static str {
    match name {
        HookName::PreCommit => include_str!("../../../hooks/pre-commit"),
        HookName::PreMergeCommit => include_str!("../../../hooks/pre-merge-commit"),
        HookName::CommitMsg => include_str!("../../../hooks/commit-msg"),
        HookName::PrePush => include_str!("../../../hooks/pre-push"),
        HookName::PreReceive => include_str!("../../../hooks/pre-receive"),
        HookName::Update => include_str!("../../../hooks/update"),
    }
}

/// The text of a hook; `program` is where it finds git-seal when PATH does not have it.
#[must_use]
pub fn compose(name: HookName, program: Option<&Path>) -> Vec<u8> {
    let (shebang, body) = source(name)
        .split_once('\n')
        .expect("every hook of ours has a first line");
    let (before, after) = body
        .split_once(READS_START)
        .expect("every hook of ours reads start.sh");
    let (start, end) = START
        .split_once(RECORDED)
        .expect("start.sh has a line for the path");
    let rest = [
        before.as_bytes(),
        start.as_bytes(),
        b"recorded=",
        &quoted(program),
        b"\n",
        end.as_bytes(),
        after.as_bytes(),
    ]
    .concat();
    [
        shebang.as_bytes(),
        b"\n",
        MARK,
        checksum(&rest).as_bytes(),
        b"\n",
        &rest,
    ]
    .concat()
}

/// A path as one word of the shell; no path is the empty word.
pub(super) fn quoted(program: Option<&Path>) -> Vec<u8> {
    let bytes = program.map(|path| paths::to_bytes(path.as_os_str()));
    // Only a NUL byte cannot be quoted, and no path holds one.
    bytes
        .and_then(|bytes| Some(shlex::bytes::try_quote(&bytes).ok()?.into_owned()))
        .unwrap_or_else(|| b"''".to_vec())
}

/// The path that a hook of ours falls back on.
#[must_use]
pub fn recorded(text: &[u8]) -> Option<PathBuf> {
    let from = text.windows(10).position(|at| at == b"\nrecorded=")? + 10;
    let word = shlex::bytes::Shlex::new(&text[from..]).next()?;
    (!word.is_empty()).then(|| PathBuf::from(paths::os_string(word)))
}

fn checksum(text: &[u8]) -> String {
    hex::encode(&Sha256::digest(text)[..8])
}

/// Who wrote a hook.
#[must_use]
pub fn author(text: &[u8]) -> Author {
    let mut lines = text.splitn(3, |byte| *byte == b'\n');
    let written = lines.nth(1).and_then(|line| line.strip_prefix(MARK));
    match (written, lines.next()) {
        (None, _) => Author::Other,
        (Some(written), Some(rest)) if written == checksum(rest).as_bytes() => Author::Us,
        _ => Author::Edited,
    }
}

/// Whether a script or a hook manager's configuration has git-seal judge at this hook. Comments do
/// not count.
#[must_use]
pub fn calls_us(text: &[u8], name: HookName) -> bool {
    let calls = [format!("git-seal hook {name}"), format!("git-seal-{name}")];
    let text = String::from_utf8_lossy(text);
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .any(|line| calls.iter().any(|call| line.contains(call.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_hook_is_known_as_ours_until_it_is_changed() {
        for name in HookName::ALL {
            let text = compose(name, Some(Path::new("/opt/it's here/git-seal")));
            assert_eq!(author(&text), Author::Us);
            assert_eq!(author(&[&text[..], b"echo\n"].concat()), Author::Edited);
            assert_eq!(author(&text[..text.len() / 2]), Author::Edited);
            assert_eq!(author(source(name).as_bytes()), Author::Other);
            assert!(!String::from_utf8_lossy(&text).contains("start.sh\""));
        }
        assert_eq!(author(b""), Author::Other);
        assert_eq!(author(b"#!/bin/sh\n"), Author::Other);
    }

    #[test]
    fn a_comment_calls_nobody() {
        let name = HookName::PreCommit;
        assert!(calls_us(b"  git-seal hook pre-commit \"$@\"", name));
        assert!(calls_us(b"    - id: git-seal-pre-commit", name));
        assert!(!calls_us(b"# git-seal hook pre-commit", name));
        assert!(!calls_us(b"git-seal hook pre-push", name));
    }

    proptest! {
        #[test]
        fn any_path_is_recorded_as_it_is(path in "/[^\0]{1,40}") {
            let text = compose(HookName::PrePush, Some(Path::new(&path)));
            prop_assert_eq!(recorded(&text), Some(PathBuf::from(path)));
        }

        #[test]
        fn any_bytes_have_an_author(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(author(&text), Author::Other);
        }
    }
}
