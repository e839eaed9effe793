//! Keys, line ends, headers, marker styles: whatever is not the lines themselves.

use super::*;
use crate::core::dotenv::{BOM, HEADER};

/// Merges sealed forms of plain texts after `change` was made to each (0 base, 1 ours, 2 theirs).
fn merge_changed(
    texts: [&str; 3],
    change: impl Fn(usize, Vec<u8>) -> Vec<u8>,
    keys: &[u8],
) -> Vec<u8> {
    let mut index = 0;
    let sealed = texts.map(|text| {
        index += 1;
        change(index - 1, seal(text.as_bytes(), 1))
    });
    let merged = merge_raw(
        [&sealed[0], &sealed[1], &sealed[2]],
        keys,
        &Markers::default(),
    )
    .expect("merges");
    assert_eq!(merged.conflicts, 0);
    merged.text
}

fn without_header(sealed: &[u8]) -> Vec<u8> {
    sealed[HEADER.len() + 1..].to_vec()
}

#[test]
fn a_header_that_one_side_lost_comes_back() {
    let texts = ["A=1\n", "A=1\nB=1\n", "A=2\n"];
    let whole = merge_changed(texts, |_, text| text, &[]);
    for loser in 0..3 {
        let lost = |side, text: Vec<u8>| {
            if side == loser {
                without_header(&text)
            } else {
                text
            }
        };
        assert_eq!(merge_changed(texts, lost, &[]), whole);
    }
    assert_eq!(
        merge_changed(texts, |_, text| without_header(&text), &[]),
        whole
    );
}

#[test]
fn a_file_without_lines_has_no_header() {
    let texts = ["A=1\nB=1\n", "A=1\n", "B=1\n"];
    assert_eq!(merge_changed(texts, |_, text| text, &[]), b"");
    let [base, only_header] = [seal(b"A=1\n", 1), [HEADER, b"\n"].concat()];
    let merged = merge_raw([&base, &only_header, &base], &[], &Markers::default());
    assert_eq!(merged.expect("merges").text, only_header);
}

#[test]
fn line_ends_are_what_one_side_made_of_them() {
    let crlf = |text: Vec<u8>| {
        String::from_utf8(text)
            .expect("text")
            .replace('\n', "\r\n")
            .into_bytes()
    };
    let texts = ["A=1\n", "A=1\nB=1\n", "A=2\n"];
    let lf = merge_changed(texts, |_, text| text, &[]);
    let turned = |which: &'static [usize]| {
        merge_changed(
            texts,
            move |side, text| {
                if which.contains(&side) {
                    crlf(text)
                } else {
                    text
                }
            },
            &[],
        )
    };
    assert_eq!(turned(&[1]), crlf(lf.clone()));
    assert_eq!(turned(&[2]), crlf(lf.clone()));
    assert_eq!(turned(&[0, 1, 2]), crlf(lf.clone()));
    assert_eq!(turned(&[0, 2]), lf);
}

#[test]
fn the_byte_order_mark_is_what_one_side_made_of_it() {
    let texts = ["A=1\n", "A=1\nB=1\n", "A=2\n"];
    let marked = |which: &'static [usize]| {
        let change = move |side, text: Vec<u8>| {
            if which.contains(&side) {
                [BOM, &text].concat()
            } else {
                text
            }
        };
        merge_changed(texts, change, &[]).starts_with(BOM)
    };
    assert!(marked(&[1]) && marked(&[2]) && marked(&[0, 1, 2]));
    assert!(!marked(&[]) && !marked(&[0, 1]) && !marked(&[0, 2]));
}

