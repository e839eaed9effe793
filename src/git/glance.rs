//! What a few small files tell of a repository and its configuration, with neither libgit2 nor git:
//! for a process whose start-up is all there is. Where the files don't settle it, git is asked.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{binary, paths};
use crate::core::dotenv::BOM;

/// The directories of a repository, as far as its own files tell.
pub struct Place {
    git_dir: PathBuf,
    /// The git directory that all work trees share.
    pub common_dir: PathBuf,
}

/// The repository that git would use here: `GIT_DIR`, which git sets for its children wherever that
/// is not `.git` at the top of the work tree, or the next `.git` upwards.
#[must_use]
pub fn place() -> Option<Place> {
    let git_dir = match variable("GIT_DIR") {
        Some(named) => named.into(),
        None => next_git_dir()?,
    };
    let common_dir = match variable("GIT_COMMON_DIR") {
        Some(named) => named.into(),
        None => match std::fs::read(git_dir.join("commondir")) {
            Ok(line) => git_dir.join(path_line(&line)),
            Err(_) => git_dir.clone(),
        },
    };
    Some(Place {
        git_dir,
        common_dir,
    })
}

fn next_git_dir() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().find_map(|directory| {
        let git = directory.join(".git");
        match std::fs::read(&git) {
            // A linked work tree or a submodule (gitrepository-layout).
            Ok(link) => Some(directory.join(path_line(link.strip_prefix(b"gitdir: ")?))),
            Err(_) => git.join("HEAD").exists().then_some(git),
        }
    })
}

fn path_line(line: &[u8]) -> PathBuf {
    PathBuf::from(paths::os_string(line.trim_ascii_end().to_vec()))
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The value of `SECTION.KEY` in git's configuration: from the files themselves where they are plain
/// enough, else as git tells it. Both words are lower case.
///
/// # Deviation
/// The machine's configuration is looked for in `/etc/gitconfig` alone (or `GIT_CONFIG_SYSTEM`), as
/// libgit2 does: only git knows where it was built to look.
#[must_use]
pub fn config(place: Option<&Place>, section: &str, key: &str) -> Option<String> {
    if let Ok(value) = from_files(place, section, key) {
        return value;
    }
    let values = binary::config_values(Path::new("."), &format!("{section}.{key}"));
    values.ok()?.pop()
}

/// Only git can tell.
struct Unclear;

fn from_files(place: Option<&Place>, section: &str, key: &str) -> Result<Option<String>, Unclear> {
    if variables_may_set(section) {
        return Err(Unclear);
    }
    let mut reading = Reading {
        header: format!("[{section}"),
        key,
        value: None,
    };
    for file in shared_files() {
        reading.file(&file)?;
    }
    if let Some(place) = place {
        reading.file(&place.common_dir.join("config"))?;
        // Counts with extensions.worktreeConfig alone.
        reading.aside(&place.git_dir.join("config.worktree"))?;
    }
    Ok(reading.value)
}

/// Whether environment variables may set a key of this section (lower case): `git -c`, which quotes each name,
/// and the variables `GIT_CONFIG_COUNT` and on.
#[must_use]
pub fn variables_may_set(section: &str) -> bool {
    let names = [format!("{section}."), "include".to_owned()];
    std::env::vars_os().any(|(variable, value)| {
        let value = || value.to_string_lossy().to_ascii_lowercase();
        match variable.as_encoded_bytes() {
            b"GIT_CONFIG_PARAMETERS" => {
                let value = value();
                names.iter().any(|name| value.contains(&format!("'{name}")))
            }
            name if name.starts_with(b"GIT_CONFIG_KEY_") => {
                let value = value();
                names.iter().any(|name| value.starts_with(name))
            }
            _ => false,
        }
    })
}

/// The machine's and the user's files, in git's order.
fn shared_files() -> Vec<PathBuf> {
    let home = variable("HOME").map(PathBuf::from);
    let mut files = Vec::new();
    if !variable("GIT_CONFIG_NOSYSTEM").is_some_and(|value| is_true(&value)) {
        let system = std::env::var_os("GIT_CONFIG_SYSTEM");
        files.push(system.map_or_else(|| "/etc/gitconfig".into(), PathBuf::from));
    }
    if let Some(global) = std::env::var_os("GIT_CONFIG_GLOBAL") {
        files.push(global.into());
        return files;
    }
    let xdg = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let xdg = xdg.or_else(|| Some(home.as_ref()?.join(".config")));
    files.extend(xdg.map(|directory| directory.join("git/config")));
    files.extend(home.map(|home| home.join(".gitconfig")));
    files
}

/// As `git_parse_maybe_bool` of git's parse.c, for what people write.
fn is_true(value: &OsStr) -> bool {
    let value = value.to_ascii_lowercase();
    !["0", "false", "no", "off"].iter().any(|no| value == *no)
}

struct Reading<'a> {
    /// The section's header without its bracket at the end.
    header: String,
    key: &'a str,
    value: Option<String>,
}

