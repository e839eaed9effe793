//! `git seal scan --list-rules` and `--test-rules`: what is sought, and whether the team's own rules
//! do what their examples say.

use serde::Serialize;

use crate::core::config::Config;
use crate::core::printable::{printable, printable_json};
use crate::core::scan::finding::KNOWN_VALUE;
use crate::core::scan::rules::{Failed, Miss, Trial, tables, try_rule};
use crate::core::scan::settings::CustomRule;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::vault::guard::GuardError;

#[derive(Serialize)]
struct Listing {
    version: u32,
    rules: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    id: String,
    finds: String,
    /// The field that it belongs to; none for the team's own.
    field: Option<&'static str>,
    keywords: Vec<String>,
    advice: String,
    enabled: bool,
}

/// Lists every rule, the team's own last.
pub fn list(config: &Config, is_json: bool, ui: &Ui) -> Outcome {
    let rules = items(config);
    if is_json {
        let listing = Listing { version: 1, rules };
        let json = serde_json::to_string_pretty(&listing).expect("strings and numbers only");
        ui.say(&printable_json(&json));
        return Outcome::Fine;
    }
    let width = rules.iter().map(|item| item.id.len()).max().unwrap_or(0);
    for item in &rules {
        let off = if item.enabled { "" } else { "  (off)" };
        ui.say(&format!(
            "{:width$}  {}{off}",
            printable(item.id.as_bytes()),
            printable(item.finds.as_bytes())
        ));
    }
    Outcome::Fine
}

fn items(config: &Config) -> Vec<Item> {
    let enabled = |id: &str| !config.scan.disable.iter().any(|off| off == id);
    let known = Item {
        id: KNOWN_VALUE.to_owned(),
        finds: "a value that this repository seals".to_owned(),
        field: None,
        keywords: Vec::new(),
        advice: "refer to the variable instead of repeating its value".to_owned(),
        enabled: enabled(KNOWN_VALUE),
    };
    let built_in = tables::ALL.iter().flat_map(|table| {
        table.rules.iter().map(|rule| Item {
            id: rule.id.to_owned(),
            finds: rule.title(),
            field: Some(table.title),
            keywords: rule
                .keywords
                .iter()
                .map(|word| (*word).to_owned())
                .collect(),
            advice: rule.provider.advice.to_owned(),
            enabled: enabled(rule.id),
        })
    });
    let own = config.rule.iter().map(|rule| Item {
        id: rule.id.clone(),
        finds: rule.description.clone(),
        field: None,
        keywords: rule.keywords.clone(),
        advice: rule.advice.clone(),
        enabled: enabled(&rule.id),
    });
    std::iter::once(known).chain(built_in).chain(own).collect()
}

/// Tries the team's own rules on their examples.
///
/// # Errors
/// When a rule cannot be used.
pub fn test(config: &Config, ui: &Ui) -> Result<Outcome, Failure> {
    if config.rule.is_empty() {
        ui.note("no rules of your own: `.seal/config.toml` has no [[rule]]");
        return Ok(Outcome::Fine);
    }
    let mut outcome = Outcome::Fine;
    for rule in &config.rule {
        let trial = try_rule(rule).map_err(GuardError::Rule)?;
        let id = printable(rule.id.as_bytes());
        for failed in &trial.failed {
            ui.say(&format!("{id}: {}", sentence(failed, rule)));
            outcome = Outcome::No;
        }
        if trial.failed.is_empty() {
            ui.say(&format!("{id}: {}", praise(&trial)));
        }
    }
    Ok(outcome)
}

fn praise(trial: &Trial) -> String {
    if trial.found == 0 {
        return "has no examples: nothing shows that it finds anything".to_owned();
    }
    let mut praise = format!("fine: finds {}", counted(trial.found, "example"));
    if trial.let_through > 0 {
        praise += &format!(
            ", lets {} through",
            counted(trial.let_through, "harmless text")
        );
    }
    praise
}

fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

fn sentence(failed: &Failed, rule: &CustomRule) -> String {
    let missed = |number: &usize, why: &str| format!("example {number} is not found: {why}");
    match failed {
        Failed::NoKeyword(number) => missed(number, "none of the keywords stands in it"),
        Failed::Missed(number, miss) => match miss {
            Miss::Pattern | Miss::Check => {
                missed(number, "the pattern does not match from a keyword on")
            }
            Miss::Word => missed(number, "a word runs into what matches, or out of it"),
            Miss::Placeholder => missed(
                number,
                "it looks like a placeholder, a reference or ciphertext",
            ),
            Miss::Randomness(bits) => missed(
                number,
                &format!(
                    "it has {bits:.1} bits a byte, min_randomness asks for {:.1} and different bytes",
                    rule.min_randomness
                ),
            ),
        },
        Failed::OtherSecret(number) => {
            format!(
                "example {number}: what is found is not what stands between \u{27e6} and \u{27e7}; secret_group may be wrong"
            )
        }
        Failed::Found(number) => format!("harmless text {number} is found"),
    }
}
