//! What can be wrong with files beside their sealed form: attributes, ignore rules, names, and
//! copies that git leaves behind.

use std::collections::BTreeSet;

use crate::core::form;
use crate::core::gitattributes::{self, ATTRIBUTES_PATH};
use crate::core::here::Here;
use crate::core::ledger::Ledger;
use crate::core::printable::{argument, printable};
use crate::core::standing::{Problem, Remedy, UNPROTECTED};
use crate::core::suites;
use crate::core::token::Sighting;
use crate::failure::Failure;
use crate::git::attributes::{Attribute, AttributesFrom};
use crate::git::index::{self, Entry};
use crate::git::{GitError, Repository, command, paths};
use crate::vault::{Vault, View};

use super::candidates::{self, Candidate, Kind};

pub(super) fn problems(
    vault: &mut Vault,
    here: &Here,
    entries: &[Entry],
) -> Result<Vec<Problem>, Failure> {
    let mut problems = ignored(vault.repository(), here, entries)?;
    let left = vault.left_by_mergetool(entries)?;
    let top = vault.repository().work_tree();
    let left: Vec<Vec<u8>> = left
        .iter()
        .map(|path| {
            top.and_then(|top| path.strip_prefix(top).ok())
                .unwrap_or(path)
        })
        .map(|path| paths::to_bytes(path.as_os_str()).into_owned())
        .collect();
    match unreadable_attributes(vault.repository(), here) {
        // All else about attributes follows from that.
        Some(problem) => problems.push(problem),
        None => problems.extend(unprotected(vault, here, &left)?),
    }
    problems.extend(left.iter().map(|path| {
        Problem::new(
            "mergetool-leftover",
            "a copy in plain text that git mergetool left behind",
            format!("rm -- {}", here.argument(path)),
        )
        .in_file(path)
    }));
    Ok(problems)
}

/// What stands in the place of `.gitattributes`, if git does not read it: then what is staged counts, or
/// nothing does.
fn unreadable_attributes(repository: &Repository, here: &Here) -> Option<Problem> {
    let file = repository.work_tree()?.join(ATTRIBUTES_PATH);
    let kind = match std::fs::symlink_metadata(file) {
        Ok(found) if found.is_symlink() => "a symbolic link",
        Ok(found) if !found.is_file() => "no file",
        _ => return None,
    };
    let path = ATTRIBUTES_PATH.as_bytes();
    Some(
        Problem::new(
            "attributes-unreadable",
            format!("it is {kind}: git does not read it, and what it says of files does not count"),
            format!(
                "move it away, then: git checkout -- {}",
                here.argument(path)
            ),
        )
        .in_file(path),
    )
}

fn ignored(
    repository: &Repository,
    here: &Here,
    entries: &[Entry],
) -> Result<Vec<Problem>, Failure> {
    let paths: BTreeSet<&Vec<u8>> = entries.iter().map(|entry| &entry.path).collect();
    let paths: Vec<Vec<u8>> = paths.into_iter().cloned().collect();
    let ignored = repository.ignored(&paths)?;
    Ok(ignored
        .iter()
        .map(|path| {
            Problem::new(
                "protected-ignored",
                "sealed and tracked, and an ignore rule names it: once removed, `git add` will not take it again",
                format!(
                    "remove the rule that this names: git check-ignore -v --no-index {}",
                    here.argument(path)
                ),
            )
            .in_file(path)
        })
        .collect())
}

/// Dotenv-like files that nobody protects and nobody exempts; those of `known` are spoken of
/// elsewhere.
pub(super) fn unprotected(
    vault: &mut Vault,
    here: &Here,
    known: &[Vec<u8>],
) -> Result<Vec<Problem>, Failure> {
    let mut problems = Vec::new();
    let mut odd = Vec::new();
    for file in candidates::list(vault.repository())? {
        if known.contains(&file.path) {
            continue;
        }
        if file.kind == Kind::OddCase {
            odd.push(file);
            continue;
        }
        let names = ["filter", "seal-env"];
        let attributes =
            vault
                .repository()
                .attributes(&AttributesFrom::WorkTree, &file.path, &names)?;
        let [filter, environment] = attributes.as_slice() else {
            return Err(GitError::Nonsense("check-attr").into());
        };
        problems.extend(match filter {
            Attribute::Value(name) if name == "seal" => None,
            Attribute::Unspecified if file.kind == Kind::Other => lost(vault, &file)?,
            Attribute::Unspecified => Some(missing(vault, &file, environment)?),
            filter => overridden(vault.repository(), here, &file, filter)?,
        });
    }
    problems.extend(odd_case(vault.repository(), here, &odd)?);
    Ok(problems)
}

fn missing(
    vault: &mut Vault,
    file: &Candidate,
    environment: &Attribute,
) -> Result<Problem, GitError> {
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let what = if file.is_tracked {
        "git tracks it, and nothing protects it"
    } else {
        "nothing protects it: `git add` would take it in plain text"
    };
    let ledger = match &snapshot.ledger {
        Ok(ledger) if !ledger.is_empty() => ledger,
        _ => return Ok(Problem::new(UNPROTECTED, what, "git seal init").in_file(&file.path)),
    };
    let mut line = gitattributes::dotenv_line(&gitattributes::literal(&file.path));
    let mut track = format!(
        "git seal track {}",
        argument(&gitattributes::escaped(&file.path))
    );
    if let (Attribute::Unspecified, Some(environment)) =
        (environment, named_for(ledger, &file.path))
    {
        line = format!("{line} seal-env={environment}");
        track = format!("{track} --env {environment}");
    }
    let advice = format!("{track}, or a `-filter` line for it in {ATTRIBUTES_PATH}");
    Ok(Problem::new(UNPROTECTED, what, advice)
        .in_file(&file.path)
        .mended_by(Remedy::AddAttributes(line)))
}