enum Section {
    Wanted,
    Include,
    Other,
}

impl Reading<'_> {
    /// One configuration file; one that is not there says nothing.
    fn file(&mut self, file: &Path) -> Result<(), Unclear> {
        let Some(text) = read(file)? else {
            return Ok(());
        };
        if !self.is_mentioned(&text) {
            return Ok(());
        }
        let mut section = Section::Other;
        for line in text.lines().map(str::trim) {
            if line.ends_with('\\') {
                return Err(Unclear);
            }
            if line.starts_with('[') {
                section = self.section(line)?;
                continue;
            }
            let (name, value) = line.split_once('=').unwrap_or((line, "\""));
            let (name, value) = (name.trim(), value.trim());
            match section {
                Section::Wanted if name.eq_ignore_ascii_case(self.key) => {
                    let is_word = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
                    self.value = Some(is_word.then(|| value.to_owned()).ok_or(Unclear)?);
                }
                Section::Include if name.eq_ignore_ascii_case("path") => {
                    self.aside(&included(file, value)?)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A file that counts or doesn't, by conditions that are git's to judge.
    fn aside(&self, file: &Path) -> Result<(), Unclear> {
        match read(file)? {
            Some(text) if self.is_mentioned(&text) => Err(Unclear),
            _ => Ok(()),
        }
    }

    fn is_mentioned(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        text.contains(&self.header) || text.contains("[include")
    }

    /// The section that a line opens; git takes a second header on the same line, we don't.
    fn section(&self, line: &str) -> Result<Section, Unclear> {
        let line = line.to_ascii_lowercase();
        let is_alone = !line[1..].contains('[') && line.ends_with(']');
        match line.strip_prefix(&self.header) {
            Some("]") => return Ok(Section::Wanted),
            Some(rest) if rest.starts_with(" \"") && is_alone => return Ok(Section::Other),
            _ => {}
        }
        if line == "[include]" || line.starts_with("[includeif \"") && is_alone {
            return Ok(Section::Include);
        }
        if self.is_mentioned(&line) {
            return Err(Unclear);
        }
        Ok(Section::Other)
    }
}

fn read(file: &Path) -> Result<Option<String>, Unclear> {
    match std::fs::read(file) {
        Ok(bytes) => {
            // Git skips a byte order mark too.
            let text = bytes.strip_prefix(BOM).unwrap_or(&bytes);
            Ok(Some(String::from_utf8_lossy(text).into_owned()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(_) => Err(Unclear),
    }
}

/// The file that an `include.path` names (git-config, "Includes").
fn included(from: &Path, path: &str) -> Result<PathBuf, Unclear> {
    if path.contains(['"', '\\', '#', ';', '%']) {
        return Err(Unclear);
    }
    match path.strip_prefix('~') {
        None => Ok(from.parent().unwrap_or(from).join(path)),
        Some(rest) => {
            let below = rest.strip_prefix('/').ok_or(Unclear)?;
            let home = variable("HOME").map(PathBuf::from).ok_or(Unclear)?;
            Ok(home.join(below))
        }
    }
}
