//! The exit codes that docs/JSON.md publishes: each is provoked by the real program, and where two
//! hold, the published order decides.

use std::collections::BTreeSet;

use chrono::{Days, Utc};
use git_seal::core::key::{MasterKey, SealKey};
use git_seal::core::ledger::{Ledger, Meta};

use crate::sandbox::{KEY, OTHER_KEY, Repo, Sandbox};

const PAGE: &str = include_str!("../../docs/JSON.md");
const LEDGER: &str = ".seal/ledger.jsonl";

/// A command, what is wrong when it runs, and its exit code.
type Case = (&'static str, &'static [fn(&Repo)], i32);

/// Two sealed files with a history, all well.
fn healthy() -> Repo {
    let repo = Repo::initialised();
    repo.write(".env", "A=quokka-nine-old\nB=1\n");
    repo.write("api.env", "C=wintermute-two\n");
    repo.commit("Seal secrets");
    repo.write(".env", "A=sk_live_4eC39HqLyjWD\nB=1\n");
    repo.commit("Change one");
    repo.seal(["encrypt", "-o", "sealed.txt", ".env"]).ok();
    repo
}

/// Another such repository, made faster.
fn copy_of(repo: &Repo) -> Repo {
    let copy = Repo::at(&Sandbox::new(), "app");
    let words = [
        "-R".as_ref(),
        repo.directory().as_os_str(),
        copy.directory().as_os_str(),
    ];
    repo.program("cp", words).ok();
    copy
}

fn stage(repo: &Repo, path: &str, content: &[u8]) {
    let id = repo.git(["hash-object", "-w", "--stdin"]).stdin(content);
    let entry = format!("100644,{},{path}", id.ok().out().trim());
    repo.git(["update-index", "--add", "--cacheinfo", &entry])
        .ok();
}

fn commit(repo: &Repo) {
    let words = ["commit", "--quiet", "--no-verify", "-m", "More"];
    repo.git(words).ok();
}

/// A token of `.env` under the name of another variable.
fn moved(repo: &Repo) -> String {
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).expect("text");
    sealed.replace("\nA=", "\nMOVED=")
}

fn forged(repo: &Repo) {
    let text = moved(repo);
    stage(repo, ".env", text.as_bytes());
    commit(repo);
    repo.write(".env", text);
}

fn forged_in_stage(repo: &Repo) {
    stage(repo, ".env", moved(repo).as_bytes());
}

fn forged_apart(repo: &Repo) {
    let text = String::from_utf8(repo.read("sealed.txt")).expect("text");
    repo.write("sealed.txt", text.replace("\nA=", "\nMOVED="));
}

fn keyless(repo: &Repo) {
    std::fs::remove_dir_all(repo.path(".git/git-seal")).expect("a store");
}

fn plain_and_keyless(repo: &Repo) {
    stage(repo, ".env", b"A=1\n");
    keyless(repo);
}

/// Two keys in history, and none at hand.
fn rotated_then_keyless(repo: &Repo) {
    repo.seal(["rotate", "--reason", "x", "--commit"]).ok();
    keyless(repo);
}

/// A secret that a rule knows, and no key for its fingerprint.
fn found_and_keyless(repo: &Repo) {
    let url = format!("postgres://app:{}@db.internal/prod\n", "Zk8q2WvT9xLmR4n");
    stage(repo, "a.pem", url.as_bytes());
    keyless(repo);
}

fn lacking(repo: &Repo) {
    let id = repo.git(["rev-parse", "HEAD:api.env"]).ok().out();
    let (directory, file) = id.trim().split_at(2);
    let object = format!(".git/objects/{directory}/{file}");
    std::fs::remove_file(repo.path(object)).expect("a loose object");
}

fn bad_policy(repo: &Repo) {
    repo.write(".seal/config.toml", "coments = 1\n");
}

fn bad_policy_in_stage(repo: &Repo) {
    stage(repo, ".seal/config.toml", b"coments = 1\n");
}

fn bad_attributes(repo: &Repo) {
    let lines = repo.text(".gitattributes");
    repo.write(".gitattributes", lines + ".env seal-format=zip\n");
}

fn bad_exception(repo: &Repo) {
    stage(repo, ".seal/allow.jsonl", b"{}\n");
}

fn without_ledger(repo: &Repo) {
    repo.git(["rm", "--quiet", LEDGER]).ok();
    commit(repo);
}

