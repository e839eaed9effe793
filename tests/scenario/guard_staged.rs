//! The guard before a commit: what is staged is judged, and nothing else.

use crate::guarding::{
    EXTRA, check, expect_staged, findings, guarded, keyless, name, rules_staged, silent, stage_id,
    stage_raw, staged, staged_blob, write_blob,
};
use crate::sandbox::{ENV, KEY, OTHER_KEY, Repo};

#[test]
fn a_plain_file_staged_without_the_filter_blocks_whatever_the_work_tree_holds() {
    let repo = guarded();
    stage_raw(&repo, ".env", ENV);
    expect_staged(&repo, &[(".env", "unsealed")]);
    // Also with a sealed work tree, and with none at all.
    repo.write(".env", repo.blob("HEAD:.env"));
    expect_staged(&repo, &[(".env", "unsealed")]);
    std::fs::remove_file(repo.path(".env")).unwrap();
    expect_staged(&repo, &[(".env", "unsealed")]);
}

#[test]
fn without_a_key_a_plain_file_blocks_as_well() {
    let repo = guarded();
    let clone = keyless(&repo, "clone");
    stage_raw(&clone, ".env", ENV);
    stage_raw(&clone, "deploy/prod.env", "A=b-plain-value\n");
    expect_staged(
        &clone,
        &[(".env", "unsealed"), ("deploy/prod.env", "unsealed")],
    );
    let said = clone.git(["commit", "-m", "Leak"]).fails();
    assert!(said.mentions(".env:1:1"), "{}", said.err());
    assert!(said.mentions("nothing was committed"), "{}", said.err());
}

#[test]
fn sealed_text_staged_passes_although_the_work_tree_is_plain() {
    let repo = guarded();
    repo.write(".env", format!("{ENV}NEW={EXTRA}2\n"));
    repo.git(["add", ".env"]).ok();
    repo.write(".env", format!("{ENV}NEW={EXTRA}3\n"));
    expect_staged(&repo, &[]);
    assert_eq!(repo.text(".env"), format!("{ENV}NEW={EXTRA}3\n"));
}

#[test]
fn of_a_partially_staged_file_only_the_staged_part_counts() {
    let repo = guarded();
    repo.write("notes.md", "first\n");
    repo.git(["add", "notes.md"]).ok();
    repo.write("notes.md", format!("first\n{EXTRA}\n"));
    expect_staged(&repo, &[]);
    repo.git(["add", "notes.md"]).ok();
    repo.write("notes.md", "first\n");
    expect_staged(&repo, &[("notes.md", "known-value")]);
}

#[test]
fn every_way_to_commit_is_judged_by_its_own_index() {
    let repo = guarded();
    repo.write("notes.md", "first\n");
    repo.write("other.md", "first\n");
    repo.commit("Notes");
    repo.write("notes.md", format!("{EXTRA}\n"));
    repo.write("other.md", "fine\n");
    for words in [
        &["commit", "-a", "-m", "x"][..],
        &["commit", "-m", "x", "--", "notes.md"],
        &["commit", "-m", "x", "-i", "notes.md"],
        &["commit", "-a", "--amend", "--no-edit"],
    ] {
        let said = repo.git(words).fails();
        assert!(said.mentions("notes.md:1:1"), "{words:?}: {}", said.err());
        silent(&said);
        repo.git(["reset", "--quiet"]).ok();
    }
    repo.git(["commit", "--quiet", "-m", "x", "--", "other.md"])
        .ok();
    // A clean file committed by path passes although something bad is staged; and the other way round.
    repo.write("other.md", "finer\n");
    repo.git(["add", "notes.md"]).ok();
    repo.git(["commit", "--quiet", "-m", "x", "--", "other.md"])
        .ok();
    repo.git(["commit", "--quiet", "-m", "x"]).fails();
    let index = repo.path(".git/elsewhere");
    repo.git(["read-tree", "HEAD"])
        .env("GIT_INDEX_FILE", &index)
        .ok();
    check(&repo, &[]).env("GIT_INDEX_FILE", &index).ok();
    check(&repo, &[]).ends_with(1);
}

