//! Putting hooks where git looks for them, and taking them out again.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::super::command::GitError;
use super::super::config::Scope;
use super::super::repository::Repository;
use super::super::staging;
use super::script::{Author, calls_us, compose};
use super::survey::{
    HooksState, Manager, Place, Standing, is_executable, is_ours, legacy, look_at, own_directory,
    read, survey,
};
use super::{Consent, HookName, HooksError, configured};

/// What installing did.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Files that were written.
    pub written: Vec<PathBuf>,
    /// Hooks that were there before; they run first.
    pub kept: Vec<PathBuf>,
    /// How things are now.
    pub state: HooksState,
}

/// What taking out did.
#[derive(Clone, Debug, Default)]
pub struct Removed {
    /// Hooks of ours that are gone.
    pub removed: Vec<PathBuf>,
    /// Hooks that are as they were before ours.
    pub restored: Vec<PathBuf>,
    /// Hooks of ours that were changed by hand, and calls of git-seal in files that are not this
    /// clone's own: left as they are.
    pub left: Vec<PathBuf>,
}

/// Has git-seal judge at the hooks named in `which`; `program` is its path. A hook that guards
/// already, in whatever way, stays as it is, but one of ours is brought up to date. What could not
/// be guarded without consent, [`HooksState::unguarded`] of the answer tells.
///
/// # Errors
/// When hooks are switched off, a hook cannot be kept, or a file cannot be written.
pub fn install(
    repository: &Repository,
    program: &Path,
    which: &[HookName],
    consent: Consent,
) -> Result<Installed, HooksError> {
    let state = survey(repository)?;
    let mut done = Done::default();
    if state.place == Place::Off {
        return Err(HooksError::Off(state.directory));
    } else if prefers_configuration(&state) && configured::is_supported(repository.git())? {
        let open = state.unguarded(which);
        configured::register(Scope::Clone(repository.home()), program, &open)?;
    } else if state.place == Place::Own || consent == Consent::Shared {
        for name in which {
            match (&state.manager, state.standing(*name)) {
                (_, Standing::Called | Standing::Configured | Standing::Edited) => {}
                (Some(Manager::Husky(scripts)), _) => {
                    done.call_from(&scripts.join(name.as_str()), *name)?;
                }
                _ => {
                    // A path of this machine has no place in a file that others share.
                    let program = (state.place == Place::Own).then_some(program);
                    done.write(
                        &state.directory.join(name.as_str()),
                        &compose(*name, program),
                    )?;
                }
            }
        }
    }
    Ok(Installed {
        written: done.written,
        kept: done.kept,
        state: survey(repository)?,
    })
}

/// Whether a hook file would disturb others, or be swept away by lefthook. Elsewhere a file is
/// better: the older git that some programs bring along runs it too.
fn prefers_configuration(state: &HooksState) -> bool {
    state.place != Place::Own || matches!(state.manager, Some(Manager::Lefthook(_)))
}

#[derive(Default)]
struct Done {
    written: Vec<PathBuf>,
    kept: Vec<PathBuf>,
}

impl Done {
    /// Writes a hook of ours, and keeps what was there.
    fn write(&mut self, file: &Path, text: &[u8]) -> Result<(), HooksError> {
        match look_at(file)? {
            Some((Author::Us, there)) if there == text && is_executable(file) => return Ok(()),
            Some((Author::Other, _)) => {
                keep(file)?;
                self.kept.push(kept(file));
            }
            _ => {}
        }
        write_runnable(file, text)?;
        self.written.push(file.to_owned());
        Ok(())
    }

    /// Adds a line to a script of the work tree.
    fn call_from(&mut self, script: &Path, name: HookName) -> Result<(), HooksError> {
        let mut text = read(script)?.unwrap_or_default();
        if !text.is_empty() && !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        text.extend_from_slice(call(name).as_bytes());
        staging::write_whole(script, &text)?;
        self.written.push(script.to_owned());
        Ok(())
    }
}

/// The line that calls us from a script of somebody else's.
pub(super) fn call(name: HookName) -> String {
    format!("git-seal hook {name} \"$@\" || exit 1\n")
}

/// Where the hook that was there before ours is.
fn kept(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".before-git-seal");
    PathBuf::from(name)
}

