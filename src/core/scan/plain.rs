//! Bytes of a secret, held while searching: wiped on drop, never shown.

use std::fmt;
use std::ops::Deref;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A plain value, or what is left of one. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Zeroize, ZeroizeOnDrop)]
pub struct Plain(Vec<u8>);

impl Plain {
    /// Takes the bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Plain {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl Deref for Plain {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(..)")
    }
}

/// Many texts made of secrets, one behind the other in one buffer. Wiped on drop, and what it leaves
/// when it grows too; never shown.
#[derive(Default)]
pub struct Plains {
    bytes: Zeroizing<Vec<u8>>,
    /// Where each text ends.
    ends: Vec<usize>,
}

/// A value has fewer forms, but for the lines of a long one: comparing all of those takes quadratic time.
const MOST_COMPARED: usize = 32;
/// What is reserved at first, in bytes: enough for the values of most repositories.
const RESERVED_BYTES: usize = 64 << 10;

impl Plains {
    /// How many texts there are, the one under way not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A text by its number.
    #[must_use]
    pub fn get(&self, number: usize) -> &[u8] {
        &self.bytes[self.start(number)..self.ends[number]]
    }

    /// All texts, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// Writes on in the text under way.
    pub fn extend(&mut self, text: &[u8]) {
        let length = self.bytes.len() + text.len();
        if length > self.bytes.capacity() {
            // A vector that grows by itself leaves its old buffer as it is.
            let roomy = (length * 2).max(RESERVED_BYTES);
            let mut larger = Zeroizing::new(Vec::with_capacity(roomy));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(text);
    }

    /// Ends the text under way, unless it is too short or the same as one of the first 32 from number
    /// `since` on. Says whether it stays.
    pub fn finish_new(&mut self, since: usize, shortest: usize) -> bool {
        let start = self.start(self.len());
        let text = &self.bytes[start..];
        let mut compared = (since..self.len()).take(MOST_COMPARED);
        let stays = text.len() >= shortest && !compared.any(|known| self.get(known) == text);
        if stays {
            self.ends.push(self.bytes.len());
        } else {
            // What stands behind the end is written over by the next text, or wiped with the rest.
            self.bytes.truncate(start);
        }
        stays
    }

    fn start(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_apart_while_the_buffer_grows() {
        let mut plains = Plains::default();
        for number in 0..3000_u32 {
            plains.extend(b"secret-number-");
            plains.extend(format!("{number:020}").as_bytes());
            assert!(plains.finish_new(plains.len().saturating_sub(2), 6));
        }
        assert_eq!(plains.len(), 3000);
        assert!(
            plains
                .iter()
                .enumerate()
                .all(|(number, text)| { text == format!("secret-number-{number:020}").as_bytes() })
        );
    }

    #[test]
    fn what_is_short_or_there_already_leaves_nothing() {
        let mut plains = Plains::default();
        for (text, since, stays) in [
            ("long enough", 0, true),
            ("short", 0, false),
            ("long enough", 0, false),
            ("long enough", 1, true),
        ] {
            plains.extend(text.as_bytes());
            assert_eq!(plains.finish_new(since, 6), stays, "{text}");
        }
        assert_eq!(plains.iter().collect::<Vec<_>>(), [b"long enough"; 2]);
    }
}
