//! Laws that hold for all merges.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::core::dotenv::{Document, dotenv_like};

/// Files of few names and values, so that three of them have much in common.
fn file_of_few() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::sample::select(vec![
        "A=secret-value-1",
        "A=secret-value-2",
        "A=secret-value-3",
        "B=secret-value-1",
        "B=secret-value-2",
        "export B=secret-value-1",
        "C='secret-value\n4'",
        "C=",
        "D=secret-value-5",
        "D=\"secret-value-6\" # comment 1",
        "E=secret-value-7",
        "# comment 1",
        "# comment 2",
        "#",
        "",
        "",
        "secret-value-8",
        "secret-value-9",
    ]);
    (prop::collection::vec(line, 0..9), any::<bool>(), 0..4_u8).prop_map(
        |(lines, newline, crlf)| {
            let mut text = lines.join("\n");
            if newline && !text.is_empty() {
                text.push('\n');
            }
            if crlf == 0 {
                text = text.replace('\n', "\r\n");
            }
            text.into_bytes()
        },
    )
}

fn merged(texts: [&[u8]; 3], keys: &[u8]) -> Merged {
    merge_raw(texts, keys, &Markers::default()).expect("merges")
}

fn names(text: &[u8]) -> BTreeSet<Vec<u8>> {
    let document = Document::split(text);
    document
        .lines
        .iter()
        .filter_map(|line| line.name().map(<[u8]>::to_vec))
        .collect()
}

/// Each line once and no blank ones: which of two equal comments both sides share, and whether a
/// blank line goes with what is above or below, is a matter of taste.
fn lines(text: &[u8]) -> BTreeSet<Vec<u8>> {
    let document = Document::split(text);
    document
        .lines
        .iter()
        .map(|line| [line.prefix, line.secret].concat())
        .filter(|line| !line.is_empty())
        .collect()
}

/// Without an empty value, which below a line without form opens to what reads as the tail of
/// pasted data, and without CR LF: a line feed within the first value would decide how the header
/// ends.
fn tame(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text).replace("\r\n", "\n");
    let lines = text
        .split('\n')
        .map(|line| if line == "C=" { "C=0" } else { line });
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_only_one_side_changed_is_the_result(base in file_of_few(), x in file_of_few(), locked: bool) {
        let (b, x) = (seal(&base, 1), seal(&x, 1));
        let keys: &[u8] = if locked { &[] } else { &[1] };
        for sides in [[&b[..], &b, &x], [&b, &x, &b], [&b, &x, &x]] {
            let merged = merged(sides, keys);
            prop_assert_eq!(merged.conflicts, 0);
            prop_assert_eq!(String::from_utf8_lossy(&merged.text), String::from_utf8_lossy(&x));
        }
    }

    #[test]
    fn any_bytes_merge_with_themselves(base in dotenv_like(), x in dotenv_like()) {
        prop_assume!(!base.windows(6).chain(x.windows(6)).any(|w| w == b"seal1:"));
        let (b, x) = (seal(&base, 1), seal(&x, 1));
        let text = merged([&b, &x, &x], &[1]).text;
        prop_assert_eq!(String::from_utf8_lossy(&text), String::from_utf8_lossy(&x));
    }

    #[test]
    fn no_variable_is_lost_that_neither_side_removed(b in file_of_few(), o in file_of_few(), t in file_of_few()) {
        let sealed = [&b, &o, &t].map(|text| seal(text, 1));
        let result = merged([&sealed[0], &sealed[1], &sealed[2]], &[]).text;
        let in_both = &names(&o) & &names(&t);
        prop_assert!(names(&result).is_superset(&in_both));
        let known = &(&names(&b) | &names(&o)) | &names(&t);
        prop_assert!(known.is_superset(&names(&result)));
    }

    #[test]
    fn what_one_side_adds_is_there(b in file_of_few(), o in file_of_few(), t in file_of_few()) {
        let sealed = [&b, &o, &t].map(|text| seal(text, 1));
        let result = merged([&sealed[0], &sealed[1], &sealed[2]], &[]).text;
        let added = &(&names(&o) | &names(&t)) - &names(&b);
        prop_assert!(names(&result).is_superset(&added));
    }

    #[test]
    fn sides_may_change_places(b in file_of_few(), o in file_of_few(), t in file_of_few()) {
        let [b, o, t] = [&b, &o, &t].map(|text| seal(text, 1));
        let (one, other) = (merged([&b, &o, &t], &[]), merged([&b, &t, &o], &[]));
        prop_assert_eq!(one.conflicts, other.conflicts);
        prop_assert_eq!(names(&one.text), names(&other.text));
        if one.conflicts == 0 {
            prop_assert_eq!(lines(&one.text), lines(&other.text));
        }
    }

    #[test]
    fn nothing_plain_is_ever_written(
        b in file_of_few(), o in file_of_few(), t in file_of_few(), plain in 0..8_u8, style in 0..3_u8
    ) {
        // Some sides are plain, as in a repository that was not sealed from the start.
        let mut bits = plain;
        let sides = [&b, &o, &t].map(|text| {
            bits >>= 1;
            if bits & 1 == 1 { text.clone() } else { seal(text, 1) }
        });
        let style = [Style::Merge, Style::Diff3, Style::Zdiff3][usize::from(style)];
        let markers = Markers { style, ..Markers::default() };
        let merged = merge_raw([&sides[0], &sides[1], &sides[2]], &[1], &markers).expect("merges");
        for secret in [&b"secret"[..], b"comment"] {
            prop_assert!(memchr::memmem::find(&merged.text, secret).is_none());
        }
        // Sealing finds nothing left to seal.
        let policy = Policy::default();
        prop_assert_eq!(file::seal(&merged.text, &SealWith::new(None, &Keyring::new(), &policy)), Ok(merged.text.clone()));
        let opened = file::open(&merged.text, &ring(&[1]), &policy);
        prop_assert_eq!(opened.problems, vec![]);
    }

    #[test]
    fn a_rotation_on_one_side_changes_nothing(b in file_of_few(), o in file_of_few(), t in file_of_few()) {
        let (sealed_b, sealed_o, sealed_t) = (seal(&b, 1), seal(&o, 1), seal(&t, 1));
        let straight = merged([&sealed_b, &sealed_o, &sealed_t], &[1]);
        let rotated = merged([&sealed_b, &sealed_o, &seal(&t, 2)], &[2, 1]);
        prop_assert_eq!(straight.conflicts, rotated.conflicts);
        prop_assert_eq!(open(&straight.text, &[1]), open(&rotated.text, &[2]));
        prop_assert!(file::key_ids(&rotated.text).iter().all(|id| *id == key(2).id()));
    }

    #[test]
    fn a_clean_merge_seals_to_itself_again(b in file_of_few(), o in file_of_few(), t in file_of_few()) {
        let [b, o, t] = [&b, &o, &t].map(|text| tame(text));
        let [b, o, t] = [&b, &o, &t].map(|text| seal(text, 1));
        let merged = merged([&b, &o, &t], &[1]);
        if merged.conflicts == 0 {
            let again = seal(&open(&merged.text, &[1]), 1);
            prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&merged.text));
        }
    }

    #[test]
    fn any_three_texts_merge_or_are_refused(b in dotenv_like(), o in dotenv_like(), t in dotenv_like(), locked: bool) {
        let keys: &[u8] = if locked { &[] } else { &[1] };
        let _ = merge_raw([&b, &o, &t], keys, &Markers::default());
    }
}
