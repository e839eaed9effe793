//! Programs without the key: what the record answers, and clients that know no long-running filter.

use crate::sandbox::{ENV, KEY, Repo};

#[test]
fn a_program_without_the_key_gets_git_s_needless_questions_answered() {
    let repo = Repo::with_env();
    repo.write("b.env", "B=quokka-nine\n");
    repo.seal(["track", "blob.bin", "--opaque"]).ok();
    repo.write("blob.bin", b"\0quokka-nine\r\n");
    repo.commit("More");
    std::fs::rename(repo.path(".git/git-seal/keys"), repo.sandbox().path("away")).unwrap();
    repo.seal(["key", "show"]).ends_with(3);
    for words in [
        &["status", "--porcelain"][..],
        &["diff"],
        &["diff", "--staged"],
        &["add", "--all"],
    ] {
        for name in [".env", "b.env", "blob.bin"] {
            repo.touch(name);
        }
        let ran = repo.git(words).ok();
        assert_eq!(ran.says("").out(), "", "{words:?}");
    }
    repo.write("README", "changed\n");
    repo.git(["add", "README"]).ok();
    for name in [".env", "b.env", "blob.bin"] {
        repo.touch(name);
    }
    repo.git(["stash", "--quiet"]).ok();
    assert_eq!(repo.text(".env"), ENV);
    repo.git(["stash", "pop", "--quiet"]).ok();
    // A change is still refused.
    repo.write(".env", ENV.replace("hunter2-winter", "quokka-nine-2"));
    repo.git(["add", ".env"]).ends_with(128).tells_nothing();
    repo.assert_nowhere(&crate::sandbox::PLAIN);
}

#[test]
fn the_record_knows_what_was_checked_out_too() {
    let repo = Repo::with_env();
    let clone = repo.clone_to("clone");
    clone
        .seal(["unlock", "--no-store"])
        .env("SECRETS_MASTER_KEY", KEY)
        .ok();
    assert!(!clone.path(".git/git-seal/keys").exists());
    clone.assert_env();
}

#[test]
fn the_record_holds_no_values() {
    let repo = Repo::with_env();
    let record = repo.text(".git/git-seal/record");
    for line in record.lines() {
        assert!(
            line.bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b' '),
            "{line}"
        );
    }
}

#[test]
fn a_client_with_one_process_per_file_gives_the_same_bytes() {
    let repo = Repo::with_env();
    repo.seal(["track", "blob.bin", "--opaque"]).ok();
    repo.write("blob.bin", b"\0quokka-nine\r\n");
    repo.commit("Opaque");
    let sealed = (repo.blob("HEAD:.env"), repo.blob("HEAD:blob.bin"));
    repo.git(["config", "--unset", "filter.seal.process"]).ok();
    repo.git(["rm", "--quiet", "--cached", ".env", "blob.bin"])
        .ok();
    repo.git(["add", "--all"]).ok();
    assert_eq!((repo.blob(":.env"), repo.blob(":blob.bin")), sealed);
    repo.git(["rm", "--quiet", "--cached", ".env", "blob.bin"])
        .ok();
    repo.git(["reset", "--quiet", "--hard"]).ok();
    assert_eq!(repo.read("blob.bin"), b"\0quokka-nine\r\n");
    repo.assert_env();
    // And it refuses as well as the other.
    std::fs::remove_dir_all(repo.path(".git/git-seal")).unwrap();
    repo.write(".env", "A=quokka-nine\n");
    repo.git(["add", ".env"]).ends_with(128).tells_nothing();
    repo.assert_nowhere(&crate::sandbox::PLAIN);
}

#[test]
fn a_clone_that_was_never_set_up_refuses_nothing_and_knows_nothing() {
    // The promise is kept by the hooks and `check`, not by a filter that is not there.
    let repo = Repo::with_env();
    let clone = repo.clone_to("clone");
    let status = clone.seal(["status"]).ends_with(1);
    let said = status.out();
    assert!(
        said.contains("\nfilter-not-configured: git does not know the filter in this clone: "),
        "{said}"
    );
}