#[test]
fn the_first_commit_is_judged() {
    let repo = Repo::initialised();
    crate::guarding::put_hooks(&repo, &["pre-commit"]);
    repo.write(".env", format!("{ENV}EXTRA_PASSWORD={EXTRA}\n"));
    repo.git(["add", "--all"]).ok();
    stage_raw(&repo, "notes.md", EXTRA);
    expect_staged(&repo, &[("notes.md", "known-value")]);
    repo.git(["rm", "--quiet", "--cached", "-f", "notes.md"])
        .ok();
    expect_staged(&repo, &[]);
}

#[test]
fn renames_deletions_and_intents_to_add_pass() {
    let repo = guarded();
    repo.write("a.md", "some text\nof some length\n");
    repo.commit("A");
    repo.git(["mv", "a.md", "b.md"]).ok();
    repo.write("c.md", EXTRA);
    repo.git(["add", "--intent-to-add", "c.md"]).ok();
    assert_eq!(staged(&repo), []);
    repo.git(["mv", ".env", ".env.other"]).ok();
    repo.git(["commit", "--quiet", "-m", "Rename"]).ok();
    repo.git(["rm", "--quiet", "-f", ".env.other"]).ok();
    repo.git(["commit", "--quiet", "-m", "Delete"]).ok();
}

#[test]
fn a_value_that_leaves_the_sealed_file_is_known_in_the_same_commit() {
    let repo = guarded();
    // Renamed so that it loses its filter.
    repo.git(["rm", "--quiet", "--cached", ".env"]).ok();
    repo.write("settings.txt", format!("EXTRA = {EXTRA}\n"));
    repo.git(["add", "settings.txt"]).ok();
    expect_staged(&repo, &[("settings.txt", "known-value")]);
    // Renamed to a template.
    repo.git(["mv", "-f", "settings.txt", ".env.example"]).ok();
    expect_staged(&repo, &[(".env.example", "known-value")]);
}

#[test]
fn values_of_names_assigned_twice_and_of_commented_out_lines_are_known() {
    let repo = guarded();
    let plain =
        "PASSWORD=first-quill-81x\nPASSWORD='second-quill-82x'\n# PASSWORD=third-quill-83x\n";
    repo.write(".env", plain);
    repo.commit("Several");
    for value in ["first-quill-81x", "second-quill-82x", "third-quill-83x"] {
        stage_raw(&repo, "notes.md", format!("see {value}\n"));
        expect_staged(&repo, &[("notes.md", "known-value")]);
    }
}

#[test]
fn a_key_at_hand_is_no_content_for_a_file() {
    let repo = guarded();
    let encoded = repo.program("base64", ["--wrap=0"]).stdin(KEY).ok().out();
    for text in [KEY.to_owned(), format!("key: \"{KEY}\" # mine"), encoded] {
        stage_raw(&repo, "notes.md", format!("{text}\n"));
        expect_staged(&repo, &[("notes.md", "known-value")]);
    }
    let said = repo.git(["commit", "-m", "x"]).fails();
    assert!(said.mentions("git seal rotate --compromised"));
}

#[test]
fn many_files_with_long_names_are_all_judged() {
    let repo = guarded();
    let long = "directory-with-a-long-name/".repeat(8);
    for number in 0..200 {
        repo.write(format!("{long}{number}.md"), "fine\n");
    }
    repo.git(["add", "--all"]).ok();
    let (leak, plain) = (format!("{long}150.md"), format!("{long}99/.env"));
    stage_raw(&repo, &leak, EXTRA);
    stage_raw(&repo, &plain, "A=b\n");
    expect_staged(&repo, &[(&leak, "known-value"), (&plain, "unsealed")]);
}

#[test]
fn a_blocked_commit_says_what_to_type_next() {
    let repo = guarded();
    stage_raw(&repo, "it's.md", format!("{EXTRA} and {EXTRA}\n"));
    let said = repo.git(["commit", "-m", "x"]).fails();
    assert!(said.mentions("it's.md:1:1: the value of EXTRA_PASSWORD"));
    assert!(said.mentions("nothing was committed\n"), "{}", said.err());
    let typed = said.err().lines().find_map(|line| {
        let (_, typed) = line.split_once("if it is no secret: git seal ")?;
        Some(typed.split(" (").next()?.to_owned())
    });
    let typed = shlex::split(&typed.unwrap()).unwrap();
    repo.seal(&typed).ok();
    repo.git(["add", ".seal/allow.jsonl"]).ok();
    repo.git(["commit", "--quiet", "-m", "x"]).ok();
    // One piece of advice, however many findings it is for.
    stage_raw(&repo, "a.md", format!("{EXTRA}\n{EXTRA}\n{EXTRA}\n"));
    let said = repo.git(["commit", "-m", "x"]).fails().err();
    assert_eq!(said.matches("error: a.md:").count(), 3, "{said}");
    assert_eq!(said.matches("hint: refer to the variable").count(), 1);
}

