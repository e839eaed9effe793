//! `git seal completions`: completions for a shell.

use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// Print completions for a shell
///
/// They complete `git-seal`; in bash and zsh, with git's own completions loaded, also `git seal`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git seal completions bash > ~/.local/share/bash-completion/completions/git-seal\n  \
                  git seal completions zsh > ~/.zfunc/_git-seal      # with ~/.zfunc in fpath\n  \
                  git seal completions fish > ~/.config/fish/completions/git-seal.fish"
)]
pub struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

/// Git's completions for bash call this for `git seal`, after loading the file called `git-seal`
/// (git-completion.bash, `__git_complete_command`). Zsh's own call `_git-seal` without our doing.
const BASH_FOR_GIT: &str = r#"
_git_seal() {
    local at=${__git_cmd_idx:-1} words=("${COMP_WORDS[@]}") last=$COMP_CWORD
    local COMP_WORDS=(git-seal "${words[@]:at+1}") COMP_CWORD=$((last - at))
    _git__seal git-seal "${words[last]}" "${words[last-1]}"
}
"#;

/// Prints the completions of the whole program.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &Args, mut program: clap::Command, ui: &Ui) -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut program, "git-seal", &mut text);
    if args.shell == clap_complete::Shell::Bash {
        // clap_complete 4.6.11 writes the dash of a program's name in two ways, so that nothing but the
        // names of commands would be completed.
        let one_way = String::from_utf8_lossy(&text).replace("git__subcmd__seal", "git__seal");
        text = (one_way + BASH_FOR_GIT).into_bytes();
    }
    ui.give(&text)?;
    Ok(Outcome::Fine)
}
