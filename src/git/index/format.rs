//! The format of git's index file (gitformat-index), versions 2 to 4.

use crate::git::objects::ObjectFormat;

/// One entry, without its path.
#[derive(Clone, Copy)]
pub struct RawEntry<'a> {
    /// Where it starts in the file, in bytes.
    pub at: usize,
    /// Times, device, inode, mode, owner and length, [`STAT_BYTES`].
    stat: &'a [u8],
    /// The object id.
    pub id: &'a [u8],
    flags: u16,
    more_flags: u16,
}

/// Length of an entry's fields up to its object id, in bytes.
pub const STAT_BYTES: usize = 40;
const MODE_AT: usize = 24;
const EXTENDED: u16 = 1 << 14;
const SKIP_WORKTREE: u16 = 1 << 14;
const INTENT_TO_ADD: u16 = 1 << 13;

impl RawEntry<'_> {
    /// Git's mode.
    #[must_use]
    pub fn mode(&self) -> u32 {
        number(&self.stat[MODE_AT..MODE_AT + 4])
    }

    /// 0, or 1 to 3 in a conflict.
    #[must_use]
    pub fn stage(&self) -> u8 {
        (self.flags >> 12 & 3) as u8
    }

    /// Left out of the work tree by a sparse checkout.
    #[must_use]
    pub fn skip_worktree(&self) -> bool {
        self.more_flags & SKIP_WORKTREE != 0
    }

    /// Only meant to be added (`git add --intent-to-add`).
    #[must_use]
    pub fn intent_to_add(&self) -> bool {
        self.more_flags & INTENT_TO_ADD != 0
    }
}

/// Shows each entry with its path, in the file's order. `content` is the file without its checksum.
/// Gives the extensions, which follow the entries; `None` where the file is damaged, or of another
/// version.
pub fn each_entry<'a>(
    content: &'a [u8],
    format: ObjectFormat,
    mut each: impl FnMut(RawEntry<'a>, &[u8]),
) -> Option<Rest<'a>> {
    let mut rest = Rest(content.strip_prefix(b"DIRC")?);
    let version = rest.number()?;
    if !(2..=4).contains(&version) {
        return None;
    }
    let mut path = Vec::new();
    for _ in 0..rest.number()? {
        let at = content.len() - rest.0.len();
        let stat = rest.take(STAT_BYTES)?;
        let id = rest.take(format.bytes())?;
        let flags = rest.short()?;
        let is_extended = flags & EXTENDED != 0;
        let more_flags = if is_extended { rest.short()? } else { 0 };
        if version == 4 {
            // What the path before has beyond the part that both share.
            let kept = path.len().checked_sub(rest.varint()?)?;
            path.truncate(kept);
        } else {
            path.clear();
        }
        path.extend_from_slice(rest.take(memchr::memchr(0, rest.0)?)?);
        // One NUL at least; in older versions as many as make the length a multiple of eight.
        let length = content.len() - rest.0.len() - at;
        rest.take(if version == 4 { 1 } else { 8 - length % 8 })?;
        let entry = RawEntry {
            at,
            stat,
            id,
            flags,
            more_flags,
        };
        each(entry, &path);
    }
    Some(rest)
}

/// One extension.
#[derive(Clone, Copy)]
pub struct Extension<'a> {
    /// Four bytes.
    pub name: &'a [u8],
    /// What it holds.
    pub content: &'a [u8],
}

impl Extension<'_> {
    /// Whether the entries are complete without it: those with a lower-case name must be understood
    /// (split and sparse index).
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.name[0].is_ascii_uppercase()
    }
}

/// What has not been read yet.
pub struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// The extensions, each with its name of four bytes; `None` where they are damaged.
    #[must_use]
    pub fn extensions(&self) -> Option<Vec<Extension<'a>>> {
        let mut rest = Rest(self.0);
        let mut found = Vec::new();
        while !rest.0.is_empty() {
            let name = rest.take(4)?;
            let length = usize::try_from(rest.number()?).ok()?;
            let content = rest.take(length)?;
            found.push(Extension { name, content });
        }
        Some(found)
    }

    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4).map(number)
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(*self.take(2)?.first_chunk()?))
    }

    /// As the offset of a delta in a pack file (gitformat-pack, "`OFS_DELTA`").
    fn varint(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        loop {
            let byte = self.take(1)?[0];
            value = value
                .checked_mul(128)?
                .checked_add(usize::from(byte & 127))?;
            if byte < 128 {
                return Some(value);
            }
            value = value.checked_add(1)?;
        }
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}
