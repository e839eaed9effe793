//! What to paste where, so that somebody else's hooks have git-seal judge.

use std::fmt::Write as _;
use std::path::Path;

use super::HookName;
use super::install::call;
use super::survey::{HooksState, Manager, Place};
use crate::core::printable::printable;
use crate::git::paths;

impl HooksState {
    /// What is to be done about those of `which` at which git-seal does not judge, or not for long:
    /// texts to show, of one or several lines, ready to paste.
    #[must_use]
    pub fn advice(&self, which: &[HookName]) -> Vec<String> {
        let open = self.unguarded(which);
        let mut advice = Vec::new();
        match &self.manager {
            _ if self.place == Place::Off => {
                advice
                    .push("to have hooks again: git config --unset-all core.hooksPath".to_owned());
            }
            Some(Manager::Lefthook(config)) => advice.extend(self.lefthook(config, which)),
            _ if open.is_empty() => {}
            Some(Manager::Husky(scripts)) => advice.push(lines_for(scripts, &open)),
            _ => advice.push(lines_for(&self.directory, &open)),
        }
        if !open.is_empty() && matches!(self.place, Place::WorkTree | Place::Elsewhere) {
            advice.push("or have it written there: git seal install --hooks --shared".to_owned());
        }
        if !self.overshadowed.is_empty() {
            let names: Vec<&str> = self.overshadowed.iter().map(|name| name.as_str()).collect();
            advice.push(format!(
                "core.hooksPath keeps git from running the hooks of git-seal below the git directory: {}",
                names.join(", ")
            ));
        }
        advice
    }

    /// lefthook writes its hook files again whenever its configuration changes, ours or not.
    fn lefthook(&self, config: &Path, which: &[HookName]) -> Option<String> {
        use super::survey::Standing;
        let at_risk: Vec<HookName> = which
            .iter()
            .copied()
            .filter(|name| {
                !matches!(
                    self.standing(*name),
                    Standing::Called | Standing::Configured
                )
            })
            .collect();
        if at_risk.is_empty() {
            return None;
        }
        let mut text = format!(
            "lefthook replaces hooks that it does not know; have it run git-seal, in {}:",
            shown(config)
        );
        for name in at_risk {
            let (arguments, stdin) = match name {
                HookName::CommitMsg => (" {1}", ""),
                HookName::PrePush => (" {1} {2}", "\n      use_stdin: true"),
                _ => ("", ""),
            };
            write!(
                text,
                "\n{name}:\n  commands:\n    git-seal:\n      run: git-seal hook {name}{arguments}{stdin}"
            )
            .expect("writing to a String succeeds");
        }
        Some(text)
    }
}

fn shown(path: &Path) -> String {
    printable(&paths::to_bytes(path.as_os_str()))
}

/// One line a hook, for scripts in a directory that is not ours to write to.
fn lines_for(directory: &Path, open: &[HookName]) -> String {
    let mut text = String::from("git-seal does not guard this clone yet; add these lines:");
    for name in open {
        let script = directory.join(name.as_str());
        write!(text, "\n  {}: {}", shown(&script), call(*name).trim_end())
            .expect("writing to a String succeeds");
    }
    text
}
