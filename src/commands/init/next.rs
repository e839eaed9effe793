//! What a person does after `init`.

use crate::core::environment::Environment;
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
    let here = repository.here();
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
                here.arguments(&ours)
            )),
        }
    } else {
        ui.hint(&format!(
            "step 1, now: git add {} && git commit -m \"Prepare to seal secrets\" && git push",
            here.arguments(&ours)
        ));
        ui.hint(&format!(
            "step 2, when everyone has pulled and saved their own file: git add {}",
            here.arguments(&plan.later)
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
