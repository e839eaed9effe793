use super::*;
use crate::core::dotenv::dotenv_like;
use proptest::prelude::*;

fn nothing(_: &str) -> Option<Vec<u8>> {
    None
}

fn outside(name: &str) -> Option<Vec<u8>> {
    match name {
        "HOME" => Some(b"/root".to_vec()),
        "EMPTY" => Some(Vec::new()),
        "A" => Some(b"outer".to_vec()),
        _ => None,
    }
}

fn pairs(variables: &[Variable]) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    variables
        .iter()
        .map(|variable| (variable.name.clone(), text(&variable.value)))
        .collect()
}

/// The value of `T` in a text.
fn value(text: &str, expansion: Expansion) -> String {
    let document = Document::split(text.as_bytes());
    let (variables, _) = read(&document, expansion, &outside);
    let found = pairs(&variables).into_iter().find(|(name, _)| name == "T");
    found.expect("T is set").1
}

#[test]
fn bare_values_end_at_a_comment_or_the_line() {
    for (text, expected) in [
        ("T=x", "x"),
        ("  T = My App \t", "My App"),
        ("T=", ""),
        ("T=x # y", "x"),
        ("T=x#y", "x#y"),
        ("T=#x", ""),
        ("T= # x", ""),
        ("T=a\"b\"c", "a\"b\"c"),
        ("T=C:\\new\\", "C:\\new\\"),
        ("T=\"a\" \"b\" # c", "a\" \"b"),
        ("T=\"x", "\"x"),
        ("T=\"x\"y", "\"x\"y"),
        ("T='", "'"),
        ("\u{feff}export T=x\r\n", "x"),
        ("T=x\ry", "x\ry"),
    ] {
        assert_eq!(
            value(text, Expansion::EnvironmentFirst),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn escapes_count_in_double_quotes_only() {
    for (text, expected) in [
        (r#"T="a\nb\rc\\d\"e""#, "a\nb\rc\\d\"e"),
        (r#"T="a\tb\qc\$d""#, r"a\tb\qc\$d"),
        (r#"T="a\\nb""#, r"a\nb"),
        (r"T='a\nb\\'", r"a\nb\\"),
        ("T=`a\\n\"'b`", "a\\n\"'b"),
        (r"T=a\nb", r"a\nb"),
        ("T=\" x # y \" # z", " x # y "),
        ("T=\"a\r\nb\\\r\nc\"", "a\nb\\\nc"),
        ("T='a\r\nb'", "a\nb"),
    ] {
        assert_eq!(
            value(text, Expansion::EnvironmentFirst),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn references_expand_in_bare_and_double_quoted_text() {
    for (text, expected) in [
        ("T=${HOME}/x", "/root/x"),
        ("T=\"${HOME}\"", "/root"),
        ("T='${HOME}'", "${HOME}"),
        ("T=`${HOME}`", "${HOME}"),
        ("T=${NONE}", ""),
        ("T=${NONE:-d e}", "d e"),
        ("T=${EMPTY:-d}", "d"),
        ("T=${EMPTY}", ""),
        ("T=${NONE:-${HOME}}", "${HOME}"),
        ("T=\\${HOME}", "${HOME}"),
        ("T=\"\\${HOME}\"", "${HOME}"),
        ("T=\"\\\\${HOME}\"", "\\/root"),
        ("T=\\${A-d}", "${A-d}"),
        (
            "T=$HOME $$ $1 ${A-d} ${A:+y} $(id) ${ ${}",
            "$HOME $$ $1 ${A-d} ${A:+y} $(id) ${ ${}",
        ),
    ] {
        assert_eq!(
            value(text, Expansion::EnvironmentFirst),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn without_expansion_references_stand_as_they_are() {
    for text in ["${HOME}", "\\${HOME}", "${NONE:-d}"] {
        assert_eq!(value(&format!("T={text}"), Expansion::Never), text);
        assert_eq!(value(&format!("T=\"{text}\""), Expansion::Never), text);
    }
}

#[test]
fn inserted_text_is_not_read_again() {
    let text = "A='${HOME}\\n'\nT=\"${A}\"";
    assert_eq!(value(text, Expansion::FileFirst), "${HOME}\\n");
}

#[test]
fn references_look_back_and_the_choice_says_who_wins() {
    let text = "T=${B}${A}\nA=inner\nT=${T}|${A}";
    assert_eq!(value(text, Expansion::FileFirst), "outer|inner");
    assert_eq!(value(text, Expansion::EnvironmentFirst), "outer|outer");
}

#[test]
fn of_equal_names_the_last_counts_also_over_several_files() {
    let mut reader = Reader::new(Expansion::FileFirst, &nothing);
    reader.read(&Document::split(b"A=1\nB=2\nA=3\n"));
    reader.read(&Document::split(b"B=${A}4\n"));
    let expected = [("A", "3"), ("B", "34")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(pairs(&reader.into_variables()), expected);
}

#[test]
fn warnings_name_lines_and_never_their_text() {
    let text = b"A=1\nhunter2\nB=\"open\n=======\n# fine\n\nC=\"a\" b\n";
    let (_, warnings) = read(&Document::split(text), Expansion::Never, &nothing);
    let seen: Vec<_> = warnings
        .iter()
        .map(|warning| (warning.place.line, warning.oddity))
        .collect();
    let expected = [
        (2, Oddity::NoAssignment),
        (3, Oddity::OpenQuote),
        (4, Oddity::NoAssignment),
        (7, Oddity::OpenQuote),
    ];
    assert_eq!(seen, expected);
    let said = format!("{warnings:?}");
    assert!(
        !said.contains("hunter2") && !said.contains("open\""),
        "{said}"
    );
}

#[test]
fn debug_shows_the_name_alone() {
    let (variables, _) = read(&Document::split(b"A=hunter2"), Expansion::Never, &nothing);
    assert_eq!(format!("{variables:?}"), "[Variable(A)]");
}

proptest! {
    #[test]
    fn every_file_is_read_without_panic_and_each_name_once(text in dotenv_like()) {
        let (variables, _) = read(&Document::split(&text), Expansion::EnvironmentFirst, &outside);
        let names: std::collections::HashSet<_> = variables.iter().map(|v| &v.name).collect();
        prop_assert_eq!(names.len(), variables.len());
    }

    #[test]
    fn the_parts_of_a_right_hand_side_surround_its_text(text in dotenv_like()) {
        for line in Document::split(&text).lines.iter().filter(|line| line.name().is_some()) {
            let raw = Raw::of(line.secret);
            prop_assert!(line.secret.starts_with(raw.lead) && line.secret.ends_with(raw.tail));
            prop_assert!(raw.lead.len() + raw.text.len() + raw.tail.len() <= line.secret.len());
        }
    }

    #[test]
    fn line_ends_make_no_difference(text in dotenv_like()) {
        let unix: Vec<u8> = String::from_utf8_lossy(&text).replace('\r', "").into_bytes();
        let windows = String::from_utf8_lossy(&unix).replace('\n', "\r\n").into_bytes();
        let values = |text: &[u8]| read(&Document::split(text), Expansion::FileFirst, &nothing).0;
        prop_assert_eq!(values(&unix), values(&windows));
    }
}
