//! `git seal check --worktree`: the files of the work tree that git tracks or would add. Sealed ones may
//! be open there.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rayon::prelude::*;

use crate::commands::scan::scan_file;
use crate::commands::setup;
use crate::core::scan::{Finding, Options, Scanner};
use crate::failure::Failure;
use crate::git::{GitError, command, index, paths};
use crate::vault::guard::range::values_sealed_here;
use crate::vault::guard::{ALLOW_PATH, Exceptions, Known, Located, rule_set};
use crate::vault::{Vault, View};

/// Judges them.
///
/// # Errors
/// When a file cannot be read.
pub fn judge(vault: &mut Vault, today: NaiveDate) -> Result<(Vec<Located>, Known), Failure> {
    let top = setup::work_tree(vault.repository())?.to_owned();
    let rules = rule_set(vault, &View::WorkTree)?;
    let known = values_sealed_here(vault)?;
    let text = setup::read_if_there(&top.join(ALLOW_PATH))?.unwrap_or_default();
    let exceptions = Exceptions::read(vault, &text, today)?;
    let sealed: BTreeSet<Vec<u8>> = vault
        .repository()
        .sealed_entries()?
        .into_iter()
        .map(|entry| entry.path)
        .collect();
    let mut git = vault.repository().git();
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]);
    let listing = command::output(&mut git)?;
    let scanner = Scanner::new(&rules, Some(&known.values), Options::default());
    let files: Vec<Vec<u8>> = index::records(&listing)
        .filter(|path| !sealed.contains(*path))
        .map(<[u8]>::to_vec)
        .collect();
    let scanned: Vec<(Vec<u8>, std::io::Result<Vec<Finding>>)> = files
        .into_par_iter()
        .filter(|path| {
            top.join(paths::to_os(path))
                .symlink_metadata()
                .is_ok_and(|metadata| metadata.is_file())
        })
        .map(|path| {
            let result = scan_file(scanner, &top.join(paths::to_os(&path)));
            (path, result)
        })
        .collect();
    let mut found = Vec::new();
    for (path, result) in scanned {
        let findings =
            result.map_err(|error| GitError::File(paths::to_os(&path).into_owned(), error))?;
        let locate = |finding| exceptions.locate(&path, None, finding);
        found.extend(findings.into_iter().map(locate));
    }
    Ok((found, known))
}
