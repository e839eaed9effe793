//! `git seal decrypt`: what `encrypt` and any Fernet library wrote.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::encrypt::SUFFIX;
use super::using::Place;
use super::whole_file::Ends;
use crate::core::exchange::{self, DecryptError, Freshness};
use crate::core::file;
use crate::core::key::{KeyId, Keyring};
use crate::core::policy::Policy;
use crate::core::printable::printable;
use crate::core::suites;
use crate::core::token::Sighting;
use crate::failure::{Failure, Outcome};
use crate::git::paths;
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::View;

/// Decrypt a file, in a repository or outside of any
///
/// Recognises sealed dotenv files, sealed whole files and Fernet tokens, and tries all keys at hand, as
/// `MultiFernet` does. FILE.encrypted becomes FILE, private. Exits 3 if its key is not at hand, 4 if it
/// was changed or cut; then nothing is written. A Fernet token names no key: one that is whole and that
/// no key opens may be another key's or may have been changed, and exits 3.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal decrypt .env.encrypted          # writes .env\n  \
                  git seal decrypt --key-file old-and-new.keys -o - token.txt\n  git seal decrypt < certs.sealed | tar x"
)]
pub struct Args {
    #[command(flatten)]
    ends: Ends,
    /// Refuse a Fernet token older than this
    #[arg(long, value_name = "SECONDS")]
    ttl: Option<u64>,
    /// Take values that stand in plain text in a sealed dotenv file
    #[arg(long)]
    allow_plain: bool,
}

/// Decrypts the file.
///
/// # Errors
/// When it does not open; nothing is written then.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let output = args.ends.output(without_suffix)?;
    let content = args.ends.read()?;
    let freshness = args.ttl.map(|ttl| Freshness {
        ttl,
        now: u64::try_from(chrono::Utc::now().timestamp()).unwrap_or_default(),
    });
    let mut place = Place::open()?;
    let ids = key_ids(&content);
    let keyring = keyring(args, &mut place, &ids, ui)?;
    let policy = policy(&mut place, &ids)?;
    let decrypted = exchange::decrypt(&content, &keyring, &policy, freshness).map_err(|error| {
        if matches!(
            error,
            DecryptError::NoKey(_) | DecryptError::NoKeyOrNotAuthentic
        ) {
            Notices::new(ui).troubles(place.troubles());
        }
        refused(args, &error)
    })?;
    if let Some(place) = decrypted.plain.first().filter(|_| !args.allow_plain) {
        return Err(Failure::new(
            Outcome::NotAuthentic,
            format!(
                "{}: plain text in a sealed file, by someone without the key{}",
                args.ends.shown(),
                at(place)
            ),
        )
        .hint("look at it; --allow-plain takes it as it is"));
    }
    args.ends.write(output.as_deref(), &decrypted.content, ui)?;
    Ok(Outcome::Fine)
}

fn without_suffix(file: &Path) -> Option<PathBuf> {
    let name = paths::to_bytes(file.as_os_str());
    let stem = name.strip_suffix(SUFFIX.as_bytes())?;
    let stem = PathBuf::from(paths::os_string(stem.to_vec()));
    stem.file_name().is_some().then_some(stem)
}

/// All keys that may open the content.
fn keyring(
    args: &Args,
    place: &mut Place,
    ids: &BTreeSet<KeyId>,
    ui: &Ui,
) -> Result<Keyring, Failure> {
    if let Some(given) = args.ends.given_keys(ui)? {
        return Ok(given.keyring());
    }
    if let Some(vault) = place.vault_mut() {
        vault.find_keys(ids, None, &View::WorkTree)?;
        vault.find_all_keys(&View::WorkTree)?;
    }
    Ok(place.keyring().clone())
}

/// What may stand in plain text, as the repository says for the environment of these keys.
fn policy(place: &mut Place, ids: &BTreeSet<KeyId>) -> Result<Policy, Failure> {
    let Some(vault) = place.vault_mut() else {
        return Ok(Policy::default());
    };
    let snapshot = vault.snapshot(&View::WorkTree)?;
    let (Some(ledger), Ok(config)) = (snapshot.lenient_ledger(), &snapshot.config) else {
        return Ok(Policy::default());
    };
    let owner = ids.iter().find_map(|id| ledger.environment_of(*id));
    Ok(owner.map_or_else(Policy::default, |owner| config.policy(owner)))
}

/// The keys that the content names.
fn key_ids(content: &[u8]) -> BTreeSet<KeyId> {
    match suites::sight_file(content) {
        Sighting::Token(token) => token.key_id.into_iter().collect(),
        _ => file::key_ids(content),
    }
}

fn refused(args: &Args, error: &DecryptError) -> Failure {
    let kind = match error {
        DecryptError::NotSealed | DecryptError::NoTime => Outcome::Usage,
        DecryptError::NoKey(_) | DecryptError::NoKeyOrNotAuthentic => Outcome::NoKey,
        DecryptError::NotAuthentic(_) => Outcome::NotAuthentic,
        DecryptError::Expired | DecryptError::FromTheFuture => Outcome::No,
    };
    let places = match error {
        DecryptError::NoKey(places) | DecryptError::NotAuthentic(places) => places.as_slice(),
        _ => &[],
    };
    let place = places.first().map(at).unwrap_or_default();
    let failure = Failure::new(kind, format!("{}: {error}{place}", args.ends.shown()));
    match error {
        DecryptError::NoKey(_) | DecryptError::NoKeyOrNotAuthentic => {
            failure.hint("give its key with --key-file or in SECRETS_MASTER_KEY")
        }
        DecryptError::NotSealed => failure.hint("`git seal encrypt FILE` encrypts one"),
        DecryptError::NoTime => failure.hint("leave --ttl out: only Fernet tokens carry a time"),
        _ => failure,
    }
}

fn at(place: &file::Place) -> String {
    let name = place.name.as_deref().unwrap_or("no variable");
    format!(" (line {}, {})", place.line, printable(name.as_bytes()))
}
