//! What git's own views show: the program that git starts for them, and the setting it obeys.

use crate::sandbox::{Call, ENV, KEY, Repo};

#[test]
fn textconv_obeys_its_setting() {
    let repo = Repo::with_env();
    let show = |vscode: &str| {
        let call = repo.git(["show", "--textconv", "HEAD:.env"]);
        call.env("VSCODE_GIT_COMMAND", vscode).ok().out()
    };
    assert!(show("show").contains('•'), "masked is the default");
    repo.git(["config", "seal.textconv", "auto"]).ok();
    assert_eq!(show("show"), ENV);
    assert!(show("diff").contains('•'));
    repo.git(["config", "seal.textconv", "plain"]).ok();
    assert_eq!(show(""), ENV);
    repo.git(["config", "seal.textconv", "sealed"]).ok();
    assert_eq!(show("").as_bytes(), repo.blob("HEAD:.env"));
    repo.git(["config", "seal.textconv", "nonsense"]).ok();
    assert!(show("show").contains('•'));
}

#[test]
fn textconv_never_fails() {
    let repo = Repo::with_env();
    repo.write("binary", b"\0\xff quokka-nine");
    for words in [
        vec!["textconv"],
        vec!["textconv", "missing"],
        vec!["textconv", "binary"],
    ] {
        let shown = repo.seal(words).ok();
        assert!(shown.tells_nothing().out().contains("••••••••"));
    }
    let outside = repo.seal(["textconv", "app/.env"]).below("..").ok();
    assert!(outside.tells_nothing().out().contains("API_KEY=••••••••"));
}

#[test]
fn git_calls_the_small_program_and_older_clones_learn_of_it() {
    let repo = Repo::with_env();
    let called = || {
        let asked = repo.git(["config", "--get", "diff.seal.textconv"]).ok();
        asked.out().trim_end().to_owned()
    };
    assert_eq!(called(), "git-seal-textconv");
    for mend in [&["unlock", "--stdin"][..], &["doctor", "--fix"]] {
        repo.git(["config", "diff.seal.textconv", "git-seal textconv"])
            .ok();
        let shown = repo.git(["show", "HEAD", "--", ".env"]).ok();
        assert!(shown.tells_nothing().out().contains("API_KEY=••••••••"));
        let doctor = repo.seal(["doctor"]).ends_with(1).out();
        assert!(doctor.contains("registration-outdated: "), "{doctor}");
        repo.seal(mend).stdin(KEY).run();
        assert_eq!(called(), "git-seal-textconv", "{mend:?}");
        repo.git(["config", "diff.seal.textconv", "/gone/git-seal textconv"])
            .ok();
        repo.seal(mend).stdin(KEY).run();
        assert_eq!(called(), "git-seal-textconv", "{mend:?}");
    }
    let doctor = repo.seal(["doctor"]).run().out();
    assert!(!doctor.contains("registration-outdated: "), "{doctor}");
    // Another command than ours is somebody's choice.
    repo.git(["config", "diff.seal.textconv", "cat"]).ok();
    let doctor = repo.seal(["doctor"]).run().out();
    assert!(!doctor.contains("registration-outdated: "), "{doctor}");
}

#[test]
fn where_the_small_program_is_missing_the_big_one_does_its_work() {
    let repo = Repo::with_env();
    let alone = repo.sandbox().path("alone");
    std::fs::create_dir(&alone).expect("a directory");
    let program = alone.join("git-seal");
    let program = program.to_str().expect("UTF-8");
    // Another process: a file that this one still writes, as a fork of another test, cannot be run.
    repo.program("cp", [env!("CARGO_BIN_EXE_git-seal"), program])
        .ok();
    repo.program(program, ["unlock", "--stdin"]).stdin(KEY).ok();
    let called = repo.git(["config", "diff.seal.textconv"]).ok().out();
    assert_eq!(called.trim_end(), format!("{program} textconv"));
    let shown = repo.git(["show", "HEAD", "--", ".env"]).ok();
    assert!(shown.tells_nothing().out().contains("API_KEY=••••••••"));
}

/// A file of configuration and what stands in it; `@` is the sandbox's directory.
type File<'a> = (&'a str, &'a str);

const PLAIN: &str = "[seal]\n\ttextconv = plain\n";

