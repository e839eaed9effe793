//! What is to become of the dotenv files that stand in the work tree: asked before anything is
//! written, so that an interrupted `init` leaves everything as it was.

use std::collections::BTreeSet;

use crate::core::environment::Environment;
use crate::core::gitattributes::is_personal;
use crate::core::printable::printable;
use crate::failure::Failure;
use crate::git::{Repository, paths};
use crate::ui::Ui;

use super::Args;
use super::ignored::{self, Decision};
use super::survey::{Candidate, Standing};
use super::views;

/// What was decided.
#[derive(Default)]
pub struct Plan {
    /// Tracked in plain text, to be sealed in the index.
    pub seal: Vec<Vec<u8>>,
    /// Left alone, by a line of their own.
    pub exempt: Vec<Vec<u8>>,
    /// Untracked, to be added by the person.
    pub add: Vec<Vec<u8>>,
    /// Ignored, to be un-ignored, and not to be added yet.
    pub later: Vec<Vec<u8>>,
    /// Ignored and personal, each with the name of a copy that is to be shared.
    pub share: Vec<(Vec<u8>, Vec<u8>)>,
    /// Environments that are to be set up.
    pub environments: Vec<Environment>,
    /// What git's own views are to show, where that was asked.
    pub views: Option<&'static str>,
}

impl Plan {
    /// Takes answers from flags, and asks for the others.
    ///
    /// # Errors
    /// When a question has no answer.
    pub fn make(
        repository: &Repository,
        candidates: &[Candidate],
        args: &Args,
        ui: &Ui,
    ) -> Result<Self, Failure> {
        let named: Vec<Vec<u8>> = args
            .files
            .iter()
            .map(|file| repository.relative(file))
            .collect::<Result<_, _>>()?;
        if let Some(unknown) = named
            .iter()
            .find(|path| !candidates.iter().any(|known| known.path == **path))
        {
            return Err(Failure::usage(format!(
                "{} is no dotenv file of this work tree",
                printable(unknown)
            ))
            .hint("any other file is added with `git seal track`"));
        }
        let mut plan = Self::default();
        let mut tracked = Vec::new();
        for candidate in candidates {
            let path = &candidate.path;
            match candidate.standing {
                Standing::TrackedSealed | Standing::Exempt => {}
                Standing::TrackedPlain if named.contains(path) => plan.seal.push(path.clone()),
                Standing::TrackedPlain => tracked.push(path),
                Standing::Untracked => {
                    if candidate.was_ignored {
                        warn_of_own_files(path, ui);
                    }
                    plan.add.push(path.clone());
                }
                Standing::Ignored => match ignored::decide(repository, path, args, ui)? {
                    Decision::LeaveAlone => {}
                    Decision::Unignore => plan.later.push(path.clone()),
                    Decision::ShareAs(shared) => plan.share.push((path.clone(), shared)),
                },
            }
        }
        let chosen = choose_tracked(&tracked, args, ui)?;
        for (number, path) in tracked.into_iter().enumerate() {
            if chosen.contains(&number) {
                plan.seal.push(path.clone());
            } else {
                plan.exempt.push(path.clone());
            }
        }
        plan.environments = plan.choose_environments(args, ui)?;
        plan.views = views::choose(repository, args, ui)?;
        Ok(plan)
    }

    /// All files that are to be sealed, now or later.
    pub fn sealed(&self) -> impl Iterator<Item = &[u8]> {
        let shared = self.share.iter().map(|(_, shared)| shared);
        let others = self.add.iter().chain(&self.seal).chain(&self.later);
        others.chain(shared).map(Vec::as_slice)
    }

    /// Environments named by flags; else `default`, and those of the files that get a key of their
    /// own.
    fn choose_environments(&self, args: &Args, ui: &Ui) -> Result<Vec<Environment>, Failure> {
        if !args.env.is_empty() {
            let mut seen = BTreeSet::new();
            let named = args.env.iter().filter(|name| seen.insert(*name));
            return Ok(named.cloned().collect());
        }
        let mut environments = vec![Environment::default_name()];
        if args.yes || !ui.can_ask() {
            return Ok(environments);
        }
        let new = self.add.iter().chain(&self.seal).chain(&self.later);
        let named: BTreeSet<Environment> = new.filter_map(|path| named_in(path)).collect();
        let named: Vec<Environment> = named.into_iter().filter(|e| !e.is_default()).collect();
        if named.is_empty() {
            return Ok(environments);
        }
        let answers: Vec<(String, bool)> = named
            .iter()
            .map(|name| {
                let ticked = matches!(name.as_str(), "production" | "prod" | "live");
                (format!("{name} (.env.{name})"), ticked)
            })
            .collect();
        ui.note(
            "files with a key of their own cannot be read by those who only have the default one",
        );
        let question = "Which get a key of their own? (space ticks, enter ends)";
        let chosen = ui.choose_any(question, &answers, "--env")?;
        environments.extend(chosen.into_iter().map(|number| named[number].clone()));
        Ok(environments)
    }
}

/// The environment that `.env.NAME` is called after.
fn named_in(path: &[u8]) -> Option<Environment> {
    let name = paths::file_name(path);
    if is_personal(name) {
        return None;
    }
    let name = std::str::from_utf8(name.strip_prefix(b".env.")?).ok()?;
    name.parse().ok()
}

fn warn_of_own_files(path: &[u8], ui: &Ui) {
    ui.warn(&format!(
        "{0} was ignored once: colleagues may have an own {0}, which git overwrites when they pull yours; tell them first",
        printable(path)
    ));
}

/// Which of the files that are tracked in plain text are to be sealed.
fn choose_tracked(tracked: &[&Vec<u8>], args: &Args, ui: &Ui) -> Result<Vec<usize>, Failure> {
    if tracked.is_empty() || args.yes {
        return Ok(Vec::new());
    }
    ui.note("git tracks these in plain text; history keeps what it has: change the values after sealing them");
    let answers: Vec<(String, bool)> = tracked
        .iter()
        .map(|path| {
            let is_of_tests = path
                .split(|byte| *byte == b'/')
                .any(|part| part.starts_with(b"test") || part == b"fixtures");
            (printable(path), !is_of_tests)
        })
        .collect();
    ui.choose_any(
        "Which are to be sealed? (space ticks, enter ends)",
        &answers,
        "--yes and the names of those to seal",
    )
}
