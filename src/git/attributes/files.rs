//! The attributes files of a work tree or of the index, read in this process: once, and again when one
//! on disk has changed.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::SystemTime;

use super::Attribute;
use super::lines::{Lines, decide};
use crate::git::command::GitError;
use crate::git::paths;

/// Which files have a say beside those of the work tree.
#[derive(Debug, Default)]
pub struct Sources {
    /// The user's.
    pub personal: Option<PathBuf>,
    /// `info/attributes` below the git directory.
    pub info: PathBuf,
    /// The top of the work tree; `None` where the staged files alone are asked.
    pub top: Option<PathBuf>,
    /// `core.ignoreCase`.
    pub ignore_case: bool,
}

/// The files read so far.
pub struct AttributeFiles {
    sources: Sources,
    /// Of the files beside those of the work tree: git too reads them once in a process. Inside
    /// `None` where one cannot be read.
    beside: OnceCell<Option<Beside>>,
    read: HashMap<Vec<u8>, (Option<Stamp>, Rc<Lines>)>,
    /// Whether what was read is taken to be there still.
    is_steady: bool,
}

struct Beside {
    info: Rc<Lines>,
    personal: Option<Rc<Lines>>,
}

/// By what a changed file is known; a replaced one has another number.
#[derive(PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    number: u64,
}

impl AttributeFiles {
    /// Nothing read yet.
    pub fn new(sources: Sources) -> Self {
        Self {
            sources,
            beside: OnceCell::new(),
            read: HashMap::new(),
            is_steady: false,
        }
    }

    /// From now on what was read is taken to be there still, or no longer so: for many questions at
    /// one moment. A link in the place of a file counts from the start.
    pub fn hold(&mut self, is_steady: bool) {
        self.is_steady = is_steady;
        if is_steady {
            self.read.clear();
        }
    }

    /// The attributes of a path, in the order of `names`; `None` where git must be asked. What is not
    /// on disk, or not to be read there, is asked of `staged`, once.
    pub fn attributes(
        &mut self,
        path: &[u8],
        names: &[&str],
        staged: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, GitError>,
    ) -> Option<Vec<Attribute>> {
        // Those that win come first.
        let beside = self.beside.get_or_init(|| Beside::read(&self.sources));
        let Beside { info, personal } = beside.as_ref()?;
        let personal = personal.clone();
        let mut files = vec![(Rc::clone(info), 0)];
        let slashes = path.iter().enumerate().rev();
        let starts = slashes.filter_map(|(at, byte)| (*byte == b'/').then_some(at + 1));
        for start in starts.chain([0]) {
            let name = [&path[..start], b".gitattributes"].concat();
            let lines = self.lines(&name, || staged(&name).transpose());
            files.push((lines?, start));
        }
        files.extend(personal.map(|lines| (lines, 0)));
        let folded = self.sources.ignore_case.then(|| path.to_ascii_lowercase());
        let path = folded.as_deref().unwrap_or(path);
        let files = files
            .iter()
            .map(|(lines, start)| (&**lines, &path[*start..]));
        decide(files, names)
    }

    fn lines(
        &mut self,
        name: &[u8],
        staged: impl FnOnce() -> Option<Result<Vec<u8>, GitError>>,
    ) -> Option<Rc<Lines>> {
        let known = self.read.get(name);
        let is_steady = self.is_steady || self.sources.top.is_none();
        if let Some((_, lines)) = known.filter(|_| is_steady) {
            return Some(Rc::clone(lines));
        }
        let top = self.sources.top.as_ref();
        let file = top.map(|top| top.join(paths::to_os(name)));
        let stamp = match &file {
            // Git follows no links here.
            Some(file) => Stamp::of(std::fs::symlink_metadata(file))?,
            None => None,
        };
        if let Some((old, lines)) = known
            && *old == stamp
        {
            return Some(Rc::clone(lines));
        }
        let text = match file.filter(|_| stamp.is_some()) {
            Some(file) => std::fs::read(file).ok()?,
            None => staged().unwrap_or_else(|| Ok(Vec::new())).ok()?,
        };
        let lines = Rc::new(Lines::read(&text, self.sources.ignore_case));
        self.read.insert(name.to_vec(), (stamp, Rc::clone(&lines)));
        Some(lines)
    }
}

