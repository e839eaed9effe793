//! Set-ups broken on purpose: `status` and `doctor` say exactly what is wrong, `--fix` mends what it
//! claims to, and then all is well.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::{Call, ENV, OTHER_KEY, Ran, Repo, Sandbox};

/// One way to break a set-up, and what is to be said about it.
struct Broken {
    /// The id of the problem.
    id: &'static str,
    /// The file that it is about.
    path: Option<&'static str>,
    /// A part of what is said.
    says: &'static str,
    /// The exit code of `doctor` and `status`.
    exit: i32,
    /// Whether `--fix` claims to mend it.
    fixable: bool,
    /// What is left after `--fix`.
    left: &'static [&'static str],
    /// Breaks a healthy repository.
    break_it: fn(&Repo),
    /// Changes how git-seal is called.
    call: fn(&Repo, Call) -> Call,
}

/// A problem without a file, exit 1, that `--fix` mends.
const MENDED: Broken = Broken {
    id: "",
    path: None,
    says: "",
    exit: 1,
    fixable: true,
    left: &[],
    break_it: |_| {},
    call: |_, call| call,
};

/// The same, and only a person can mend it.
const TOLD: Broken = Broken {
    fixable: false,
    ..MENDED
};

fn ids(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().expect("a list");
    let id = |row: &Value| row["id"].as_str().expect("a text").to_owned();
    rows.iter().map(id).collect()
}

fn json(ran: &Ran) -> Value {
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.out()))
}

impl Broken {
    /// In a repository with one sealed file.
    #[track_caller]
    fn check(&self) {
        self.check_in(&Repo::with_env());
    }

    #[track_caller]
    fn check_in(&self, repo: &Repo) {
        let id = self.id;
        let seal = |words: &[&str]| (self.call)(repo, repo.seal(words)).run();
        (self.break_it)(repo);

        let doctor = seal(&["doctor", "--json"]);
        let document = json(&doctor);
        assert_eq!(ids(&document["problems"]), [id], "{}", doctor.out());
        assert_eq!(doctor.code, self.exit, "{id}: exit code of doctor");
        let problem = &document["problems"][0];
        assert_eq!(problem["path"].as_str(), self.path, "{id}");
        assert_eq!(problem["fixable"], self.fixable, "{id}");
        let what = problem["what"].as_str().expect("a text");
        assert!(what.contains(self.says), "{id}: {what}");
        let advice = problem["advice"].as_str().expect("a text");
        assert!(!advice.is_empty(), "{id} has no advice");

        // For people it is that line, with the advice below, and nothing else.
        let file = self
            .path
            .map(|path| format!("{path}: "))
            .unwrap_or_default();
        let told = format!(
            "{id}: {file}{what}\n    {}\n",
            advice.replace('\n', "\n    ")
        );
        let text = seal(&["doctor"]);
        assert_eq!((text.out(), text.code), (told.clone(), self.exit));

        let status = seal(&["status", "--json"]);
        let document = json(&status);
        let files = document["files"].as_array().expect("a list");
        let mut found: Vec<String> = files
            .iter()
            .flat_map(|file| ids(&file["problems"]))
            .collect();
        found.extend(ids(&document["problems"]));
        assert_eq!(found, [id], "{}", status.out());
        assert_eq!(status.code, self.exit, "{id}: exit code of status");
        let text = seal(&["status"]);
        assert!(text.out().contains(&format!("{id}: ")), "{}", text.out());
        text.tells_nothing();
        let lines = seal(&["status", "--porcelain"]).out();
        let lines: Vec<&str> = lines
            .lines()
            .filter(|l| l.starts_with("problem "))
            .collect();
        let severity = problem["severity"].as_str().expect("a text");
        let file = self.path.map(|path| format!(" {path}")).unwrap_or_default();
        assert_eq!(lines, [format!("problem {severity} {id}{file}")]);
        let brief = seal(&[]);
        assert_eq!(brief.code, self.exit, "{id}: exit code of git-seal alone");
        assert!(brief.out().contains("\nnext: git "), "{}", brief.out());

        let fixed = seal(&["doctor", "--fix"]).tells_nothing().err();
        assert_eq!(
            fixed.contains(&format!("git-seal: mended {id}: ")),
            self.fixable,
            "{id}: {fixed}"
        );
        let again = seal(&["doctor", "--json"]);
        let left: &[&str] = if self.fixable { self.left } else { &[id] };
        assert_eq!(ids(&json(&again)["problems"]), left, "after --fix: {fixed}");
        if left.is_empty() {
            let well = seal(&["doctor"]);
            assert_eq!(
                (well.out().as_str(), well.err().as_str(), well.code),
                ("all is well\n", "", 0)
            );
            assert_eq!(seal(&["status"]).code, 0);
        }
    }
}

