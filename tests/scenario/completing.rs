//! Completions, loaded by the shells that they are for.

use crate::sandbox::Repo;

/// What bash offers for the last of these words, by the function that completes `front`.
fn offered(repo: &Repo, front: &str, words: &str) -> String {
    let script = format!(
        "source <(git-seal completions bash)\n\
         COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
         {front} \"${{COMP_WORDS[0]}}\" \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
         echo \"${{COMPREPLY[*]}}\""
    );
    repo.program("bash", ["-c", &script]).ok().out()
}

#[test]
fn bash_completes_commands_and_their_options() {
    let repo = Repo::empty();
    for (words, expected) in [
        ("git-seal ro", "rotate\n"),
        ("git-seal ledger ver", "verify\n"),
        ("git-seal status --po", "--porcelain\n"),
        ("git-seal key export --y", "--yes\n"),
    ] {
        assert_eq!(offered(&repo, "_git__seal", words), expected, "{words}");
        // As git's own completions call it for `git seal`.
        let as_git = words.replace("git-seal", "git seal");
        assert_eq!(offered(&repo, "_git_seal", &as_git), expected, "{as_git}");
    }
    let from_elsewhere = "__git_cmd_idx=3; _git_seal";
    let words = "git -C . seal ledger ver";
    assert_eq!(offered(&repo, from_elsewhere, words), "verify\n");
}

#[test]
fn zsh_and_fish_read_theirs() {
    let repo = Repo::empty();
    for shell in ["zsh", "fish"] {
        let text = repo.seal(["completions", shell]).ok().stdout;
        assert!(text.len() > 1000);
        if repo
            .program("sh", ["-c", &format!("command -v {shell}")])
            .run()
            .code
            != 0
        {
            eprintln!("skipped: {shell} is not installed");
            continue;
        }
        repo.write("completions", &text);
        let read = repo.program(shell, ["-n", "completions"]).ok();
        assert_eq!(read.err(), "", "{shell}");
    }
}
