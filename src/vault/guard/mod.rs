//! The guard: nothing sealed gets out. Judges blobs, never the work tree: what is staged, a commit's
//! changes, or every blob of history. Any error of git, of a blob or of a rule stops it.

pub mod arrivals;
mod content;
mod exceptions;
mod known;
mod lines;
mod located;
pub mod past;
mod protected;
pub mod range;
mod ratchet;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use exceptions::{ALLOW_PATH, Exceptions, allow_key};
pub use known::{Known, Source, known_values, staged_sources};
pub use located::{FORGED_TOKEN, Located, Standing};
pub use state::{Base, State};

use located::about_form;

use super::rules::{BadRules, Filter, Rules};
use super::{Snapshot, Vault, View};
use crate::core::config::{BadConfig, CONFIG_PATH};
use crate::core::file::Place;
use crate::core::gitattributes;
use crate::core::here::Here;
use crate::core::scan::allow::BadLine;
use crate::core::scan::settings::BadRule;
use crate::core::scan::{Finding, KnownValues, Options, RuleSet, Scanner};
use crate::git::attributes::AttributesFrom;
use crate::git::changes::{Change, Side};
use crate::git::{GitError, paths};
use crate::vault::LEDGER_PATH;

/// Why nothing can be judged.
#[derive(Debug)]
pub enum GuardError {
    /// Git did not answer, or an object is missing.
    Git(GitError),
    /// Attributes under which a file cannot be sealed.
    Rules(Vec<u8>, BadRules),
    /// `.seal/allow.jsonl` is malformed.
    Allow(BadLine),
    /// `.seal/config.toml` is malformed.
    Config(BadConfig),
    /// A rule in `.seal/config.toml` is malformed.
    Rule(BadRule),
}

impl From<GitError> for GuardError {
    fn from(error: GitError) -> Self {
        Self::Git(error)
    }
}

/// The rules that the policies of a state leave on.
///
/// # Errors
/// When the policies are malformed.
pub fn rule_set(vault: &mut Vault, view: &View) -> Result<RuleSet, GuardError> {
    let snapshot = vault.snapshot(view)?;
    let config = snapshot.usable_config().map_err(GuardError::Config)?;
    RuleSet::new(&config.scan, &config.rule).map_err(GuardError::Rule)
}

/// What a change is judged by, whatever state it leads to.
#[derive(Clone, Copy)]
pub struct Measure<'a> {
    /// What plaintext secrets look like.
    pub rules: &'a RuleSet,
    /// The values that are sealed here.
    pub known: &'a KnownValues,
    /// What may pass.
    pub exceptions: &'a Exceptions,
}

impl<'a> Measure<'a> {
    /// A scanner by these rules.
    #[must_use]
    pub fn scanner(&self) -> Scanner<'a> {
        Scanner::new(self.rules, Some(self.known), Options::default())
    }
}

/// What changed against one earlier state: `HEAD`, or a parent.
#[derive(Clone, Debug)]
pub struct Since {
    /// The earlier state.
    pub base: Base,
    /// The paths that differ.
    pub changes: Vec<Change>,
}

/// Judges the changes that lead to one state of the repository.
pub struct Guard<'a> {
    vault: &'a mut Vault,
    measure: Measure<'a>,
    scanner: Scanner<'a>,
    view: View,
    /// Of the earlier state that is being compared with.
    old_view: View,
    attributes: AttributesFrom,
    commit: Option<String>,
    /// The commit that the range leads to.
    tip: Option<String>,
    /// For whom the advice is.
    here: Here,
    found: Vec<Located>,
}

impl<'a> Guard<'a> {
    /// A guard for changes that lead to `state`.
    #[must_use]
    pub fn new(vault: &'a mut Vault, state: &State, measure: Measure<'a>) -> Self {
        Self {
            here: vault.repository().here(),
            vault,
            scanner: measure.scanner(),
            measure,
            view: state.view(),
            old_view: Base::nothing().view(),
            attributes: state.attributes(),
            commit: state.commit().map(str::to_owned),
            tip: state.tip().map(str::to_owned),
            found: Vec::new(),
        }
    }

