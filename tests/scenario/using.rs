//! Programs get their secrets: `run`, `export`, `get`, `list`, `mask`, from plain and sealed files.

use git_seal::core::mask::HIDDEN;

use crate::sandbox::{ENV, KEY, OTHER_KEY, Repo, Sandbox, contains};

/// A repository whose files stay sealed on disk.
pub fn sealed_on_disk() -> Repo {
    let repo = Repo::with_env();
    repo.seal(["lock", "--keep-key"]).ok();
    repo
}

const API_KEY: &str = "sk_live_4eC39HqLyjWD";

#[test]
fn a_program_gets_the_values_and_its_exit_code_comes_back() {
    for repo in [Repo::with_env(), sealed_on_disk()] {
        let script = "printf '%s|%s|%s' \"$API_KEY\" \"$MULTI\" \"${EMPTY-unset}\"; exit 9";
        let ran = repo.seal(["run", "--", "sh", "-c", script]).ends_with(9);
        assert_eq!(ran.out(), format!("{API_KEY}|first-zephyr\nsecond-zephyr|"));
        assert_eq!(ran.err(), "");
    }
}

#[test]
fn the_program_takes_the_place_of_git_seal() {
    let repo = Repo::with_env();
    let ran = repo.seal(["run", "--", "sh", "-c", "kill -TERM $$"]).run();
    assert_eq!(ran.code, -1, "ended by the signal itself");
    let ran = repo
        .seal([
            "run",
            "--",
            "sh",
            "-c",
            "tr '\\0' ' ' < /proc/$$/cmdline; ulimit -Sc; ulimit -Hc",
        ])
        .ok();
    assert!(ran.out().starts_with("sh -c"), "{}", ran.out());
    assert!(!ran.out().contains(API_KEY));
}

#[test]
fn an_interactive_program_has_the_terminal() {
    let repo = Repo::with_env();
    let script = "test -t 0 && test -t 1 && printf 'name? ' && read n && echo \"hello $n\"; exit 3";
    let ran = repo
        .seal(["run", "--", "sh", "-c", script])
        .on_terminal()
        .sees("name? ")
        .types_openly("Ada\n")
        .ends_with(3);
    assert!(ran.out().contains("hello Ada"), "{}", ran.out());
}

#[test]
fn what_is_set_already_stays_unless_overridden() {
    let repo = Repo::with_env();
    let print = ["--", "sh", "-c", "echo $API_KEY"];
    let words = |flags: &[&'static str]| {
        let run = ["run"];
        run.iter()
            .chain(flags)
            .chain(&print)
            .copied()
            .collect::<Vec<_>>()
    };
    let kept = repo.seal(words(&[])).env("API_KEY", "mine").ok();
    assert_eq!(kept.out(), "mine\n");
    let replaced = repo
        .seal(words(&["--override"]))
        .env("API_KEY", "mine")
        .ok();
    assert_eq!(replaced.out(), format!("{API_KEY}\n"));
    let left_out = repo.seal(words(&["--except", "API_*"])).ok();
    assert_eq!(left_out.out(), "\n");
    let other = repo.seal(words(&["--only", "DATABASE_*"])).ok();
    assert_eq!(other.out(), "\n");
}

#[test]
fn the_program_does_not_get_the_master_keys() {
    let repo = Repo::with_env();
    repo.write(
        "trap.env",
        "STOLEN=x${SECRETS_MASTER_KEY}\nSECRETS_MASTER_KEY_EU=new\n",
    );
    let words = [
        "run",
        "--override",
        "--file",
        "trap.env",
        "--",
        "sh",
        "-c",
        "env",
    ];
    let ran = repo
        .seal(words)
        .env("SECRETS_MASTER_KEY", KEY)
        .env("SECRETS_MASTER_KEY_EU_FILE", "/nowhere")
        .ok();
    assert!(!ran.out().contains("SECRETS_MASTER_KEY"), "{}", ran.out());
    assert!(ran.out().contains("STOLEN=x\n"), "{}", ran.out());
    let kept = repo
        .seal([
            "run",
            "--keep-keys",
            "--",
            "sh",
            "-c",
            "echo $SECRETS_MASTER_KEY",
        ])
        .env("SECRETS_MASTER_KEY", KEY)
        .ok();
    assert_eq!(kept.out(), format!("{KEY}\n"));
}

