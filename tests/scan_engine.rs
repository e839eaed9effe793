//! The scanner as its callers see it: places, line filters, comments, encodings, streams, time.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::single_range_in_vec_init
)]

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use git_seal::core::environment::Environment;
use git_seal::core::scan::example::fill;
use git_seal::core::scan::rules::built_in;
use git_seal::core::scan::settings::{CustomRule, ScanSettings, Tests};
use git_seal::core::scan::{Finding, KnownValues, Options, RuleSet, Scanner};
use proptest::prelude::*;

const VALUE: &str = "Zk4vQ8mT2xLp9R";

fn known() -> KnownValues {
    let environment: Environment = "production".parse().unwrap();
    KnownValues::new([(environment, &b"DB_PASSWORD"[..], VALUE.as_bytes())])
}

fn scan(text: &[u8], path: &str) -> Vec<Finding> {
    let (rules, known) = (RuleSet::built_in(), known());
    Scanner::new(&rules, Some(&known), Options::default()).scan(text, path.as_bytes(), None)
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding.rule.as_str())
        .collect()
}

fn token() -> String {
    fill("ghp_{b62:30}{crc}", 3).text
}

#[test]
fn places_are_lines_and_columns_of_characters() {
    let text = format!("\u{e9}\u{20ac}\r\n \u{e9} {}", token());
    let found = &scan(text.as_bytes(), "a.txt")[0];
    assert_eq!((found.line, found.column), (2, 4));
    assert_eq!((found.last_line, found.end_column), (2, 44));
    assert_eq!(&text[found.range.clone()], token());
    assert_eq!(&*found.plain, token().as_bytes());
}

#[test]
fn a_value_in_a_column_of_a_table_is_shown_in_its_own_row() {
    let found = scan(
        b"| user | password |\n|---|---|\n| ann | kR7vQ8mT2xLp9Z |\n",
        "a.md",
    );
    assert_eq!(ids(&found), ["generic-password"]);
    assert_eq!((found[0].line, found[0].column), (3, 9));
    assert!(found[0].excerpt.contains("ann") && !found[0].excerpt.contains("kR7v"));
}

#[test]
fn a_known_value_names_its_variable_and_beats_every_rule() {
    let found = scan(format!("password = '{VALUE}'").as_bytes(), "a.py");
    assert_eq!(ids(&found), ["known-value"]);
    assert!(found[0].why.contains("DB_PASSWORD (production)"));
    assert!(!format!("{found:?}").contains(VALUE));
}

#[test]
fn findings_outside_the_added_lines_are_left_out() {
    let text = format!("a {0}\nb {0}\nc {0}\n", token());
    let rules = RuleSet::built_in();
    let scanner = Scanner::new(&rules, None, Options::default());
    let lines = |ranges: &[std::ops::Range<usize>]| -> Vec<usize> {
        let found = scanner.scan(text.as_bytes(), b"", Some(ranges));
        found.iter().map(|finding| finding.line).collect()
    };
    assert_eq!(lines(&[1..2, 3..4]), [1, 3]);
    assert_eq!(lines(&[2..3, 9..12]), [2]);
    assert!(lines(&[]).is_empty());
    let key = fill(
        "x\n-----BEGIN PRIVATE KEY-----\n{b64:64}\n-----END PRIVATE KEY-----\ny",
        1,
    )
    .text;
    assert_eq!(scanner.scan(key.as_bytes(), b"", Some(&[3..4])).len(), 1);
    assert_eq!(scanner.scan(key.as_bytes(), b"", Some(&[5..6])).len(), 0);
}

#[test]
fn comments_let_through_unless_they_are_not_heeded() {
    let text = format!(
        "a {0} # seal:allow\nb {0} # seal:allow jwt\nc {0} // gitleaks:allow\n",
        token()
    );
    assert_eq!(
        scan(text.as_bytes(), "x")
            .iter()
            .map(|f| f.line)
            .collect::<Vec<_>>(),
        [2]
    );
    let rules = RuleSet::built_in();
    let strict = Options {
        heed_comments: false,
    };
    assert_eq!(
        Scanner::new(&rules, None, strict)
            .scan(text.as_bytes(), b"", None)
            .len(),
        3
    );
}

