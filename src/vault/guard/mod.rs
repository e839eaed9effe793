//! The guard: nothing sealed gets out. Judges blobs, never the work tree: what is staged, a commit's
//! changes, or every blob of history. Any error of git, of a blob or of a rule stops it.

mod known;
mod other;
mod protected;
pub mod range;
mod ratchet;
mod state;

use std::sync::Arc;

use chrono::NaiveDate;

pub use known::{Known, known_values};
pub use state::{Base, State};

use super::rules::{BadRules, Filter, Rules};
use super::{Snapshot, Vault};
use crate::core::file::Place;
use crate::core::form::Form;
use crate::core::gitattributes;
use crate::core::policy::Policy;
use crate::core::printable::printable;
use crate::core::scan::allow::{AllowList, BadLine, Secret, Verdict};
use crate::core::scan::plain::Plain;
use crate::core::scan::{Finding, KnownValues, Origin, RuleId, RuleSet, Scanner};
use crate::core::suites;
use crate::core::token::Sighting;
use crate::failure::Outcome;
use crate::git::attributes::AttributesFrom;
use crate::git::changes::Change;
use crate::git::{GitError, paths};

/// Where exceptions stand in a repository.
pub const ALLOW_PATH: &str = ".seal/allow.jsonl";

/// What let a finding through, or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It counts.
    Open,
    /// An entry of `.seal/allow.jsonl` names it.
    Allowed,
    /// An entry fits by rule and path; without the key the secret could not be compared.
    AllowedNotVerified,
    /// An entry let it through until a day that is over: it counts.
    Expired,
}

/// A finding, where it is, and what `.seal/allow.jsonl` says of it.
#[derive(Clone, Debug)]
pub struct Located {
    /// From the top of the work tree.
    pub path: Vec<u8>,
    /// The commit, where one is judged.
    pub commit: Option<String>,
    /// What was found.
    pub finding: Finding,
    /// Whether it counts.
    pub standing: Standing,
}

impl Located {
    /// Whether it blocks.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self.standing, Standing::Open | Standing::Expired)
    }

    /// The exit code that it asks for.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.finding.rule.as_str() {
            _ if !self.counts() => Outcome::Fine,
            FORGED_TOKEN | UNKNOWN_KEY => Outcome::NotAuthentic,
            _ => Outcome::No,
        }
    }
}

/// The rule of tokens that their key does not open.
pub const FORGED_TOKEN: &str = "forged-token";
/// The rule of tokens under keys that the ledger does not know.
pub const UNKNOWN_KEY: &str = "unknown-key";

/// Why nothing can be judged.
#[derive(Debug)]
pub enum GuardError {
    /// Git did not answer, or an object is missing.
    Git(GitError),
    /// Attributes under which a file cannot be sealed.
    Rules(Vec<u8>, BadRules),
    /// `.seal/allow.jsonl` is malformed.
    Allow(BadLine),
}

impl From<GitError> for GuardError {
    fn from(error: GitError) -> Self {
        Self::Git(error)
    }
}

/// Judges the changes that lead to one state of the repository.
pub struct Guard<'a> {
    vault: &'a mut Vault,
    scanner: Scanner<'a>,
    allow: AllowList,
    /// The key of fingerprints in `.seal/allow.jsonl`, where it is at hand.
    allow_key: Option<[u8; 32]>,
    today: NaiveDate,
    old: Arc<Snapshot>,
    new: Arc<Snapshot>,
    old_attributes: Option<AttributesFrom>,
    new_attributes: AttributesFrom,
    commit: Option<String>,
    found: Vec<Located>,
}

impl<'a> Guard<'a> {
    /// A guard for the changes from `base` to `state`.
    ///
    /// # Errors
    /// When the states cannot be read.
    pub fn new(
        vault: &'a mut Vault,
        state: &State,
        base: &Base,
        rules: &'a RuleSet,
        known: Option<&'a KnownValues>,
        today: NaiveDate,
    ) -> Result<Self, GuardError> {
        let new = vault.snapshot(&state.view())?;
        let old = vault.snapshot(&base.view())?;
        let allow_text = state
            .read(vault.repository(), ALLOW_PATH)?
            .unwrap_or_default();
        Ok(Self {
            scanner: Scanner::new(rules, known, crate::core::scan::Options::default()),
            allow: AllowList::parse(&allow_text).map_err(GuardError::Allow)?,
            allow_key: allow_key(vault)?,
            today,
            old,
            new,
            old_attributes: None,
            new_attributes: state.attributes(vault.repository())?,
            commit: state.commit().map(str::to_owned),
            found: Vec::new(),
            vault,
        })
    }

