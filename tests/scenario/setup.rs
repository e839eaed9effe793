//! `git seal init`, `track`, `reseal`, `deinit`: ways in, and the way out.

use std::collections::BTreeSet;

use crate::sandbox::{ENV, KEY, OTHER_KEY, PLAIN, Repo, contains};

#[test]
fn a_new_repository_is_set_up_in_one_step() {
    let repo = Repo::empty();
    repo.write(".env", ENV);
    let said = repo.seal(["init", "--yes"]).ok();
    said.tells_nothing();
    let expected = [
        "wrote .seal/config.toml: the policies",
        "environment default: made key ",
        "wrote .seal/ledger.jsonl: which key is current, and since when",
        "set up the filter in this clone's git configuration",
        "installed hooks: pre-commit, pre-merge-commit, commit-msg, pre-push",
        "wrote .gitattributes: which files are sealed",
        "hint: next: git add .gitattributes .seal .env && git commit -m \"Seal secrets\"",
        "hint: give the key to colleagues and CI, and keep a copy: git seal key export",
    ];
    assert_eq!(said.err().lines().count(), expected.len(), "{}", said.err());
    for (line, start) in said.err().lines().zip(expected) {
        assert!(line.starts_with(&format!("git-seal: {start}")), "{line}");
    }
    let key = repo.seal(["key", "export", "--yes"]).ok().out();
    assert!(!contains(&said.stderr, key.trim().as_bytes()));
    repo.commit("Seal secrets");
    repo.assert_env();
    repo.seal(["status"]).ok();
}

#[test]
fn init_is_safe_to_run_again() {
    let repo = Repo::with_env();
    let before = repo.text(".gitattributes");
    repo.seal(["init", "--yes"]).ok().says(
        "git-seal: environment default is set up already\n\
         git-seal: set up the filter in this clone's git configuration\n\
         git-seal: nothing to commit: this repository is set up\n",
    );
    assert_eq!(repo.text(".gitattributes"), before);
    repo.assert_env();
    // In a clone it does the same, but for a key: nothing is made up.
    let clone = repo.clone_to("clone");
    let said = clone.seal(["init", "--yes"]).ends_with(3);
    said.says(
        "git-seal: environment default is set up already\n\
         git-seal: error: no key at hand for environment default\n\
         git-seal: hint: set SECRETS_MASTER_KEY, or run `git seal unlock`\n\
         git-seal: set up the filter in this clone's git configuration\n\
         git-seal: installed hooks: pre-commit, pre-merge-commit, commit-msg, pre-push\n",
    );
    assert!(!clone.path(".git/git-seal/keys").exists());
    clone.assert_clean();
}

#[test]
fn a_line_of_another_that_wins_over_ours_is_told() {
    let repo = Repo::empty();
    repo.write("app/.gitattributes", "*.env filter=lfs\n");
    repo.write("app/.env", ENV);
    repo.write(".env", ENV);
    let said = repo.seal(["init", "--yes"]).ok();
    assert!(said.mentions(
        "git-seal: warning: app/.env is not protected: another line of .gitattributes sets its filter\n\
         git-seal: hint: take that line out, until `git check-attr filter -- app/.env` says seal\n"
    ), "{}", said.err());
    assert!(!said.mentions("warning: .env"));
}

#[test]
fn an_environment_that_is_named_twice_is_set_up_once() {
    let repo = Repo::empty();
    let words = ["init", "--yes", "--env", "eu", "--env", "eu"];
    let said = repo.seal(words).ok();
    assert!(!said.mentions("already"), "{}", said.err());
}

#[test]
fn init_works_from_a_subdirectory() {
    let repo = Repo::empty();
    repo.write("deep/er/.env", ENV);
    let said = repo.seal(["init", "--yes"]).below("deep/er").ok();
    assert!(said.mentions("next: git add ../../.gitattributes ../../.seal .env && "));
    assert!(repo.path(".gitattributes").is_file() && repo.path(".seal/ledger.jsonl").is_file());
    repo.git(["add", ".env"]).below("deep/er").ok();
    repo.commit("Deep");
    assert_eq!(repo.text("deep/er/.env"), ENV);
    repo.assert_well();
}

