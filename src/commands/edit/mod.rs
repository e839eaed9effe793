//! `git seal edit`: a dotenv file in an editor, without a plain file that stays.

pub(super) mod desk;
mod meanwhile;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use zeroize::Zeroizing;

use super::using::{DotenvFile, Place, WhichOne};
use crate::core::dotenv::Document;
use crate::core::file::Place as Line;
use crate::core::printable::{printable, reason};
use crate::core::suites;
use crate::core::token::Sighting;
use crate::core::value::{self, Expansion};
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::ui::signals::Held;

/// Edit a dotenv file in $VISUAL or $EDITOR, sealed or plain
///
/// The editor gets a private copy, on a RAM disk where there is one, which is removed when the editor
/// ends, crashes or is interrupted, with all that the editor put beside it; what SIGKILL left goes at
/// the next `edit` or `lock`. What an editor keeps elsewhere (vim's viminfo and undo files) is its own: EDITOR='vim
/// -i NONE' keeps nothing. Lines that no program could read are asked about again; without a terminal
/// they are refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal edit\n  EDITOR='code --wait' git seal edit --env production"
)]
pub struct Args {
    #[command(flatten)]
    which: WhichOne,
}

/// Edits the file.
///
/// # Errors
/// When it cannot be opened, the editor fails, or what it leaves cannot be taken.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut place = Place::open()?;
    let wish = args.which.wish(&mut place)?;
    let file = place.read_or_new(&wish)?;
    file.refuse_sealed(&place, ui)?;
    // Before somebody types what could not be kept.
    if file.was_sealed {
        place.key_of(&file)?;
    }
    let editor = editor(ui)?;
    let held = Held::new()?;
    let desk = desk::desk(&mut place, &file)?;
    let copy = desk
        .path()
        .join(file.path.file_name().unwrap_or(".env".as_ref()));
    desk::write_private(&copy, &file.text)?;
    let text = edited(&file, &editor, &copy, &held, ui);
    // Gone before anything else happens.
    desk.close()?;
    if let Some(signal) = held.came().filter(|_| text.is_err()) {
        std::process::exit(128 + signal);
    }
    let text = text?;
    if *text == *file.text {
        ui.note(&format!("{}: nothing changed", file.shown()));
        return Ok(Outcome::Fine);
    }
    let now = std::fs::read(&file.path).map_or_else(|_| Zeroizing::default(), Zeroizing::new);
    if now != file.stored && file.path.exists() {
        let fresh = place.read_or_new(&wish)?;
        fresh.refuse_sealed(&place, ui)?;
        if let Some(both) = meanwhile::both(&file.text, &fresh.text, &text)? {
            ui.note(&format!(
                "{}: it changed on disk in the meantime; what you changed is put into that",
                file.shown()
            ));
            fresh.replace(&mut place, &both, ui)?;
            return Ok(Outcome::Fine);
        }
        return Err(Failure::new(
            Outcome::No,
            format!(
                "{}: the same lines changed on disk in the meantime; nothing was written",
                file.shown()
            ),
        ));
    }
    file.replace(&mut place, &text, ui)?;
    Ok(Outcome::Fine)
}

/// What the editor leaves, once every line of it can be read.
fn edited(
    file: &DotenvFile,
    editor: &[String],
    copy: &Path,
    held: &Held,
    ui: &Ui,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    loop {
        open_editor(editor, copy, held)?;
        let text = std::fs::read(copy).map(Zeroizing::new).map_err(|error| {
            let what = format!(
                "{}: what the editor left cannot be read ({})",
                file.shown(),
                reason(&error)
            );
            Failure::new(Outcome::No, format!("{what}; nothing was written"))
        })?;
        let odd = fresh_oddities(&file.text, &text);
        let Some(first) = odd.first() else {
            return Ok(text);
        };
        let name = first.name.as_deref().unwrap_or("no assignment");
        let failure = Failure::usage(format!(
            "{}: line {} ({name}) cannot be read as it stands; nothing was written",
            file.shown(),
            first.line
        ));
        if !ui.can_ask() {
            return Err(failure);
        }
        ui.warn(&format!(
            "line {} ({name}) cannot be read as it stands",
            first.line
        ));
        let answers = ["edit again", "take it as it is", "leave the file as it was"];
        match ui.choose(
            "What now?",
            &answers,
            "an editor that writes readable lines",
        )? {
            0 => {}
            1 => return Ok(text),
            _ => return Err(failure),
        }
    }
}

