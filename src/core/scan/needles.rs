//! Many needles sought at once: a skip table over three-byte blocks, after Wu and Manber, "A fast
//! algorithm for multi-pattern searching" (1994).
//!
//! An Aho-Corasick automaton over the forms of 200 values has tens of thousands of states: it costs
//! more to build than a commit hook may take, and leaves the cache when it runs. This table is built
//! in one pass and skips most of the haystack.

use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::plain::Plains;

/// No needle may be shorter.
pub const SHORTEST_NEEDLE: usize = 6;
const LONGEST_WINDOW: usize = 8;
const BLOCK: usize = 3;
const TABLE: usize = 1 << 16;
/// Into how many parts a haystack is cut.
const PARTS: usize = 4;

/// The needles, by number, and the tables that find them.
pub struct Needles {
    texts: Plains,
    longest: usize,
    /// The needles in the order of their texts, once that was asked for.
    in_order: OnceLock<Vec<usize>>,
    /// Every needle is found by one window of this many of its bytes.
    window: usize,
    /// How far the window may move on when it ends with a block: 0 where some window ends so.
    shifts: Box<[u8]>,
    /// Whether some window falls into a bucket.
    buckets: Box<[bool]>,
    /// Windows in order, for binary search.
    windows: Zeroizing<Vec<u64>>,
    /// For each window: its needle, and where in that needle it begins.
    anchors: Vec<(usize, usize)>,
}

impl Needles {
    /// Takes the needles, each of at least [`SHORTEST_NEEDLE`] bytes.
    #[must_use]
    pub fn new(texts: Plains) -> Self {
        let shortest = texts.iter().map(<[u8]>::len).min().unwrap_or(0);
        assert!(
            texts.is_empty() || shortest >= SHORTEST_NEEDLE,
            "a needle of {shortest} bytes is too short"
        );
        let window = shortest.clamp(SHORTEST_NEEDLE, LONGEST_WINDOW);
        let mut found: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(needle, text)| {
                let at = rarest_window(text, window);
                (word(&text[at..at + window]), needle, at)
            })
            .collect();
        found.sort_unstable_by_key(|(key, ..)| *key);
        let longest_shift = u8::try_from(window - BLOCK + 1).expect("a window has 8 bytes at most");
        let mut shifts = vec![longest_shift; TABLE].into_boxed_slice();
        let mut buckets = vec![false; TABLE].into_boxed_slice();
        for (key, needle, at) in &found {
            buckets[bucket(*key)] = true;
            let bytes = &texts.get(*needle)[*at..*at + window];
            for (skip, block) in bytes.windows(BLOCK).rev().zip(0_u8..).map(|(b, s)| (s, b)) {
                let slot = &mut shifts[slot([block[0], block[1], block[2]])];
                *slot = skip.min(*slot);
            }
        }
        Self {
            window,
            shifts,
            buckets,
            windows: Zeroizing::new(found.iter().map(|(key, ..)| *key).collect()),
            anchors: found.iter().map(|(_, needle, at)| (*needle, *at)).collect(),
            longest: texts.iter().map(<[u8]>::len).max().unwrap_or(0),
            texts,
            in_order: OnceLock::new(),
        }
    }

    /// Length in bytes of one of them.
    #[must_use]
    pub fn length(&self, needle: usize) -> usize {
        self.texts.get(needle).len()
    }

    /// Length in bytes of the longest needle; 0 without needles.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Length in bytes of the longest end of `text` with which some needle begins and goes on.
    #[must_use]
    pub fn unfinished(&self, text: &[u8]) -> usize {
        let in_order = self.in_order.get_or_init(|| {
            let mut all: Vec<usize> = (0..self.texts.len()).collect();
            all.sort_unstable_by_key(|needle| self.texts.get(*needle));
            all
        });
        let goes_on = |end: &[u8]| {
            let from = in_order.partition_point(|needle| self.texts.get(*needle) <= end);
            in_order
                .get(from)
                .is_some_and(|needle| self.texts.get(*needle).starts_with(end))
        };
        let from = (text.len() + 1).saturating_sub(self.longest());
        (from..text.len())
            .find(|at| goes_on(&text[*at..]))
            .map_or(0, |at| text.len() - at)
    }

    /// Calls `found(needle, start)` for every occurrence, overlapping ones included, in no
    /// promised order.
    pub fn each(&self, haystack: &[u8], mut found: impl FnMut(usize, usize)) {
        if self.texts.is_empty() {
            return;
        }
        // Where the window ends, once for each part of the haystack: a processor looks at several places
        // at a time, and waits for the table at one.
        let mut ends: [usize; PARTS] = [0; PARTS];
        let mut limits: [usize; PARTS] = [0; PARTS];
        let places = (haystack.len() + 1).saturating_sub(self.window);
        for part in 0..PARTS {
            ends[part] = self.window + places * part / PARTS;
            limits[part] = self.window + places * (part + 1) / PARTS;
        }
        while ends.iter().zip(&limits).all(|(end, limit)| end < limit) {
            for end in &mut ends {
                *end += self.look(haystack, *end, &mut found);
            }
        }
        for (mut end, limit) in ends.into_iter().zip(limits) {
            while end < limit {
                end += self.look(haystack, end, &mut found);
            }
        }
    }

    /// Looks at the window that ends here, and says how far the next one may be.
    fn look(&self, haystack: &[u8], end: usize, found: &mut impl FnMut(usize, usize)) -> usize {
        let block = [haystack[end - 3], haystack[end - 2], haystack[end - 1]];
        let shift = self.shifts[slot(block)];
        if shift == 0 {
            let start = end - self.window;
            let key = word(&haystack[start..end]);
            if self.buckets[bucket(key)] {
                self.each_at(haystack, start, key, found);
            }
        }
        usize::from(shift.max(1))
    }

    fn each_at(
        &self,
        haystack: &[u8],
        window_at: usize,
        key: u64,
        found: &mut impl FnMut(usize, usize),
    ) {
        let first = self.windows.partition_point(|window| *window < key);
        let same = self.windows[first..].iter().take_while(|w| **w == key);
        for (_, (needle, at)) in same.zip(&self.anchors[first..]) {
            let Some(start) = window_at.checked_sub(*at) else {
                continue;
            };
            if haystack[start..].starts_with(self.texts.get(*needle)) {
                found(*needle, start);
            }
        }
    }
}

