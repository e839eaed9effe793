//! Object ids, and what a repository hashes with.

use std::fmt;
use std::str::FromStr;

use sha1::Digest as _;

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
    /// The id that git gives to a blob with this content.
    #[must_use]
    pub fn blob_id(self, content: &[u8]) -> ObjectId {
        let header = format!("blob {}\0", content.len());
        let hex = match self {
            Self::Sha1 => {
                let hash = sha1::Sha1::new_with_prefix(header)
                    .chain_update(content)
                    .finalize();
                crate::core::hex::encode(&hash)
            }
            Self::Sha256 => {
                let hash = sha2::Sha256::new_with_prefix(header)
                    .chain_update(content)
                    .finalize();
                crate::core::hex::encode(&hash)
            }
        };
        ObjectId(hex)
    }
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
