//! Where git looks for hooks, whose place that is, and what stands there.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::super::command::{self, GitError};
use super::super::paths;
use super::super::repository::Repository;
use super::script::{Author, author, calls_us, compose, recorded};
use super::{HookName, configured};

/// Whose the directory is in which git looks for hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The repository's own, below its git directory.
    Own,
    /// In the work tree: its files are, or may be, tracked (`core.hooksPath`).
    WorkTree,
    /// Anywhere else: other repositories may use it too (`core.hooksPath`).
    Elsewhere,
    /// No directory at all: hooks are switched off.
    Off,
}

/// A tool that writes hooks of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manager {
    /// husky, whose scripts are in this directory.
    Husky(PathBuf),
    /// lefthook, with this configuration.
    Lefthook(PathBuf),
    /// The pre-commit framework, with this configuration.
    PreCommit(PathBuf),
}

/// What stands for one hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Absent,
    /// Somebody else's hook, without us.
    Other,
    /// Our hook.
    Ours,
    /// Our hook, of another version, not executable, or with the path of a git-seal that is gone.
    Stale,
    /// Our hook, changed by hand: left as it is.
    Edited,
    /// Somebody else's hook, or a hook manager, calls us.
    Called,
    /// Git calls us by its configuration.
    Configured,
}

impl Standing {
    /// Whether git-seal judges here.
    #[must_use]
    pub const fn guards(self) -> bool {
        !matches!(self, Self::Absent | Self::Other)
    }
}

/// The hooks of a repository.
#[derive(Clone, Debug)]
pub struct HooksState {
    /// Where git looks for hook files; absolute.
    pub directory: PathBuf,
    /// Whose directory that is.
    pub place: Place,
    /// Who else writes hooks here.
    pub manager: Option<Manager>,
    /// Every hook, in the order of [`HookName::ALL`].
    pub hooks: Vec<(HookName, Standing)>,
    /// Hooks of ours in the repository's own directory, where git does not look because
    /// `core.hooksPath` is set.
    pub overshadowed: Vec<HookName>,
}

impl HooksState {
    /// What stands for a hook.
    #[must_use]
    pub fn standing(&self, name: HookName) -> Standing {
        let found = self.hooks.iter().find(|(hook, _)| *hook == name);
        found.map_or(Standing::Absent, |(_, standing)| *standing)
    }

    /// Those of `which` at which git-seal does not judge.
    #[must_use]
    pub fn unguarded(&self, which: &[HookName]) -> Vec<HookName> {
        let open = |name: &HookName| !self.standing(*name).guards();
        which.iter().copied().filter(open).collect()
    }
}

/// Looks at the hooks of a repository.
///
/// # Errors
/// When git does not answer, or a hook cannot be read.
pub fn survey(repository: &Repository) -> Result<HooksState, GitError> {
    let directory = directory(repository)?;
    let place = place(repository, &directory);
    let manager = manager(repository, &directory);
    let by_config = configured::events(repository)?;
    let mut hooks = Vec::new();
    for name in HookName::ALL {
        let mut standing = match place {
            Place::Off => Standing::Absent,
            _ => standing(&directory, name, manager.as_ref())?,
        };
        if !standing.guards() && by_config.contains(&name) {
            standing = Standing::Configured;
        }
        hooks.push((name, standing));
    }
    let overshadowed = overshadowed(&own_directory(repository), &directory)?;
    Ok(HooksState {
        directory,
        place,
        manager,
        hooks,
        overshadowed,
    })
}

/// Where git looks for hook files; it knows `core.hooksPath`, linked work trees and submodules.
fn directory(repository: &Repository) -> Result<PathBuf, GitError> {
    let mut git = repository.git();
    git.args(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
    let mut path = command::output(&mut git)?;
    path.pop();
    Ok(PathBuf::from(paths::os_string(path)))
}

/// Where git looks when nobody set `core.hooksPath`.
pub(super) fn own_directory(repository: &Repository) -> PathBuf {
    repository.layout().common_dir.join("hooks")
}

fn place(repository: &Repository, directory: &Path) -> Place {
    let layout = repository.layout();
    if directory.exists() && !directory.is_dir() {
        return Place::Off;
    }
    let real_directory = real(directory);
    if real_directory.starts_with(real(&layout.common_dir)) {
        Place::Own
    } else if layout
        .work_tree
        .as_deref()
        .is_some_and(|top| real_directory.starts_with(real(top)))
    {
        Place::WorkTree
    } else {
        Place::Elsewhere
    }
}

/// A path with its links followed, as far as it exists.
fn real(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(real), ..) => real,
        (Err(_), Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    }
}

