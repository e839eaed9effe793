//! Rules of the team's own, tried on the examples that stand beside them.

use super::active::{Active, Miss};
use crate::core::scan::example::fill;
use crate::core::scan::finding::RuleId;
use crate::core::scan::scene::Scene;
use crate::core::scan::settings::BadRule;
use crate::core::scan::settings::CustomRule;

/// How often each template is filled: a pattern that wants a digit too many fails sooner or later.
const TRIES: u64 = 50;

/// What came of trying a rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// How many of its examples it finds.
    pub found: usize,
    /// How many of its harmless texts it lets through.
    pub let_through: usize,
    /// What went wrong.
    pub failed: Vec<Failed>,
}

/// An example that does not do what it should; numbers count from 1, as they stand in the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Failed {
    /// No keyword stands in the example of this number.
    NoKeyword(usize),
    /// The rule does not find this example.
    Missed(usize, Miss),
    /// It finds less or more of it than stands between the marks.
    OtherSecret(usize),
    /// It finds this harmless text.
    Found(usize),
}

/// Tries a rule on its own examples and harmless texts.
///
/// # Errors
/// When the rule cannot be used at all.
pub fn try_rule(rule: &CustomRule) -> Result<Trial, BadRule> {
    let id = RuleId::parse(&rule.id).ok_or_else(|| BadRule::Id(rule.id.clone()))?;
    let active = Active::custom(id, rule)?;
    let mut trial = Trial::default();
    for (number, template) in (1..).zip(&rule.examples) {
        match (0..TRIES).find_map(|seed| fails(&active, rule, template, number, seed)) {
            Some(failed) => trial.failed.push(failed),
            None => trial.found += 1,
        }
    }
    for (number, template) in (1..).zip(&rule.harmless) {
        let is_found =
            |seed| spans(&active, rule, &fill(template, seed).text).any(|found| found.is_ok());
        if (0..TRIES).any(is_found) {
            trial.failed.push(Failed::Found(number));
        } else {
            trial.let_through += 1;
        }
    }
    Ok(trial)
}

fn fails(
    active: &Active,
    rule: &CustomRule,
    template: &str,
    number: usize,
    seed: u64,
) -> Option<Failed> {
    let example = fill(template, seed);
    let is_marked = template.contains('\u{27e6}');
    let mut failed = Failed::NoKeyword(number);
    for found in spans(active, rule, &example.text) {
        failed = match found {
            Ok(secret) if !is_marked || secret == example.secret => return None,
            Ok(_) => Failed::OtherSecret(number),
            Err(miss) => Failed::Missed(number, miss),
        };
    }
    Some(failed)
}

/// What the rule says at each keyword in the text.
fn spans<'a>(
    active: &'a Active,
    rule: &'a CustomRule,
    text: &'a str,
) -> impl Iterator<Item = Result<std::ops::Range<usize>, Miss>> + 'a {
    let is_keyword = |at: &usize| {
        rule.keywords.iter().any(|word| {
            let there = text.as_bytes().get(*at..*at + word.len());
            there.is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes()))
        })
    };
    (0..text.len()).filter(is_keyword).map(|at| {
        let scene = Scene::new(text.as_bytes(), b"");
        active.try_at(&scene, at).map(|span| span.secret)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(examples: &[&str], harmless: &[&str]) -> CustomRule {
        CustomRule {
            id: "acme-key".into(),
            keywords: vec!["acme_".into()],
            pattern: "acme_([0-9a-f]{12})".into(),
            secret_group: 1,
            min_randomness: 3.0,
            examples: examples.iter().map(|text| (*text).to_owned()).collect(),
            harmless: harmless.iter().map(|text| (*text).to_owned()).collect(),
            ..CustomRule::default()
        }
    }

    fn failed(examples: &[&str], harmless: &[&str]) -> Vec<Failed> {
        try_rule(&rule(examples, harmless))
            .expect("a good rule")
            .failed
    }

    #[test]
    fn examples_that_do_what_they_should_are_counted() {
        let trial = try_rule(&rule(
            &["acme_{hex:12}", "ACME: acme_\u{27e6}{hex:12}\u{27e7};"],
            &["acme_{hex:8}", "acme_xxxxxxxxxxxx", "nothing"],
        ));
        let trial = trial.expect("a good rule");
        assert_eq!(
            (trial.found, trial.let_through, trial.failed),
            (2, 3, Vec::new())
        );
    }

    #[test]
    fn what_goes_wrong_is_named() {
        assert_eq!(failed(&["akme_{hex:12}"], &[]), [Failed::NoKeyword(1)]);
        assert_eq!(
            failed(&["acme_{hex:11}"], &[]),
            [Failed::Missed(1, Miss::Pattern)]
        );
        assert_eq!(
            failed(&["acme_{hex:13}"], &[]),
            [Failed::Missed(1, Miss::Word)]
        );
        assert_eq!(
            failed(&["x", "acme_000000000000"], &[])[1],
            Failed::Missed(2, Miss::Placeholder)
        );
        assert!(matches!(
            failed(&["acme_abababababab"], &[])[..],
            [Failed::Missed(1, Miss::Randomness(_))]
        ));
        assert_eq!(
            failed(&["\u{27e6}acme_{hex:12}\u{27e7}"], &[]),
            [Failed::OtherSecret(1)]
        );
        assert_eq!(failed(&[], &["acme_{hex:12}"]), [Failed::Found(1)]);
    }

    #[test]
    fn a_rule_that_cannot_be_used_is_an_error() {
        let mut bad = rule(&[], &[]);
        bad.pattern = "(".into();
        assert!(matches!(try_rule(&bad), Err(BadRule::Pattern(..))));
    }
}
