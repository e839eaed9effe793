//! Two sets of variables side by side, in words. Names and parts only, never a value.

use std::fmt::Write as _;

use super::diff_view::{columns, pad, part};
use crate::core::changes::compare::{Comparison, Difference};
use crate::core::printable::printable;

/// A longer name pushes its note to the right.
const NAME_COLUMNS: usize = 40;

/// One line for each variable that is not the same on both sides, and a count of the others.
#[must_use]
pub fn text(found: &Comparison, left: &str, right: &str) -> String {
    let [left, right] = [left, right].map(|name| format!("only in {}", printable(name.as_bytes())));
    let one_sided = |sign, names: &[String], note: &str| -> Vec<_> {
        let row = |name: &String| (sign, printable(name.as_bytes()), note.to_owned());
        names.iter().map(row).collect()
    };
    let differing = |difference: &Difference| {
        let name = printable(difference.name.as_bytes());
        ('~', name, how(difference))
    };
    let mut rows = one_sided('-', &found.missing_right, &left);
    rows.extend(one_sided('+', &found.missing_left, &right));
    rows.extend(found.differing.iter().map(differing));
    let unclear = "sealed under keys that are not at hand";
    rows.extend(one_sided('?', &found.unclear, unclear));

    let longest = rows.iter().map(|(_, name, _)| columns(name)).max();
    let names = longest.unwrap_or(0).min(NAME_COLUMNS);
    let mut out = String::new();
    for (sign, name, note) in &rows {
        writeln!(out, "{sign} {}  {note}", pad(name, names)).expect("a String takes everything");
    }
    for (names, note) in [(&found.equal, "equal"), (&found.named, "in both")] {
        if !names.is_empty() {
            writeln!(out, "= {} {note}", names.len()).expect("a String takes everything");
        }
    }
    out
}

fn how(difference: &Difference) -> String {
    let parts: Vec<String> = difference.parts.iter().map(part).collect();
    match parts.as_slice() {
        [] => "differs".to_owned(),
        parts => format!("differs ({})", parts.join(", ")),
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
            "- OLD         only in a.env\n+ NEW\\x1b[2J  only in b.env\n~ URL         differs (host, port)\n\
             ? K           sealed under keys that are not at hand\n= 2 equal\n"
        );
    }
}
