//! The working day of one developer: nothing of it is any different.

use std::os::unix::fs::PermissionsExt;

use crate::sandbox::{ENV, Repo, contains};

#[test]
fn a_file_is_added_committed_and_amended() {
    let repo = Repo::with_env();
    repo.assert_env();
    let sealed = repo.blob("HEAD:.env");
    assert!(sealed.starts_with(b"# git-seal v1: values are sealed"));
    assert!(contains(&sealed, b"\nDATABASE_URL=seal1:"));

    repo.write(".env", ENV.replace("hunter2-winter", "quokka-nine"));
    repo.git(["commit", "--quiet", "--all", "--amend", "--no-edit"])
        .ok();
    repo.assert_well();
    let amended = repo.blob("HEAD:.env");
    let changed = sealed
        .split(|byte| *byte == b'\n')
        .zip(amended.split(|byte| *byte == b'\n'))
        .filter(|(old, new)| old != new)
        .count();
    assert_eq!(changed, 1, "one value, one line");
}

#[test]
fn only_the_named_paths_of_a_commit_are_sealed_and_committed() {
    let repo = Repo::with_env();
    repo.write(".env", "A=quokka-nine\n");
    repo.write("b.env", "B=quokka-nine\n");
    repo.git(["add", "b.env"]).ok();
    repo.git(["commit", "--quiet", "-m", "One", "--", ".env"])
        .ok();
    assert_eq!(repo.git(["status", "--porcelain"]).ok().out(), "A  b.env\n");
    repo.commit("Other");
    repo.assert_well();
}

#[test]
fn sealing_twice_on_two_machines_gives_the_same_bytes() {
    let (one, two) = (Repo::with_env(), Repo::with_env());
    assert_eq!(one.blob("HEAD:.env"), two.blob("HEAD:.env"));
}

#[test]
fn a_branch_switch_opens_what_each_branch_holds() {
    let repo = Repo::with_env();
    repo.git(["switch", "--quiet", "-c", "other"]).ok();
    let other = ENV.replace("hunter2-winter", "quokka-nine");
    repo.write(".env", &other);
    repo.commit("Other");
    repo.git(["switch", "--quiet", "main"]).ok();
    repo.assert_env();
    repo.git(["switch", "--quiet", "other"]).ok();
    assert_eq!(repo.text(".env"), other);
    repo.assert_well();
}

#[test]
fn a_stash_holds_tokens_and_pops_in_plain_text() {
    let repo = Repo::with_env();
    let edited = format!("{ENV}NEW=quokka-nine\n");
    repo.write(".env", &edited);
    repo.write("other.env", "X=quokka-nine\n");
    repo.git(["stash", "--quiet", "--include-untracked"]).ok();
    repo.assert_env();
    repo.git(["stash", "pop", "--quiet"]).ok();
    assert_eq!(repo.text(".env"), edited);
    assert_eq!(repo.text("other.env"), "X=quokka-nine\n");
    repo.commit("After the stash");
    repo.assert_well();
}

#[test]
fn hunks_are_added_one_by_one() {
    let repo = Repo::initialised();
    let lines: Vec<String> = (0..30).map(|n| format!("V{n}=quokka-nine-{n}\n")).collect();
    repo.write(".env", lines.concat());
    repo.commit("Many");
    let mut edited = lines.clone();
    edited[2] = "V2=quokka-nine-first\n".to_owned();
    edited[27] = "V27=quokka-nine-second\n".to_owned();
    repo.write(".env", edited.concat());
    let shown = repo.git(["add", "-p"]).stdin("y\nn\n").ok();
    assert!(contains(&shown.stdout, b"V2=seal1:"), "names, and tokens");
    repo.git(["commit", "--quiet", "-m", "First hunk"]).ok();
    assert_eq!(repo.text(".env"), edited.concat(), "the other edit stays");
    repo.git(["stash", "--quiet"]).ok();
    edited[27].clone_from(&lines[27]);
    assert_eq!(repo.text(".env"), edited.concat());
    repo.assert_well();
}

#[test]
fn a_moved_file_stays_sealed() {
    let repo = Repo::with_env();
    std::fs::create_dir(repo.path("config")).unwrap();
    repo.git(["mv", ".env", "config/prod.env"]).ok();
    repo.git(["commit", "--quiet", "-m", "Move"]).ok();
    assert_eq!(repo.text("config/prod.env"), ENV);
    repo.assert_well();
    let renamed = repo.git(["show", "--stat", "--summary", "-M"]).ok().out();
    assert!(renamed.contains("(100%)"), "{renamed}");
}

#[test]
fn modes_links_and_emptiness_survive() {
    let repo = Repo::with_env();
    repo.write("run.env", ENV);
    std::fs::set_permissions(repo.path("run.env"), PermissionsExt::from_mode(0o755)).unwrap();
    repo.write("empty.env", "");
    std::os::unix::fs::symlink(".env", repo.path("link.env")).unwrap();
    repo.commit("Odd files");
    repo.assert_well();
    assert_eq!(repo.blob("HEAD:empty.env"), b"");
    assert_eq!(repo.blob("HEAD:link.env"), b".env");
    std::fs::remove_file(repo.path("run.env")).unwrap();
    std::fs::remove_file(repo.path("link.env")).unwrap();
    repo.git(["checkout", "--quiet", "."]).ok();
    let mode = repo
        .path("run.env")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o100, 0o100);
    assert!(repo.path("link.env").is_symlink());
    assert_eq!(repo.text("run.env"), ENV);
    // Our own commands pass links and empty files by.
    repo.seal(["status"]).ok();
    repo.seal(["lock", "--force"]).ok();
    assert_eq!(repo.read("run.env"), repo.blob("HEAD:run.env"));
    assert!(repo.path("link.env").is_symlink());
}

#[test]
fn an_env_that_is_a_link_or_empty_is_committed_as_it_is() {
    let repo = Repo::empty();
    repo.write("shared/app.env", ENV);
    std::os::unix::fs::symlink("shared/app.env", repo.path(".env")).unwrap();
    repo.write("empty/.env", "");
    repo.initialise();
    repo.commit("Seal secrets");
    assert_eq!(repo.blob("HEAD:.env"), b"shared/app.env");
    assert_eq!(repo.blob("HEAD:empty/.env"), b"");
    repo.assert_env();
    repo.seal(["lock"]).ok();
    assert!(repo.path(".env").is_symlink());
    assert_eq!(repo.read(".env"), repo.blob("HEAD:shared/app.env"));
    repo.unlock();
    repo.assert_env();
}

#[test]
fn a_dotenv_name_with_binary_content_survives_byte_for_byte_but_for_line_ends() {
    let repo = Repo::initialised();
    let every_byte: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
    repo.write(".env-prod", &every_byte);
    repo.commit("Binary");
    repo.git(["rm", "--quiet", "--cached", ".env-prod"]).ok();
    repo.git(["reset", "--quiet", "--hard"]).ok();
    assert_eq!(repo.read(".env-prod"), every_byte);
    repo.assert_clean();
}
