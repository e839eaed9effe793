//! Where one of a few short words stands in a text, in any case.
//!
//! At every second byte a group of three bytes is looked up in a table; only where some word could
//! stand are words compared. An Aho-Corasick automaton that ignores case reads every byte, and is
//! slower than the search for known values.

/// The words, and the groups of three bytes that give them away.
pub(super) struct Words {
    texts: Vec<Vec<u8>>,
    /// Whether some word has a group.
    groups: Box<[bool]>,
    /// For each group in order: words that have it, each with where it starts, seen from the byte
    /// in front of the group; the earliest first.
    places: Vec<(usize, usize, usize)>,
}

const GROUPS: usize = 1 << 15;
/// How many groups are looked up together.
const TOGETHER: usize = 3;

/// A word that was found.
pub(super) struct Place {
    /// Its number.
    pub(super) word: usize,
    /// Its first byte.
    pub(super) start: usize,
    /// The byte behind it.
    pub(super) end: usize,
}

impl Words {
    /// Takes the words; empty ones are never found.
    pub(super) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let words: Vec<Vec<u8>> = words.map(|word| word.as_bytes().to_vec()).collect();
        let mut places = Vec::new();
        for (number, word) in words
            .iter()
            .enumerate()
            .filter(|(_, word)| !word.is_empty())
        {
            // From its first or from its second byte on a word is a group at an even place; a
            // short one may begin with the group's second byte instead.
            let starts = if word.len() < 3 { [1, 2] } else { [0, 1] };
            for start in starts {
                let byte = |at: usize| (at + 1).checked_sub(start).and_then(|at| word.get(at));
                let groups = groups_of([byte(0), byte(1), byte(2)]);
                places.extend(groups.into_iter().map(|group| (group, start, number)));
            }
        }
        places.sort_unstable();
        let mut groups = vec![false; GROUPS].into_boxed_slice();
        for (group, ..) in &places {
            groups[*group] = true;
        }
        Self {
            texts: words,
            groups,
            places,
        }
    }

    /// Calls `found` for every word, by its start.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(Place)) {
        for at in (0..text.len()).step_by(2 * TOGETHER) {
            let lanes = groups_in(eight_bytes(text, at));
            let group = |lane: usize| usize::from(lanes[lane]) % GROUPS;
            if (0..TOGETHER).any(|lane| self.groups[group(lane)]) {
                for lane in (0..TOGETHER).filter(|lane| self.groups[group(*lane)]) {
                    self.each_at(text, at + 2 * lane, group(lane), &mut found);
                }
            }
        }
    }

    fn each_at(&self, text: &[u8], at: usize, group: usize, found: &mut impl FnMut(Place)) {
        let first = self.places.partition_point(|(of, ..)| *of < group);
        let here = self.places[first..].iter();
        for (_, start, word) in here.take_while(|(of, ..)| *of == group) {
            let Some(start) = (at + start).checked_sub(1) else {
                continue;
            };
            let end = start + self.texts[*word].len();
            let here = text.get(start..end);
            if here.is_some_and(|here| here.eq_ignore_ascii_case(&self.texts[*word])) {
                let word = *word;
                found(Place { word, start, end });
            }
        }
    }
}

/// The next eight bytes; zeros behind the end of the text.
fn eight_bytes(text: &[u8], at: usize) -> u64 {
    if let Some(bytes) = text[at..].first_chunk() {
        return u64::from_le_bytes(*bytes);
    }
    let mut bytes = [0; 8];
    bytes[..text.len() - at].copy_from_slice(&text[at..]);
    u64::from_le_bytes(bytes)
}

/// The groups that begin at the bytes 0, 2 and 4: of each of its three bytes the lower five bits,
/// which are the same for both cases of a letter. All are made at once, each in a lane of 16 bits.
fn groups_in(bytes: u64) -> [u16; TOGETHER] {
    let even = bytes & 0x001f_001f_001f_001f;
    let odd = bytes & 0x1f00_1f00_1f00_1f00;
    let lanes = (even | odd >> 3 | even >> 6).to_le_bytes();
    [0, 2, 4].map(|at| u16::from_le_bytes([lanes[at], lanes[at + 1]]))
}

/// All groups with these bytes, where `None` stands for any.
fn groups_of(bytes: [Option<&u8>; 3]) -> Vec<usize> {
    let mut groups = vec![0];
    for (byte, shift) in bytes.into_iter().zip([0, 5, 10]) {
        let choices = byte.map_or(0..32, |byte| {
            usize::from(byte & 31)..usize::from(byte & 31) + 1
        });
        let more = |group: usize| choices.clone().map(move |byte| group | byte << shift);
        groups = groups.into_iter().flat_map(more).collect();
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_naive_search_finds(
            words in prop::collection::vec("[abAB:]{0,5}", 0..6), text in "[abAB:]{0,40}",
        ) {
            let mut found = Vec::new();
            let places = Words::new(words.iter().map(String::as_str));
            places.each(text.as_bytes(), |place| found.push((place.start, place.end, place.word)));
            prop_assert!(found.is_sorted_by_key(|(start, ..)| *start));
            let mut naive = Vec::new();
            for (number, word) in words.iter().enumerate().filter(|(_, word)| !word.is_empty()) {
                for start in 0..text.len() {
                    let here = text.as_bytes().get(start..start + word.len());
                    if here.is_some_and(|here| here.eq_ignore_ascii_case(word.as_bytes())) {
                        naive.push((start, start + word.len(), number));
                    }
                }
            }
            found.sort_unstable();
            naive.sort_unstable();
            prop_assert_eq!(found, naive);
        }
    }
}
