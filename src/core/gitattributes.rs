//! The lines of `.gitattributes` that say which files are sealed, and names that look like dotenv
//! files.

use std::collections::BTreeSet;
use std::path::Path;

use super::dotenv::BOM;
use super::environment::Environment;
use super::names;

/// The file of attributes, at the top of the work tree.
pub const ATTRIBUTES_PATH: &str = ".gitattributes";

/// What a sealed dotenv file carries: our filter and drivers, and line ends that are the same
/// everywhere.
pub const DOTENV_ATTRIBUTES: &str = "filter=seal diff=seal merge=seal text eol=lf";
const OPAQUE_ATTRIBUTES: &str = "filter=seal diff=seal merge=seal seal-format=opaque -text";
const TEMPLATE_ENDINGS: [&str; 4] = ["example", "sample", "template", "dist"];

/// The patterns of dotenv files. Not `.env*`: that hides `.envrc`, shell code that must stay
/// reviewable, and catches `.envoy.yaml`.
pub const DOTENV_PATTERNS: [&str; 5] = [".env", ".env.*", "*.env", ".env_*", ".env-*"];

/// Whether a file name looks like a dotenv file with values in it; templates do not.
#[must_use]
pub fn is_dotenv_name(name: &[u8]) -> bool {
    DOTENV_PATTERNS
        .iter()
        .any(|pattern| names::matches(pattern.as_bytes(), name))
        && !is_template(name)
}

/// The same, whatever the case: on some systems `.ENV` is `.env`.
#[must_use]
pub fn is_dotenv_name_in_any_case(name: &[u8]) -> bool {
    DOTENV_PATTERNS
        .iter()
        .any(|pattern| names::matches_ignoring_case(pattern.as_bytes(), name))
        && !is_template(&name.to_ascii_lowercase())
}

/// Whether a path is that of an attributes file, at whatever depth.
#[must_use]
pub fn is_attributes_file(path: &[u8]) -> bool {
    path.rsplit(|byte| *byte == b'/').next() == Some(ATTRIBUTES_PATH.as_bytes())
}

/// Why git will not read what an attributes file says of sealing, or only where it is on disk: it passes
/// over a byte order mark there alone, and knows no UTF-16.
#[must_use]
pub fn why_not_read(file: &[u8]) -> Option<&'static str> {
    let marked = file.strip_prefix(BOM);
    let first = marked.and_then(|text| text.split(|byte| *byte == b'\n').next());
    if file.contains(&0) {
        Some("it is not plain text, but UTF-16 perhaps")
    } else if first.is_some_and(|line| memchr::memmem::find(line, b"seal").is_some()) {
        Some("it begins with a byte order mark")
    } else {
        None
    }
}

/// Whether a file name is that of a template: `.env.example` and the like.
#[must_use]
pub fn is_template(name: &[u8]) -> bool {
    let ending = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    TEMPLATE_ENDINGS
        .iter()
        .any(|template| template.as_bytes() == ending)
}

/// Whether a file name is personal by convention: `.env.local`, `.env.*.local`.
#[must_use]
pub fn is_personal(name: &[u8]) -> bool {
    name == b".env.local" || (name.starts_with(b".env.") && name.ends_with(b".local"))
}

/// Files that git and git-seal read as they are: sealed, nothing would work any more.
const READ_AS_THEY_ARE: [&str; 6] = [
    ".gitattributes",
    ".gitignore",
    ".gitmodules",
    ".seal/config.toml",
    ".seal/ledger.jsonl",
    ".seal/allow.jsonl",
];

/// A pattern of `.gitattributes` that can be asked for paths.
#[derive(Debug)]
pub struct Pattern(ignore::gitignore::Gitignore);

