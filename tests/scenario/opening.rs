//! Files that take another form on disk: what git is told of them, and what must stay as it is.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt};

use crate::sandbox::{ENV, KEY, Repo};

/// Every file's time and size are those that the index remembers.
#[track_caller]
fn assert_known_to_git(repo: &Repo) {
    let said = repo.git(["ls-files", "--debug"]).ok().out();
    let mut file = String::new();
    for line in said.lines() {
        let field = |name: &str| {
            let (_, rest) = line.trim().split_once(name)?;
            rest.split_whitespace().next()
        };
        if !line.starts_with(' ') {
            line.clone_into(&mut file);
            continue;
        }
        let found = std::fs::symlink_metadata(repo.path(&file)).unwrap();
        if let Some(size) = field("size:") {
            assert_eq!(size, found.size().to_string(), "{file}");
        }
        if let Some(time) = field("mtime:") {
            let there = format!("{}:{}", found.mtime(), found.mtime_nsec());
            assert_eq!(time, there, "{file}");
        }
    }
}

fn with_many_files() -> Repo {
    let repo = Repo::with_env();
    for number in 0..40 {
        repo.write(
            format!("d{}/{number}.env", number % 3),
            format!("N={number}-quokka\n"),
        );
    }
    repo.write("plain.txt", "plain\n");
    repo.commit("Many");
    repo
}

#[test]
fn git_takes_opened_files_for_unchanged_without_reading_them() {
    for words in [
        &["status"][..],
        &["update-index", "--index-version", "4"],
        &["update-index", "--split-index"],
        &[
            "-c",
            "index.skipHash=true",
            "update-index",
            "--force-write-index",
        ],
    ] {
        let repo = with_many_files();
        let clone = repo.clone_to("clone");
        clone.git(words).ok();
        let said = clone.seal(["unlock", "--stdin"]).stdin(KEY).ok();
        assert!(said.mentions("opened 41 files"), "{}", said.err());
        assert_known_to_git(&clone);
        assert_eq!(clone.text("d1/1.env"), "N=1-quokka\n");
        clone.git(["fsck"]).ok();
        clone.assert_well();
    }
}

#[test]
fn permissions_stay() {
    let repo = with_many_files();
    std::fs::set_permissions(repo.path("d0/0.env"), PermissionsExt::from_mode(0o755)).unwrap();
    repo.commit("Executable");
    let clone = repo.clone_to("clone");
    std::fs::set_permissions(clone.path(".env"), PermissionsExt::from_mode(0o600)).unwrap();
    clone.unlock();
    let mode = |name: &str| clone.path(name).metadata().unwrap().mode() & 0o777;
    assert_eq!((mode(".env"), mode("d0/0.env") & 0o111), (0o600, 0o111));
    clone.assert_env();
}

#[test]
fn a_directory_that_became_a_link_is_not_written_through() {
    let repo = with_many_files();
    let clone = repo.clone_to("clone");
    let elsewhere = clone.sandbox().path("elsewhere");
    std::fs::rename(clone.path("d1"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, clone.path("d1")).unwrap();
    let before = std::fs::read(elsewhere.join("1.env")).unwrap();
    clone.seal(["unlock", "--stdin"]).stdin(KEY).ok();
    assert_eq!(std::fs::read(elsewhere.join("1.env")).unwrap(), before);
    assert_eq!(clone.text("d0/0.env"), "N=0-quokka\n");
    std::fs::write(elsewhere.join("1.env"), "N=1-quokka\n").unwrap();
    clone.seal(["lock", "--force"]).run();
    assert_eq!(
        std::fs::read(elsewhere.join("1.env")).unwrap(),
        b"N=1-quokka\n"
    );
}

#[test]
fn while_git_is_at_work_nothing_is_opened() {
    let repo = with_many_files();
    let clone = repo.clone_to("clone");
    let sealed = clone.read(".env");
    clone.write(".git/index.lock", "");
    let said = clone.seal(["unlock", "--stdin"]).stdin(KEY).ends_with(2);
    assert!(said.mentions("index.lock"), "{}", said.err());
    assert_eq!(clone.read(".env"), sealed);
    std::fs::remove_file(clone.path(".git/index.lock")).unwrap();
    clone.unlock();
    clone.assert_env();
}

#[test]
fn lock_removes_what_a_killed_unlock_left() {
    let repo = Repo::with_env();
    let clone = repo.clone_to("clone");
    clone.unlock();
    clone.write(".git/git-seal/.git-seal-x", ENV);
    clone.seal(["lock"]).ok();
    assert!(!clone.path(".git/git-seal/.git-seal-x").exists());
}

#[test]
fn a_damaged_value_stays_sealed_and_is_named() {
    let repo = Repo::with_env();
    let text = String::from_utf8(repo.blob("HEAD:.env")).unwrap();
    let at = text.rfind("seal1:").unwrap() + 40;
    let other = if text.as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    let damaged = format!("{}{other}{}", &text[..at], &text[at + 1..]);
    let clone = repo.clone_to("clone");
    clone.write(".env", &damaged);
    clone.git(["add", ".env"]).ok();
    let said = clone.seal(["unlock", "--stdin"]).stdin(KEY).ok();
    assert!(
        said.mentions("git-seal: error: .env: line ") && said.mentions("does not authenticate"),
        "{}",
        said.err()
    );
    assert!(clone.text(".env").contains("hunter2-winter"));
    assert_known_to_git(&clone);
}

#[test]
fn large_files_open_while_they_arrive_and_damaged_ones_stay() {
    let repo = Repo::initialised();
    repo.seal(["track", "--opaque", "*.bin"]).ok();
    let plain: Vec<u8> = (0..700_000_u32)
        .flat_map(|n| n.wrapping_mul(n).to_le_bytes())
        .collect();
    repo.write("large.bin", &plain);
    repo.commit("Large");
    let mut sealed = repo.blob("HEAD:large.bin");
    assert_eq!(sealed.len(), plain.len() + 35);
    std::fs::remove_file(repo.path("large.bin")).unwrap();
    repo.git(["checkout", "--quiet", "large.bin"]).ok();
    assert_eq!(repo.read("large.bin"), plain);
    repo.assert_clean();

    *sealed.last_mut().unwrap() ^= 1;
    repo.write("damaged", &sealed);
    let id = repo
        .git(["hash-object", "-w", "--no-filters", "damaged"])
        .ok()
        .out();
    let entry = format!("100644,{},large.bin", id.trim());
    repo.git(["update-index", "--cacheinfo", &entry]).ok();
    std::fs::remove_file(repo.path("large.bin")).unwrap();
    let said = repo.git(["checkout", "large.bin"]).ok();
    assert!(said.mentions("does not authenticate"), "{}", said.err());
    assert_eq!(repo.read("large.bin"), sealed);
}
