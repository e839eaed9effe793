//! `git seal encrypt`: any file, outside git too.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::using::Place;
use super::whole_file::Ends;
use crate::core::environment::Environment;
use crate::core::exchange::{self, EncryptError, Stamp};
use crate::core::gitattributes::is_dotenv_name;
use crate::core::key::SealKey;
use crate::core::ledger::SealingKeyError;
use crate::failure::{Failure, Outcome, ways_to_give};
use crate::git::paths;
use crate::keys::AtHand;
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::{CleanError, NoSealingKey};

/// Encrypt a file, in a repository or outside of any
///
/// A dotenv file is sealed value by value, so its names stay readable; any other file and standard
/// input as a whole. FILE becomes FILE.encrypted, private, and FILE stays. The key is the repository's
/// current one, else that of `SECRETS_MASTER_KEY` (or `SECRETS_MASTER_KEY_<ENV>`), or --key-file's. Works
/// in memory, with two to six times the file's size, at some 200 MB a second: for secrets, not for backups.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal encrypt .env                    # writes .env.encrypted\n  \
                  git seal encrypt --fernet -o token.txt credentials.json\n  tar c certs | git seal encrypt > certs.sealed"
)]
pub struct Args {
    #[command(flatten)]
    ends: Ends,
    /// One standard Fernet token, for any Fernet library: AES-128 in CBC mode with HMAC-SHA256
    #[arg(long)]
    fernet: bool,
    /// With the key of this environment
    #[arg(long, value_name = "ENV", conflicts_with = "key_file")]
    env: Option<Environment>,
}

/// What an encrypted file's name ends in.
pub const SUFFIX: &str = ".encrypted";

/// Encrypts the file.
///
/// # Errors
/// When there is no key, the file is sealed already, or the output would overwrite something.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let output = args.ends.output(|file| Some(with_suffix(file)))?;
    let key = key(args, ui)?;
    let content = args.ends.read()?;
    let is_dotenv = args.ends.input().is_some_and(is_dotenv);
    let encrypted = if args.fernet {
        exchange::encrypt_fernet(&content, &key, stamp()?)
    } else if is_dotenv {
        exchange::encrypt_dotenv(&content, &key).map_err(|error| refused(args, error))?
    } else {
        exchange::encrypt_opaque(&content, &key)
    };
    args.ends.write(output.as_deref(), &encrypted, ui)?;
    Ok(Outcome::Fine)
}

/// By its name, or by the name of what it links to.
fn is_dotenv(file: &Path) -> bool {
    let target = file.canonicalize().ok();
    let names = [Some(file), target.as_deref()].into_iter().flatten();
    names
        .filter_map(Path::file_name)
        .any(|name| is_dotenv_name(&paths::to_bytes(name)))
}

fn with_suffix(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}

fn stamp() -> Result<Stamp, Failure> {
    let mut iv = [0; 16];
    getrandom::fill(&mut iv).map_err(std::io::Error::other)?;
    let time = u64::try_from(chrono::Utc::now().timestamp()).unwrap_or_default();
    Ok(Stamp { iv, time })
}

fn refused(args: &Args, error: EncryptError) -> Failure {
    let shown = args.ends.shown();
    match error {
        EncryptError::AlreadySealed => Failure::usage(format!("{shown}: it is sealed already")),
        EncryptError::Seal(error) => Failure::sealing(shown.as_bytes(), CleanError::File(error)),
    }
}

fn key(args: &Args, ui: &Ui) -> Result<Arc<SealKey>, Failure> {
    if let Some(given) = args.ends.given_keys(ui)? {
        return Ok(Arc::clone(&given.found[0].key));
    }
    let environment = args.env.clone().unwrap_or_else(Environment::default_name);
    let mut place = Place::open()?;
    if let Some(vault) = place.vault_mut() {
        match vault.sealing_key(&environment)? {
            Ok(key) => return Ok(key),
            // The repository knows no such environment: as outside of any.
            Err(NoSealingKey::Key(SealingKeyError::NoEntry)) => {}
            Err(why) => return Err(Failure::no_sealing_key(&environment, &why)),
        }
    }
    let at_hand = AtHand::from_environment();
    let mut found = at_hand.found.iter();
    if let Some(found) = found.find(|found| found.source.is_for(&environment)) {
        return Ok(Arc::clone(&found.key));
    }
    Notices::new(ui).troubles(&at_hand.troubles);
    Err(Failure::new(
        Outcome::NoKey,
        format!("no key at hand for environment {environment}"),
    )
    .hint(format!(
        "{}; or give a key with --key-file",
        ways_to_give(&environment)
    )))
}
