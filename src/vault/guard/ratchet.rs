//! The ratchet: what was sealed may not become less so unnoticed. Policy files are unauthenticated,
//! and whoever can write to the repository could otherwise switch sealing off.

use std::collections::BTreeSet;

use super::{Base, Guard, GuardError};
use crate::core::config::CONFIG_PATH;
use crate::core::dotenv::{Document, LineKind};
use crate::core::environment::Environment;
use crate::core::file::{self, Place};
use crate::core::ledger::{Ledger, Severity};
use crate::core::policy::{Comments, Policy};
use crate::core::printable::printable;
use crate::core::suites::{self, Suite};
use crate::core::token::Sighting;
use crate::git::attributes::AttributesFrom;
use crate::git::changes::Change;
use crate::vault::rules::{Filter, Format, Rules};
use crate::vault::{LEDGER_PATH, Snapshot};

impl Guard<'_> {
    /// Something became less sealed than it was.
    fn loosened(&mut self, path: &[u8], rule: &'static str, place: Option<&Place>, why: String) {
        let name = self.here.argument(path);
        let advice = format!("if that is meant: git seal allow {rule} {name} --reason \"why\"");
        self.say(path, rule, place, why, advice);
    }

    /// A path lost its filter. Says whether an exception lets that through.
    pub(super) fn ratchet_filter(&mut self, path: &[u8]) -> bool {
        let why = "it was sealed, and .gitattributes no longer gives it the filter".to_owned();
        self.loosened(path, "ratchet-filter", None, why);
        self.found.last().is_some_and(|found| !found.counts())
    }

    /// Attributes that git does not read protect nothing.
    pub(super) fn attributes_unreadable(&mut self, path: &[u8], why: &str) {
        let why = format!("git does not read what it says: {why}");
        let advice = "make it a plain file of UTF-8 text without a byte order mark";
        self.say(path, "attributes-unreadable", None, why, advice);
    }

    /// A sealed file gave way to a symbolic link or a submodule.
    pub(super) fn ratchet_kind(&mut self, path: &[u8]) {
        let why = "it was sealed, and is a symbolic link or a submodule now".to_owned();
        self.loosened(path, "ratchet-filter", None, why);
    }

    /// Compares a file's sealed forms before and after.
    pub(super) fn ratchet_content(
        &mut self,
        path: &[u8],
        old: &[u8],
        new: &[u8],
        rules: &Rules,
    ) -> Result<(), GuardError> {
        self.ratchet_environment(path, old, &rules.environment)?;
        let was_opaque = matches!(suites::sight_file(old), Sighting::Token(_));
        if was_opaque != (rules.format == Format::Opaque) && is_sealed(old) {
            let why = format!(
                "it was sealed in another format than {}",
                rules.format.as_str()
            );
            self.loosened(path, "ratchet-format", None, why);
            return Ok(());
        }
        if rules.format == Format::Dotenv {
            let policy = self.policy(&rules.environment)?;
            self.ratchet_lines(path, old, new, &policy);
        }
        Ok(())
    }

    fn ratchet_environment(
        &mut self,
        path: &[u8],
        old: &[u8],
        environment: &Environment,
    ) -> Result<(), GuardError> {
        let (before, now) = (self.before()?, self.now()?);
        let owners = owners(&before, &now, old);
        if let Some(owner) = owners.iter().find(|owner| *owner != environment) {
            let why = format!(
                "it was sealed for environment {owner} and is now of environment {environment}"
            );
            self.loosened(path, "ratchet-environment", None, why);
        }
        Ok(())
    }

    /// Tokens of a weaker suite than the repository's, which were not there before.
    pub(super) fn ratchet_suite(
        &mut self,
        path: &[u8],
        old: Option<&[u8]>,
        new: &[u8],
        rules: &Rules,
        suite: Suite,
    ) {
        if suite == Suite::Fernet || !suites::may_hold_keyless_token(new) {
            return;
        }
        let tokens = |content: &[u8]| match rules.format {
            Format::Dotenv => file::keyless_tokens(content),
            Format::Opaque => match suites::sight_file(content) {
                Sighting::Token(token) if token.key_id.is_none() => [content.to_vec()].into(),
                _ => BTreeSet::new(),
            },
        };
        let before = old.map(tokens).unwrap_or_default();
        if tokens(new).iter().any(|token| !before.contains(token)) {
            let why = format!(
                "a value is sealed in suite fernet, and the repository's suite is {}",
                suite.as_str()
            );
            self.loosened(path, "ratchet-suite", None, why);
        }
    }

    /// Variables and comments that were sealed and are readable now, by leave of the policy: without
    /// it they are unsealed, which is said elsewhere.
    fn ratchet_lines(&mut self, path: &[u8], old: &[u8], new: &[u8], policy: &Policy) {
        let sealed = sealed_names(old);
        let policy_clears: Vec<_> = Document::split(new)
            .lines
            .iter()
            .filter(|line| line.name().is_some_and(|name| sealed.contains(name)))
            .filter(|line| suites::sight(line.secret) == Sighting::Plain && policy.clears(line))
            .map(Place::of)
            .collect();
        for place in policy_clears {
            let why = "this variable was sealed and is readable now".to_owned();
            self.loosened(path, "ratchet-clear", Some(&place), why);
        }
        let comments = |text: &[u8], wanted: fn(&Sighting<'_>) -> bool| {
            Document::split(text)
                .lines
                .iter()
                .filter(|line| line.kind == LineKind::Comment && !Policy::default().clears(line))
                .any(|line| wanted(&suites::sight(line.secret)))
        };
        let were_sealed = comments(old, |sighting| matches!(sighting, Sighting::Token(_)));
        let are_clear = policy.comments == Comments::Clear;
        if were_sealed && are_clear && comments(new, |sighting| *sighting == Sighting::Plain) {
            let why = "its comments were sealed and are readable now".to_owned();
            self.loosened(path, "ratchet-comments", None, why);
        }
    }

    /// A change of attributes or policies: looks at every file that was sealed, changed or not.
    pub(super) fn judge_policy(
        &mut self,
        base: &Base,
        changes: &[Change],
    ) -> Result<(), GuardError> {
        let from = {
            let repository = self.vault.repository();
            repository.attributes_of_tree(base.revision(repository))?
        };
        let changed: BTreeSet<&[u8]> = changes.iter().map(|change| &*change.path).collect();
        for (path, content) in self.sealed_files(&from)? {
            let rules = self.rules(&path)?;
            if rules.filter != Filter::Ours {
                self.ratchet_filter(&path);
            } else if !changed.contains(&*path) {
                self.ratchet_content(&path, &content, &content, &rules)?;
                self.ratchet_policy(&path, &content, &rules)?;
            }
        }
        let (before, after) = (self.before()?, self.now()?);
        let suite = |snapshot: &Snapshot| snapshot.config.as_ref().map(|config| config.suite).ok();
        let (old, new) = (suite(&before), suite(&after));
        if old.is_some() && new.is_some() && old != new && before.ledger_text.is_some() {
            let why = "values would be sealed in another suite from now on".to_owned();
            let path = CONFIG_PATH.as_bytes();
            self.loosened(path, "ratchet-suite", None, why);
        }
        Ok(())
    }

    /// The files of a tree that its own attributes seal, and that are sealed.
    fn sealed_files(&self, from: &AttributesFrom) -> Result<Vec<Stored>, GuardError> {
        let repository = self.vault.repository();
        let mut sealed = Vec::new();
        for entry in repository.entries_of(from)? {
            if !entry.is_file() {
                continue;
            }
            let old = Rules::from(repository, from, &entry.path)?;
            let was_ours = old.map_or(true, |old| old.filter == Filter::Ours);
            if was_ours {
                let content = repository.blob(&entry.id)?;
                if is_sealed(&content) {
                    sealed.push((entry.path, content));
                }
            }
        }
        Ok(sealed)
    }

    /// Names and comments of an unchanged file that the new policy would clear.
    fn ratchet_policy(
        &mut self,
        path: &[u8],
        content: &[u8],
        rules: &Rules,
    ) -> Result<(), GuardError> {
        let policy = self.policy(&rules.environment)?;
        let cleared: Vec<String> = sealed_names(content)
            .into_iter()
            .filter(|name| policy.clears_name(name))
            .map(|name| printable(&name))
            .collect();
        if !cleared.is_empty() {
            let why = format!("the policy now leaves {} readable", cleared.join(", "));
            self.loosened(path, "ratchet-clear", None, why);
        }
        let seals_comments = Document::split(content).lines.iter().any(|line| {
            line.kind == LineKind::Comment
                && matches!(suites::sight(line.secret), Sighting::Token(_))
        });
        if policy.comments == Comments::Clear && seals_comments {
            let why = "the policy now leaves comments readable".to_owned();
            self.loosened(path, "ratchet-comments", None, why);
        }
        Ok(())
    }

    /// The ledger only grows.
    pub(super) fn judge_ledger(&mut self) -> Result<(), GuardError> {
        let path = LEDGER_PATH.as_bytes();
        let (before, after) = (self.before()?, self.now()?);
        let now = match &after.ledger {
            Ok(now) => now,
            Err(error) => {
                let why = format!("the ledger is damaged: {error}");
                self.say(path, "damaged-ledger", None, why, "git seal ledger verify");
                return Ok(());
            }
        };
        let then = before.readable_ledger();
        let lost = now.compare_against(&then);
        if !lost.is_empty() {
            let why = format!("the ledger went backwards: {} entries are gone", lost.len());
            let advice =
                "restore the lines from history: a key that they retire would be current again";
            self.say(path, "ratchet-ledger", None, why, advice);
        }
        let said: Vec<String> = then
            .verify(self.vault.keyring())
            .iter()
            .map(|finding| finding.problem.to_string())
            .collect();
        for finding in now.verify(self.vault.keyring()) {
            let why = finding.problem.to_string();
            if finding.problem.severity() == Severity::NotAuthentic && !said.contains(&why) {
                let place = Place {
                    line: finding.line,
                    name: None,
                };
                self.say(
                    path,
                    "damaged-ledger",
                    Some(&place),
                    why,
                    "git seal ledger verify",
                );
            }
        }
        Ok(())
    }
}

/// A path and its content.
type Stored = (Vec<u8>, Vec<u8>);

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
        _ => file::key_ids(content),
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
