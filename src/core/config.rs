//! `.seal/config.toml`: the repository's policies. Never a command to run: a cloned repository is
//! untrusted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::ledger::due::RotationPolicy;
use super::policy::{Comments, Policy};
use super::scan::settings::{CustomRule, ScanSettings};
use super::suites::Suite;

/// Where the file stands in a repository.
pub const CONFIG_PATH: &str = ".seal/config.toml";
/// The rotation period, in days, of an environment that names none. Our policy: no standard asks
/// for this number.
pub const DEFAULT_ROTATION_DAYS: u32 = 90;

const fn version_1() -> u32 {
    1
}

const fn default_rotation() -> u32 {
    DEFAULT_ROTATION_DAYS
}

/// What happens in the hooks when a rotation is overdue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnOverdue {
    /// Commits go on, with a warning.
    #[default]
    Warn,
    /// No commit is made.
    Block,
}

/// The policies of one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnvironmentConfig {
    /// Names of variables that stay readable; `*` and `?` are wildcards.
    pub clear: Vec<String>,
    /// Whether comments are sealed.
    pub comments: Comments,
    /// Days after which a key is due for rotation; 0: never.
    pub rotate_every_days: u32,
    /// Days before the due date on which warnings start.
    pub warn_days_before: u32,
    /// What the hooks do when a rotation is overdue.
    pub on_overdue: OnOverdue,
    /// Days after which a value that has not changed is reported by `audit`; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_max_age_days: Option<u32>,
}

impl Default for EnvironmentConfig {
    fn default() -> Self {
        Self {
            clear: Vec::new(),
            comments: Comments::Sealed,
            rotate_every_days: default_rotation(),
            warn_days_before: 14,
            on_overdue: OnOverdue::Warn,
            value_max_age_days: None,
        }
    }
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Version of the file's form: 1.
    #[serde(default = "version_1")]
    pub version: u32,
    /// How values are encrypted.
    #[serde(default)]
    pub suite: Suite,
    /// Words, beside the built-in ones, that make a variable's name sensitive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<String>,
    /// Policies by environment; an environment that is not named has the defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<Environment, EnvironmentConfig>,
    /// Which rules scan, and where.
    #[serde(default)]
    pub scan: ScanSettings,
    /// Rules of the team's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rule: Vec<CustomRule>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: 1,
            suite: Suite::default(),
            sensitive: Vec::new(),
            environment: BTreeMap::new(),
            scan: ScanSettings::default(),
            rule: Vec::new(),
        }
    }
}

