//! `git seal ledger verify`: whether the record holds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::core::environment::Environment;
use crate::core::ledger::{EntryId, Finding, Ledger, Severity};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::{Repository, command};
use crate::ui::Ui;
use crate::vault::{LEDGER_PATH, Vault, View};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Every entry of this revision's ledger must still be there
    #[arg(long, value_name = "REV")]
    against: Option<String>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Environments named in one line.
const MAX_NAMED: usize = 8;

/// All that verification has to say.
pub(crate) struct Verdict {
    /// What is wrong, by line.
    pub(crate) findings: Vec<Finding>,
    /// Entries that were here once.
    pub(crate) gone: Vec<Gone>,
    /// Environments whose current key is not at hand: their MACs are not checked.
    pub(crate) unchecked: Vec<Environment>,
}

/// An entry that another copy of the ledger has.
pub(crate) struct Gone {
    pub(crate) id: EntryId,
    /// Which other copy: a revision, or what this clone saw before.
    pub(crate) seen_in: String,
    /// Whether another branch or tag has it: then this one is merely older.
    pub(crate) elsewhere: bool,
}

impl Verdict {
    pub(crate) fn outcome(&self) -> Outcome {
        let of_finding = |finding: &Finding| match finding.problem.severity() {
            Severity::Notice => Outcome::Fine,
            Severity::Unwell => Outcome::No,
            Severity::NotAuthentic => Outcome::NotAuthentic,
        };
        let gone = self
            .gone
            .iter()
            .filter(|gone| !gone.elsewhere)
            .map(|_| Outcome::No);
        let unchecked = self.unchecked.iter().map(|_| Outcome::NoKey);
        self.findings
            .iter()
            .map(of_finding)
            .chain(gone)
            .chain(unchecked)
            .fold(Outcome::Fine, Outcome::worse)
    }

    /// Everything that is wrong, a sentence each.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let findings = self.findings.iter().map(|finding| {
            let problem = printable(finding.problem.to_string().as_bytes());
            let note = match finding.problem.severity() {
                Severity::Notice => " (a clock was wrong; no fault of the ledger)",
                _ => "",
            };
            format!("line {}: {problem}{note}", finding.line)
        });
        let gone = self.gone.iter().map(|gone| {
            let id = gone.id.short();
            if gone.elsewhere {
                format!(
                    "another branch has entry {id}, which is not here yet: this ledger is older"
                )
            } else {
                format!(
                    "entry {id} is gone: {} had it, so this ledger went backwards",
                    gone.seen_in
                )
            }
        });
        findings.chain(gone).collect()
    }

    fn to_json(&self, entries: usize) -> Value {
        json!({
            "version": 1,
            "entries": entries,
            "findings": self.findings.iter().map(|finding| json!({
                "line": finding.line,
                "id": finding.id.map(|id| id.to_string()),
                "severity": severity(finding.problem.severity()),
                "problem": finding.problem.to_string(),
            })).collect::<Vec<_>>(),
            "gone": self.gone.iter().map(|gone| json!({
                "id": gone.id.to_string(),
                "seen_in": gone.seen_in,
                "elsewhere": gone.elsewhere,
            })).collect::<Vec<_>>(),
            "unchecked": self.unchecked.iter().map(Environment::as_str).collect::<Vec<_>>(),
        })
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "notice",
        Severity::Unwell => "unwell",
        Severity::NotAuthentic => "not_authentic",
    }
}