#[test]
fn an_ignored_env_stays_ignored_and_init_says_so() {
    let repo = Repo::empty();
    repo.write(".gitignore", ".env\n");
    repo.write(".env", ENV);
    let said = repo.seal(["init", "--yes"]).ok();
    assert!(said.mentions(
        "git-seal: warning: .env is ignored by git, and stays so: it is not protected and not shared\n"
    ));
    assert!(!repo.text(".gitattributes").contains("/.env export-ignore"));
    repo.commit("Set up");
    assert_eq!(repo.git(["ls-files", ".env"]).ok().out(), "");
    assert_eq!(repo.text(".gitignore"), ".env\n");
    repo.assert_env();
}

#[test]
fn unignore_is_the_first_of_two_steps() {
    let repo = Repo::empty();
    repo.write(".gitignore", "*.log\n.env");
    repo.write(".env", ENV);
    let said = repo.seal(["init", "--yes", "--unignore"]).ok();
    assert!(said.mentions("git-seal: .env is no longer ignored (.gitignore)\n"));
    assert!(
        said.mentions("hint: step 1, now: git add .gitattributes .seal .gitignore && "),
        "{}",
        said.err()
    );
    assert!(said.mentions(
        "hint: step 2, when everyone has pulled and saved their own file: git add .env\n"
    ));
    assert_eq!(repo.text(".gitignore"), "*.log\n.env\n!/.env\n");
    repo.commit("Both steps");
    repo.assert_env();
}

#[test]
fn unignore_gives_up_where_another_rule_wins() {
    let repo = Repo::empty();
    repo.write("app/.gitignore", ".env\n");
    repo.write("app/.env", ENV);
    let said = repo.seal(["init", "--yes", "--unignore"]).ok();
    assert!(said.mentions("git-seal: warning: app/.env stays ignored: a rule elsewhere wins over .gitignore at the top\n"));
    assert!(!repo.path(".gitignore").exists());
}

#[test]
fn a_file_that_was_ignored_once_gets_a_warning() {
    let repo = Repo::empty();
    repo.write(".gitignore", ".env\n");
    repo.commit("Ignore");
    repo.write(".gitignore", "");
    repo.commit("No longer");
    repo.write(".env", ENV);
    let said = repo.seal(["init", "--yes"]).ok();
    assert!(said.mentions("git-seal: warning: .env was ignored once: colleagues may have an own .env, which git overwrites when they pull yours; tell them first\n"));
}

#[test]
fn a_tracked_plain_env_is_sealed_only_when_it_is_named() {
    let repo = Repo::empty();
    repo.write(".env", ENV);
    repo.write("tests/fixtures/a.env", "A=fixture\n");
    repo.commit("Plain");
    let said = repo.seal(["init", "--yes"]).ok();
    said.tells_nothing();
    assert!(said.mentions("git-seal: .env stays in plain text: .gitattributes says so\n"));
    repo.commit("Set up");
    assert_eq!(repo.text(".env").as_bytes(), repo.blob("HEAD:.env"));
    repo.assert_clean();

    let repo = Repo::empty();
    repo.write(".env", ENV);
    repo.write("tests/fixtures/a.env", "A=fixture\n");
    repo.commit("Plain");
    let edited = format!("{ENV}NEW=quokka-nine\n");
    repo.write(".env", &edited);
    let said = repo.seal(["init", "--yes", ".env"]).ok();
    assert!(said.mentions("git-seal: staged .env sealed\n"));
    assert!(said.mentions("git-seal: warning: history keeps the plain values of .env: change them at their providers\n"));
    assert!(
        said.mentions(
            "git-seal: tests/fixtures/a.env stays in plain text: .gitattributes says so\n"
        )
    );
    let staged = repo.blob(":.env");
    assert!(PLAIN.iter().all(|text| !contains(&staged, text.as_bytes())));
    assert_eq!(repo.text(".env"), edited, "unstaged edits stay");
    assert_eq!(repo.blob(":tests/fixtures/a.env"), b"A=fixture\n");
    repo.commit("Seal");
    repo.assert_clean();
    repo.seal(["status"]).ok();
    repo.seal(["init", "--yes", "nothing.env"])
        .ends_with(2)
        .says(
            "git-seal: error: nothing.env is no dotenv file of this work tree\n\
         git-seal: hint: any other file is added with `git seal track`\n",
        );
}

