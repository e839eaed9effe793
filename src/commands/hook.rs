//! `git-seal hook NAME`: what the scripts in `hooks/` call.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;

use chrono::Utc;
use clap::ValueEnum as _;

use crate::core::config::OnOverdue;
use crate::core::printable::argument;
use crate::core::scan::{Options, Scanner};
use crate::failure::{Failure, Outcome};
use crate::git::{changes, paths};
use crate::ui::Ui;
use crate::ui::findings::Format;
use crate::ui::rotation::days;
use crate::vault::guard::{
    ALLOW_PATH, Exceptions, Known, Located, State, arrivals, range, rule_set,
};
use crate::vault::{Vault, View};

use super::check;

/// Judge a commit or a push (called by the hooks)
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The hook
    name: Name,
    /// The arguments that git gave it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// The hooks that are served (githooks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    PreCommit,
    PreMergeCommit,
    CommitMsg,
    PrePush,
    PreReceive,
    Update,
}

impl Args {
    /// The name of a hook and what git gave it; `None` for anything else, such as a question for help.
    pub(crate) fn of(mut words: impl Iterator<Item = OsString>) -> Option<Self> {
        let name = Name::from_str(words.next()?.to_str()?, false).ok()?;
        let arguments: Vec<OsString> = words.collect();
        let asks_for_help = arguments
            .iter()
            .any(|word| word == "--help" || word == "-h");
        (!asks_for_help).then_some(Self { name, arguments })
    }
}

/// Judges.
///
/// # Errors
/// When anything cannot be read: then the hook blocks.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    match args.name {
        Name::PreCommit | Name::PreMergeCommit => pre_commit(&mut vault, ui),
        Name::CommitMsg => commit_message(&mut vault, args.arguments.first().map(Path::new), ui),
        Name::PrePush => pre_push(&mut vault, args.arguments.first(), ui),
        Name::PreReceive => pre_receive(&mut vault, &updates_from_stdin()?, ui),
        Name::Update => {
            let words: Vec<String> = args
                .arguments
                .iter()
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
            let [_, old, new] = words.as_slice() else {
                return Err(Failure::usage(
                    "the update hook has three arguments: REF OLD NEW",
                ));
            };
            pre_receive(&mut vault, &[(old.clone(), new.clone())], ui)
        }
    }
}

/// Says what was found, and how to go on although it was. `refused`: what does not happen now.
fn conclude(
    vault: &mut Vault,
    found: &[Located],
    known: &Known,
    refused: &str,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let outcome = ui.findings(found, Format::Text)?;
    ui.left_out(known);
    let _ = check::say_forks(vault, ui)?;
    if outcome != Outcome::Fine {
        ui.note(refused);
    }
    vault.save();
    Ok(outcome)
}

fn pre_commit(vault: &mut Vault, ui: &Ui) -> Result<Outcome, Failure> {
    let (found, known) = range::staged(vault, Utc::now().date_naive())?;
    let outcome = conclude(vault, &found, &known, "nothing was committed", ui)?;
    if let Some(one) = found
        .iter()
        .find(|one| one.counts() && one.holds_a_secret())
    {
        let (rule, path) = (
            &one.finding.rule,
            vault.repository().here().argument(&one.path),
        );
        ui.hint(&format!(
            "if it is no secret: git seal allow {rule} {path} --reason \"why\" (or, one by one: git seal allow)"
        ));
    }
    Ok(outcome
        .worse(required(vault, ui)?)
        .worse(overdue(vault, ui)?))
}

/// Without `required`, git stages plain text when sealing fails.
fn required(vault: &Vault, ui: &Ui) -> Result<Outcome, Failure> {
    let repository = vault.repository();
    let is_required = repository
        .config("filter.seal.required")?
        .is_some_and(|value| is_true(&value));
    if is_required
        || (repository.config("filter.seal.process")?.is_none()
            && repository.config("filter.seal.clean")?.is_none())
    {
        return Ok(Outcome::Fine);
    }
    ui.error("git config filter.seal.required is not true: git would stage plain text when sealing fails");
    ui.hint("git config filter.seal.required true, then `git add` the files again");
    Ok(Outcome::No)
}

/// What git takes for true (git-config, "boolean").
fn is_true(value: &str) -> bool {
    let is = |word: &&str| value.eq_ignore_ascii_case(word);
    ["true", "yes", "on"].iter().any(is) || value.parse::<i64>().is_ok_and(|number| number != 0)
}

/// Says what is overdue, and stops the commit where the policy wants that.
fn overdue(vault: &mut Vault, ui: &Ui) -> Result<Outcome, Failure> {
    let snapshot = vault.snapshot(&View::Index)?;
    let (Some(ledger), Ok(config)) = (snapshot.lenient_ledger(), &snapshot.config) else {
        return Ok(Outcome::Fine);
    };
    let mut outcome = Outcome::Fine;
    for due in ledger.due(
        |environment| config.rotation_policy(environment),
        Utc::now(),
    ) {
        if due.overdue_days() == 0 {
            continue;
        }
        let line = format!(
            "the key of environment {} is overdue for rotation by {}",
            due.environment,
            days(due.overdue_days().into())
        );
        if config.environment(&due.environment).on_overdue == OnOverdue::Block {
            ui.error(&line);
            outcome = Outcome::No;
        } else {
            ui.warn(&line);
        }
        ui.hint(&format!(
            "git seal rotate --env {} --reason \"Quarterly rotation\"",
            due.environment
        ));
    }
    Ok(outcome)
}

