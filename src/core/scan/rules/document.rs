//! docs/RULES.md, made from the tables.

use std::fmt::Write as _;

use super::{Check, Rule, Shape, tables};

/// The page, in Markdown.
#[must_use]
pub fn document() -> String {
    let rules = super::built_in().count();
    let mut page = format!(
        "# Rules\n\nMade from the tables in `src/core/scan/rules/tables/`: do not edit. {rules} rules, and \
         `known-value`, which finds what this repository seals. `git seal scan --list-rules` lists those in force.\n\nA rule is switched off by `disable = \
         [\"id\"]` under `[scan]` in `.seal/config.toml`; one line is let through by the comment \
         `seal:allow id`. Rules of your own: [CONFIG.md](CONFIG.md). *Test*: what else must hold of a match. Every secret must moreover be no \
         placeholder, reference or ciphertext; in tests, fixtures and examples rules by names and for passwords ask for \
         more ([GUARD.md](GUARD.md#tests)).\n"
    );
    for table in tables::ALL {
        write!(
            page,
            "\n## {}\n\n| id | finds | by | test | what to do |\n|---|---|---|---|---|\n",
            table.title
        )
        .expect("writing to a String succeeds");
        for rule in table.rules {
            writeln!(page, "{}", row(rule)).expect("writing to a String succeeds");
        }
    }
    page
}

fn row(rule: &Rule) -> String {
    let words = || {
        let words: Vec<_> = rule
            .keywords
            .iter()
            .map(|word| format!("`{}`", word.trim_end()))
            .collect();
        words.join(", ")
    };
    let by = match rule.shape {
        Shape::Token(_) | Shape::Finder(_) => words(),
        Shape::Value(_) => format!("a name with {}", words()),
        Shape::File(endings, _) => format!("files named `{}`", endings.join("`, `")),
    };
    let check = match rule.check {
        Check::None | Check::Long if rule.min_bits > 0.0 => "randomness",
        Check::None | Check::Long => "",
        Check::Crc32Base62 | Check::Crc32Base36 | Check::Crc32Hex => "CRC-32",
        Check::Jwt => "JSON header",
        Check::BasicPair => "`user:password` in base64",
        Check::PemInBase64 => "PEM in base64",
        Check::Mixed | Check::MixedCase | Check::Bearer => "mixed characters",
        Check::Password => "no common word",
        Check::Meta => "Meta's escapes",
    };
    let source = rule
        .source
        .map_or(String::new(), |address| format!(" ([format]({address}))"));
    format!(
        "| `{}` | {}{source} | {by} | {check} | {} |",
        rule.id,
        rule.title(),
        rule.provider.advice
    )
    .replace("||", "\\|\\|")
}