#[test]
fn in_an_old_repository_no_object_made_after_init_holds_a_plain_value() {
    let repo = Repo::empty();
    repo.write("sub dir/.env", ENV);
    repo.write("code.rs", "fn main() {}\n");
    repo.commit("Years ago");
    let objects = || -> BTreeSet<String> {
        let listing = repo.git([
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objectname)",
        ]);
        listing.ok().out().lines().map(str::to_owned).collect()
    };
    let old = objects();
    let then = repo.git(["rev-parse", "HEAD"]).ok().out();
    repo.seal(["init", "--yes", "sub dir/.env"]).ok();
    repo.commit("Seal");
    assert_eq!(repo.text("sub dir/.env"), ENV);
    let edited = format!("{ENV}NEW=quokka-nine\n");
    repo.write("sub dir/.env", &edited);
    repo.commit("Edit");
    repo.git(["checkout", "--quiet", then.trim()]).ok();
    assert_eq!(repo.text("sub dir/.env"), ENV, "as it was committed then");
    repo.git(["checkout", "--quiet", "-"]).ok();
    assert_eq!(repo.text("sub dir/.env"), edited);
    repo.assert_clean();
    let new: Vec<String> = objects().difference(&old).cloned().collect();
    assert!(new.len() > 5);
    for id in new {
        let object = repo.git(["cat-file", "-p", &id]).ok().stdout;
        for plain in PLAIN {
            assert!(!contains(&object, plain.as_bytes()), "{plain} is in {id}");
        }
    }
    // What the old blob gave away is shown as removed once, by the commit that seals; nothing else is.
    let log = repo.git([
        "log",
        "-p",
        "--no-textconv",
        "--no-ext-diff",
        &format!("{}..", then.trim()),
    ]);
    let log = log.ok().out();
    let plain = log
        .lines()
        .filter(|line| PLAIN.iter().any(|plain| line.contains(plain)));
    assert!(plain.into_iter().all(|line| line.starts_with('-')), "{log}");
}

#[test]
fn templates_and_personal_files_are_left_alone() {
    let repo = Repo::empty();
    repo.write(".env.example", "API_KEY=\n");
    repo.write(".gitignore", ".env.local\n.env.*.local\n");
    repo.write(".env.local", "MINE=quokka-nine\n");
    repo.write(".env.test.local", "MINE=quokka-nine\n");
    let said = repo.seal(["init", "--yes", "--unignore"]).ok();
    assert!(
        !said.mentions(".local") && !said.mentions("example"),
        "{}",
        said.err()
    );
    repo.commit("Set up");
    assert_eq!(repo.blob("HEAD:.env.example"), b"API_KEY=\n");
    assert_eq!(repo.git(["ls-files", "*.local"]).ok().out(), "");
    repo.assert_well();
}

#[test]
fn a_personal_file_that_git_would_add_is_at_least_sealed() {
    let repo = Repo::initialised();
    repo.write(".env.local", "MINE=quokka-nine\n");
    repo.commit("By accident");
    repo.assert_well();
}

#[test]
fn a_key_that_is_offered_is_adopted() {
    let repo = Repo::empty();
    let said = repo
        .seal(["init", "--yes"])
        .env("SECRETS_MASTER_KEY", KEY)
        .ok();
    assert!(
        said.mentions(
            "git-seal: environment default: adopted key 8013ca7d from SECRETS_MASTER_KEY\n"
        )
    );
    assert!(
        !repo.path(".git/git-seal/keys").exists(),
        "it has a home already"
    );
    let shown = repo
        .seal(["key", "show"])
        .env("SECRETS_MASTER_KEY", KEY)
        .ok()
        .out();
    assert_eq!(
        shown,
        "8013ca7dbd9372c3  default  current  SECRETS_MASTER_KEY\n"
    );

    let repo = Repo::empty();
    let file = repo.sandbox().write("key", KEY);
    let said = repo
        .seal(["init", "--yes", "--env", "eu-1"])
        .env("SECRETS_MASTER_KEY_EU_1_FILE", &file)
        .ok();
    assert!(said.mentions(
        "git-seal: environment eu-1: adopted key 8013ca7d from SECRETS_MASTER_KEY_EU_1_FILE ("
    ));
}

