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

/// `curl -u user:SECRET`, `curl --user user:SECRET`, `http -a user:SECRET`.
pub fn curl_user(scene: &Scene<'_>, at: usize) -> Option<Span> {
    argument(scene, at, |word, before| {
        let is_user = matches!(
            before,
            b"-u" | b"--user" | b"-U" | b"--proxy-user" | b"-a" | b"--auth"
        );
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

/// `redis-cli -a SECRET`, `sqlcmd -P SECRET`, `docker login -p SECRET`, `openssl enc -k SECRET`.
pub fn option_password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    argument(scene, at, |_, before| {
        matches!(before, b"-a" | b"-P" | b"-p" | b"-w" | b"-k" | b"--pass").then_some(0)
    })
}

/// `lftp -u user,SECRET`.
pub fn user_comma_password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    argument(scene, at, |word, before| {
        let comma = memchr::memchr(b',', word)?;
        (before == b"-u" || before == b"--user").then_some(comma + 1)
    })
}

/// `rabbitmqctl add_user USER SECRET`, `htpasswd -b FILE USER SECRET`, `net use … /user:USER SECRET`:
/// the last argument of the command at `at`, where one before it shows that it is a password.
pub fn last_argument(scene: &Scene<'_>, at: usize) -> Option<Span> {
    // How many arguments follow the one that shows it.
    let follow = |word: &[u8]| {
        let option = word.to_ascii_lowercase();
        let is_batch = option.starts_with(b"-") && !option.starts_with(b"--");
        match &option[..] {
            b"add_user" | b"change_password" => Some(2),
            _ if option.starts_with(b"/user:") => Some(1),
            _ if is_batch && option.contains(&b'b') => Some(2),
            _ => None,
        }
    };
    let mut to_follow = None;
    let mut last = None;
    for (from, word) in words(scene, at)? {
        if let Some(count) = to_follow.as_mut() {
            *count = usize::saturating_sub(*count, 1);
            last = Some((from, word.len()));
        } else {
            to_follow = follow(word);
        }
    }
    let (from, length) = last.filter(|_| to_follow == Some(0))?;
    secret_in(scene, at, unquoted(from, from + length, scene.text))
}

/// `echo user:SECRET | chpasswd`, `echo SECRET | sudo -S …`; `at` is where the second command stands.
pub fn piped_password(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let line = scene.line_around(at, REACH);
    let before = &scene.text[line.start..at];
    let echo = memchr::memmem::rfind(before, b"echo ")?;
    let mut from = line.start + echo + b"echo ".len();
    if scene.text[from..at].starts_with(b"-n ") {
        from += 3;
    }
    let word = word_at(&scene.text[from..at]);
    let is_piped = scene.text[from + word.len()..at]
        .trim_ascii_start()
        .starts_with(b"|");
    let range = unquoted(from, from + word.len(), scene.text);
    let colon = memchr::memchr(b':', &scene.text[range.clone()]).map_or(0, |colon| colon + 1);
    if !is_piped {
        return None;
    }
    secret_in(scene, line.start + echo, range.start + colon..range.end)
}

/// The first `user:SECRET` below `chpasswd:` in a configuration of cloud-init; a hash is none.
pub fn chpasswd_list(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let line = scene.line_around(at, REACH);
    if !scene.text[line.start..at].trim_ascii().is_empty() {
        return None;
    }
    let mut from = at;
    let end = scene.text.len().min(at + REACH);
    for line in scene.text[at..end].split(|byte| *byte == b'\n') {
        let entry = line.trim_ascii();
        let entry = entry.strip_prefix(b"- ").unwrap_or(entry);
        let start = from + line.len() - line.trim_ascii_start().len();
        let start = start + (line.trim_ascii().len() - entry.len());
        from += line.len() + 1;
        let colon = memchr::memchr(b':', entry).filter(|colon| *colon + 1 < entry.len());
        if let Some(colon) = colon
            && !entry[colon + 1..].contains(&b' ')
        {
            let range = unquoted(start + colon + 1, start + entry.len(), scene.text);
            let is_plain = !scene.text[range.clone()].iter().all(u8::is_ascii_uppercase);
            return secret_in(scene, at, range).filter(|_| is_plain);
        }
    }
    None
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
    let mut before: &[u8] = b"";
    for (from, word) in words(scene, at)? {
        if let Some(skip) = secret(word, before) {
            let range = unquoted(from + skip, from + word.len(), scene.text);
            if let Some(span) = secret_in(scene, at, range) {
                return Some(span);
            }
        }
        before = word;
    }
    None
}

/// The words of the command at `at`, on its line, and where each begins; none where a word runs into
/// the command.
fn words<'a>(scene: &Scene<'a>, at: usize) -> Option<impl Iterator<Item = (usize, &'a [u8])>> {
    let line = scene.line_around(at, REACH);
    if at > line.start && is_name(scene.text[at - 1]) {
        return None;
    }
    let (text, end) = (scene.text, line.end);
    let mut from = at;
    Some(std::iter::from_fn(move || {
        let blanks = text[from..end]
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'='))
            .count();
        let start = from + blanks;
        let word = word_at(&text[start..end]);
        let is_over = word.is_empty() || matches!(word, b"|" | b"&&" | b";" | b">" | b"\\");
        from = start + word.len();
        (!is_over).then_some((start, word))
    }))
}

/// The secret, unless it is a variable, a path, a placeholder or a word.
fn secret_in(scene: &Scene<'_>, start: usize, range: std::ops::Range<usize>) -> Option<Span> {
    let value = scene.text.get(range.clone())?;
    let counts = value.len() >= 5
        && !value.starts_with(b"$")
        && !value.starts_with(b"-")
        && !value.contains(&b'/')
        && value.iter().any(|b| !b.is_ascii_lowercase())
        && !is_placeholder(value)
        && !is_word_for_nothing(value);
    counts.then_some(Span {
        range: start..range.end,
        secret: range,
    })
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