/// Puts a hook of somebody else's beside the place that ours will take. A link first, so that at no
/// moment neither of them is there.
fn keep(file: &Path) -> Result<(), HooksError> {
    let kept = kept(file);
    let failed = |error| GitError::File(kept.clone(), error);
    match std::fs::hard_link(file, &kept) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            // Left by an installation that was cut short, or written anew by its tool.
            if read(file)? != read(&kept)? {
                return Err(HooksError::TwoEarlier(file.to_owned()));
            }
        }
        // A file system without links.
        Err(_) => {}
    }
    Ok(std::fs::rename(file, &kept).map_err(failed)?)
}

/// Writes a hook in one step: at no moment is it there and not executable, for git would pass over it.
fn write_runnable(file: &Path, text: &[u8]) -> Result<(), GitError> {
    let failed = |error| GitError::File(file.to_owned(), error);
    let directory = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(failed)?;
    let mut temporary = tempfile::Builder::new()
        .prefix(".git-seal-")
        .tempfile_in(directory)
        .map_err(failed)?;
    temporary.write_all(text).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        temporary
            .as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o755))
            .map_err(failed)?;
    }
    temporary.as_file().sync_all().map_err(failed)?;
    temporary
        .persist(file)
        .map_err(|error| failed(error.error))?;
    Ok(())
}

/// Takes our hooks out, and puts back what was there before them. What is not this clone's own is
/// touched only with consent.
///
/// # Errors
/// When git does not answer, or a file cannot be read or written.
pub fn uninstall(repository: &Repository, consent: Consent) -> Result<Removed, HooksError> {
    let state = survey(repository)?;
    configured::unregister(Scope::Clone(repository.home()))?;
    let mut done = Removed::default();
    let own = own_directory(repository);
    if state.place != Place::Own && own.is_dir() {
        for name in HookName::ALL {
            done.take_out(&own.join(name.as_str()), true)?;
        }
    }
    if state.place != Place::Off {
        let may = state.place == Place::Own || consent == Consent::Shared;
        for name in HookName::ALL {
            let file = state.directory.join(name.as_str());
            match &state.manager {
                Some(Manager::Husky(scripts)) => {
                    done.uncall(&scripts.join(name.as_str()), name, may)?;
                }
                _ => done.take_out(&file, may)?,
            }
        }
    }
    if !matches!(state.manager, Some(Manager::Husky(_))) {
        let calling = survey(repository)?.hooks.into_iter();
        let calling = calling.filter(|(_, standing)| *standing == Standing::Called);
        done.left
            .extend(calling.map(|(name, _)| state.directory.join(name.as_str())));
    }
    Ok(done)
}

impl Removed {
    fn take_out(&mut self, file: &Path, may_write: bool) -> Result<(), HooksError> {
        let failed = |error| GitError::File(file.to_owned(), error);
        let legacy = legacy(file);
        if may_write && is_ours(&legacy)? {
            std::fs::remove_file(&legacy).map_err(failed)?;
            self.removed.push(legacy);
        }
        let written_by = look_at(file)?.map(|(author, _)| author);
        let kept = kept(file);
        let has_kept = kept.symlink_metadata().is_ok();
        match written_by {
            Some(Author::Us) | None if has_kept && may_write => {
                std::fs::rename(&kept, file).map_err(failed)?;
                self.restored.push(file.to_owned());
            }
            Some(Author::Us) if may_write => {
                std::fs::remove_file(file).map_err(failed)?;
                self.removed.push(file.to_owned());
            }
            Some(Author::Us | Author::Edited) => self.left.push(file.to_owned()),
            // Its tool has written it anew: the kept one is of no more use.
            Some(Author::Other) if has_kept && may_write && read(&kept)? == read(file)? => {
                std::fs::remove_file(&kept).map_err(failed)?;
            }
            _ if has_kept => self.left.push(kept),
            _ => {}
        }
        Ok(())
    }

    /// Takes our line out of a script of the work tree.
    fn uncall(&mut self, script: &Path, name: HookName, may_write: bool) -> Result<(), HooksError> {
        let Some(text) = read(script)?.filter(|text| calls_us(text, name)) else {
            return Ok(());
        };
        let call = call(name);
        let rest: Vec<u8> = text
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| *line != call.as_bytes())
            .flatten()
            .copied()
            .collect();
        if !may_write || rest.len() == text.len() {
            self.left.push(script.to_owned());
        } else if rest.is_empty() {
            std::fs::remove_file(script)
                .map_err(|error| GitError::File(script.to_owned(), error))?;
            self.removed.push(script.to_owned());
        } else {
            staging::write_whole(script, &rest)?;
            self.restored.push(script.to_owned());
        }
        Ok(())
    }
}