#[test]
fn a_refused_message_is_not_lost() {
    let repo = guarded();
    repo.write("a.md", "fine\n");
    repo.git(["add", "a.md"]).ok();
    let said = repo.git(["commit", "-m", &format!("Use {EXTRA}")]).fails();
    silent(&said);
    let typed = "git commit --edit --file .git/COMMIT_EDITMSG";
    assert!(said.mentions(typed), "{}", said.err());
    repo.git([
        "commit",
        "--quiet",
        "--edit",
        "--file",
        ".git/COMMIT_EDITMSG",
    ])
    .env("GIT_EDITOR", "sed -i s/Zr4.*/Fine/")
    .ok();
    assert_eq!(
        repo.git(["log", "-1", "--format=%s"]).ok().out(),
        "Use Fine\n"
    );
}

#[test]
fn names_may_hold_any_byte() {
    let repo = guarded();
    let names: [&[u8]; 4] = [
        b"a b'\"$.txt",
        b"line\nfeed.txt",
        b"bytes\xff\xfe.txt",
        b"-dash.txt",
    ];
    for bytes in names {
        std::fs::write(repo.path(name(bytes)), EXTRA).unwrap();
        stage_raw(&repo, bytes, EXTRA);
        stage_raw(&repo, [b"d/".as_slice(), bytes, b".env"].concat(), "A=b\n");
    }
    let found = staged(&repo);
    assert_eq!(found.len(), 8, "{found:?}");
    let said = repo.git(["commit", "-m", "x"]).fails();
    assert!(said.err().lines().all(|line| !line.contains('\u{1b}')));
}

#[test]
fn links_submodules_and_binaries_are_understood() {
    let repo = guarded();
    let target = write_blob(&repo, format!("/home/{EXTRA}"));
    stage_id(&repo, "120000", &target, b"link");
    let head = repo.git(["rev-parse", "HEAD"]).ok().out();
    stage_id(&repo, "160000", head.trim(), b"module");
    stage_raw(
        &repo,
        "blob.bin",
        [&[0, 1, 2], EXTRA.as_bytes(), &[0, 255]].concat(),
    );
    stage_raw(&repo, "clean.bin", [0, 1, 2, 3]);
    assert_eq!(
        staged(&repo),
        [
            ("blob.bin".into(), "known-value".into()),
            ("link".into(), "known-value".into())
        ]
    );
}

#[test]
fn utf16_is_read() {
    let repo = guarded();
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    stage_raw(&repo, "notes.txt", utf16("first\nx \u{a0a}\n"));
    repo.git(["commit", "--quiet", "-m", "x"]).ok();
    stage_raw(
        &repo,
        "notes.txt",
        utf16(&format!("first\nx \u{a0a}\nsee {EXTRA}\n")),
    );
    stage_raw(&repo, "b/.env", utf16("A=plain\n"));
    expect_staged(
        &repo,
        &[("b/.env", "unsealed"), ("notes.txt", "known-value")],
    );
}

#[test]
fn lone_carriage_returns_do_not_shift_lines() {
    let repo = guarded();
    stage_raw(&repo, "notes.md", "a\rb\rc\rd\n\n\n");
    repo.git(["commit", "--quiet", "-m", "x"]).ok();
    stage_raw(&repo, "notes.md", format!("a\rb\rc\rd\n{EXTRA}\n\n"));
    expect_staged(&repo, &[("notes.md", "known-value")]);
}

#[test]
fn what_was_there_before_is_not_found_again() {
    let repo = guarded();
    stage_raw(&repo, "notes.md", format!("{EXTRA}\n"));
    crate::guarding::commit_unseen(&repo, "Leak");
    stage_raw(&repo, "notes.md", format!("above\n{EXTRA}\nbelow\n"));
    expect_staged(&repo, &[]);
}

