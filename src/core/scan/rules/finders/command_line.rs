//! Passwords as arguments of commands: in scripts, in shell history, in documents.

use crate::core::scan::password::is_word_for_nothing;
use crate::core::scan::placeholder::is_placeholder;
use crate::core::scan::rules::Span;
use crate::core::scan::scene::Scene;

const REACH: usize = 400;

/// `mysql -pSECRET`, `mysqldump -pSECRET`, `mariadb -pSECRET`; `at` is where the command stands.
pub fn mysql_password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    argument(scene, at, |word, _| {
        let is_attached = word.starts_with(b"-p") && word.len() > 2 && !word.starts_with(b"-p=");
        is_attached.then_some(2)
    })
}

/// `sshpass -p SECRET`, `sshpass -pSECRET`.
pub fn sshpass(scene: &Scene<'_>, at: usize) -> Option<Span> {
    argument(scene, at, |word, before| {
        if word.starts_with(b"-p") && word.len() > 2 {
            return Some(2);
        }
        (before == b"-p").then_some(0)
    })
}

/// `curl -u user:SECRET`, `curl --user user:SECRET`.
pub fn curl_user(scene: &Scene<'_>, at: usize) -> Option<Span> {
    argument(scene, at, |word, before| {
        let is_user = matches!(before, b"-u" | b"--user" | b"-U" | b"--proxy-user");
        let attached = [&b"-u"[..], b"--user=", b"--proxy-user="]
            .into_iter()
            .find(|option| word.starts_with(option) && word.len() > option.len());
        let skip = match attached {
            Some(option) => option.len(),
            None if is_user => 0,
            None => return None,
        };
        let colon = memchr::memchr(b':', &word[skip..])?;
        (!word[skip..].starts_with(b"//")).then_some(skip + colon + 1)
    })
}

/// `redis-cli -a SECRET`, `sqlcmd -P SECRET`, `docker login -p SECRET`.
pub fn redis_password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    argument(scene, at, |_, before| {
        matches!(before, b"-a" | b"-P" | b"-p" | b"-w" | b"--pass").then_some(0)
    })
}

/// `smbclient -U user%SECRET`.
pub fn user_percent_password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    argument(scene, at, |word, before| {
        let percent = memchr::memchr(b'%', word)?;
        (before == b"-U" || before == b"--user").then_some(percent + 1)
    })
}

/// The first argument behind the command at `at`, on its line, for which `secret(word, word before)`
/// says where in it a secret begins, if the secret could be one.
fn argument(
    scene: &Scene<'_>,
    at: usize,
    secret: impl Fn(&[u8], &[u8]) -> Option<usize>,
) -> Option<Span> {
    let line = scene.line_around(at, REACH);
    let is_command = at == line.start || !is_name(scene.text[at - 1]);
    if !is_command {
        return None;
    }
    let mut before: &[u8] = b"";
    let mut from = at;
    while from < line.end {
        let rest = &scene.text[from..line.end];
        let blanks = rest
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'='))
            .count();
        let word_from = from + blanks;
        let word = word_at(&scene.text[word_from..line.end]);
        if word.is_empty() || matches!(word, b"|" | b"&&" | b";") {
            return None;
        }
        if let Some(skip) = secret(word, before) {
            let range = unquoted(word_from + skip, word_from + word.len(), scene.text);
            let value = &scene.text[range.clone()];
            let counts = value.len() >= 5
                && !value.starts_with(b"$")
                && !value.starts_with(b"-")
                && !value.contains(&b'/')
                && value.iter().any(|b| !b.is_ascii_lowercase())
                && !is_placeholder(value)
                && !is_word_for_nothing(value);
            return counts.then_some(Span {
                range: at..range.end,
                secret: range,
            });
        }
        before = word;
        from = word_from + word.len();
    }
    None
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The word that begins here, with the quotes in it.
fn word_at(text: &[u8]) -> &[u8] {
    let mut quote = None;
    let end = text.iter().position(|byte| match (quote, byte) {
        (Some(open), byte) if open == *byte => {
            quote = None;
            false
        }
        (Some(_), _) => false,
        (None, b'"' | b'\'') => {
            quote = Some(*byte);
            false
        }
        (None, byte) => byte.is_ascii_whitespace() || matches!(byte, b'`' | b'<' | b'|' | b';'),
    });
    &text[..end.unwrap_or(text.len())]
}

fn unquoted(from: usize, to: usize, text: &[u8]) -> std::ops::Range<usize> {
    let is_quote = |at: usize| matches!(text[at], b'"' | b'\'');
    let from = if from < to && is_quote(from) {
        from + 1
    } else {
        from
    };
    let to = if from < to && is_quote(to - 1) {
        to - 1
    } else {
        to
    };
    from..to
}
