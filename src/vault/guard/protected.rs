//! Protected files: every line sealed, under the current key, at its own place.

use std::collections::{BTreeMap, BTreeSet};

use super::located::{DAMAGED_TOKEN, FORGED_TOKEN, UNKNOWN_KEY, UNSEALED};
use super::{Guard, GuardError};
use crate::core::dotenv::{Document, LineKind};
use crate::core::environment::Environment;
use crate::core::file::{self, Place, Problem, Trouble};
use crate::core::form::Form;
use crate::core::gitattributes;
use crate::core::key::KeyId;
use crate::core::ledger::KeyStatus;
use crate::core::opaque;
use crate::core::policy::Policy;
use crate::core::printable::argument;
use crate::core::suites;
use crate::core::token::Sighting;
use crate::vault::rules::{Filter, Format, Rules};
use crate::vault::{LEDGER_PATH, View};

/// More places of one kind in one file are counted, not listed.
const PLACES_LISTED: usize = 10;

impl Guard<'_> {
    /// Judges a protected file. Says whether it is sealed and has readable places: clear values may
    /// hold what is sealed elsewhere.
    pub(super) fn judge_protected(
        &mut self,
        path: &[u8],
        content: &[u8],
        old: Option<&[u8]>,
        rules: &Rules,
    ) -> Result<bool, GuardError> {
        let environment = &rules.environment;
        let policy = self.policy(environment)?;
        let form = match rules.format {
            Format::Dotenv => Form::of_dotenv(content, &policy),
            Format::Opaque => Form::of_opaque(content),
        };
        self.judge_form(path, &form, rules.filter);
        self.judge_keys(path, content, &form, old, environment)?;
        self.ratchet_suite(path, old, content, rules, policy.suite);
        self.find_keys(content, &form, environment)?;
        let is_complete = self.vault.sealing_key(environment)?.is_ok();
        match rules.format {
            Format::Dotenv => self.judge_lines(path, content, old, &policy, is_complete),
            Format::Opaque => self.judge_whole(path, content, old, is_complete),
        }
        if let Some(old) = old {
            self.ratchet_content(path, old, content, rules)?;
        }
        Ok(form.is_sealed() && rules.format == Format::Dotenv)
    }

    fn find_keys(
        &mut self,
        content: &[u8],
        form: &Form,
        environment: &Environment,
    ) -> Result<(), GuardError> {
        let view = self.view.clone();
        self.vault.find_keys(&form.keys, Some(environment), &view)?;
        if suites::may_hold_keyless_token(content) {
            self.vault.find_all_keys(&view)?;
        }
        Ok(())
    }

    pub(super) fn policy(&mut self, environment: &Environment) -> Result<Policy, GuardError> {
        // A malformed policy clears nothing.
        Ok(self
            .now()?
            .config
            .as_ref()
            .map(|config| config.policy(environment))
            .unwrap_or_default())
    }

    fn judge_form(&mut self, path: &[u8], form: &Form, filter: Filter) {
        let name = self.here.argument(path);
        let pattern = argument(&gitattributes::escaped(path));
        let add = match filter {
            Filter::Ours => {
                format!(
                    "in a clone that `git seal unlock` has set up: git add --renormalize {name}"
                )
            }
            Filter::Unspecified => format!(
                "git seal track {pattern} && git add --renormalize {name}; or, if it is to be plain, decide so: `-filter` in .gitattributes"
            ),
            Filter::Other => format!(
                "take its `-filter` out of .gitattributes, then: git add --renormalize {name}"
            ),
        };
        self.places(
            path,
            UNSEALED,
            &form.plain,
            "it is committed in plain text in a protected file",
            &add,
        );
        let restore =
            "restore the whole token from history, or write the plain value and add it again";
        self.places(
            path,
            DAMAGED_TOKEN,
            &form.damaged,
            "it starts like a sealed value and is none",
            restore,
        );
    }

    fn places(
        &mut self,
        path: &[u8],
        rule: &'static str,
        places: &[Place],
        why: &str,
        advice: &str,
    ) {
        for place in places.iter().take(PLACES_LISTED) {
            self.say(path, rule, Some(place), why.to_owned(), advice.to_owned());
        }
        if let Some(place) = places.get(PLACES_LISTED) {
            let why = format!("{} more places like this", places.len() - PLACES_LISTED);
            self.say(path, rule, Some(place), why, advice.to_owned());
        }
    }

    fn judge_keys(
        &mut self,
        path: &[u8],
        content: &[u8],
        form: &Form,
        old: Option<&[u8]>,
        environment: &Environment,
    ) -> Result<(), GuardError> {
        let new = self.now()?;
        let Some(ledger) = new.lenient_ledger() else {
            let why = "the ledger is damaged, so no key can be judged".to_owned();
            self.say(path, UNKNOWN_KEY, None, why, "run `git seal ledger verify`");
            return Ok(());
        };
        for id in &form.keys {
            match ledger.status_of(environment, *id) {
                KeyStatus::Current | KeyStatus::Forked => {
                    self.judge_stale(path, *id, content, old, environment)?;
                }
                KeyStatus::Retired { .. } => {
                    let why = format!("it is sealed under key {}, which is retired", id.short());
                    self.say(
                        path,
                        "retired-key",
                        None,
                        why,
                        "run `git seal reseal`, then commit",
                    );
                }
                KeyStatus::Unknown => {
                    let why = format!(
                        "it is sealed under key {}, which the ledger does not know for environment {environment}",
                        id.short()
                    );
                    let advice = if self.is_in_unstaged_ledger(*id, environment)? {
                        let ledger = self.here.argument(LEDGER_PATH.as_bytes());
                        format!("stage the ledger too, which knows it on disk: git add {ledger}")
                    } else {
                        "add the file again in a clone with the right key".to_owned()
                    };
                    self.say(path, UNKNOWN_KEY, None, why, advice);
                }
            }
        }
        Ok(())
    }

    /// Whether a commit was begun without the ledger that names a key as current.
    fn is_in_unstaged_ledger(
        &mut self,
        id: KeyId,
        environment: &Environment,
    ) -> Result<bool, GuardError> {
        if self.view != View::Index {
            return Ok(false);
        }
        let on_disk = self.vault.snapshot(&View::WorkTree)?;
        let ledger = on_disk.lenient_ledger();
        Ok(ledger.is_some_and(|ledger| {
            let status = ledger.status_of(environment, id);
            matches!(status, KeyStatus::Current | KeyStatus::Forked)
        }))
    }

    /// A branch whose ledger is older than one this clone knows: unchanged values keep the branch's
    /// key, new ones must not be sealed under a key that a leaver may hold.
    fn judge_stale(
        &mut self,
        path: &[u8],
        id: KeyId,
        content: &[u8],
        old: Option<&[u8]>,
        environment: &Environment,
    ) -> Result<(), GuardError> {
        let cached = self.vault.cached_ledger();
        let known = cached
            .lenient_ledger()
            .map(|known| known.status_of(environment, id));
        let Some(KeyStatus::Retired { since, .. }) = known else {
            return Ok(());
        };
        let before = old.map(|old| tokens_under(old, id)).unwrap_or_default();
        let is_new = |token: &&[u8]| !before.contains(token);
        if !tokens_under(content, id).iter().any(is_new) {
            return Ok(());
        }
        if self.has_tip_retired(id, environment)? {
            return Ok(());
        }
        let allowed = self.vault.repository().config("seal.allowRetired")?;
        if allowed.is_some_and(|value| value == "true") {
            return Ok(());
        }
        let why = format!(
            "a new or changed value is sealed under key {}, which is retired since {} on another branch",
            id.short(),
            since.format("%Y-%m-%d"),
        );
        let advice = "merge or rebase onto the branch with the new key; or `git config seal.allowRetired true`";
        self.say(path, "stale-key", None, why, advice);
        Ok(())
    }

    /// Whether what the range leads to knows that a key is retired: then the branch has rotated since,
    /// or merged the one that did, and nobody could do more without writing history anew.
    fn has_tip_retired(
        &mut self,
        id: KeyId,
        environment: &Environment,
    ) -> Result<bool, GuardError> {
        let Some(tip) = self.tip.clone() else {
            return Ok(false);
        };
        let snapshot = self.vault.snapshot(&View::Revision(tip))?;
        let ledger = snapshot.lenient_ledger();
        Ok(ledger.is_some_and(|ledger| {
            matches!(ledger.status_of(environment, id), KeyStatus::Retired { .. })
        }))
    }

    /// An opaque file. `is_complete`: the environment's current key is at hand, and with it all others.
    fn judge_whole(&mut self, path: &[u8], content: &[u8], old: Option<&[u8]>, is_complete: bool) {
        if !matches!(suites::sight_file(content), Sighting::Token(_)) {
            return;
        }
        match opaque::open(content, self.vault.keyring()) {
            opaque::Opened::NotAuthentic => self.forged(path, None),
            opaque::Opened::KeyAbsent(None) if is_complete && old != Some(content) => {
                self.forged(path, None);
            }
            _ => {}
        }
    }

    /// A dotenv file; see [`Self::judge_whole`].
    fn judge_lines(
        &mut self,
        path: &[u8],
        content: &[u8],
        old: Option<&[u8]>,
        policy: &Policy,
        is_complete: bool,
    ) {
        let document = Document::split(content);
        for line in document
            .lines
            .iter()
            .filter(|line| line.kind == LineKind::Marker)
        {
            let place = Place::of(line);
            self.say(
                path,
                "conflict-marker",
                Some(&place),
                "a conflict is not resolved".to_owned(),
                "resolve it, then add the file again",
            );
        }
        let opened = file::open(content, self.vault.keyring(), policy);
        let before = old.map(file::keyless_tokens).unwrap_or_default();
        let is_forged = |problem: &Problem| match problem.trouble {
            Trouble::NotAuthentic => true,
            // A token that names no key, and that no key opens: only one that was there may stay.
            Trouble::KeyAbsent(None) => {
                let line = document
                    .lines
                    .iter()
                    .find(|l| l.number == problem.stored_line);
                is_complete && line.is_none_or(|line| !before.contains(line.secret))
            }
            _ => false,
        };
        let forged: Vec<&Problem> = opened.problems.iter().filter(|p| is_forged(p)).collect();
        for problem in &forged {
            self.forged(path, Some(&problem.stored_place()));
        }
        let Some(old) = old else { return };
        let forged: Vec<usize> = forged.iter().map(|problem| problem.stored_line).collect();
        for place in moved_tokens(old, &document) {
            if !forged.contains(&place.line) {
                let why = "the sealed value of another variable was moved here: it will never open"
                    .to_owned();
                self.say(
                    path,
                    "moved-token",
                    Some(&place),
                    why,
                    "write the plain value in a clone with the key, and add it",
                );
            }
        }
    }

    fn forged(&mut self, path: &[u8], place: Option<&Place>) {
        let why = "the sealed value does not authenticate: it was changed, or moved from another variable".to_owned();
        self.say(
            path,
            FORGED_TOKEN,
            place,
            why,
            "restore it from history, or write the plain value and add it again",
        );
    }
}

/// The tokens of a file that name this key.
fn tokens_under(content: &[u8], id: KeyId) -> BTreeSet<&[u8]> {
    let names_it =
        |sighting| matches!(sighting, Sighting::Token(token) if token.key_id == Some(id));
    if names_it(suites::sight_file(content)) {
        return BTreeSet::from([content]);
    }
    let lines = Document::split(content).lines;
    lines
        .iter()
        .map(|line| line.secret)
        .filter(|secret| names_it(suites::sight(secret)))
        .collect()
}

/// Tokens that stood under another name before, and not under this one.
fn moved_tokens(old: &[u8], new: &Document<'_>) -> Vec<Place> {
    let old = Document::split(old);
    let mut before: BTreeMap<&[u8], Vec<Option<&[u8]>>> = BTreeMap::new();
    for line in &old.lines {
        if matches!(suites::sight(line.secret), Sighting::Token(token) if token.key_id.is_some()) {
            before.entry(line.secret).or_default().push(line.name());
        }
    }
    new.lines
        .iter()
        .filter(|line| {
            before
                .get(line.secret)
                .is_some_and(|names| !names.contains(&line.name()))
        })
        .map(Place::of)
        .collect()
}
