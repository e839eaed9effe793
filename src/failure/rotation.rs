//! What people read when a rotation does not take place.

use super::{Failure, Outcome, ways_to_give};
use crate::core::config::BadConfig;
use crate::core::environment::Environment;
use crate::core::file::{Problem, Trouble};
use crate::core::ledger::AppendError;
use crate::core::printable::printable;
use crate::vault::LEDGER_PATH;
use crate::vault::rotation::RotationError;

impl From<RotationError> for Failure {
    fn from(error: RotationError) -> Self {
        match error {
            RotationError::Git(error) => error.into(),
            RotationError::Config(error) => BadConfig::into(error),
            RotationError::Ledger(error) => error.into(),
            RotationError::Append(environment, error) => not_appended(&environment, error),
            RotationError::File(path, error) => Self::sealing(&path, *error),
            RotationError::Closed(path, problems) => closed(&path, &problems),
            RotationError::Mismatch(path) => Self::new(
                Outcome::NotAuthentic,
                format!(
                    "{}: sealed under the new key, it does not open to the same bytes; nothing was changed",
                    printable(&path)
                ),
            )
            .hint("this is a bug in git-seal; please report it"),
            RotationError::Journal(why) => Self::usage(printable(why.as_bytes()))
                .hint("it says which rotation is under way; move it away if none is"),
        }
    }
}

fn closed(path: &[u8], problems: &[Problem]) -> Failure {
    let path = printable(path);
    let authentic = problems
        .iter()
        .all(|problem| matches!(problem.trouble, Trouble::KeyAbsent(_)));
    let Some(first) = problems.first() else {
        return Failure::new(Outcome::Unknown, format!("{path}: it does not open"));
    };
    let name = first
        .place
        .name
        .as_ref()
        .map(|name| format!(" ({})", printable(name.as_bytes())))
        .unwrap_or_default();
    let what = match first.trouble {
        Trouble::KeyAbsent(Some(id)) => format!("key {} is not at hand", id.short()),
        Trouble::KeyAbsent(None) => "its key is not at hand".to_owned(),
        Trouble::Malformed => "a damaged sealed value".to_owned(),
        _ => "the sealed value does not authenticate".to_owned(),
    };
    let line = first.place.line;
    let kind = if authentic {
        Outcome::NoKey
    } else {
        Outcome::NotAuthentic
    };
    let failure = Failure::new(
        kind,
        format!("{path}: line {line}{name}: {what}; nothing was changed"),
    );
    if authentic {
        failure.hint("a rotation opens everything first: ask a colleague for that key")
    } else {
        failure.hint("restore it from history, or write the plain value, and stage it")
    }
}

fn not_appended(environment: &Environment, error: AppendError) -> Failure {
    match error {
        AppendError::Damaged(error) => error.into(),
        AppendError::NoEntry(_) | AppendError::Exists(_) => Failure::usage(format!(
            "environment {environment} is not set up here: {LEDGER_PATH} has no entry for it"
        ))
        .hint(format!("run `git seal init --env {environment}`")),
        AppendError::KeyKnown {
            key_id,
            environment,
        } => Failure::usage(format!(
            "key {} is no new key: the ledger has it for environment {environment}",
            key_id.short()
        ))
        .hint("make one with `git seal keygen`, or let `git seal rotate` make it"),
        AppendError::KeysAbsent(keys) => {
            let ids: Vec<String> = keys.iter().map(|id| id.short()).collect();
            Failure::new(
                Outcome::NoKey,
                format!(
                    "environment {environment}: the key in use ({}) is not at hand",
                    ids.join(", ")
                ),
            )
            .hint(ways_to_give(environment))
        }
        AppendError::NotAuthentic { line, .. } => Failure::new(
            Outcome::NotAuthentic,
            format!("{LEDGER_PATH}: line {line}: the entry does not authenticate; a rotation would make it good"),
        )
        .hint("run `git seal ledger verify`: the ledger has been tampered with"),
    }
}
