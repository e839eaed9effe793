//! The rules in force: the built-in ones, less what is switched off, and the team's own.

use super::active::{Active, ActiveShape};
use super::{Span, built_in};
use crate::core::names;
use crate::core::scan::finding::{KNOWN_VALUE, RuleId};
use crate::core::scan::keywords::Keywords;
use crate::core::scan::scene::Scene;
use crate::core::scan::settings::{BadRule, CustomRule, ScanSettings, Tests};

const SHORTEST_KEYWORD: usize = 3;

/// The rules in force. Making it builds one small table; a pattern is compiled when it is first
/// needed.
pub struct RuleSet {
    active: Vec<Active>,
    keywords: Keywords,
    /// The rules that keywords call, one keyword's behind the other's.
    called: Vec<usize>,
    /// For each keyword: where its rules end there.
    called_until: Vec<usize>,
    known_values: bool,
    allow_paths: Vec<String>,
    tests: Tests,
}

impl RuleSet {
    /// All built-in rules.
    #[must_use]
    pub fn built_in() -> Self {
        Self::new(&ScanSettings::default(), &[]).expect("the built-in rules are tested")
    }

    /// The built-in rules as the settings say, and the team's own.
    ///
    /// # Errors
    /// The first rule of the team's own, or the first word of `disable`, that cannot be used.
    pub fn new(settings: &ScanSettings, custom: &[CustomRule]) -> Result<Self, BadRule> {
        let is_off = |id: &str| settings.disable.iter().any(|off| off == id);
        let mut set = Self {
            active: Vec::with_capacity(built_in().count() + custom.len()),
            keywords: Keywords::new([]),
            called: Vec::new(),
            called_until: Vec::new(),
            known_values: !is_off(KNOWN_VALUE),
            allow_paths: settings.allow_paths.clone(),
            tests: settings.tests,
        };
        let mut calls: Vec<(&str, usize)> = Vec::new();
        for rule in built_in().filter(|rule| !is_off(rule.id)) {
            calls.extend(rule.keywords.iter().map(|word| (*word, set.active.len())));
            set.active.push(Active::built_in(rule));
        }
        for rule in custom {
            let is_taken = is_built_in(&rule.id) || set.is_rule(&rule.id);
            let id = RuleId::parse(&rule.id).filter(|_| !is_taken);
            let id = id.ok_or_else(|| BadRule::Id(rule.id.clone()))?;
            if rule.keywords.is_empty()
                || rule
                    .keywords
                    .iter()
                    .any(|word| word.len() < SHORTEST_KEYWORD)
            {
                return Err(BadRule::Keyword(rule.id.clone()));
            }
            let active = Active::custom(id, rule)?;
            if is_off(&rule.id) {
                continue;
            }
            calls.extend(
                rule.keywords
                    .iter()
                    .map(|word| (word.as_str(), set.active.len())),
            );
            set.active.push(active);
        }
        for off in &settings.disable {
            if !is_built_in(off) && !custom.iter().any(|rule| rule.id == *off) {
                return Err(BadRule::Unknown(off.clone()));
            }
        }
        let mut calls: Vec<_> = calls
            .into_iter()
            .map(|(word, rule)| (first_bytes(word), word, rule))
            .collect();
        calls.sort_unstable_by(|(first, word, rule), (other_first, other, other_rule)| {
            first.cmp(other_first).then_with(|| {
                let by_word = in_any_case(word).cmp(in_any_case(other));
                by_word.then(rule.cmp(other_rule))
            })
        });
        set.called = calls.iter().map(|(_, _, rule)| *rule).collect();
        for same in calls.chunk_by(|(_, a, _), (_, b, _)| a.eq_ignore_ascii_case(b)) {
            let before = set.called_until.last().copied().unwrap_or(0);
            set.called_until.push(before + same.len());
        }
        calls.dedup_by(|(_, a, _), (_, b, _)| a.eq_ignore_ascii_case(b));
        set.keywords = Keywords::new(calls.iter().map(|(_, word, _)| *word));
        Ok(set)
    }

    /// Whether a rule of this id is in force.
    #[must_use]
    pub fn is_rule(&self, id: &str) -> bool {
        (id == KNOWN_VALUE && self.known_values)
            || self.active.iter().any(|rule| rule.id.as_str() == id)
    }

