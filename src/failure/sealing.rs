//! What people read when a file cannot be sealed.

use chrono::{DateTime, Utc};

use super::{Failure, Outcome};
use crate::core::environment::Environment;
use crate::core::file::{Place, SealError};
use crate::core::here::Here;
use crate::core::key::KeyId;
use crate::core::ledger::SealingKeyError;
use crate::core::opaque;
use crate::core::printable::printable;
use crate::keys::Source;
use crate::keys::environment::variable;
use crate::vault::rules::BadRules;
use crate::vault::{CleanError, LEDGER_PATH, NoSealingKey};

/// Names shown before "and N more".
const NAMES_SHOWN: usize = 5;

impl Failure {
    /// Why the file at `path` cannot be sealed, and what to do about it.
    #[must_use]
    pub fn sealing(path: &[u8], error: CleanError) -> Self {
        let path = printable(path);
        match error {
            CleanError::Git(error) => Self::from(error),
            CleanError::Config(error) => Self::from(error),
            CleanError::Rules(rules) => bad_rules(&path, &rules),
            CleanError::Mask(place) => Self::usage(format!(
                "{}: a mask stands here instead of a value",
                place_in(&path, &place)
            ))
            .hint("it was copied from a masked view: put the value back, or restore the file from history"),
            CleanError::File(error) => bad_file(&path, &error),
            CleanError::Opaque(error) => bad_opaque(&path, error),
            CleanError::NoKey {
                environment,
                places,
                why,
            } => {
                let what = listed(&places);
                no_key(&format!("{path}: "), &what, &environment, &why)
            }
        }
    }

    /// Why git's own command could not take the file at `path`; a person stands `here`.
    #[must_use]
    pub fn adding(here: &Here, path: &[u8], error: CleanError) -> Self {
        let lacks_key = matches!(error, CleanError::NoKey { .. });
        let failure = Self::sealing(path, error);
        if lacks_key {
            failure.hint(format!("then run `git add {}` again", here.argument(path)))
        } else {
            failure
        }
    }

    /// Why an environment has no key to seal with.
    #[must_use]
    pub fn no_sealing_key(environment: &Environment, why: &NoSealingKey) -> Self {
        no_key("", "", environment, why)
    }
}

