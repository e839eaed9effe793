//! `git-seal filter-process`: git's long-running filter protocol, version 2 (gitattributes, "Long
//! Running Filter Process"). One process for all the files of a git command.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome};
use crate::git::packet::{PacketReader, PacketWriter};
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::{Origin, Vault};

/// Serve git's long-running filter protocol on standard input and output (called by git)
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Serves until git closes the stream.
///
/// # Errors
/// When the stream breaks or does not speak the protocol.
pub fn run(_: &Args, ui: &Ui) -> Result<Outcome, Failure> {
    let mut reader = PacketReader::new(BufReader::with_capacity(BUFFER_BYTES, bare(io::stdin())?));
    let mut writer = PacketWriter::new(BufWriter::with_capacity(BUFFER_BYTES, bare(io::stdout())?));
    shake_hands(&mut reader, &mut writer)?;
    let mut vault = Vault::open()?;
    let mut notices = Notices::new(ui);
    notices.troubles(vault.troubles());
    while let Some(request) = Request::read(&mut reader)? {
        let answer = request.answer(&mut vault, &mut notices);
        notices.troubles(vault.troubles());
        match answer {
            Ok(content) => {
                writer.write_list(&["status=success"])?;
                writer.write_content(&content)?;
                // The status stands: an empty list says so.
                writer.write_list(&[])?;
            }
            Err(failure) => {
                ui.failure(&failure);
                writer.write_list(&["status=error"])?;
            }
        }
        writer.send()?;
    }
    vault.save();
    Ok(Outcome::Fine)
}

/// Room for the largest packet and what goes around it.
const BUFFER_BYTES: usize = 1 << 17;

/// A standard stream without the buffer that Rust puts before it, which writes at every line end.
#[cfg(unix)]
fn bare(stream: impl std::os::fd::AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

/// A standard stream without the buffer that Rust puts before it, which writes at every line end.
#[cfg(windows)]
fn bare(stream: impl std::os::windows::io::AsHandle) -> io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}

fn not_the_protocol() -> Failure {
    Failure::usage(
        "this command is called by git: standard input does not speak its filter protocol",
    )
}

fn shake_hands(
    reader: &mut PacketReader<impl Read>,
    writer: &mut PacketWriter<impl Write>,
) -> Result<(), Failure> {
    let welcome = reader
        .read_list()
        .ok()
        .flatten()
        .ok_or_else(not_the_protocol)?;
    let speaks_version_2 = welcome.iter().any(|line| line == b"version=2");
    if welcome
        .first()
        .is_none_or(|line| line != b"git-filter-client")
        || !speaks_version_2
    {
        return Err(not_the_protocol());
    }
    writer.write_list(&["git-filter-server", "version=2"])?;
    writer.send()?;
    reader.read_list()?.ok_or_else(not_the_protocol)?;
    writer.write_list(&["capability=clean", "capability=smudge"])?;
    writer.send()?;
    Ok(())
}

struct Request {
    smudge: bool,
    path: Vec<u8>,
    origin: Origin,
    content: Vec<u8>,
}

impl Request {
    /// The next request; `None` when git has closed the stream.
    fn read(reader: &mut PacketReader<impl Read>) -> Result<Option<Self>, Failure> {
        let Some(list) = reader.read_list()? else {
            return Ok(None);
        };
        let field = |name: &[u8]| {
            list.iter()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(b"="))
                .map(<[u8]>::to_vec)
        };
        let text = |name: &[u8]| field(name).and_then(|value| String::from_utf8(value).ok());
        let smudge = match field(b"command").as_deref() {
            Some(b"smudge") => true,
            Some(b"clean") => false,
            _ => return Err(not_the_protocol()),
        };
        Ok(Some(Self {
            smudge,
            path: field(b"pathname").ok_or_else(not_the_protocol)?,
            origin: Origin {
                treeish: text(b"treeish"),
                blob: text(b"blob").and_then(|id| id.parse().ok()),
            },
            content: reader.read_content()?,
        }))
    }

    fn answer(
        self,
        vault: &mut Vault,
        notices: &mut Notices<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if self.smudge {
            let smudged = vault.check_out(&self.path, self.content, &self.origin);
            notices.about(&self.path, &smudged.notices);
            return Ok(smudged.content);
        }
        vault
            .clean(&self.path, self.content)
            .map(Zeroizing::new)
            .map_err(|error| Failure::adding(&vault.repository().here(), &self.path, error))
    }
}