impl Pattern {
    /// Reads a pattern; `None` if it can match nothing. (`.gitattributes` has those of `.gitignore`,
    /// but for negative ones and those of directories: gitattributes, "Description".)
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut builder = ignore::gitignore::GitignoreBuilder::new("");
        builder.add_line(None, text).ok()?;
        builder.build().ok().map(Self)
    }

    /// Whether it matches the path of a file, from the top.
    #[must_use]
    pub fn matches(&self, path: &Path) -> bool {
        self.0.matched(path, false).is_ignore()
    }

    /// A file that it matches and that must not be sealed.
    #[must_use]
    pub fn matches_needed(&self) -> Option<&'static str> {
        let mut needed = READ_AS_THEY_ARE.into_iter();
        needed.find(|path| self.matches(Path::new(path)))
    }
}

/// The lines for a whole repository: dotenv files by name, templates excepted, and our own files.
#[must_use]
pub fn repository_lines() -> Vec<String> {
    let mut lines: Vec<String> = DOTENV_PATTERNS
        .iter()
        .map(|pattern| format!("{pattern} {DOTENV_ATTRIBUTES}"))
        .collect();
    for ending in TEMPLATE_ENDINGS {
        for pattern in [".env", "*.env", ".env.*"] {
            lines.push(format!("{pattern}.{ending} !filter !diff !merge"));
        }
    }
    lines.push(".seal/** -filter export-ignore".to_owned());
    lines.push(".seal/*.jsonl merge=union text eol=lf".to_owned());
    lines
}

/// The line that seals the files of a pattern as a whole.
#[must_use]
pub fn opaque_line(pattern: &[u8]) -> String {
    format!("{} {OPAQUE_ATTRIBUTES}", quoted(pattern))
}

/// The line that seals the files of a pattern line by line.
#[must_use]
pub fn dotenv_line(pattern: &[u8]) -> String {
    format!("{} {DOTENV_ATTRIBUTES}", quoted(pattern))
}

/// The line that puts the files of a pattern into an environment.
#[must_use]
pub fn environment_line(pattern: &[u8], environment: &Environment) -> String {
    format!("{} seal-env={environment}", quoted(pattern))
}

/// The environments that an attributes file gives files to.
#[must_use]
pub fn environments(file: &[u8]) -> BTreeSet<Environment> {
    let lines = file
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii_start().starts_with(b"#"));
    let words = lines.flat_map(|line| {
        let words = line.split(u8::is_ascii_whitespace);
        // The pattern comes first.
        words.filter(|word| !word.is_empty()).skip(1)
    });
    let names = words.filter_map(|word| word.strip_prefix(b"seal-env="));
    names
        .filter_map(|name| std::str::from_utf8(name).ok()?.parse().ok())
        .collect()
}

/// The line that leaves a path alone.
#[must_use]
pub fn exempt_line(path: &[u8]) -> String {
    format!("{} -filter -diff -merge", exact(path))
}

/// The line that keeps a path out of `git archive`, which would open it.
#[must_use]
pub fn export_ignore_line(path: &[u8]) -> String {
    format!("{} export-ignore", exact(path))
}

/// A pattern that matches exactly one path from the top of the work tree, as it is to be written.
#[must_use]
pub fn exact(path: &[u8]) -> String {
    quoted(&literal(path))
}

/// A pattern that matches exactly one path from the top of the work tree, not yet quoted.
#[must_use]
pub fn literal(path: &[u8]) -> Vec<u8> {
    [b"/", escaped(path).as_slice()].concat()
}

/// A path as a pattern without wildcards, not yet quoted. One without `/` matches in every directory.
#[must_use]
pub fn escaped(path: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(path.len());
    for byte in path {
        if matches!(byte, b'*' | b'?' | b'[' | b'\\') {
            pattern.push(b'\\');
        }
        pattern.push(*byte);
    }
    pattern
}

/// A pattern as `.gitattributes` wants it: C-style quotes where a byte would end or change it.
fn quoted(pattern: &[u8]) -> String {
    use std::fmt::Write as _;
    let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'"';
    let starts_plain = !matches!(pattern.first(), Some(b'#' | b'!' | b'['));
    if pattern.iter().all(plain) && starts_plain {
        return String::from_utf8_lossy(pattern).into_owned();
    }
    let mut text = String::from("\"");
    for byte in pattern {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => write!(text, "\\{byte:03o}").expect("writing to a String succeeds"),
        }
    }
    text.push('"');
    text
}