#[test]
fn a_malformed_key_that_is_offered_stops_init_before_anything_is_sealed() {
    let repo = Repo::empty();
    let said = repo
        .seal(["init", "--yes"])
        .env("SECRETS_MASTER_KEY", "quokka-nine!")
        .ends_with(2);
    said.says(
        "git-seal: warning: SECRETS_MASTER_KEY holds no usable key: it is not base64\n\
         git-seal: error: SECRETS_MASTER_KEY holds no usable key: it is not base64\n\
         git-seal: hint: correct or unset SECRETS_MASTER_KEY, then run `git seal init` again\n",
    );
    assert!(!repo.path(".gitattributes").exists() && !repo.path(".seal").exists());
}

#[test]
fn a_clone_that_may_store_no_keys_needs_one_from_outside() {
    let repo = Repo::empty();
    repo.git(["config", "seal.store", "never"]).ok();
    repo.seal(["init", "--yes"]).ends_with(2).says(
        "git-seal: error: git config seal.store=never keeps keys out of this clone, and no source offers one\n\
         git-seal: hint: make one with `git seal keygen`, keep it safe, and set SECRETS_MASTER_KEY\n",
    );
    repo.seal(["init", "--yes"])
        .env("SECRETS_MASTER_KEY", KEY)
        .ok();
    repo.write(".env", ENV);
    repo.git(["add", "--all"])
        .env("SECRETS_MASTER_KEY", KEY)
        .ok();
    repo.git(["commit", "--quiet", "-m", "Sealed"]).ok();
    repo.seal(["unlock"]).env("SECRETS_MASTER_KEY", KEY).ok();
    assert!(!repo.path(".git/git-seal/keys").exists());
    repo.seal(["unlock", "--stdin"]).stdin(KEY).ends_with(2).says(
        "git-seal: error: git config seal.store=never keeps keys out of this clone\n\
         git-seal: hint: give the key in the environment (SECRETS_MASTER_KEY…), or unset seal.store\n",
    );
    repo.seal(["key", "import"]).stdin(KEY).ends_with(2);
    repo.assert_env();
}

#[test]
fn an_environment_is_added_later() {
    let repo = Repo::with_env();
    let said = repo
        .seal(["init", "--yes", "--env", "production"])
        .env("SECRETS_MASTER_KEY_PRODUCTION", OTHER_KEY)
        .ok();
    assert!(said.mentions("git-seal: environment production: adopted key ed597967 from SECRETS_MASTER_KEY_PRODUCTION\n"));
    assert!(
        repo.text(".gitattributes")
            .contains("\n.env.production seal-env=production\n")
    );
    repo.write(".env.production", "A=quokka-nine\n");
    let add = repo
        .git(["add", "."])
        .env("SECRETS_MASTER_KEY_PRODUCTION", OTHER_KEY);
    add.ok();
    repo.git(["commit", "--quiet", "-m", "Production"]).ok();
    let status = repo.seal(["status", "--json"]).ends_with(3).out();
    assert!(
        status.contains("\"key_id\":\"ed597967a9f1be3b\""),
        "{status}"
    );
    repo.assert_well();
}

#[test]
fn names_that_are_no_environment_are_refused() {
    let repo = Repo::empty();
    for name in ["File", "file", "my-file", "a_b", ""] {
        let said = repo.seal(["init", "--yes", "--env", name]).ends_with(2);
        assert!(said.mentions("no value for --env"), "{}", said.err());
    }
    assert!(!repo.path(".seal").exists());
}

