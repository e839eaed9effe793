//! Protected files: every line sealed, under the current key, at its own place.

use std::collections::BTreeMap;

use super::{FORGED_TOKEN, Guard, GuardError, UNKNOWN_KEY};
use crate::core::dotenv::{Document, LineKind};
use crate::core::environment::Environment;
use crate::core::file::{self, Place, Trouble};
use crate::core::form::Form;
use crate::core::key::KeyId;
use crate::core::ledger::KeyStatus;
use crate::core::policy::Policy;
use crate::core::printable::printable;
use crate::core::suites;
use crate::core::token::Sighting;
use crate::core::{opaque, scan};
use crate::vault::View;
use crate::vault::rules::{Format, Rules};

/// More places of one kind in one file are counted, not listed.
const PLACES_LISTED: usize = 10;

impl Guard<'_> {
    pub(super) fn judge_protected(
        &mut self,
        path: &[u8],
        content: &[u8],
        old: Option<&[u8]>,
        rules: &Rules,
    ) -> Result<(), GuardError> {
        let environment = &rules.environment;
        let policy = self.policy(environment);
        let form = match rules.format {
            Format::Dotenv => Form::of_dotenv(content, &policy),
            Format::Opaque => Form::of_opaque(content),
        };
        self.judge_form(path, &form);
        self.judge_keys(path, &form, old, environment);
        self.vault
            .find_keys(&form.keys, Some(environment), &View::WorkTree)?;
        match rules.format {
            Format::Dotenv => self.judge_lines(path, content, old, &policy),
            Format::Opaque => {
                if matches!(
                    opaque::open(content, self.vault.keyring()),
                    opaque::Opened::NotAuthentic
                ) && form.damaged.is_empty()
                {
                    self.forged(path, None);
                }
            }
        }
        if let Some(old) = old {
            self.ratchet_content(path, old, content, rules);
        }
        // Clear values are readable: they may hold what is sealed elsewhere.
        if form.is_sealed() && rules.format == Format::Dotenv {
            self.scan_added(path, old, content);
        }
        Ok(())
    }

    pub(super) fn policy(&self, environment: &Environment) -> Policy {
        // A malformed policy clears nothing.
        self.new
            .config
            .as_ref()
            .map(|config| config.policy(environment))
            .unwrap_or_default()
    }

    fn judge_form(&mut self, path: &[u8], form: &Form) {
        let add = format!(
            "`git add {}` in a clone with the filter and the key",
            printable(path)
        );
        self.places(
            path,
            "unsealed",
            &form.plain,
            "it is committed in plain text in a protected file",
            &add,
        );
        let restore =
            "restore the whole token from history, or write the plain value and add it again";
        self.places(
            path,
            "damaged-token",
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
        form: &Form,
        old: Option<&[u8]>,
        environment: &Environment,
    ) {
        let new = std::sync::Arc::clone(&self.new);
        let Some(ledger) = new.lenient_ledger() else {
            let why = "the ledger is damaged, so no key can be judged".to_owned();
            self.say(path, UNKNOWN_KEY, None, why, "run `git seal ledger verify`");
            return;
        };
        for id in &form.keys {
            match ledger.status_of(environment, *id) {
                KeyStatus::Current | KeyStatus::Forked => {
                    self.judge_stale(path, *id, old, environment)
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
                    self.say(
                        path,
                        UNKNOWN_KEY,
                        None,
                        why,
                        "add the file again in a clone with the right key",
                    );
                }
            }
        }
    }

    /// A branch whose ledger is older than one this clone knows: unchanged values keep the branch's
    /// key, new ones must not be sealed under a key that a leaver may hold.
    fn judge_stale(
        &mut self,
        path: &[u8],
        id: KeyId,
        old: Option<&[u8]>,
        environment: &Environment,
    ) {
        let cached = self.vault.cached_ledger();
        let Some(known) = cached.lenient_ledger() else {
            return;
        };
        let KeyStatus::Retired { since, .. } = known.status_of(environment, id) else {
            return;
        };
        let had = old
            .map(|old| Form::of_dotenv(old, &Policy::default()).keys)
            .unwrap_or_default();
        let unchanged = had.contains(&id) && self.commit.is_some();
        let allowed = self
            .vault
            .repository()
            .config("seal.allowRetired")
            .ok()
            .flatten();
        if unchanged || allowed.is_some_and(|value| value == "true") {
            return;
        }
        let why = format!(
            "a new or changed value is sealed under key {}, which is retired since {} on another branch",
            id.short(),
            since.format("%Y-%m-%d"),
        );
        self.say(path, "stale-key", None, why, "merge or rebase onto the branch with the new key; or `git config seal.allowRetired true`");
    }

    fn judge_lines(&mut self, path: &[u8], content: &[u8], old: Option<&[u8]>, policy: &Policy) {
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
        for problem in opened
            .problems
            .iter()
            .filter(|problem| problem.trouble == Trouble::NotAuthentic)
        {
            self.forged(path, Some(&problem.place));
        }
        let Some(old) = old else { return };
        let forged: Vec<usize> = opened
            .problems
            .iter()
            .map(|problem| problem.place.line)
            .collect();
        for place in moved_tokens(old, &document) {
            if !forged.contains(&place.line) || self.vault.keyring().is_empty() {
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

    /// Searches the lines that a change adds for plaintext secrets.
    pub(super) fn scan_added(&mut self, path: &[u8], old: Option<&[u8]>, new: &[u8]) {
        let lines = super::other::added_lines(old, new);
        let findings: Vec<scan::Finding> = self.scanner.scan(new, path, lines.as_deref());
        for finding in findings {
            self.add(path, finding);
        }
    }
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
