//! `git seal scan`: any file, directory or stream, searched for plaintext secrets.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::core::config::Config;
use crate::core::printable::{printable, reason};
use crate::core::scan::{Finding, Options, RuleSet, Scanner};
use crate::failure::{Failure, Outcome};
use crate::git::{GitError, paths};
use crate::ui::Ui;
use crate::ui::findings::Format;
use crate::vault::guard::range::values_sealed_here;
use crate::vault::guard::{GuardError, Known, Located, rule_set};
use crate::vault::{Vault, View};

mod rules;

/// Search files, directories or standard input for plaintext secrets
///
/// Directories are entered as git would (.gitignore is respected). Inside a repository with a key at
/// hand, the values that it seals are searched for too; elsewhere rules alone decide.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal scan src/ docs/\n  kubectl logs app | git seal scan -\n  git seal scan --list-rules | grep -i slack\n  git seal scan --test-rules"
)]
pub struct Args {
    /// Files or directories; `-` is standard input
    #[arg(required_unless_present_any = ["list_rules", "test_rules"])]
    paths: Vec<PathBuf>,
    /// List what is sought: every rule, those of .seal/config.toml too
    #[arg(long, conflicts_with_all = ["paths", "format", "test_rules"])]
    list_rules: bool,
    /// Try the rules of .seal/config.toml on the examples beside them
    #[arg(long, conflicts_with_all = ["paths", "format", "json"])]
    test_rules: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// JSON Lines; short for --format json. With --list-rules: one JSON document
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// How much of a file is read at once, in bytes.
const PIECE_BYTES: usize = 1 << 20;

/// Scans.
///
/// # Errors
/// When a file cannot be read.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    if args.list_rules || args.test_rules {
        let config = config()?;
        RuleSet::new(&config.scan, &config.rule).map_err(GuardError::Rule)?;
        return if args.list_rules {
            Ok(rules::list(&config, args.json, ui))
        } else {
            rules::test(&config, ui)
        };
    }
    let format = if args.json { Format::Json } else { args.format };
    let (rules, known) = match Vault::open() {
        Ok(mut vault) => (
            rule_set(&mut vault, &View::WorkTree)?,
            values_sealed_here(&mut vault)?,
        ),
        Err(GitError::NotARepository) => (RuleSet::built_in(), Known::nothing()),
        Err(error) => return Err(error.into()),
    };
    let scanner = Scanner::new(&rules, Some(&known.values), Options::default());
    let mut found = Vec::new();
    let mut unreadable = false;
    for path in &args.paths {
        if path.as_os_str() == "-" {
            let findings = scan_stream(scanner, std::io::stdin().lock(), b"")?;
            found.extend(located(b"-", findings));
            continue;
        }
        std::fs::symlink_metadata(path).map_err(|error| Failure::usage(at(path, &error)))?;
        for (path, result) in scan_tree(scanner, path) {
            match result {
                Ok(findings) => found.extend(located(&paths::to_bytes(path.as_os_str()), findings)),
                Err(error) => {
                    ui.error(&at(&path, &error));
                    unreadable = true;
                }
            }
        }
    }
    found.sort_by(|a, b| (&a.path, a.finding.line).cmp(&(&b.path, b.finding.line)));
    let outcome = ui.findings(&found, format)?;
    ui.left_out(&known);
    let _ = std::io::stdout().flush();
    Ok(if unreadable {
        outcome.worse(Outcome::Unknown)
    } else {
        outcome
    })
}

/// Where something could not be read, and why.
fn at(path: &Path, error: &std::io::Error) -> String {
    let path = printable(&paths::to_bytes(path.as_os_str()));
    format!("{path}: {}", reason(error))
}

/// The settings of the work tree, where there is one.
fn config() -> Result<Config, Failure> {
    let mut vault = match Vault::open() {
        Ok(vault) => vault,
        Err(GitError::NotARepository) => return Ok(Config::default()),
        Err(error) => return Err(error.into()),
    };
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let config = snapshot.config.as_ref();
    Ok(config
        .map_err(|error| GuardError::Config(error.clone()))?
        .clone())
}

fn located(path: &[u8], findings: Vec<Finding>) -> impl Iterator<Item = Located> {
    findings
        .into_iter()
        .map(move |finding| Located::open(path, None, finding))
}

/// Scans a stream piece by piece, in bounded memory.
///
/// # Errors
/// When it cannot be read.
pub fn scan_stream(
    scanner: Scanner<'_>,
    mut input: impl Read,
    path: &[u8],
) -> std::io::Result<Vec<Finding>> {
    let mut stream = scanner.stream(path);
    let mut findings = Vec::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match input.read(&mut piece)? {
            0 => break,
            length => findings.extend(stream.push(&piece[..length])),
        }
    }
    findings.extend(stream.finish());
    Ok(findings)
}

type Scanned = (PathBuf, std::io::Result<Vec<Finding>>);

/// Scans a file, or a directory as git would enter it; on all cores.
fn scan_tree(scanner: Scanner<'_>, top: &Path) -> Vec<Scanned> {
    let walk = ignore::WalkBuilder::new(top)
        .hidden(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    walk.par_bridge()
        .filter_map(|entry| {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Some((top.to_owned(), Err(std::io::Error::other(error)))),
            };
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                return None;
            }
            let path = entry.into_path();
            let result = scan_file(scanner, &path);
            Some((path, result))
        })
        .collect()
}

/// Scans a file, in bounded memory.
///
/// # Errors
/// When it cannot be read.
pub fn scan_file(scanner: Scanner<'_>, path: &Path) -> std::io::Result<Vec<Finding>> {
    let mut file = std::fs::File::open(path)?;
    let name = paths::to_bytes(path.as_os_str());
    if file.metadata()?.len() > PIECE_BYTES as u64 {
        return scan_stream(scanner, file, &name);
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(scanner.scan(&text, &name, None))
}
