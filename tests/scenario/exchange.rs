//! Files encrypted outside git.

use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::{ENV, KEY, OTHER_KEY, Repo, Sandbox};

/// A directory that is no repository.
fn outside() -> Repo {
    let sandbox = Sandbox::new();
    let place = Repo::at(&sandbox, "home");
    place.write(".env", ENV);
    place
}

/// The names in its directory, in order.
pub fn files(place: &Repo) -> Vec<String> {
    let listing = std::fs::read_dir(place.directory()).unwrap();
    let mut names: Vec<String> = listing
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_dotenv_file_is_encrypted_and_decrypted_outside_git() {
    let place = outside();
    let seal = |words: &[&'static str]| place.seal(words).env("SECRETS_MASTER_KEY", KEY);
    seal(&["encrypt", ".env"]).ok();
    let sealed = place.text(".env.encrypted");
    assert!(sealed.contains("API_KEY=seal1:") && !sealed.contains("sk_live"));
    let mode = place
        .path(".env.encrypted")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    seal(&["encrypt", ".env"]).ends_with(2);
    seal(&["encrypt", ".env", "--force"]).ok();
    assert_eq!(place.text(".env.encrypted"), sealed);
    seal(&["decrypt", ".env.encrypted"]).ends_with(2);
    std::fs::remove_file(place.path(".env")).unwrap();
    seal(&["decrypt", ".env.encrypted"]).ok();
    assert_eq!(place.text(".env"), ENV);
    seal(&["encrypt", "--in-place", ".env"]).ok();
    assert_eq!(place.text(".env"), sealed);
    assert_eq!(
        seal(&["get", "MULTI"]).ok().out(),
        "first-zephyr\nsecond-zephyr"
    );
    seal(&["decrypt", "--in-place", ".env"]).ok();
    assert_eq!(place.text(".env"), ENV);
    assert_eq!(files(&place), [".env", ".env.encrypted"]);
}

#[test]
fn every_form_goes_through_pipes_and_comes_back() {
    let place = outside();
    let noise: Vec<u8> = (0..=255).cycle().take(5000).collect();
    for flags in [&["encrypt"][..], &["encrypt", "--fernet"]] {
        let sealed = place
            .seal(flags)
            .env("SECRETS_MASTER_KEY", KEY)
            .stdin(&noise)
            .ok();
        let opened = place
            .seal(["decrypt"])
            .env("SECRETS_MASTER_KEY", KEY)
            .stdin(&sealed.stdout)
            .ok();
        assert_eq!(opened.stdout, noise);
    }
}

#[test]
fn a_list_of_keys_opens_what_any_of_them_sealed() {
    let place = outside();
    let both = place
        .sandbox()
        .write("keys", &format!("{OTHER_KEY}\n{KEY}\n"));
    std::fs::set_permissions(&both, std::fs::Permissions::from_mode(0o600)).unwrap();
    let token = place
        .seal(["encrypt", "--fernet"])
        .env("SECRETS_MASTER_KEY", KEY)
        .stdin("x")
        .ok();
    let keys = both.to_str().unwrap();
    let ran = place
        .seal(["decrypt", "--key-file", keys, "--ttl", "60"])
        .stdin(&token.stdout)
        .ok();
    assert_eq!((ran.out(), ran.err()), ("x".to_owned(), String::new()));
    // The first of the list seals, as with MultiFernet.
    let token = place
        .seal(["encrypt", "--fernet", "--key-file", keys])
        .stdin("x")
        .ok();
    place
        .seal(["decrypt"])
        .env("SECRETS_MASTER_KEY", OTHER_KEY)
        .stdin(&token.stdout)
        .ok();
}

#[test]
fn an_old_token_is_refused_where_an_age_is_given() {
    let place = outside();
    // Fernet spec, generate.json: made in 1985, with its own key.
    let key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    let token = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
    let call = |words: &[&'static str]| {
        place
            .seal(words)
            .env("SECRETS_MASTER_KEY", key)
            .stdin(token)
    };
    assert_eq!(call(&["decrypt"]).ok().out(), "hello");
    assert_eq!(call(&["decrypt", "--ttl", "60"]).ends_with(1).out(), "");
}

/// A file's name, the flags that encrypt it, and what a change in its middle gives.
const FORMS: [(&str, &[&str], i32); 3] = [
    (".env", &[], 4),
    ("noise", &[], 4),
    // A Fernet token names no key: it may be another's.
    (".env", &["--fernet"], 3),
];

#[test]
fn wrong_keys_and_damage_write_nothing() {
    let place = outside();
    place.write("noise", (0..=255).cycle().take(999).collect::<Vec<u8>>());
    place.write("old", "old");
    for (file, flags, changed) in FORMS {
        let words = [&["encrypt", file, "-o", "x", "--force"][..], flags].concat();
        place.seal(&words).env("SECRETS_MASTER_KEY", KEY).ok();
        let sealed = place.read("x");
        let decrypt = |content: &[u8], key: &str, code: i32| {
            place.write("x", content);
            for output in [&["-o", "new"][..], &["-o", "old", "--force"], &["-o", "-"]] {
                let words = [&["decrypt", "x"], output].concat();
                let call = place.seal(&words).env("SECRETS_MASTER_KEY", key);
                let ran = call.ends_with(code);
                assert_eq!(ran.out(), "");
                ran.tells_nothing();
                assert_eq!(place.text("old"), "old");
                assert_eq!(files(&place), [".env", "noise", "old", "x"]);
            }
        };
        decrypt(&sealed, "", 3);
        decrypt(&sealed, OTHER_KEY, 3);
        let mut damaged = sealed.clone();
        let at = sealed.len() - 20;
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        decrypt(&damaged, KEY, changed);
        for left in [0, 3, 8, 30, sealed.len() / 2, sealed.len() - 3] {
            decrypt(&sealed[..left], KEY, 4);
        }
        place.write("x", &sealed);
        let words = ["decrypt", "x", "-o", "-"];
        let opened = place.seal(words).env("SECRETS_MASTER_KEY", KEY).ok();
        assert_eq!(opened.stdout, place.read(file));
    }
}

#[test]
fn plain_text_in_an_encrypted_file_is_refused_unless_allowed() {
    let place = outside();
    let seal = |words: &[&'static str]| place.seal(words).env("SECRETS_MASTER_KEY", KEY);
    seal(&["encrypt", ".env"]).ok();
    let sealed = place.text(".env.encrypted");
    place.write(".env.encrypted", format!("{sealed}INJECTED=quokka-nine\n"));
    let ran = seal(&["decrypt", ".env.encrypted", "--force"]).ends_with(4);
    assert!(
        ran.mentions("INJECTED") && ran.mentions("--allow-plain"),
        "{}",
        ran.err()
    );
    ran.tells_nothing();
    assert_eq!(place.text(".env"), ENV);
    seal(&["decrypt", ".env.encrypted", "--force", "--allow-plain"]).ok();
    assert_eq!(place.text(".env"), format!("{ENV}INJECTED=quokka-nine\n"));
}

#[test]
fn what_the_repository_leaves_plain_is_taken_as_it_is() {
    let repo = Repo::initialised();
    let config = repo.text(".seal/config.toml");
    repo.write(
        ".seal/config.toml",
        format!("{config}\n[environment.default]\nclear = [\"PORT\"]\n"),
    );
    repo.write(".env", "PORT=3000\nTOKEN=quokka-nine\n");
    repo.git(["add", "."]).ok();
    let stored = repo.git(["show", ":.env"]).ok().out();
    assert!(stored.contains("PORT=3000\n"), "{stored}");
    repo.write("stored", &stored);
    let ran = repo.seal(["decrypt", "stored", "-o", "-"]).ok();
    assert_eq!(ran.out(), repo.text(".env"));
    repo.write("stored", format!("{stored}OTHER=1\n"));
    repo.seal(["decrypt", "stored", "-o", "-"]).ends_with(4);
}

#[test]
fn pythons_fernet_reads_what_is_written_and_the_reverse() {
    let place = outside();
    place
        .seal(["encrypt", "--fernet", ".env", "-o", "ours"])
        .env("SECRETS_MASTER_KEY", KEY)
        .ok();
    let script = "import sys; from cryptography.fernet import Fernet; f = Fernet(sys.argv[1]); \
        sys.stdout.buffer.write(f.decrypt(open('ours','rb').read())); open('theirs','wb').write(f.encrypt(b'quokka'))";
    let ran = place.program("python3", ["-c", script, KEY]).ok();
    assert_eq!(ran.out(), ENV);
    let ran = place
        .seal(["decrypt", "theirs", "-o", "-"])
        .env("SECRETS_MASTER_KEY", KEY)
        .ok();
    assert_eq!(ran.out(), "quokka");
}

#[test]
fn in_a_repository_the_current_key_seals_and_retired_ones_open() {
    let repo = Repo::with_env();
    repo.write("notes.txt", "quokka-nine");
    repo.seal(["encrypt", "notes.txt"]).ok();
    let opened = repo
        .seal(["decrypt", "notes.txt.encrypted", "-o", "-"])
        .ok();
    assert_eq!(opened.out(), "quokka-nine");
    repo.seal(["encrypt", "notes.txt", "-o", "x", "--env", "nowhere"])
        .ends_with(3);
}

#[test]
fn a_link_gives_way_to_an_output_and_stays_where_its_file_is_meant() {
    let place = outside();
    let seal = |words: &[&'static str]| place.seal(words).env("SECRETS_MASTER_KEY", KEY);
    place.write("elsewhere", "kept");
    std::os::unix::fs::symlink("elsewhere", place.path("out")).unwrap();
    seal(&["encrypt", ".env", "-o", "out"]).ends_with(2);
    seal(&["encrypt", ".env", "-o", "out", "--force"]).ok();
    assert_eq!(place.text("elsewhere"), "kept");
    std::os::unix::fs::symlink(".env", place.path("link")).unwrap();
    seal(&["encrypt", "--in-place", "link"]).ok();
    let link = place.path("link").symlink_metadata().unwrap();
    assert!(link.is_symlink());
    assert_eq!(place.text(".env"), place.text("out"));
    let ran = seal(&["decrypt", "link", "-o", "typo/x"]).ends_with(2);
    assert!(
        ran.mentions("typo: there is no such directory"),
        "{}",
        ran.err()
    );
}

#[test]
fn a_fernet_token_that_no_key_opens_may_have_been_changed_and_says_so() {
    let place = outside();
    let seal = |word: &'static str, key: &'static str, input: &[u8]| {
        let flags: &[&str] = if word == "encrypt" {
            &["--fernet"]
        } else {
            &[]
        };
        let words: Vec<&str> = [word].iter().chain(flags).copied().collect();
        place
            .seal(words)
            .env("SECRETS_MASTER_KEY", key)
            .stdin(input)
    };
    let token = seal("encrypt", KEY, b"x").ok().stdout;
    let ran = seal("decrypt", OTHER_KEY, &token).ends_with(3);
    assert!(ran.mentions("or it was changed"), "{}", ran.err());
    let ran = place.seal(["decrypt"]).stdin(&token).ends_with(3);
    assert!(!ran.mentions("changed"), "{}", ran.err());
    seal("decrypt", KEY, &token[..80]).ends_with(4);
}

#[test]
fn what_is_no_text_does_not_go_to_a_terminal_unasked() {
    let place = outside();
    let script = "head -c 99 /dev/zero | git-seal encrypt \"$@\"";
    let call = |words: &[&'static str]| {
        let front = ["-c", script, "sh"];
        let call = place.program("sh", front.iter().chain(words));
        call.env("SECRETS_MASTER_KEY", KEY).on_terminal()
    };
    let ran = call(&[]).ends_with(2);
    assert!(ran.out().contains("--output"), "{}", ran.out());
    call(&["-o", "-"]).ends_with(0);
    call(&["--fernet"]).ends_with(0);
}
