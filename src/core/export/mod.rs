//! Variables in the formats of other programs, one file per format.
//!
//! Every format carries a value exactly, or names the variable and says why it cannot.

mod docker;
mod dotenv;
mod github;
mod json;
mod k8s_secret;
mod shell;
mod systemd;
mod toml;
mod yaml;

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

pub use self::k8s_secret::{BadManifest, Manifest};
use super::quote::Doubt;
use super::value::Variable;

/// A format to export to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One object, names to strings (RFC 8259).
    Json,
    /// Lines that dotenv readers agree on.
    Dotenv,
    /// `export NAME='…'` for POSIX shells.
    Shell,
    /// `set -gx NAME '…'`.
    Fish,
    /// One mapping, everything quoted; the same in YAML 1.1 and 1.2.
    Yaml,
    /// One table (TOML 1.0).
    Toml,
    /// `NAME=value` for `docker run --env-file`, where nothing is quoted.
    Docker,
    /// A Kubernetes v1 Secret in YAML, values in base64.
    K8sSecret,
    /// What a step of GitHub Actions appends to `$GITHUB_ENV`.
    Github,
    /// `EnvironmentFile=` of systemd.exec(5).
    Systemd,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 10] = [
        Self::Json,
        Self::Dotenv,
        Self::Shell,
        Self::Fish,
        Self::Yaml,
        Self::Toml,
        Self::Docker,
        Self::K8sSecret,
        Self::Github,
        Self::Systemd,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Dotenv => "dotenv",
            Self::Shell => "shell",
            Self::Fish => "fish",
            Self::Yaml => "yaml",
            Self::Toml => "toml",
            Self::Docker => "docker",
            Self::K8sSecret => "k8s-secret",
            Self::Github => "github",
            Self::Systemd => "systemd",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such format")]
pub struct BadFormat;

impl FromStr for Format {
    type Err = BadFormat;

    fn from_str(text: &str) -> Result<Self, BadFormat> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.as_str() == text).ok_or(BadFormat)
    }
}

/// Why a format cannot carry a variable, or not to everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Environments end a value at the first NUL.
    #[error("its value holds a NUL byte")]
    Nul,
    /// The format is text in UTF-8.
    #[error("its value is not UTF-8")]
    NotUtf8,
    /// The format is one line a variable, and quotes nothing.
    #[error("its value holds a line end")]
    LineEnd,
    /// Docker cuts lines at 64 KiB.
    #[error("its value is too long for one line of the format")]
    TooLong,
    /// Some versions of Docker drop such quotes, others keep them.
    #[error("its value stands in quotes, which some readers of the format drop")]
    InQuotes,
    /// Kubernetes takes up to 253 characters.
    #[error("its name is too long for the format")]
    LongName,
    /// Kubernetes takes up to 1 MiB in all.
    #[error("with it the secret is larger than 1 MiB")]
    LargeSecret,
    /// Not `[A-Za-z_][A-Za-z0-9_]*`.
    #[error("it was left out: its name can be no variable there")]
    Name,
    /// The reader keeps the variable for itself.
    #[error("it was left out: it cannot be set there")]
    Reserved,
    /// It was written, and some reader may read something else.
    #[error("it was written, but {0}")]
    Doubt(Doubt),
}

/// Something to tell about one variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The variable's name.
    pub name: String,
    /// What there is to tell.
    pub why: Why,
}

/// Variables in some format.
pub struct Exported {
    /// The whole text.
    pub text: Zeroizing<Vec<u8>>,
    /// Variables that were left out or that some readers may misread.
    pub notices: Vec<Notice>,
}

/// Why nothing was exported. Holds names, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The format cannot carry a variable.
    #[error("{} cannot be exported: {}", .0.name, .0.why)]
    Variable(Notice),
    /// The name, namespace or type of a Kubernetes secret.
    #[error(transparent)]
    Manifest(#[from] BadManifest),
}

/// Writes all variables in a format, in their order. `manifest` counts for
/// [`Format::K8sSecret`] only.
///
/// # Errors
/// See [`ExportError`]; then nothing is given out.
pub fn export(
    variables: &[Variable],
    format: Format,
    manifest: &Manifest,
) -> Result<Exported, ExportError> {
    match format {
        Format::Json => json::write(variables),
        Format::Dotenv => each(b"", variables, dotenv::line),
        Format::Shell => each(b"", variables, |one, out| shell::POSIX.line(one, out)),
        Format::Fish => each(b"", variables, |one, out| shell::FISH.line(one, out)),
        Format::Yaml => yaml::write(variables),
        Format::Toml => each(b"", variables, toml::line),
        Format::Docker => each(b"", variables, docker::line),
        Format::K8sSecret => k8s_secret::write(variables, manifest),
        Format::Github => each(b"", variables, github::line),
        Format::Systemd => each(b"", variables, systemd::line),
    }
}

/// What to tell about a variable that was dealt with, or why it cannot be.
type Line = Result<Option<Why>, Why>;

/// `head`, then what `line` appends for each variable.
fn each(
    head: &[u8],
    variables: &[Variable],
    mut line: impl FnMut(&Variable, &mut Vec<u8>) -> Line,
) -> Result<Exported, ExportError> {
    let size = |variable: &Variable| variable.name.len() + 2 * variable.value.len() + 64;
    let capacity = head.len() + variables.iter().map(size).sum::<usize>();
    let mut text = Zeroizing::new(Vec::with_capacity(capacity));
    text.extend_from_slice(head);
    let mut notices = Vec::new();
    for variable in variables {
        let notice = |why| Notice {
            name: variable.name.clone(),
            why,
        };
        let told = line(variable, &mut text).map_err(|why| ExportError::Variable(notice(why)))?;
        notices.extend(told.map(notice));
    }
    Ok(Exported { text, notices })
}

fn utf8(value: &[u8]) -> Result<&str, Why> {
    std::str::from_utf8(value).map_err(|_| Why::NotUtf8)
}

fn without_nul(value: &[u8]) -> Result<&[u8], Why> {
    if value.contains(&0) {
        Err(Why::Nul)
    } else {
        Ok(value)
    }
}

/// `[A-Za-z_][A-Za-z0-9_]*`, as shells and systemd have it.
fn is_shell_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Appends a string in double quotes with JSON's escapes, which YAML and TOML read alike; `hidden`
/// says which characters beside quote, backslash and the usual controls must not stand as they are.
fn push_string(out: &mut Vec<u8>, text: &str, hidden: impl Fn(char) -> bool) {
    out.push(b'"');
    let mut buffer = [0; 4];
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            _ if u32::from(character) < 0x20 || hidden(character) => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(character)).as_bytes());
            }
            _ => out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests;