#[test]
fn tokens_are_judged_without_and_with_the_key() {
    let repo = guarded();
    let clone = keyless(&repo, "clone");
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).unwrap();
    let line = |name: &str| {
        let found = sealed.lines().find(|line| line.starts_with(name));
        found.unwrap().to_owned()
    };
    let (api, empty) = (line("API_KEY="), line("EMPTY="));
    let cut = sealed.replace(&api, &api[..api.len() - 1]);
    let quoted = sealed.replace(&api, &format!("API_KEY=\"{}\"", &api[8..]));
    // The last bytes of the tag and the ciphertext: still a token by its form.
    let middle = api.len() - 20;
    let other = if &api[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    let forged = sealed.replace(
        &api,
        &format!("{}{other}{}", &api[..middle], &api[middle + 1..]),
    );
    let moved = sealed.replace(&empty, &format!("EMPTY={}", &api[8..]));
    let foreign = foreign_token();
    let unknown = sealed.replace(&api, &format!("API_KEY={foreign}"));
    for (text, with_key, without) in [
        (&cut, "damaged-token", Some("damaged-token")),
        (&quoted, "damaged-token", Some("damaged-token")),
        (&forged, "forged-token", None),
        (&moved, "forged-token", Some("moved-token")),
        (&unknown, "unknown-key", Some("unknown-key")),
    ] {
        stage_raw(&repo, ".env", text);
        assert_eq!(rules_staged(&repo), [with_key]);
        stage_raw(&clone, ".env", text);
        let expected: Vec<&str> = without.into_iter().collect();
        assert_eq!(rules_staged(&clone), expected);
    }
    stage_raw(&repo, ".env", &forged);
    check(&repo, &[]).ends_with(4);
    stage_raw(&repo, ".env", &unknown);
    check(&repo, &[]).ends_with(4);
}

/// Such a token names no key: which of them are new is known by where they stand.
#[test]
fn a_changed_token_of_the_exchange_suite_is_found_in_whatever_line() {
    let repo = Repo::initialised();
    repo.write(".seal/config.toml", "suite = \"fernet\"\n");
    repo.write(".env", "A=quokka-nine\nB=velvet-two\nC=wintermute\n");
    repo.commit("Exchange suite");
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).unwrap();
    for (number, line) in sealed.lines().enumerate().skip(1) {
        // Behind the version and the time.
        let (before, behind) = line.split_at("A=gAAAAAAAAAAA".len());
        let other = if behind.starts_with('B') { 'C' } else { 'B' };
        let changed = format!("{before}{other}{}", &behind[1..]);
        stage_raw(&repo, ".env", sealed.replace(line, &changed));
        assert_eq!(rules_staged(&repo), ["forged-token"], "{line}");
        let found = check(&repo, &[]).ends_with(4).out();
        let place = format!("\"line\":{},", number + 1);
        assert!(found.contains(&place), "{found}");
    }
}

/// A token under a key that the ledger of the others does not know.
fn foreign_token() -> String {
    let repo = Repo::empty();
    repo.seal(["key", "import", "--env", "default"])
        .stdin(OTHER_KEY)
        .ok();
    repo.seal(["init", "--yes"]).ok();
    repo.write(".env", "API_KEY=foreign\n");
    repo.git(["add", ".env"]).ok();
    let sealed = String::from_utf8(staged_blob(&repo, ".env")).unwrap();
    let line = sealed.lines().nth(1).unwrap();
    line.strip_prefix("API_KEY=").unwrap().to_owned()
}

#[test]
fn plain_lines_of_every_kind_block() {
    let repo = guarded();
    let sealed = String::from_utf8(repo.blob("HEAD:.env")).unwrap();
    for (added, rule) in [
        ("NEW=plain\n", "unsealed"),
        ("# OLD_PASSWORD=plain\n", "unsealed"),
        ("# a remark\n", "unsealed"),
        ("stray words\n", "unsealed"),
        (
            "# git-seal v1: values are sealed; run \"git seal unlock\" to read them PASSWORD=x\n",
            "unsealed",
        ),
        ("NEW=x\r", "unsealed"),
        ("<<<<<<< plain words\n", "conflict-marker"),
        ("=======\n", "conflict-marker"),
    ] {
        stage_raw(&repo, ".env", format!("{sealed}{added}"));
        assert_eq!(rules_staged(&repo), [rule], "{added:?}");
    }
}