    /// Judges protected files, policies, and everything else for plaintext secrets. Of a merge's
    /// parents, all may hold something sealed that must stay so; only lines that none of them has
    /// are added.
    ///
    /// # Errors
    /// When a blob or an attribute cannot be read: then nothing is known to be good.
    pub fn judge(mut self, since: &[Since]) -> Result<Vec<Located>, GuardError> {
        let Some((first, others)) = since.split_first() else {
            return Ok(self.found);
        };
        let others_by_path: Vec<BTreeMap<&[u8], &Change>> =
            others.iter().map(|other| by_path(&other.changes)).collect();
        let stays = |change: &&Change| change.new.as_ref().is_some_and(Side::is_file);
        let paths = first.changes.iter().filter(stays).map(|one| &*one.path);
        Rules::expect(self.vault.repository(), &self.attributes, paths);
        self.old_view = first.base.view();
        for change in &first.changes {
            let elsewhere: Vec<Option<&Change>> = others_by_path
                .iter()
                .map(|changes| changes.get(&*change.path).copied())
                .collect();
            self.judge_change(change, &elsewhere, &first.base)?;
        }
        for other in others {
            self.old_view = other.base.view();
            for change in &other.changes {
                self.ratchet_change(change)?;
            }
        }
        for one in since {
            self.old_view = one.base.view();
            self.judge_changed_policy(one)?;
        }
        Ok(without_repetitions(self.found))
    }

    fn judge_changed_policy(&mut self, since: &Since) -> Result<(), GuardError> {
        let changed = |is: fn(&[u8]) -> bool| since.changes.iter().any(|change| is(&change.path));
        if since.base.is_something() && changed(changes_policy) {
            self.judge_policy(&since.base, &since.changes)?;
        }
        if changed(|path| path == LEDGER_PATH.as_bytes()) {
            self.judge_ledger()?;
        }
        Ok(())
    }

    fn judge_change(
        &mut self,
        change: &Change,
        elsewhere: &[Option<&Change>],
        base: &Base,
    ) -> Result<(), GuardError> {
        let Some(new) = &change.new else {
            return Ok(());
        };
        if !new.is_file() {
            return self.judge_link(change, new);
        }
        let rules = self.rules(&change.path)?;
        if self.vault.repository().blob_size(&new.id)? > content::MAX_WHOLE_BYTES {
            return self.judge_large(change, new, &rules, elsewhere);
        }
        let text = self.vault.repository().blob(&new.id)?;
        if gitattributes::is_attributes_file(&change.path)
            && let Some(why) = gitattributes::why_not_read(&text)
        {
            self.attributes_unreadable(&change.path, why);
        }
        let old = self.old_content(change)?;
        let mut role = self.role(change, old.as_deref(), &rules, base)?;
        if role == Role::LostItsFilter && self.ratchet_filter(&change.path) {
            role = without_filter(&change.path, &rules);
        }
        let is_readable = role == Role::Other
            || self.judge_protected(&change.path, &text, old.as_deref(), &rules)?;
        if is_readable {
            self.scan_added(&change.path, old.as_deref(), &text, elsewhere)?;
        }
        Ok(())
    }

    /// Whether a path is protected: by attribute, by what it held, or by its name.
    fn role(
        &self,
        change: &Change,
        old: Option<&[u8]>,
        rules: &Rules,
        base: &Base,
    ) -> Result<Role, GuardError> {
        if rules.filter == Filter::Ours {
            return Ok(Role::Protected);
        }
        if old.is_some_and(ratchet::is_sealed) {
            return Ok(Role::LostItsFilter);
        }
        if without_filter(&change.path, rules) == Role::Protected {
            return Ok(Role::Protected);
        }
        // Deleted in one commit and back, plain, in another.
        let is_back = is_dotenv(&change.path)
            && change.old.is_none()
            && self.was_sealed_before(&change.path, base)?;
        Ok(if is_back {
            Role::LostItsFilter
        } else {
            Role::Other
        })
    }