#[test]
fn a_program_that_is_missing_or_not_executable_gives_the_codes_of_a_shell() {
    let repo = Repo::with_env();
    repo.seal(["run", "--", "no-such-program"]).ends_with(127);
    repo.seal(["run", "--", "./.env"]).ends_with(126);
    repo.seal(["run", "--redact", "--", "no-such-program"])
        .ends_with(127);
}

#[test]
fn a_nul_is_refused_by_the_name_of_its_variable() {
    let repo = Repo::with_env();
    repo.write(".env", b"ODD=quokka-nine\0x\n");
    let ran = repo.seal(["run", "--", "true"]).ends_with(2);
    assert!(ran.mentions("ODD"));
    ran.tells_nothing();
}

#[test]
fn a_plain_value_in_a_sealed_file_is_refused_unless_allowed() {
    let repo = sealed_on_disk();
    let mut text = repo.text(".env");
    text.push_str("INJECTED=quokka-nine\n");
    repo.write(".env", &text);
    for words in [
        &["run", "--", "sh", "-c", "echo $INJECTED"][..],
        &["get", "INJECTED"],
        &["export", "--format", "json"],
    ] {
        let ran = repo.seal(words).ends_with(4);
        ran.says(
            "git-seal: error: .env: plain values in a sealed file, by someone without the key: INJECTED\n\
             git-seal: hint: look at them; `git add` seals them, --allow-plain takes them as they are\n",
        );
        assert_eq!(ran.out(), "");
        let allowed = [&words[..1], &["--allow-plain"], &words[1..]].concat();
        let out = repo.seal(&allowed).ok().out();
        assert!(out.contains("quokka-nine"), "{allowed:?}: {out}");
    }
}

#[test]
fn a_plain_value_that_a_pusher_committed_is_refused_in_an_open_work_tree_too() {
    let repo = Repo::with_env();
    let mut blob = repo.blob("HEAD:.env");
    blob.extend_from_slice(b"INJECTED=quokka-nine\n");
    let id = repo
        .git(["hash-object", "-w", "--stdin"])
        .stdin(&blob)
        .ok()
        .out();
    let entry = format!("100644,{},.env", id.trim());
    repo.git(["update-index", "--cacheinfo", &entry]).ok();
    repo.git(["checkout-index", "-f", "--", ".env"]).ok();
    assert!(repo.text(".env").ends_with("INJECTED=quokka-nine\n"));
    let ran = repo.seal(["run", "--", "true"]).ends_with(4);
    assert!(ran.mentions("INJECTED"), "{}", ran.err());
}

#[test]
fn without_a_key_nothing_runs() {
    let repo = Repo::with_env();
    repo.seal(["lock", "--force"]).ok();
    repo.seal(["run", "--", "touch", "ran"])
        .ends_with(3)
        .tells_nothing();
    assert!(!repo.path("ran").exists());
    let ran = repo
        .seal(["run", "--", "sh", "-c", "echo $API_KEY"])
        .env("SECRETS_MASTER_KEY", KEY)
        .ok();
    assert_eq!(ran.out(), format!("{API_KEY}\n"));
    repo.seal(["run", "--", "true"])
        .env("SECRETS_MASTER_KEY", OTHER_KEY)
        .ends_with(3)
        .tells_nothing();
}