/// Resolved, and not committed.
fn merging(repo: &Repo) {
    repo.git(["branch", "side"]).ok();
    commit_empty(repo, "Here");
    repo.git(["checkout", "--quiet", "side"]).ok();
    commit_empty(repo, "There");
    repo.git(["merge", "--no-commit", "main"]).ok();
}

fn commit_empty(repo: &Repo, subject: &str) {
    let words = ["commit", "--quiet", "--allow-empty", "-m", subject];
    repo.git(words).ok();
}

/// A sealed file beside those that git hands to the filter.
fn sealed_apart(repo: &Repo) {
    repo.write("sealed.env", repo.read("sealed.txt"));
}

fn damaged_ledger(repo: &Repo) {
    repo.write(LEDGER, repo.text(LEDGER) + "{}\n");
}

fn unhooked(repo: &Repo) {
    std::fs::remove_dir_all(repo.path(".git/hooks")).expect("hooks");
}

fn leaking(repo: &Repo) {
    stage(repo, "notes.md", b"the key is sk_live_4eC39HqLyjWD\n");
}

fn unstaged(repo: &Repo) {
    repo.write(".env", "A=sk_live_4eC39HqLyjWDer\n");
}

/// Plain text in history.
fn leaked(repo: &Repo) {
    leaking(repo);
    commit(repo);
}

fn overdue(repo: &Repo) {
    let key = SealKey::derive(MasterKey::parse(KEY.as_bytes()).expect("a key"));
    let meta = Meta {
        time: Utc::now() - Days::new(100),
        who: "Test <test@example.org>".to_owned(),
        reason: "long ago".to_owned(),
        files: 0,
        values: 0,
        due: None,
        suite: None,
    };
    let environment = "default".parse().expect("a name");
    let entry = Ledger::default().create(&environment, &key, meta);
    let ledger = Ledger::default().with(entry.expect("an entry"));
    repo.write(LEDGER, ledger.to_text());
}

/// Another `init` of the same environment, merged.
fn forked(repo: &Repo) {
    let other = Repo::empty();
    let import = ["key", "import", "--env", "default"];
    other.seal(import).stdin(OTHER_KEY).ok();
    other.seal(["init", "--yes"]).ok();
    let both = repo.text(LEDGER) + &other.text(LEDGER);
    repo.write(LEDGER, &both);
    repo.git(["add", LEDGER]).ok();
}

