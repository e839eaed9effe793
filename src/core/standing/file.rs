//! One protected file, and what is wrong with it.

use super::{About, Problem, Remedy, Severity, short};
use crate::core::environment::Environment;
use crate::core::form::Form;
use crate::core::gitattributes;
use crate::core::here::Here;
use crate::core::key::KeyId;

/// How a sealed file in the work tree relates to what is staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDisk {
    /// Not there: deleted, or left out by a sparse checkout.
    Absent,
    /// Byte for byte the sealed blob.
    AsStaged,
    /// Other bytes, which seal to the staged blob.
    Open,
    /// It holds changes that are not staged.
    Changed,
    /// It is not the sealed blob, and attributes or policies that make no sense keep anybody from
    /// telling more.
    Untold,
}

/// A key that the tokens of a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key.
    pub id: KeyId,
    /// By the ledger, for the file's environment: `current`, `forked`, `retired`, `unknown`.
    pub status: &'static str,
    /// Whether it is at hand.
    pub at_hand: bool,
}

impl KeyUse {
    /// `current`, `forked`, `retired`, `unknown`; `missing` where it is not at hand.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.at_hand { self.status } else { "missing" }
    }
}

/// Why a file could not be looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Its attributes would let git convert line ends inside the ciphertext of an opaque file.
    OpaqueText,
    /// Its attributes are wrong in another way.
    Attributes(String),
    /// This clone lacks the blob.
    Missing(String),
    /// It is in conflict: there is no one staged version.
    Conflict,
}

/// A file that git tracks and whose `filter` is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStanding {
    /// From the top of the work tree.
    pub path: Vec<u8>,
    /// Whose key seals it; none where its attributes are wrong.
    pub environment: Option<Environment>,
    /// Its form in `HEAD`; none if it is not there.
    pub head: Option<Form>,
    /// Its form in the index; none where it could not be looked into.
    pub index: Option<Form>,
    /// Its state in the work tree.
    pub on_disk: OnDisk,
    /// The keys that the staged tokens name.
    pub keys: Vec<KeyUse>,
    /// Whether a token that names no key stays closed.
    pub is_keyless_closed: bool,
    /// False if a token whose key is at hand does not open.
    pub is_authentic: bool,
    /// Why it could not be looked into.
    pub unreadable: Option<Unreadable>,
}

impl FileStanding {
    /// A file of which nothing is known but its path.
    #[must_use]
    pub fn new(path: &[u8]) -> Self {
        Self {
            path: path.to_vec(),
            environment: None,
            head: None,
            index: None,
            on_disk: OnDisk::Absent,
            keys: Vec::new(),
            is_keyless_closed: false,
            is_authentic: true,
            unreadable: None,
        }
    }

    /// `open`, `sealed`, `changed`, `absent`; `unknown`.
    #[must_use]
    pub fn disk_word(&self) -> &'static str {
        if self
            .unreadable
            .as_ref()
            .is_some_and(|why| *why != Unreadable::Conflict)
        {
            return "unknown";
        }
        match self.on_disk {
            OnDisk::Absent => "absent",
            OnDisk::AsStaged if self.index.as_ref().is_some_and(|form| form.tokens > 0) => "sealed",
            OnDisk::AsStaged | OnDisk::Open => "open",
            OnDisk::Changed => "changed",
            OnDisk::Untold => "unknown",
        }
    }

    /// `sealed`, `plain`, `partly_sealed`, `damaged`; `conflict`, `unknown`.
    #[must_use]
    pub fn index_word(&self) -> &'static str {
        match (&self.index, &self.unreadable) {
            (Some(form), _) => form.as_str(),
            (None, Some(Unreadable::Conflict)) => "conflict",
            (None, _) => "unknown",
        }
    }

    /// Whether a key that it needs is not at hand.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.is_keyless_closed || self.keys.iter().any(|key| !key.at_hand)
    }

    /// What is wrong with it; the advice is for a person who stands `here`.
    #[must_use]
    pub fn problems(&self, here: &Here) -> Vec<Problem> {
        let shown = here.argument(&self.path);
        let mut problems = Vec::new();
        if let Some(unreadable) = &self.unreadable {
            problems.push(self.unreadable(unreadable, &shown));
        }
        if let Some(index) = &self.index {
            problems.extend(self.form(index, &shown));
        }
        for key in &self.keys {
            problems.extend(self.key(key, &shown));
        }
        if self.is_keyless_closed {
            problems.push(self.missing(None));
        }
        problems
            .into_iter()
            .map(|problem| problem.in_file(&self.path))
            .collect()
    }

    fn unreadable(&self, unreadable: &Unreadable, shown: &str) -> Problem {
        match unreadable {
            Unreadable::OpaqueText => {
                let line = gitattributes::opaque_line(&gitattributes::literal(&self.path));
                Problem::new(
                    "opaque-without-text",
                    "it is sealed as a whole, and git may convert line ends inside the ciphertext",
                    format!("add `-text` to its line in .gitattributes: {line}"),
                )
                .weighing(Severity::Misconfigured)
                .mended_by(Remedy::AddAttributes(line))
            }
            Unreadable::Attributes(why) => Problem::new(
                "bad-attributes",
                why.clone(),
                "correct its line in .gitattributes",
            )
            .weighing(Severity::Misconfigured),
            Unreadable::Missing(id) => Problem::new(
                "blob-missing",
                format!("its blob {id} is missing from this clone"),
                "git fetch --refetch --no-filter, or git fsck",
            )
            .weighing(Severity::Untold),
            Unreadable::Conflict => Problem::of_work(
                "conflict",
                "in conflict",
                format!("resolve it, then: git add {shown}"),
            ),
        }
    }

    fn form(&self, index: &Form, shown: &str) -> Option<Problem> {
        if !index.damaged.is_empty() {
            let problem = Problem::new(
                "damaged",
                format!(
                    "a damaged sealed value{}",
                    lines(index.damaged.iter().map(|place| place.line))
                ),
                format!("restore it: `git log -p -- {shown}` shows since when"),
            );
            return Some(problem.weighing(Severity::NotAuthentic));
        }
        if !self.is_authentic {
            let problem = Problem::new(
                "not-authentic",
                "a sealed value does not authenticate: it was changed, or moved from another variable",
                format!("restore it: `git log -p -- {shown}` shows since when"),
            );
            return Some(problem.weighing(Severity::NotAuthentic));
        }
        if !index.is_sealed() {
            let problem = Problem::new(
                "plain-in-index",
                format!("staged {}", words(index)),
                format!("git seal reseal {shown}"),
            );
            return Some(problem.mended_by(Remedy::Reseal(self.path.clone())));
        }
        let head = self.head.as_ref().filter(|head| !head.is_sealed())?;
        Some(Problem::new(
            "plain-in-head",
            format!("{} in HEAD, sealed in the index", words(head)),
            "commit it, and change the values at their providers: history keeps them",
        ))
    }

    fn key(&self, key: &KeyUse, shown: &str) -> Option<Problem> {
        match key.status {
            "unknown" => Some(
                Problem::new(
                    "key-not-in-ledger",
                    format!(
                        "key {} is not in the ledger for its environment",
                        key.id.short()
                    ),
                    "check its `seal-env` in .gitattributes, and `git seal ledger show`",
                )
                .weighing(Severity::NotAuthentic),
            ),
            _ if !key.at_hand => Some(self.missing(Some(key.id))),
            "retired" => Some(
                Problem::new(
                    "key-retired",
                    format!("sealed under key {}, which is retired", key.id.short()),
                    format!("git seal reseal {shown}"),
                )
                .mended_by(Remedy::Reseal(self.path.clone())),
            ),
            _ => None,
        }
    }

    fn missing(&self, id: Option<KeyId>) -> Problem {
        let flag = match &self.environment {
            Some(environment) if !environment.is_default() => format!(" --env {environment}"),
            _ => String::new(),
        };
        Problem {
            about: About::Work,
            ..Problem::new(
                "key-missing",
                format!("{} is not at hand", short(id)),
                format!("git seal unlock{flag}"),
            )
            .weighing(Severity::KeyMissing)
        }
    }
}

