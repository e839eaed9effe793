//! pkt-line framing (gitprotocol-common) as the long-running filter protocol uses it.

use std::io::{self, BufReader, Read as _, Write};

use super::pipe::Source;

/// The largest payload of one packet in bytes (`LARGE_PACKET_DATA_MAX`).
pub const MAX_PAYLOAD: usize = 65516;

/// The flush packet, which ends a list or a content.
const FLUSH: &[u8] = b"0000";

/// One packet.
#[derive(Debug, PartialEq, Eq)]
pub enum Packet {
    /// A packet with this many bytes of payload, appended to the buffer.
    Payload(usize),
    /// The flush packet `0000`.
    Flush,
}

/// Reads packets.
pub struct PacketReader<R>(BufReader<R>);

/// Room for the largest packet and what goes around it.
pub const BUFFER_BYTES: usize = 1 << 17;

/// Whether the next packet is certain to come soon.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coming {
    /// The other side is in the middle of what it has to say.
    Soon,
    /// It may never come.
    Perhaps,
}

impl<R: Source> PacketReader<R> {
    /// Wraps a stream.
    pub fn new(inner: R) -> Self {
        Self(BufReader::with_capacity(BUFFER_BYTES, inner))
    }

    /// Reads one packet, appending its payload to `buffer`; `None` at the end of the stream.
    ///
    /// # Errors
    /// When the stream fails, ends inside a packet, or holds no packet.
    pub fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<Option<Packet>> {
        self.read_coming(Coming::Perhaps, buffer)
    }

    fn read_coming(
        &mut self,
        mut coming: Coming,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Option<Packet>> {
        let mut length = [0; 4];
        let mut got = 0;
        while got < 4 {
            match self.read_some(coming, &mut length[got..])? {
                0 if got == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => got += n,
            }
            coming = Coming::Soon;
        }
        let length = std::str::from_utf8(&length)
            .ok()
            .and_then(|text| usize::from_str_radix(text, 16).ok())
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a pkt-line length"))?;
        match length {
            0 => Ok(Some(Packet::Flush)),
            4.. => {
                let start = buffer.len();
                buffer.resize(start + length - 4, 0);
                let mut end = start;
                while end < buffer.len() {
                    match self.read_some(Coming::Soon, &mut buffer[end..])? {
                        0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                        n => end += n,
                    }
                }
                Ok(Some(Packet::Payload(length - 4)))
            }
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a pkt-line of reserved length",
            )),
        }
    }

    fn read_some(&mut self, coming: Coming, into: &mut [u8]) -> io::Result<usize> {
        if coming == Coming::Soon && self.0.buffer().is_empty() {
            self.0.get_ref().linger();
        }
        loop {
            match self.0.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }

    /// Reads text packets up to the next flush, without their line feeds; `None` at the end of the
    /// stream.
    ///
    /// # Errors
    /// When the stream fails or ends inside the list.
    pub fn read_list(&mut self) -> io::Result<Option<Vec<Vec<u8>>>> {
        let mut list = Vec::new();
        let mut coming = Coming::Perhaps;
        loop {
            let mut text = Vec::new();
            match self.read_coming(coming, &mut text)? {
                None if list.is_empty() => return Ok(None),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(Packet::Flush) => return Ok(Some(list)),
                Some(Packet::Payload(_)) => {
                    if text.last() == Some(&b'\n') {
                        text.pop();
                    }
                    list.push(text);
                }
            }
            coming = Coming::Soon;
        }
    }

    /// Reads packets up to the next flush as one content; `each` is shown what has arrived after
    /// every packet, and may change it.
    ///
    /// # Errors
    /// When the stream fails or ends before the flush.
    pub fn read_content(&mut self, mut each: impl FnMut(&mut Vec<u8>)) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            match self.read_coming(Coming::Soon, &mut content)? {
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(Packet::Flush) => return Ok(content),
                Some(Packet::Payload(_)) => each(&mut content),
            }
        }
    }
}

/// Writes packets.
pub struct PacketWriter<W>(W);

impl<W: Write> PacketWriter<W> {
    /// Wraps a stream.
    pub fn new(inner: W) -> Self {
        Self(inner)
    }

    fn packet(&mut self, payload: &[u8]) -> io::Result<()> {
        write!(self.0, "{:04x}", payload.len() + 4)?;
        self.0.write_all(payload)
    }

    /// Writes text packets, each ended by a line feed, and a flush packet.
    ///
    /// # Errors
    /// When the stream fails.
    pub fn write_list(&mut self, list: &[&str]) -> io::Result<()> {
        for text in list {
            self.packet(format!("{text}\n").as_bytes())?;
        }
        self.0.write_all(FLUSH)
    }

    /// Writes a content in as many packets as it takes, and a flush packet.
    ///
    /// # Errors
    /// When the stream fails.
    pub fn write_content(&mut self, content: &[u8]) -> io::Result<()> {
        content
            .chunks(MAX_PAYLOAD)
            .try_for_each(|chunk| self.packet(chunk))?;
        self.0.write_all(FLUSH)
    }

    /// Hands on what was written: once for each answer, for the other side wakes up every time.
    ///
    /// # Errors
    /// When the stream fails.
    pub fn send(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_packet_is_refused() {
        for bad in [&b"00"[..], b"zzzz", b"0003", b"0009abc"] {
            assert!(
                PacketReader::new(bad).read(&mut Vec::new()).is_err(),
                "{bad:?}"
            );
        }
        assert!(PacketReader::new(&b"0006ab"[..]).read_list().is_err());
    }

    proptest! {
        #[test]
        fn contents_come_back(content in prop::collection::vec(any::<u8>(), 0..200_000)) {
            let mut wire = Vec::new();
            let mut writer = PacketWriter::new(&mut wire);
            writer.write_list(&["status=success"]).expect("writes");
            writer.write_content(&content).expect("writes");
            let mut reader = PacketReader::new(wire.as_slice());
            prop_assert_eq!(reader.read_list().expect("reads"), Some(vec![b"status=success".to_vec()]));
            prop_assert_eq!(reader.read_content(|_| {}).expect("reads"), content);
            prop_assert_eq!(reader.read(&mut Vec::new()).expect("reads"), None);
        }
    }
}