fn config(repo: &Repo, words: &[&str]) {
    repo.git([&["config"], words].concat()).ok();
}

fn forget_the_filter(repo: &Repo) {
    for section in ["filter.seal", "merge.seal", "diff.seal"] {
        config(repo, &["--remove-section", section]);
    }
}

fn append(repo: &Repo, file: &str, text: &str) {
    let old = std::fs::read_to_string(repo.path(file)).unwrap_or_default();
    repo.write(file, old + text);
}

fn script(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("in a directory")).expect("a directory");
    std::fs::write(path, text).expect("a script");
    mode(path, 0o755);
}

/// A directory with nothing but the git of these tests, which does something else `first`.
fn git_alone(repo: &Repo, first: &str) {
    let which = repo.program("sh", ["-c", "command -v git"]).ok().out();
    let text = format!("#!/bin/sh\n{first}\nexec {} \"$@\"\n", which.trim());
    script(&repo.sandbox().path("alone/git"), &text);
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

fn stage_raw(repo: &Repo, path: &str, content: &[u8]) {
    let id = repo
        .git(["hash-object", "-w", "--stdin"])
        .stdin(content)
        .ok()
        .out();
    let entry = format!("100644,{},{path}", id.trim());
    repo.git(["update-index", "--add", "--cacheinfo", &entry])
        .ok();
}

/// The staged `.env` with a text in place of another.
fn stage_edited(repo: &Repo, old: &str, new: &str) {
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).expect("text");
    stage_raw(repo, ".env", sealed.replace(old, new).as_bytes());
}

fn commit_staged(repo: &Repo) {
    repo.git(["commit", "--quiet", "--no-verify", "-m", "Staged"])
        .ok();
}

#[test]
fn in_a_healthy_repository_there_is_one_line() {
    let repo = Repo::with_env();
    let doctor = repo.seal(["doctor"]).ok();
    assert_eq!(
        (doctor.out().as_str(), doctor.err().as_str()),
        ("all is well\n", "")
    );
    let status = repo.seal(["status"]).ok();
    assert_eq!(status.err(), "", "no warning");
    let sealed = status.out();
    let rows: Vec<&str> = sealed.lines().collect();
    assert_eq!(rows.len(), 3, "{sealed}");
    assert!(rows[0].starts_with("default  key "), "{sealed}");
    assert!(rows[0].ends_with(", in 90 days"), "{sealed}");
    assert_eq!(rows[1], "  HEAD    INDEX   DISK  KEY               FILE");
    assert!(rows[2].starts_with("  sealed  sealed  open  "), "{sealed}");
    assert!(rows[2].ends_with(" current  .env"), "{sealed}");
    let document = json(&repo.seal(["status", "--json"]).ok());
    assert_eq!(document["problems"], Value::Array(Vec::new()));
    assert_eq!(
        repo.seal(Vec::<&str>::new()).ok().out(),
        "1 file protected, sealed in the repository; on disk: open\nkeys at hand: default\nall is well\n"
    );
    // Git's other words for true are as good.
    config(&repo, &["filter.seal.required", "yes"]);
    repo.seal(["doctor"]).ok();
}

/// One line of `doctor`, nothing to warn of, nothing to do.
#[track_caller]
fn assert_healthy(repo: &Repo, what: &str) {
    let doctor = repo.seal(["doctor"]).run();
    let told = (doctor.out(), doctor.err(), doctor.code);
    assert_eq!(told, ("all is well\n".into(), String::new(), 0), "{what}");
    let status = repo.seal(["status"]).ok();
    assert_eq!(status.err(), "", "{what}");
    let json = json(&repo.seal(["status", "--json"]).ok());
    assert_eq!(ids(&json["problems"]), [""; 0], "{what}");
    let brief = repo.seal(Vec::<&str>::new()).ok();
    assert!(brief.out().ends_with("\nall is well\n"), "{}", brief.out());
}

