//! `git seal track`: attribute lines for more files.

use std::collections::BTreeSet;
use std::path::Path;

use crate::core::environment::Environment;
use crate::core::form;
use crate::core::gitattributes::{self, Pattern};
use crate::core::printable::{argument, printable};
use crate::failure::{Failure, Outcome};
use crate::git::{Repository, command, index, paths};
use crate::ui::Ui;
use crate::vault::rules::{Filter, Format, Rules};
use crate::vault::{Vault, View};

use super::setup;

/// Seal more files: add a pattern to .gitattributes
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal track 'config/*.secret'\n  git seal track .env.production --env production\n  \
                  git seal track certs/key.p12 --opaque"
)]
pub struct Args {
    /// A path, or a pattern as in .gitattributes, from the top of the work tree
    #[arg(required = true)]
    patterns: Vec<String>,
    /// The environment whose key seals the files
    #[arg(long, value_name = "ENV")]
    env: Option<Environment>,
    /// Seal the files as a whole: binary files, certificates, anything that is not NAME=value
    #[arg(long)]
    opaque: bool,
}

/// Files named in one line.
const FILES_SHOWN: usize = 5;

/// Adds the lines.
///
/// # Errors
/// When the environment is not set up, or the file cannot be written.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    setup::work_tree(vault.repository())?;
    let environment = args.env.clone().unwrap_or_else(Environment::default_name);
    let snapshot = vault.snapshot(&View::WorkTree)?;
    snapshot.usable_config()?;
    let ledger = snapshot.ledger.clone()?;
    if ledger.heads(&environment).is_empty() {
        return Err(
            Failure::usage(format!("environment {environment} has no key yet"))
                .hint(format!("run `git seal init --env {environment}` first")),
        );
    }
    let mut lines = Vec::new();
    let mut patterns = Vec::new();
    for pattern in &args.patterns {
        patterns.push(check(pattern, setup::work_tree(vault.repository())?)?);
        let pattern = pattern.as_bytes();
        lines.push(if args.opaque {
            gitattributes::opaque_line(pattern)
        } else {
            gitattributes::dotenv_line(pattern)
        });
        if args.env.is_some() {
            lines.push(gitattributes::environment_line(pattern, &environment));
        }
    }
    let is_new = setup::add_attributes(vault.repository(), &lines)?;
    let matching = matching(vault.repository(), &patterns)?;
    let overruled = overruled(vault.repository(), args, &matching)?;
    if is_new {
        for line in &lines {
            ui.note(&format!(
                "added to .gitattributes: {}",
                printable(line.as_bytes())
            ));
        }
    } else {
        ui.note(".gitattributes has these lines already");
    }
    if let Some(first) = overruled.first() {
        let shown = overruled.iter().take(FILES_SHOWN);
        let shown: Vec<String> = shown.map(|path| printable(path)).collect();
        let more = match overruled.len().saturating_sub(FILES_SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        ui.warn(&format!(
            "other lines win, and not sealed as you ask is {}{more}",
            shown.join(", ")
        ));
        ui.hint(&format!(
            "the last line that matches wins, in the deepest .gitattributes, in .git/info/attributes most of all; \
             to see what counts: git check-attr -a -- {}",
            argument(first)
        ));
        return Ok(Outcome::No);
    }
    if !is_new {
        return Ok(Outcome::Fine);
    }
    let staged = vault.repository().sealed_entries()?;
    let mut plain = Vec::new();
    for entry in staged.iter().filter(|entry| entry.is_file()) {
        let content = vault.repository().blob(&entry.id)?;
        if form::by_content(&content).is_plain() {
            plain.push(printable(&entry.path));
        }
    }
    if matching.is_empty() {
        ui.note("no file that git sees matches yet");
    } else if plain.is_empty() {
        ui.hint("next: `git add` the files and .gitattributes, and commit");
    } else {
        ui.warn(&format!(
            "already tracked in plain text: {}",
            plain.join(", ")
        ));
        ui.hint("`git seal reseal` seals them from the next commit on; history keeps the old values: change them");
    }
    Ok(Outcome::Fine)
}

/// Tracked and untracked files, without ignored ones, that one of the patterns matches.
fn matching(repository: &Repository, patterns: &[Pattern]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut git = repository.git();
    git.args(["ls-files", "-z", "--full-name", "--cached", "--others"]);
    git.args(["--exclude-standard", "--", ":/"]);
    let listing = command::output(&mut git)?;
    let matches = |path: &&[u8]| {
        let path = paths::to_os(path);
        patterns.iter().any(|p| p.matches(Path::new(&*path)))
    };
    let found = index::records(&listing).filter(matches);
    Ok(found.map(<[u8]>::to_vec).collect())
}

/// The files, of these and of those named exactly, whose attributes are others than those asked for.
fn overruled(
    repository: &Repository,
    args: &Args,
    matching: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, Failure> {
    let is_literal = |pattern: &&String| !pattern.contains(['*', '?', '[', '\\']);
    let named = args.patterns.iter().filter(is_literal);
    let named = named.map(|name| name.trim_start_matches('/').as_bytes().to_vec());
    let paths: BTreeSet<Vec<u8>> = named.chain(matching.iter().cloned()).collect();
    let format = if args.opaque {
        Format::Opaque
    } else {
        Format::Dotenv
    };
    let mut overruled = Vec::new();
    for path in paths {
        let is_as_asked = Rules::of(repository, &path)?.is_ok_and(|rules| {
            let is_in = |wanted: &Environment| rules.environment == *wanted;
            rules.filter == Filter::Ours
                && rules.format == format
                && args.env.as_ref().is_none_or(is_in)
        });
        if !is_as_asked {
            overruled.push(path);
        }
    }
    Ok(overruled)
}

/// Refuses patterns that match nothing (gitattributes, "Description"), since a file would stay in
/// plain text although a line seems to protect it; and patterns that match too much.
fn check(pattern: &str, top: &Path) -> Result<Pattern, Failure> {
    let shown = printable(pattern.as_bytes());
    if pattern.trim().is_empty() || pattern.contains(['\n', '\r']) {
        return Err(Failure::usage("a pattern is a line of text"));
    }
    let nothing = || Failure::usage(format!("{shown} matches no file"));
    if let Ok(below) = Path::new(pattern).strip_prefix(top) {
        let below = printable(below.as_os_str().as_encoded_bytes());
        return Err(nothing().hint(format!(
            "write it from the top of the work tree: git seal track {below}"
        )));
    }
    if pattern.split('/').any(|part| part == "." || part == "..") {
        return Err(
            nothing().hint("write it from the top of the work tree, as in config/app.secret")
        );
    }
    if pattern.ends_with('/') {
        return Err(nothing().hint(format!("for everything below it, write {shown}**")));
    }
    if pattern.starts_with('!') {
        return Err(Failure::usage(format!(
            "{shown}: .gitattributes knows no negative patterns"
        ))
        .hint("to leave a file alone, write a line `PATH -filter` into .gitattributes"));
    }
    let read = Pattern::new(pattern).ok_or_else(nothing)?;
    match read.matches_needed() {
        None => Ok(read),
        Some(needed) => Err(Failure::usage(format!(
            "{shown} would seal {needed} too, which must stay readable"
        ))
        .hint("name the files more closely, as in 'config/*.secret'")),
    }
}
