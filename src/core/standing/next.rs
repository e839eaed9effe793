//! What to do next, by how a repository stands.

use super::{About, Problem, Report, Severity, Unreadable};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// To be pasted.
    pub command: String,
    /// Why.
    pub why: String,
}

fn step(command: impl Into<String>, why: impl Into<String>) -> Step {
    Step {
        command: command.into(),
        why: why.into(),
    }
}

/// What to do, the most pressing first; nothing where all is well.
#[must_use]
pub fn steps(report: &Report) -> Vec<Step> {
    if !report.is_initialised {
        return vec![step("git seal init", "sets this repository up")];
    }
    let problems = report.all_problems();
    let has = |id: &str| problems.iter().any(|problem| problem.id == id);
    let mut steps = Vec::new();
    let conflicts = report.files.iter().filter(|file| {
        file.unreadable
            .as_ref()
            .is_some_and(|why| *why == Unreadable::Conflict)
    });
    if let Some(first) = conflicts.clone().next() {
        steps.push(step(
            format!("git add {}", report.here.argument(&first.path)),
            match conflicts.count() {
                1 => "when its conflict is resolved".to_owned(),
                number => format!("when its conflict is resolved; {number} files are in conflict"),
            },
        ));
    }
    if has("rotation-interrupted") {
        steps.push(step(
            "git seal rotate --continue",
            "ends the rotation that was interrupted; --abort takes it back",
        ));
    }
    if problems
        .iter()
        .any(|problem| problem.severity == Severity::NotAuthentic)
    {
        steps.push(step("git seal status", "shows what does not authenticate"));
    }
    let mut set_up = report.set_up_problems();
    let locked = report.locked();
    // A fresh clone: unlocking sets the filter up too.
    if !locked.is_empty() {
        set_up.retain(|problem| problem.id != "filter-not-configured");
    }
    let mendable = set_up.iter().filter(|p| p.remedy.is_some()).count();
    match (mendable, set_up.len()) {
        (_, 0) => {}
        (0, _) => steps.push(step("git seal doctor", "says what is wrong")),
        (some, all) if some == all => steps.push(step(
            "git seal doctor --fix",
            format!("mends {}", counted(all, "problem")),
        )),
        (some, all) => steps.push(step(
            "git seal doctor --fix",
            format!("mends {some} of {all} problems"),
        )),
    }
    for environment in locked {
        let flag = if environment.is_default() {
            String::new()
        } else {
            format!(" --env {environment}")
        };
        steps.push(step(
            format!("git seal unlock{flag}"),
            "opens its files with the key",
        ));
    }
    if report.files.is_empty() {
        steps.push(step(
            "git add .env",
            "protects your first file, once there is one",
        ));
    } else if !report.is_shared && set_up.is_empty() {
        steps.push(step(
            format!(
                "git add {} && git commit -m \"Seal secrets\"",
                report.here.arguments([".gitattributes", ".seal"])
            ),
            "gives the others rules and ledger",
        ));
    }
    let work = problems.iter().filter(|problem| {
        problem.about == About::Work
            && !matches!(
                problem.id,
                "key-missing" | "conflict" | "rotation-interrupted"
            )
    });
    steps.extend(work.map(|problem| step(problem.advice.clone(), in_short(problem))));
    steps
}

fn in_short(problem: &Problem) -> String {
    match problem.id {
        "no-second-home" => "its key is in this clone alone",
        "key-overdue" => "its key is overdue",
        "key-due-soon" => "its key is due soon",
        _ => return problem.what.clone(),
    }
    .to_owned()
}

/// `1 problem`, `3 problems`.
#[must_use]
pub fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::standing::Remedy;
    use crate::core::standing::samples::{file, healthy, key_use};

    fn commands(report: &Report) -> Vec<String> {
        steps(report).into_iter().map(|step| step.command).collect()
    }

    #[test]
    fn where_all_is_well_there_is_nothing_to_do() {
        assert_eq!(steps(&healthy()), []);
    }

    #[test]
    fn in_a_fresh_clone_the_key_is_all_that_is_wanted() {
        let mut report = healthy();
        report.files[0].keys = vec![key_use(7, "current", false)];
        let problem = Problem::new("filter-not-configured", "what", "advice");
        report.problems = vec![problem.mended_by(Remedy::SetUp)];
        assert_eq!(commands(&report), ["git seal unlock"]);
        report.files[0] = file(".env");
        assert_eq!(commands(&report), ["git seal doctor --fix"]);
    }

    #[test]
    fn the_most_pressing_comes_first() {
        assert_eq!(commands(&Report::default()), ["git seal init"]);
        let mut report = healthy();
        report.files[0].keys = vec![key_use(7, "current", false)];
        report.is_shared = false;
        let mut conflict = file("a b.env");
        conflict.unreadable = Some(Unreadable::Conflict);
        report.files.push(conflict);
        report.problems = vec![
            Problem::of_work("key-overdue", "overdue", "git seal rotate --env default"),
            Problem::new("hooks-missing", "what", "advice").mended_by(Remedy::Hooks),
            Problem::new("old-git", "what", "advice"),
        ];
        assert_eq!(
            commands(&report),
            [
                "git add 'a b.env'",
                "git seal doctor --fix",
                "git seal unlock",
                "git seal rotate --env default",
            ]
        );
        report.problems.clear();
        report.files.truncate(1);
        report.files[0] = file(".env");
        assert_eq!(
            commands(&report),
            ["git add .gitattributes .seal && git commit -m \"Seal secrets\""]
        );
    }
}