fn words(form: &Form) -> String {
    let word = form.as_str().replace('_', " ");
    format!("{word}{}", lines(form.plain.iter().map(|place| place.line)))
}

/// ` (line 3)`, ` (lines 3, 4 and 7 more)`, or nothing for a whole file.
fn lines(numbers: impl Iterator<Item = usize>) -> String {
    const SHOWN: usize = 3;
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.dedup();
    let more = numbers.len().saturating_sub(SHOWN);
    numbers.truncate(SHOWN);
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    match (texts.as_slice(), more) {
        ([], _) => String::new(),
        ([one], 0) => format!(" (line {one})"),
        ([first @ .., last], 0) => format!(" (lines {} and {last})", first.join(", ")),
        (all, more) => format!(" (lines {} and {more} more)", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{file, key_use};
    use super::*;
    use crate::core::policy::Policy;

    fn ids(file: &FileStanding) -> Vec<&'static str> {
        file.problems(&Here::default())
            .iter()
            .map(|problem| problem.id)
            .collect()
    }

    fn plain() -> Form {
        Form::of_dotenv(b"A=1\nB=2\nC=3\nD=4\nE=5\n", &Policy::default())
    }

    #[test]
    fn a_sealed_file_under_the_current_key_has_no_problem() {
        assert_eq!(file(".env").problems(&Here::default()), []);
    }

    #[test]
    fn each_way_to_be_wrong_is_named_once() {
        let mut one = file(".env");
        one.index = Some(plain());
        assert_eq!(ids(&one), ["plain-in-index"]);
        assert_eq!(
            one.problems(&Here::default())[0].what,
            "staged plain (lines 1, 2, 3 and 2 more)"
        );
        let mut one = file(".env");
        one.head = Some(plain());
        assert_eq!(ids(&one), ["plain-in-head"]);
        let mut one = file(".env");
        one.is_authentic = false;
        assert_eq!(ids(&one), ["not-authentic"]);
        for (status, at_hand, id, word) in [
            ("retired", true, "key-retired", "retired"),
            ("current", false, "key-missing", "missing"),
            ("retired", false, "key-missing", "missing"),
            ("unknown", false, "key-not-in-ledger", "missing"),
        ] {
            let mut one = file(".env");
            one.keys = vec![key_use(7, status, at_hand)];
            assert_eq!((ids(&one), one.keys[0].word()), (vec![id], word));
        }
    }

    #[test]
    fn what_is_merely_work_is_no_business_of_the_set_up() {
        let mut one = file(".env");
        one.keys = vec![key_use(7, "current", false)];
        one.unreadable = Some(Unreadable::Conflict);
        let about: Vec<About> = one
            .problems(&Here::default())
            .iter()
            .map(|p| p.about)
            .collect();
        assert_eq!(about, [About::Work, About::Work]);
    }

    #[test]
    fn advice_about_a_file_can_be_pasted_where_one_stands() {
        let mut one = file("api/a b.env");
        one.index = Some(plain());
        for (here, advice) in [
            ("", "git seal reseal 'api/a b.env'"),
            ("api", "git seal reseal 'a b.env'"),
            ("web", "git seal reseal '../api/a b.env'"),
        ] {
            let problems = one.problems(&Here::at(here.as_bytes()));
            assert_eq!(problems[0].advice, advice);
        }
    }
}
