//! Every view whole, and what none of them may show.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::core::changes::across::{FileChanges, find_moves};
use crate::core::changes::between;
use crate::core::changes::version::Reading;
use crate::core::file::{SealWith, seal};
use crate::core::key::{Keyring, MasterKey, SealKey};
use crate::core::mask::{self, mask};
use crate::core::policy::Policy;
use crate::core::suites::Suite;

fn key(byte: u8) -> Arc<SealKey> {
    Arc::new(SealKey::derive(MasterKey::from_bytes([byte; 32])))
}

fn ring(keys: &[u8]) -> Keyring {
    let mut ring = Keyring::new();
    for byte in keys {
        ring.add(key(*byte));
    }
    ring
}

fn sealed(text: &str, byte: u8) -> Vec<u8> {
    seal(
        text.as_bytes(),
        &SealWith::new(Some(&key(byte)), &ring(&[byte]), &Policy::default()),
    )
    .expect("seals")
}

fn file(path: &str, environment: &str, versions: &[Version; 2], keyring: &Keyring) -> FileChanges {
    let current = key(2);
    let reading = Reading {
        keyring,
        current: keyring.holds(current.id()).then_some(&*current),
        suite: Suite::default(),
    };
    FileChanges {
        path: path.to_owned(),
        environment: environment.parse().expect("a good name"),
        changes: between(&versions[0], &versions[1], &reading),
    }
}

const OLD: &str = "# The database\nDATABASE_URL=postgres://app:hunter2hunter2@db.example.com:5432/app?sslmode=require\n\
    PORT=8080\nGONE_TOKEN=tok_0123456789abcdefghij\nSTRIPE_KEY=sk_9876543210zyxwvutsrqponm\nORIGINS=a.example,b.example\n\
    FLAGS='{\"new_checkout\":false,\"beta\":{\"users\":3}}'\nKEPT=unchanged-value\nA_VERY_LONG_NAME_FOR_A_VARIABLE_THAT_GOES_ON=first-long-value\n\
    TLS_KEY=\"-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\"\nLAST=the-last-value\n";
const NEW: &str = "# The database, moved\nDATABASE_URL=postgres://app:correcthorse@db2.example.com:5432/app?sslmode=verify-full\n\
    LAST=the-last-value\nPORT=8080\nPAYMENT_KEY=sk_9876543210zyxwvutsrqponm\nORIGINS=a.example,c.example,d.example\n\
    FLAGS='{\"new_checkout\":true,\"beta\":{\"users\":4}}'\nKEPT=unchanged-value\nA_VERY_LONG_NAME_FOR_A_VARIABLE_THAT_GOES_ON=second-long-value\n\
    TLS_KEY=\"-----BEGIN PRIVATE KEY-----\nMIIEvR\n-----END PRIVATE KEY-----\"\nSMTP_HOST=\"mail.example.com\" # new\nnot an assignment\n";

fn versions(old: &str, new: &str, keys: [u8; 2], keyring: &Keyring) -> [Version; 2] {
    [(old, keys[0]), (new, keys[1])].map(|(text, byte)| Version::read(&sealed(text, byte), keyring))
}

/// Changes with a key, after a rotation, without a key, and of a file with an evil name.
fn sample() -> Vec<FileChanges> {
    let (open, locked) = (ring(&[1, 2]), ring(&[]));
    let mut files = vec![
        file(
            ".env.production",
            "production",
            &versions(OLD, NEW, [2, 2], &open),
            &open,
        ),
        file(
            "api/.env",
            "default",
            &versions(
                "A=1\nB=2\n",
                "A=1\nB=3\nGONE_TOKEN=tok_0123456789abcdefghij\n",
                [1, 2],
                &open,
            ),
            &open,
        ),
        file(
            "locked/.env",
            "default",
            &versions("A=1\nB=2\n", "A=1\nC=3\n", [1, 1], &locked),
            &locked,
        ),
        file(
            "rotated/.env",
            "default",
            &versions("A=1\n", "A=2\n", [1, 2], &locked),
            &locked,
        ),
        file(
            "same/.env",
            "default",
            &versions("A=1\n", "A=1\n", [1, 1], &locked),
            &locked,
        ),
        file(
            "evil\u{1b}[2J`|\u{202e}\n/.env",
            "default",
            &versions("", "# \u{1b}]0;x\nA=1\n", [1, 1], &open),
            &open,
        ),
    ];
    find_moves(&mut files);
    files
}

fn hidden(_: &[u8]) -> String {
    HIDDEN.to_owned()
}

fn view(width: usize, colour: bool) -> View<'static> {
    View {
        width,
        uncut: false,
        colour,
        resealed: false,
        mask: &hidden,
    }
}

#[test]
fn text_at_80_and_120_columns() {
    insta::assert_snapshot!("text_80", text(&sample(), &view(80, false)));
    insta::assert_snapshot!("text_120", text(&sample(), &view(120, false)));
    insta::assert_snapshot!("text_80_colour", text(&sample(), &view(80, true)));
    insta::assert_snapshot!("text_120_colour", text(&sample(), &view(120, true)));
}