    /// How many rules are in force, known values not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.active.len()
    }

    /// Whether no rule is in force, known values not counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    pub(in crate::core::scan) fn seeks_known_values(&self) -> bool {
        self.known_values
    }

    pub(in crate::core::scan) fn get(&self, rule: usize) -> &Active {
        &self.active[rule]
    }

    /// Whether tests are judged as any other file is.
    pub(in crate::core::scan) fn is_strict_with_tests(&self) -> bool {
        self.tests == Tests::Strict
    }

    pub(in crate::core::scan) fn skips(&self, path: &[u8]) -> bool {
        self.allow_paths
            .iter()
            .any(|pattern| names::matches(pattern.as_bytes(), path))
    }

    /// How often rules would look at a place of this text: the measure of the work that it makes. Each
    /// look reads 16 KB at most.
    #[must_use]
    pub fn looks(&self, text: &[u8]) -> usize {
        let mut looks = 0;
        self.keywords
            .each(text, |word, _| looks += self.called_by(word).len());
        looks
    }

    /// The rules that a keyword calls.
    fn called_by(&self, word: usize) -> &[usize] {
        let before = word.checked_sub(1);
        let first = before.map_or(0, |before| self.called_until[before]);
        &self.called[first..self.called_until[word]]
    }

    /// Calls `found(rule, span)` for everything that a rule finds in the text.
    pub(in crate::core::scan) fn each(
        &self,
        scene: &Scene<'_>,
        mut found: impl FnMut(usize, Span),
    ) {
        self.keywords.each(scene.text, |word, at| {
            for rule in self.called_by(word) {
                if let Ok(span) = self.active[*rule].try_at(scene, at) {
                    found(*rule, span);
                }
            }
        });
    }

    /// Calls `found(rule, span)` for what the rules for files of this name find in the whole file.
    pub(in crate::core::scan) fn each_in_file(
        &self,
        text: &[u8],
        path: &[u8],
        mut found: impl FnMut(usize, Span),
    ) {
        for (number, rule) in self.active.iter().enumerate() {
            if let ActiveShape::File(endings, find) = rule.shape
                && endings
                    .iter()
                    .any(|ending| path.ends_with(ending.as_bytes()))
            {
                for span in find(text)
                    .into_iter()
                    .filter(|span| rule.judge(&text[span.secret.clone()]).is_ok())
                {
                    found(number, span);
                }
            }
        }
    }
}

/// The first eight bytes in lower case: enough to tell most keywords apart at once.
fn first_bytes(word: &str) -> u64 {
    let bytes = in_any_case(word).chain(std::iter::repeat(0)).take(8);
    bytes.fold(0, |number, byte| number << 8 | u64::from(byte))
}

fn in_any_case(word: &str) -> impl Iterator<Item = u8> {
    word.bytes().map(|byte| byte.to_ascii_lowercase())
}

fn is_built_in(id: &str) -> bool {
    id == KNOWN_VALUE || built_in().any(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom() -> CustomRule {
        CustomRule {
            id: "acme-key".into(),
            description: "Acme key".into(),
            keywords: vec!["acme_".into()],
            pattern: "acme_([0-9a-z]{12})".into(),
            secret_group: 1,
            ..CustomRule::default()
        }
    }

    fn error(settings: &ScanSettings, rules: &[CustomRule]) -> Option<BadRule> {
        RuleSet::new(settings, rules).err()
    }

    #[test]
    fn rules_of_the_teams_own_are_checked() {
        let none = ScanSettings::default();
        let with = |change: fn(&mut CustomRule)| {
            let mut rule = custom();
            change(&mut rule);
            error(&none, &[rule])
        };
        assert_eq!(with(|_| ()), None);
        assert!(matches!(
            with(|r| r.id = "Acme".into()),
            Some(BadRule::Id(_))
        ));
        assert!(matches!(
            with(|r| r.id = "known-value".into()),
            Some(BadRule::Id(_))
        ));
        assert!(matches!(
            with(|r| r.keywords.clear()),
            Some(BadRule::Keyword(_))
        ));
        assert!(matches!(
            with(|r| r.pattern = "(".into()),
            Some(BadRule::Pattern(..))
        ));
        assert!(matches!(
            with(|r| r.secret_group = 2),
            Some(BadRule::Group(_, 2))
        ));
        assert!(error(&none, &[custom(), custom()]).is_some());
    }

    #[test]
    fn every_built_in_pattern_compiles() {
        for rule in &RuleSet::built_in().active {
            if let ActiveShape::Token(pattern) | ActiveShape::Value(pattern) = &rule.shape {
                assert_eq!(pattern.compile().err(), None, "{}", rule.id);
            }
        }
    }

    #[test]
    fn rules_are_switched_off_by_name() {
        let off = |id: &str| ScanSettings {
            disable: vec![id.into()],
            ..ScanSettings::default()
        };
        let set = RuleSet::new(&off("github-pat"), &[]).expect("a rule");
        assert!(!set.is_rule("github-pat") && set.is_rule("jwt"));
        let set = RuleSet::new(&off("known-value"), &[]).expect("a rule");
        assert!(!set.seeks_known_values());
        assert!(matches!(
            error(&off("nonsense"), &[]),
            Some(BadRule::Unknown(_))
        ));
    }
}
