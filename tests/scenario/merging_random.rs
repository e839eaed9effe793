//! Merges of random edits by git itself, judged variable by variable.

use std::collections::BTreeMap;

use crate::sandbox::{PLAIN, Repo};

/// One line of a file: a variable with its value, or a comment.
type Lines = Vec<(Option<String>, String)>;

/// Numbers that are the same in every run (the constants are Knuth's for MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    fn value(&mut self) -> String {
        let n = self.below(1_000_000);
        match n % 4 {
            0 => format!("quokka-nine-{n}"),
            1 => format!("\"quokka-nine-{n} \\\" x\""),
            2 => format!("'quokka-nine-{n}\nzephyr-{n}'"),
            _ => format!("postgres://u:quokka-nine-{n}@db/x # zephyr {n}"),
        }
    }

    fn base(&mut self) -> Lines {
        let variables = 2 + self.below(6);
        let named = (0..variables).map(|n| (Some(format!("V{n}")), self.value()));
        named.collect()
    }

    fn edited(&mut self, base: &Lines) -> Lines {
        let mut lines = base.clone();
        for _ in 0..=self.below(3) {
            let at = self.below(lines.len() + 1);
            let new = format!("N{}", self.below(4));
            match self.below(5) {
                0 if at < lines.len() => drop(lines.remove(at)),
                1 => lines.insert(at, (None, format!("# zephyr {}", self.below(9)))),
                2 | 3 if !lines.iter().any(|line| line.0.as_ref() == Some(&new)) => {
                    let value = self.value();
                    lines.insert(at, (Some(new), value));
                }
                _ if at < lines.len() && lines[at].0.is_some() => lines[at].1 = self.value(),
                _ => {}
            }
        }
        lines
    }
}

fn text(lines: &Lines) -> String {
    let line = |(name, value): &(Option<String>, String)| match name {
        Some(name) => format!("{name}={value}\n"),
        None => format!("{value}\n"),
    };
    lines.iter().map(line).collect()
}

fn variables(lines: &Lines) -> BTreeMap<&str, &str> {
    let named = lines.iter();
    named
        .filter_map(|(name, value)| Some((name.as_deref()?, value.as_str())))
        .collect()
}

/// The value of each variable as a person would settle it, and whether any must be asked about.
fn expected<'a>(base: &'a Lines, sides: [&'a Lines; 2]) -> (BTreeMap<&'a str, &'a str>, bool) {
    let [base, ours, theirs] = [variables(base), variables(sides[0]), variables(sides[1])];
    let mut merged = BTreeMap::new();
    let mut is_contradicted = false;
    for name in base.keys().chain(ours.keys()).chain(theirs.keys()) {
        let [b, o, t] = [&base, &ours, &theirs].map(|side| side.get(name));
        let value = match (o == b, t == b) {
            (_, true) => o,
            (true, _) => t,
            _ if o == t => o,
            _ => {
                is_contradicted = true;
                continue;
            }
        };
        merged.extend(value.map(|value| (*name, *value)));
    }
    (merged, is_contradicted)
}

#[test]
fn random_merges_settle_each_variable_as_a_person_would() {
    let mut kinds = [0, 0];
    for seed in 0..10 {
        let mut dice = Dice(seed);
        let base = dice.base();
        let sides = [dice.edited(&base), dice.edited(&base)];
        let repo = Repo::initialised();
        repo.write(".env", text(&base));
        repo.commit("Base");
        for (branch, lines) in ["one", "two"].iter().zip(&sides) {
            repo.git(["switch", "--quiet", "-c", branch, "main"]).ok();
            repo.write(".env", text(lines));
            repo.git(["commit", "--quiet", "--all", "--allow-empty", "-m", branch])
                .ok();
        }
        let (merged, is_contradicted) = expected(&base, [&sides[0], &sides[1]]);
        kinds[usize::from(is_contradicted)] += 1;
        for (here, there) in [("one", "two"), ("two", "one")] {
            repo.git(["switch", "--quiet", "--detach", here]).ok();
            let ran = repo.git(["merge", "--quiet", "-m", "Merge", there]).run();
            let found = repo.text(".env");
            assert_eq!(ran.code != 0, is_contradicted, "{seed}: {found}");
            for (name, value) in &merged {
                let line = format!("{name}={value}\n");
                assert_eq!(found.matches(&line).count(), 1, "{seed}: {line}{found}");
            }
            repo.assert_nowhere(&PLAIN);
            if is_contradicted {
                assert!(found.contains("<<<<<<< ") && !found.contains("seal1:"));
                repo.git(["merge", "--abort"]).ok();
            } else {
                let names = found.lines().filter(|line| line.starts_with(['V', 'N']));
                assert_eq!(names.count(), merged.len(), "{seed}: {found}");
            }
            repo.assert_clean();
        }
    }
    assert!(kinds.iter().all(|count| *count > 1), "{kinds:?}");
}
