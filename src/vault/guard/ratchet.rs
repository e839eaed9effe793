//! The ratchet: what was sealed may not become less so unnoticed. Policy files are unauthenticated,
//! and whoever can write to the repository could otherwise switch sealing off.

use std::collections::BTreeSet;

use super::{Guard, GuardError};
use crate::core::dotenv::{Document, LineKind};
use crate::core::environment::Environment;
use crate::core::ledger::Ledger;
use crate::core::policy::{Comments, Policy};
use crate::core::printable::printable;
use crate::core::suites;
use crate::core::token::Sighting;
use crate::git::changes::Change;
use crate::vault::Snapshot;
use crate::vault::rules::{Filter, Format, Rules};

const ADVICE: &str = "if that is meant: `git seal allow` with this rule, this path and a reason";

impl Guard<'_> {
    /// A path lost its filter.
    pub(super) fn ratchet_filter(&mut self, path: &[u8]) {
        let why = "it was sealed, and .gitattributes no longer gives it the filter".to_owned();
        self.say(path, "ratchet-filter", None, why, ADVICE);
    }

    /// Compares a file's sealed forms before and after.
    pub(super) fn ratchet_content(&mut self, path: &[u8], old: &[u8], new: &[u8], rules: &Rules) {
        self.ratchet_environment(path, old, &rules.environment);
        let was_opaque = matches!(suites::sight_file(old), Sighting::Token(_));
        if was_opaque != (rules.format == Format::Opaque) && is_sealed(old) {
            let why = format!(
                "it was sealed in another format than {}",
                rules.format.as_str()
            );
            self.say(path, "ratchet-format", None, why, ADVICE);
            return;
        }
        if rules.format == Format::Dotenv {
            self.ratchet_lines(path, old, new);
        }
    }

    fn ratchet_environment(&mut self, path: &[u8], old: &[u8], environment: &Environment) {
        let owners = owners(&self.old, &self.new, old);
        if let Some(owner) = owners.iter().find(|owner| *owner != environment) {
            let why = format!(
                "it was sealed for environment {owner} and is now of environment {environment}"
            );
            self.say(path, "ratchet-environment", None, why, ADVICE);
        }
    }

    /// Variables and comments that were sealed and are readable now.
    fn ratchet_lines(&mut self, path: &[u8], old: &[u8], new: &[u8]) {
        let sealed = sealed_names(old);
        let policy_clears: Vec<_> = Document::split(new)
            .lines
            .iter()
            .filter(|line| line.name().is_some_and(|name| sealed.contains(name)))
            .filter(|line| suites::sight(line.secret) == Sighting::Plain)
            .map(crate::core::file::Place::of)
            .collect();
        for place in policy_clears {
            let why = "this variable was sealed and is readable now".to_owned();
            self.say(path, "ratchet-clear", Some(&place), why, ADVICE);
        }
        let comments = |text: &[u8], wanted: fn(&Sighting<'_>) -> bool| {
            Document::split(text)
                .lines
                .iter()
                .filter(|line| line.kind == LineKind::Comment && !Policy::default().clears(line))
                .any(|line| wanted(&suites::sight(line.secret)))
        };
        let were_sealed = comments(old, |sighting| matches!(sighting, Sighting::Token(_)));
        if were_sealed && comments(new, |sighting| *sighting == Sighting::Plain) {
            let why = "its comments were sealed and are readable now".to_owned();
            self.say(path, "ratchet-comments", None, why, ADVICE);
        }
    }

    /// A change of attributes or policies: looks at every file that was sealed, changed or not.
    pub(super) fn judge_policy(&mut self, changes: &[Change]) -> Result<(), GuardError> {
        let Some(from) = self.old_attributes.clone() else {
            return Ok(());
        };
        let repository = self.vault.repository();
        let mut sealed = Vec::new();
        for entry in repository.entries_of(&from)? {
            let changed = changes.iter().any(|change| change.path == entry.path);
            if !changed && entry.is_file() {
                let old = Rules::from(repository, &from, &entry.path)?;
                if old.is_ok_and(|old| old.filter == Filter::Ours) {
                    let content = repository.blob(&entry.id)?;
                    if is_sealed(&content) {
                        sealed.push((entry.path, content));
                    }
                }
            }
        }
        for (path, content) in sealed {
            let rules = self.rules(&path)?;
            if rules.filter == Filter::Ours {
                self.ratchet_content(&path, &content, &content, &rules);
                self.ratchet_policy(&path, &content, &rules);
            } else {
                self.ratchet_filter(&path);
            }
        }
        let suite = |snapshot: &Snapshot| snapshot.config.as_ref().map(|config| config.suite).ok();
        let (before, after) = (suite(&self.old), suite(&self.new));
        if before.is_some() && after.is_some() && before != after && self.old.ledger_text.is_some()
        {
            let why = "values would be sealed in another suite from now on".to_owned();
            self.say(
                crate::core::config::CONFIG_PATH.as_bytes(),
                "ratchet-suite",
                None,
                why,
                ADVICE,
            );
        }
        Ok(())
    }

    /// Names and comments of an unchanged file that the new policy would clear.
    fn ratchet_policy(&mut self, path: &[u8], content: &[u8], rules: &Rules) {
        let policy = self.policy(&rules.environment);
        let cleared: Vec<String> = sealed_names(content)
            .into_iter()
            .filter(|name| policy.clears_name(name))
            .map(|name| printable(&name))
            .collect();
        if !cleared.is_empty() {
            let why = format!("the policy now leaves {} readable", cleared.join(", "));
            self.say(path, "ratchet-clear", None, why, ADVICE);
        }
        let seals_comments = Document::split(content).lines.iter().any(|line| {
            line.kind == LineKind::Comment
                && matches!(suites::sight(line.secret), Sighting::Token(_))
        });
        if policy.comments == Comments::Clear && seals_comments {
            let why = "the policy now leaves comments readable".to_owned();
            self.say(path, "ratchet-comments", None, why, ADVICE);
        }
    }
}

/// Whether a stored file holds anything sealed.
pub(super) fn is_sealed(content: &[u8]) -> bool {
    matches!(suites::sight_file(content), Sighting::Token(_))
        || Document::split(content)
            .lines
            .iter()
            .any(|line| matches!(suites::sight(line.secret), Sighting::Token(_)))
}

fn sealed_names(content: &[u8]) -> BTreeSet<Vec<u8>> {
    Document::split(content)
        .lines
        .iter()
        .filter(|line| matches!(suites::sight(line.secret), Sighting::Token(_)))
        .filter_map(|line| line.name().map(<[u8]>::to_vec))
        .collect()
}

/// The environments whose keys sealed a file, by the ledgers before and after.
fn owners(old: &Snapshot, new: &Snapshot, content: &[u8]) -> BTreeSet<Environment> {
    let ledgers: Vec<&Ledger> = [new, old]
        .into_iter()
        .filter_map(Snapshot::lenient_ledger)
        .collect();
    let keys = match suites::sight_file(content) {
        Sighting::Token(token) => token.key_id.into_iter().collect(),
        _ => crate::core::file::key_ids(content),
    };
    keys.into_iter()
        .filter_map(|id| {
            ledgers
                .iter()
                .find_map(|ledger| ledger.environment_of(id))
                .cloned()
        })
        .collect()
}