    /// Compares with a further parent of a merge: whether it held something sealed that is less so.
    fn ratchet_change(&mut self, change: &Change) -> Result<(), GuardError> {
        let (Some(old), Some(new)) = (&change.old, &change.new) else {
            return Ok(());
        };
        if !old.is_file() || !new.is_file() {
            return Ok(());
        }
        let rules = self.rules(&change.path)?;
        let too_large = self.vault.repository().blob_size(&new.id)? > content::MAX_WHOLE_BYTES;
        if too_large || !(rules.filter == Filter::Ours || is_dotenv(&change.path)) {
            return Ok(());
        }
        let Some(old) = self
            .old_content(change)?
            .filter(|old| ratchet::is_sealed(old))
        else {
            return Ok(());
        };
        if rules.filter == Filter::Other {
            self.ratchet_filter(&change.path);
        }
        let new = self.vault.repository().blob(&new.id)?;
        self.ratchet_content(&change.path, &old, &new, &rules)
    }

    fn rules(&self, path: &[u8]) -> Result<Rules, GuardError> {
        Rules::from(self.vault.repository(), &self.attributes, path)?
            .map_err(|error| GuardError::Rules(path.to_vec(), error))
    }

    /// Ledger and policies of the state that is judged.
    fn now(&mut self) -> Result<Arc<Snapshot>, GuardError> {
        Ok(self.vault.snapshot(&self.view)?)
    }

    /// Ledger and policies of the earlier state.
    fn before(&mut self) -> Result<Arc<Snapshot>, GuardError> {
        Ok(self.vault.snapshot(&self.old_view)?)
    }

    /// Adds a finding after asking `.seal/allow.jsonl`.
    fn add(&mut self, path: &[u8], finding: Finding) {
        let commit = self.commit.as_deref();
        self.found
            .push(self.measure.exceptions.locate(path, commit, finding));
    }

    /// Adds a finding that is about form, not about a secret's text.
    fn say(
        &mut self,
        path: &[u8],
        rule: &'static str,
        place: Option<&Place>,
        why: String,
        advice: impl Into<String>,
    ) {
        self.add(path, about_form(rule, place, why, advice));
    }
}

/// How a path is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Every line has to be sealed.
    Protected,
    /// The same; and it should still have the filter.
    LostItsFilter,
    /// Searched for plaintext secrets.
    Other,
}

/// How a path without our filter is judged that was not sealed before, or may be plain now: a dotenv
/// name is protected unless an attribute decides against it.
fn without_filter(path: &[u8], rules: &Rules) -> Role {
    if is_dotenv(path) && rules.filter == Filter::Unspecified {
        Role::Protected
    } else {
        Role::Other
    }
}

fn by_path(changes: &[Change]) -> BTreeMap<&[u8], &Change> {
    changes
        .iter()
        .map(|change| (change.path.as_slice(), change))
        .collect()
}

fn without_repetitions(mut found: Vec<Located>) -> Vec<Located> {
    let mut seen = BTreeSet::new();
    found.retain(|one| {
        let finding = &one.finding;
        let place = (finding.line, finding.column);
        let rule = finding.rule.to_string();
        seen.insert((one.path.clone(), rule, place, finding.why.clone()))
    });
    found
}

/// Whether a path has a dotenv name, whatever the case.
#[must_use]
pub fn is_dotenv(path: &[u8]) -> bool {
    gitattributes::is_dotenv_name_in_any_case(paths::file_name(path))
}

/// Whether a change of this path may change what is sealed.
fn changes_policy(path: &[u8]) -> bool {
    gitattributes::is_attributes_file(path) || path == CONFIG_PATH.as_bytes()
}
