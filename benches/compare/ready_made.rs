//! A `process` filter that does nothing but hand out what it was given at its start: no filter that stores the
//! same bytes can be faster, so what git takes with it is git's own work.
//!
//! Its argument is a file of `PATH PLAIN-BYTES SEALED-BYTES`, a line end, the plain text and the sealed text, for
//! each file. `compare.py` builds it with `rustc -O`. The protocol: gitattributes(5), "Long Running Filter Process".

use std::collections::HashMap;
use std::io::{self, Read, Write};

/// The most that one packet may carry, in bytes.
const PACKET: usize = 65516;

fn main() -> io::Result<()> {
    let table = std::fs::read(std::env::args().nth(1).expect("a table"))?;
    let files = files(&table);
    let mut input = Packets { arrived: Vec::with_capacity(1 << 20), read: 0 };
    let mut output = Vec::new();
    input.list()?;
    answer(&mut output, &["git-filter-server\n", "version=2\n"]);
    send(&mut output)?;
    input.list()?;
    answer(&mut output, &["capability=clean\n", "capability=smudge\n"]);
    send(&mut output)?;
    while let Some(request) = input.list()? {
        input.list()?;
        let path = request.iter().find_map(|line| line.strip_prefix(b"pathname=")?.strip_suffix(b"\n"));
        let (plain, sealed) = files[path.expect("git names the file")];
        let wanted = if request.contains(&b"command=clean\n".to_vec()) { sealed } else { plain };
        answer(&mut output, &["status=success\n"]);
        wanted.chunks(PACKET).for_each(|chunk| packet(&mut output, chunk));
        answer(&mut output, &[]);
        answer(&mut output, &[]);
        send(&mut output)?;
    }
    Ok(())
}

/// The plain and the sealed text of each path.
fn files(mut table: &[u8]) -> HashMap<&[u8], (&[u8], &[u8])> {
    let mut files = HashMap::new();
    while let Some(end) = table.iter().position(|byte| *byte == b'\n') {
        let line: Vec<_> = table[..end].split(|byte| *byte == b' ').collect();
        let size = |at: usize| std::str::from_utf8(line[at]).ok()?.parse().ok();
        let (plain, rest) = table[end + 1..].split_at(size(1).expect("a size"));
        let (sealed, rest) = rest.split_at(size(2).expect("a size"));
        files.insert(line[0], (plain, sealed));
        table = rest;
    }
    files
}

fn answer(output: &mut Vec<u8>, lines: &[&str]) {
    lines.iter().for_each(|line| packet(output, line.as_bytes()));
    output.extend(b"0000");
}

fn packet(output: &mut Vec<u8>, payload: &[u8]) {
    write!(output, "{:04x}", payload.len() + 4).expect("memory takes everything");
    output.extend(payload);
}

fn send(output: &mut Vec<u8>) -> io::Result<()> {
    io::stdout().write_all(output)?;
    io::stdout().flush()?;
    output.clear();
    Ok(())
}

struct Packets {
    arrived: Vec<u8>,
    read: usize,
}

impl Packets {
    /// The payloads up to the next flush packet; `None` at the end of input.
    fn list(&mut self) -> io::Result<Option<Vec<Vec<u8>>>> {
        let mut payloads = Vec::new();
        loop {
            if !self.wait_for(4)? {
                return Ok(None);
            }
            let header = std::str::from_utf8(&self.arrived[self.read..self.read + 4]).expect("a length");
            let size = usize::from_str_radix(header, 16).expect("a length").max(4);
            self.wait_for(size)?;
            let payload = self.arrived[self.read + 4..self.read + size].to_vec();
            self.read += size;
            if size == 4 {
                return Ok(Some(payloads));
            }
            payloads.push(payload);
        }
    }

    /// Whether so many bytes are there.
    fn wait_for(&mut self, bytes: usize) -> io::Result<bool> {
        if self.read == self.arrived.len() {
            self.arrived.clear();
            self.read = 0;
        }
        let mut more = [0; 1 << 16];
        while self.arrived.len() - self.read < bytes {
            match io::stdin().lock().read(&mut more)? {
                0 => return Ok(false),
                count => self.arrived.extend(&more[..count]),
            }
        }
        Ok(true)
    }
}
