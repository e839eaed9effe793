//! `git seal diff`: what changed, variable by variable, masked.

pub mod gather;
pub mod range;

use crate::core::changes::What;
use crate::core::changes::across::FileChanges;
use crate::core::mask::{self, Style};
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome, ways_to_give};
use crate::git::changes::Change;
use crate::ui::diff_view::{self, View};
use crate::ui::messages::Notices;
use crate::ui::{Ui, pager};
use crate::vault::Vault;
use crate::vault::View::WorkTree;

use super::setup;
use gather::Gathered;
use range::Selection;

/// Show what changed in sealed files, variable by variable, without showing a value
///
/// Without a revision: what is not staged yet. With one: the work tree against it. With two: one
/// against the other. Without a key it still says which variables came, went and changed. Beside
/// each mask stands a fingerprint: it is the same for the same value.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal diff\n  git seal diff --staged\n  git seal diff main...HEAD --format markdown\n  \
                        git seal diff v1.0 -- config/\n  git seal diff --reveal           # show the values, on a terminal"
)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// A revision, two of them, or A..B or A...B as git has them; files may follow
    #[arg(value_name = "REV")]
    revisions: Vec<String>,
    /// What is staged, against HEAD or REV
    #[arg(long, visible_alias = "cached")]
    staged: bool,
    /// Only these files and directories
    #[arg(last = true, value_name = "PATH")]
    paths: Vec<std::path::PathBuf>,
    #[command(flatten)]
    masking: Masking,
    /// Count changes, file by file
    #[arg(long, group = "form")]
    stat: bool,
    /// Before and after in two columns
    #[arg(long, group = "form")]
    side_by_side: bool,
    /// One JSON document (docs/JSON.md)
    #[arg(long, group = "form")]
    json: bool,
    /// How to write it down
    #[arg(long, group = "form", value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Also list what is only sealed under another key
    #[arg(long)]
    resealed: bool,
    /// Exit 1 if anything changed
    #[arg(long)]
    exit_code: bool,
    /// Write to the terminal directly
    #[arg(long)]
    no_pager: bool,
}

/// How much of a value shows.
#[derive(Debug, clap::Args)]
pub struct Masking {
    /// Show nothing of a value, its edges, or the shape of URLs and PEM blocks
    #[arg(long, value_enum, default_value = "hidden", value_name = "STYLE")]
    mask: MaskStyle,
    /// Show the values themselves; on a terminal only, or with --yes
    #[arg(long, conflicts_with = "mask")]
    reveal: bool,
    /// With --reveal: also where the output is no terminal
    #[arg(long, requires = "reveal")]
    yes: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum MaskStyle {
    Hidden,
    Edges,
    Shape,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

/// A mask as the views take it.
pub type Mask<'a> = Box<dyn Fn(&[u8]) -> String + 'a>;

impl Masking {
    /// Refuses to reveal where nobody looks.
    ///
    /// # Errors
    /// When values would go into a file or a pipe unasked.
    pub fn check(&self) -> Result<(), Failure> {
        if self.reveal && !self.yes && !pager::is_terminal() {
            return Err(Failure::usage(
                "--reveal would write values to something that is no terminal",
            )
            .hint("if that is what you want: --reveal --yes"));
        }
        Ok(())
    }

    /// Whether values are shown as they are.
    #[must_use]
    pub fn reveals(&self) -> bool {
        self.reveal
    }

    /// The mask for the values of these versions: none of them ever shows whole.
    #[must_use]
    pub fn mask<'a>(&self, versions: &'a [crate::core::changes::version::Version]) -> Mask<'a> {
        if self.reveal {
            return Box::new(|value| String::from_utf8_lossy(value).into_owned());
        }
        let style = match self.mask {
            MaskStyle::Hidden => return Box::new(|value| mask::mask(value, Style::Hidden)),
            MaskStyle::Edges => Style::Edges,
            MaskStyle::Shape => Style::Shape,
        };
        Box::new(diff_view::never_whole(
            move |value| mask::mask(value, style),
            versions,
        ))
    }
}

/// Shows what changed.
///
/// # Errors
/// When a revision does not exist, or git does not answer.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    args.masking.check()?;
    let mut vault = Vault::open()?;
    let selection = Selection::read(
        vault.repository(),
        &args.revisions,
        args.staged,
        &args.paths,
    )?;
    let changed = selection.changes(vault.repository());
    if selection.is_of_work_tree() {
        refuse_bad_rules(&mut vault, changed.as_deref().ok())?;
    }
    let changed = changed?;
    let gathered = gather::gather(&mut vault, &changed)?;
    Notices::new(ui).troubles(vault.troubles());
    let text = args.shown(&gathered);
    if args.no_pager || args.is_for_programs() {
        ui.give(text.as_bytes())?;
    } else {
        pager::show(&text, vault.repository(), ui)?;
    }
    for path in selection.unmerged(vault.repository())? {
        ui.note(&format!(
            "{} is not merged: see git seal diff",
            printable(&path)
        ));
    }
    hint_at_keys(&gathered.files, ui);
    let counts = |what: &What| args.resealed || *what != What::Resealed;
    let any = gathered
        .files
        .iter()
        .flat_map(|file| &file.changes)
        .any(|change| counts(&change.what));
    Ok(if args.exit_code && any {
        Outcome::No
    } else {
        Outcome::Fine
    })
}

/// Refuses policies and attributes by which nobody can tell what the files on disk are sealed, those of
/// all sealed files where git failed (it seals some to compare them).
fn refuse_bad_rules(vault: &mut Vault, changed: Option<&[Change]>) -> Result<(), Failure> {
    vault.snapshot(&WorkTree)?.usable_config()?;
    let Some(changed) = changed else {
        return setup::usable_rules(vault);
    };
    for Change { path, .. } in changed {
        let checked = vault.check_rules(path);
        checked.map_err(|error| Failure::sealing(path, error))?;
    }
    Ok(())
}

impl Args {
    fn format(&self) -> Format {
        if self.json {
            return Format::Json;
        }
        self.format.unwrap_or(Format::Text)
    }

    fn is_for_programs(&self) -> bool {
        !matches!(self.format(), Format::Text)
    }

    fn shown(&self, gathered: &Gathered) -> String {
        let mask = self.masking.mask(&gathered.versions);
        let view = View {
            width: pager::width(),
            uncut: self.masking.reveals(),
            colour: pager::has_colours(),
            resealed: self.resealed,
            mask: &mask,
        };
        let files = &gathered.files;
        match self.format() {
            Format::Json => diff_view::json(files, &view),
            Format::Markdown => diff_view::markdown(files, &view),
            Format::Text if self.stat => diff_view::stat(files, &view),
            Format::Text if self.side_by_side => diff_view::side_by_side(files, &view),
            Format::Text => diff_view::text(files, &view),
        }
    }
}

/// What cannot be compared without keys, once for each environment.
fn hint_at_keys(files: &[FileChanges], ui: &Ui) {
    let unclear = files
        .iter()
        .filter(|file| file.changes.iter().any(|c| c.what == What::Unclear));
    let environments: std::collections::BTreeSet<_> =
        unclear.map(|file| &file.environment).collect();
    for environment in environments {
        ui.hint(&format!(
            "some values of environment {environment} are sealed under keys that are not at hand: {}",
            ways_to_give(environment)
        ));
    }
}
