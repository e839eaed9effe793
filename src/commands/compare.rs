//! `git seal compare A B`: drift between files, environments, versions, or a file and its template.

use std::path::Path;

use serde_json::json;

use super::diff::gather::find_keys;
use crate::core::changes::compare::{Comparison, Entry, compare};
use crate::core::changes::version::Version;
use crate::core::environment::Environment;
use crate::core::gitattributes::is_template;
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::paths;
use crate::ui::messages::Notices;
use crate::ui::{Ui, comparison, diff_view};
use crate::vault::Vault;
use crate::vault::rules::{Filter, Format, Rules};

/// Compare the variables of two files, environments or versions, without showing a value
///
/// A and B are files, names of environments (what is staged of all their files), or REV:PATH. Of a
/// template such as .env.example only names count.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal compare .env .env.example --exit-code\n  git seal compare staging production\n  \
                        git seal compare v1.0:.env .env"
)]
pub struct Args {
    /// One side
    #[arg(value_name = "A")]
    left: String,
    /// The other side
    #[arg(value_name = "B")]
    right: String,
    /// Exit 1 if they differ, 3 if that cannot be told without keys
    #[arg(long)]
    exit_code: bool,
    /// One JSON document (docs/JSON.md)
    #[arg(long)]
    json: bool,
}

/// Compares two sets of variables.
///
/// # Errors
/// When a side names nothing, or git does not answer.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    let left = read(&mut vault, &args.left)?;
    let right = read(&mut vault, &args.right)?;
    Notices::new(ui).troubles(vault.troubles());
    let found = compare(&left, &right);
    if args.json {
        let mut document = serde_json::to_value(&found).expect("keys are strings");
        document["version"] = json!(1);
        document["left"] = json!(args.left);
        document["right"] = json!(args.right);
        ui.give(diff_view::json::write(&document).as_bytes())?;
    } else {
        ui.give(comparison::text(&found, &args.left, &args.right).as_bytes())?;
    }
    Ok(if args.exit_code {
        outcome(&found)
    } else {
        Outcome::Fine
    })
}

fn outcome(found: &Comparison) -> Outcome {
    let differs = !(found.missing_left.is_empty()
        && found.missing_right.is_empty()
        && found.differing.is_empty());
    if differs {
        Outcome::No
    } else if found.unclear.is_empty() {
        Outcome::Fine
    } else {
        Outcome::NoKey
    }
}

/// The variables of one side: a file on disk, `REV:PATH`, or an environment.
fn read(vault: &mut Vault, side: &str) -> Result<Vec<Entry>, Failure> {
    if Path::new(side).is_file() {
        let content = std::fs::read(side)?;
        // A file outside the work tree has no attributes.
        let path = vault.repository().relative(Path::new(side)).ok();
        return entries(vault, path.as_deref(), side.as_bytes(), &content);
    }
    if let Some((revision, path)) = side.split_once(':') {
        let unknown = || {
            Failure::usage(format!(
                "{}: there is no such file",
                printable(side.as_bytes())
            ))
        };
        let id = vault
            .repository()
            .commit_id(revision)?
            .ok_or_else(unknown)?;
        // As git reads it (gitrevisions): from the top, or with a dot in front from here.
        let path = if path.starts_with("./") || path.starts_with("../") {
            vault.repository().relative(Path::new(path))?
        } else {
            path.as_bytes().to_vec()
        };
        let files = vault.repository().tree_entries(&id)?;
        let file = files.iter().find(|file| file.path == path);
        let content = vault.repository().blob(&file.ok_or_else(unknown)?.id)?;
        return entries(vault, Some(&path), &path, &content);
    }
    match side.parse::<Environment>() {
        Ok(environment) => environment_entries(vault, &environment),
        Err(_) => Err(nothing(side)),
    }
}

fn nothing(side: &str) -> Failure {
    let side = printable(side.as_bytes());
    Failure::usage(format!(
        "{side} is no file, no environment with files, and no REV:PATH"
    ))
    .hint("`git seal status` lists the sealed files and their environments")
}

fn environment_entries(vault: &mut Vault, wanted: &Environment) -> Result<Vec<Entry>, Failure> {
    let mut all = None;
    for file in vault.repository().sealed_entries()? {
        let rules = Rules::of(vault.repository(), &file.path)?;
        let is_wanted =
            rules.is_ok_and(|rules| rules.environment == *wanted && rules.format == Format::Dotenv);
        if file.is_file() && file.stage == 0 && is_wanted {
            let content = vault.repository().blob(&file.id)?;
            let found = entries(vault, Some(&file.path), &file.path, &content)?;
            all.get_or_insert_with(Vec::new).extend(found);
        }
    }
    all.ok_or_else(|| nothing(wanted.as_str()))
}

fn entries(
    vault: &mut Vault,
    path: Option<&[u8]>,
    name: &[u8],
    content: &[u8],
) -> Result<Vec<Entry>, Failure> {
    let rules = match path {
        Some(path) => Rules::of(vault.repository(), path)?.ok(),
        None => None,
    };
    if rules
        .as_ref()
        .is_some_and(|r| r.filter == Filter::Ours && r.format == Format::Opaque)
    {
        let name = printable(name);
        return Err(Failure::usage(format!(
            "{name} is sealed as a whole: it has no variables"
        )));
    }
    let environment = rules.map_or_else(Environment::default_name, |rules| rules.environment);
    find_keys(vault, &environment, [Some(content), None])?;
    let version = Version::read(content, vault.keyring());
    Ok(if is_template(paths::file_name(name)) {
        version.names_only()
    } else {
        version.entries()
    })
}