#[test]
fn in_every_layout_a_healthy_repository_has_nothing_to_say() {
    let repo = Repo::with_env();
    repo.write("api/.env", "A=quokka-nine\n");
    repo.commit("More");
    let at = |name: &str| Repo::at(repo.sandbox(), name);

    let clone = repo.clone_to("clone");
    clone.unlock();
    assert_healthy(&clone, "clone");
    repo.git(["worktree", "add", "--quiet", "../linked"]).ok();
    assert_healthy(&at("linked"), "linked work tree");
    clone.git(["sparse-checkout", "set", "--cone", "docs"]).ok();
    assert_healthy(&clone, "sparse checkout");

    let parent = at("parent");
    std::fs::create_dir(parent.directory()).expect("a directory");
    parent.git(["init", "--quiet"]).ok();
    parent
        .git(["submodule", "--quiet", "add", "../app", "sub"])
        .ok();
    let module = at("parent/sub");
    module.unlock();
    assert_healthy(&module, "submodule");

    for kind in ["--object-format=sha256", "--ref-format=reftable"] {
        let other = at(kind);
        std::fs::create_dir(other.directory()).expect("a directory");
        if other.git_can(["init", "--quiet", kind]) {
            other.initialise();
            other.write(".env", ENV);
            other.commit("Seal secrets");
            assert_healthy(&other, kind);
        }
    }

    repo.seal(["install"]).ok();
    let global = repo.clone_to("global");
    global.unlock();
    assert_healthy(&global, "the filter in the global configuration");
}

#[test]
fn a_bare_repository_is_told_what_it_can_do() {
    let repo = Repo::with_env();
    repo.git(["clone", "--quiet", "--bare", ".", "../bare"])
        .ok();
    let bare = Repo::at(repo.sandbox(), "bare");
    bare.seal(["status"]).ends_with(2).says(
        "git-seal: error: this is a bare repository: it has no work tree to seal files in\n\
         git-seal: hint: clone it, and run this in the clone\n",
    );
    let brief = || bare.seal(Vec::<&str>::new()).ok().out();
    assert!(
        brief().contains("next: git seal install --hooks "),
        "{}",
        brief()
    );
    bare.seal(["install", "--hooks"]).ok();
    assert!(!brief().contains("next:"), "{}", brief());
}

#[test]
fn a_configuration_that_is_broken_is_mended() {
    let all = [
        Broken {
            id: "filter-not-configured",
            says: "git does not know the filter in this clone",
            break_it: forget_the_filter,
            ..MENDED
        },
        Broken {
            id: "filter-not-configured",
            says: "git does not know the filter in this clone",
            break_it: |repo| {
                forget_the_filter(repo);
                std::fs::remove_dir_all(repo.path(".git/hooks")).expect("hooks are there");
            },
            ..MENDED
        },
        Broken {
            id: "filter-not-required",
            says: "git stages plain text",
            break_it: |repo| config(repo, &["--unset", "filter.seal.required"]),
            ..MENDED
        },
        Broken {
            id: "filter-not-required",
            says: "git stages plain text",
            break_it: |repo| config(repo, &["filter.seal.required", "off"]),
            ..MENDED
        },
        Broken {
            id: "registration-outdated",
            says: "merge.seal.driver",
            break_it: |repo| config(repo, &["--unset", "merge.seal.driver"]),
            ..MENDED
        },
        Broken {
            id: "cachetextconv",
            says: "git keeps what it shows",
            break_it: |repo| {
                config(repo, &["diff.seal.cachetextconv", "true"]);
                repo.git(["update-ref", "refs/notes/textconv/seal", "HEAD"])
                    .ok();
            },
            ..MENDED
        },
    ];
    all.iter().for_each(Broken::check);
}

#[test]
fn a_program_that_git_does_not_find_is_registered_anew() {
    let all = [
        Broken {
            id: "program-not-found",
            says: "which is not on the PATH that git sees (",
            break_it: |repo| git_alone(repo, ""),
            call: |repo, call| call.env("PATH", repo.sandbox().path("alone")),
            ..MENDED
        },
        Broken {
            id: "stale-program",
            says: "/nowhere/git-seal, and there is no such program",
            break_it: |repo| {
                config(
                    repo,
                    &["filter.seal.process", "/nowhere/git-seal filter-process"],
                );
            },
            ..MENDED
        },
        Broken {
            id: "other-program",
            says: "git calls another git-seal than this one",
            break_it: |repo| {
                let other = repo.sandbox().path("other/git-seal");
                script(&other, "#!/bin/sh\nexit 1\n");
                let command = format!("{} filter-process", other.display());
                config(repo, &["filter.seal.process", &command]);
            },
            ..MENDED
        },
    ];
    all.iter().for_each(Broken::check);
}

