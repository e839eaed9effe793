//! `git-seal-textconv FILE`, or `git-seal textconv FILE`: a file with its values masked, for git's own
//! views. One process a blob: start-up is all there is. So git starts a program of its own, small and
//! without libgit2, and under a name without a space, which git runs without a shell. Never fails: git
//! would give up the whole diff.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::core::mask::HIDDEN;
use crate::core::textconv::mask_file;
use crate::git::{Repository, glance, paths};
use crate::ui::Ui;
use crate::vault::{Record, Vault};

/// The word on the command line.
pub const NAME: &str = "textconv";

/// What git config `seal.textconv` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Masked,
    Sealed,
    Plain,
}

/// Shows a file, from the words behind the program's name to the exit code, which is always 0.
/// `sealed` shows it as the repository has it, which takes all of git-seal.
#[must_use]
pub fn main(words: &[OsString], sealed: impl FnOnce(&Path) -> Option<Vec<u8>>) -> ExitCode {
    let shown = catch_unwind(AssertUnwindSafe(|| view(words, sealed)));
    let shown = shown.ok().flatten();
    // A reader that has gone away wants no more.
    let _ = Ui::new().give(&shown.unwrap_or_else(|| format!("{HIDDEN}\n").into_bytes()));
    ExitCode::SUCCESS
}

fn view(words: &[OsString], sealed: impl FnOnce(&Path) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let path = Path::new(words.first()?);
    let file = std::fs::read(path).ok()?;
    let place = glance::place();
    let shown = match wanted(place.as_ref()) {
        View::Plain => return Some(file),
        View::Masked => None,
        View::Sealed => sealed(path),
    };
    Some(shown.unwrap_or_else(|| masked(&file, place.as_ref())))
}

fn wanted(place: Option<&glance::Place>) -> View {
    match glance::config(place, "seal", "textconv").as_deref() {
        Some("plain") => View::Plain,
        Some("sealed") => View::Sealed,
        // VS Code's git extension compares what `git show` prints with the open file. Its other
        // variables are set in its terminal too.
        Some("auto") if std::env::var_os("VSCODE_GIT_COMMAND").is_some_and(|c| c == "show") => {
            View::Plain
        }
        _ => View::Masked,
    }
}

/// The marks are keyed by the clone's own key; where that can't be kept, by one of this moment:
/// then equal values look changed, and nothing is told.
fn masked(file: &[u8], place: Option<&glance::Place>) -> Vec<u8> {
    let kept = place.and_then(|place| Record::in_common_dir(&place.common_dir).clone_key());
    let key = kept.unwrap_or_else(|| {
        let mut key = [0; 32];
        match getrandom::fill(&mut key) {
            Ok(()) => key,
            Err(error) => panic!("no random bytes: {error}"),
        }
    });
    mask_file(file, &key).into_bytes()
}

/// As the repository has it. Git tells the base name only, which need not give the environment.
#[must_use]
pub fn sealed_here(path: &Path) -> Option<Vec<u8>> {
    let file = std::fs::read(path).ok()?;
    let name = paths::to_bytes(path.file_name()?).into_owned();
    let mut vault = Vault::of(Repository::discover().ok()?).ok()?;
    vault.clean(&name, file).ok()
}

/// The same, by the git-seal beside this program.
#[must_use]
pub fn sealed_by_git_seal(path: &Path) -> Option<Vec<u8>> {
    let beside = std::env::current_exe().ok()?.with_file_name("git-seal");
    let shown = Command::new(beside).arg(NAME).arg(path).output().ok()?;
    shown.status.success().then_some(shown.stdout)
}