#[test]
fn required_unset_blocks() {
    let repo = guarded();
    repo.write("a.md", "fine\n");
    repo.git(["add", "a.md"]).ok();
    repo.git(["config", "--unset", "filter.seal.required"]).ok();
    let said = repo.git(["commit", "-m", "x"]).fails();
    assert!(
        said.mentions("filter.seal.required is not true"),
        "{}",
        said.err()
    );
    repo.git(["config", "filter.seal.required", "yes"]).ok();
    repo.git(["commit", "--quiet", "-m", "x"]).ok();
}

#[test]
fn the_message_is_judged_up_to_the_scissors() {
    let repo = guarded();
    repo.write("a.md", "fine\n");
    repo.git(["add", "a.md"]).ok();
    let said = repo.git(["commit", "-m", &format!("Use {EXTRA}")]).fails();
    assert!(said.mentions("the message:1:5"), "{}", said.err());
    silent(&said);
    let file = repo.sandbox().write(
        "message",
        &format!("Fine\n# ------------------------ >8 ------------------------\n-{EXTRA}\n"),
    );
    repo.seal(["hook".as_ref(), "commit-msg".as_ref(), file.as_os_str()])
        .ok();
    let file = repo.sandbox().write(
        "message",
        &format!("Fine # ------------------------ >8 ------------------------\n{EXTRA}\n"),
    );
    repo.seal(["hook".as_ref(), "commit-msg".as_ref(), file.as_os_str()])
        .fails();
}

#[test]
fn without_a_key_values_are_not_sought_and_that_is_said() {
    let repo = guarded();
    let clone = keyless(&repo, "clone");
    clone.write("notes.md", EXTRA);
    clone.git(["add", "notes.md"]).ok();
    let said = clone.seal(["hook", "pre-commit"]).ok();
    assert!(
        said.mentions("values were not searched for"),
        "{}",
        said.err()
    );
    let with_key = clone
        .seal(["hook", "pre-commit"])
        .env("SECRETS_MASTER_KEY", KEY)
        .ends_with(1);
    silent(&with_key);
}

#[test]
fn a_large_file_is_read_in_pieces() {
    let repo = guarded();
    let mut large = vec![b'x'; 40 << 20];
    for at in (99..large.len()).step_by(100) {
        large[at] = b'\n';
    }
    large.extend_from_slice(format!("token {EXTRA}\n").as_bytes());
    stage_raw(&repo, "dump.sql", &large);
    assert_eq!(staged(&repo), [("dump.sql".into(), "known-value".into())]);
    stage_raw(&repo, "dump.sql", &large[..30 << 20]);
    stage_raw(&repo, "huge/.env", &large);
    let found = findings(&check(&repo, &[]).ends_with(1));
    assert!(
        found.contains(&("huge/.env".into(), "too-large".into())),
        "{found:?}"
    );
}