/// Files, and words before `git`'s command.
const LAYOUTS: &[(&[File<'_>], &[&str])] = &[
    (&[("gitconfig", PLAIN)], &[]),
    (
        &[("gitconfig", "\u{feff}[seal]\r\n  textconv=plain\r\n")],
        &[],
    ),
    (&[("gitconfig", "[SEAL] TextConv = plain")], &[]),
    (&[("gitconfig", "[Seal]\nTEXTCONV = plain ; said")], &[]),
    (
        &[(
            "gitconfig",
            "[core]\n[alias] x = y\n[seal]textconv = \"plain\"",
        )],
        &[],
    ),
    (&[("gitconfig", "[core] [seal] textconv = plain")], &[]),
    (&[("gitconfig", "[seal]\n\ttextconv = pl\\\nain")], &[]),
    (&[("gitconfig", "[seal]\n\ttextconv")], &[]),
    (&[("gitconfig", "[seal]\n\ttextconv = Plain")], &[]),
    (
        &[("gitconfig", "[seal \"production\"]\n\ttextconv = plain")],
        &[],
    ),
    (
        &[(
            "gitconfig",
            "[seal]\n\tstore = never\n[user]\n\ttextconv = plain",
        )],
        &[],
    ),
    (
        &[(
            "gitconfig",
            "# [seal]\n[user]\n\t# [seal]\n\ttextconv = plain",
        )],
        &[],
    ),
    (
        &[(
            "gitconfig",
            "[alias]\n\tx = !f \\\n[seal]\\\n  textconv = plain",
        )],
        &[],
    ),
    (
        &[("gitconfig", "[alias]\n\tx = [seal]\n\ttextconv = plain")],
        &[],
    ),
    (
        &[
            ("gitconfig", PLAIN),
            ("app/.git/config", "[seal]\n\ttextconv = masked"),
        ],
        &[],
    ),
    (
        &[
            ("gitconfig", "[seal]\n\ttextconv = masked"),
            ("app/.git/config", PLAIN),
        ],
        &[],
    ),
    // Includes
    (
        &[("gitconfig", "[include]\n\tpath = more"), ("more", PLAIN)],
        &[],
    ),
    (
        &[
            ("gitconfig", "[include]\n\tpath = \"@/more\""),
            ("more", PLAIN),
        ],
        &[],
    ),
    (
        &[
            ("gitconfig", "[include] path = ~/more"),
            ("home/more", PLAIN),
        ],
        &[],
    ),
    (
        &[
            ("gitconfig", "[include]\n\tpath = ~/more"),
            ("home/more", PLAIN),
        ],
        &[],
    ),
    (
        &[
            ("gitconfig", "[include]\n\tpath = ~/missing\n\tpath = more"),
            ("more", "[user]"),
        ],
        &[],
    ),
    (
        &[
            ("gitconfig", "[include]\n\tpath = more"),
            ("more", "[include]\n\tpath = again"),
            ("again", PLAIN),
        ],
        &[],
    ),
    (
        &[
            ("gitconfig", "[includeIf \"gitdir:@/app/\"]\n\tpath = more"),
            ("more", PLAIN),
        ],
        &[],
    ),
    (
        &[
            (
                "gitconfig",
                "[includeIf \"gitdir:@/[a]pp/\"]\n\tpath = more",
            ),
            ("more", PLAIN),
        ],
        &[],
    ),
    (
        &[
            (
                "gitconfig",
                "[includeIf \"gitdir:@/other/\"]\n\tpath = more",
            ),
            ("more", PLAIN),
        ],
        &[],
    ),
    (
        &[
            ("gitconfig", "[includeIf \"onbranch:main\"] path = more"),
            ("more", PLAIN),
        ],
        &[],
    ),
    (
        &[
            ("app/.git/config", "[include]\n\tpath = ../more"),
            ("app/more", PLAIN),
        ],
        &[],
    ),
    (
        &[
            ("gitconfig", PLAIN),
            ("app/.git/config", "[include]\n\tpath = more"),
            ("app/.git/more", "[seal]\n\ttextconv = masked"),
        ],
        &[],
    ),
    // On the command line
    (&[], &["git", "-c", "seal.textconv=plain"]),
    (&[], &["git", "-c", "SEAL.textConv=plain"]),
    (&[], &["git", "-c", "user.name='seal.textconv'='plain'"]),
    (
        &[],
        &[
            "env",
            "SHOWN=plain",
            "git",
            "--config-env=seal.textconv=SHOWN",
        ],
    ),
    (&[("more", PLAIN)], &["git", "-c", "include.path=@/more"]),
    (
        &[("gitconfig", PLAIN)],
        &["git", "-c", "seal.textconv=masked"],
    ),
    (
        &[],
        &[
            "env",
            "GIT_CONFIG_COUNT=1",
            "GIT_CONFIG_KEY_0=Seal.textconv",
            "GIT_CONFIG_VALUE_0=plain",
            "git",
        ],
    ),
    (
        &[],
        &[
            "env",
            "GIT_CONFIG_COUNT=0",
            "GIT_CONFIG_KEY_0=seal.textconv",
            "GIT_CONFIG_VALUE_0=plain",
            "git",
        ],
    ),
    // Elsewhere
    (
        &[("home/git/config", PLAIN)],
        &["env", "-u", "GIT_CONFIG_GLOBAL", "git"],
    ),
    (
        &[("home/.gitconfig", PLAIN)],
        &["env", "-u", "GIT_CONFIG_GLOBAL", "git"],
    ),
    (
        &[("home/.config/git/config", PLAIN)],
        &[
            "env",
            "-u",
            "GIT_CONFIG_GLOBAL",
            "-u",
            "XDG_CONFIG_HOME",
            "git",
        ],
    ),
    (
        &[("system", PLAIN)],
        &[
            "env",
            "GIT_CONFIG_NOSYSTEM=0",
            "GIT_CONFIG_SYSTEM=@/system",
            "git",
        ],
    ),
    (
        &[("system", PLAIN)],
        &["env", "GIT_CONFIG_SYSTEM=@/system", "git"],
    ),
    (&[("app/.git/config.worktree", PLAIN)], &[]),
    (
        &[
            ("app/.git/config", "[extensions]\n\tworktreeConfig = true"),
            ("app/.git/config.worktree", PLAIN),
        ],
        &[],
    ),
];

#[test]
fn the_setting_is_what_git_says_wherever_it_stands() {
    let repo = Repo::with_env();
    let here = repo.sandbox().path("");
    let here = here.to_str().expect("UTF-8").trim_end_matches('/');
    let mut seen = [0, 0];
    for (files, words) in LAYOUTS {
        let mut before = Vec::new();
        for (name, text) in *files {
            let path = repo.sandbox().path(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
            let old = std::fs::read(&path).ok();
            let mut all = old.clone().unwrap_or_default();
            if text.starts_with('\u{feff}') {
                all.clear();
            }
            all.extend(text.replace('@', here).bytes());
            std::fs::write(&path, all).expect("a configuration");
            before.push((path, old));
        }
        let words: Vec<_> = words.iter().map(|word| word.replace('@', here)).collect();
        let (program, words) = match words.split_first() {
            Some((program, words)) => (program.as_str(), words),
            None => ("git", &[][..]),
        };
        let ask = |more: &[&str]| -> Call {
            let words = words.iter().map(String::as_str).chain(more.iter().copied());
            repo.program(program, words)
        };
        let said = ask(&["config", "--get", "seal.textconv"]).run().out();
        let is_plain = said.trim_end() == "plain";
        seen[usize::from(is_plain)] += 1;
        let shown = ask(&["show", "--textconv", "HEAD:.env"]).ok().out();
        assert_eq!(shown == ENV, is_plain, "{files:?} {words:?}: {said}{shown}");
        assert_eq!(shown.contains('•'), !is_plain, "{files:?} {words:?}");
        for (path, old) in before {
            match old {
                Some(old) => std::fs::write(path, old).expect("as it was"),
                None => std::fs::remove_file(path).expect("gone again"),
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
}

#[test]
fn a_setting_in_plain_words_is_read_without_starting_git() {
    let repo = Repo::with_env();
    let program = env!("CARGO_BIN_EXE_git-seal-textconv");
    let show = || {
        let call = repo.program(program, [".env"]).env("PATH", "/nonexistent");
        call.ok().out()
    };
    assert!(show().contains('•'));
    repo.git(["config", "seal.textconv", "plain"]).ok();
    repo.git(["config", "seal.store", "never"]).ok();
    assert_eq!(show(), ENV);
}

#[test]
fn marks_are_the_same_in_every_layout_of_a_clone() {
    for format in [
        &[][..],
        &["--object-format=sha256"],
        &["--ref-format=reftable"],
    ] {
        let repo = Repo::empty();
        let again = ["init", "--quiet"]
            .iter()
            .chain(format)
            .chain(&["../other"]);
        if repo.git(again).run().code != 0 {
            eprintln!("skipped: this git has no {format:?}");
            continue;
        }
        let repo = Repo::at(repo.sandbox(), "other");
        repo.initialise();
        repo.write(".env", ENV);
        repo.commit("Seal secrets");
        repo.write(".env", format!("{ENV}NEW=1\n"));
        repo.commit("One more");
        repo.git(["worktree", "add", "--quiet", "../linked"]).ok();
        let linked = Repo::at(repo.sandbox(), "linked");
        let expected = repo.git(["log", "-p", "--format="]).ok().out();
        let changed = |text: &str| {
            text.lines()
                .filter(|l| l.starts_with("+NEW=••••••••"))
                .count()
        };
        assert_eq!(changed(&expected), 1, "{expected}");
        let lines = expected.lines().filter(|line| line.contains('•'));
        assert_eq!(
            lines.count(),
            ENV.lines().count() + 4,
            "only what changed\n{expected}"
        );
        let same = |shown: String| assert_eq!(shown, expected);
        same(linked.git(["log", "-p", "--format="]).ok().out());
        std::fs::create_dir_all(repo.path("deep/down")).expect("directories");
        same(
            repo.git(["log", "-p", "--format="])
                .below("deep/down")
                .ok()
                .out(),
        );
        let told = ["--git-dir=.git", "--work-tree=.", "log", "-p", "--format="];
        same(repo.git(told).ok().out());
    }
}

#[test]
fn blame_of_the_work_tree_is_masked_and_knows_who_wrote_each_line() {
    let repo = Repo::with_env();
    repo.write(".env", format!("{ENV}NEW=quokka-nine\n"));
    repo.commit("One more");
    let [locked, open] = ["locked", "open"].map(|name| repo.clone_to(name));
    locked.unlock();
    locked.seal(["lock"]).ok();
    open.unlock();
    for clone in [&locked, &open] {
        let committed = clone.git(["blame", "HEAD", "--", ".env"]).ok();
        let shown = clone.git(["blame", ".env"]).ok();
        assert_eq!(shown.tells_nothing().out(), committed.out());
        assert!(shown.out().contains("API_KEY=••••••••"), "{}", shown.out());
    }
    open.write(".env", format!("{ENV}NEW=changed\n"));
    let shown = open.git(["blame", ".env"]).ok().out();
    assert_eq!(shown.matches("Not Committed Yet").count(), 1, "{shown}");
}

#[test]
fn masks_in_the_place_of_values_are_not_committed() {
    let repo = Repo::with_env();
    let masked = repo.seal(["textconv", ".env"]).ok().stdout;
    repo.write(".env", masked);
    repo.git(["add", ".env"]).ok();
    let refused = repo.git(["commit", "-m", "Masks"]).fails();
    assert!(refused.err().contains(".env"), "{}", refused.err());
}

#[test]
fn a_file_with_a_mask_in_place_of_a_value_is_not_sealed() {
    let repo = Repo::with_env();
    let view = repo.git(["show", "HEAD:.env", "--textconv"]).ok().out();
    let masked = view
        .lines()
        .find(|line| line.starts_with("API_KEY="))
        .unwrap();
    repo.write(".env", format!("OTHER=a-value-beside-it\n{masked}\n"));
    let added = repo.git(["add", ".env"]).ends_with(128);
    assert!(
        added.err().starts_with(
            "git-seal: error: .env: line 2 (API_KEY): a mask stands here instead of a value\n\
             git-seal: hint: it was copied from a masked view: put the value back, or restore the file from history\n"
        ),
        "{}",
        added.err()
    );
    repo.git(["checkout", "--", ".env"]).ok();
    repo.assert_clean();
}
