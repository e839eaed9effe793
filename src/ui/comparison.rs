//! Two sets of variables side by side, in words. Names and parts only, never a value.

use std::fmt::Write as _;

use super::diff_view::part;
use crate::core::changes::compare::{Comparison, Difference};
use crate::core::printable::printable;

/// One line for each variable that is not the same on both sides, and a count of the others.
#[must_use]
pub fn text(found: &Comparison, left: &str, right: &str) -> String {
    let mut out = String::new();
    let [left, right] = [left, right].map(|name| printable(name.as_bytes()));
    let mut line = |sign: char, name: &str, note: &str| {
        let name = printable(name.as_bytes());
        writeln!(out, "{sign} {name}  {note}").expect("a String takes everything");
    };
    for name in &found.missing_right {
        line('-', name, &format!("only in {left}"));
    }
    for name in &found.missing_left {
        line('+', name, &format!("only in {right}"));
    }
    for difference in &found.differing {
        line('~', &difference.name, &how(difference));
    }
    for name in &found.unclear {
        line('?', name, "sealed under keys that are not at hand");
    }
    if !found.equal.is_empty() {
        writeln!(out, "= {} equal", found.equal.len()).expect("a String takes everything");
    }
    if !found.named.is_empty() {
        writeln!(out, "= {} in both", found.named.len()).expect("a String takes everything");
    }
    out
}

fn how(difference: &Difference) -> String {
    let parts: Vec<String> = difference.parts.iter().map(part).collect();
    match parts.as_slice() {
        [] => "differs".to_owned(),
        parts => format!("differs in {}", parts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::shape::Part;

    #[test]
    fn each_variable_has_its_line() {
        let found = Comparison {
            missing_left: vec!["NEW\x1b[2J".into()],
            missing_right: vec!["OLD".into()],
            differing: vec![Difference {
                name: "URL".into(),
                parts: vec![Part::Host, Part::Port],
            }],
            equal: vec!["A".into(), "B".into()],
            unclear: vec!["K".into()],
            named: Vec::new(),
        };
        assert_eq!(
            text(&found, "a.env", "b.env"),
            "- OLD  only in a.env\n+ NEW\\x1b[2J  only in b.env\n~ URL  differs in host, port\n\
             ? K  sealed under keys that are not at hand\n= 2 equal\n"
        );
    }
}
