//! Paths and line ends: whatever git allows.

use crate::sandbox::{ENV, Repo, contains, os};

/// Spaces, quotes, line ends, patterns, Unicode, bytes that are no text.
const NAMES: [&[u8]; 11] = [
    b"with space/.env",
    b"quote\"and'quote.env",
    b"line\nend/.env",
    b"tab\t.env",
    b"*[a]?.env",
    b"back\\slash.env",
    "größe-日本.env".as_bytes(),
    b"not-utf8-\xff\xfe.env",
    b"-dash.env",
    b":(top)colon.env",
    b" .env",
];

#[test]
fn every_path_is_sealed_and_opened() {
    let repo = Repo::initialised();
    for name in NAMES {
        repo.write(os(name), ENV);
    }
    repo.commit("Odd names");
    repo.assert_well();
    repo.seal(["status"]).ok().tells_nothing();
    let tracked = repo.git(["ls-files", "-z"]).ok().stdout;
    let clone = repo.clone_to("clone");
    clone.unlock();
    for name in NAMES {
        assert!(contains(&tracked, name), "{}", name.escape_ascii());
        assert_eq!(clone.text(os(name)), ENV, "{}", name.escape_ascii());
    }
    clone.assert_well();
    clone.seal(["lock"]).ok();
    for name in NAMES {
        let blob = [b"HEAD:".as_slice(), name].concat();
        let blob = clone
            .git(["cat-file".into(), "blob".into(), os(&blob)])
            .ok()
            .stdout;
        assert_eq!(clone.read(os(name)), blob, "{}", name.escape_ascii());
    }
}

#[test]
fn attributes_of_patterns_in_quotes_hold() {
    let repo = Repo::initialised();
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    repo.seal(["track", "my app/*.env", "--env", "production"])
        .ok();
    repo.seal(["track", "my app/key store", "--opaque"]).ok();
    repo.write("my app/a.env", ENV);
    repo.write("my app/key store", ENV);
    repo.commit("Odd names");
    let status = repo.seal(["status", "--porcelain"]).ok().out();
    for (environment, path) in [
        ("production", "my app/a.env"),
        ("default", "my app/key store"),
    ] {
        let line = status.lines().find(|line| line.ends_with(path));
        let expected = format!("file sealed sealed open {environment} ");
        assert!(
            line.is_some_and(|line| line.starts_with(&expected)),
            "{status}"
        );
    }
    repo.assert_well();
}

#[test]
fn init_finds_every_path_and_keeps_it_out_of_archives() {
    let repo = Repo::empty();
    for name in NAMES {
        repo.write(os(name), ENV);
    }
    repo.seal(["init", "--yes"]).ok().tells_nothing();
    repo.commit("Odd names");
    repo.assert_well();
    let archive = repo.git(["archive", "--format=tar", "HEAD"]).ok();
    archive.tells_nothing();
    assert!(!contains(&archive.stdout, b"_URL"));
}

#[test]
fn tracked_plain_files_of_every_name_are_exempted_or_sealed_by_name() {
    let repo = Repo::empty();
    for name in NAMES {
        repo.write(os(name), "A=1\n");
    }
    repo.commit("Plain");
    repo.seal(["init", "--yes"]).ok();
    for name in NAMES {
        repo.touch(os(name));
    }
    repo.commit("Exempt");
    repo.assert_clean();
    assert_eq!(repo.blob("HEAD:tab\t.env"), b"A=1\n");

    let repo = Repo::empty();
    for name in NAMES {
        repo.write(os(name), ENV);
    }
    repo.commit("Plain");
    let words = ["init", "--yes", "--"].map(|word| os(word.as_bytes()));
    repo.seal(words.into_iter().chain(NAMES.map(os)))
        .ok()
        .tells_nothing();
    repo.commit("Seal");
    repo.assert_clean();
    for name in NAMES {
        let blob = [b"HEAD:".as_slice(), name].concat();
        let blob = repo
            .git(["cat-file".into(), "blob".into(), os(&blob)])
            .ok()
            .stdout;
        assert!(contains(&blob, b"=seal1:"), "{}", name.escape_ascii());
    }
}

#[test]
fn line_ends_of_windows_become_those_of_git_whatever_the_settings() {
    let crlf = ENV.replace('\n', "\r\n");
    let expected = Repo::with_env().blob("HEAD:.env");
    for setting in ["true", "input", "false"] {
        let repo = Repo::initialised();
        repo.git(["config", "core.autocrlf", setting]).ok();
        repo.git(["config", "core.safecrlf", "false"]).ok();
        repo.write(".env", &crlf);
        repo.commit("From Windows");
        assert_eq!(repo.blob("HEAD:.env"), expected, "autocrlf={setting}");
        repo.assert_well();
        repo.git(["rm", "--quiet", "--cached", ".env"]).ok();
        repo.git(["reset", "--quiet", "--hard"]).ok();
        repo.assert_env();
    }
}

