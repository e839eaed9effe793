//! The pages for people are true where a machine can tell: every command and option of git-seal's
//! that they name exists, every link leads somewhere.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Command, CommandFactory as _, Parser as _};
use git_seal::cli::Cli;

#[path = "shell/words.rs"]
mod words;

use words::calls;

/// Options of other programs that the pages name by themselves.
const OTHERS: &[&str] = &[
    "--create-if-none",
    "--edit-last",
    "--env-file",
    "--help",
    "--no-filters",
    "--renormalize",
    "--theirs",
    "--version",
];

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page, by its name from the top.
fn pages() -> Vec<(PathBuf, String)> {
    let mut pages = Vec::new();
    for directory in ["", "docs", "docs/guides", "docs/decisions"] {
        for entry in std::fs::read_dir(top().join(directory)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                pages.push((path.strip_prefix(top()).unwrap().to_owned(), text));
            }
        }
    }
    assert!(pages.len() > 20, "{}", pages.len());
    pages.sort();
    pages
}

/// Text in code: lines of blocks, and spans within a paragraph.
#[derive(Default)]
struct Code {
    lines: Vec<String>,
    spans: Vec<String>,
}

fn code(page: &str) -> Code {
    let mut code = Code::default();
    let mut text = String::new();
    let mut fenced = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            code.lines.push(line.trim().to_owned());
        } else {
            text += line;
            text.push('\n');
        }
    }
    // What goes on in the next line.
    let mut joined: Vec<String> = Vec::new();
    for line in code.lines {
        match joined
            .last_mut()
            .and_then(|last| last.strip_suffix('\\').map(str::to_owned))
        {
            Some(front) => *joined.last_mut().unwrap() = front + &line,
            None => joined.push(line),
        }
    }
    code.lines = joined;
    let spans = text.split('`').skip(1).step_by(2);
    code.spans = spans.map(|span| span.replace('\n', " ")).collect();
    code
}

/// Whether git-seal takes these words; that one is missing, or is a stand-in such as `NAME`, is no
/// mistake of a page.
fn is_taken(words: &[String]) -> Result<(), String> {
    let Err(error) = Cli::try_parse_from(words) else {
        return Ok(());
    };
    match error.kind() {
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::ValueValidation
        | ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => Ok(()),
        _ => Err(error.to_string()),
    }
}

#[test]
fn every_command_that_a_page_names_exists() {
    let mut wrong = Vec::new();
    let mut found = 0;
    for (name, page) in pages() {
        let code = code(&page);
        let lines = code.lines.iter().chain(&code.spans);
        for line in lines.filter(|line| line.contains("git seal") || line.contains("git-seal ")) {
            // What may be left out; "and so on", or "whatever you like".
            let line = line.replace(['[', ']'], "");
            let readings = ["", "X"].map(|what| line.replace('…', what));
            let Some(calls) = calls(&readings[0]).zip(calls(&readings[1])) else {
                continue;
            };
            for (one, other) in calls.0.iter().zip(&calls.1) {
                found += 1;
                if let Err(why) = is_taken(one).or_else(|why| is_taken(other).map_err(|_| why)) {
                    wrong.push(format!("{}: {line}\n{why}", name.display()));
                }
            }
        }
    }
    assert!(found > 200, "{found}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn options(command: &Command, all: &mut BTreeSet<String>) {
    let own = command
        .get_arguments()
        .filter_map(clap::Arg::get_long_and_visible_aliases);
    all.extend(own.flatten().map(|long| format!("--{long}")));
    command
        .get_subcommands()
        .for_each(|inner| options(inner, all));
}

/// `--such-an-option`, not the armour of a key.
fn is_option(span: &str) -> bool {
    let name = span.strip_prefix("--");
    name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
}

#[test]
fn every_option_that_a_page_names_exists() {
    let mut known = BTreeSet::new();
    options(&Cli::command(), &mut known);
    known.extend(OTHERS.iter().map(|option| (*option).to_owned()));
    let mut unknown = Vec::new();
    for (name, page) in pages() {
        for span in code(&page).spans.iter().filter(|span| is_option(span)) {
            let end = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
            let option = &span[..span.find(end).unwrap_or(span.len())];
            if !known.contains(option) {
                unknown.push(format!("{}: {span}", name.display()));
            }
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

/// The name that a heading can be linked by, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for (name, page) in pages() {
        let directory = top().join(&name).parent().unwrap().to_owned();
        for target in page
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
        {
            let target = target.0;
            if target.contains("://") || target.contains(char::is_whitespace) {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() {
                top().join(&name)
            } else {
                directory.join(file)
            };
            if !file.exists() {
                broken.push(format!("{}: {target}", name.display()));
            } else if !heading.is_empty() {
                let text = std::fs::read_to_string(&file).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                if !headings.any(|line| anchor(line) == heading) {
                    broken.push(format!("{}: no heading {target}", name.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
