//! The table of cases, in a compact notation.
//!
//! Words are lines: `A1` is `A=1`, `^A1` is `export A=1`, `A"1/2"` is a value of two lines, `#c` a
//! comment, `_` a blank line, `!x` a line that is no assignment; `<`, `|`, `:`, `>` are the markers
//! `<<<<<<<`, `=======`, `|||||||`, `>>>>>>>`.

use super::*;

fn spell(notation: &str) -> String {
    let line = |word: &str| match word {
        "_" => String::new(),
        "<" => "<<<<<<<".into(),
        "|" => "=======".into(),
        ":" => "|||||||".into(),
        ">" => ">>>>>>>".into(),
        _ if word.starts_with('#') => word.to_owned(),
        _ if word.starts_with('!') => word.replace('!', "line "),
        _ if word.starts_with('^') => format!("export {}={}", &word[1..2], &word[2..]),
        _ => format!("{}={}", &word[..1], word[1..].replace('/', "\n")),
    };
    notation
        .split_whitespace()
        .map(|word| line(word) + "\n")
        .collect()
}

/// Name of the case, base, ours, theirs, result.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

#[rustfmt::skip]
const CASES: &[Case] = &[
    // One variable
    ("nothing changes", "A1 B2", "A1 B2", "A1 B2", "A1 B2"),
    ("ours changes", "A1", "A2", "A1", "A2"),
    ("theirs changes", "A1", "A1", "A2", "A2"),
    ("both change alike", "A1", "A2", "A2", "A2"),
    ("both change differently", "A1", "A2", "A3", "< A2 | A3 >"),
    ("ours removes", "A1 B1", "B1", "A1 B1", "B1"),
    ("theirs removes", "A1 B1", "A1 B1", "B1", "B1"),
    ("both remove", "A1 B1", "B1", "B1", "B1"),
    ("ours removes what theirs changes", "A1 B1", "B1", "A2 B1", "< | A2 > B1"),
    ("theirs removes what ours changes", "A1 B1", "A2 B1", "B1", "< A2 | > B1"),
    ("last variable removed by one", "A1", "", "A1", ""),
    ("everything removed by one, something changed by the other", "A1 B1", "", "A2 B1", "< | A2 >"),
    ("emptied by a change to nothing", "A1", "A", "A1", "A"),
    ("ours exports, theirs changes", "A1", "^A1", "A2", "^A2"),
    ("both export", "A1", "^A1", "^A1", "^A1"),
    ("ours exports and changes, theirs changes", "A1", "^A2", "A3", "< ^A2 | A3 >"),
    ("a value of two lines changes", "A\"1/2\" B1", "A\"1/3\" B1", "A\"1/2\" B2", "A\"1/3\" B2"),
    ("two lines of one value change apart", "A\"1/2\"", "A\"3/2\"", "A\"1/4\"", "< A\"3/2\" | A\"1/4\" >"),
    ("a value becomes longer by lines", "A1 B1", "A\"1/2/3\" B1", "A1 B2", "A\"1/2/3\" B2"),
    // Neighbours
    ("adjacent changes", "A1 B1", "A2 B1", "A1 B2", "A2 B2"),
    ("each removes the other's rest", "A1 B1", "A1", "B1", ""),
    ("all lines, by turns", "A1 B1 C1 D1", "A2 B1 C2 D1", "A1 B2 C1 D2", "A2 B2 C2 D2"),
    ("removal beside a change", "A1 B1 C1", "A1 C1", "A1 B1 C2", "A1 C2"),
    ("removals side by side", "A1 B1 C1 D1", "A1 C1 D1", "A1 B1 D1", "A1 D1"),
    ("addition beside a removal", "A1 B1 C1", "A1 C1", "A1 B1 X1 C1", "A1 X1 C1"),
    ("addition beside a change", "A1 B1", "A2 B1", "A1 X1 B1", "A2 X1 B1"),
    ("a conflict leaves its neighbours alone", "A1 B1 C1", "A1 B2 C2", "A3 B3 C1", "A3 < B2 | B3 > C2"),
    ("two conflicts are two", "A1 B1", "A2 B2", "A3 B3", "< A2 | A3 > < B2 | B3 >"),
    // Additions
    ("both add at the end", "A1", "A1 X1", "A1 Y1", "A1 X1 Y1"),
    ("both add at the start", "A1", "X1 A1", "Y1 A1", "X1 Y1 A1"),
    ("both add in the middle", "A1 B1", "A1 X1 B1", "A1 Y1 B1", "A1 X1 Y1 B1"),
    ("both add to nothing", "", "X1", "Y1", "X1 Y1"),
    ("both add the same", "A1", "A1 X1", "A1 X1", "A1 X1"),
    ("both add the same name differently", "A1", "A1 X1", "A1 X2", "A1 < X1 | X2 >"),
    ("both add the same at different places", "A1 B1", "X1 A1 B1", "A1 B1 X1", "X1 A1 B1"),
    ("both add the same name at different places differently", "A1 B1", "X1 A1 B1", "A1 B1 X2", "< X1 | X2 > A1 B1"),
    ("several, one of them shared", "A1", "A1 X1 Y1", "A1 Y1 Z1", "A1 X1 Y1 Z1"),
    ("several, in another order", "A1", "A1 X1 Y1", "A1 Y1 X1", "A1 X1 Y1"),
    ("sections with blank lines", "A1", "A1 _ X1", "A1 _ Y1", "A1 _ X1 _ Y1"),
    ("the same section and one more", "A1", "A1 _ X1", "A1 _ X1 Y1", "A1 _ X1 Y1"),
    ("sections with comments", "A1", "A1 _ #x X1", "A1 _ #y Y1", "A1 _ #x X1 _ #y Y1"),
    ("sections at the start", "A1", "X1 _ A1", "Y1 _ A1", "X1 _ Y1 _ A1"),
    ("new under a comment of the base, twice", "#c A1", "#c X1 A1", "#c Y1 A1", "#c X1 Y1 A1"),
    ("added by one, end changed by the other", "A1 B1", "A1 B1 X1", "A1 B2", "A1 B2 X1"),
    ("added after what the other removes", "A1 B1", "A1 B1 X1", "A1", "A1 X1"),
    // Comments
    ("a comment goes with its variable", "#a A1 B1", "B1", "#a A1 B1", "B1"),
    ("comment above changes, value changes", "#a A1", "#b A1", "#a A2", "#b A2"),
    ("both comment the same variable", "A1", "#x A1", "#y A1", "#x #y A1"),
    ("both comment alike", "A1", "#x A1", "#x A1", "#x A1"),
    ("both add to a comment", "#a A1", "#a #x A1", "#y #a A1", "#y #a #x A1"),
    ("both change a comment", "#a A1", "#b A1", "#c A1", "< #b | #c > A1"),
    ("a comment contradicts, the value does not", "#a A1", "#b A2", "#c A1", "< #b | #c > A2"),
    ("removed with its comment while a comment is added", "#a A1 B1", "B1", "#a #b A1 B1", "< | #a #b A1 > B1"),
    ("removed while its comment goes", "#a A1 B1", "B1", "A1 B1", "B1"),
    ("a comment removed, its variable changed", "#a A1", "A1", "#a A2", "A2"),
    ("a comment stays when its variable goes", "#a A1 B1", "#a B1", "#a A1 B1", "#a B1"),
    ("a section comment changes", "#s _ A1", "#t _ A1", "#s _ A2", "#t _ A2"),
    ("both change a section comment", "#s _ A1", "#t _ A1", "#u _ A1", "< #t | #u > _ A1"),
    ("both change a section comment alike", "#s _ A1", "#t _ A1", "#t _ A2", "#t _ A2"),
    ("one removes a section comment that the other changes", "#s _ A1", "_ A1", "#u _ A1", "< | #u > _ A1"),
    ("comments added at both ends", "A1", "#x _ A1", "A1 _ #y", "#x _ A1 _ #y"),
    ("a commented-out variable", "A1 B1", "#A=1 B1", "A1 B2", "#A=1 B2"),
    ("commented out here, changed there", "A1 B1", "#A=1 B1", "A2 B1", "< | A2 > #A=1 B1"),
    // Order
    ("ours moves, theirs changes", "A1 B1 C1", "B1 C1 A1", "A2 B1 C1", "B1 C1 A2"),
    ("theirs moves, ours changes", "A1 B1 C1", "A2 B1 C1", "B1 C1 A1", "B1 C1 A2"),
    ("a comment moves along", "#a A1 B1 C1", "B1 C1 #a A1", "#a A2 B1 C1", "B1 C1 #a A2"),
    ("each moves another", "A1 B1 C1 D1 E1", "B1 C1 D1 E1 A1", "E1 A1 B1 C1 D1", "E1 B1 C1 D1 A1"),
    ("both move the same alike", "A1 B1 C1", "B1 C1 A1", "B1 C1 A1", "B1 C1 A1"),
    ("both move the same apart: ours", "A1 B1 C1 D1 E1", "B1 C1 A1 D1 E1", "B1 C1 D1 E1 A1", "B1 C1 A1 D1 E1"),
    ("moved by one, removed by the other", "A1 B1 C1", "B1 C1 A1", "B1 C1", "B1 C1"),
    ("moved and changed by one, removed by the other", "A1 B1 C1", "B1 C1 A2", "B1 C1", "B1 C1 < A2 | >"),
    ("a block moves", "A1 B1 _ C1 D1", "C1 D1 _ A1 B1", "A1 B2 _ C1 D2", "C1 D2 _ A1 B2"),
    ("sorted by ours, added to by theirs", "C1 A1 B1", "A1 B1 C1", "C1 A1 B1 X1", "A1 B1 C1 X1"),
    ("renamed by ours, changed by theirs", "A1 B1", "X1 B1", "A2 B1", "X1 < | A2 > B1"),
    ("deleted and added again elsewhere", "A1 B1 C1", "B1 C1 A1", "A1 B2 C1", "B2 C1 A1"),
    // The same name twice
    ("the first of two changes", "A1 A2", "A3 A2", "A1 A2", "A3 A2"),
    ("one changes each", "A1 A2", "A3 A2", "A1 A4", "A3 A4"),
    ("both change the second", "A1 A2", "A1 A3", "A1 A4", "A1 < A3 | A4 >"),
    ("one removes the second", "A1 A2 B1", "A1 B1", "A1 A2 B2", "A1 B2"),
    ("each removes another of two", "A1 A2", "A2", "A1", "A2"),
    ("both add a second alike", "A1", "A1 A2", "A1 A2", "A1 A2"),
    ("both add a second", "A1", "A1 A2", "A1 A3", "A1 < A2 | A3 >"),
    // Lines without form
    ("a block below a variable changes whole", "K1 !a !b B1", "K1 !c !d B1", "K1 !a !b B2", "K1 !c !d B2"),
    ("a block below a variable is one", "K1 !a !b", "K1 !x !b", "K1 !a !y", "K1 < !x !b | !a !y >"),
    ("a block goes with its variable", "K1 !a !b B1", "B1", "K1 !a !b B1", "B1"),
    ("a block changes as its variable goes", "K1 !a B1", "B1", "K1 !x B1", "< | K1 !x > B1"),
    ("lines without a variable", "!a _ A1", "!b _ A1", "!a _ A2", "!b _ A2"),
    ("lines without a variable contradict", "!a _ A1", "!b _ A1", "!c _ A1", "< !b | !c > _ A1"),
    // Blank lines
    ("blank lines never contradict", "A1 _ B1", "A1 _ _ B1", "A1 B1", "A1 _ B1"),
    ("blank line added, value changed", "A1 B1", "A1 _ B1", "A2 B2", "A2 _ B2"),
    // A base that is itself a conflict (criss-cross)
    ("criss-cross, unsolved", "< A1 | A2 > B1", "A1 B1", "A2 B1", "< A1 | A2 > B1"),
    ("criss-cross, solved alike", "< A1 | A2 > B1", "A3 B1", "A3 B2", "A3 B2"),
    ("criss-cross with the base's base", "< A1 : A0 | A2 > B1", "A1 B2", "A2 B1", "< A1 | A2 > B2"),
    ("criss-cross, removed by one", "< A1 | A2 > B1", "B1", "A2 B1", "< | A2 > B1"),
];

