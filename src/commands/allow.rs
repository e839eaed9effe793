//! `git seal allow`: an exception, with a reason, in `.seal/allow.jsonl`.

use std::path::Path;

use chrono::{NaiveDate, Utc};

use crate::core::printable::printable;
use crate::core::scan::RuleId;
use crate::core::scan::allow::{AllowList, Day, Entry};
use crate::failure::{Failure, Outcome};
use crate::git::staging;
use crate::ui::Ui;
use crate::vault::Vault;
use crate::vault::guard::{ALLOW_PATH, Exceptions, GuardError, Located, allow_key, range};

use super::setup;

/// Let a finding through, with a reason, in .seal/allow.jsonl
///
/// For findings of secrets the entry holds a fingerprint keyed by the default environment's key, so it
/// lets through this secret only; never the secret itself. Rules named ratchet-… are about policies and
/// have none.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal allow                       # asks about each finding in what is staged\n  \
                  git seal allow known-value docs/example.md --reason \"public test key\"\n  \
                  git seal allow ratchet-clear .env --reason \"PORT is no secret\" --until 2027-01-31"
)]
pub struct Args {
    /// The rule of the finding, as shown in brackets
    #[arg(requires = "path")]
    rule: Option<String>,
    /// Its path; `*` and `?` are wildcards for rules without a secret
    path: Option<String>,
    /// Why it is no secret, or a harmless one
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The last day on which the exception counts
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<NaiveDate>,
}

/// Adds exceptions.
///
/// # Errors
/// When there is no reason, or no such finding.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    let file = setup::work_tree(vault.repository())?.join(ALLOW_PATH);
    let text = setup::read_if_there(&file)?.unwrap_or_default();
    let mut list = AllowList::parse(&text).map_err(GuardError::Allow)?;
    let (found, _) = range::staged(&mut vault, Utc::now().date_naive())?;
    let open: Vec<&Located> = found.iter().filter(|located| located.counts()).collect();
    let before = list.entries().len();
    match (&args.rule, &args.path) {
        (Some(rule), Some(path)) => {
            let path = staged_path(&vault, &open, path);
            let reason = reason(args, ui)?;
            named(
                &mut vault, &mut list, &open, rule, &path, &reason, args.until,
            )?;
        }
        _ => ask_about_each(&mut vault, &mut list, &open, args, ui)?,
    }
    let added = list.entries().len() - before;
    if added == 0 {
        ui.note("nothing to add");
        return Ok(Outcome::Fine);
    }
    staging::write_whole(&file, list.write().as_bytes())?;
    ui.note(&format!("added {added} to {ALLOW_PATH}"));
    ui.hint(&format!(
        "next: git add {}, and commit it with what it lets through",
        vault.repository().here().argument(ALLOW_PATH.as_bytes())
    ));
    Ok(Outcome::Fine)
}

/// The path as findings name it, from the top of the work tree: given from here, or as findings do.
fn staged_path(vault: &Vault, open: &[&Located], given: &str) -> String {
    let is_found = |path: &str| open.iter().any(|located| located.path == path.as_bytes());
    let from_here = vault.repository().relative(Path::new(given)).ok();
    match from_here.and_then(|path| String::from_utf8(path).ok()) {
        Some(path) if is_found(&path) || !is_found(given) => path,
        _ => given.to_owned(),
    }
}

fn reason(args: &Args, ui: &Ui) -> Result<String, Failure> {
    let text = match &args.reason {
        Some(reason) => reason.clone(),
        None => ui.ask("Why may this pass?", "--reason")?,
    };
    if text.trim().is_empty() {
        return Err(Failure::usage("an exception needs a reason").hint("--reason \"…\""));
    }
    Ok(text)
}

fn named(
    vault: &mut Vault,
    list: &mut AllowList,
    open: &[&Located],
    rule: &str,
    path: &str,
    reason: &str,
    until: Option<NaiveDate>,
) -> Result<(), Failure> {
    let Some(rule) = RuleId::parse(rule) else {
        return Err(
            Failure::usage(format!("{:?} is no rule", printable(rule.as_bytes())))
                .hint("the rule stands in brackets behind a finding"),
        );
    };
    if Exceptions::never_let_through(rule.as_str()) {
        return Err(Failure::usage(format!("nothing lets {rule} through"))
            .hint("mend the file; if it is to be plain, say `-filter` in .gitattributes"));
    }
    let fitting: Vec<&&Located> = open
        .iter()
        .filter(|located| located.finding.rule == rule && located.path == path.as_bytes())
        .collect();
    let about_policy = rule.as_str().starts_with("ratchet-");
    if fitting.is_empty() && !about_policy {
        return Err(Failure::new(
            Outcome::No,
            format!(
                "nothing staged in {} is found by {rule}",
                printable(path.as_bytes())
            ),
        )
        .hint("stage the file first: the exception is for one secret, which has to be seen"));
    }
    if about_policy {
        list.insert(entry(vault, rule.as_str(), path, reason, until));
        return Ok(());
    }
    for located in fitting {
        insert(vault, list, located, reason, until)?;
    }
    Ok(())
}

fn insert(
    vault: &mut Vault,
    list: &mut AllowList,
    located: &Located,
    reason: &str,
    until: Option<NaiveDate>,
) -> Result<(), Failure> {
    let path = String::from_utf8(located.path.clone())
        .map_err(|_| Failure::usage("this path is not UTF-8: .seal/allow.jsonl cannot name it"))?;
    let mut entry = entry(vault, located.finding.rule.as_str(), &path, reason, until);
    if !located.finding.plain.is_empty() {
        let Some(key) = allow_key(vault)? else {
            return Err(Failure::new(
                Outcome::NoKey,
                "the fingerprint of a secret needs the default environment's key",
            )
            .hint("git seal unlock"));
        };
        entry.fingerprint = Some(located.finding.fingerprint(&key, &located.path));
    }
    list.insert(entry);
    Ok(())
}

fn entry(vault: &Vault, rule: &str, path: &str, reason: &str, until: Option<NaiveDate>) -> Entry {
    Entry {
        rule: rule.to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
        who: setup::identity(vault.repository()),
        until: until.map(Day),
        fingerprint: None,
        other: serde_json::Map::new(),
    }
}

fn ask_about_each(
    vault: &mut Vault,
    list: &mut AllowList,
    open: &[&Located],
    args: &Args,
    ui: &Ui,
) -> Result<(), Failure> {
    let excusable = |located: &&&Located| {
        let rule = located.finding.rule.as_str();
        !Exceptions::never_let_through(rule)
    };
    for located in open.iter().filter(excusable) {
        ui.finding(located);
        ui.advice(located);
        if ui.confirm("Let this through from now on?", false, "RULE PATH --reason")? {
            let reason = reason(args, ui)?;
            insert(vault, list, located, &reason, args.until)?;
        }
    }
    Ok(())
}