#[test]
fn an_old_git_is_named() {
    let old = Broken {
        id: "old-git",
        says: "git 2.20.1 is older than 2.39",
        break_it: |repo| {
            git_alone(
                repo,
                "[ \"$1\" = --version ] && echo git version 2.20.1 && exit",
            );
        },
        call: |repo, call| {
            let before = repo.program("sh", ["-c", "echo $PATH"]).ok().out();
            let old = repo.sandbox().path("alone");
            call.env("PATH", format!("{}:{}", old.display(), before.trim()))
        },
        ..TOLD
    };
    old.check();
}

#[test]
fn hooks_that_do_not_guard_are_told() {
    let all = [
        Broken {
            id: "hooks-missing",
            says: "git-seal does not check at pre-commit, commit-msg",
            break_it: |repo| {
                for name in ["pre-commit", "commit-msg"] {
                    std::fs::remove_file(repo.path(".git/hooks").join(name)).expect("it is there");
                }
            },
            ..MENDED
        },
        Broken {
            id: "hooks-stale",
            says: "not executable",
            break_it: |repo| mode(&repo.path(".git/hooks/pre-push"), 0o644),
            ..MENDED
        },
        Broken {
            id: "global-without-hooks",
            says: "set up for all your clones, but no hook guards this one",
            break_it: |repo| {
                repo.seal(["install"]).ok();
                repo.seal(["deinit", "--files", "plain"]).ok();
            },
            ..MENDED
        },
        Broken {
            id: "hooks-overshadowed",
            says: "so git does not run git-seal's hooks: pre-commit,",
            break_it: |repo| {
                std::fs::create_dir(repo.sandbox().path("shared-hooks")).expect("a directory");
                config(repo, &["core.hooksPath", "../shared-hooks"]);
            },
            ..TOLD
        },
        Broken {
            id: "hooks-off",
            says: "core.hooksPath is /dev/null, which is no directory",
            break_it: |repo| config(repo, &["core.hooksPath", "/dev/null"]),
            ..TOLD
        },
    ];
    all.iter().for_each(Broken::check);
}

/// Attributes that name `.env` alone.
fn only_dot_env(repo: &Repo) {
    let line = ".env filter=seal diff=seal merge=seal text eol=lf\n";
    repo.write(".gitattributes", line);
    repo.commit("Protect one name");
}

