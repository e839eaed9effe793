//! How a repository stands, for people.

use console::{Style, measure_text_width, pad_str};

use super::rotation::{due_style, due_text};
use super::wrap::sentence;
use super::{Ui, pager};
use crate::core::form::Form;
use crate::core::here::Here;
use crate::core::ledger::State;
use crate::core::printable::printable;
use crate::core::standing::next::{counted, steps};
use crate::core::standing::{
    EnvironmentStanding, FileStanding, Problem, Report, Severity, UNPROTECTED,
};

/// How many things to do are shown in short.
const STEPS_SHOWN: usize = 3;
/// Between columns.
const GAP: &str = "  ";

/// Problems, each by its name with what to do about it below; the same advice stands once.
#[must_use]
pub fn problem_lines(problems: &[Problem]) -> String {
    let mut lines = Vec::new();
    for (at, problem) in problems.iter().enumerate() {
        let next = problems.get(at + 1).map(|next| &next.advice);
        let mut line = sentence(&problem_line(problem), "  ");
        if next != Some(&problem.advice) {
            line += &indented(&problem.advice, "    ");
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// Files beyond which a list of them ends in a summary.
const LONG_LIST: usize = 10;

/// A problem by its name.
#[must_use]
pub fn problem_line(problem: &Problem) -> String {
    let file = problem
        .path
        .as_deref()
        .map(|path| format!("{}: ", printable(path)))
        .unwrap_or_default();
    let id = severity_style(problem.severity).apply_to(problem.id);
    format!("{id}: {file}{}", problem.what)
}

/// Each line of a text below the one before, with blanks in front.
fn indented(text: &str, blanks: &str) -> String {
    text.lines()
        .map(|line| format!("\n{blanks}{line}"))
        .collect()
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Notice => Style::new().cyan(),
        Severity::KeyMissing | Severity::Untold => Style::new().yellow(),
        Severity::Unwell | Severity::Misconfigured | Severity::NotAuthentic => Style::new().red(),
    }
}

/// Everything: files by environment, then what is wrong.
pub fn full(ui: &Ui, report: &Report) {
    let mut sections = Vec::new();
    for standing in &report.environments {
        sections.push(section(
            &sentence(&environment_line(standing), GAP),
            &report.here,
            report.files_of(Some(&standing.environment)),
        ));
    }
    let is_known = |file: &&FileStanding| {
        let mut standings = report.environments.iter();
        standings.any(|standing| Some(&standing.environment) == file.environment.as_ref())
    };
    let strangers: Vec<&FileStanding> = report.files.iter().filter(|f| !is_known(f)).collect();
    if !strangers.is_empty() {
        let title = Style::new().bold().apply_to("no environment of the ledger");
        sections.push(section(
            &title.to_string(),
            &report.here,
            strangers.into_iter(),
        ));
    }
    if report.files.len() > LONG_LIST {
        sections.push(summary(report));
    }
    if report.is_initialised && report.files.is_empty() {
        sections.push("git tracks no protected file yet: `git add` one".to_owned());
    }
    if !report.problems.is_empty() {
        sections.push(problem_lines(&report.problems));
    }
    ui.say(&sections.join("\n\n"));
    let mendable = report.set_up_problems();
    let mendable = mendable.iter().filter(|p| p.remedy.is_some()).count();
    if mendable > 0 {
        ui.hint(&format!(
            "`git seal doctor --fix` mends {}",
            counted(mendable, "problem")
        ));
    }
}

fn environment_line(standing: &EnvironmentStanding) -> String {
    let due = &standing.due;
    let place = if standing.is_at_hand() {
        // It stands in front.
        let own = format!(" ({})", standing.environment);
        let sources = standing.sources.iter();
        let sources: Vec<&str> = sources.map(|s| s.strip_suffix(&own).unwrap_or(s)).collect();
        format!("from {}", sources.join(", "))
    } else {
        Style::new().yellow().apply_to("not at hand").to_string()
    };
    format!(
        "{}  key {}, {place}; {}",
        Style::new().bold().apply_to(&standing.environment),
        due.key_id.short(),
        due_style(due).apply_to(due_text(due)),
    )
}

/// A title and a table of files, with what is wrong below each.
fn section<'a>(title: &str, here: &Here, files: impl Iterator<Item = &'a FileStanding>) -> String {
    let files: Vec<&FileStanding> = files.collect();
    if files.is_empty() {
        return format!("{title}\n{GAP}no file yet");
    }
    let mut rows =
        vec![["HEAD", "INDEX", "DISK", "KEY"].map(|word| (word.to_owned(), Style::new().dim()))];
    rows.extend(files.iter().map(|file| cells(file)));
    let widths: [usize; 4] = std::array::from_fn(|column| {
        let widths = rows.iter().map(|row| measure_text_width(&row[column].0));
        widths.max().unwrap_or(0)
    });
    let mut text = title.to_owned();
    let paths = std::iter::once("FILE".to_owned()).chain(files.iter().map(|f| printable(&f.path)));
    for (number, (row, path)) in rows.iter().zip(paths).enumerate() {
        text.push('\n');
        for ((cell, style), width) in row.iter().zip(widths) {
            let padded = pad_str(cell, width, console::Alignment::Left, None);
            text += &format!("{GAP}{}", style.apply_to(padded));
        }
        let style = if number == 0 {
            Style::new().dim()
        } else {
            Style::new()
        };
        text += &format!("{GAP}{}", style.apply_to(path));
        let problems = number.checked_sub(1).and_then(|at| files.get(at));
        for problem in problems.map(|file| file.problems(here)).unwrap_or_default() {
            let id = severity_style(problem.severity).apply_to(problem.id);
            let line = sentence(&format!("      {id}: {}", problem.what), "        ");
            text += &format!("\n{line}");
            text += &indented(&problem.advice, "          ");
        }
    }
    text
}

fn cells(file: &FileStanding) -> [(String, Style); 4] {
    let head = file.head.as_ref().map_or("-", Form::as_str);
    let keys: Vec<String> = file
        .keys
        .iter()
        .map(|key| format!("{} {}", key.id.short(), key.word()))
        .collect();
    let is_current = file.keys.iter().all(|key| key.word() == "current");
    let quiet = Style::new().dim();
    let loud = Style::new().yellow();
    [
        (head.replace('_', " "), form_style(head)),
        (
            file.index_word().replace('_', " "),
            form_style(file.index_word()),
        ),
        (
            file.disk_word().to_owned(),
            if file.disk_word() == "changed" {
                loud.clone()
            } else {
                Style::new()
            },
        ),
        if keys.is_empty() {
            ("-".to_owned(), quiet)
        } else {
            (keys.join(", "), if is_current { quiet } else { loud })
        },
    ]
}

fn form_style(word: &str) -> Style {
    match word {
        "sealed" => Style::new().green(),
        "-" => Style::new().dim(),
        "conflict" | "unknown" => Style::new().yellow(),
        _ => Style::new().red(),
    }
}

/// A few lines: how many files and keys, what is wrong, what to do next.
pub fn brief(ui: &Ui, report: &Report) {
    if report.is_initialised {
        ui.say(&sentence(&files_line(report), GAP));
        if !report.environments.is_empty() {
            ui.say(&sentence(&keys_line(report), GAP));
        }
    } else {
        ui.say("git-seal is not set up in this repository");
    }
    let names: Vec<String> = report.unprotected().map(printable).collect();
    if !names.is_empty() {
        ui.say(&sentence(&format!("not protected: {}", few(&names)), GAP));
    }
    let problems = report.set_up_problems();
    let other: Vec<String> = problems
        .iter()
        .filter(|problem| !matches!(problem.id, UNPROTECTED | "not-initialised"))
        .map(|problem| problem.id.to_owned())
        .collect();
    if !other.is_empty() {
        ui.say(&sentence(&format!("wrong: {}", few(&other)), GAP));
    }
    let steps = steps(report);
    let width = steps
        .iter()
        .take(STEPS_SHOWN)
        .map(|step| step.command.chars().count());
    let width = width.max().unwrap_or(0);
    for (number, step) in steps.iter().take(STEPS_SHOWN).enumerate() {
        let label = if number == 0 { "next:" } else { "     " };
        let command = pad_str(&step.command, width, console::Alignment::Left, None);
        let command = Style::new().bold().apply_to(command);
        let line = format!("{label} {command}   # {}", step.why);
        // A command stays whole, to be pasted.
        let is_narrow = pager::is_terminal() && measure_text_width(&line) > pager::width();
        ui.say(&if is_narrow {
            let why = sentence(&format!("        # {}", step.why), "        # ");
            format!("{label} {command}\n{why}")
        } else {
            line
        });
    }
    if steps.is_empty() {
        ui.say("all is well");
    }
}

fn files_line(report: &Report) -> String {
    if report.files.is_empty() {
        return "set up; git tracks no protected file yet".to_owned();
    }
    let count = |is: &dyn Fn(&FileStanding) -> bool| report.files.iter().filter(|f| is(f)).count();
    let sealed = count(&|file| file.index_word() == "sealed");
    let all = report.files.len();
    let conflicts = count(&|file| file.index_word() == "conflict");
    let sealed = match (sealed, conflicts) {
        (sealed, _) if sealed == all => "sealed in the repository".to_owned(),
        (_, conflicts) if conflicts == all => "in conflict".to_owned(),
        (sealed, 0) => format!("{sealed} of them sealed in the repository"),
        (sealed, _) => {
            format!("{sealed} of them sealed in the repository, {conflicts} in conflict")
        }
    };
    let on_disk: Vec<String> = ["open", "changed", "sealed", "absent", "unknown"]
        .iter()
        .map(|word| (word, count(&|file| file.disk_word() == *word)))
        .filter(|(_, number)| *number > 0)
        .map(|(word, number)| {
            if number == all {
                (*word).to_owned()
            } else {
                format!("{number} {word}")
            }
        })
        .collect();
    format!(
        "{} protected, {sealed}; on disk: {}",
        counted(all, "file"),
        on_disk.join(", ")
    )
}

fn keys_line(report: &Report) -> String {
    let names = |is_at_hand: bool| -> String {
        let standings = report.environments.iter();
        let names = standings
            .filter(|standing| standing.is_at_hand() == is_at_hand)
            .map(|standing| match standing.due.state {
                State::Overdue => format!("{} (overdue)", standing.environment),
                State::Soon => format!("{} (due soon)", standing.environment),
                State::Ok | State::Unscheduled => standing.environment.to_string(),
            });
        names.collect::<Vec<_>>().join(", ")
    };
    match (names(true).as_str(), names(false).as_str()) {
        (there, "") => format!("keys at hand: {there}"),
        ("", missing) => format!("keys not at hand: {missing}"),
        (there, missing) => format!("keys at hand: {there}; not at hand: {missing}"),
    }
}

/// After a long list: how many files there are, and which of them are not well.
fn summary(report: &Report) -> String {
    let unwell: Vec<String> = report
        .files
        .iter()
        .filter(|file| !file.problems(&report.here).is_empty())
        .map(|file| printable(&file.path))
        .collect();
    let mut text = sentence(&files_line(report), GAP);
    if !unwell.is_empty() {
        let named = format!("something to do about {}", few(&unwell));
        text += &format!("\n{}", sentence(&named, GAP));
    }
    text
}

/// The first of several texts, and how many more there are.
fn few(texts: &[String]) -> String {
    const SHOWN: usize = 4;
    let more = texts.len().saturating_sub(SHOWN);
    let shown = texts.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    let text = shown.join(", ");
    if more == 0 {
        text
    } else {
        format!("{text} and {more} more")
    }
}
