//! What comes out of the redactor, whatever the pieces are that go in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;

use super::*;
use crate::core::environment::Environment;
use crate::core::scan::known::Purpose;

fn known<'v>(values: &[&'v str]) -> KnownValues {
    let value = |value: &&'v str| (Environment::default_name(), &b"X"[..], value.as_bytes());
    KnownValues::of(values.iter().map(value), Purpose::Mask)
}

/// Redacts text that comes in pieces which end at the given places; `idles` says after which of
/// them the input pauses.
fn redacted_in_pieces(rules: &Rules<'_>, text: &[u8], ends: &[usize], idles: bool) -> Vec<u8> {
    let mut redactor = Redactor::new(rules);
    redactor.worthwhile = 0;
    let mut out = Vec::new();
    let mut from = 0;
    for end in ends.iter().copied().chain([text.len()]) {
        let end = end.clamp(from, text.len());
        redactor.push(&text[from..end], &mut out);
        if idles {
            redactor.idle(&mut out);
        }
        from = end;
    }
    redactor.finish(&mut out);
    out
}

fn redacted(rules: &Rules<'_>, text: &str) -> String {
    let out = redacted_in_pieces(rules, text.as_bytes(), &[], false);
    String::from_utf8_lossy(&out).replace(HIDDEN, "*")
}

fn by_form(text: &str) -> String {
    redacted(&Rules::default(), text)
}

#[test]
fn values_of_sensitive_names_are_masked_in_all_usual_spellings() {
    for (text, expected) in [
        ("PASSWORD=hunter2", "PASSWORD=*"),
        (
            "export DB_PASSWORD='hunter 2' # why",
            "export DB_PASSWORD='*' # why",
        ),
        ("PASSWORD=two words\nPORT=80", "PASSWORD=*\nPORT=80"),
        (
            "12:00 user=bob password=hunter2 ok=1",
            "12:00 user=bob password=* ok=1",
        ),
        (
            "{\"token\": \"abc\\\"def\", \"id\": 1}",
            "{\"token\": \"*\", \"id\": 1}",
        ),
        (
            "{\"msg\":\"{\\\"token\\\":\\\"abc\\\",\\\"id\\\":1}\"}",
            "{\"msg\":\"{\\\"token\\\":\\\"*\\\",\\\"id\\\":1}\"}",
        ),
        ("{'api_key': 'x', 'a': 1}", "{'api_key': '*', 'a': 1}"),
        ("  api_key: two words", "  api_key: *"),
        (
            "config[\"secret\"] = \"abc\";",
            "config[\"secret\"] = \"*\";",
        ),
        (":password=>\"abc\", :id=>1", ":password=>\"*\", :id=>1"),
        (
            "<password>hunter2</password><id>1</id>",
            "<password>*</password><id>1</id>",
        ),
        ("mysql --password hunter2 -h db", "mysql --password * -h db"),
        ("mysql --password=hunter2 -h db", "mysql --password=* -h db"),
        (
            "GET https://x.example/?token=abc&a=1 200",
            "GET https://x.example/?token=* 200",
        ),
        (
            "curl \"https://x.example/?token=abc\" -v",
            "curl \"https://x.example/?token=*\" -v",
        ),
        ("password=b'two words' x=1", "password=b'*' x=1"),
        ("secret=\"never closed and on", "secret=\"*"),
        ("\tSECRET =\t x\r\ny", "\tSECRET =\t *\r\ny"),
    ] {
        assert_eq!(by_form(text), expected);
    }
}

#[test]
fn credentials_are_masked_by_their_form() {
    for (text, expected) in [
        ("> Authorization: Bearer abc def", "> Authorization: *"),
        ("x Authorization: Bearer abc def", "x Authorization: *"),
        (
            "curl -H \"Authorization: Bearer abc\" x",
            "curl -H \"Authorization: *\" x",
        ),
        ("sent bearer k7Qz9vT2mXw4 to", "sent bearer * to"),
        ("Set-Cookie: sid=abc; Path=/", "Set-Cookie: *"),
        (
            "postgres://app:pa/ss@db:5432/app",
            "postgres://app:*@db:5432/app",
        ),
        (
            "redis://:pw@h/0 and http://h:80/x",
            "redis://:*@h/0 and http://h:80/x",
        ),
        (
            "https://ghp0123456789abcdefghij@x.example/r",
            "https://*@x.example/r",
        ),
    ] {
        assert_eq!(by_form(text), expected);
    }
}

