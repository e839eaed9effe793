//! Where a text holds one of some hundred short keywords, in any case.
//!
//! One look at a 32 KB table for every byte, by a hash of three bytes: for words this short nothing
//! can be skipped, and an automaton's next state would wait for its last.

use super::random::mean_surprise;

const GRAM: usize = 3;
const SLOTS: usize = 1 << 15;

/// The keywords, by number.
pub struct Keywords {
    words: Vec<u8>,
    /// Where each keyword ends among all of them.
    ends: Vec<usize>,
    /// Whether some keyword's gram falls into a slot.
    filter: Box<[bool]>,
    /// Slot, keyword, and where in it the gram begins; by slot.
    grams: Vec<(usize, usize, usize)>,
}

impl Keywords {
    /// Takes the keywords, each of at least three bytes.
    #[must_use]
    pub fn new<'a>(keywords: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut words, mut ends, mut grams) = (Vec::new(), Vec::new(), Vec::new());
        for (number, word) in keywords.into_iter().map(str::as_bytes).enumerate() {
            let at = rarest_gram(word);
            grams.push((slot(first_gram(&word[at..])), number, at));
            words.extend_from_slice(word);
            ends.push(words.len());
        }
        let mut filter = vec![false; SLOTS].into_boxed_slice();
        grams.sort_unstable();
        for (slot, ..) in &grams {
            filter[*slot] = true;
        }
        Self {
            words,
            ends,
            filter,
            grams,
        }
    }

    /// Calls `found(keyword, start)` wherever a keyword stands, in order of their rarest three bytes.
    pub fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut look = |at: usize, gram: u32| {
            let slot = slot(gram);
            if self.filter[slot] {
                self.each_at(text, at, slot, &mut found);
            }
        };
        // Four bytes are one load, three are two.
        for (at, four) in text.windows(GRAM + 1).enumerate() {
            look(at, u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        }
        if let Some(last) = text.last_chunk::<GRAM>() {
            look(text.len() - GRAM, first_gram(last));
        }
    }

    fn word(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[start..self.ends[number]]
    }

    fn each_at(&self, text: &[u8], at: usize, slot: usize, found: &mut impl FnMut(usize, usize)) {
        let first = self.grams.partition_point(|(held, ..)| *held < slot);
        for (_, number, offset) in self.grams[first..].iter().take_while(|g| g.0 == slot) {
            let word = self.word(*number);
            let Some(start) = at.checked_sub(*offset) else {
                continue;
            };
            let there = text.get(start..start + word.len());
            if there.is_some_and(|there| there.eq_ignore_ascii_case(word)) {
                found(*number, start);
            }
        }
    }
}

fn rarest_gram(word: &[u8]) -> usize {
    (0..=word.len() - GRAM)
        .max_by(|a, b| {
            let bits = |at: usize| mean_surprise(&word[at..at + GRAM]);
            bits(*a).total_cmp(&bits(*b))
        })
        .expect("a keyword has three bytes at least")
}

fn first_gram(text: &[u8]) -> u32 {
    u32::from_le_bytes([text[0], text[1], text[2], 0])
}

/// Only the three lower bytes count.
fn slot(gram: u32) -> usize {
    let folded = (gram & 0xFF_FFFF) | 0x20_2020;
    (folded.wrapping_mul(0x9E37_79B1) >> 17) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_found_in_any_case_and_overlapping() {
        let keywords = Keywords::new(["key", "api_key", "sk-"]);
        let mut found = Vec::new();
        keywords.each(b"API_KEY sk-Key sK", |word, at| found.push((at, word)));
        found.sort_unstable();
        assert_eq!(found, [(0, 1), (4, 0), (8, 2), (11, 0)]);
    }
}
