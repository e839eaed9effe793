//! What may stay readable in a sealed file, per environment.

use sha2::{Digest as _, Sha256};

use super::dotenv::{self, Line, LineKind};
use super::names;
use super::suites::Suite;

/// Whether comments are sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comments {
    /// Comments become tokens.
    #[default]
    Sealed,
    /// Comments stay readable, commented-out assignments excepted.
    Clear,
}

/// The rules by which a dotenv file of one environment is sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// How values are encrypted.
    pub suite: Suite,
    /// Names, possibly with wildcards, of variables that stay readable.
    pub clear: Vec<String>,
    /// Whether comments are sealed.
    pub comments: Comments,
    /// Words beside the built-in ones that make a name sensitive.
    pub sensitive: Vec<String>,
}

impl Policy {
    /// Whether the secret of this line may stay readable.
    #[must_use]
    pub fn clears(&self, line: &Line<'_>) -> bool {
        match line.kind {
            LineKind::Blank | LineKind::Header | LineKind::Marker => true,
            LineKind::Comment => self.clears_comment(line.secret),
            LineKind::Assignment { name } => {
                self.clears_name(name) && self.ends_safely(line.secret)
            }
            LineKind::Other => false,
        }
    }

    /// Whether the variable is named in the `clear` list. A wildcard never clears a sensitive name.
    #[must_use]
    pub fn clears_name(&self, name: &[u8]) -> bool {
        self.clear.iter().any(|pattern| {
            names::matches(pattern.as_bytes(), name)
                && !(names::is_wildcard(pattern) && names::is_sensitive(name, &self.sensitive))
        })
    }

    fn clears_comment(&self, text: &[u8]) -> bool {
        let says_nothing = !text
            .iter()
            .any(|byte| byte.is_ascii_alphanumeric() || *byte > 127);
        says_nothing
            || (self.comments == Comments::Clear && !dotenv::is_commented_out_assignment(text))
    }

    /// A clear value must end on its own line and hide nothing behind it: a forgotten quote must
    /// not keep the next line's password readable.
    fn ends_safely(&self, value: &[u8]) -> bool {
        if memchr::memmem::find(value, b"-----BEGIN ").is_some() || value.contains(&b'\n') {
            return false;
        }
        let may_comment = self.comments == Comments::Clear;
        if let Some(quoted) = dotenv::quoted(value) {
            return may_comment || quoted.rest.iter().all(|byte| dotenv::is_blank(*byte));
        }
        let opens_a_quote = value
            .iter()
            .find(|byte| !dotenv::is_blank(**byte))
            .is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        let has_comment = value
            .iter()
            .enumerate()
            .any(|(at, byte)| *byte == b'#' && (at == 0 || dotenv::is_blank(value[at - 1])));
        !opens_a_quote && (may_comment || !has_comment)
    }

    /// 32 bytes that differ where two policies could seal the same content differently.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |text: &[u8]| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        part(self.suite.as_str().as_bytes());
        part(if self.comments == Comments::Clear {
            b"clear"
        } else {
            b"sealed"
        });
        for list in [&self.clear, &self.sensitive] {
            part(&(list.len() as u64).to_be_bytes());
            list.iter().for_each(|text| part(text.as_bytes()));
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::dotenv::Document;

    fn clears(policy: &Policy, text: &str) -> bool {
        policy.clears(&Document::split(text.as_bytes()).lines[0])
    }

    fn policy(clear: &[&str], comments: Comments) -> Policy {
        Policy {
            clear: clear.iter().map(|name| (*name).to_owned()).collect(),
            comments,
            ..Policy::default()
        }
    }

    #[test]
    fn only_named_variables_that_end_safely_stay_readable() {
        let policy = policy(&["PORT"], Comments::Sealed);
        for clear in [
            "PORT=80",
            "PORT=\"80\"",
            "PORT='80'  ",
            "export PORT = 8#0",
            "PORT=",
        ] {
            assert!(clears(&policy, clear), "{clear}");
        }
        for sealed in [
            "X=80",
            "PORT=80 # pw",
            "PORT=\"80",
            "PORT=\"8\n0\"",
            "PORT=#x",
            "PORT=\"8\" # x",
            "PORT=-----BEGIN X",
        ] {
            assert!(!clears(&policy, sealed), "{sealed}");
        }
    }

    #[test]
    fn a_wildcard_never_clears_a_sensitive_name() {
        let policy = policy(&["NEXT_*", "AUTH_MODE"], Comments::Sealed);
        assert!(clears(&policy, "NEXT_URL=x"));
        assert!(!clears(&policy, "NEXT_TOKEN=x"));
        assert!(clears(&policy, "AUTH_MODE=x"));
    }

    #[test]
    fn clear_comments_still_hide_assignments() {
        let clear = policy(&[], Comments::Clear);
        assert!(clears(&clear, "# see the manual"));
        assert!(!clears(&clear, "# PASSWORD=x"));
        assert!(!clears(&Policy::default(), "# see the manual"));
        assert!(clears(&Policy::default(), "#### ----"));
    }

    #[test]
    fn the_digest_follows_every_field() {
        let base = Policy::default().digest();
        assert_ne!(policy(&["A"], Comments::Sealed).digest(), base);
        assert_ne!(policy(&[], Comments::Clear).digest(), base);
        assert_ne!(
            Policy {
                sensitive: vec!["A".into()],
                ..Policy::default()
            }
            .digest(),
            base
        );
    }
}
