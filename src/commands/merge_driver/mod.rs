//! `git-seal merge-driver %O %A %B %P %L %S %X %Y`: three sealed files into one, called by git.
//!
//! Exit codes are git's: 0 merged, 1 a conflict was written with markers, 129 for everything else.
//! Git takes 1 to 128 as a conflict and would leave *ours* without markers (measured with git 2.47),
//! so nothing here may end by a panic or by clap.

mod ledger;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use memchr::memmem;

use crate::core::environment::Environment;
use crate::core::file::{self, Place, SealError, SealWith};
use crate::core::key::{KeyId, SealKey};

use crate::core::merge::{self, Choice, Labels, Markers, MergeError, Merged, Sides, Style};
use crate::core::policy::Policy;
use crate::core::printable::printable;
use crate::core::token::Sighting;
use crate::core::{opaque, suites};
use crate::failure::{Failure, Outcome};
use crate::git::{command, paths};
use crate::ui::Ui;
use crate::vault::rules::{Format, Rules};
use crate::vault::{CleanError, NoSealingKey, Vault, View};

/// The word on the command line.
pub const NAME: &str = "merge-driver";
/// Above 128: git gives up the merge instead of taking it for a conflict.
const FAILED: u8 = 129;
/// Git's length of a marker where it names none.
const MARKER_SIZE: usize = 7;

/// What git hands over.
struct Request {
    base: PathBuf,
    /// Holds the result afterwards.
    ours: PathBuf,
    theirs: PathBuf,
    path: Vec<u8>,
    marker_size: usize,
    /// Of base, ours and theirs; `None` from a git older than 2.44.
    labels: [Option<Vec<u8>>; 3],
}

/// How a merge ended.
enum Ending {
    Merged,
    Conflict,
}

/// Merges, from the words behind [`NAME`] to the exit code.
#[must_use]
pub fn main(words: &[OsString]) -> ExitCode {
    let ui = Ui::new();
    match catch_unwind(AssertUnwindSafe(|| run(words, &ui))) {
        Ok(Ok(Ending::Merged)) => ExitCode::SUCCESS,
        Ok(Ok(Ending::Conflict)) => ExitCode::from(1),
        Ok(Err(failure)) => {
            ui.failure(&failure);
            ExitCode::from(FAILED)
        }
        Err(_) => ExitCode::from(FAILED),
    }
}

impl Request {
    fn read(words: &[OsString]) -> Option<Self> {
        let [base, ours, theirs, path, more @ ..] = words else {
            return None;
        };
        let size = match more.first() {
            None => MARKER_SIZE,
            Some(size) => size.to_str()?.parse().ok().filter(|size| *size > 0)?,
        };
        // An older git leaves the placeholder as it is.
        let label = |at: usize, placeholder: &str| {
            let word = more.get(at).filter(|word| *word != placeholder)?;
            Some(paths::to_bytes(word).into_owned())
        };
        Some(Self {
            base: base.into(),
            ours: ours.into(),
            theirs: theirs.into(),
            path: paths::to_bytes(path).into_owned(),
            marker_size: size,
            labels: [label(1, "%S"), label(2, "%X"), label(3, "%Y")],
        })
    }

    /// Whether git replays a recorded resolution (git-rerere): it hands over the texts of the work
    /// tree, without labels, and writes the result to the work tree, not to an object (git 2.47).
    fn is_rerere(&self, base: &[u8]) -> bool {
        let unnamed = self
            .labels
            .iter()
            .all(|label| label.as_deref() == Some(b""));
        let marker = [b'<'; 7];
        unnamed && (base.starts_with(&marker) || memmem::find(base, b"\n<<<<<<<").is_some())
    }

    /// Fills in the labels that an older git does not give, as it would call the sides itself.
    fn fill_labels(&mut self) {
        let names = ledger::merging().map_or(["ours".into(), "theirs".into()], |(_, name)| {
            ["HEAD".into(), name]
        });
        let [ours, theirs]: [String; 2] = names;
        let names = ["base".to_owned(), ours, theirs];
        for (label, name) in self.labels.iter_mut().zip(names) {
            label.get_or_insert(name.into_bytes());
        }
    }