#[test]
fn attributes_that_do_not_protect_are_told() {
    let all = [
        Broken {
            id: "attributes-missing",
            path: Some("api/prod.env"),
            says: "nothing protects it: `git add` would take it in plain text",
            break_it: |repo| {
                only_dot_env(repo);
                repo.write("api/prod.env", ENV);
            },
            ..MENDED
        },
        // What HEAD holds in plain text, nothing but a commit mends.
        Broken {
            id: "attributes-missing",
            path: Some("[a] b.env"),
            says: "git tracks it, and nothing protects it",
            left: &["plain-in-head"],
            break_it: |repo| {
                only_dot_env(repo);
                stage_raw(repo, "[a] b.env", ENV.as_bytes());
                commit_staged(repo);
            },
            ..MENDED
        },
        Broken {
            id: "attributes-overridden",
            path: Some(".env"),
            says: "it is sealed in the index, and its attributes switch sealing off",
            break_it: |repo| repo.write(".git/info/attributes", ".env -filter\n"),
            ..TOLD
        },
        Broken {
            id: "attributes-overridden",
            path: Some("big.env"),
            says: "another filter has it: lfs",
            break_it: |repo| {
                append(repo, ".gitattributes", "big.env filter=lfs\n");
                repo.write("big.env", "A=1\n");
            },
            ..TOLD
        },
        Broken {
            id: "attributes-unreadable",
            path: Some(".gitattributes"),
            says: "it is a symbolic link: git does not read it",
            break_it: |repo| {
                let (old, new) = (repo.path(".gitattributes"), repo.path("lines"));
                std::fs::rename(old, &new).expect("moved");
                std::os::unix::fs::symlink("lines", repo.path(".gitattributes")).expect("a link");
            },
            ..TOLD
        },
        Broken {
            id: "environment-not-set-up",
            path: Some(".gitattributes"),
            says: "give files to environment eu-west, which is not set up: none can be sealed",
            break_it: |repo| append(repo, ".gitattributes", ".env.eu-west seal-env=eu-west\n"),
            ..TOLD
        },
        Broken {
            id: "environment-not-set-up",
            path: Some("api/.gitattributes"),
            says: "give files to environment staging",
            break_it: |repo| {
                repo.write("api/.gitattributes", "app.env  seal-env=staging\n");
                repo.git(["add", "api"]).ok();
            },
            ..TOLD
        },
        Broken {
            id: "opaque-without-text",
            path: Some("keys/app store.p12"),
            says: "git may convert line ends inside the ciphertext",
            exit: 2,
            break_it: |repo| {
                repo.seal(["track", "--opaque", "*.p12"]).ok();
                repo.write("keys/app store.p12", [0, 159, 13, 10]);
                repo.commit("Add a key store");
                append(repo, ".gitattributes", "*.p12 text\n");
            },
            ..MENDED
        },
        Broken {
            id: "bad-attributes",
            path: Some(".env"),
            says: "\"zip\" is no format",
            exit: 2,
            break_it: |repo| append(repo, ".gitattributes", ".env seal-format=zip\n"),
            ..TOLD
        },
    ];
    all.iter().for_each(Broken::check);
}

/// A key store and a file with another name, sealed in an environment of their own.
fn with_files_of_other_names(repo: &Repo) {
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    let export = ["key", "export", "--yes", "--env", "production"];
    repo.seal(export).ok();
    let track = ["track", "--env", "production"];
    repo.seal(track.iter().chain(&["--opaque", "app.p12"])).ok();
    repo.seal(track.iter().chain(&["config/a.secret"])).ok();
    repo.write("app.p12", [0, 159, 13, 10]);
    repo.write("config/a.secret", ENV);
    repo.commit("Other names");
}

#[test]
fn a_file_that_lost_its_attributes_is_told_whatever_its_name() {
    let without = |repo: &Repo, name: &str| {
        let text = repo.text(".gitattributes");
        let kept = text.lines().filter(|line| !line.starts_with(name));
        let kept: Vec<&str> = kept.collect();
        repo.write(".gitattributes", kept.join("\n") + "\n");
    };
    for (name, committed) in [
        ("config/a.secret", false),
        ("app.p12", false),
        ("app.p12", true),
    ] {
        let repo = Repo::with_env();
        with_files_of_other_names(&repo);
        without(&repo, name);
        if committed {
            repo.git(["add", ".gitattributes"]).ok();
            commit_staged(&repo);
        }
        let told = json(&repo.seal(["doctor", "--json"]).ends_with(1));
        let problem = &told["problems"][0];
        assert_eq!(ids(&told["problems"]), ["attributes-missing"]);
        assert_eq!(problem["path"], name);
        let advice = problem["advice"].as_str().expect("a text");
        assert!(advice.ends_with("--env production"), "{advice}");
        repo.seal(["doctor", "--fix"]).ok();
        repo.touch(name);
        assert!(
            !repo
                .git(["status", "--porcelain"])
                .ok()
                .out()
                .contains(name)
        );
    }
    // Sealed by hand, on disk as in git: nothing is lost.
    let repo = Repo::with_env();
    repo.seal(["encrypt", "-o", "by-hand.pem", ".env"]).ok();
    repo.commit("Sealed by hand");
    repo.seal(["doctor"]).ok();
}