#[test]
fn track_seals_more_and_reseal_what_was_plain() {
    let repo = Repo::with_env();
    repo.write("settings.ini", "password = quokka-nine\n");
    repo.commit("Plain");
    let said = repo.seal(["track", "settings.ini"]).ok();
    assert!(said.mentions("git-seal: added to .gitattributes: settings.ini filter=seal"));
    assert!(said.mentions("git-seal: warning: already tracked in plain text: settings.ini\n"));
    assert_eq!(repo.seal(["reseal"]).ok().out(), "resealed settings.ini\n");
    repo.commit("Sealed");
    repo.assert_clean();
    assert!(!contains(&repo.blob("HEAD:settings.ini"), b"quokka-nine"));
    assert_eq!(repo.text("settings.ini"), "password = quokka-nine\n");
    repo.seal(["reseal"])
        .ok()
        .says("git-seal: everything staged is sealed under the current key and policy\n");
    let again = repo.seal(["track", "settings.ini"]).ok();
    again.says("git-seal: .gitattributes has these lines already\n");
}

#[test]
fn track_tells_where_its_lines_do_not_count() {
    let repo = Repo::with_env();
    repo.write("conf/app.secret", "S=quokka-nine\n");
    repo.seal(["track", "conf/*.secret"]).ok();
    let before = repo.text(".gitattributes") + "conf/app.secret -filter\n";
    repo.write(".gitattributes", &before);
    for pattern in ["conf/*.secret", "conf/app.secret", "/conf/app.secret"] {
        let said = repo
            .seal(["track", pattern])
            .ends_with(i32::from(pattern.starts_with("conf/*")));
        assert_eq!(
            said.mentions("not sealed as you ask"),
            pattern.starts_with("conf/*"),
            "{}",
            said.err()
        );
    }
    repo.write(".gitattributes", before);
    repo.write("conf/.gitattributes", "app.secret seal-env=other\n");
    let said = repo.seal(["track", "new.secret"]).ok();
    assert!(!said.mentions("not sealed as you ask"), "{}", said.err());
    let said = repo
        .seal(["track", "conf/app.secret", "--env", "default"])
        .ends_with(1);
    assert!(
        said.mentions(
            "git-seal: warning: other lines win, and not sealed as you ask is conf/app.secret\n"
        ),
        "{}",
        said.err()
    );
    assert!(
        said.mentions("git check-attr -a -- conf/app.secret"),
        "{}",
        said.err()
    );
}

#[test]
fn track_refuses_what_it_cannot_do() {
    let repo = Repo::with_env();
    let before = repo.text(".gitattributes");
    repo.seal(["track", "x", "--env", "nowhere"])
        .ends_with(2)
        .says(
            "git-seal: error: environment nowhere has no key yet\n\
         git-seal: hint: run `git seal init --env nowhere` first\n",
        );
    repo.seal(["track", ""]).ends_with(2);
    repo.seal(["track", "a\nb"]).ends_with(2);
    for pattern in ["./app.ini", "../app.ini", "config/", "!app.ini"] {
        let said = repo.seal(["track", pattern]).ends_with(2);
        assert!(
            said.mentions(&format!("git-seal: error: {pattern}")),
            "{}",
            said.err()
        );
    }
    repo.seal(["track"]).ends_with(2);
    repo.seal(["track", "x", "--env", "File"]).ends_with(2);
    repo.seal(["reseal", "nothing"]).ends_with(2);
    repo.seal(["reseal", "../outside"])
        .ends_with(2)
        .tells_nothing();
    assert_eq!(repo.text(".gitattributes"), before);
    let other = Repo::empty();
    other.seal(["track", "x"]).ends_with(2).says(
        "git-seal: error: environment default has no key yet\n\
         git-seal: hint: run `git seal init --env default` first\n",
    );
}

#[test]
fn track_refuses_patterns_that_would_seal_what_must_be_read() {
    let repo = Repo::with_env();
    let before = repo.text(".gitattributes");
    for (pattern, needed) in [
        ("*", ".gitattributes"),
        ("**", ".gitattributes"),
        (".gitattributes", ".gitattributes"),
        (".gitignore", ".gitignore"),
        ("*.jsonl", ".seal/ledger.jsonl"),
        (".seal/*", ".seal/config.toml"),
    ] {
        repo.seal(["track", pattern]).ends_with(2).says(&format!(
            "git-seal: error: {pattern} would seal {needed} too, which must stay readable\n\
             git-seal: hint: name the files more closely, as in 'config/*.secret'\n"
        ));
    }
    repo.seal(["track", " "]).ends_with(2);
    let absolute = repo.path("app.ini");
    let said = repo
        .seal(["track".as_ref(), absolute.as_os_str()])
        .ends_with(2);
    assert!(
        said.mentions("hint: write it from the top of the work tree: git seal track app.ini\n")
    );
    assert_eq!(repo.text(".gitattributes"), before);
    let said = repo.seal(["track", "later/*.secret"]).ok();
    assert!(said.mentions("git-seal: no file that git sees matches yet\n"));
    repo.commit("Track");
    repo.assert_env();
}

