//! What a push brings that is no commit: annotated tags, and tags of files and trees.

use chrono::NaiveDate;

use super::range::message;
use super::{
    ALLOW_PATH, Base, Exceptions, Guard, GuardError, Known, Located, Measure, Since, State,
    rule_set,
};
use crate::git::changes;
use crate::vault::{Vault, View};

/// Judges the objects that refs name and that are no commits. Commits are the business of
/// [`super::range::commits`].
///
/// # Errors
/// When anything cannot be read: then nothing is known to be good.
pub fn judge(
    vault: &mut Vault,
    tips: &[String],
    known: &Known,
    today: NaiveDate,
) -> Result<Vec<Located>, GuardError> {
    let mut found = Vec::new();
    for tip in tips {
        let mut id = tip.clone();
        loop {
            let (kind, content) = vault.repository().object(&id)?;
            if kind == "commit" {
                break;
            }
            found.extend(one(vault, &id, &kind, &content, known, today)?);
            match tagged(&content).filter(|_| kind == "tag") {
                Some(next) => id = next,
                None => break,
            }
        }
    }
    Ok(found)
}

fn one(
    vault: &mut Vault,
    id: &str,
    kind: &str,
    content: &[u8],
    known: &Known,
    today: NaiveDate,
) -> Result<Vec<Located>, GuardError> {
    let view = match kind {
        "tree" => View::Revision(id.to_owned()),
        _ => View::Revision("HEAD".to_owned()),
    };
    let rules = rule_set(vault, &view)?;
    let View::Revision(revision) = &view else {
        return Ok(Vec::new());
    };
    let text = vault
        .repository()
        .revision_blob(revision, ALLOW_PATH.as_bytes())?;
    let exceptions = Exceptions::read(vault, &text.unwrap_or_default(), today)?;
    let measure = Measure {
        rules: &rules,
        known: &known.values,
        exceptions: &exceptions,
    };
    match kind {
        "tag" => Ok(message(vault.repository(), id, measure)?),
        "tree" => tree(vault, id, measure),
        _ => Ok(measure
            .scanner()
            .scan(content, b"", None)
            .into_iter()
            .map(|finding| exceptions.locate(b"a tagged file", Some(id), finding))
            .collect()),
    }
}

/// Everything in a tree counts as added.
fn tree(vault: &mut Vault, id: &str, measure: Measure<'_>) -> Result<Vec<Located>, GuardError> {
    let base = Base::nothing();
    let repository = vault.repository();
    let changes = changes::between(repository, base.revision(repository), id)?;
    let state = State::Commit {
        id: id.to_owned(),
        tip: id.to_owned(),
        attributes: repository.attributes_of_tree(id)?,
    };
    Guard::new(vault, &state, measure).judge(&[Since { base, changes }])
}

/// The object that a tag names: its first line is `object ID`.
fn tagged(tag: &[u8]) -> Option<String> {
    let line = tag.strip_prefix(b"object ")?;
    let end = memchr::memchr(b'\n', line)?;
    String::from_utf8(line[..end].to_vec()).ok()
}