    /// Judges all changes: protected files, policies, and everything else for plaintext secrets.
    ///
    /// # Errors
    /// When a blob or an attribute cannot be read: then nothing is known to be good.
    pub fn judge(mut self, changes: &[Change], base: &Base) -> Result<Vec<Located>, GuardError> {
        for change in changes {
            self.judge_change(change)?;
        }
        if changes.iter().any(|change| changes_policy(&change.path)) {
            if base.is_something() {
                let repository = self.vault.repository();
                self.old_attributes =
                    Some(repository.attributes_of_tree(base.revision(repository))?);
            }
            self.judge_policy(changes)?;
        }
        Ok(self.found)
    }

    fn judge_change(&mut self, change: &Change) -> Result<(), GuardError> {
        let Some(new) = change.new.as_ref().filter(|new| new.is_file()) else {
            return Ok(());
        };
        let content = self.vault.repository().blob(&new.id)?;
        let old = match change.old.as_ref().filter(|old| old.is_file()) {
            Some(old) => Some(self.vault.repository().blob(&old.id)?),
            None => None,
        };
        let rules = self.rules(&change.path)?;
        let was_sealed = old.as_deref().is_some_and(|old| ratchet::is_sealed(old));
        let by_name = gitattributes::is_dotenv_name(paths::file_name(&change.path));
        match rules.filter {
            Filter::Ours => self.judge_protected(&change.path, &content, old.as_deref(), &rules)?,
            _ if was_sealed => {
                self.ratchet_filter(&change.path);
                self.judge_protected(&change.path, &content, old.as_deref(), &rules)?;
            }
            Filter::Unspecified if by_name => {
                self.judge_protected(&change.path, &content, old.as_deref(), &rules)?;
            }
            _ => self.scan_added(&change.path, old.as_deref(), &content),
        }
        Ok(())
    }

    fn rules(&self, path: &[u8]) -> Result<Rules, GuardError> {
        Rules::from(self.vault.repository(), &self.new_attributes, path)?
            .map_err(|error| GuardError::Rules(path.to_vec(), error))
    }

    /// Adds a finding after asking `.seal/allow.jsonl`.
    fn add(&mut self, path: &[u8], finding: Finding) {
        let secret = match (&finding.plain[..], self.allow_key.as_ref()) {
            ([], _) => Secret::None,
            (_, Some(key)) => Secret::Known(finding.fingerprint(key, path)),
            (_, None) => Secret::NoKey,
        };
        let standing = match self
            .allow
            .verdict(finding.rule.as_str(), path, secret, self.today)
        {
            Verdict::Allowed(_) => Standing::Allowed,
            Verdict::AllowedNotVerified(_) => Standing::AllowedNotVerified,
            Verdict::Expired(_) => Standing::Expired,
            Verdict::No => Standing::Open,
        };
        self.found.push(Located {
            path: path.to_vec(),
            commit: self.commit.clone(),
            finding,
            standing,
        });
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

/// Whether a change of this path may change what is sealed.
fn changes_policy(path: &[u8]) -> bool {
    paths::file_name(path) == b".gitattributes"
        || path == crate::core::config::CONFIG_PATH.as_bytes()
}

/// The key of fingerprints: derived from the default environment's current key, if at hand.
///
/// # Errors
/// When git does not answer.
pub fn allow_key(vault: &mut Vault) -> Result<Option<[u8; 32]>, GitError> {
    let environment = crate::core::environment::Environment::default_name();
    Ok(vault
        .sealing_key(&environment)?
        .ok()
        .map(|key| *key.allow_list()))
}

/// What is plain or damaged in a stored version of a file that is protected today.
#[must_use]
pub fn unsealed_in_history(content: &[u8]) -> Vec<Finding> {
    let form = match suites::sight_file(content) {
        Sighting::Plain => Form::of_dotenv(content, &Policy::default()),
        _ => Form::of_opaque(content),
    };
    // Without the policy of its time, a readable value beside tokens may have been cleared.
    if !form.is_plain() {
        return Vec::new();
    }
    let why = format!(
        "{} values of a protected file stand in history in plain text",
        form.plain.len()
    );
    let advice = "change these values at their providers: history keeps them";
    vec![about_form(
        "plain-in-history",
        form.plain.first(),
        why,
        advice,
    )]
}

/// A finding that is about form, not about a secret's text.
fn about_form(
    rule: &'static str,
    place: Option<&Place>,
    why: String,
    advice: impl Into<String>,
) -> Finding {
    let line = place.map_or(1, |place| place.line);
    let name = place.and_then(|place| place.name.as_ref());
    Finding {
        rule: RuleId::built_in(rule),
        origin: Origin::Rule,
        line,
        column: 1,
        last_line: line,
        end_column: 1,
        range: 0..0,
        secret: 0..0,
        excerpt: name
            .map(|name| format!("{}=…", printable(name.as_bytes())))
            .unwrap_or_default(),
        why,
        advice: advice.into().into(),
        plain: Plain::new(Vec::new()),
    }
}
