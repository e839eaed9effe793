//! `git seal list`: which variables there are, masked.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::mask::style_parser;
use super::using::{DotenvFile, Place, Which, odd};
use crate::core::dotenv::Document;
use crate::core::hex;
use crate::core::key::SealKey;
use crate::core::mask::{HIDDEN, Style, mask};
use crate::core::printable::{printable, printable_json};
use crate::core::suites::{self, Suite};
use crate::core::token::{Address, Sighting};
use crate::core::value::{self, Expansion};
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// List the variables with masks and fingerprints
///
/// A fingerprint is the beginning of the SHA-256 of the value's sealed form: equal for colleagues who
/// have the same value in the same variable. Without a key, values stay sealed and the list is of what
/// stands there.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal list\n  git seal list --env production --json | jq -r '.variables[].name'"
)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// How values show
    #[arg(long, value_name = "STYLE", default_value = "hidden", value_parser = style_parser())]
    style: Style,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listing {
    version: u32,
    variables: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    name: String,
    path: String,
    line: usize,
    sealed: bool,
    mask: String,
    fingerprint: Option<String>,
}

/// How many hex digits of a fingerprint are shown.
const FINGERPRINT_DIGITS: usize = 8;

/// Lists the variables.
///
/// # Errors
/// When a file cannot be read.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut place = Place::open()?;
    let mut variables: Vec<Item> = Vec::new();
    for wish in args.which.wishes(&mut place)? {
        let file = place.read(&wish)?;
        let (_, policy) = place.policy_of(&file)?;
        let key = place.key_of(&file).ok();
        for item in items(&file, key.as_deref(), policy.suite, args.style, ui) {
            match variables.iter_mut().find(|known| known.name == item.name) {
                Some(known) => *known = item,
                None => variables.push(item),
            }
        }
    }
    if args.json {
        let listing = Listing {
            version: 1,
            variables,
        };
        let json = serde_json::to_string_pretty(&listing).expect("strings and numbers only");
        ui.say(&printable_json(&json));
        return Ok(Outcome::Fine);
    }
    let width = variables
        .iter()
        .map(|item| item.name.len())
        .max()
        .unwrap_or(0);
    for item in &variables {
        ui.say(&format!(
            "{:width$}  {}  {}",
            item.name,
            item.fingerprint.as_deref().unwrap_or("--------"),
            item.mask,
        ));
    }
    Ok(Outcome::Fine)
}

/// The variables of one file; of equal names the last one.
fn items(
    file: &DotenvFile,
    key: Option<&SealKey>,
    suite: Suite,
    style: Style,
    ui: &Ui,
) -> Vec<Item> {
    let document = Document::split(&file.text);
    let (variables, warnings) = value::read(&document, Expansion::Never, &|_| None);
    for warning in &warnings {
        ui.warn(&odd(file, warning));
    }
    let item = |variable: &value::Variable| {
        let name = variable.name.as_bytes();
        let line = document
            .lines
            .iter()
            .rfind(|line| line.name() == Some(name))?;
        let is_sealed = !matches!(suites::sight(line.secret), Sighting::Plain);
        let token = match key {
            _ if is_sealed => Some(line.secret.to_vec()),
            Some(key) => Some(suite.seal(key, Address::value(name), line.secret)),
            None => None,
        };
        let shown = if is_sealed {
            format!("{HIDDEN} (sealed)")
        } else {
            printable(mask(&variable.value, style).as_bytes())
        };
        Some(Item {
            name: variable.name.clone(),
            path: file.shown(),
            line: line.number,
            sealed: is_sealed,
            mask: shown,
            fingerprint: token
                .map(|token| hex::encode(&Sha256::digest(&token))[..FINGERPRINT_DIGITS].to_owned()),
        })
    };
    variables.iter().filter_map(item).collect()
}