/// Why `.seal/config.toml` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    /// Not the expected TOML.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// Written by a newer git-seal.
    #[error("it has version {0}, and this git-seal knows version 1: a newer git-seal is needed")]
    Version(u32),
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is no TOML of the expected shape, or of a later version.
    pub fn parse(text: &[u8]) -> Result<Self, BadConfig> {
        let syntax = |at: usize, message: String| {
            let before = String::from_utf8_lossy(&text[..at.min(text.len())]).into_owned();
            let line = before.matches('\n').count() + 1;
            let column = before
                .rsplit('\n')
                .next()
                .unwrap_or_default()
                .chars()
                .count()
                + 1;
            BadConfig::Syntax {
                line,
                column,
                message,
            }
        };
        let readable = std::str::from_utf8(text)
            .map_err(|error| syntax(error.valid_up_to(), "it is not UTF-8".to_owned()))?;
        // A later version may have other fields: look at its number first.
        if let Ok(table) = readable.parse::<toml::Table>()
            && let Some(version) = table.get("version").and_then(toml::Value::as_integer)
            && version != 1
        {
            return Err(BadConfig::Version(
                u32::try_from(version).unwrap_or(u32::MAX),
            ));
        }
        toml::from_str(readable).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            syntax(at, error.message().lines().collect::<Vec<_>>().join(" "))
        })
    }

    /// The file with another suite in it; everything else, comments included, stays as it stands.
    #[must_use]
    pub fn with_suite(text: &str, suite: Suite) -> String {
        let line = format!("suite = \"{}\"", suite.as_str());
        let is_suite = |text: &str| {
            let rest = text.trim_start().strip_prefix("suite");
            rest.is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        let mut out = String::with_capacity(text.len() + line.len() + 1);
        let mut is_done = false;
        for old in text.split_inclusive('\n') {
            let is_table = old.trim_start().starts_with('[');
            if !is_done && (is_table || is_suite(old)) {
                out.push_str(&line);
                out.push('\n');
                is_done = true;
                if is_suite(old) && !is_table {
                    continue;
                }
            }
            out.push_str(old);
        }
        if !is_done {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&line);
            out.push('\n');
        }
        out
    }

    /// The policies of an environment.
    #[must_use]
    pub fn environment(&self, environment: &Environment) -> EnvironmentConfig {
        self.environment
            .get(environment)
            .cloned()
            .unwrap_or_default()
    }

    /// How often the key of an environment is to be rotated.
    #[must_use]
    pub fn rotation_policy(&self, environment: &Environment) -> RotationPolicy {
        let policies = self.environment(environment);
        RotationPolicy {
            rotate_every_days: (policies.rotate_every_days > 0)
                .then_some(policies.rotate_every_days),
            warn_before_days: policies.warn_days_before,
        }
    }

    /// By which rules the dotenv files of an environment are sealed.
    #[must_use]
    pub fn policy(&self, environment: &Environment) -> Policy {
        let policies = self.environment(environment);
        Policy {
            suite: self.suite,
            clear: policies.clear,
            comments: policies.comments,
            sensitive: self.sensitive.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_gives_the_defaults() {
        let config = Config::parse(b"").expect("parses");
        assert_eq!(config, Config::default());
        let policies = config.environment(&Environment::default_name());
        assert_eq!(policies.rotate_every_days, 90);
        assert_eq!(policies.on_overdue, OnOverdue::Warn);
    }

    #[test]
    fn policies_are_read_by_environment() {
        let text = b"suite = \"aes256-siv\"\nsensitive = [\"PIN\"]\n[environment.production]\nclear = [\"PORT\"]\ncomments = \"clear\"\non_overdue = \"block\"\n";
        let config = Config::parse(text).expect("parses");
        let production = config.policy(&"production".parse().expect("a name"));
        assert_eq!(production.clear, ["PORT"]);
        assert_eq!(production.comments, Comments::Clear);
        assert_eq!(
            config.policy(&Environment::default_name()).comments,
            Comments::Sealed
        );
        let again = toml::to_string(&config).expect("serialises");
        assert_eq!(Config::parse(again.as_bytes()), Ok(config));
    }

    #[test]
    fn another_suite_changes_one_line() {
        let fernet = |text: &str| Config::with_suite(text, Suite::Fernet);
        assert_eq!(fernet(""), "suite = \"fernet\"\n");
        assert_eq!(fernet("version = 1"), "version = 1\nsuite = \"fernet\"\n");
        assert_eq!(
            fernet("# why\n suite=\"aes256-siv\" # old\nversion = 1\n[environment.a]\n"),
            "# why\nsuite = \"fernet\"\nversion = 1\n[environment.a]\n"
        );
        assert_eq!(
            fernet("[environment.suite]\nclear = []\n"),
            "suite = \"fernet\"\n[environment.suite]\nclear = []\n"
        );
    }

    #[test]
    fn mistakes_are_named_by_line_and_column() {
        let place = |text: &[u8]| match Config::parse(text) {
            Err(BadConfig::Syntax { line, column, .. }) => (line, column),
            other => panic!("{other:?}"),
        };
        assert_eq!(place(b"version = 1\ncoments = \"clear\"\n"), (2, 1));
        assert_eq!(place(b"suite = \"rot13\"\n"), (1, 9));
        assert_eq!(place(b"[environment.default]\nclear = 1\n"), (2, 9));
        assert_eq!(place(b"a = \xff"), (1, 5));
        assert!(Config::parse(b"[environment.File]\n").is_err());
        assert_eq!(
            Config::parse(b"version = 2\nnew = 1\n"),
            Err(BadConfig::Version(2))
        );
    }
}
