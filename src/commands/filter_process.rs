//! `git-seal filter-process`: git's long-running filter protocol, version 2 (gitattributes, "Long
//! Running Filter Process"). One process for all the files of a git command.

use std::io::{BufWriter, Write};

use zeroize::{Zeroize as _, Zeroizing};

use crate::core::suites::Arriving;
use crate::failure::{Failure, Outcome};
use crate::git::packet::{BUFFER_BYTES, PacketReader, PacketWriter};
use crate::git::pipe::{self, Pipe, Source};
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
    let mut reader = PacketReader::new(Pipe::input()?);
    let mut writer = PacketWriter::new(BufWriter::with_capacity(BUFFER_BYTES, Pipe::output()?));
    shake_hands(&mut reader, &mut writer)?;
    let mut vault = Vault::open()?;
    let mut notices = Notices::new(ui);
    notices.troubles(vault.troubles());
    while let Some(request) = Request::read(&mut reader, &mut vault)? {
        let answer = request.answer(&mut vault, &mut notices);
        notices.troubles(vault.troubles());
        match answer {
            Ok(content) => {
                writer.write_list(&["status=success"])?;
                writer.write_content(&content)?;
                // The status stands: an empty list says so.
                writer.write_list(&[])?;
                writer.send()?;
                wipe(content);
            }
            Err(failure) => {
                ui.failure(&failure);
                writer.write_list(&["status=error"])?;
                writer.send()?;
            }
        }
    }
    vault.save();
    Ok(Outcome::Fine)
}

/// Wipes a content. Left to [`Zeroizing`] that goes byte by byte, and over room that never held
/// anything: much of the time that a large file takes.
fn wipe(mut content: Zeroizing<Vec<u8>>) {
    std::mem::take(&mut *content).as_mut_slice().zeroize();
}

fn not_the_protocol() -> Failure {
    Failure::usage(
        "this command is called by git: standard input does not speak its filter protocol",
    )
}

fn shake_hands(
    reader: &mut PacketReader<impl Source>,
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
    /// Where the content was opened while it arrived.
    arriving: Option<Arriving>,
}

impl Request {
    /// The next request; `None` when git has closed the stream.
    fn read(
        reader: &mut PacketReader<impl Source>,
        vault: &mut Vault,
    ) -> Result<Option<Self>, Failure> {
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
        let path = field(b"pathname").ok_or_else(not_the_protocol)?;
        let origin = Origin {
            treeish: text(b"treeish"),
            blob: text(b"blob").and_then(|id| id.parse().ok()),
        };
        let mut arriving = None;
        let content = reader.read_content(|content| {
            if content.len() <= Vault::LARGE_BYTES {
                return;
            }
            let arriving = arriving.get_or_insert_with(|| {
                pipe::widen();
                smudge.then(|| vault.start_check_out(&path, content, &origin))?
            });
            if let Some(arriving) = arriving {
                arriving.advance(content);
            }
        })?;
        Ok(Some(Self {
            smudge,
            path,
            origin,
            content,
            arriving: arriving.flatten(),
        }))
    }

    fn answer(
        mut self,
        vault: &mut Vault,
        notices: &mut Notices<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if let Some(arriving) = self.arriving
            && arriving.finish(&mut self.content).is_ok()
        {
            return Ok(Zeroizing::new(self.content));
        }
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