#[test]
fn of_several_files_the_later_wins_and_references_are_read() {
    let repo = Repo::with_env();
    repo.write("more.env", "API_KEY=later\nURL=\"${API_KEY}/x\"\n");
    let both = ["--file", ".env", "--file", "more.env"];
    let get = |more: &[&'static str], name: &'static str| {
        let words: Vec<&str> = ["get", name]
            .iter()
            .chain(&both)
            .chain(more)
            .copied()
            .collect();
        repo.seal(words).ok().out()
    };
    assert_eq!(get(&[], "API_KEY"), "later");
    assert_eq!(get(&[], "URL"), "later/x");
    assert_eq!(get(&["--no-expand"], "URL"), "${API_KEY}/x");
    repo.seal(["get", "NOT_THERE"]).ends_with(1);
    repo.seal(["get", "no name"]).ends_with(2);
}

#[test]
fn the_files_of_an_environment_are_found_from_below() {
    let repo = Repo::with_env();
    repo.write(".env.staging", "WHERE=staging\n");
    repo.write("deep/down/x", "");
    let below = |words: &[&'static str]| repo.seal(words).below("deep/down").run();
    assert_eq!(below(&["get", "API_KEY"]).out(), API_KEY);
    assert_eq!(
        below(&["get", "WHERE", "--env", "staging"]).out(),
        "staging"
    );
    assert_eq!(below(&["get", "WHERE", "--env", "nowhere"]).code, 2);
    assert_eq!(
        below(&["run", "--", "pwd", "-P"]).out().trim_end(),
        repo.path("deep/down")
            .canonicalize()
            .unwrap()
            .to_str()
            .unwrap()
    );
}

#[test]
fn masked_output_shows_no_value_and_keeps_the_exit_code() {
    let repo = Repo::with_env();
    let script = "echo out $API_KEY; printf '%s' $API_KEY | base64 >&2; exit 5";
    let ran = repo
        .seal(["run", "--redact", "--", "sh", "-c", script])
        .ends_with(5);
    assert!(ran.out().starts_with("out "));
    ran.tells_nothing();
    assert!(!ran.err().contains("c2tfbGl2ZV80"), "{}", ran.err());
    repo.seal(["run", "--redact", "--", "sh", "-c", "kill -TERM $$"])
        .ends_with(143);
}

#[test]
fn signals_reach_a_program_whose_output_is_masked() {
    let repo = Repo::with_env();
    let script =
        "trap 'echo got it > got; exit 0' TERM; echo > ready; while :; do sleep 0.05; done";
    let mut child = repo
        .seal(["run", "--redact", "--", "sh", "-c", script])
        .start();
    while !repo.path("ready").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(repo.text("got"), "got it\n");
}

#[test]
fn a_log_comes_out_masked_with_and_without_a_key() {
    let repo = Repo::with_env();
    let log = format!("key {API_KEY}\npassword=quokka-nine\n");
    let ran = repo.seal(["mask"]).stdin(&log).ok();
    assert!(ran.out().starts_with("key ") && ran.out().ends_with('\n'));
    ran.tells_nothing();
    repo.seal(["lock", "--force"]).ok();
    let ran = repo
        .seal(["mask"])
        .stdin("password=quokka-nine\nplain\n")
        .ok();
    assert!(ran.out().ends_with("\nplain\n"));
    assert!(ran.mentions("names and forms alone"), "{}", ran.err());
    ran.tells_nothing();
}

#[test]
fn a_live_log_is_passed_on_before_it_ends() {
    let sandbox = Sandbox::new();
    let place = Repo::at(&sandbox, "home");
    let script = format!(
        "(echo live; while [ ! -e seen ]; do sleep 0.05; done) | {} mask | (read line; echo \"$line\" > seen; cat)",
        env!("CARGO_BIN_EXE_git-seal")
    );
    place.program("timeout", ["20", "sh", "-c", &script]).ok();
    assert_eq!(place.text("seen"), "live\n");
}

#[test]
fn exports_are_read_back_by_a_shell() {
    let repo = sealed_on_disk();
    let script = format!(
        "eval \"$({} export --format shell)\"; printf '%s' \"$MULTI\"",
        env!("CARGO_BIN_EXE_git-seal")
    );
    let ran = repo.program("sh", ["-c", &script]).ok();
    assert_eq!(ran.out(), "first-zephyr\nsecond-zephyr");
    let refused = repo.seal(["export", "--format", "docker"]).ends_with(2);
    assert!(refused.mentions("MULTI"));
    assert_eq!(refused.out(), "");
    refused.tells_nothing();
    let secret = repo
        .seal(["export", "--format", "k8s-secret", "--name", "app"])
        .ok();
    assert!(secret.out().contains("kind: Secret") && !contains(&secret.stdout, API_KEY.as_bytes()));
}

#[test]
fn a_listing_shows_names_and_equal_fingerprints_whatever_stands_on_disk() {
    let repo = Repo::with_env();
    let fingerprints = |repo: &Repo| {
        let ran = repo.seal(["list", "--json"]).ok();
        ran.tells_nothing();
        let json: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        let variables = json["variables"].as_array().unwrap().clone();
        let pair =
            |one: &serde_json::Value| (one["name"].to_string(), one["fingerprint"].to_string());
        variables.iter().map(pair).collect::<Vec<_>>()
    };
    let open = fingerprints(&repo);
    assert_eq!(open.len(), 4);
    repo.seal(["lock", "--keep-key"]).ok();
    assert_eq!(fingerprints(&repo), open);
    repo.seal(["lock", "--force"]).ok();
    assert_eq!(fingerprints(&repo), open);
}

#[test]
fn a_program_may_be_named_without_dashes_in_front() {
    let repo = Repo::with_env();
    let ran = repo.seal(["run", "printenv", "API_KEY"]).ok();
    assert_eq!(ran.out(), format!("{API_KEY}\n"));
    // What follows is the program's.
    let ran = repo.seal(["run", "echo", "--env", "x", "--", "y"]).ok();
    assert_eq!(ran.out(), "--env x -- y\n");
    repo.seal(["run", "--overide", "true"]).ends_with(2);
}

#[test]
fn a_program_that_nobody_finds_is_named_with_advice() {
    let repo = Repo::with_env();
    let ran = repo.seal(["run", "--", "npm start"]).ends_with(127);
    assert!(ran.mentions("sh -c"), "{}", ran.err());
}

#[test]
fn words_lines_and_passwords_in_urls_are_masked_in_logs() {
    let repo = Repo::with_env();
    repo.write(
        ".env",
        "URL=postgres://app:swordfish@db/app\nCODENAME=bluebird\nMULTI='first-zephyr\nsecond-zephyr'\n",
    );
    repo.commit("Plain words");
    let log = "as swordfish\nin bluebird\nat second-zephyr\nproduction on localhost\n";
    let shown = |text: String| text.replace(HIDDEN, "*");
    let masked = repo.seal(["mask", "--style", "hidden"]).stdin(log).ok();
    let expected = "as *\nin *\nat *\nproduction on localhost\n";
    assert_eq!(shown(masked.out()), expected);
    let script = format!("printf '{log}'");
    let words = ["run", "--redact", "--", "sh", "-c", &script];
    assert_eq!(shown(repo.seal(words).ok().out()), expected);
}

#[test]
fn master_keys_and_values_of_the_environment_are_masked_too() {
    let repo = Repo::with_env();
    let ran = repo.seal(["mask"]).stdin(format!("at {KEY} it\n")).ok();
    assert!(!ran.out().contains(KEY), "{}", ran.out());
    let script = "echo $SECRETS_MASTER_KEY; echo $API_KEY >&2";
    let ran = repo
        .seal(["run", "--redact", "--keep-keys", "--", "sh", "-c", script])
        .env("SECRETS_MASTER_KEY", KEY)
        .env("API_KEY", "quokka-nine")
        .ok();
    assert!(!ran.out().contains(KEY), "{}", ran.out());
    ran.tells_nothing();
}

#[test]
fn words_of_the_repository_make_names_sensitive_in_masked_output() {
    let repo = Repo::with_env();
    let config = repo.text(".seal/config.toml");
    let config = format!("sensitive = [\"BADGE\"]\n{config}");
    repo.write(".seal/config.toml", &config);
    let script = "echo badge=quokka-nine";
    let words = ["run", "--redact", "--", "sh", "-c", script];
    repo.seal(words).ok().tells_nothing();
}

#[test]
fn a_script_without_an_interpreter_line_runs_masked_as_it_does_bare() {
    use std::os::unix::fs::PermissionsExt as _;
    let repo = Repo::with_env();
    repo.write("script", "echo ran $1\n");
    let runnable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(repo.path("script"), runnable).unwrap();
    for flags in [&["run"][..], &["run", "--redact"]] {
        let words = flags.iter().chain(&["--", "./script", "x"]);
        assert_eq!(repo.seal(words).ok().out(), "ran x\n");
    }
}

#[test]
fn signals_that_are_ignored_stay_ignored() {
    let repo = Repo::with_env();
    let script = format!(
        "trap '' HUP; {} run --redact -- sh -c \
         'echo > ready; while [ ! -e go ]; do sleep 0.05; done; echo done' & \
         while [ ! -e ready ]; do sleep 0.05; done; kill -HUP $!; sleep 0.2; echo > go; wait $!",
        env!("CARGO_BIN_EXE_git-seal")
    );
    let ran = repo.program("sh", ["-c", &script]).ok();
    assert_eq!(ran.out(), "done\n");
}

/// Looks at the command lines of all processes until told to end: gives how many were ours, and those
/// that hold one of the texts.
#[cfg(target_os = "linux")]
fn watch_command_lines(
    texts: &[&str],
    ends: &std::sync::atomic::AtomicBool,
) -> (usize, Vec<String>) {
    let (mut ours, mut found) = (0, Vec::new());
    while !ends.load(std::sync::atomic::Ordering::Relaxed) {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            ours += usize::from(contains(&line, b"git-seal"));
            if texts.iter().any(|text| contains(&line, text.as_bytes())) {
                found.push(String::from_utf8_lossy(&line).into_owned());
            }
        }
    }
    (ours, found)
}

#[test]
#[cfg(target_os = "linux")]
fn no_value_stands_in_any_command_line_while_commands_run() {
    // Values of this test alone: others, which run at the same time, may type theirs.
    let values = ["crowded-otter", "brisk-heron-62", "mellow-badger"];
    let repo = sealed_on_disk();
    let editor = repo
        .sandbox()
        .write("editor", "#!/bin/sh\necho \"C=mellow-badger\" >> \"$1\"\n");
    let editor = format!("sh {}", editor.display());
    let ends = std::sync::atomic::AtomicBool::new(false);
    let (ours, found) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| watch_command_lines(&values, &ends));
        repo.seal(["set", "A"]).stdin("crowded-otter").ok();
        repo.seal(["set", "B"])
            .stdin("http://u:brisk-heron-62@host")
            .ok();
        repo.seal(["edit"]).env("EDITOR", &editor).ok();
        repo.seal(["list"]).ok();
        repo.seal(["export", "--format", "json"]).ok();
        let script = "echo $A; sleep 0.1";
        repo.seal(["run", "--redact", "--", "sh", "-c", script])
            .ok();
        repo.seal(["mask"]).stdin("crowded-otter").ok();
        repo.seal(["encrypt", "--fernet", ".env", "-o", "x"]).ok();
        repo.seal(["decrypt", "x", "-o", "y"]).ok();
        repo.commit("Seal what was set");
        repo.seal(["unlock"]).ok();
        repo.seal(["diff", "HEAD~1"]).ok();
        ends.store(true, std::sync::atomic::Ordering::Relaxed);
        watch.join().unwrap()
    });
    assert!(ours > 0, "nothing was seen");
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(repo.seal(["get", "C"]).ok().out(), "mellow-badger");
}