#[test]
fn ordinary_lines_pass_untouched() {
    for text in [
        "GET /index.html 200 12ms\n",
        "basic authentication failed for bob\n",
        "https://user@host/path and a@b.example\n",
        "the password is wrong\n",
        "\"key\": {\"id\": 1}\n",
        "PASSWORD=\nTOKEN:\n",
        "no line end",
        "",
        "\r\n\n\r\n",
    ] {
        assert_eq!(by_form(text), text);
    }
}

#[test]
fn words_of_your_own_make_names_sensitive() {
    let sensitive = ["pin".to_owned(), String::new()];
    let rules = Rules {
        sensitive: &sensitive,
        ..Rules::default()
    };
    assert_eq!(redacted(&rules, "a card_pin=1234 x=1"), "a card_pin=* x=1");
}

#[test]
fn edges_show_only_of_one_long_secret() {
    let rules = Rules {
        style: Style::Edges,
        ..Rules::default()
    };
    let edges = |text: &str| redacted(&rules, text);
    assert_eq!(edges("TOKEN=abcdefghijklmnopqrstuvwx"), "TOKEN=abcd*uvwx");
    assert_eq!(
        edges("PASSWORD=hunter2 and some more words here"),
        "PASSWORD=*"
    );
    assert_eq!(
        edges("a token=hunter2&next=/some/more/text/here x"),
        "a token=* x"
    );
    let values = known(&["hunter2-A!"]);
    let rules = Rules {
        known: Some(&values),
        ..rules
    };
    assert_eq!(
        redacted(&rules, "TOKEN='hunter2-A!-and-much-more-text'"),
        "TOKEN='*'"
    );
}

#[test]
fn values_that_overlap_are_masked_as_one() {
    let values = known(&["k7Qz9vT2mX", "2mXw4pL8sD"]);
    let rules = Rules {
        known: Some(&values),
        ..Rules::default()
    };
    assert_eq!(redacted(&rules, "<k7Qz9vT2mXw4pL8sD>"), "<*>");
}

#[test]
fn a_live_stream_shows_all_but_what_may_become_a_secret() {
    let values = known(&["k7Qz9vT2mX"]);
    let rules = Rules {
        known: Some(&values),
        ..Rules::default()
    };
    let mut redactor = Redactor::new(&rules);
    for (piece, expected) in [
        ("Password: ", "Password: "),
        ("hun", ""),
        ("ter2\nnext ", "*\nnext "),
        ("line k7Q", "line "),
        ("z9", ""),
        ("- no\n", "k7Qz9- no\n"),
        ("k7Qz9vT2mX", "*"),
        (" https://u:p", " https://"),
        ("w@host so", "u:*@host so"),
        ("\n", "\n"),
    ] {
        let mut out = Vec::new();
        redactor.push(piece.as_bytes(), &mut out);
        redactor.idle(&mut out);
        assert_eq!(
            String::from_utf8_lossy(&out).replace(HIDDEN, "*"),
            expected,
            "{piece}"
        );
    }
}

#[test]
fn a_line_of_any_length_passes_in_bounded_memory() {
    let line = "x".repeat(300_000);
    let secret = "s".repeat(300_000);
    for (text, expected) in [
        (format!("{line}\nA"), format!("{line}\nA")),
        (
            format!("{line} PASSWORD=hunter2 b\nA"),
            format!("{line} PASSWORD=* b\nA"),
        ),
        (format!("PASSWORD={secret}\nA"), "PASSWORD=*\nA".to_owned()),
        (
            format!("a b PASSWORD=\"{secret}\" {line}\nA"),
            "a b PASSWORD=\"*\nA".to_owned(),
        ),
    ] {
        let mut redactor = Redactor::new(&Rules::default());
        let mut out = Vec::new();
        let mut most = 0;
        for piece in text.as_bytes().chunks(1000) {
            redactor.push(piece, &mut out);
            most = most.max(redactor.text.len());
        }
        redactor.finish(&mut out);
        let out = String::from_utf8_lossy(&out).replace(HIDDEN, "*");
        assert!(out == expected, "{} bytes", out.len());
        assert!(most < 4 * LINE_BYTES, "{most}");
    }
}