/// The file with those of `lines` added at its end that it does not have; `None` if it has all.
#[must_use]
pub fn with_lines(file: &[u8], lines: &[String]) -> Option<Vec<u8>> {
    let words = |line: &[u8]| -> Vec<Vec<u8>> {
        line.split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    };
    let present: Vec<Vec<Vec<u8>>> = file.split(|byte| *byte == b'\n').map(words).collect();
    let missing: Vec<&String> = lines
        .iter()
        .filter(|line| !present.contains(&words(line.as_bytes())))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let end: &[u8] = if memchr::memmem::find(file, b"\r\n").is_some() {
        b"\r\n"
    } else {
        b"\n"
    };
    let mut out = file.to_vec();
    if !out.is_empty() && out.last() != Some(&b'\n') {
        out.extend_from_slice(end);
    }
    for line in missing {
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(end);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotenv_names_are_told_from_their_neighbours() {
        for yes in [
            ".env",
            ".env.production",
            "prod.env",
            ".env_LOCAL_1.production",
            ".env-prod",
            ".env.local",
        ] {
            assert!(is_dotenv_name(yes.as_bytes()), "{yes}");
        }
        for no in [
            ".envrc",
            ".envoy.yaml",
            ".env.example",
            "a.env.sample",
            ".env.dist",
            "env",
            ".environment",
        ] {
            assert!(!is_dotenv_name(no.as_bytes()), "{no}");
        }
        assert!(
            is_personal(b".env.local")
                && is_personal(b".env.test.local")
                && !is_personal(b".env.test")
        );
    }

    #[test]
    fn paths_are_quoted_as_git_reads_them() {
        assert_eq!(exact(b"certs/key.p12"), "/certs/key.p12");
        assert_eq!(exact(b"a b/[x]*"), "\"/a b/\\\\[x]\\\\*\"");
        assert_eq!(exact("é\n".as_bytes()), "\"/\\303\\251\\n\"");
    }

    #[test]
    fn patterns_match_as_git_matches_them() {
        let matches = |pattern: &str, path: &str| {
            Pattern::new(pattern)
                .expect("a pattern")
                .matches(Path::new(path))
        };
        assert!(matches("*.secret", "a/b.secret") && matches("a/*.secret", "a/b.secret"));
        assert!(!matches("a/*.secret", "a/c/b.secret") && !matches("/b.secret", "a/b.secret"));
        assert!(matches("a/**", "a/b/c") && matches("b c", "a/b c"));
        for pattern in ["*", "**", ".seal/*", "*.toml", ".git*", "/.gitattributes"] {
            let pattern_read = Pattern::new(pattern).expect("a pattern");
            assert!(pattern_read.matches_needed().is_some(), "{pattern}");
        }
        for pattern in [".env", "*.env", "config/**", "*.jsonl.bak"] {
            let pattern_read = Pattern::new(pattern).expect("a pattern");
            assert_eq!(pattern_read.matches_needed(), None, "{pattern}");
        }
    }

    #[test]
    fn environments_are_read_whatever_the_pattern() {
        let file = b"# x seal-env=old\n.env.a seal-env=a\r\n\"b c\" filter=seal seal-env=b text\n\
            d seal-env=No\ne !seal-env\nseal-env=e -text";
        let names: Vec<String> = environments(file).iter().map(ToString::to_string).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn lines_are_added_once_and_nothing_is_lost() {
        let lines = vec![".env a".to_owned(), "*.env  b".to_owned()];
        let once = with_lines(b"x  y\n.env   a", &lines).expect("one is missing");
        assert_eq!(once, b"x  y\n.env   a\n*.env  b\n");
        assert_eq!(with_lines(&once, &lines), None);
        assert_eq!(
            with_lines(b"x\r\n", &lines).expect("missing"),
            b"x\r\n.env a\r\n*.env  b\r\n"
        );
    }
}
