//! `name = "value"` in the usual syntaxes: shell, YAML, TOML, JSON, XML, INI, Dockerfile, SQL,
//! programming languages, command-line options, lists of name/value pairs.
//!
//! Finds spans around a word of the name; judges neither name nor value.

mod cursor;
mod table;

use std::ops::Range;

use cursor::Cursor;

/// A name can be this long on either side of the word that was found in it.
const NAME_REACH: usize = 80;

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Between quotes.
    Quoted,
    /// Bare, behind `=`, `:` or the like.
    Bare,
    /// Bare, behind nothing but a blank or `>`: `--password value`, `<password>value`.
    Loose,
    /// Behind a blank or `is`, in the middle of a line of other words: `the password is value`,
    /// `user x password value`.
    Aside,
}

/// A name and the value that is given to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The whole name: letters, digits, `_`, `-`, `.`.
    pub name: Range<usize>,
    /// The value without its quotes.
    pub value: Range<usize>,
    /// How the value was written.
    pub written: Written,
}

/// The assignment whose name holds the word at `at`, if there is one.
#[must_use]
pub fn at(text: &[u8], at: usize) -> Option<Assignment> {
    let name = name_around(text, at);
    // `AWS::IAM::AccessKey` names a type; `Shop::Application.config.secret` and
    // `profile::db::password` don't.
    let is_type = text[..name.start].ends_with(b"::")
        && text[name.start].is_ascii_uppercase()
        && !text[name.clone()].contains(&b'.');
    // `!PSK:!RC4` leaves ciphers out.
    let is_negated = text[..name.start].ends_with(b"!") && text[name.end..].starts_with(b":!");
    if is_type || is_negated {
        return None;
    }
    let in_table = || table::value(text, &name).map(|value| (value, Written::Aside));
    let (value, written) = Cursor::behind_name(text, &name).value().or_else(in_table)?;
    Some(Assignment {
        name,
        value,
        written,
    })
}

fn name_around(text: &[u8], at: usize) -> Range<usize> {
    let back = text[at.saturating_sub(NAME_REACH)..at]
        .iter()
        .rev()
        .take_while(|byte| is_name_byte(**byte))
        .count();
    let on = text[at..]
        .iter()
        .take(NAME_REACH)
        .take_while(|byte| is_name_byte(**byte))
        .count();
    at - back..at + on
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Option<(String, String, Written)> {
        let word = text
            .to_lowercase()
            .find("passw")
            .expect("the text has the word");
        let found = at(text.as_bytes(), word)?;
        let name = text[found.name].to_owned();
        Some((name, text[found.value].to_owned(), found.written))
    }

    #[test]
    fn the_usual_syntaxes_are_read() {
        use Written::{Aside, Bare, Loose, Quoted};
        for (text, name, written) in [
            ("DB_PASSWORD=s3cr3t", "DB_PASSWORD", Bare),
            ("password: s3cr3t # x", "password", Bare),
            ("  password = \"s3cr3t\"", "password", Quoted),
            ("{\"password\": \"s3cr3t\"}", "password", Quoted),
            ("{\\\"password\\\":\\\"s3cr3t\\\"}", "password", Quoted),
            ("db.password='s3cr3t'", "db.password", Quoted),
            ("password := \"s3cr3t\"", "password", Quoted),
            ("'password' => 's3cr3t',", "password", Quoted),
            ("let password: &str = \"s3cr3t\";", "password", Quoted),
            (
                "password: String = String::from(\"s3cr3t\")",
                "password",
                Quoted,
            ),
            ("config['password'] = 's3cr3t'", "password", Quoted),
            ("define('DB_PASSWORD', 's3cr3t');", "DB_PASSWORD", Quoted),
            ("setPassword(\"s3cr3t\")", "setPassword", Quoted),
            ("<password>s3cr3t</password>", "password", Quoted),
            ("ENV DB_PASSWORD s3cr3t", "DB_PASSWORD", Loose),
            ("mysql --password=s3cr3t", "--password", Bare),
            ("x --password s3cr3t", "--password", Loose),
            ("- name: PASSWORD\n  value: s3cr3t", "PASSWORD", Bare),
            (
                "<add key=\"PASSWORD\" value=\"s3cr3t\"/>",
                "PASSWORD",
                Quoted,
            ),
            (
                "{\"name\":\"PASSWORD\",\"value\":\"s3cr3t\"}",
                "PASSWORD",
                Quoted,
            ),
            ("password = b\"s3cr3t\"", "password", Quoted),
            ("password = \"\"\"s3cr3t\"\"\"", "password", Quoted),
            ("$c = -Password s3cr3t", "-Password", Loose),
            ("#define WIFI_PASSWORD \"s3cr3t\"", "WIFI_PASSWORD", Quoted),
            ("db :password \"s3cr3t\"", "password", Quoted),
            ("{password, \"s3cr3t\"}", "password", Quoted),
            ("Dim Password As String = \"s3cr3t\"", "Password", Quoted),
            (
                "variable \"password\" {\n default = \"s3cr3t\"\n}",
                "password",
                Quoted,
            ),
            (
                "<key>password</key>\n\t<string>s3cr3t</string>",
                "password",
                Quoted,
            ),
            ("var password = []byte(\"s3cr3t\")", "password", Quoted),
            ("A::b::password: 's3cr3t'", "password", Quoted),
            ("The password is s3cr3t", "password", Aside),
            ("user x password 0 s3cr3t", "password", Aside),
            ("The password is: s3cr3t", "password", Aside),
            ("user `x`, password `s3cr3t`", "password", Aside),
            ("| DB_PASSWORD | s3cr3t |", "DB_PASSWORD", Aside),
            ("| `DB_PASSWORD` | `s3cr3t` | note |", "DB_PASSWORD", Aside),
            (
                "| user | password |\n|---|---|\n| x | s3cr3t |",
                "password",
                Aside,
            ),
            (
                "fastcgi_param DB_PASSWORD \"s3cr3t\";",
                "DB_PASSWORD",
                Aside,
            ),
        ] {
            let expected = Some((name.to_owned(), "s3cr3t".to_owned(), written));
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn what_assigns_nothing_is_nothing() {
        for text in [
            "the password is secret",
            "the password reset page",
            "App::Password: s3cr3t",
            "if password === \"s3cr3t\"",
            "[\"password\", \"token\", \"key\"]",
            "password",
            "password = \"open\nend\"",
            "ALL:!PASSWORD:!3DES:!MD5",
            "| password reset | s3cr3t |",
            "| password |",
            "| password |\n|---|\n",
            "| password |\n|---|---|\n| two words |",
            "fn password(value: &str)",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_spans_lie_inside(
            before in "[ -~\n]{0,40}", behind in "[ -~\n\u{e9}]{0,120}",
        ) {
            let text = format!("{before}password{behind}");
            if let Some(found) = at(text.as_bytes(), before.len()) {
                prop_assert!(found.name.contains(&before.len()));
                prop_assert!(found.value.end <= text.len() && found.value.start <= found.value.end);
            }
        }
    }
}