const CASES: &[Case] = &[
    ("init --yes", &[bad_policy], 2),
    ("init --yes", &[keyless], 3),
    ("init --yes", &[damaged_ledger], 4),
    ("track *.pem", &[bad_policy], 2),
    ("track ./a.pem", &[], 2),
    ("track *", &[], 2),
    ("track *.pem", &[damaged_ledger], 4),
    ("unlock", &[without_ledger], 2),
    ("unlock", &[keyless], 3),
    ("lock", &[unstaged], 1),
    ("lock", &[bad_policy], 2),
    ("lock", &[bad_attributes], 2),
    ("deinit --files sealed", &[unstaged], 1),
    ("deinit --files sealed", &[bad_policy], 2),
    ("deinit --files sealed", &[bad_attributes], 2),
    ("status", &[unhooked], 1),
    ("status", &[bad_policy], 2),
    ("status", &[bad_attributes], 2),
    ("status", &[keyless], 3),
    ("status", &[forged], 4),
    ("status", &[lacking], 5),
    ("doctor", &[unhooked], 1),
    ("doctor", &[bad_policy], 2),
    ("doctor", &[bad_attributes], 2),
    ("doctor", &[forged], 4),
    ("doctor", &[lacking], 5),
    ("reseal", &[bad_policy], 2),
    ("reseal", &[bad_attributes], 2),
    ("reseal", &[plain_and_keyless], 3),
    ("reseal", &[forged], 4),
    ("reseal", &[lacking], 5),
    ("rotate --reason x", &[bad_policy], 2),
    ("rotate --reason x", &[bad_attributes], 2),
    ("rotate --reason x", &[merging], 2),
    ("rotate --reason x", &[keyless], 3),
    ("rotate --reason x", &[forged], 4),
    ("rotate --reason x", &[lacking], 5),
    ("key show", &[keyless], 3),
    ("key import", &[], 2),
    ("key export --yes --env nowhere", &[], 2),
    ("key export --yes", &[keyless], 3),
    ("key export --yes", &[damaged_ledger], 4),
    ("check", &[leaking], 1),
    ("check", &[forked], 1),
    ("check", &[bad_policy_in_stage], 2),
    ("check", &[bad_exception], 2),
    ("check --range nowhere..HEAD", &[], 2),
    ("check", &[forged_in_stage], 4),
    ("check", &[lacking], 5),
    ("check --range HEAD~1..HEAD", &[lacking], 5),
    (
        "scan .",
        &[|repo| repo.write("a.md", "sk_live_4eC39HqLyjWD")],
        1,
    ),
    ("scan .", &[bad_policy], 2),
    ("scan no-such-file", &[], 2),
    ("allow known-value api.env --reason x", &[], 1),
    (
        "allow known-value a.md --reason x",
        &[bad_policy_in_stage],
        2,
    ),
    ("allow known-value a.md --reason x", &[bad_exception], 2),
    (
        "allow url-password a.pem --reason x",
        &[found_and_keyless],
        3,
    ),
    ("ledger show", &[bad_policy], 2),
    ("ledger show", &[without_ledger], 2),
    ("ledger show", &[damaged_ledger], 4),
    ("ledger export --format csv", &[bad_policy], 2),
    ("ledger export --format csv", &[without_ledger], 2),
    ("ledger export --format csv", &[damaged_ledger], 4),
    ("ledger due", &[overdue], 1),
    ("ledger due", &[bad_policy], 2),
    ("ledger due", &[without_ledger], 2),
    ("ledger due", &[damaged_ledger], 4),
    ("ledger verify", &[forked], 1),
    ("ledger verify", &[without_ledger], 2),
    ("ledger verify", &[keyless], 3),
    ("ledger verify", &[damaged_ledger], 4),
    ("ages", &[bad_policy], 2),
    ("ages", &[bad_attributes], 2),
    ("ages", &[rotated_then_keyless], 3),
    ("ages", &[forged], 4),
    ("ages", &[lacking], 5),
    ("audit", &[leaked], 1),
    ("audit", &[bad_policy], 2),
    ("audit", &[bad_attributes], 2),
    ("audit", &[without_ledger], 2),
    ("audit", &[keyless], 3),
    ("audit", &[forged], 4),
    ("audit", &[lacking], 5),
    ("diff HEAD~1 HEAD --exit-code", &[], 1),
    ("diff", &[unstaged, bad_policy], 2),
    ("diff HEAD", &[unstaged, bad_attributes], 2),
    ("diff HEAD~1 HEAD", &[bad_policy], 0),
    ("log NOPE", &[], 1),
    ("compare HEAD~1:.env .env --exit-code", &[], 1),
    ("compare HEAD:nowhere .env", &[], 2),
    (
        "compare HEAD~1:.env HEAD:.env --exit-code",
        &[rotated_then_keyless],
        3,
    ),
    ("compare HEAD:api.env .env", &[lacking], 5),
    ("get NOPE", &[], 1),
    ("get A", &[bad_policy], 2),
    ("get -f nowhere A", &[], 2),
    ("get A", &[locked], 3),
    ("get MOVED", &[forged], 4),
    ("unset NOPE", &[], 1),
    ("unset A", &[bad_attributes], 2),
    ("unset -f nowhere A", &[], 2),
    ("unset A", &[locked], 3),
    ("unset B", &[forged], 4),
    ("run -- true", &[bad_policy], 2),
    ("run -f nowhere -- true", &[], 2),
    ("run -- true", &[locked], 3),
    ("run -- true", &[forged], 4),
    ("export --format json", &[bad_policy], 2),
    ("export -f nowhere --format json", &[], 2),
    ("export --format json", &[locked], 3),
    ("export --format json", &[forged], 4),
    ("set A", &[bad_attributes], 2),
    ("set A", &[locked], 3),
    ("set B", &[forged], 4),
    ("edit", &[bad_attributes], 2),
    ("edit", &[locked], 3),
    ("edit", &[forged], 4),
    ("encrypt sealed.env -o -", &[sealed_apart], 2),
    ("encrypt api.env -o -", &[keyless], 3),
    ("decrypt api.env -o -", &[], 2),
    ("decrypt sealed.txt -o -", &[keyless], 3),
    ("decrypt sealed.txt -o -", &[forged_apart], 4),
];