/// Where in the needle its least ordinary window begins: prefixes that many values share
/// (`postgres://`) would make every place that holds them a candidate.
fn rarest_window(text: &[u8], window: usize) -> usize {
    let ordinary = |byte: &u8| u32::from(ORDINARY[usize::from(*byte)]);
    let mut sum: u32 = text[..window].iter().map(ordinary).sum();
    let (mut least, mut place) = (sum, 0);
    for (at, (enters, leaves)) in text[window..].iter().zip(text).enumerate() {
        sum = sum + ordinary(enters) - ordinary(leaves);
        if sum < least {
            (least, place) = (sum, at + 1);
        }
    }
    place
}

/// How ordinary each byte is.
const ORDINARY: [u8; 256] = {
    let (mut table, mut byte) = ([1; 256], 0_u8);
    while byte < 128 {
        table[byte as usize] = match byte {
            b'a'..=b'z' | b' ' | b'/' | b'.' => 4,
            b'0'..=b'9' | b'-' | b'_' | b':' => 2,
            _ => 1,
        };
        byte += 1;
    }
    table
};

fn word(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte))
}

fn slot(block: [u8; BLOCK]) -> usize {
    let block = u32::from_le_bytes([block[0], block[1], block[2], 0]);
    (block.wrapping_mul(0x9E37_79B1) >> 16) as usize
}

fn bucket(key: u64) -> usize {
    usize::try_from(key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48).expect("16 bits fit")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn needles<T: AsRef<[u8]>>(texts: &[T]) -> Needles {
        let mut plains = Plains::default();
        for text in texts {
            plains.extend(text.as_ref());
            assert!(plains.finish_new(plains.len(), SHORTEST_NEEDLE));
        }
        Needles::new(plains)
    }

    fn all(needles: &Needles, haystack: &[u8]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        needles.each(haystack, |needle, start| found.push((needle, start)));
        found.sort_unstable();
        found
    }

    #[test]
    fn needles_that_share_a_beginning_or_overlap_are_all_found() {
        let needles = needles(&["postgres://a", "postgres://b", "ostgres", "gres://b"]);
        assert_eq!(
            all(&needles, b"postgres://b postgres://a"),
            [(0, 13), (1, 0), (2, 1), (2, 14), (3, 4)]
        );
    }

    #[test]
    fn no_needles_find_nothing() {
        assert_eq!(all(&needles::<&str>(&[]), b"anything at all"), []);
        assert_eq!(needles::<&str>(&[]).longest(), 0);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_naive_search_finds(
            texts in prop::collection::vec(prop::collection::vec(0_u8..3, 6..12), 1..8),
            haystack in prop::collection::vec(0_u8..3, 0..400),
        ) {
            let needles = needles(&texts);
            let mut naive = Vec::new();
            for (number, text) in texts.iter().enumerate() {
                for (start, window) in haystack.windows(text.len()).enumerate() {
                    if window == text.as_slice() {
                        naive.push((number, start));
                    }
                }
            }
            naive.sort_unstable();
            prop_assert_eq!(all(&needles, &haystack), naive);
        }
    }
}
