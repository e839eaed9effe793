//! The name of an environment: a set of files with its own master key.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A checked environment name: `[a-z0-9][a-z0-9-]*`, at most 64 bytes, neither `file` nor `command` nor ending in
/// `-file` or `-command`, so that `SECRETS_MASTER_KEY_<ENV>` never collides with
/// `SECRETS_MASTER_KEY_FILE`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Environment(Arc<str>);

/// Why a text is no environment name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no environment name: {rule}", rule = Self::RULE)]
pub struct BadEnvironment(String);

impl BadEnvironment {
    /// What a name may be, without the text that is none.
    pub const RULE: &str = "use lower-case letters, digits and inner dashes; \
        not `file` or `command`, nor a name ending in `-file` or `-command`";
}

/// The longest name in bytes: it becomes a directory's name, and part of a variable's.
const MAX_BYTES: usize = 64;

impl Environment {
    /// The environment of a file without a `seal-env` attribute.
    #[must_use]
    pub fn default_name() -> Self {
        Self("default".into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the environment named `default`.
    #[must_use]
    pub fn is_default(&self) -> bool {
        &*self.0 == "default"
    }

    /// `production-eu` as it appears in environment variables: `PRODUCTION_EU`.
    #[must_use]
    pub fn in_variable_form(&self) -> String {
        self.0.to_ascii_uppercase().replace('-', "_")
    }
}

impl FromStr for Environment {
    type Err = BadEnvironment;

    fn from_str(text: &str) -> Result<Self, BadEnvironment> {
        let well_formed = text
            .bytes()
            .enumerate()
            .all(|(i, b)| b.is_ascii_lowercase() || b.is_ascii_digit() || (i > 0 && b == b'-'));
        let reserved = ["file", "command"].iter().any(|word| {
            text.strip_suffix(word)
                .is_some_and(|head| head.is_empty() || head.ends_with('-'))
        });
        if text.len() > MAX_BYTES {
            let start: String = text.chars().take(MAX_BYTES).collect();
            return Err(BadEnvironment(start + "…"));
        }
        if text.is_empty() || !well_formed || reserved {
            return Err(BadEnvironment(text.to_owned()));
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Environment {
    type Error = BadEnvironment;

    fn try_from(text: String) -> Result<Self, BadEnvironment> {
        text.parse()
    }
}

impl From<Environment> for String {
    fn from(environment: Environment) -> Self {
        environment.0.to_string()
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        for good in ["default", "production", "eu-1", "1", "profile", "files"] {
            assert!(good.parse::<Environment>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "A",
            "a_b",
            "file",
            "command",
            "my-file",
            "x-command",
            "é",
            "a b",
        ] {
            assert!(bad.parse::<Environment>().is_err(), "{bad}");
        }
    }

    #[test]
    fn variable_form_is_upper_case_with_underscores() {
        let environment: Environment = "eu-west-1".parse().expect("a good name");
        assert_eq!(environment.in_variable_form(), "EU_WEST_1");
    }
}
