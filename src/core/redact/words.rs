//! Where one of a few short words stands in a text, in any case.
//!
//! The text is brought to lower case block by block, so that words can be sought with the vector
//! instructions of `aho_corasick`'s packed searcher, which knows no case.

use aho_corasick::packed::{MatchKind, Searcher};
use aho_corasick::{AhoCorasick, Input, Span};
use zeroize::Zeroizing;

/// How much is searched at once, in bytes: it fits a processor's nearest cache.
const BLOCK_BYTES: usize = 8 * 1024;

/// The words, in lower case.
pub(super) struct Words {
    texts: Vec<Vec<u8>>,
    longest: usize,
    finder: Option<Finder>,
}

enum Finder {
    Packed(Searcher),
    /// For more words than it takes, or a processor that it does not know.
    Automaton(AhoCorasick),
}

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
        let texts: Vec<Vec<u8>> = words
            .map(|word| word.as_bytes().to_ascii_lowercase())
            .collect();
        Self {
            longest: texts.iter().map(Vec::len).max().unwrap_or(0),
            finder: Finder::new(texts.iter().filter(|text| !text.is_empty())),
            texts,
        }
    }

    /// Calls `found` for every word, by its start.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(Place)) {
        let Some(finder) = &self.finder else {
            return;
        };
        let room = text.len().min(BLOCK_BYTES + self.longest);
        let mut room = Zeroizing::new(vec![0; room]);
        for block in (0..text.len()).step_by(BLOCK_BYTES) {
            // A word that begins in the block may end behind it.
            let end = text.len().min(block + BLOCK_BYTES + self.longest - 1);
            let lower = &mut room[..end - block];
            lower.copy_from_slice(&text[block..end]);
            lower.make_ascii_lowercase();
            let mut from = 0;
            while let Some(at) = finder.next(lower, from).filter(|at| *at < BLOCK_BYTES) {
                let words = self.texts.iter().enumerate();
                for (word, _) in
                    words.filter(|(_, it)| !it.is_empty() && lower[at..].starts_with(it))
                {
                    let start = block + at;
                    let end = start + self.texts[word].len();
                    found(Place { word, start, end });
                }
                from = at + 1;
            }
        }
    }
}

impl Finder {
    fn new<'a>(words: impl Iterator<Item = &'a Vec<u8>> + Clone) -> Option<Self> {
        words.clone().next()?;
        let mut packed = aho_corasick::packed::Config::new()
            .match_kind(MatchKind::LeftmostFirst)
            .builder();
        if let Some(searcher) = packed.extend(words.clone()).build() {
            return Some(Self::Packed(searcher));
        }
        let automaton = AhoCorasick::builder()
            .match_kind(aho_corasick::MatchKind::LeftmostFirst)
            .build(words);
        Some(Self::Automaton(
            automaton.expect("few words make few states"),
        ))
    }

    /// Where the next word starts.
    fn next(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = Span::from(from..text.len());
        let found = match self {
            Self::Packed(searcher) => searcher.find_in(text, rest),
            Self::Automaton(automaton) => automaton.find(Input::new(text).span(rest)),
        };
        found.map(|found| found.start())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_naive_search_finds(
            words in prop::collection::vec("[abAB:]{0,5}", 0..80), text in "[abAB:]{0,40}",
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

    #[test]
    fn words_across_the_end_of_a_block_are_found_once() {
        let places = Words::new(["Needle", "end"].into_iter());
        for before in BLOCK_BYTES - 8..BLOCK_BYTES + 2 {
            let text = [
                "-".repeat(before).as_str(),
                "NEEDLEnd",
                &"-".repeat(BLOCK_BYTES),
            ]
            .concat();
            let mut found = Vec::new();
            places.each(text.as_bytes(), |place| {
                found.push((place.start, place.word));
            });
            assert_eq!(found, [(before, 0), (before + 5, 1)]);
        }
    }
}
