//! Many variables, many files, and being killed in the middle.

use std::time::{Duration, Instant};

use crate::sandbox::{Call, ENV, Repo, contains};

#[test]
fn five_thousand_variables_survive() {
    let repo = Repo::initialised();
    let lines: Vec<String> = (0..5000)
        .map(|n| format!("NAME_{n}=\"quokka-nine {n}\"\n"))
        .collect();
    let text = lines.concat();
    repo.write(".env", &text);
    repo.commit("Many");
    repo.assert_well();
    repo.git(["rm", "--quiet", "--cached", ".env"]).ok();
    repo.git(["reset", "--quiet", "--hard"]).ok();
    assert!(repo.text(".env") == text);
}

#[test]
fn a_thousand_files_are_one_filter_process() {
    let repo = Repo::initialised();
    for n in 0..1000 {
        repo.write(
            format!("d{}/{n}.env", n % 10),
            format!("A=quokka-nine-{n}\n"),
        );
    }
    let log = repo.sandbox().path("calls");
    let counting = format!("echo x >> '{}'; git-seal filter-process", log.display());
    repo.git([
        "config",
        "filter.seal.process",
        &format!("sh -c \"{counting}\""),
    ])
    .ok();
    let calls = || {
        std::fs::read_to_string(&log)
            .unwrap_or_default()
            .lines()
            .count()
    };
    repo.git(["add", "--all"]).ok();
    assert_eq!(calls(), 1, "one process for one add");
    repo.git(["commit", "--quiet", "-m", "Thousand"]).ok();
    repo.assert_well();
    let before = calls();
    std::fs::remove_dir_all(repo.path("d3")).unwrap();
    repo.git(["checkout", "--quiet", "d3"]).ok();
    assert_eq!(calls() - before, 1, "one process for one checkout");
    let clone = repo.clone_to("clone");
    clone.unlock();
    for n in 0..1000 {
        let name = format!("d{}/{n}.env", n % 10);
        for tree in [&repo, &clone] {
            assert_eq!(tree.text(&name), format!("A=quokka-nine-{n}\n"));
        }
    }
    clone.assert_well();
    // Git calls us through a shell here, and status says so.
    let status = repo.seal(["status"]).ends_with(1).out();
    assert!(status.contains("\nother-program: "), "{status}");
}

/// Starts a command, kills its whole family after some time, and says whether it was in time.
fn kill_after(repo: &Repo, call: Call, time: Duration) -> bool {
    let mut child = call.start();
    std::thread::sleep(time);
    let finished = child.try_wait().expect("it is our child").is_some();
    let group = rustix::process::Pid::from_child(&child);
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    child.wait().expect("it ends");
    // What git started may take a moment to die.
    std::thread::sleep(Duration::from_millis(20));
    for lock in [".git/index.lock", ".git/config.lock"] {
        let _ = std::fs::remove_file(repo.path(lock));
    }
    finished
}

#[test]
fn killed_at_any_moment_the_repository_is_as_before_or_as_after() {
    let repo = Repo::initialised();
    for n in 0..40 {
        repo.write(format!("{n}.env"), ENV);
    }
    repo.commit("Before");
    let edited = ENV.replace("hunter2-winter", "quokka-nine");
    let until = Instant::now() + Duration::from_secs(3);
    let mut time = Duration::from_millis(1);
    let mut killed = 0;
    while Instant::now() < until {
        for n in 0..40 {
            repo.write(format!("{n}.env"), &edited);
        }
        let before = repo.git(["ls-files", "-s"]).ok().stdout;
        let finished = kill_after(&repo, repo.git(["add", "--all"]), time);
        let after = repo.git(["ls-files", "-s"]).ok().stdout;
        assert!(!finished || before != after);
        killed += usize::from(!finished);
        if before != after {
            let staged = repo.git(["diff", "--cached", "--name-only"]).ok().out();
            assert_eq!(staged.lines().count(), 40, "all or nothing");
        }
        repo.git(["reset", "--quiet", "--hard"]).ok();
        for n in 0..40 {
            repo.touch(format!("{n}.env"));
            std::fs::remove_file(repo.path(format!("{n}.env"))).unwrap();
        }
        kill_after(&repo, repo.git(["checkout", "--quiet", "."]), time);
        for n in 0..40 {
            let path = repo.path(format!("{n}.env"));
            let content = std::fs::read(path).unwrap_or_default();
            // Git writes a file that the filter gave it whole; it may be cut where git was killed.
            assert!(ENV.as_bytes().starts_with(&content), "neither old nor new");
        }
        // As docs/GIT.md says.
        repo.git(["restore", "."]).ok();
        for n in 0..40 {
            assert_eq!(repo.text(format!("{n}.env")), ENV);
        }
        time = time * 3 / 2;
        if time > Duration::from_millis(200) {
            time = Duration::from_millis(2);
        }
    }
    assert!(
        killed > 3,
        "it was killed in the middle {killed} times only"
    );
    repo.git(["fsck", "--no-dangling"]).ok();
    repo.assert_well();
    assert!(contains(&repo.read("7.env"), b"hunter2-winter"));
}

#[test]
fn our_own_commands_may_be_killed_and_run_again() {
    let repo = Repo::empty();
    repo.write(".env", ENV);
    let mut time = Duration::from_millis(2);
    for _ in 0..12 {
        kill_after(&repo, repo.seal(["init", "--yes"]), time);
        time = time * 3 / 2;
    }
    repo.seal(["init", "--yes"]).ok();
    repo.commit("Seal secrets");
    repo.assert_env();
    let key = repo.seal(["key", "export", "--yes"]).ok().out();
    let mut time = Duration::from_millis(2);
    for _ in 0..12 {
        kill_after(&repo, repo.seal(["lock"]), time);
        // Git takes a file away before it writes it anew; what it held is staged.
        let content = std::fs::read(repo.path(".env")).unwrap_or_default();
        let is_whole = content == ENV.as_bytes() || content == repo.blob("HEAD:.env");
        assert!(is_whole || content.is_empty(), "neither plain nor sealed");
        kill_after(
            &repo,
            repo.seal(["unlock"]).env("SECRETS_MASTER_KEY", key.trim()),
            time,
        );
        time = time * 3 / 2;
    }
    repo.git(["checkout", "--quiet", "HEAD", "--", "."]).ok();
    repo.seal(["unlock"])
        .env("SECRETS_MASTER_KEY", key.trim())
        .ok();
    repo.git(["fsck", "--no-dangling"]).ok();
    repo.assert_env();
}