#[test]
fn without_an_eol_attribute_autocrlf_decides_and_status_stays_clean() {
    let crlf = ENV.replace('\n', "\r\n");
    for setting in ["true", "input", "false"] {
        let repo = Repo::initialised();
        repo.git(["config", "core.autocrlf", setting]).ok();
        repo.git(["config", "core.safecrlf", "false"]).ok();
        let lines = repo.text(".gitattributes");
        repo.write(".gitattributes", format!("{lines}*.env !text !eol\n"));
        repo.write(".env", &crlf);
        repo.commit("From Windows");
        repo.assert_well();
        repo.git(["rm", "--quiet", "--cached", ".env"]).ok();
        repo.git(["reset", "--quiet", "--hard"]).ok();
        // Git writes CR LF between tokens only: it cannot look into them.
        let ends = match setting {
            "input" => ENV.to_owned(),
            "true" => crlf.replace("zephyr\r\nsecond", "zephyr\nsecond"),
            _ => crlf.clone(),
        };
        assert_eq!(repo.text(".env"), ends, "autocrlf={setting}");
        repo.assert_well();
    }
}

#[test]
fn an_opaque_file_full_of_line_ends_is_refused_as_text_and_survives_without() {
    let content: Vec<u8> = b"\r\n\n\r\0quokka-nine\r\n".repeat(500);
    let repo = Repo::initialised();
    repo.seal(["track", "certs/key.p12", "--opaque"]).ok();
    repo.write("certs/key.p12", &content);
    let lines = repo.text(".gitattributes");
    repo.write(
        ".gitattributes",
        lines.replace("seal-format=opaque -text", "seal-format=opaque text"),
    );
    repo.git(["add", "certs/key.p12"]).ends_with(128).says(
        "git-seal: error: certs/key.p12: it is sealed as an opaque file, and its attributes let git convert line ends inside the ciphertext\n\
         git-seal: hint: in .gitattributes, add `-text` to the line of certs/key.p12\n",
    );
    repo.write(".gitattributes", lines);
    repo.git(["config", "core.autocrlf", "true"]).ok();
    repo.commit("Opaque");
    let sealed = repo.blob("HEAD:certs/key.p12");
    assert!(sealed.starts_with(b"\0git-seal\x01"));
    repo.assert_well();
    let clone = repo.clone_to("clone");
    assert_eq!(clone.read("certs/key.p12"), sealed);
    clone.unlock();
    assert_eq!(clone.read("certs/key.p12"), content);
    clone.assert_well();
    clone.seal(["lock"]).ok();
    assert_eq!(clone.read("certs/key.p12"), sealed);
}

#[test]
fn the_example_of_attributes_does_what_it_says() {
    let repo = Repo::initialised();
    repo.seal(["init", "--yes", "--env", "production"]).ok();
    let example = include_str!("../../.gitattributes.example");
    repo.write(".gitattributes", example);
    for name in [".env", ".env.production", "certs/key.p12"] {
        repo.write(name, ENV);
    }
    repo.write(".env.example", "API_KEY=\n");
    repo.commit("As in the example");
    repo.seal(["doctor"]).ok();
    let status = repo.seal(["status", "--porcelain"]).ok().out();
    let files: Vec<&str> = status.lines().filter(|l| l.starts_with("file ")).collect();
    assert_eq!(files.len(), 3, "{status}");
    assert!(
        files
            .iter()
            .all(|line| line.starts_with("file sealed sealed open "))
    );
    assert!(files.iter().any(|line| line.contains(" production ")));
    assert_eq!(repo.blob("HEAD:.env.example"), b"API_KEY=\n");
    let listing = ["-c", "git archive HEAD | tar t"];
    let archive = repo.program("sh", listing).ok().out();
    let kept: Vec<&str> = archive
        .lines()
        .filter(|name| !name.ends_with('/'))
        .collect();
    assert_eq!(kept, [".env.example", ".gitattributes"]);
}

#[test]
fn a_binary_with_a_dotenv_name_comes_back_with_the_line_ends_of_git() {
    let content: Vec<u8> = (0..10_000_u32)
        .flat_map(|n| (n.wrapping_mul(n) >> 5).to_le_bytes())
        .filter(|byte| *byte != b'\r')
        .collect();
    let repo = Repo::initialised();
    let with_crlf = [content.as_slice(), b"\r\n\r\r\n\r\n"].concat();
    repo.write(".env-prod", &with_crlf);
    repo.commit("Binary");
    repo.assert_clean();
    repo.git(["rm", "--quiet", "--cached", ".env-prod"]).ok();
    repo.git(["reset", "--quiet", "--hard"]).ok();
    let normalised = [content.as_slice(), b"\n\n\n"].concat();
    assert!(
        repo.read(".env-prod") == normalised,
        "other bytes than line ends"
    );
    repo.assert_clean();
}