/// The environment that a name such as `.env.production` speaks of, if there is one.
fn named_for<'a>(
    ledger: &'a Ledger,
    path: &[u8],
) -> Option<&'a crate::core::environment::Environment> {
    let name = paths::file_name(path);
    let ending = name.rsplit(|byte| *byte == b'.').next()?;
    ledger
        .environments()
        .find(|environment| environment.as_str().as_bytes() == ending)
}

/// A file without a dotenv name that was sealed, and that no attribute seals any more.
fn lost(vault: &mut Vault, file: &Candidate) -> Result<Option<Problem>, Failure> {
    let staged = vault.repository().index_blob(&file.path)?;
    let staged = staged.unwrap_or_default();
    let form = form::by_content(&staged);
    // Sealed on disk too: encrypted by hand, or locked. Then what `git add` stages is sealed.
    let top = vault.repository().work_tree();
    let on_disk = top.and_then(|top| std::fs::read(top.join(paths::to_os(&file.path))).ok());
    if form.tokens == 0 || on_disk.is_none_or(|content| content == staged) {
        return Ok(None);
    }
    let is_opaque = !matches!(suites::sight_file(&staged), Sighting::Plain);
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let entries = snapshot.ledger.as_ref().map(Ledger::entries);
    let mut entries = entries.unwrap_or_default().iter();
    let entry = entries.find(|entry| form.keys.contains(&entry.key_id));
    let other = entry.map(|entry| &entry.environment);
    let other = other.filter(|environment| !environment.is_default());
    let pattern = gitattributes::literal(&file.path);
    let mut line = if is_opaque {
        gitattributes::opaque_line(&pattern)
    } else {
        gitattributes::dotenv_line(&pattern)
    };
    let mut track = format!(
        "git seal track {}{}",
        argument(&gitattributes::escaped(&file.path)),
        if is_opaque { " --opaque" } else { "" }
    );
    if let Some(environment) = other {
        line = format!("{line} seal-env={environment}");
        track = format!("{track} --env {environment}");
    }
    Ok(Some(
        Problem::new(
            UNPROTECTED,
            "it is sealed in the index, and no attribute seals it any more: the next `git add` stages plain text",
            track,
        )
        .in_file(&file.path)
        .mended_by(Remedy::AddAttributes(line)),
    ))
}

/// An attribute that switches the filter off is a decision, unless what git holds is sealed.
fn overridden(
    repository: &Repository,
    here: &Here,
    file: &Candidate,
    filter: &Attribute,
) -> Result<Option<Problem>, Failure> {
    let staged = repository.index_blob(&file.path)?;
    let is_sealed = staged.is_some_and(|content| form::by_content(&content).tokens > 0);
    let what = match filter {
        _ if is_sealed => {
            "it is sealed in the index, and its attributes switch sealing off: the next `git add` stages plain text"
                .to_owned()
        }
        Attribute::Value(other) => {
            format!("another filter has it: {}", printable(other.as_bytes()))
        }
        _ => return Ok(None),
    };
    let local = repository.layout().common_dir.join("info/attributes");
    let is_local =
        std::fs::read(&local).is_ok_and(|text| memchr::memmem::find(&text, b"filter").is_some());
    let advice = if is_local {
        format!(
            "correct {}, which goes before {ATTRIBUTES_PATH}",
            printable(local.as_os_str().as_encoded_bytes())
        )
    } else {
        format!(
            "correct its lines: git check-attr -a -- {}",
            here.argument(&file.path)
        )
    };
    Ok(Some(
        Problem::new("attributes-overridden", what, advice).in_file(&file.path),
    ))
}

/// Patterns match `.ENV` where git ignores case, and only there (measured with git 2.47): sealed on
/// one machine, plain text on the next.
fn odd_case(
    repository: &Repository,
    here: &Here,
    files: &[Candidate],
) -> Result<Vec<Problem>, Failure> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let mut git = repository.git();
    git.args([
        "-c",
        "core.ignorecase=false",
        "check-attr",
        "-z",
        "--stdin",
        "filter",
    ]);
    let paths: Vec<&[u8]> = files.iter().map(|file| file.path.as_slice()).collect();
    let is_tracked = |path: &[u8]| {
        files
            .iter()
            .any(|file| file.path == path && file.is_tracked)
    };
    let answer = command::output_with_input(&mut git, &paths.join(&0))?;
    let answer: Vec<&[u8]> = index::records(&answer).collect();
    let unspecified = answer
        .chunks_exact(3)
        .filter(|record| record[2] == b"unspecified");
    Ok(unspecified
        .map(|record| {
            let path = record[0];
            let name = paths::file_name(path);
            let better = [&path[..path.len() - name.len()], &name.to_ascii_lowercase()].concat();
            let git = if is_tracked(path) { "git " } else { "" };
            Problem::new(
                "odd-case",
                "nothing protects this spelling of its name where upper and lower case differ",
                format!(
                    "{git}mv -- {} {}",
                    here.argument(path),
                    here.argument(&better)
                ),
            )
            .in_file(path)
        })
        .collect())
}