/// The commit message may hold what the files may not.
fn commit_message(vault: &mut Vault, file: Option<&Path>, ui: &Ui) -> Result<Outcome, Failure> {
    let Some(file) = file else {
        return Err(Failure::usage(
            "the commit-msg hook has an argument: the file of the message",
        ));
    };
    let text = std::fs::read(file)?;
    let message = above_scissors(&text);
    let known = range::values_sealed_here(vault)?;
    let rules = rule_set(vault, &View::Index)?;
    let listed = State::Index.read(vault.repository(), ALLOW_PATH)?;
    let today = Utc::now().date_naive();
    let exceptions = Exceptions::read(vault, &listed.unwrap_or_default(), today)?;
    let found: Vec<Located> = Scanner::new(&rules, Some(&known.values), Options::default())
        .scan(message, b"", None)
        .into_iter()
        .map(|finding| exceptions.locate(range::MESSAGE, None, finding))
        .collect();
    let outcome = conclude(vault, &found, &known, "nothing was committed", ui)?;
    if outcome != Outcome::Fine {
        ui.hint(&format!(
            "your message is kept, to be mended: git commit --edit --file {}",
            message_file(vault, file)
        ));
    }
    Ok(outcome)
}

/// The message's file as one word. Git names it from the top of the work tree.
fn message_file(vault: &Vault, file: &Path) -> String {
    let name = paths::to_bytes(file.as_os_str());
    if file.is_relative() {
        vault.repository().here().argument(&name)
    } else {
        argument(&name)
    }
}

/// What `commit --verbose` shows below this line is no part of the message (git-commit, `--cleanup`).
fn above_scissors(text: &[u8]) -> &[u8] {
    const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------\n";
    let end = memchr::memmem::find_iter(text, SCISSORS)
        // One character of comment before it, at the beginning of a line.
        .find(|at| *at == 1 || (*at > 1 && text[at - 2] == b'\n'))
        .map_or(text.len(), |at| at - 1);
    &text[..end]
}

/// Judges the commits that the remote does not have yet.
fn pre_push(vault: &mut Vault, remote: Option<&OsString>, ui: &Ui) -> Result<Outcome, Failure> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text)?;
    let mut tips = Vec::new();
    let mut known_there = vec!["--not".to_owned()];
    for line in text.lines() {
        // LOCAL-REF SP LOCAL-ID SP REMOTE-REF SP REMOTE-ID (githooks, pre-push)
        let words: Vec<&str> = line.split(' ').collect();
        let [_, local, _, there] = words.as_slice() else {
            return Err(Failure::usage(
                "the pre-push hook was given something else than refs",
            ));
        };
        if !is_null(local) {
            tips.push((*local).to_owned());
        }
        if !is_null(there) && object_exists(vault, there) {
            known_there.push((*there).to_owned());
        }
    }
    if let Some(remote) = remote {
        known_there.push(format!("--remotes={}", remote.to_string_lossy()));
    }
    judge_tips(vault, &tips, known_there, "nothing was pushed", ui)
}

/// Judges what these objects bring beside what is known already (arguments of `git rev-list`).
fn judge_tips(
    vault: &mut Vault,
    tips: &[String],
    known_there: Vec<String>,
    refused: &str,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    if tips.is_empty() {
        return Ok(Outcome::Fine);
    }
    let today = Utc::now().date_naive();
    let arguments: Vec<String> = tips.iter().cloned().chain(known_there).collect();
    let list = changes::commits(vault.repository(), &arguments)?;
    let (mut found, known) = range::commits(vault, &list, today)?;
    found.extend(arrivals::judge(vault, tips, &known, today)?);
    conclude(vault, &found, &known, refused, ui)
}

/// On the server: what arrives, still in quarantine. Needs no key.
fn pre_receive(
    vault: &mut Vault,
    updates: &[(String, String)],
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let tips: Vec<String> = updates
        .iter()
        .map(|(_, new)| new)
        .filter(|new| !is_null(new))
        .cloned()
        .collect();
    judge_tips(
        vault,
        &tips,
        vec!["--not".to_owned(), "--all".to_owned()],
        "the push is refused",
        ui,
    )
}

fn updates_from_stdin() -> Result<Vec<(String, String)>, Failure> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text)?;
    text.lines()
        .map(|line| {
            let mut words = line.split(' ');
            match (words.next(), words.next()) {
                (Some(old), Some(new)) => Ok((old.to_owned(), new.to_owned())),
                _ => Err(Failure::usage(
                    "the pre-receive hook was given something else than refs",
                )),
            }
        })
        .collect()
}

fn is_null(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

fn object_exists(vault: &Vault, id: &str) -> bool {
    let mut git = vault.repository().git();
    git.args(["cat-file", "-e", id]);
    crate::git::command::run(&mut git, None).is_ok_and(|output| output.status.success())
}