/// `to seal A, B and 3 more`, or nothing for a whole file.
fn listed(places: &[Place]) -> String {
    if places.is_empty() {
        return String::new();
    }
    let mut names: Vec<String> = Vec::new();
    for place in places {
        let name = match &place.name {
            Some(name) => printable(name.as_bytes()),
            None => format!("line {}", place.line),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(NAMES_SHOWN);
    names.truncate(NAMES_SHOWN);
    let text = match (names.as_slice(), more) {
        ([one], 0) => one.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (names, more) => format!("{} and {more} more", names.join(", ")),
    };
    format!(" to seal {text}")
}

fn ids(keys: &[KeyId]) -> String {
    keys.iter()
        .map(|id| id.short())
        .collect::<Vec<_>>()
        .join(", ")
}

/// How to give a key of an environment.
#[must_use]
pub fn ways_to_give(environment: &Environment) -> String {
    let flag = if environment.is_default() {
        String::new()
    } else {
        format!(" --env {environment}")
    };
    format!(
        "set {}, or run `git seal unlock{flag}`",
        variable(environment)
    )
}

fn no_key(place: &str, what: &str, environment: &Environment, why: &NoSealingKey) -> Failure {
    let give = ways_to_give(environment);
    let flag = if environment.is_default() {
        String::new()
    } else {
        format!(" --env {environment}")
    };
    let error = match why {
        NoSealingKey::Ledger(error) => {
            return (*error).into();
        }
        NoSealingKey::Stranger {
            current,
            since,
            at_hand,
        } => {
            return Failure::new(
                Outcome::NoKey,
                format!(
                    "{place}the key at hand for environment {environment} ({}) is none of this repository's; {} is current since {}",
                    ids(at_hand),
                    current.short(),
                    since.format("%Y-%m-%d"),
                ),
            )
            .hint(format!(
                "ask a colleague for key {}; {give}",
                current.short()
            ));
        }
        NoSealingKey::NotGiven {
            current,
            since,
            found_in,
        } => {
            return not_given(place, environment, *current, *since, found_in.as_ref());
        }
        NoSealingKey::Key(error) => error,
    };
    match error {
        SealingKeyError::Damaged(error) => (*error).into(),
        SealingKeyError::NoEntry => Failure::usage(format!(
            "{place}environment {environment} is not set up here: {LEDGER_PATH} has no entry for it"
        ))
        .hint(format!("run `git seal init{flag}`")),
        SealingKeyError::KeyAbsent { current, since, at_hand_retired } if !at_hand_retired.is_empty() => Failure::new(
            Outcome::NoKey,
            format!(
                "{place}the key at hand for environment {environment} ({}) is retired; {} is current since {}",
                ids(at_hand_retired),
                current.short(),
                since.format("%Y-%m-%d"),
            ),
        )
        .hint(format!("ask a colleague for key {}; {give}", current.short())),
        SealingKeyError::KeyAbsent { .. } => {
            Failure::new(Outcome::NoKey, format!("{place}no key at hand for environment {environment}{what}")).hint(give)
        }
        SealingKeyError::ForkedWithoutKey { current, heads, at_hand, .. } => Failure::new(
            Outcome::NoKey,
            format!(
                "{place}environment {environment} is forked: keys {} are all current; {} seals, and it is not at hand{}",
                ids(heads),
                current.short(),
                if at_hand.is_empty() { String::new() } else { format!(" (only {} is)", ids(at_hand)) },
            ),
        )
        .hint(format!("ask a colleague for key {}; {give}", current.short()))
        .hint(format!("whoever has all of them settles it with `git seal rotate{flag}`")),
        SealingKeyError::Contested { heads } => Failure::new(
            Outcome::NotAuthentic,
            format!("{place}no key of environment {environment} may seal: {} are retired or another environment's", ids(heads)),
        )
        .hint("run `git seal ledger verify`: the ledger has been tampered with"),
        SealingKeyError::CommitmentMismatch { key_id } => Failure::new(
            Outcome::NotAuthentic,
            format!("{place}the key at hand has the id {key_id}, but it is not the key that the ledger commits to"),
        )
        .hint(format!("ask a colleague for the right key; {give}")),
        SealingKeyError::NotAuthentic { line, .. } => Failure::new(
            Outcome::NotAuthentic,
            format!("{LEDGER_PATH}: line {line}: the entry that names the current key of environment {environment} does not authenticate"),
        )
        .hint("run `git seal ledger verify`: the ledger has been tampered with"),
    }
}

/// The key is at hand, and not as one of the environment.
fn not_given(
    place: &str,
    environment: &Environment,
    current: KeyId,
    since: DateTime<Utc>,
    found_in: Option<&Source>,
) -> Failure {
    let (id, give) = (current.short(), ways_to_give(environment));
    let named = format!(
        "{place}the ledger names key {id} for environment {environment} since {}",
        since.format("%Y-%m-%d")
    );
    match found_in {
        Some(source) => Failure::new(
            Outcome::NoKey,
            format!("{named}: it is at hand in {source}, which is not for {environment}"),
        )
        .hint(format!("if it is a key of {environment}: {give}")),
        None => Failure::new(
            Outcome::NotAuthentic,
            format!(
                "{named}, and nobody gave this clone that key: it only unwraps from another one, \
                 and whoever knows that one may have put it there"
            ),
        )
        .hint("run `git seal ledger verify`, and ask whoever rotated")
        .hint(format!("if key {id} is right, get it from them: {give}")),
    }
}

fn bad_rules(path: &str, rules: &BadRules) -> Failure {
    let failure = Failure::usage(format!("{path}: {rules}"));
    match rules {
        BadRules::OpaqueText => failure.hint(format!(
            "in .gitattributes, add `-text` to the line of {path}"
        )),
        BadRules::Rewritten(attribute) => failure.hint(format!(
            "in .gitattributes, add `-{attribute}` to the line of {path}"
        )),
        _ => failure.hint("correct its line in .gitattributes"),
    }
}

fn place_in(path: &str, place: &Place) -> String {
    match &place.name {
        Some(name) => format!(
            "{path}: line {} ({})",
            place.line,
            printable(name.as_bytes())
        ),
        None => format!("{path}: line {}", place.line),
    }
}

fn bad_file(path: &str, error: &SealError) -> Failure {
    let at = |place: &Place| place_in(path, place);
    match error {
        SealError::NoKey(places) => {
            Failure::new(Outcome::NoKey, format!("{path}: no key at hand{}", listed(places)))
        }
        SealError::Malformed(place) => {
            Failure::new(Outcome::NotAuthentic, format!("{}: this starts like a sealed value and is none", at(place)))
                .hint("it was cut or edited: restore the whole token from history, or write the plain value")
        }
        SealError::Embedded(place) => Failure::new(
            Outcome::NotAuthentic,
            format!("{}: a sealed value with other text around it does not open again", at(place)),
        )
        .hint("remove quotes and comments around the token, or write the plain value"),
        SealError::NoKeyOpens(place) => Failure::new(
            Outcome::NotAuthentic,
            format!("{}: no key at hand opens this sealed value, and it is not what is staged", at(place)),
        )
        .hint("restore it from history, write the plain value, or unlock with the key that opens it"),
        SealError::NotAuthentic(place) => {
            Failure::new(Outcome::NotAuthentic, format!("{}: the sealed value does not authenticate", at(place)))
                .hint("it was changed, or moved here from another variable: restore it from history, or write the plain value")
        }
    }
}

fn bad_opaque(path: &str, error: opaque::SealError) -> Failure {
    let failure = |text: &str| {
        Failure::new(Outcome::NotAuthentic, format!("{path}: {text}"))
            .hint("restore the file from history")
    };
    match error {
        opaque::SealError::NoKey => Failure::new(Outcome::NoKey, format!("{path}: no key at hand")),
        opaque::SealError::Malformed => failure("this starts like a sealed file and is none"),
        opaque::SealError::NoKeyOpens => {
            failure("no key at hand opens this sealed file, and it is not what is staged")
        }
        opaque::SealError::NotAuthentic => failure("the sealed file does not authenticate"),
    }
}