    fn labels(&self) -> Labels<'_> {
        let [base, ours, theirs] = self.labels.each_ref().map(|label| label.as_deref());
        Labels {
            ours: ours.unwrap_or_default(),
            base: base.unwrap_or_default(),
            theirs: theirs.unwrap_or_default(),
        }
    }
}

fn run(words: &[OsString], ui: &Ui) -> Result<Ending, Failure> {
    let mut request = Request::read(words).ok_or_else(|| {
        Failure::usage("merge-driver is called by git: merge-driver %O %A %B %P %L %S %X %Y")
    })?;
    let [base, ours, theirs] =
        [&request.base, &request.ours, &request.theirs].map(|file| read(file));
    let (base, ours, theirs) = (base?, ours?, theirs?);
    let sides = Sides {
        base: &base,
        ours: &ours,
        theirs: &theirs,
    };
    let mut vault = Vault::open()?;
    if request.is_rerere(&base) {
        return replay(&vault, &request);
    }
    let rules = Rules::of(vault.repository(), &request.path)?;
    let environment = rules.as_ref().map_or_else(
        |_| Environment::default_name(),
        |rules| rules.environment.clone(),
    );
    let is_opaque = rules.is_ok_and(|rules| rules.format == Format::Opaque)
        || [sides.base, sides.ours, sides.theirs]
            .iter()
            .any(|side| is_sealed_whole(side));
    let keys = Keys::find(&mut vault, &request, &environment, &sides)?;
    request.fill_labels();
    if is_opaque {
        merge_whole(&vault, &request, &keys, &sides, ui)
    } else {
        merge_lines(&vault, &request, &keys, &sides)
    }
}

/// Git's own merge by lines, as in a file without a driver.
fn replay(vault: &Vault, request: &Request) -> Result<Ending, Failure> {
    let here = std::env::current_dir()?;
    let mut git = vault.repository().git();
    git.args(["merge-file", "--stdout", "--quiet", "--"])
        .args([&request.ours, &request.base, &request.theirs].map(|file| here.join(file)));
    let output = command::run(&mut git, None)?;
    match output.status.code() {
        Some(0) => {
            std::fs::write(&request.ours, zeroize::Zeroizing::new(output.stdout))?;
            Ok(Ending::Merged)
        }
        Some(1..=127) => Ok(Ending::Conflict),
        _ => Err(Failure::new(
            Outcome::Unknown,
            format!("git merge-file failed: {}", command::complaint(&output)),
        )),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::new(Outcome::Unknown, format!("{}: {error}", file.display())))
}

fn is_sealed_whole(content: &[u8]) -> bool {
    matches!(suites::sight_file(content), Sighting::Token(_))
}

/// With which key and by which policy the result is sealed.
struct Keys {
    environment: Environment,
    current: Result<Arc<SealKey>, NoSealingKey>,
    policy: Policy,
    /// Tokens that name no key, and that the sides have already.
    accepted: BTreeSet<Vec<u8>>,
}

impl Keys {
    fn find(
        vault: &mut Vault,
        request: &Request,
        environment: &Environment,
        sides: &Sides<'_>,
    ) -> Result<Self, Failure> {
        let all = [sides.base, sides.ours, sides.theirs];
        let failed = |error| Failure::sealing(&request.path, error);
        let policy = vault.policy(environment).map_err(failed)?;
        let [base, ours, theirs] = &request.labels;
        let heads = ledger::Heads::of(
            vault.repository(),
            base.as_deref(),
            ours.as_deref(),
            theirs.as_deref(),
        )?;
        let ledger = heads.ledger(vault)?;
        let mut ids: BTreeSet<KeyId> = all.iter().flat_map(|side| ids_of(side)).collect();
        let current = ledger
            .as_ref()
            .ok()
            .and_then(|ledger| ledger.current(environment).ok());
        ids.extend(current.map(|entry| entry.key_id));
        let view = heads.theirs().map_or(View::WorkTree, View::Revision);
        vault.find_keys(&ids, Some(environment), &view)?;
        if all.iter().any(|side| suites::may_hold_keyless_token(side)) {
            vault.find_all_keys(&view)?;
        }
        let current = match ledger {
            Ok(ledger) => vault.sealing_key_of(&ledger, environment, &view)?,
            Err(error) => Err(NoSealingKey::Ledger(error)),
        };
        Ok(Self {
            environment: environment.clone(),
            current,
            policy,
            accepted: all
                .iter()
                .flat_map(|side| file::keyless_tokens(side))
                .chain(
                    all.iter()
                        .filter(|side| is_sealed_whole(side))
                        .map(|side| side.to_vec()),
                )
                .collect(),
        })
    }