#[test]
fn a_missing_blob_blocks() {
    let repo = guarded();
    let id = write_blob(&repo, "to be lost");
    stage_id(&repo, "100644", &id, b"notes.md");
    std::fs::remove_file(repo.path(format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
    check(&repo, &[]).ends_with(5);
    repo.seal(["hook", "pre-commit"]).ends_with(5);
}

#[test]
fn a_replaced_object_deceives_nobody() {
    let repo = guarded();
    let sealed = repo.git(["rev-parse", "HEAD:.env"]).ok().out();
    let plain = write_blob(&repo, ENV);
    repo.git(["replace", &plain, sealed.trim()]).ok();
    stage_id(&repo, "100644", &plain, b".env");
    for reader in ["", "git"] {
        let ran = check(&repo, &[])
            .env("GIT_SEAL_READER", reader)
            .ends_with(1);
        assert_eq!(findings(&ran), [(".env".into(), "unsealed".into())]);
    }
}

#[test]
fn linked_work_trees_have_an_index_of_their_own() {
    let repo = guarded();
    repo.git(["worktree", "add", "--quiet", "../linked"]).ok();
    let linked = Repo::at(repo.sandbox(), "linked");
    linked.write("notes.md", EXTRA);
    linked.git(["add", "notes.md"]).ok();
    let said = linked.git(["commit", "-m", "x"]).fails();
    assert!(said.mentions("notes.md:1:1"), "{}", said.err());
    check(&repo, &[]).ok();
}

#[test]
fn a_name_in_capitals_is_a_dotenv_name_too() {
    let repo = guarded();
    stage_raw(&repo, ".ENV", "A=plain\n");
    expect_staged(&repo, &[(".ENV", "unsealed")]);
}

#[test]
fn staged_attributes_count_however_they_are_written() {
    let repo = guarded();
    let before = repo.text(".gitattributes");
    for (lines, path) in [
        ("notes/a.txt filter=seal\n", "notes/a.txt"),
        ("notes/[ab].txt filter=seal\n", "notes/a.txt"),
        ("notes/**/a.txt filter=seal\n", "notes/x/y/a.txt"),
        ("\"notes/a b.txt\" filter=seal\n", "notes/a b.txt"),
        (
            "[attr]sealed filter=seal\nnotes/a.txt sealed\n",
            "notes/a.txt",
        ),
        (
            "notes/* binary\nnotes/a.txt filter=seal text\n",
            "notes/a.txt",
        ),
    ] {
        repo.write(".gitattributes", format!("{before}{lines}"));
        repo.git(["add", ".gitattributes"]).ok();
        // Not what stands on disk.
        repo.write(".gitattributes", &before);
        stage_raw(&repo, path, "A=plain\n");
        expect_staged(&repo, &[(path, "unsealed")]);
        repo.git(["rm", "--quiet", "--cached", path]).ok();
    }
}

#[test]
fn an_ordinary_repository_is_judged_without_git() {
    let others = ["READER", "HASH", "REFS"];
    let is_ordinary = |other: &&str| std::env::var_os(format!("GIT_SEAL_TEST_{other}")).is_none();
    if !others.iter().all(is_ordinary) {
        return;
    }
    let repo = guarded();
    crate::guarding::attributes(&repo, "*.png binary\n* text=auto\n");
    repo.commit("Attributes");
    repo.write("deep/er/notes.md", "fine\n");
    repo.write("image.png", "\0");
    repo.git(["add", "--all"]).ok();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_git-seal"));
    let without_git = program.parent().expect("it is in a directory");
    let hook = |name: &[&str]| {
        let words = ["hook"].iter().chain(name);
        repo.seal(words).env("PATH", without_git).run()
    };
    let judged = hook(&["pre-commit"]);
    assert_eq!(judged.code, 0, "{}", judged.err());
    let message = repo.sandbox().write("message", EXTRA);
    let judged = hook(&["commit-msg", &message.to_string_lossy()]);
    assert_eq!(judged.code, 1, "{}", judged.err());
    stage_raw(&repo, "deep/er/notes.md", EXTRA);
    let judged = hook(&["pre-commit"]);
    assert!(judged.mentions("deep/er/notes.md:1:1"), "{}", judged.err());
}

#[test]
fn attributes_of_files_that_are_not_sealed_do_not_matter() {
    let repo = guarded();
    crate::guarding::attributes(&repo, "*.rc working-tree-encoding=UTF-16 seal-env\n");
    stage_raw(&repo, "a.rc", "fine\n");
    expect_staged(&repo, &[]);
    crate::guarding::attributes(&repo, ".env.new seal-env\n");
    stage_raw(&repo, ".env.new", "A=plain\n");
    check(&repo, &[]).ends_with(2);
}

#[test]
fn a_commit_without_the_ledger_is_told_what_it_left_out() {
    let repo = Repo::initialised();
    repo.write(".env", ENV);
    repo.git(["add", ".env"]).ok();
    let commit = || repo.git(["commit", "--quiet", "-m", "Seal"]).run();
    let refused = commit();
    assert!(
        refused.code == 1 && refused.mentions("[unknown-key]"),
        "{}",
        refused.err()
    );
    let advice = "git-seal: hint: stage the ledger too, which knows it on disk: git add .seal/ledger.jsonl\n";
    assert!(refused.mentions(advice), "{}", refused.err());
    repo.git(["add", ".seal/ledger.jsonl"]).ok();
    assert_eq!(commit().code, 0);
}