#[test]
fn a_missing_final_newline_never_joins_two_lines() {
    for (base, ours, theirs, expected) in [
        ("A=1", "A=1\nB=1", "A=1\nC=1", "A=1\nB=1\nC=1"),
        ("A=1\n", "A=1\nB=1", "A=1\nC=1\n", "A=1\nB=1\nC=1"),
        ("A=1", "A=1\n", "A=2", "A=2\n"),
        ("A=1", "A=1\nB=1\n", "A=1", "A=1\nB=1\n"),
        ("", "A=1", "B=1\n", "A=1\nB=1"),
        ("A=1\n", "", "\nA=1", "\n"),
    ] {
        let merged = merge_changed([base, ours, theirs], |_, text| text, &[]);
        assert_eq!(
            open(&merged, &[1]),
            expected.as_bytes(),
            "{base:?} {ours:?} {theirs:?}"
        );
    }
}

#[test]
fn across_a_rotation_sides_are_compared_by_content() {
    let (base, ours, theirs) = (
        seal(b"A=1\nB=1\n#c\n", 1),
        seal(b"A=1\nB=2\n#c\n", 2),
        seal(b"A=3\nB=1\n#c\n", 1),
    );
    let merged = merge_raw([&base, &ours, &theirs], &[2, 1], &Markers::default()).expect("merges");
    assert_eq!(merged.text, seal(b"A=3\nB=2\n#c\n", 2));
    let back = merge_raw([&base, &theirs, &ours], &[1, 2], &Markers::default()).expect("merges");
    assert_eq!(back.text, seal(b"A=3\nB=2\n#c\n", 1));
}

#[test]
fn across_a_rotation_without_keys_a_new_token_counts_as_a_change() {
    let (base, rotated, changed) = (
        seal(b"A=1\nB=1\n", 1),
        seal(b"A=1\nB=1\n", 2),
        seal(b"A=3\nB=1\n", 1),
    );
    let merged = merge_raw([&base, &rotated, &changed], &[], &Markers::default()).expect("merges");
    assert_eq!(merged.conflicts, 1);
    let kept = merge_raw([&base, &rotated, &base], &[], &Markers::default()).expect("merges");
    assert_eq!(kept.text, rotated);
}

#[test]
fn plain_sides_are_sealed_or_refused() {
    let sealed = seal(b"A=1\nB=2\n", 1);
    let sides: [&[u8]; 3] = [b"A=1\nB=1\n", &sealed, b"A=1\nB=1\nSECRET=hunter2\n"];
    let merged = merge_raw(sides, &[1], &Markers::default()).expect("merges");
    assert_eq!(merged.text, seal(b"A=1\nB=2\nSECRET=hunter2\n", 1));
    let place = Place {
        line: 3,
        name: Some("SECRET".into()),
    };
    let sides = [&b""[..], &sealed, b"A=1\nB=1\nSECRET=hunter2\n"];
    let Err(MergeError::CannotSeal(places)) = merge_raw(sides, &[], &Markers::default()) else {
        panic!("plain text passed");
    };
    assert!(places.contains(&place));
}

#[test]
fn a_plain_base_does_not_hinder_a_merge_without_keys() {
    let sealed = seal(b"A=1\n", 1);
    let merged = merge_raw([b"A=1\n", &sealed, &sealed], &[], &Markers::default()).expect("merges");
    assert_eq!(merged.text, sealed);
}

#[test]
fn damaged_tokens_are_refused() {
    let refused = merge_raw([b"", b"A=seal1:AAAA\n", b""], &[1], &Markers::default());
    assert_eq!(
        refused,
        Err(MergeError::Damaged(Place {
            line: 1,
            name: Some("A".into())
        }))
    );
}

#[test]
fn what_policy_clears_stays_readable() {
    let policy = Policy {
        clear: vec!["PORT".into()],
        ..Policy::default()
    };
    let keyring = ring(&[]);
    let with = SealWith::new(None, &keyring, &policy);
    let text = |port: &str, more: &str| {
        [HEADER, b"\nPORT=", port.as_bytes(), b"\n", more.as_bytes()].concat()
    };
    let (base, ours, theirs) = (text("80", ""), text("81", ""), text("80", "\n"));
    let sides = Sides {
        base: &base,
        ours: &ours,
        theirs: &theirs,
    };
    let merged = merge(&sides, &with, &Markers::default()).expect("merges");
    assert_eq!(merged.text, text("81", "\n"));
}

