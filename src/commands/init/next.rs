//! What a person does after `init`.

use std::path::Path;

use crate::core::environment::Environment;
use crate::core::printable::argument;
use crate::failure::Failure;
use crate::git::{Repository, command};
use crate::keys::{Source, store};
use crate::ui::Ui;
use crate::vault::Vault;

use super::plan::Plan;

/// Says what to commit, and which keys stand in this clone alone.
///
/// # Errors
/// When git does not answer.
pub fn say(vault: &mut Vault, plan: &Plan, ui: &Ui) -> Result<(), Failure> {
    let repository = vault.repository();
    let up = way_up(repository)?;
    let words = |paths: &[Vec<u8>]| -> String {
        let words: Vec<String> = paths
            .iter()
            .map(|path| argument(&[up.as_slice(), path].concat()))
            .collect();
        words.join(" ")
    };
    let mut written = vec![".gitattributes", ".seal"];
    if !plan.later.is_empty() {
        written.push(".gitignore");
    }
    let mut ours = changed(repository, &written)?;
    let is_staged = !plan.seal.is_empty();
    if plan.later.is_empty() {
        ours.extend(plan.add.iter().cloned());
        ours.extend(plan.share.iter().map(|(_, shared)| shared.clone()));
        match (ours.is_empty(), is_staged) {
            (true, false) => ui.note("nothing to commit: this repository is set up"),
            (true, true) => ui.hint("next: git commit -m \"Seal secrets\""),
            (false, _) => ui.hint(&format!(
                "next: git add {} && git commit -m \"Seal secrets\"",
                words(&ours)
            )),
        }
    } else {
        ui.hint(&format!(
            "step 1, now: git add {} && git commit -m \"Prepare to seal secrets\" && git push",
            words(&ours)
        ));
        ui.hint(&format!(
            "step 2, when everyone has pulled and saved their own file: git add {}",
            words(&plan.later)
        ));
    }
    if is_staged {
        ui.hint("what is sealed is staged already");
    }
    for environment in &plan.environments {
        if is_only_here(vault, environment)? {
            let which = if environment.is_default() {
                String::new()
            } else {
                format!(" --env {environment}")
            };
            ui.hint(&format!(
                "give the key to colleagues and CI, and keep a copy: git seal key export{which}"
            ));
        }
    }
    Ok(())
}

/// Whether the current key stands in this clone's store and nowhere else, as far as is known.
fn is_only_here(vault: &mut Vault, environment: &Environment) -> Result<bool, Failure> {
    let Ok(key) = vault.sealing_key(environment)? else {
        return Ok(false);
    };
    let mut found = vault.at_hand().found.iter();
    let elsewhere =
        found.any(|found| found.key.id() == key.id() && !matches!(found.source, Source::Store(_)));
    Ok(!elsewhere && !store::has_second_home(vault.repository(), key.id()))
}

/// Which of these, from the top of the work tree, git would commit.
fn changed(repository: &Repository, ours: &[&str]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut changed = Vec::new();
    for path in ours {
        let mut git = repository.git();
        git.args(["status", "--porcelain", "-z", "--"]);
        git.arg(format!(":(top,literal){path}"));
        if !command::output(&mut git)?.is_empty() {
            changed.push(path.as_bytes().to_vec());
        }
    }
    Ok(changed)
}

/// From where the person stands to the top of the work tree: nothing, or `../` some times.
fn way_up(repository: &Repository) -> Result<Vec<u8>, Failure> {
    let here = repository.relative(Path::new("."))?;
    let depth = here.split(|byte| *byte == b'/');
    Ok(b"../".repeat(depth.filter(|part| !part.is_empty()).count()))
}