/// Lines that no loader reads, or that hold half a token, and that were not there before.
fn fresh_oddities(before: &[u8], after: &[u8]) -> Vec<Line> {
    let old = Document::split(before);
    let new = Document::split(after);
    let (_, mut warnings) = value::read(&new, Expansion::Never, &|_| None);
    let is_old = |number: usize| {
        let line = new.lines.iter().find(|line| line.number == number);
        line.is_some_and(|line| {
            old.lines
                .iter()
                .any(|one| one.prefix == line.prefix && one.secret == line.secret)
        })
    };
    warnings.retain(|warning| !is_old(warning.place.line));
    let damaged = new.lines.iter().filter(|line| {
        matches!(
            suites::sight(line.secret),
            Sighting::Malformed | Sighting::Embedded
        )
    });
    let mut places: Vec<Line> = warnings.into_iter().map(|warning| warning.place).collect();
    places.extend(damaged.map(Line::of));
    places
}

/// The editor's words.
fn editor(ui: &Ui) -> Result<Vec<String>, Failure> {
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.trim().is_empty()).then_some((name, value))
    });
    // `vi` without a terminal would only fill a log with its screen.
    let usual = || ui.can_ask().then(|| ("EDITOR", "vi".to_owned()));
    let Some((name, text)) = named.or_else(usual) else {
        return Err(
            Failure::usage("there is no editor, and no terminal for one")
                .hint("set VISUAL or EDITOR; `git seal set NAME` changes one value"),
        );
    };
    match shlex::split(&text) {
        Some(words) if !words.is_empty() => Ok(words),
        _ => Err(Failure::usage(format!("{name} cannot be split into words"))
            .hint("write it as in a shell: EDITOR='code --wait'")),
    }
}

/// How long an editor may take to end when told to.
const PATIENCE: Duration = Duration::from_secs(3);

fn open_editor(editor: &[String], copy: &Path, held: &Held) -> Result<(), Failure> {
    let failed = |what: String| {
        Failure::new(
            Outcome::No,
            format!(
                "{}: {what}; nothing was written",
                printable(editor[0].as_bytes())
            ),
        )
    };
    let mut child = Command::new(&editor[0])
        .args(&editor[1..])
        .arg(copy)
        .spawn()
        .map_err(|error| {
            let name = printable(editor[0].as_bytes());
            Failure::usage(format!("{name}: {}; nothing was written", reason(&error)))
                .hint("set VISUAL or EDITOR to your editor")
        })?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        // Ctrl-C in a terminal is the editor's own business.
        if held.came().is_some_and(must_end) {
            end(&mut child);
            return Err(failed("interrupted".to_owned()));
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    if status.success() {
        Ok(())
    } else {
        Err(failed(format!("the editor failed ({status})")))
    }
}

/// Whether a signal is meant for this process and not for the editor in its terminal.
fn must_end(signal: i32) -> bool {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGINT, SIGQUIT};
        let is_from_keyboard = matches!(signal, SIGINT | SIGQUIT);
        !is_from_keyboard || std::fs::File::open("/dev/tty").is_err()
    }
    #[cfg(not(unix))]
    {
        signal != 0
    }
}

/// Asks the editor to end, then insists: while it lives it could write its copy again.
fn end(child: &mut std::process::Child) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    let until = std::time::Instant::now() + PATIENCE;
    while std::time::Instant::now() < until {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
}
