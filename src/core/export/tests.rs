//! Each format read back by a real or an independent parser; `tests/export_consumers.rs` asks the
//! real programs.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::core::dotenv::Document;
use crate::core::quote::tricky;
use crate::core::value::{self, Expansion};

fn variable(name: &str, value: &[u8]) -> Variable {
    Variable {
        name: name.to_owned(),
        value: Zeroizing::new(value.to_vec()),
    }
}

fn text_of(variables: &[Variable], format: Format) -> String {
    let exported = export(variables, format, &Manifest::default()).expect("it fits the format");
    String::from_utf8(exported.text.to_vec()).expect("UTF-8")
}

fn one(format: Format, value: &str) -> String {
    text_of(&[variable("A", value.as_bytes())], format)
}

fn refusal(format: Format, value: &[u8]) -> Option<Why> {
    match export(&[variable("A", value)], format, &Manifest::default()) {
        Err(ExportError::Variable(notice)) => Some(notice.why),
        _ => None,
    }
}

#[test]
fn each_format_has_its_way_with_quotes() {
    let value = "it's \"$x\"\\\n";
    for (format, expected) in [
        (Format::Json, "{\n  \"A\": \"it's \\\"$x\\\"\\\\\\n\"\n}\n"),
        (Format::Dotenv, "A=\"it's \\\"$x\\\"\\\\\n\"\n"),
        (Format::Shell, "export A='it'\\''s \"$x\"\\\n'\n"),
        (Format::Fish, "set -gx A 'it\\'s \"$x\"\\\\\n'\n"),
        (Format::Yaml, "\"A\": \"it's \\\"$x\\\"\\\\\\n\"\n"),
        (Format::Toml, "A = \"it's \\\"$x\\\"\\\\\\n\"\n"),
        (Format::Github, "A<<END\nit's \"$x\"\\\n\nEND\n"),
        (Format::Systemd, "A=\"it's \\\"\\$x\\\"\\\\\n\"\n"),
        (
            Format::K8sSecret,
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"secrets\"\ntype: \"Opaque\"\ndata:\n  \"A\": \"aXQncyAiJHgiXAo=\"\n",
        ),
    ] {
        assert_eq!(one(format, value), expected, "{format}");
    }
    assert_eq!(one(Format::Docker, "it's \"$x\"\\ "), "A=it's \"$x\"\\ \n");
}

#[test]
fn no_variables_make_an_empty_document() {
    for (format, expected) in [
        (Format::Json, "{}\n"),
        (Format::Yaml, "{}\n"),
        (Format::Toml, ""),
        (Format::Shell, ""),
    ] {
        assert_eq!(text_of(&[], format), expected);
    }
    assert!(text_of(&[], Format::K8sSecret).ends_with("data: {}\n"));
}

#[test]
fn what_a_format_cannot_carry_is_refused() {
    for format in Format::ALL {
        let carries_nul = matches!(
            format,
            Format::Json | Format::Yaml | Format::Toml | Format::K8sSecret
        );
        let expected = (!carries_nul).then_some(Why::Nul);
        assert_eq!(refusal(format, b"a\0b"), expected, "{format}");
        let carries_bytes = matches!(
            format,
            Format::Dotenv | Format::Shell | Format::Fish | Format::K8sSecret
        );
        let expected = (!carries_bytes).then_some(Why::NotUtf8);
        assert_eq!(refusal(format, b"a\xff"), expected, "{format}");
    }
    for (value, why) in [
        ("a\nb", Why::LineEnd),
        ("a\r", Why::LineEnd),
        ("\"a\"", Why::InQuotes),
        (&"x".repeat(70_000), Why::TooLong),
    ] {
        assert_eq!(refusal(Format::Docker, value.as_bytes()), Some(why));
    }
    assert_eq!(
        refusal(Format::K8sSecret, &vec![b'x'; 1024 * 1024 + 1]),
        Some(Why::LargeSecret)
    );
}

#[test]
fn names_that_a_format_does_not_know_are_left_out_and_told() {
    for (format, name, why) in [
        (Format::Shell, "A-B", Why::Name),
        (Format::Shell, "2FA", Why::Name),
        (Format::Shell, "UID", Why::Reserved),
        (Format::Fish, "A.B", Why::Name),
        (Format::Fish, "status", Why::Reserved),
        (Format::Systemd, "A.B", Why::Name),
        (Format::Github, "GITHUB_TOKEN", Why::Reserved),
    ] {
        let variables = [variable(name, b"first"), variable("B", b"second")];
        let exported = export(&variables, format, &Manifest::default()).expect("exports");
        let name = name.to_owned();
        assert_eq!(exported.notices, [Notice { name, why }]);
        let text = String::from_utf8_lossy(&exported.text);
        assert!(!text.contains("first") && text.contains("second"), "{text}");
    }
}