#[test]
fn in_binary_content_only_known_values_are_sought() {
    let text = format!("\0{VALUE} {}", token());
    assert_eq!(ids(&scan(text.as_bytes(), "a.bin")), ["known-value"]);
}

#[test]
fn utf16_is_read_and_ranges_are_those_of_the_given_text() {
    let text = format!("\u{feff}\u{1f600}x\n {}", token());
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = scan(&bytes, "a.txt");
    assert_eq!(ids(&found), ["github-pat"]);
    assert_eq!((found[0].line, found[0].column), (2, 2));
    let there: Vec<u16> = bytes[found[0].secret.clone()]
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    assert_eq!(String::from_utf16(&there).unwrap(), token());
}

#[test]
fn files_that_are_secret_by_their_name_are_found() {
    let key = fill("{hex:32}\n", 5).text;
    assert_eq!(
        ids(&scan(key.as_bytes(), "config/master.key")),
        ["rails-master-key"]
    );
    assert!(scan(key.as_bytes(), "config/other.txt").is_empty());
    let key = fill("{url:42}A=\n", 6).text;
    assert_eq!(ids(&scan(key.as_bytes(), "deploy/seal.key")), ["key-file"]);
    assert!(scan(key.as_bytes(), "deploy/SHA256").is_empty());
    assert!(scan(format!("{key}{key}").as_bytes(), "deploy/seal.key").is_empty());
    let pgpass = "# comment:a:b:c:d\ndb:5432:*:app:w1nter\\:Is\nh:1:d:u:${X}\n";
    let found = scan(pgpass.as_bytes(), "home/.pgpass");
    assert_eq!(ids(&found), ["pgpass-password"]);
    assert_eq!(&pgpass[found[0].secret.clone()], "w1nter\\:Is");
}

#[test]
fn tests_are_judged_leniently_unless_the_settings_say_otherwise() {
    let strict = ScanSettings {
        tests: Tests::Strict,
        ..ScanSettings::default()
    };
    let strict = RuleSet::new(&strict, &[]).unwrap();
    let text = fill("password = 'Rz7kPq2m'\ntoken = \"{hex:40}\"\n", 3).text;
    for path in ["src/a.py", "tests/a.py"] {
        let found = Scanner::new(&strict, None, Options::default());
        let found = found.scan(text.as_bytes(), path.as_bytes(), None);
        assert_eq!(
            ids(&found),
            ["generic-password", "generic-secret"],
            "{path}"
        );
    }
    assert_eq!(scan(text.as_bytes(), "src/a.py").len(), 2);
    assert!(scan(text.as_bytes(), "tests/a.py").is_empty());
}

#[test]
fn known_values_are_found_in_tests_as_anywhere() {
    let (rules, known) = (RuleSet::built_in(), known());
    let scanner = Scanner::new(&rules, Some(&known), Options::default());
    let text = format!("give('{VALUE}'); expect('{VALUE}')");
    let found = scanner.scan(text.as_bytes(), b"tests/a_test.py", None);
    assert_eq!(ids(&found), ["known-value", "known-value"]);
}

#[test]
fn paths_can_be_excused_from_rules_but_not_from_known_values() {
    let settings = ScanSettings {
        allow_paths: vec!["docs/*".into()],
        ..ScanSettings::default()
    };
    let (rules, known) = (RuleSet::new(&settings, &[]).unwrap(), known());
    let scanner = Scanner::new(&rules, Some(&known), Options::default());
    let text = format!("{} {VALUE}", token());
    assert_eq!(
        ids(&scanner.scan(text.as_bytes(), b"docs/a/b.md", None)),
        ["known-value"]
    );
    assert_eq!(scanner.scan(text.as_bytes(), b"src/b.md", None).len(), 2);
}