#[test]
fn a_mistyped_name_is_not_passed_over() {
    let repo = Repo::with_env();
    let only = |pattern: &'static str| repo.seal(["run", "--only", pattern, "--", "true"]);
    let ran = only("API_KYE").ends_with(2);
    assert!(
        ran.mentions("API_KYE") && ran.mentions("list"),
        "{}",
        ran.err()
    );
    only("API_*").ok();
    only("NO_*").ok();
    for (words, code) in [(["get", "API_KYE"], 1), (["unset", "API_KYE"], 1)] {
        let ran = repo.seal(words).ends_with(code);
        assert!(ran.mentions("git seal list"), "{}", ran.err());
    }
    let ran = repo.seal(["set", "API_KEY"]).stdin("").ok();
    assert!(ran.mentions("API_KEY: the value is empty"), "{}", ran.err());
}

#[test]
fn what_is_no_assignment_is_told_of_by_its_line_and_not_shown() {
    let repo = Repo::with_env();
    repo.write(".env", format!("{ENV}quokka-nine\n"));
    let words: [&[&str]; 4] = [
        &["list"],
        &["get", "API_KEY"],
        &["run", "--", "true"],
        &["export", "--format", "json"],
    ];
    for words in words {
        let ran = repo.seal(words).ok();
        assert!(
            ran.mentions("this is no assignment"),
            "{words:?}: {}",
            ran.err()
        );
        assert!(!ran.mentions("quokka"), "{}", ran.err());
    }
}
