//! Comments that let the findings of their line through.

use memchr::memmem;

const OURS: &[u8] = b"seal:allow";
const OTHERS: [&[u8]; 2] = [b"gitleaks:allow", b"pragma: allowlist secret"];

/// Whether a line lets a finding of `rule` through: it says `seal:allow`, `gitleaks:allow` or
/// `pragma: allowlist secret`. `seal:allow RULE` counts for that rule alone; a word behind
/// `seal:allow` that is no rule's id is plain comment.
#[must_use]
pub fn allow(line: &[u8], rule: &str, is_rule: impl Fn(&str) -> bool) -> bool {
    if OTHERS.iter().any(|mark| memmem::find(line, mark).is_some()) {
        return true;
    }
    memmem::find_iter(line, OURS).any(|at| {
        let behind = line[at + OURS.len()..].trim_ascii_start();
        let end = behind
            .iter()
            .position(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-'))
            .unwrap_or(behind.len());
        match std::str::from_utf8(&behind[..end]) {
            Ok(word) if is_rule(word) => word == rule,
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_allow_their_rule_or_all() {
        let allows = |line: &str| {
            allow(line.as_bytes(), "github-pat", |id| {
                ["github-pat", "jwt"].contains(&id)
            })
        };
        assert!(allows("x # seal:allow"));
        assert!(allows("x # seal:allow github-pat"));
        assert!(allows("x # seal:allow because it is revoked"));
        assert!(allows("x # seal:allow jwt seal:allow github-pat"));
        assert!(allows("x // gitleaks:allow"));
        assert!(allows("x  # pragma: allowlist secret"));
        assert!(!allows("x # seal:allow jwt"));
        assert!(!allows("x # allowed"));
    }
}
