//! Keys in environment variables, and in files that environment variables name (Docker and
//! Kubernetes mount secrets as files).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{AtHand, Source, SourceTrouble};
use crate::core::environment::Environment;
use crate::core::key::MasterKey;
use crate::git::paths;

/// What every variable with a key starts with.
pub const PREFIX: &str = "SECRETS_MASTER_KEY";
const FILE_SUFFIX: &str = "_FILE";
/// A key file is 44 bytes; a few keys fit in this.
const MAX_FILE_BYTES: u64 = 64 * 1024;
/// How long a pipe may stay silent.
#[cfg(unix)]
const PIPE_SECONDS: i64 = 60;

/// The variable that gives the key of an environment.
#[must_use]
pub fn variable(environment: &Environment) -> String {
    if environment.is_default() {
        PREFIX.to_owned()
    } else {
        format!("{PREFIX}_{}", environment.in_variable_form())
    }
}

/// Whether a variable may hold a key: `SECRETS_MASTER_KEY` or `SECRETS_MASTER_KEY_…`.
#[must_use]
pub fn is_key_variable(name: &OsStr) -> bool {
    let name = paths::to_bytes(name);
    name.strip_prefix(PREFIX.as_bytes())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"_"))
}

/// Adds the keys of all variables: plain ones first, then those that name files.
pub fn gather(at_hand: &mut AtHand) {
    let mut variables: Vec<(String, Zeroizing<Vec<u8>>)> = std::env::vars_os()
        .filter(|(name, _)| is_key_variable(name))
        .filter_map(|(name, value)| {
            Some((
                name.into_string().ok()?,
                Zeroizing::new(paths::to_bytes(&value).into_owned()),
            ))
        })
        .collect();
    // The order of an environment is nobody's choice.
    variables.sort_by(|a, b| {
        (a.0.ends_with(FILE_SUFFIX), &a.0).cmp(&(b.0.ends_with(FILE_SUFFIX), &b.0))
    });
    for (name, value) in variables {
        if value.trim_ascii().is_empty() && name.ends_with(FILE_SUFFIX) {
            continue;
        }
        if name.ends_with(FILE_SUFFIX) {
            let path = PathBuf::from(paths::os_string(value.to_vec()));
            if is_key(&value) && !path.exists() {
                at_hand.troubles.push(SourceTrouble::KeyForFile(name));
                continue;
            }
            take_file(at_hand, Source::VariableFile(name, path.clone()), &path);
        } else {
            take_list(at_hand, &Source::Variable(name), &value);
        }
    }
}

/// Whether a text that should name a file is a key itself, or what is left of one, and must not be
/// shown.
#[must_use]
pub fn is_key(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/=,'\"".contains(byte);
    let is_long_word = text.len() >= 32 && text.iter().all(in_alphabet);
    MasterKey::parse(text).is_ok() || (is_long_word && !text.starts_with(b"/"))
}

/// Adds the keys of a text: one, or several with commas or line ends between them.
fn take_list(at_hand: &mut AtHand, source: &Source, text: &[u8]) {
    let several = text
        .split(|byte| matches!(byte, b',' | b'\n'))
        .filter(|part| !part.trim_ascii().is_empty());
    let mut any = false;
    for part in several {
        any = true;
        at_hand.take(source.clone(), part);
    }
    if !any {
        at_hand.take(source.clone(), b"");
    }
}

/// Adds the keys of a file.
pub fn take_file(at_hand: &mut AtHand, source: Source, path: &Path) {
    match read_key_file(path) {
        Ok((text, readable_by_all)) => {
            if readable_by_all {
                at_hand
                    .troubles
                    .push(SourceTrouble::WorldReadable(source.clone()));
            }
            take_list(at_hand, &source, &text);
        }
        Err(error) => at_hand
            .troubles
            .push(SourceTrouble::Unreadable(source, error)),
    }
}

/// The content of a key file, and whether every user of the machine can read it. It may be a pipe,
/// as shells make them for `<(…)`.
///
/// # Errors
/// When it is no readable file, too long to be one of keys, or a pipe that stays silent.
pub fn read_key_file(path: &Path) -> std::io::Result<(Zeroizing<Vec<u8>>, bool)> {
    use std::io::Read as _;
    let file = PatientFile::open(path)?;
    let metadata = file.0.metadata()?;
    if metadata.is_dir() {
        return Err(std::io::Error::other("it is a directory"));
    }
    // Room for a key: a buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(1024));
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(std::io::Error::other("it is too long for a key file"));
    }
    #[cfg(unix)]
    let readable_by_all = {
        use std::os::unix::fs::PermissionsExt as _;
        metadata.is_file() && metadata.permissions().mode() & 0o004 != 0
    };
    #[cfg(not(unix))]
    let readable_by_all = false;
    Ok((text, readable_by_all))
}

/// A file of which a read never waits for ever, as it would on a pipe that nobody writes to.
struct PatientFile(std::fs::File);

impl PatientFile {
    fn open(path: &Path) -> std::io::Result<Self> {
        let mut options = std::fs::File::options();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
            options.custom_flags(flags.bits().cast_signed());
        }
        options.open(path).map(Self)
    }
}

impl std::io::Read for PatientFile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        #[cfg(unix)]
        {
            use rustix::event::{PollFd, PollFlags, Timespec, poll};
            let limit = Timespec {
                tv_sec: PIPE_SECONDS,
                tv_nsec: 0,
            };
            match self.0.read(buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                read => return read,
            }
            if poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&limit))? == 0 {
                return Err(std::io::Error::other(format!(
                    "nothing came from it in {PIPE_SECONDS} seconds"
                )));
            }
        }
        self.0.read(buffer)
    }
}