/// What `run` adds: its program's own code, and those of a shell where none starts.
const STARTED: &[Case] = &[
    ("run -- true", &[], 0),
    ("run -- false", &[], 1),
    (
        "run -- sh end.sh",
        &[|repo| repo.write("end.sh", "exit 77")],
        77,
    ),
    ("run -- ./api.env", &[], 126),
    ("run -- no-such-program", &[], 127),
];

/// What holds first decides, whatever comes first.
const SEVERAL: &[Case] = &[
    ("status", &[forged, bad_policy], 2),
    ("status", &[forged, unhooked], 4),
    ("status", &[forged, lacking], 4),
    ("status", &[unhooked, keyless], 1),
    ("status", &[keyless, lacking], 3),
    ("doctor", &[damaged_ledger, bad_policy], 2),
    ("doctor", &[damaged_ledger, unhooked], 4),
    ("doctor", &[unhooked, lacking], 1),
    ("check", &[leaking, forged_in_stage], 4),
    ("check", &[leaking, bad_policy_in_stage], 2),
    ("ledger verify", &[forked, keyless], 1),
    ("ledger verify", &[keyless, damaged_ledger], 4),
    ("ledger due", &[overdue, damaged_ledger], 4),
    ("ages", &[forged, lacking], 4),
    ("audit", &[leaked, forged], 4),
    ("audit", &[leaked, lacking], 1),
    ("audit", &[keyless, lacking], 3),
];

/// Sealed on disk, and no key.
fn locked(repo: &Repo) {
    keyless(repo);
    repo.write(".env", repo.blob("HEAD:.env"));
}

/// All that a person would miss: the files of the work tree, what is staged, configuration and keys.
fn written(repo: &Repo) -> Vec<u8> {
    let list = "git ls-files -s; git for-each-ref; find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 cat
        find .git -name config -o -name '*.jsonl' -o -path '.git/hooks/*' -o -path '.git/git-seal/keys/*'";
    repo.program("sh", ["-c", list]).ok().stdout
}

#[track_caller]
fn check(cases: &[Case]) {
    let mut wrong = Vec::new();
    let healthy = healthy();
    for (words, states, code) in cases {
        let repo = copy_of(&healthy);
        states.iter().for_each(|state| state(&repo));
        let before = (*code == 2).then(|| written(&repo));
        let call = repo.seal(words.split(' ')).stdin("new\n");
        let ran = call.env("EDITOR", "sed -i s/B=1/B=2/").run();
        if before.is_some_and(|before| before != written(&repo)) {
            wrong.push(format!("{words}: it has written something\n{}", ran.err()));
        }
        if ran.code != *code {
            let told = format!("{}{}", ran.out(), ran.err());
            wrong.push(format!("{words}: {} for {code}\n{told}", ran.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_published_exit_code_is_given() {
    check(CASES);
}

#[test]
fn run_ends_as_its_program_does() {
    check(STARTED);
}

#[test]
fn of_several_the_published_order_decides() {
    check(SEVERAL);
}

/// The cells of the table of commands that say something, as `command code`.
fn published() -> BTreeSet<String> {
    let table = PAGE
        .lines()
        .skip_while(|l| *l != "| command | 1 | 2 | 3 | 4 |");
    let rows = table.skip(2).take_while(|line| line.starts_with('|'));
    let mut cells = BTreeSet::new();
    for row in rows {
        let row: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        for command in row[0].split(", ") {
            for (code, cell) in ["1", "2", "3", "4"].iter().zip(&row[1..]) {
                if *cell != "–" {
                    cells.insert(format!("{} {code}", command.trim_matches('`')));
                }
            }
        }
    }
    cells
}

#[test]
fn the_page_lists_what_is_tried_here_and_nothing_else() {
    let published = published();
    assert!(published.len() > 60, "{published:?}");
    let is_group = |words: &[&str]| matches!(words[0], "key" | "ledger");
    let tried: BTreeSet<String> = CASES
        .iter()
        .filter(|(_, _, code)| matches!(code, 1..=4))
        .map(|(words, _, code)| {
            let words: Vec<&str> = words.split(' ').collect();
            let command = words[..if is_group(&words) { 2 } else { 1 }].join(" ");
            format!("{command} {code}")
        })
        .collect();
    assert_eq!(tried, published);
}
