//! What can be wrong with files: attributes, ignore rules, plain text where there should be none.

use super::Complaint;
use crate::commands::setup;
use crate::core::form::Form;
use crate::core::gitattributes;
use crate::core::printable::printable;
use crate::failure::Failure;
use crate::git::Repository;
use crate::git::attributes::{Attribute, AttributesFrom};
use crate::git::index::{self, Entry};
use crate::git::{command, paths};
use crate::vault::rules::{BadRules, Format, Rules};
use crate::vault::{CleanError, Vault};

pub(super) fn complaints(vault: &mut Vault) -> Result<Vec<Complaint>, Failure> {
    let mut complaints = Vec::new();
    let sealed = vault.repository().sealed_entries()?;
    for entry in sealed
        .iter()
        .filter(|entry| entry.is_file() && entry.stage == 0)
    {
        complaints.extend(about_file(vault, entry)?);
    }
    let ignored = vault.repository().ignored(
        &sealed
            .iter()
            .map(|entry| entry.path.clone())
            .collect::<Vec<_>>(),
    )?;
    for path in ignored {
        let shown = printable(&path);
        complaints.push(Complaint::new(
            "protected-ignored",
            format!("{shown} is sealed and tracked, and an ignore rule names it: new clones keep it, `git add` of a copy would not"),
            format!("`git check-ignore -v --no-index {shown}` names the rule: remove it"),
        ));
    }
    complaints.extend(unprotected(vault.repository())?);
    complaints.extend(odd_case(vault.repository())?);
    Ok(complaints)
}

fn about_file(vault: &mut Vault, entry: &Entry) -> Result<Vec<Complaint>, Failure> {
    let shown = printable(&entry.path);
    let rules = match Rules::of(vault.repository(), &entry.path)? {
        Ok(rules) => rules,
        Err(BadRules::OpaqueText) => {
            let line = gitattributes::opaque_line(&exact_pattern(&entry.path));
            return Ok(vec![
                Complaint::new(
                    "opaque-without-text",
                    format!(
                        "{shown} is sealed as a whole, and git may convert line ends inside it"
                    ),
                    format!("add `-text` to its line in .gitattributes, say: {line}"),
                )
                .with_fix(move |vault| {
                    setup::add_attributes(vault.repository(), std::slice::from_ref(&line)).map(drop)
                }),
            ]);
        }
        Err(bad) => {
            return Ok(vec![Complaint::new(
                "bad-attributes",
                format!("{shown}: {bad}"),
                "correct its line in .gitattributes",
            )]);
        }
    };
    let policy = match vault.policy(&rules.environment) {
        Ok(policy) => policy,
        Err(CleanError::Config(bad)) => return Err(bad.into()),
        Err(other) => return Err(Failure::sealing(&entry.path, other)),
    };
    let form = |content: &[u8]| match rules.format {
        Format::Dotenv => Form::of_dotenv(content, &policy),
        Format::Opaque => Form::of_opaque(content),
    };
    let staged = form(&vault.repository().blob(&entry.id)?);
    let committed = vault
        .repository()
        .revision_blob("HEAD", &entry.path)?
        .map(|content| form(&content));
    let mut complaints = Vec::new();
    if !staged.is_sealed() {
        complaints.push(Complaint::new(
            "plain-in-index",
            format!("{shown} is staged {}", staged.as_str().replace('_', " ")),
            "git seal reseal, then commit",
        ));
    } else if let Some(committed) = committed.filter(|form| !form.is_sealed()) {
        complaints.push(Complaint::new(
            "plain-in-head",
            format!(
                "{shown} is {} in HEAD",
                committed.as_str().replace('_', " ")
            ),
            "commit what is staged, and change the values at their providers: history keeps them",
        ));
    }
    Ok(complaints)
}

fn exact_pattern(path: &[u8]) -> Vec<u8> {
    [b"/", path].concat()
}

/// Tracked or addable files whose names say dotenv and that have no filter.
fn unprotected(repository: &Repository) -> Result<Vec<Complaint>, Failure> {
    let mut complaints = Vec::new();
    for (path, filter) in dotenv_like(repository)? {
        let shown = printable(&path);
        let line = gitattributes::dotenv_line(&exact_pattern(&path));
        match filter {
            Attribute::Unspecified => complaints.push(
                Complaint::new(
                    "attributes-missing",
                    format!("{shown} looks like a dotenv file, and no line of .gitattributes protects it or leaves it alone"),
                    format!("git seal track {shown}; or, if it holds no secret, a line with -filter"),
                )
                .with_fix(move |vault| setup::add_attributes(vault.repository(), std::slice::from_ref(&line)).map(drop)),
            ),
            Attribute::Value(other) if other != "seal" => complaints.push(Complaint::new(
                "attributes-overridden",
                format!("{shown} looks like a dotenv file, and another filter ({}) has it", printable(other.as_bytes())),
                "check its lines in .gitattributes and in .git/info/attributes",
            )),
            _ => {}
        }
    }
    Ok(complaints)
}

/// Files by dotenv name that git tracks or would add, with their filter.
///
/// # Errors
/// When git does not answer.
pub fn dotenv_like(repository: &Repository) -> Result<Vec<(Vec<u8>, Attribute)>, Failure> {
    let mut git = repository.git();
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
        "--",
    ]);
    for pattern in gitattributes::DOTENV_PATTERNS {
        git.arg(format!(":(top,glob)**/{pattern}"));
    }
    let listing = command::output(&mut git)?;
    let mut found = Vec::new();
    for path in index::records(&listing)
        .filter(|path| gitattributes::is_dotenv_name(paths::file_name(path)))
    {
        let filter = repository.attributes(&AttributesFrom::WorkTree, path, &["filter"])?;
        found.extend(
            filter
                .into_iter()
                .next()
                .map(|filter| (path.to_vec(), filter)),
        );
    }
    Ok(found)
}

/// On a file system that ignores case, `.ENV` is `.env`, but the patterns do not match it.
fn odd_case(repository: &Repository) -> Result<Vec<Complaint>, Failure> {
    if repository.config("core.ignorecase")?.as_deref() != Some("true") {
        return Ok(Vec::new());
    }
    let mut git = repository.git();
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
        "--",
        ":(top,glob,icase)**/.env*",
    ]);
    let listing = command::output(&mut git)?;
    let odd = index::records(&listing).filter(|path| {
        let name = paths::file_name(path);
        !gitattributes::is_dotenv_name(name)
            && gitattributes::is_dotenv_name(&name.to_ascii_lowercase())
    });
    Ok(odd
        .map(|path| {
            let shown = printable(path);
            Complaint::new(
                "odd-case",
                format!("{shown}: on this file system it is the same file as its lower-case name, which is protected; this spelling is not"),
                format!("git mv {shown} to its lower-case name"),
            )
        })
        .collect())
}
