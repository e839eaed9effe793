//! Which files are tests, fixtures or examples, by the path conventions of the usual languages.

/// How many words of a path are looked at: those of its last directories and its name.
const LONGEST_PATH: usize = 1024;

/// Words of paths that say test, fixture or example, beside those that begin with `test` or end so.
const WORDS: &str = "spec specs fixture fixtures mock mocks mocked mocking stub stubs fake fakes example \
    examples sample samples demo demos e2e cassette cassettes vcr recording recordings snapshot snapshots \
    snap golden goldens smoke bench benchmark benchmarks tutorial tutorials quickstart quickstarts";

/// Words that end like tests and are none.
const NO_TESTS: &str = "latest fastest slowest contest contests protest protests attest attests detest \
    greatest shortest longest smartest lightest strictest";

/// Whether a path says test, fixture or example: `a_test.go`, `tests/`, `__tests__/`, `FooTest.java`,
/// `foo.spec.ts`, `testdata/`, `examples/`, `cassettes/`. `latest/` and `inspector.rs` don't.
#[must_use]
pub fn is_test(path: &[u8]) -> bool {
    let path = &path[path.len().saturating_sub(LONGEST_PATH)..];
    let mut from = 0;
    (1..=path.len()).any(|at| {
        if at < path.len() && !begins_word(path, at) {
            return false;
        }
        let word = &path[from..at];
        from = at;
        let start = word.iter().position(u8::is_ascii_alphanumeric);
        says_test(&word[start.unwrap_or(word.len())..])
    })
}

/// Whether a word begins at `at`: at punctuation, and at a capital behind a small letter or before one.
fn begins_word(path: &[u8], at: usize) -> bool {
    let (before, byte) = (path[at - 1], path[at]);
    let next_is_small = path.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    !byte.is_ascii_alphanumeric()
        || (byte.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && next_is_small)))
}

fn says_test(word: &[u8]) -> bool {
    let is_in = |list: &str| {
        list.split_ascii_whitespace()
            .any(|held| held.as_bytes().eq_ignore_ascii_case(word))
    };
    let begins = word.len() >= 4 && word[..4].eq_ignore_ascii_case(b"test");
    let ends = |ending: &[u8]| {
        let at = word.len().checked_sub(ending.len());
        at.is_some_and(|at| word[at..].eq_ignore_ascii_case(ending))
    };
    begins || ((ends(b"test") || ends(b"tests")) && !is_in(NO_TESTS)) || is_in(WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventions_of_many_languages_are_known() {
        for path in [
            "a_test.go",
            "tests/data.json",
            "src/__tests__/a.js",
            "web/login.spec.ts",
            "spec/models/user_spec.rb",
            "src/FooTest.java",
            "HTTPTests.swift",
            "testdata/key",
            "unittests/a.cc",
            "pkg/testutil/x.go",
            "docs/examples/a.md",
            ".env.example",
            "test",
            "vcr/cassettes/a.yml",
        ] {
            assert!(is_test(path.as_bytes()), "{path}");
        }
        for path in [
            "",
            "src/main.rs",
            "latest/values.yml",
            "src/inspector.go",
            "special/democracy.py",
            "src/fastest.rs",
            "resampler.c",
            "src/quest.py",
        ] {
            assert!(!is_test(path.as_bytes()), "{path}");
        }
    }
}