/// Text in which secrets are likely to be cut, overlapped or surrounded oddly.
fn surroundings() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            " ",
            "\n",
            "\r\n",
            "\"",
            "'",
            "=",
            ": ",
            "\\",
            "PASSWORD",
            "token",
            "Bearer ",
            "://",
            "@",
            "<",
            ">",
            "k7Qz",
            "é",
            "\t",
            "http://a:",
            "{",
            "--key ",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9 ]{0,8}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// RFC 3986 section 2.1, in upper or lower case.
fn percent_encoded(text: &str, is_upper: bool) -> String {
    let encoded = |byte: u8| match byte {
        _ if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
            char::from(byte).to_string()
        }
        _ if is_upper => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    };
    text.bytes().map(encoded).collect()
}

/// What docs/guides/applications.md says passes, of values of 6 bytes or more under names that are not
/// sensitive. No random value is a word of the list.
fn passes_by_design(value: &str) -> bool {
    let different: std::collections::BTreeSet<u8> = value.bytes().collect();
    let is_number = value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".-: _+/".contains(&byte));
    different.len() < 4 || is_number
}

/// Values: words, passwords, anything but control characters, several lines.
fn values() -> impl Strategy<Value = String> {
    let any = prop_oneof![
        "[a-z]{6,12}",
        "[a-zA-Z0-9!/+ \"é=-]{6,40}",
        "[^\\p{C}]{6,30}",
        "<[a-z0-9]{4,10}>|[$][{][A-Z]{3,10}[}]|[$][(][a-z ]{3,10}[)]",
        "([a-zA-Z0-9!/+ \"é=-]{6,20}\n){1,3}[a-z]{6,20}",
    ];
    any.prop_map(|value| value.trim().to_owned())
        .prop_filter("too ordinary", |value| {
            value.len() >= 6 && !passes_by_design(value)
        })
}