#[test]
fn rules_of_the_teams_own_find() {
    let rule = CustomRule {
        id: "acme".into(),
        description: "an Acme key".into(),
        keywords: vec!["acme_".into()],
        pattern: "acme_([0-9a-f]{16})".into(),
        secret_group: 1,
        min_randomness: 3.0,
        advice: "tell the Acme team".into(),
        ..CustomRule::default()
    };
    let rules = RuleSet::new(&ScanSettings::default(), &[rule]).unwrap();
    let scanner = Scanner::new(&rules, None, Options::default());
    let text = fill(
        "ACME x acme_⟦{hex:16}⟧ acme_{hex:9} acme_1111111111111111",
        1,
    );
    let found = scanner.scan(text.text.as_bytes(), b"", None);
    assert_eq!(ids(&found), ["acme"]);
    assert_eq!(
        (found[0].secret.clone(), &*found[0].advice),
        (text.secret, "tell the Acme team")
    );
}

fn stream(text: &[u8], size: usize) -> Vec<Finding> {
    let (rules, known) = (RuleSet::built_in(), known());
    let mut stream = Scanner::new(&rules, Some(&known), Options::default()).stream(b"a.txt");
    let mut found: Vec<_> = text
        .chunks(size)
        .flat_map(|piece| stream.push(piece))
        .collect();
    found.extend(stream.finish());
    found
}

/// Some megabytes with secrets all over them, on many lines or on one.
fn long_text(line_end: &str) -> String {
    let mut text = String::new();
    for number in 0..165_u64 {
        write!(text, "{}{line_end}", "ordinary \u{e9} text ".repeat(500)).unwrap();
        match number % 3 {
            0 => write!(text, "x {}", fill("ghp_{b62:30}{crc}", number).text).unwrap(),
            1 => write!(text, "x {VALUE}").unwrap(),
            _ => write!(
                text,
                "{}",
                fill(
                    " -----BEGIN PRIVATE KEY-----\\n{b64:64}\\n-----END PRIVATE KEY-----",
                    number
                )
                .text
            )
            .unwrap(),
        }
        text.push_str(line_end);
    }
    text
}

#[test]
fn a_stream_finds_what_a_scan_finds() {
    for line_end in ["\n", " "] {
        let text = long_text(line_end);
        assert!(text.len() > 5 << 18);
        let whole = scan(text.as_bytes(), "a.txt");
        assert_eq!(whole.len(), 165);
        assert_eq!(stream(text.as_bytes(), 65_536), whole);
        assert_eq!(stream(text.as_bytes(), 1_234_567), whole);
    }
}

#[test]
fn a_stream_of_utf16_finds_what_a_scan_finds() {
    let text = format!("\u{feff}{}", long_text("\n"));
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let found = stream(&bytes, 99_999);
    assert_eq!(found.len(), 165);
    assert_eq!(found, scan(&bytes, "a.txt"));
}

/// Work is counted, not timed: a text of a keyword again and again, for every keyword of every rule,
/// makes rules look at most twice at each of its bytes, and a text eight times as long eight times as
/// often.
#[test]
fn no_text_makes_rules_look_more_often_than_its_length_allows() {
    let rules = RuleSet::built_in();
    let keywords = built_in().flat_map(|rule| rule.keywords).copied();
    for unit in keywords.chain(["a", "=", "keykey=", "passpwd_pw=", "tokensecretkeyauth"]) {
        let looks = |bytes: usize| rules.looks(unit.repeat(bytes / unit.len()).as_bytes());
        let (small, large) = (looks(8_000), looks(64_000));
        assert!(small <= 2 * 8_000, "{unit:?}: {small} looks at 8 kB");
        assert!(
            large <= small * 8 + small / 4 + 16,
            "{unit:?}: {small}, then {large}"
        );
    }
}

/// Time this thread has run, where Linux tells it: others' load must not count.
fn cpu_time() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(
        || SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
        Duration::from_nanos,
    )
}

