//! Object ids, and what a repository hashes with.

use std::fmt;
use std::str::FromStr;

use sha2::Digest;

use crate::core::hex;

/// The hash of a repository's objects (gitformat-pack, `extensions.objectFormat`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectFormat {
    /// 20-byte ids.
    #[default]
    Sha1,
    /// 32-byte ids.
    Sha256,
}

impl ObjectFormat {
    /// Length of an object id, and of a checksum of git's own files, in bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The hash of some text that comes in parts.
    #[must_use]
    pub fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Sha1 => digest::<sha1::Sha1>(parts),
            Self::Sha256 => digest::<sha2::Sha256>(parts),
        }
    }

    /// The id that git gives to a blob with this content.
    #[must_use]
    pub fn blob_id(self, content: &[u8]) -> ObjectId {
        let header = format!("blob {}\0", content.len());
        ObjectId(hex::encode(&self.digest(&[header.as_bytes(), content])))
    }
}

fn digest<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// An object id in full: 40 or 64 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(String);

impl ObjectId {
    /// The hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id that git uses for "no object": zeros only.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.0.bytes().all(|byte| byte == b'0')
    }
}

/// The id of the file with this name in a tree as it is stored: records of mode, blank, name, NUL and
/// the id in bytes.
#[must_use]
pub fn blob_in_tree(mut tree: &[u8], name: &[u8], format: ObjectFormat) -> Option<ObjectId> {
    while let Some(end) = memchr::memchr(0, tree) {
        let (head, rest) = (&tree[..end], &tree[end + 1..]);
        let (id, rest) = rest.split_at_checked(format.bytes())?;
        let (mode, own) = head.split_at(memchr::memchr(b' ', head)?);
        if &own[1..] == name {
            // A file or a link, neither directory nor submodule.
            let is_blob = mode.starts_with(b"100") || mode == b"120000";
            return is_blob.then(|| ObjectId(hex::encode(id)));
        }
        tree = rest;
    }
    None
}

impl FromStr for ObjectId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let well_formed = matches!(text.len(), 40 | 64)
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(())
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blob_ids_are_gits_own() {
        // `printf 'hello\n' | git hash-object --stdin`, with either object format.
        assert_eq!(
            ObjectFormat::Sha1.blob_id(b"hello\n").as_str(),
            "ce013625030ba8dba906f756967f9e9ca394464a"
        );
        assert_eq!(
            ObjectFormat::Sha256.blob_id(b"hello\n").as_str(),
            "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"
        );
    }
}