#[test]
fn merges_equal_what_a_careful_person_would_do() {
    assert!(CASES.len() >= 60);
    let mut wrong = Vec::new();
    for (name, base, ours, theirs, expected) in CASES {
        let texts = [base, ours, theirs].map(|notation| spell(notation));
        let (result, conflicts) = merge_plain([
            texts[0].as_bytes(),
            texts[1].as_bytes(),
            texts[2].as_bytes(),
        ]);
        let result = String::from_utf8(result).expect("text");
        if result != spell(expected) || conflicts != expected.matches('<').count() {
            wrong.push(format!("{name}: {conflicts} conflicts in\n{result}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn turning_the_sides_round_turns_the_conflicts_round() {
    for (name, base, ours, theirs, _) in CASES {
        let [base, ours, theirs] = [base, ours, theirs].map(|notation| spell(notation));
        let (one, n) = merge_plain([base.as_bytes(), ours.as_bytes(), theirs.as_bytes()]);
        let (other, m) = merge_plain([base.as_bytes(), theirs.as_bytes(), ours.as_bytes()]);
        // Where both gave a name other occurrences or places, ours decides; the lines stay the same.
        let sorted = |text: Vec<u8>| {
            let mut lines: Vec<Vec<u8>> = text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            lines.sort();
            lines
        };
        assert_eq!(n, m, "{name}");
        assert_eq!(sorted(one), sorted(other), "{name}");
    }
}
