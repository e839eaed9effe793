//! What people are told to type works as it stands, pasted where they are: in a directory below the
//! top, with names that a shell would take apart.

use crate::sandbox::{ENV, KEY, Ran, Repo};

/// A directory beside the files that commands are about.
const BESIDE: &str = "web/src";
/// A file that a shell would take for several words.
const FILE: &str = "api v2/it's $HOME.env";

/// The rest of a line behind a text, up to `end` or the line's end.
fn behind<'t>(text: &'t str, mark: &str, end: &str) -> &'t str {
    let (_, rest) = text
        .split_once(mark)
        .unwrap_or_else(|| panic!("no {mark:?} in:\n{text}"));
    let line = rest.lines().next().unwrap_or_default();
    line.split_once(end).map_or(line, |(command, _)| command)
}

/// A repository with one sealed file in a directory of its own, and another directory to stand in.
fn with_file() -> Repo {
    let repo = Repo::initialised();
    repo.write(FILE, ENV);
    repo.write(format!("{BESIDE}/index.js"), "1\n");
    repo.commit("Seal secrets");
    repo
}

/// Pastes a command into a shell beside the file.
#[track_caller]
fn paste(repo: &Repo, command: &str) -> Ran {
    let shell = ["-c", command];
    repo.program("bash", shell).below(BESIDE).ok()
}

fn stage_plain(repo: &Repo) {
    let id = repo
        .git(["hash-object", "-w", "--stdin"])
        .stdin("A=1\n")
        .ok();
    let entry = format!("100644,{},{FILE}", id.out().trim());
    repo.git(["update-index", "--cacheinfo", &entry]).ok();
}

fn advice_of(repo: &Repo, id: &str) -> String {
    let ran = repo.seal(["doctor"]).below(BESIDE).run();
    let text = ran.out();
    let mut lines = text.lines().skip_while(|line| !line.starts_with(id));
    let advice = lines.nth(1).unwrap_or_else(|| panic!("no {id}: {text}"));
    advice.trim().to_owned()
}

#[test]
fn what_doctor_advises_mends_it_from_where_one_stands() {
    let repo = with_file();
    stage_plain(&repo);
    let advice = advice_of(&repo, "plain-in-index");
    assert_eq!(advice, r#"git seal reseal "../../api v2/it's "'$HOME.env'"#);
    let status = repo.seal(["status"]).below(BESIDE).ends_with(1).out();
    assert!(status.contains(&advice), "{status}");
    paste(&repo, &advice);
    repo.seal(["doctor"]).ok();
    repo.git(["reset", "--quiet", "--hard"]).ok();

    repo.write("api v2/[1]_LOCAL_4711.env", "A=1\n");
    repo.write("api v2/[1].env", ENV);
    repo.git(["add", "api v2/[1].env"]).ok();
    let advice = advice_of(&repo, "mergetool-leftover");
    paste(&repo, &advice);
    repo.commit("One more");
    repo.seal(["doctor"]).ok();

    repo.write(".gitattributes", ".env* filter=seal text eol=lf\n");
    repo.git(["rm", "--quiet", "--cached", FILE]).ok();
    let advice = advice_of(&repo, "attributes-missing: api v2/[1].env");
    let (track, _) = advice.split_once(", or a").expect("two ways");
    paste(&repo, track);
    let filter = repo.git(["check-attr", "filter", "--", "api v2/[1].env"]);
    assert!(filter.ok().out().ends_with(": seal\n"));
}

#[test]
fn git_seal_alone_says_what_to_type_here() {
    let repo = Repo::initialised();
    repo.write("web/.env", ENV);
    repo.git(["add", "web/.env"]).ok();
    let brief = repo.seal(Vec::<&str>::new()).below("web").ok().out();
    let command = behind(&brief, "next: ", "   # ");
    assert!(
        command.starts_with("git add ../.gitattributes ../.seal && "),
        "{brief}"
    );
    repo.program("bash", ["-c", command]).below("web").ok();
    assert_eq!(repo.git(["status", "--porcelain"]).ok().out(), "");
}

#[test]
fn a_file_that_git_could_not_take_is_added_again_from_where_one_stands() {
    let repo = with_file();
    let clone = repo.clone_to("clone");
    clone.seal(["install", "--hooks"]).ok();
    clone.unlock();
    clone.write(FILE, format!("{ENV}MORE=quokka-nine\n"));
    let locked = clone
        .git(["add", "--all", ":/"])
        .env("GIT_SEAL_LOCKED", "1")
        .below(BESIDE);
    let refused = locked.ends_with(128).err();
    let again = behind(&refused, "then run `", "` again");
    assert!(again.starts_with("git add \"../../api v2/"), "{again}");
    paste(&clone, again);
    let staged = clone.git(["diff", "--cached", "--name-only", "-z"]).ok();
    assert_eq!(staged.out(), format!("{FILE}\0"));
}

#[test]
fn a_blocked_commit_goes_on_with_what_the_hook_says_to_type() {
    let repo = with_file();
    let leaked = "docs for you/read me.md";
    repo.write(leaked, "The key is sk_live_4eC39HqLyjWD\n");
    repo.git(["add", leaked]).ok();
    let commit = || repo.git(["commit", "--quiet", "-m", "Docs"]).below(BESIDE);
    let blocked = commit().fails().err();
    let allow = behind(&blocked, "if it is no secret: ", " (or, ");
    let allowed = paste(&repo, allow).err();
    let add = behind(&allowed, "next: ", ", and commit");
    assert_eq!(add, "git add ../../.seal/allow.jsonl");
    paste(&repo, add);
    commit().ok();

    let message = [
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "sk_live_4eC39HqLyjWD",
    ];
    let blocked = repo.git(message).below(BESIDE).fails().err();
    let again = behind(&blocked, "to be mended: ", "\n");
    let mended =
        format!("GIT_EDITOR='sed -i s/sk_live_4eC39HqLyjWD/Mended/' {again} --allow-empty");
    paste(&repo, &mended);
    let subject = repo.git(["log", "-1", "--format=%s"]).ok().out();
    assert_eq!(subject, "Mended\n");
}

#[test]
fn an_alias_of_gits_that_runs_at_the_top_changes_nothing() {
    let repo = with_file();
    stage_plain(&repo);
    repo.git(["config", "alias.sealed", "!git-seal doctor"])
        .ok();
    let told = repo.git(["sealed"]).below("web").run().out();
    assert!(told.contains("git seal reseal \"../api v2/it's "), "{told}");
    let elsewhere = repo.seal(["doctor"]).env("GIT_PREFIX", "no/such/place/");
    assert!(elsewhere.run().out().contains("git seal reseal \"api v2/"));
}

#[test]
fn without_a_key_nothing_more_is_advised() {
    let repo = with_file();
    let locked = repo.seal(["set", "A=2", "--file", FILE]);
    let told = locked.env("GIT_SEAL_LOCKED", "1").run().err();
    assert!(!told.contains("git add"), "{told}");
    assert!(!told.contains(KEY));
}