#[test]
fn an_error_names_the_variable_and_not_its_value() {
    let refused = export(
        &[variable("A", b"hunter2\n")],
        Format::Docker,
        &Manifest::default(),
    );
    let message = refused.err().expect("refused").to_string();
    assert_eq!(message, "A cannot be exported: its value holds a line end");
}

#[test]
fn a_doubtful_dotenv_value_is_written_and_told() {
    let exported = export(
        &[variable("A", b"${B}")],
        Format::Dotenv,
        &Manifest::default(),
    );
    let exported = exported.expect("exports");
    assert_eq!(exported.text.as_slice(), b"A='${B}'\n");
    assert_eq!(exported.notices[0].why, Why::Doubt(Doubt::Reference));
}

#[test]
fn a_value_cannot_end_its_own_block() {
    assert_eq!(
        one(Format::Github, "a\nEND\nPATH<<END_1"),
        "A<<END_2\na\nEND\nPATH<<END_1\nEND_2\n"
    );
}

#[test]
fn a_secret_that_kubernetes_refuses_is_refused() {
    let manifest = |name: &str, namespace: Option<&str>, kind: &str| Manifest {
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        kind: kind.to_owned(),
    };
    let long = "x".repeat(64);
    for (manifest, why) in [
        (manifest("A", None, "Opaque"), BadManifest::Name),
        (manifest("", None, "Opaque"), BadManifest::Name),
        (manifest("a..b", None, "Opaque"), BadManifest::Name),
        (manifest("a", Some("-b"), "Opaque"), BadManifest::Namespace),
        (manifest("a", Some(&long), "Opaque"), BadManifest::Namespace),
        (manifest("a", None, ""), BadManifest::Type),
    ] {
        let refused = export(&[], Format::K8sSecret, &manifest).err();
        assert_eq!(refused, Some(ExportError::Manifest(why)));
    }
    let good = manifest("a-1.b", Some("team-a"), "kubernetes.io/basic-auth");
    assert!(export(&[], Format::K8sSecret, &good).is_ok());
}

#[test]
fn formats_are_read_as_they_are_written() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse(), Ok(format));
    }
    assert_eq!("xml".parse::<Format>(), Err(BadFormat));
}

/// A reader of `EnvironmentFile=` after systemd.exec(5), for quoted values only.
fn systemd_value(text: &str) -> String {
    let quoted = text
        .strip_prefix("A=\"")
        .and_then(|text| text.strip_suffix("\"\n"));
    let mut characters = quoted.expect("one quoted value").chars();
    let mut value = String::new();
    while let Some(character) = characters.next() {
        assert_ne!(character, '"', "the quote closes only at the end");
        match (character, characters.clone().next()) {
            ('\\', Some(next)) if "\"\\`$".contains(next) => {
                value.push(next);
                characters.next();
            }
            ('\\', Some('\n')) => {
                characters.next();
            }
            _ => value.push(character),
        }
    }
    value
}

/// A reader of `$GITHUB_ENV` after the runner's own.
fn github_value(text: &str) -> String {
    let (end, rest) = text
        .strip_prefix("A<<")
        .and_then(|text| text.split_once('\n'))
        .expect("a head");
    let lines: Vec<&str> = rest.split('\n').take_while(|line| *line != end).collect();
    let length = lines.join("\n").len();
    assert_eq!(
        &rest[length..],
        format!("\n{end}\n"),
        "it ends where it should"
    );
    lines.join("\n")
}

proptest! {
    #[test]
    fn text_comes_back_from_every_format(value in tricky(), any in ".*") {
        for value in [String::from_utf8_lossy(&value).into_owned(), any] {
            let bytes = value.as_bytes();
            let json: Value = serde_json::from_str(&one(Format::Json, &value)).expect("JSON");
            prop_assert_eq!(json["A"].as_str(), Some(value.as_str()));
            let table: ::toml::Table = one(Format::Toml, &value).parse().expect("TOML");
            prop_assert_eq!(table["A"].as_str(), Some(value.as_str()));
            if bytes.contains(&0) {
                continue;
            }
            let dotenv = one(Format::Dotenv, &value);
            let (read, _) = value::read(&Document::split(dotenv.as_bytes()), Expansion::FileFirst, &|_| None);
            prop_assert_eq!(read, [variable("A", bytes)]);
            prop_assert_eq!(systemd_value(&one(Format::Systemd, &value)), value.clone());
            prop_assert_eq!(github_value(&one(Format::Github, &value)), value.clone());
            let words = shlex::split(&one(Format::Shell, &value)).expect("closed quotes");
            prop_assert_eq!(words, ["export".to_owned(), format!("A={value}")]);
        }
    }
}