#[test]
fn keys_that_are_not_as_they_should_be_are_told() {
    let all = [
        Broken {
            id: "key-source",
            says: "SECRETS_MASTER_KEY_STAGING holds no usable key: ",
            exit: 0,
            call: |_, call| call.env("SECRETS_MASTER_KEY_STAGING", "junk"),
            ..TOLD
        },
        Broken {
            id: "key-source",
            says: "SECRETS_MASTER_KEY_FILE (",
            exit: 0,
            call: |repo, call| call.env("SECRETS_MASTER_KEY_FILE", repo.sandbox().path("none")),
            ..TOLD
        },
        Broken {
            id: "key-retired",
            path: Some(".env"),
            says: ", which is retired",
            break_it: |repo| {
                repo.seal(["rotate", "--reason", "x", "--commit"]).ok();
                repo.seal(["key", "export", "--yes"]).ok();
                stage_raw(repo, ".env", &repo.blob("HEAD~1:.env"));
            },
            ..MENDED
        },
        Broken {
            id: "rotation-interrupted",
            says: "environment default: a rotation was interrupted",
            break_it: |repo| {
                let rotate = repo.seal(["rotate", "--reason", "x"]);
                rotate.env("GIT_SEAL_CRASH_AT", "journal").fails();
            },
            ..TOLD
        },
        Broken {
            id: "blob-missing",
            path: Some(".env"),
            says: " is missing from this clone",
            exit: 5,
            break_it: |repo| {
                let id = repo.git(["rev-parse", "HEAD:.env"]).ok().out();
                let (directory, file) = id.trim().split_at(2);
                let object = format!(".git/objects/{directory}/{file}");
                std::fs::remove_file(repo.path(object)).expect("a loose object");
            },
            ..TOLD
        },
    ];
    all.iter().for_each(Broken::check);
}

#[test]
fn a_fix_puts_a_file_into_the_environment_of_its_name() {
    let repo = Repo::with_env();
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    repo.seal(["key", "export", "--yes", "--env", "production"])
        .ok();
    only_dot_env(&repo);
    repo.write(".env.production", ENV);
    repo.seal(["doctor", "--fix"]).ok();
    repo.commit("Protect");
    let document = json(&repo.seal(["status", "--json"]).ok());
    assert_eq!(document["files"][1]["environment"], "production");
}

#[test]
fn files_that_are_not_as_they_should_be_are_told() {
    let all = [
        Broken {
            id: "protected-ignored",
            path: Some(".env"),
            says: "an ignore rule names it",
            break_it: |repo| repo.write(".gitignore", ".env\n"),
            ..TOLD
        },
        Broken {
            id: "plain-in-index",
            path: Some(".env"),
            says: "staged plain (lines 1, 2, 3 and 2 more)",
            break_it: |repo| stage_raw(repo, ".env", ENV.as_bytes()),
            ..MENDED
        },
        Broken {
            id: "plain-in-head",
            path: Some(".env"),
            says: "plain (lines 1, 2, 3 and 2 more) in HEAD, sealed in the index",
            break_it: |repo| {
                stage_raw(repo, ".env", ENV.as_bytes());
                commit_staged(repo);
                repo.seal(["reseal"]).ok();
            },
            ..TOLD
        },
        Broken {
            id: "odd-case",
            path: Some("api/.ENV"),
            says: "nothing protects this spelling",
            break_it: |repo| {
                config(repo, &["core.ignorecase", "true"]);
                repo.write("api/.ENV", ENV);
            },
            ..TOLD
        },
        Broken {
            id: "mergetool-leftover",
            path: Some("_LOCAL_4711.env"),
            says: "that git mergetool left behind",
            break_it: |repo| repo.write("_LOCAL_4711.env", ENV),
            ..TOLD
        },
        Broken {
            id: "not-authentic",
            path: Some(".env"),
            says: "does not authenticate",
            exit: 4,
            break_it: |repo| stage_edited(repo, "API_KEY", "API_LOCK"),
            ..TOLD
        },
        Broken {
            id: "damaged",
            path: Some(".env"),
            says: "a damaged sealed value (line 3)",
            exit: 4,
            break_it: |repo| stage_edited(repo, "URL=seal1:", "URL=seal1:!"),
            ..TOLD
        },
    ];
    all.iter().for_each(Broken::check);
}

#[test]
fn a_store_that_others_can_reach_is_told() {
    Broken {
        id: "store-permissions",
        says: "other users can get at ",
        break_it: |repo| {
            mode(&repo.path(".git/git-seal"), 0o755);
            let keys = repo.path(".git/git-seal/keys/default");
            for key in std::fs::read_dir(keys).expect("a store") {
                mode(&key.expect("a key").path(), 0o644);
            }
        },
        ..MENDED
    }
    .check();

    let shared = Repo::at(&Sandbox::new(), "OneDrive - Acme/app");
    std::fs::create_dir_all(shared.directory()).expect("a directory");
    shared.git(["init", "--quiet"]).ok();
    shared.initialise();
    shared.write(".env", ENV);
    shared.commit("Seal secrets");
    Broken {
        id: "store-shared",
        says: "the keys of this clone lie on a synchronised folder (OneDrive)",
        ..TOLD
    }
    .check_in(&shared);
}