const LEFTHOOK: [&str; 12] = [
    "lefthook.yml",
    "lefthook.yaml",
    "lefthook.toml",
    "lefthook.json",
    "lefthook.jsonc",
    ".lefthook.yml",
    ".lefthook.yaml",
    ".lefthook.toml",
    ".lefthook.json",
    ".lefthook.jsonc",
    ".config/lefthook.yml",
    ".config/lefthook.yaml",
];

fn manager(repository: &Repository, directory: &Path) -> Option<Manager> {
    let top = repository.work_tree()?;
    // husky 9 has git look in `.husky/_`, whose scripts run those of `.husky`.
    if directory.ends_with(".husky/_") {
        return directory.parent().map(|at| Manager::Husky(at.to_owned()));
    }
    let there = |name: &&'static str| top.join(name).is_file();
    if let Some(config) = LEFTHOOK.into_iter().find(there) {
        return Some(Manager::Lefthook(top.join(config)));
    }
    let config = top.join(".pre-commit-config.yaml");
    config.is_file().then_some(Manager::PreCommit(config))
}

fn standing(
    directory: &Path,
    name: HookName,
    manager: Option<&Manager>,
) -> Result<Standing, GitError> {
    let file = directory.join(name.as_str());
    let Some((author, text)) = look_at(&file)? else {
        return Ok(Standing::Absent);
    };
    Ok(match author {
        Author::Edited => Standing::Edited,
        Author::Us if is_current(&file, &text, name) => Standing::Ours,
        Author::Us => Standing::Stale,
        Author::Other if is_executable(&file) && is_called(&file, &text, name, manager)? => {
            Standing::Called
        }
        Author::Other => Standing::Other,
    })
}

fn is_current(file: &Path, text: &[u8], name: HookName) -> bool {
    let program = recorded(text);
    is_executable(file)
        && program.as_deref().is_none_or(Path::is_file)
        && text == compose(name, program.as_deref())
}

fn is_called(
    file: &Path,
    text: &[u8],
    name: HookName,
    manager: Option<&Manager>,
) -> Result<bool, GitError> {
    let says = match manager {
        _ if calls_us(text, name) => return Ok(true),
        None => return Ok(false),
        Some(Manager::PreCommit(_)) if is_ours(&legacy(file))? => return Ok(true),
        Some(Manager::Husky(scripts)) => scripts.join(name.as_str()),
        Some(Manager::Lefthook(config) | Manager::PreCommit(config)) => config.clone(),
    };
    // There one hook of ours runs at both.
    let is_both =
        name == HookName::PreMergeCommit && matches!(manager, Some(Manager::PreCommit(_)));
    let calls =
        |text: Vec<u8>| calls_us(&text, name) || (is_both && calls_us(&text, HookName::PreCommit));
    Ok(read(&says)?.is_some_and(calls))
}

/// Where the pre-commit framework puts the hook that was there before it. It runs that one first.
pub(super) fn legacy(file: &Path) -> PathBuf {
    file.with_extension("legacy")
}

/// Whether a file is a hook that we wrote, and that runs.
pub(super) fn is_ours(file: &Path) -> Result<bool, GitError> {
    let found = look_at(file)?;
    Ok(found.is_some_and(|(author, _)| author == Author::Us) && is_executable(file))
}

fn overshadowed(own: &Path, directory: &Path) -> Result<Vec<HookName>, GitError> {
    let mut found = Vec::new();
    if real(own) != real(directory) && own.is_dir() {
        for name in HookName::ALL {
            let hook = look_at(&own.join(name.as_str()))?;
            if hook.is_some_and(|(author, _)| author != Author::Other) {
                found.push(name);
            }
        }
    }
    Ok(found)
}

/// Who wrote a hook, and its text; `None` where there is none. Ours is never a link, though one may
/// lead to it: several hooks may be links to one script.
pub(super) fn look_at(file: &Path) -> Result<Option<(Author, Vec<u8>)>, GitError> {
    let text = read(file)?;
    if file.is_symlink() {
        return Ok(Some((Author::Other, text.unwrap_or_default())));
    }
    Ok(text.map(|text| (author(&text), text)))
}

/// The content of a file; `None` where there is none.
pub(super) fn read(file: &Path) -> Result<Option<Vec<u8>>, GitError> {
    match std::fs::read(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(GitError::File(file.to_owned(), error)),
    }
}

/// Git passes over a hook that is not executable.
pub(super) fn is_executable(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.metadata()
            .is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    file.is_file()
}