proptest! {
    #[test]
    fn no_known_value_comes_out_in_any_form(
        value in values(), before in surroundings(), behind in surroundings(),
        ends in prop::collection::vec(0..200_usize, 0..8), idles: bool,
        style in prop::sample::select(vec![Style::Hidden, Style::Edges, Style::Shape]),
    ) {
        let values = known(&[&value]);
        let rules = Rules { known: Some(&values), sensitive: &[], style };
        let mut ends = ends;
        ends.sort_unstable();
        let json = serde_json::to_string(&value).expect("JSON");
        let whole = format!("{before}{value}{behind}");
        let encoded = [true, false].map(|is_upper| percent_encoded(&value, is_upper));
        for text in [
            whole.clone(), format!("{before}{json}{behind}"),
            format!("{before}{}{behind}", encoded[0]), format!("{before}{}{behind}", encoded[1]),
            format!("{before}\n{} {behind}", STANDARD.encode(&whole)),
            format!("{before}\n{} {behind}", URL_SAFE.encode(&whole)),
        ] {
            let out = redacted_in_pieces(&rules, text.as_bytes(), &ends, idles);
            // A secret that the mask itself spells, or that only stands beside it, is none of ours.
            prop_assert!(!contains(&out, value.as_bytes()), "{:?}", String::from_utf8_lossy(&out));
            prop_assert!(!contains(&out, json.trim_matches('"').as_bytes()));
            prop_assert!(encoded.iter().all(|encoded| !contains(&out, encoded.as_bytes())));
        }
        let encoded = STANDARD.encode(&value);
        let text = format!("{before}\n{encoded}\n{behind}");
        let out = redacted_in_pieces(&rules, text.as_bytes(), &ends, idles);
        prop_assert!(!contains(&out, encoded.trim_end_matches('=').as_bytes()));
    }

    #[test]
    fn no_line_of_a_value_in_wrapped_base64_comes_out(
        value in "[!-~]{60,300}", width in prop::sample::select(vec![64, 76]),
        ends in prop::collection::vec(0..400_usize, 0..8), idles: bool,
    ) {
        prop_assume!(!passes_by_design(&value));
        let values = known(&[&value]);
        let rules = Rules { known: Some(&values), ..Rules::default() };
        let mut ends = ends;
        ends.sort_unstable();
        let encoded = STANDARD.encode(&value);
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(width)
            .map(|line| std::str::from_utf8(line).expect("ASCII"))
            .collect();
        let log = format!("x\n{}\ny\n", lines.join("\n"));
        let out = redacted_in_pieces(&rules, log.as_bytes(), &ends, idles);
        for line in lines.iter().map(|line| line.trim_end_matches('=')).filter(|line| line.len() > 8) {
            prop_assert!(!contains(&out, line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn no_password_of_a_known_url_comes_out_in_any_form(
        password in "[a-zA-Z0-9!/+ @:%é=-]{6,30}", before in surroundings(), behind in surroundings(),
        ends in prop::collection::vec(0..200_usize, 0..8), idles: bool, is_upper: bool,
    ) {
        let password = password.trim();
        prop_assume!(password.len() >= 6 && !passes_by_design(password));
        let written = percent_encoded(password, is_upper);
        let values = known(&[&format!("postgres://app:{written}@db/app")]);
        let rules = Rules { known: Some(&values), ..Rules::default() };
        let mut ends = ends;
        ends.sort_unstable();
        let json = serde_json::to_string(password).expect("JSON");
        for text in [
            password, &written, &percent_encoded(password, !is_upper), json.trim_matches('"'),
            STANDARD.encode(password).trim_end_matches('='),
        ] {
            let log = format!("{before}\n{text}\n{behind}");
            let out = redacted_in_pieces(&rules, log.as_bytes(), &ends, idles);
            prop_assert!(!contains(&out, text.as_bytes()), "{:?}", String::from_utf8_lossy(&out));
        }
    }

    #[test]
    fn no_value_of_a_sensitive_name_comes_out(
        value in "[A-Z0-9]{3}[A-Z0-9!/+:,;&=_.-]{3,60}", before in "[a-z ]{0,20}", behind in "[a-z \n]{0,20}",
        spelling in 0..7, ends in prop::collection::vec(0..120_usize, 0..8), idles: bool,
    ) {
        let text = match spelling {
            0 => format!("{before} PASSWORD={value} {behind}"),
            1 => format!("{before} {{\"token\": \"{value}\"}} {behind}"),
            2 => format!("{before}\nAuthorization: Bearer {value}\n{behind}"),
            3 => format!("{before} ftp://bob:{value}@host {behind}"),
            4 => format!("{before} api_key: '{value}' {behind}"),
            5 => format!("{before} {{\\\"secret\\\":\\\"{value}\\\"}} {behind}"),
            _ => format!("{before} --password {value} {behind}"),
        };
        let mut ends = ends;
        ends.sort_unstable();
        let out = redacted_in_pieces(&Rules::default(), text.as_bytes(), &ends, idles);
        prop_assert!(!contains(&out, value.as_bytes()), "{:?}", String::from_utf8_lossy(&out));
    }

    #[test]
    fn pieces_make_no_difference(
        text in surroundings(), ends in prop::collection::vec(0..100_usize, 0..8),
    ) {
        let values = known(&["k7Qz9vT2mX"]);
        let rules = Rules { known: Some(&values), ..Rules::default() };
        let mut ends = ends;
        ends.sort_unstable();
        let whole = redacted_in_pieces(&rules, text.as_bytes(), &[], false);
        prop_assert_eq!(redacted_in_pieces(&rules, text.as_bytes(), &ends, false), whole);
    }

    #[test]
    fn text_without_secrets_passes_as_it_is(
        text in "[a-z0-9 \n\r\t.,()]{0,300}", ends in prop::collection::vec(0..300_usize, 0..8), idles: bool,
    ) {
        let words = Forms::new(&[]);
        prop_assume!(words.find(text.as_bytes(), false, &mut Vec::new()) == text.len());
        let values = known(&["K7Qz9vT2mX"]);
        let rules = Rules { known: Some(&values), ..Rules::default() };
        let mut ends = ends;
        ends.sort_unstable();
        let out = redacted_in_pieces(&rules, text.as_bytes(), &ends, idles);
        prop_assert_eq!(out, text.into_bytes());
    }
}