#[test]
fn side_by_side_at_80_and_120_columns() {
    insta::assert_snapshot!("side_by_side_80", side_by_side(&sample(), &view(80, false)));
    insta::assert_snapshot!(
        "side_by_side_120",
        side_by_side(&sample(), &view(120, false))
    );
    insta::assert_snapshot!(
        "side_by_side_80_colour",
        side_by_side(&sample(), &view(80, true))
    );
    insta::assert_snapshot!(
        "side_by_side_120_colour",
        side_by_side(&sample(), &view(120, true))
    );
}

#[test]
fn stat_markdown_and_json_whole() {
    insta::assert_snapshot!("stat", stat(&sample(), &view(80, false)));
    insta::assert_snapshot!("markdown", markdown(&sample(), &view(80, false)));
    insta::assert_snapshot!("json", json(&sample(), &view(80, false)));
}

#[test]
fn re_sealed_lines_are_listed_when_asked_for() {
    let all = View {
        resealed: true,
        ..view(80, false)
    };
    assert!(!text(&sample(), &view(80, false)).contains("same value, other key"));
    for shown in [text(&sample(), &all), markdown(&sample(), &all)] {
        assert!(shown.contains("same value, other key") && !shown.contains("re-sealed only"));
    }
    assert!(side_by_side(&sample(), &all).contains("= A "));
}

/// Every view of the same changes.
fn all_views(files: &[FileChanges], view: &View<'_>) -> Vec<String> {
    vec![
        text(files, view),
        side_by_side(files, view),
        stat(files, view),
        markdown(files, view),
        json(files, view),
    ]
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [20, 40, 80, 120, 200] {
        let view = view(width, false);
        for shown in [
            text(&sample(), &view),
            side_by_side(&sample(), &view),
            stat(&sample(), &view),
        ] {
            for line in shown.lines() {
                assert!(columns(line) <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn nothing_from_the_repository_reaches_the_terminal_unescaped() {
    let reveal = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    for mask in [&hidden as &dyn Fn(&[u8]) -> String, &reveal] {
        let view = View {
            mask,
            ..view(80, false)
        };
        for shown in all_views(&sample(), &view) {
            let evil = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!shown.contains(evil), "{shown}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_value_is_shown_in_any_view_at_any_width(
        values in prop::collection::vec("[a-z0-9]{8,30}", 10), width in 10..140_usize, colour: bool, locked: bool
    ) {
        let fill = |shape: &str, from: usize| {
            values[from..from + 5].iter().fold(shape.to_owned(), |text, value| text.replacen("{}", value, 1))
        };
        let shape = "A={}\nU=https://{}.example/x?k=1\n# {}\nJ='{\"k\":\"{}\"}'\nH={}.example\n";
        let shape_new = "B={}\nU=https://{}.example/x?k=2\n# {}\nJ='{\"k\":\"{}\"}'\nL={},b\n";
        let keyring = if locked { ring(&[]) } else { ring(&[2]) };
        let (old, new) = (fill(shape, 0), fill(shape_new, 5));
        let versions = versions(&old, &new, [2, 2], &keyring);
        let files = [file(".env", "default", &versions, &keyring)];
        // Even a mask that shows everything must not show a whole value.
        let all = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let edges = |value: &[u8]| mask(value, mask::Style::Edges);
        let shape = |value: &[u8]| mask(value, mask::Style::Shape);
        let (all, shape) = (never_whole(all, &versions), never_whole(shape, &versions));
        for mask in [&hidden as &dyn Fn(&[u8]) -> String, &edges, &shape, &all] {
            let view = View { width, uncut: false, colour, resealed: true, mask };
            for shown in all_views(&files, &view) {
                for value in versions.iter().flat_map(|version| &version.items).filter_map(|item| item.bare()).filter(|value| value.len() >= VALUE_BYTES) {
                    let value = String::from_utf8_lossy(value);
                    prop_assert!(!shown.contains(&*value), "{} in {}", value, shown);
                }
            }
        }
    }
}

#[test]
fn wide_characters_take_their_columns() {
    let open = ring(&[1]);
    let of = |path: &str| {
        let versions = versions("A=1\n", "A=2\nB=1\n", [1, 1], &open);
        file(path, "default", &versions, &open)
    };
    let files = [of(".env"), of("設定/とても長い名前の.env")];
    let hide = |value: &[u8]| mask(value, mask::Style::Hidden);
    for width in [20, 40, 41, 80] {
        let view = View {
            width,
            uncut: false,
            colour: false,
            resealed: false,
            mask: &hide,
        };
        let stat = stat(&files, &view);
        let bars = stat.lines().filter_map(|line| line.split_once('|'));
        let left: std::collections::BTreeSet<_> = bars.map(|(left, _)| columns(left)).collect();
        assert_eq!(left.len(), 1, "{stat}");
        for text in [stat, text(&files, &view), side_by_side(&files, &view)] {
            assert!(text.lines().all(|line| columns(line) <= width), "{text}");
        }
    }
}
