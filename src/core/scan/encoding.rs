//! UTF-16 with a byte order mark, read as UTF-8. Everything else is taken as it is.

/// How a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or any other extension of ASCII, or binary.
    Bytes,
    /// UTF-16, little-endian, with its mark.
    Utf16Le,
    /// UTF-16, big-endian, with its mark.
    Utf16Be,
}

impl Encoding {
    /// The encoding of a text that begins so; two bytes suffice.
    #[must_use]
    pub fn of(start: &[u8]) -> Self {
        match start {
            // FF FE 00 00 is UTF-32, which git and editors do not write.
            [0xFF, 0xFE, ..] => Self::Utf16Le,
            [0xFE, 0xFF, ..] => Self::Utf16Be,
            _ => Self::Bytes,
        }
    }

    /// Length in the original of this piece of the decoded text.
    #[must_use]
    pub fn original_length(self, decoded: &[u8]) -> usize {
        if self == Self::Bytes {
            return decoded.len();
        }
        let units: usize = decoded
            .iter()
            .map(|byte| match byte {
                0x80..=0xBF => 0,
                0xF0..=0xFF => 2,
                _ => 1,
            })
            .sum();
        2 * units
    }
}

/// Turns pieces of a text into UTF-8, keeping what a cut left over.
pub struct Decoder {
    encoding: Encoding,
    pending: Vec<u8>,
}

impl Decoder {
    /// For a text in this encoding.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            pending: Vec::new(),
        }
    }

    /// Decodes the next piece onto `out`. Unpaired surrogates become U+FFFD.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        if self.encoding == Encoding::Bytes {
            out.extend_from_slice(piece);
            return;
        }
        let mut bytes = std::mem::take(&mut self.pending);
        bytes.extend_from_slice(piece);
        let mut whole = bytes.len() & !1;
        let unit = |at: usize| match self.encoding {
            Encoding::Utf16Be => u16::from_be_bytes([bytes[at], bytes[at + 1]]),
            _ => u16::from_le_bytes([bytes[at], bytes[at + 1]]),
        };
        if whole >= 2 && (0xD800..0xDC00).contains(&unit(whole - 2)) {
            whole -= 2;
        }
        for character in char::decode_utf16((0..whole).step_by(2).map(unit)) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.pending = bytes.split_off(whole);
    }

    /// The text is at its end: half a character that is left over becomes U+FFFD.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if !std::mem::take(&mut self.pending).is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    proptest! {
        #[test]
        fn utf16_cut_anywhere_becomes_the_same_utf8(text: String, big: bool, size in 1_usize..9) {
            let bytes = utf16(&text, big);
            let mut decoder = Decoder::new(Encoding::of(&bytes));
            let mut decoded = Vec::new();
            for piece in bytes.chunks(size) {
                decoder.decode(piece, &mut decoded);
            }
            let expected = format!("\u{feff}{text}");
            prop_assert_eq!(&decoded, expected.as_bytes());
            prop_assert_eq!(Encoding::of(&bytes).original_length(&decoded), bytes.len());
        }
    }
}
