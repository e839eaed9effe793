//! `git seal mask`: a log, with its secrets masked.

use std::io::{ErrorKind, IsTerminal as _, Read, Write};

use crate::core::config::Config;
use crate::core::mask::Style;
use crate::core::redact::{Redactor, Rules};
use crate::core::scan::known::Purpose;
use crate::failure::{Failure, Outcome};
use crate::git::GitError;
use crate::ui::Ui;
use crate::vault::guard::{Known, known_values, staged_sources};
use crate::vault::{Vault, View};

/// Pass standard input on with the secrets in it masked
///
/// Masks the values that this repository seals, also percent-encoded, in base64 (in lines, too) or in JSON strings, and
/// whatever looks like a secret by its name (PASSWORD=…, "token": "…", Authorization: …) or its form
/// (passwords in URLs, bearer tokens). Values under 6 bytes, small or round numbers and a few dozen words
/// that stand in every log (`production`, `localhost`) pass. Without a repository or a key, by name and form alone, and
/// says so. Never holds back more than what may be the beginning of a secret.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tail -f app.log | git seal mask\n  kubectl logs app | git seal mask --style hidden"
)]
pub struct Args {
    /// How secrets show: `edges` keeps the first and last 4 characters of 24 or more
    #[arg(long, value_name = "STYLE", default_value = "edges", value_parser = style_parser())]
    style: Style,
}

/// Reads the name of a masking style.
#[must_use]
pub fn style_parser() -> impl clap::builder::TypedValueParser<Value = Style> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(["hidden", "edges", "shape"]).map(|text| {
        match text.as_str() {
            "edges" => Style::Edges,
            "shape" => Style::Shape,
            _ => Style::Hidden,
        }
    })
}

/// Masks standard input.
///
/// # Errors
/// When the repository's values cannot be read, or a stream fails.
pub fn run(args: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let (known, config) = gather(ui)?;
    let rules = Rules {
        known: Some(&known.values),
        sensitive: &config.sensitive,
        style: args.style,
    };
    let mut redactor = Redactor::new(&rules);
    let output = std::io::stdout();
    if output.is_terminal() && std::io::stdin().is_terminal() {
        ui.note("masking what you type; end with Ctrl-D");
    }
    pass_on(&mut redactor, std::io::stdin(), output)?;
    finish(redactor, std::io::stdout())?;
    Ok(Outcome::Fine)
}

/// The values known here, and the policies.
fn gather(ui: &Ui) -> Result<(Known, Config), Failure> {
    let mut vault = match Vault::open() {
        Ok(vault) => vault,
        Err(GitError::NotARepository | GitError::NoGit(_)) => {
            ui.warn("no repository here: masking by names and forms alone");
            return Ok((Known::nothing(), Config::default()));
        }
        Err(error) => return Err(error.into()),
    };
    let sources = staged_sources(&vault)?;
    let known = known_values(&mut vault, sources, Purpose::Mask)?;
    if known.left_out > 0 {
        ui.warn(&format!(
            "{} sealed files cannot be opened: their values are masked by names and forms alone",
            known.left_out
        ));
    }
    let config = vault.snapshot(&View::WorkTree)?.config.clone()?;
    Ok((known, config))
}

/// How much is read at once, in bytes.
const PIECE_BYTES: usize = 256 * 1024;
/// After so long without input, what is held back goes out, in milliseconds.
#[cfg(unix)]
const PAUSE_MILLISECONDS: i64 = 20;

/// Masks a stream to its end; a reader that went away ends it too.
///
/// # Errors
/// When a stream fails.
pub fn pass_on<R: Input>(
    redactor: &mut Redactor<'_>,
    mut input: R,
    mut output: impl Write,
) -> std::io::Result<()> {
    let mut piece = zeroize::Zeroizing::new(vec![0; PIECE_BYTES]);
    let mut out = Vec::new();
    loop {
        if input.pauses() {
            redactor.idle(&mut out);
            if !give(&mut output, &mut out)? {
                return Ok(());
            }
        }
        match input.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => redactor.push(&piece[..length], &mut out),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if !give(&mut output, &mut out)? {
            return Ok(());
        }
    }
}

/// Lets out what is held back at the end of a stream.
///
/// # Errors
/// When it cannot be written.
pub fn finish(redactor: Redactor<'_>, mut output: impl Write) -> std::io::Result<()> {
    let mut out = Vec::new();
    redactor.finish(&mut out);
    give(&mut output, &mut out).map(drop)
}

/// Writes and empties `out`; false if nobody reads any more.
fn give(output: &mut impl Write, out: &mut Vec<u8>) -> std::io::Result<bool> {
    if out.is_empty() {
        return Ok(true);
    }
    let written = output.write_all(out).and_then(|()| output.flush());
    out.clear();
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}

/// A stream of which one can ask whether more is to be had at once.
#[cfg(unix)]
pub trait Input: Read + std::os::fd::AsFd + Sized {
    /// Whether nothing comes for a moment.
    fn pauses(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let moment = Timespec {
            tv_sec: 0,
            tv_nsec: PAUSE_MILLISECONDS * 1_000_000,
        };
        let mut stream = [PollFd::new(self, PollFlags::IN)];
        matches!(poll(&mut stream, Some(&moment)), Ok(0))
    }
}

#[cfg(unix)]
impl<R: Read + std::os::fd::AsFd> Input for R {}

/// A stream. Whether more is to be had at once cannot be asked here, so every read counts as one
/// before a pause.
#[cfg(not(unix))]
pub trait Input: Read {
    /// Whether nothing comes for a moment.
    fn pauses(&self) -> bool {
        true
    }
}

#[cfg(not(unix))]
impl<R: Read> Input for R {}