fn conflict(style: Style, size: usize, texts: [&str; 3]) -> String {
    let labels = Labels {
        ours: b"HEAD",
        base: b"1a2b3c",
        theirs: b"topic",
    };
    let sealed = texts.map(|text| seal(text.as_bytes(), 1));
    let merged = merge_raw(
        [&sealed[0], &sealed[1], &sealed[2]],
        &[1],
        &Markers {
            size,
            style,
            labels,
        },
    );
    String::from_utf8(open(&merged.expect("merges").text, &[1])).expect("text")
}

#[test]
fn conflicts_are_written_in_gits_styles() {
    let texts = ["A=1\n", "# x\nA=2", "A=3"];
    assert_eq!(
        conflict(Style::Merge, 7, texts),
        "# x\n<<<<<<< HEAD\nA=2\n=======\nA=3\n>>>>>>> topic\n"
    );
    assert_eq!(
        conflict(Style::Diff3, 7, texts),
        "# x\n<<<<<<< HEAD\nA=2\n||||||| 1a2b3c\nA=1\n=======\nA=3\n>>>>>>> topic\n"
    );
    let block = ["A=1\nx\ny\nz", "A=1\nx\nu\nz", "A=1\nx\nv\nz"];
    assert_eq!(
        conflict(Style::Zdiff3, 7, block),
        "A=1\nx\n<<<<<<< HEAD\nu\n||||||| 1a2b3c\nA=1\nx\ny\nz\n=======\nv\n>>>>>>> topic\nz"
    );
    assert_eq!(
        conflict(Style::Diff3, 7, block),
        "<<<<<<< HEAD\nA=1\nx\nu\nz\n||||||| 1a2b3c\nA=1\nx\ny\nz\n=======\nA=1\nx\nv\nz\n>>>>>>> topic\n"
    );
}

#[test]
fn inner_merges_have_longer_markers_that_are_never_sealed() {
    let texts = [seal(b"A=1\n", 1), seal(b"A=2\n", 1), seal(b"A=3\n", 1)];
    let markers = Markers {
        size: 9,
        ..Markers::default()
    };
    let inner = merge_raw([&texts[0], &texts[1], &texts[2]], &[], &markers).expect("merges");
    assert_eq!(inner.conflicts, 1);
    let solved = seal(b"A=4\nB=1\n", 1);
    let outer =
        merge_raw([&inner.text, &texts[1], &solved], &[], &Markers::default()).expect("merges");
    assert_eq!(outer.conflicts, 1);
    let same =
        merge_raw([&inner.text, &solved, &solved], &[], &Markers::default()).expect("merges");
    assert_eq!(same.text, solved);
    let nested = merge_raw([&texts[0], &inner.text, &texts[0]], &[1], &markers).expect("merges");
    assert_eq!(nested.text, inner.text);
}

#[test]
fn opaque_files_are_chosen_whole() {
    let file = |byte: u8, content: &[u8]| {
        crate::core::suites::Suite::default().seal_file(&key(byte), content)
    };
    let choose = |base: &[u8], ours: &[u8], theirs: &[u8], keys: &[u8]| {
        choose_whole(&Sides { base, ours, theirs }, &ring(keys))
    };
    let (a, b, c) = (file(1, b"a"), file(1, b"b"), file(1, b"c"));
    assert_eq!(choose(&a, &b, &a, &[]), Choice::Ours);
    assert_eq!(choose(&a, &a, &b, &[]), Choice::Theirs);
    assert_eq!(choose(&a, &b, &b, &[]), Choice::Ours);
    assert_eq!(choose(&a, &b, &c, &[]), Choice::Conflict);
    let rotated = file(2, b"a");
    assert_eq!(choose(&a, &rotated, &b, &[]), Choice::Conflict);
    assert_eq!(choose(&a, &rotated, &b, &[1, 2]), Choice::Theirs);
    assert_eq!(choose(b"a", &a, &b, &[1]), Choice::Theirs);
}