pub(super) fn run(vault: &mut Vault, args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    // Before the cache takes in what the work tree holds now.
    let ledger = super::read(vault)?;
    let verdict = verify(vault, &ledger, args.against.as_deref())?;
    if args.json {
        ui.say(&verdict.to_json(ledger.entries().len()).to_string());
        return Ok(verdict.outcome());
    }
    for sentence in verdict.sentences() {
        ui.say(&format!("{LEDGER_PATH}: {sentence}"));
    }
    if verdict.gone.iter().any(|gone| !gone.elsewhere) {
        ui.hint("restore the file from history; if a rotation was thrown away on purpose, remove git-seal/ledger.jsonl below the git directory");
    }
    if let [named @ .., last] = &verdict.unchecked[..] {
        let named = named.iter().take(MAX_NAMED - 1);
        let named: String = named.map(|name| format!("{name}, ")).collect();
        let last = match verdict.unchecked.len() {
            number if number > MAX_NAMED => format!("and {} more", number - MAX_NAMED + 1),
            _ => last.to_string(),
        };
        ui.hint(&format!(
            "not all MACs were checked: the current key is not at hand, of environment {named}{last}"
        ));
    }
    if verdict.outcome() == Outcome::Fine {
        let number = ledger.entries().len();
        ui.say(&format!(
            "{LEDGER_PATH}: {number} {}, all sound",
            if number == 1 { "entry" } else { "entries" }
        ));
    }
    Ok(verdict.outcome())
}

/// Verifies a ledger with all keys at hand, against what this clone saw before, and against a
/// revision.
///
/// # Errors
/// When there is no such revision, or git does not answer.
pub(crate) fn verify(
    vault: &mut Vault,
    ledger: &Ledger,
    against: Option<&str>,
) -> Result<Verdict, Failure> {
    let environments: Vec<Environment> = ledger.environments().cloned().collect();
    let heads = environments.iter().flat_map(|name| ledger.heads(name));
    let heads = heads.map(|head| head.key_id).collect();
    vault.find_keys(&heads, &environments, &View::WorkTree)?;
    let findings = ledger.verify(vault.keyring());
    let mut gone = BTreeMap::new();
    let cached = vault.cached_ledger();
    add_gone(&mut gone, ledger, &cached.readable_ledger(), "this clone");
    find_elsewhere(vault, &mut gone)?;
    let committed = vault.snapshot(&View::Revision("HEAD".to_owned()))?;
    add_gone(&mut gone, ledger, &committed.readable_ledger(), "HEAD");
    if let Some(revision) = against {
        let id = commit_id(vault.repository(), revision)?;
        let older = vault.snapshot(&View::Revision(id))?;
        let name = printable(revision.as_bytes());
        add_gone(&mut gone, ledger, &older.readable_ledger(), &name);
    }
    let gone = gone.into_values().collect();
    let unchecked = environments
        .into_iter()
        .filter(|environment| {
            ledger
                .current(environment)
                .is_ok_and(|head| vault.keyring().get(head.key_id, head.commitment).is_none())
        })
        .collect();
    Ok(Verdict {
        findings,
        gone,
        unchecked,
    })
}

/// Entries that are gone, by id.
type AllGone = BTreeMap<EntryId, Gone>;

/// What a later call finds weighs more: a revision's word more than what this clone remembers.
fn add_gone(gone: &mut AllGone, ledger: &Ledger, older: &Ledger, seen_in: &str) {
    for id in ledger.compare_against(older) {
        let found = Gone {
            id,
            seen_in: seen_in.to_owned(),
            elsewhere: false,
        };
        gone.insert(id, found);
    }
}

/// Refs whose ledgers are looked at.
const MAX_REFS: usize = 200;

fn find_elsewhere(vault: &mut Vault, gone: &mut AllGone) -> Result<(), Failure> {
    if gone.is_empty() {
        return Ok(());
    }
    for tip in vault.repository().ref_tips()?.into_iter().take(MAX_REFS) {
        let Some(snapshot) = vault.snapshot_if_there(&View::Revision(tip))? else {
            continue;
        };
        let other = snapshot.readable_ledger();
        for entry in gone.values_mut() {
            entry.elsewhere |= other.entry(entry.id).is_some();
        }
    }
    Ok(())
}

fn commit_id(repository: &Repository, revision: &str) -> Result<String, Failure> {
    let mut git = repository.git();
    git.args(["rev-parse", "--quiet", "--verify", "--end-of-options"]);
    git.arg(format!("{revision}^{{commit}}"));
    let output = command::run(&mut git, None)?;
    if !output.status.success() {
        return Err(Failure::usage(format!(
            "{} names no commit here",
            printable(revision.as_bytes())
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
