//! `git seal doctor`: every way the set-up can be wrong, each with its fix.

mod clone;
mod files;
mod store;

pub use files::dotenv_like;
use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::vault::Vault;

/// Find what is wrong with the set-up, and mend it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal doctor\n  git seal doctor --fix\n\n\
                        Exit code: 0 all is well; 1 something is not; 4 something does not authenticate."
)]
pub struct Args {
    /// Mend what can be mended safely
    #[arg(long)]
    fix: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Something that is wrong.
pub struct Complaint {
    /// A name that stays the same, for scripts.
    pub id: &'static str,
    /// What is wrong, and where.
    pub what: String,
    /// What to do about it.
    pub advice: String,
    /// The exit code that it asks for.
    pub outcome: Outcome,
    /// How it is mended by `--fix`, where that is safe.
    pub fix: Option<Fix>,
}

/// What `--fix` can do.
pub type Fix = Box<dyn Fn(&Vault) -> Result<(), Failure>>;

impl Complaint {
    fn new(id: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            id,
            what: what.into(),
            advice: advice.into(),
            outcome: Outcome::No,
            fix: None,
        }
    }

    fn with_fix(mut self, fix: impl Fn(&Vault) -> Result<(), Failure> + 'static) -> Self {
        self.fix = Some(Box::new(fix));
        self
    }
}

/// Everything that is wrong with the set-up.
///
/// # Errors
/// When the repository cannot be read.
pub fn diagnose(vault: &mut Vault) -> Result<Vec<Complaint>, Failure> {
    let mut complaints = clone::complaints(vault)?;
    complaints.extend(store::complaints(vault)?);
    complaints.extend(files::complaints(vault)?);
    Ok(complaints)
}

/// Diagnoses, and mends with `--fix`.
///
/// # Errors
/// When the repository cannot be read, or a fix fails.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut vault = Vault::open()?;
    super::setup::work_tree(vault.repository())?;
    let mut complaints = diagnose(&mut vault)?;
    if args.fix {
        let mut mended = 0;
        for complaint in &complaints {
            if let Some(fix) = &complaint.fix {
                fix(&vault)?;
                ui.note(&format!("mended: {}", complaint.what));
                mended += 1;
            }
        }
        if mended > 0 {
            // What is still wrong, seen afresh: a fix is believed when the complaint is gone.
            vault = Vault::open()?;
            complaints = diagnose(&mut vault)?;
        }
    }
    let outcome = complaints
        .iter()
        .map(|complaint| complaint.outcome)
        .fold(Outcome::Fine, Outcome::worse);
    if args.json {
        let list: Vec<_> = complaints
            .iter()
            .map(|complaint| {
                json!({
                    "id": complaint.id,
                    "what": complaint.what,
                    "advice": complaint.advice,
                    "fixable": complaint.fix.is_some(),
                })
            })
            .collect();
        ui.say(&json!({ "version": 1, "complaints": list }).to_string());
        return Ok(outcome);
    }
    for complaint in &complaints {
        ui.say(&format!("{}: {}", complaint.id, complaint.what));
        ui.say(&format!("    {}", complaint.advice));
    }
    if complaints.is_empty() {
        ui.say("all is well");
    } else if !args.fix && complaints.iter().any(|complaint| complaint.fix.is_some()) {
        let mendable = complaints
            .iter()
            .filter(|complaint| complaint.fix.is_some())
            .count();
        ui.hint(&format!(
            "`git seal doctor --fix` mends {mendable} of {}",
            complaints.len()
        ));
    }
    Ok(outcome)
}