    fn seal_with<'a>(&'a self, vault: &'a Vault) -> SealWith<'a> {
        SealWith {
            key: self.current.as_deref().ok(),
            keyring: vault.keyring(),
            policy: &self.policy,
            accepted: &self.accepted,
        }
    }
}

fn ids_of(side: &[u8]) -> BTreeSet<KeyId> {
    match suites::sight_file(side) {
        Sighting::Token(token) => token.key_id.into_iter().collect(),
        _ => file::key_ids(side),
    }
}

fn merge_lines(
    vault: &Vault,
    request: &Request,
    keys: &Keys,
    sides: &Sides<'_>,
) -> Result<Ending, Failure> {
    let style = vault.repository().config("merge.conflictStyle")?;
    let markers = Markers {
        size: request.marker_size,
        style: match style.as_deref() {
            Some("diff3") => Style::Diff3,
            Some("zdiff3") => Style::Zdiff3,
            _ => Style::Merge,
        },
        labels: request.labels(),
    };
    let Merged { text, conflicts } = merge::merge(sides, &keys.seal_with(vault), &markers)
        .map_err(|error| told(error, request, keys))?;
    std::fs::write(&request.ours, text)?;
    Ok(if conflicts == 0 {
        Ending::Merged
    } else {
        Ending::Conflict
    })
}

fn told(error: MergeError, request: &Request, keys: &Keys) -> Failure {
    let cannot = |error| Failure::sealing(&request.path, error);
    match (error, &keys.current) {
        (MergeError::Damaged(place), _) => cannot(CleanError::File(SealError::Malformed(place))),
        (MergeError::CannotSeal(places), Err(why)) => no_key(request, keys, places, why),
        (MergeError::CannotSeal(places), Ok(_)) => {
            cannot(CleanError::File(SealError::NoKey(places)))
        }
    }
}

fn no_key(request: &Request, keys: &Keys, places: Vec<Place>, why: &NoSealingKey) -> Failure {
    let error = CleanError::NoKey {
        environment: keys.environment.clone(),
        places,
        why: why.clone(),
    };
    Failure::sealing(&request.path, error)
}

fn merge_whole(
    vault: &Vault,
    request: &Request,
    keys: &Keys,
    sides: &Sides<'_>,
    ui: &Ui,
) -> Result<Ending, Failure> {
    let choice = merge::choose_whole(sides, vault.keyring());
    let chosen = match choice {
        Choice::Theirs => sides.theirs,
        Choice::Ours | Choice::Conflict => sides.ours,
    };
    let path = &request.path;
    let mut content = chosen.to_vec();
    match opaque::seal(&mut content, &keys.seal_with(vault)) {
        Ok(()) => {}
        Err(opaque::SealError::NoKey) => match &keys.current {
            Err(why) => return Err(no_key(request, keys, Vec::new(), why)),
            Ok(_) => {
                return Err(Failure::sealing(
                    path,
                    CleanError::Opaque(opaque::SealError::NoKey),
                ));
            }
        },
        Err(error) => return Err(Failure::sealing(path, CleanError::Opaque(error))),
    }
    std::fs::write(&request.ours, content)?;
    if choice != Choice::Conflict {
        return Ok(Ending::Merged);
    }
    let path = printable(path);
    ui.warn(&format!(
        "{path}: both sides changed this file, which is sealed as a whole; ours stands in the work tree"
    ));
    ui.hint("choose with `git checkout --ours` or `git checkout --theirs` and the path, then `git add` it");
    Ok(Ending::Conflict)
}