/// Texts made to be slow: keywords, prefixes and openings without end, close together.
#[test]
fn time_is_linear_on_texts_made_to_be_slow() {
    let (rules, known) = (RuleSet::built_in(), known());
    let scanner = Scanner::new(&rules, Some(&known), Options::default());
    for unit in [
        "a",
        "A",
        "=",
        "\"",
        "eyJ",
        "sk-",
        "key=",
        "key=\"",
        "password:",
        "://a:",
        "-----BEGIN PRIVATE KEY-----",
        "mysql -p ",
        "machine ",
        "jdbc:",
        "pwd=;server=",
        "curl -u ",
        "token",
        "LS0tLS1CRUdJTi",
        "Zk4vQ8mT2xLp9",
        "passpasspass",
        "\\\"key\\\":\\\"",
        "- name: KEY\n  value",
        "0/1",
        ":AA",
        "EAAAA",
        "glpat-",
        "basic ",
        "\"d\":",
        "|password|",
        "|a|b\n|---|\n",
        "chpasswd:\n a:",
        "login: a / ",
        "sessionid=",
        "<Password> <Value>",
        "{a{a{",
    ] {
        let rate = |bytes: usize| {
            let text = unit.repeat(bytes / unit.len());
            let once = || {
                let started = cpu_time();
                for _ in 0..2 {
                    let _ = scanner.scan(text.as_bytes(), b"a.yml", None);
                }
                // The kernel counts in steps of some milliseconds.
                cpu_time()
                    .saturating_sub(started)
                    .max(Duration::from_millis(8))
            };
            once().min(once())
        };
        let (small, large) = (rate(4_000), rate(32_000));
        assert!(
            large < small * 8 * 5,
            "{unit:?}: {small:?} for 4 kB, {large:?} for 32 kB"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_scanned_without_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..2000), path in "[a-z./]{0,20}",
    ) {
        for finding in scan(&bytes, &path) {
            prop_assert!(finding.range.end <= bytes.len());
        }
    }

    #[test]
    fn whatever_stands_around_a_secret_no_excerpt_shows_it(
        parts in prop::collection::vec("(key|password|token|://|=|:|\"|'| |\n|sk-|[a-z]{1,6}|u@h)", 0..30),
        seed: u64,
    ) {
        let secret = fill("ghp_{b62:30}{crc}", seed).text;
        let text = format!("{} {secret} {VALUE} {}", parts.concat(), parts.concat());
        let found = scan(text.as_bytes(), "a.yml");
        prop_assert!(found.len() >= 2);
        for finding in found {
            prop_assert!(!finding.excerpt.contains(&secret[..12]) && !finding.excerpt.contains(VALUE));
            prop_assert!(!finding.why.contains(VALUE));
        }
    }

    /// What rules react to, in any order: findings lie inside the text, and a stream of pieces finds
    /// the same.
    #[test]
    fn texts_full_of_keywords_are_scanned_alike_whole_and_in_pieces(
        parts in prop::collection::vec(
            prop_oneof![
                "(password|secret|token|api_key|-p|curl -u |mysql -p|sshpass |machine |jdbc:|pwd=|PSK \"|chpasswd)",
                "(://|@|=|: |:|\"|'|`| |\n|\\{|\\}|\\(|\\)|,|;|\\|| is | As String =|->|</key>|<string>|\\\\u)",
                "(eyJ|sk-|ghp_|AKIA|SG\\.|:AA|-----BEGIN |PRIVATE KEY-----|PuTTY-User-Key-File-|Private-Lines:|variable \"|default)",
                "[0-9A-Za-z+/!#$%]{1,40}",
                "\\PC{1,3}",
            ],
            0..60,
        ),
        path in "(a\\.rs|\\.pgpass|master\\.key|x\\.tfstate|chap-secrets|sasl_passwd|test/a\\.yml|)",
        size in 1_usize..50,
    ) {
        let text = parts.concat();
        let (rules, known) = (RuleSet::built_in(), known());
        let scanner = Scanner::new(&rules, Some(&known), Options::default());
        let found = scanner.scan(text.as_bytes(), path.as_bytes(), None);
        for finding in &found {
            prop_assert!(finding.range.start <= finding.secret.start);
            prop_assert!(finding.secret.end <= finding.range.end && finding.range.end <= text.len());
        }
        let mut stream = scanner.stream(path.as_bytes());
        let mut streamed = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            streamed.extend(stream.push(piece));
        }
        streamed.extend(stream.finish());
        prop_assert_eq!(streamed, found);
    }
}
