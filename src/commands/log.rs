//! `git seal log`: the history of variables: when, who, what; masked.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::diff::Masking;
use super::diff::gather::{Gathered, gather};
use super::diff::range::is_wanted;
use crate::core::changes::across::FileChanges;
use crate::core::changes::{Change, What};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome};
use crate::git::log::{Commit, log};
use crate::ui::diff_view::{self, View};
use crate::ui::messages::Notices;
use crate::ui::{Ui, pager};
use crate::vault::Vault;

/// Show the history of variables: when, who, and what happened, without showing a value
///
/// Newest first, each commit against its parent; merges are left out. A variable is followed under
/// the names that it had before.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal log\n  git seal log DATABASE_URL\n  git seal log API_KEY -- .env.production"
)]
pub struct Args {
    /// Only this variable
    #[arg(value_name = "VAR")]
    variable: Option<String>,
    /// Only in these files and directories
    #[arg(last = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    masking: Masking,
    /// Also list what was only sealed under another key
    #[arg(long)]
    resealed: bool,
    /// One JSON document (docs/JSON.md)
    #[arg(long)]
    json: bool,
    /// Write to the terminal directly
    #[arg(long)]
    no_pager: bool,
}

/// A commit, and what it did to sealed files.
struct Event {
    commit: Commit,
    files: Vec<FileChanges>,
}

/// Shows the history.
///
/// # Errors
/// When git does not answer, or a blob is missing from this clone.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    args.masking.check()?;
    let mut vault = Vault::open()?;
    let paths = args
        .paths
        .iter()
        .map(|path| vault.repository().relative(path));
    let paths: Vec<Vec<u8>> = paths.collect::<Result<_, _>>()?;
    let mut names: Option<BTreeSet<String>> = args
        .variable
        .iter()
        .cloned()
        .map(|v| BTreeSet::from([v]))
        .next();
    let mut all = Gathered::default();
    let mut events = Vec::new();
    for mut commit in log(vault.repository())? {
        commit
            .changes
            .retain(|change| is_wanted(&change.path, &paths));
        let gathered = gather(&mut vault, &commit.changes)?;
        all.versions.extend(gathered.versions);
        let mut files = gathered.files;
        for file in &mut files {
            file.changes
                .retain(|change| args.resealed || change.what != What::Resealed);
            if let Some(names) = &mut names {
                keep(&mut file.changes, names);
            }
        }
        files.retain(|file| !file.changes.is_empty());
        if !files.is_empty() {
            events.push(Event { commit, files });
        }
    }
    Notices::new(ui).troubles(vault.troubles());
    let mask = args.masking.mask(&all.versions);
    let view = View {
        width: pager::width(),
        uncut: args.masking.reveals(),
        colour: pager::has_colours(),
        resealed: true,
        mask: &mask,
    };
    if args.json {
        let commits: Vec<Value> = events.iter().map(|event| event.to_json(&view)).collect();
        let document = json!({"version": diff_view::json::VERSION, "commits": commits});
        ui.give(diff_view::json::write(&document).as_bytes())?;
    } else {
        let blocks: Vec<String> = events.iter().map(|event| event.to_text(&view)).collect();
        let text = blocks.join("\n");
        if args.no_pager {
            ui.give(text.as_bytes())?;
        } else {
            pager::show(&text, vault.repository(), ui)?;
        }
    }
    match &args.variable {
        Some(name) if events.is_empty() => {
            ui.note(&format!(
                "no sealed file ever had {}",
                printable(name.as_bytes())
            ));
            Ok(Outcome::No)
        }
        _ => Ok(Outcome::Fine),
    }
}

/// Keeps the changes of these variables, and where one got another name. Read newest first, a rename
/// adds the name before it.
fn keep(changes: &mut Vec<Change>, names: &mut BTreeSet<String>) {
    let before = |change: &Change| match &change.what {
        What::Renamed { from } => Some(from.clone()),
        _ => None,
    };
    changes.retain(|change| {
        let both = change.name.iter().cloned().chain(before(change));
        both.into_iter().any(|name| names.contains(&name))
    });
    names.extend(changes.iter().filter_map(before));
}

impl Event {
    fn to_text(&self, view: &View<'_>) -> String {
        let Commit {
            id,
            author,
            time,
            subject,
            ..
        } = &self.commit;
        let day = time.split('T').next().unwrap_or(time);
        let short = &id[..id.len().min(10)];
        let [author, subject] = [author, subject].map(|text| printable(text.as_bytes()));
        let style = console::Style::new().yellow().force_styling(view.colour);
        let files = diff_view::text(&self.files, view);
        format!(
            "{} {day} {author}: {subject}\n{files}",
            style.apply_to(short)
        )
    }

    fn to_json(&self, view: &View<'_>) -> Value {
        let Commit {
            id,
            author,
            time,
            subject,
            ..
        } = &self.commit;
        json!({
            "commit": id,
            "author": author,
            "time": time,
            "subject": subject,
            "files": diff_view::json::values(&self.files, view),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::changes::between;
    use crate::core::changes::version::{Reading, Version};
    use crate::core::key::Keyring;
    use crate::core::mask::HIDDEN;
    use crate::core::suites::Suite;

    fn event() -> Event {
        let keyring = Keyring::new();
        let reading = Reading {
            keyring: &keyring,
            current: None,
            suite: Suite::default(),
        };
        let [old, new] = [
            "URL=postgres://app:one@db.internal/a\nGONE=1\n",
            "URL=postgres://app:two@db2.internal/a\nA_VERY_LONG_NAME_FOR_A_VARIABLE_THAT_GOES_ON=new\n",
        ]
        .map(|text| Version::read(text.as_bytes(), &keyring));
        Event {
            commit: Commit {
                id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
                author: "Ann \u{1b}[2J".to_owned(),
                time: "2026-11-23T21:06:00Z".to_owned(),
                subject: "Move the database\u{202e}".to_owned(),
                changes: Vec::new(),
            },
            files: vec![FileChanges {
                path: ".env.production".to_owned(),
                environment: "production".parse().expect("a good name"),
                changes: between(&old, &new, &reading),
            }],
        }
    }

    #[test]
    fn a_commit_at_80_and_120_columns() {
        let hidden = |_: &[u8]| HIDDEN.to_owned();
        for (name, width, colour) in [
            ("commit_80", 80, false),
            ("commit_120", 120, false),
            ("commit_80_colour", 80, true),
            ("commit_120_colour", 120, true),
        ] {
            let view = View {
                width,
                uncut: false,
                colour,
                resealed: true,
                mask: &hidden,
            };
            insta::assert_snapshot!(name, event().to_text(&view));
        }
    }
}