#[test]
fn a_ledger_or_policy_that_cannot_be_used_is_told() {
    let all = [
        Broken {
            id: "ledger-fork",
            says: "environment default has several current keys",
            break_it: |repo| {
                let other = Repo::empty();
                other
                    .seal(["key", "import", "--env", "default"])
                    .stdin(OTHER_KEY)
                    .ok();
                other.seal(["init", "--yes"]).ok();
                append(
                    repo,
                    ".seal/ledger.jsonl",
                    &other.text(".seal/ledger.jsonl"),
                );
            },
            ..TOLD
        },
        Broken {
            id: "ledger-damaged",
            says: ".seal/ledger.jsonl: line 2: ",
            exit: 4,
            break_it: |repo| append(repo, ".seal/ledger.jsonl", "{}\n"),
            ..TOLD
        },
        Broken {
            id: "ledger-missing",
            says: "nothing can be sealed without it",
            break_it: |repo| {
                repo.git(["rm", "--quiet", ".seal/ledger.jsonl"]).ok();
                commit_staged(repo);
            },
            ..TOLD
        },
        Broken {
            id: "ledger-missing",
            says: ".seal/ledger.jsonl is gone from the work tree",
            break_it: |repo| {
                std::fs::remove_dir_all(repo.path(".seal")).expect("a directory");
                repo.write(".seal", "a file in its place\n");
            },
            ..TOLD
        },
        Broken {
            id: "config-invalid",
            says: ".seal/config.toml: line 1, column 1: unknown field `coments`",
            exit: 2,
            break_it: |repo| repo.write(".seal/config.toml", "coments = 1\n"),
            ..TOLD
        },
    ];
    all.iter().for_each(Broken::check);
}

#[test]
fn what_keeps_anything_from_being_told_is_named_with_what_to_do() {
    let told = |repo: &Repo, error: &str, hint: &str| {
        for words in [&["doctor"][..], &["status"], &[]] {
            let ran = repo.seal(words).fails();
            let is_said = ran.mentions(error) && ran.mentions(hint);
            assert!(is_said, "{words:?}\n{}{}", ran.out(), ran.err());
            ran.tells_nothing();
        }
    };
    let away = "move it away, and give the keys again with `git seal unlock`";
    let repo = Repo::with_env();
    let keys = repo.path(".git/git-seal/keys");
    std::fs::remove_dir_all(&keys).expect("a store");
    std::os::unix::fs::symlink("keys", &keys).expect("a link");
    told(&repo, ".git/git-seal/keys: Too many levels", away);
    std::fs::remove_dir_all(repo.path(".git/git-seal")).expect("a store");
    repo.write(".git/git-seal", "a file in its place\n");
    told(&repo, ".git/git-seal/keys: Not a directory", away);

    // A linked work tree whose repository was moved away.
    let repo = Repo::with_env();
    repo.git(["worktree", "add", "--quiet", "../linked"]).ok();
    let linked = Repo::at(repo.sandbox(), "linked");
    std::fs::rename(repo.directory(), repo.sandbox().path("moved")).expect("moved");
    told(
        &linked,
        "git-seal: error: the repository that this belongs to is gone: ",
        "git-seal: hint: if it was moved, run `git worktree repair` in it",
    );
    let moved = Repo::at(repo.sandbox(), "moved");
    moved.git(["worktree", "repair", "../linked"]).ok();
    linked.seal(["doctor"]).ok();
}

#[test]
fn on_a_narrow_terminal_what_is_to_be_pasted_stays_whole() {
    let repo = Repo::with_env();
    std::fs::remove_file(repo.path(".git/hooks/pre-push")).expect("a hook");
    let brief = repo.seal(Vec::<&str>::new()).env("COLUMNS", "40");
    brief
        .on_terminal()
        .sees("next: git seal doctor --fix\r\n        # mends 1 problem\r\n")
        .ends_with(1);
}