impl Beside {
    fn read(sources: &Sources) -> Option<Self> {
        let lines = |file: &PathBuf| {
            let text = match Stamp::of(std::fs::metadata(file))? {
                Some(_) => std::fs::read(file).ok()?,
                None => Vec::new(),
            };
            Some(Rc::new(Lines::read(&text, sources.ignore_case)))
        };
        Some(Self {
            info: lines(&sources.info)?,
            personal: match &sources.personal {
                Some(file) => Some(lines(file)?),
                None => None,
            },
        })
    }
}

impl Stamp {
    /// `None` inside where there is no such file, outside where it is no file, or cannot be told.
    fn of(metadata: std::io::Result<Metadata>) -> Option<Option<Self>> {
        let metadata = match metadata {
            Ok(metadata) if metadata.is_file() => metadata,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Some(None);
            }
            _ => return None,
        };
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let number = 0;
        Some(Some(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            number,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::git::testing::git;

    const NAMES: [&str; 3] = ["filter", "seal-env", "text"];

    /// What git itself says, with the same files.
    fn by_git(top: &Path, options: &[&str], paths: &[&str]) -> Vec<Vec<Attribute>> {
        let words = [&["check-attr", "-z"][..], options, &NAMES, &["--"], paths].concat();
        let output = git(top, &words, b"");
        let words: Vec<_> = output.split(|byte| *byte == 0).collect();
        let values = words.chunks_exact(3).map(|word| word[2]);
        let values: Vec<_> = values.map(Attribute::from_check_attr).collect();
        values.chunks(NAMES.len()).map(<[_]>::to_vec).collect()
    }

    fn line() -> impl Strategy<Value = String> {
        let pattern = prop::sample::select(vec![
            "*",
            ".env",
            "*.env",
            ".env.*",
            "a?.env",
            "/.env",
            "/d/*.env",
            "d/.env",
            "d/e/*",
            "d/**",
            "**/.env",
            "d/**/x.env",
            "[ax].env",
            "*.[ex]nv",
            "[!a].env",
            "d/",
            "*.ENV",
            "e/.env",
            "\\.env",
            "\".env\"",
            "[[:alpha:]].env",
            "!x.env",
            "[attr]mine",
            "# x",
            " x.env",
            "",
            "d/[x]*",
            "a*e?env",
            "**",
            "d/**x.env",
            "[]x].env",
        ]);
        let word = prop::sample::select(vec![
            "filter=seal",
            "-filter",
            "!filter",
            "filter",
            "seal-env=a",
            "seal-env=b",
            "!seal-env",
            "text",
            "-text",
            "text=auto",
            "binary",
            "mine",
            "other=1",
            "-binary",
            "!binary",
            "binary=x",
            "-seal-env=c",
            "a/b",
            "eol=lf",
        ]);
        let words = prop::collection::vec(word, 0..4);
        (pattern, words, any::<bool>()).prop_map(|(pattern, words, windows)| {
            let end = if windows { "\r\n" } else { "\n" };
            format!("{pattern} {}{end}", words.join(" "))
        })
    }

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(line(), 0..5).prop_map(|lines| lines.concat())
    }

    const FILES: [&str; 3] = [".gitattributes", "d/.gitattributes", "d/e/.gitattributes"];

    const PATHS: [&str; 12] = [
        ".env",
        "x.env",
        "ax.env",
        "a.b.env",
        "d/.env",
        "d/x.env",
        "d/e/.env",
        "d/e/x.env",
        "d/e/f/x.env",
        "e/.env",
        ".env.d",
        "D/x.ENV",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn where_there_is_an_answer_it_is_gits(
            texts in prop::collection::vec(text(), 4),
            later in text(),
            ignore_case: bool,
            only_staged: bool,
        ) {
            let directory = tempfile::tempdir().expect("a directory");
            let top = directory.path();
            for words in [&["init", "--quiet"][..], &["config", "core.ignoreCase", if ignore_case { "true" } else { "false" }]] {
                git(top, words, b"");
            }
            std::fs::create_dir_all(top.join("d/e")).expect("directories");
            let info = top.join(".git/info/attributes");
            for (name, text) in FILES.iter().zip(&texts) {
                std::fs::write(top.join(name), text).expect("a file");
            }
            std::fs::write(&info, &texts[3]).expect("a file");
            if only_staged {
                // Not on disk, as in a sparse checkout.
                let add = ["add", "--force", "d/.gitattributes"];
                git(top, &add, b"");
                std::fs::remove_file(top.join("d/.gitattributes")).expect("a file");
            }
            let staged = |name: &[u8]| {
                let is_it = only_staged && name == b"d/.gitattributes";
                Ok(is_it.then(|| texts[1].clone().into_bytes()))
            };
            let mut ours = AttributeFiles::new(Sources {
                info,
                top: Some(top.to_owned()),
                ignore_case,
                ..Sources::default()
            });
            for round in 0..2 {
                for (path, theirs) in PATHS.iter().zip(by_git(top, &[], &PATHS)) {
                    if let Some(found) = ours.attributes(path.as_bytes(), &NAMES, staged) {
                        prop_assert_eq!(found, theirs, "{} in round {}", path, round);
                    }
                }
                // A filter outlives what `git checkout` writes.
                let changed = top.join(".gitattributes.new");
                std::fs::write(&changed, &later).expect("a file");
                std::fs::rename(&changed, top.join(".gitattributes")).expect("a file");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn what_is_staged_counts_whatever_stands_on_disk(
            texts in prop::collection::vec(text(), 4),
            later in text(),
        ) {
            let directory = tempfile::tempdir().expect("a directory");
            let top = directory.path();
            git(top, &["init", "--quiet"], b"");
            std::fs::create_dir_all(top.join("d/e")).expect("directories");
            for (name, text) in FILES.iter().zip(&texts) {
                std::fs::write(top.join(name), text).expect("a file");
            }
            git(top, &[&["add", "--force"][..], &FILES].concat(), b"");
            let staged = FILES.map(|name| git(top, &["cat-file", "blob", &format!(":{name}")], b""));
            for name in FILES {
                std::fs::write(top.join(name), &later).expect("a file");
            }
            let info = top.join(".git/info/attributes");
            std::fs::write(&info, &texts[3]).expect("a file");
            let mut ours = AttributeFiles::new(Sources { info, ..Sources::default() });
            let staged = |name: &[u8]| {
                let at = FILES.iter().position(|file| file.as_bytes() == name);
                Ok(at.map(|at| staged[at].clone()))
            };
            for (path, theirs) in PATHS.iter().zip(by_git(top, &["--cached"], &PATHS)) {
                if let Some(found) = ours.attributes(path.as_bytes(), &NAMES, staged) {
                    prop_assert_eq!(found, theirs, "{}", path);
                }
            }
        }
    }

    #[test]
    fn git_need_not_be_asked_about_the_lines_that_are_written_by_us() {
        use crate::core::gitattributes;

        let directory = tempfile::tempdir().expect("a directory");
        let environment = "production".parse().expect("a name");
        let mut lines = gitattributes::repository_lines();
        lines.push(gitattributes::environment_line(
            b".env.production",
            &environment,
        ));
        lines.push(gitattributes::opaque_line(b"certs/*.p12"));
        lines.push(gitattributes::exempt_line(b"tests/fixtures/.env"));
        std::fs::write(directory.path().join(".gitattributes"), lines.join("\n")).expect("a file");
        let mut ours = AttributeFiles::new(Sources {
            top: Some(directory.path().to_owned()),
            ..Sources::default()
        });
        let filter = |value: &str| Attribute::Value(value.to_owned());
        for (path, expected) in [
            (".env", filter("seal")),
            ("apps/web/.env.production", filter("seal")),
            ("certs/a.p12", filter("seal")),
            ("tests/fixtures/.env", Attribute::Unset),
            (".env.example", Attribute::Unspecified),
            ("src/main.rs", Attribute::Unspecified),
        ] {
            let found = ours.attributes(path.as_bytes(), &NAMES, |_| Ok(None));
            assert_eq!(
                found.map(|mut found| found.remove(0)),
                Some(expected),
                "{path}"
            );
        }
    }
}