#[test]
fn deinit_leaves_files_as_asked() {
    let repo = Repo::with_env();
    repo.seal(["deinit"]).ends_with(2).says(
        "git-seal: error: this needs an answer, and there is no terminal to ask on\n\
         git-seal: hint: answer with --files sealed or --files plain\n",
    );
    repo.seal(["deinit", "--files", "cooked"]).ends_with(2);
    assert_eq!(
        repo.git(["config", "filter.seal.required"]).ok().out(),
        "true\n"
    );
    repo.seal(["deinit", "--files", "plain"]).ok();
    assert_eq!(repo.text(".env"), ENV);
    assert_eq!(
        repo.git(["config", "--get-regexp", "^filter"]).run().out(),
        ""
    );
    repo.seal(["unlock"]).ok();
    repo.assert_env();
    repo.seal(["deinit", "--files", "sealed"]).ok();
    assert_eq!(repo.read(".env"), repo.blob("HEAD:.env"));
    assert_eq!(repo.git(["status", "--porcelain"]).ok().out(), "");
    repo.seal(["key", "show"]).ends_with(3);
    repo.seal(["deinit", "--files", "sealed"]).ok();
}

#[test]
fn a_symbolic_link_in_the_place_of_our_files_is_not_followed() {
    let repo = Repo::empty();
    let target = repo.sandbox().write("target", "");
    std::os::unix::fs::symlink(&target, repo.path(".gitattributes")).unwrap();
    repo.seal(["init", "--yes"]).ends_with(2).says(&format!(
        "git-seal: error: {} is a symbolic link\n\
         git-seal: hint: it could point anywhere: put a plain file or directory in its place\n",
        repo.path(".gitattributes").display()
    ));
    assert_eq!(std::fs::read(&target).unwrap(), b"");
    assert!(!repo.path(".seal").exists());
}

#[test]
fn init_warns_when_git_ignores_what_it_writes() {
    let repo = Repo::empty();
    repo.write(".gitignore", ".*\n!.gitignore\n");
    let said = repo.seal(["init", "--yes"]).ok();
    for path in [".gitattributes", ".seal/config.toml", ".seal/ledger.jsonl"] {
        let warning = format!(
            "git-seal: warning: {path} is ignored by git, and must not be: without it, clones commit plain text\n\
             git-seal: hint: `git check-ignore -v {path}` names the rule\n"
        );
        assert!(said.mentions(&warning), "{}", said.err());
    }
}

#[test]
fn a_directory_of_a_dotenv_name_is_none_of_our_business() {
    let repo = Repo::empty();
    repo.write(".env/bin/activate", "a virtual environment of Python\n");
    repo.write(".env/.env", ENV);
    repo.seal(["init", "--yes"]).ok();
    repo.commit("All");
    assert_eq!(
        repo.blob("HEAD:.env/bin/activate"),
        repo.read(".env/bin/activate")
    );
    repo.assert_well();
}

#[test]
fn deinit_and_install_admit_it_when_git_does_not_write() {
    let repo = Repo::with_env();
    repo.seal(["install"]).ok();
    repo.write(".git/config.lock", "");
    repo.sandbox().write("gitconfig.lock", "");
    let error = "git-seal: error: git config failed: could not lock config file ";
    for words in [
        &["deinit", "--files", "plain"][..],
        &["install", "--uninstall"],
    ] {
        let said = repo.seal(words).ends_with(5);
        assert!(said.err().starts_with(error), "{}", said.err());
    }
    // What is right already needs no writing.
    repo.seal(["install"]).ok();
    repo.seal(["unlock"]).ok();
    repo.assert_env();
}
