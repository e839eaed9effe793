//! The line of a finding as people may see it: every secret in it masked, terminal-safe, short.

use std::ops::Range;

use super::known::{Form, Owner};
use super::random::looks_random;
use crate::core::mask::HIDDEN;

const BEFORE: usize = 60;
const BEHIND: usize = 40;

/// The first line of `range` with what stands around it. Masks the finding's own secret `own`, which may
/// stand on a later line, and `secrets` (sorted), each also where it stands again and no rule saw it, and
/// whatever else looks random: a second secret beside the first must not show because no rule knew it.
#[must_use]
pub fn of(
    text: &[u8],
    range: &Range<usize>,
    own: &Range<usize>,
    secrets: &[Range<usize>],
) -> String {
    let from = range.start.saturating_sub(BEFORE);
    let start = memchr::memrchr(b'\n', &text[from..range.start]).map_or_else(
        || whole_run_after(text, from, range.start),
        |at| from + at + 1,
    );
    let to = text.len().min(range.end + BEHIND);
    let first_end = memchr::memchr(b'\n', &text[range.start..to]).map_or_else(
        || whole_run_before(text, to, range.end),
        |at| range.start + at,
    );
    let mut shown = String::new();
    let mut at = start;
    for secret in everywhere(text, &(start..first_end), own, secrets) {
        if secret.start > at {
            show(&text[at..secret.start], &mut shown);
        }
        if secret.end > at {
            shown.push_str(HIDDEN);
            at = secret.end;
        }
    }
    if at < first_end {
        show(&text[at..first_end], &mut shown);
    }
    shown.trim().to_owned()
}

/// Where the secrets that show in a window stand in it, copies included, sorted.
fn everywhere(
    text: &[u8],
    window: &Range<usize>,
    own: &Range<usize>,
    secrets: &[Range<usize>],
) -> Vec<Range<usize>> {
    let first = secrets.partition_point(|secret| secret.end <= window.start);
    let here = secrets[first..]
        .iter()
        .take_while(|secret| secret.start < window.end)
        .chain([own])
        .filter(|secret| !secret.is_empty());
    let mut found = Vec::new();
    for secret in here {
        let shown = secret.start.max(window.start)..secret.end.min(window.end);
        let shows = shown.start < shown.end;
        found.extend(shows.then(|| secret.clone()));
        let parts = [Some(secret.clone()), shows.then_some(shown)];
        for part in parts.into_iter().flatten().map(|part| &text[part]) {
            let copies = memchr::memmem::find_iter(&text[window.clone()], part);
            found.extend(copies.map(|at| window.start + at..window.start + at + part.len()));
        }
    }
    found.sort_by_key(|secret| (secret.start, secret.end));
    found
}

/// A secret in base64 and the characters on either side that hold bits of its ends as well.
#[must_use]
pub fn with_neighbours(text: &[u8], secret: &Range<usize>) -> Range<usize> {
    let is_part = |at: usize| text.get(at).copied().is_some_and(is_token);
    let start = secret.start;
    let before = usize::from(start > 0 && is_part(start - 1));
    start - before..secret.end + usize::from(is_part(secret.end))
}

/// The first place from `from` on that cuts no run of token characters in two: half a secret would
/// not look like one.
fn whole_run_after(text: &[u8], from: usize, limit: usize) -> usize {
    let is_cut = from > 0 && is_token(text[from - 1]);
    let cut = text[from..limit]
        .iter()
        .take_while(|b| is_token(**b))
        .count();
    if is_cut { from + cut } else { from }
}

/// The last place up to `to` that cuts no run of token characters in two.
fn whole_run_before(text: &[u8], to: usize, limit: usize) -> usize {
    let is_cut = text.get(to).is_some_and(|byte| is_token(*byte));
    let cut = text[limit..to]
        .iter()
        .rev()
        .take_while(|b| is_token(**b))
        .count();
    if is_cut { to - cut } else { to }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte)
}

/// Adds text that no rule objects to, runs that look random hidden all the same.
fn show(text: &[u8], out: &mut String) {
    let text = String::from_utf8_lossy(text);
    let mut rest = &*text;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !u8::try_from(c).is_ok_and(is_token))
            .unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        if run.len() >= 12 && run.split('/').any(|part| looks_random(part.as_bytes())) {
            out.push_str(HIDDEN);
        } else {
            out.push_str(run);
        }
        let mut characters = behind.chars();
        if let Some(character) = characters.next() {
            let is_safe = !character.is_control() && !is_invisible(character);
            out.push(if is_safe { character } else { ' ' });
        }
        rest = characters.as_str();
    }
}

/// Characters that turn the order of text around or hide in it (Unicode UAX #9, UTR #36).
#[must_use]
pub fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Why a known value is a finding.
#[must_use]
pub fn known(owners: &[Owner], form: Form) -> String {
    let mut names: Vec<_> = owners
        .iter()
        .take(3)
        .map(|owner| {
            let name = String::from_utf8_lossy(&owner.name);
            format!("{name} ({})", owner.environment)
        })
        .collect();
    if owners.len() > names.len() {
        names.push(format!("{} more", owners.len() - names.len()));
    }
    format!("the value of {}, {}", names.join(", "), form.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_hides_the_characters_that_share_bits_with_it() {
        let text = b"x dXNlcjpabQ== y";
        assert_eq!(with_neighbours(text, &(9..12)), 8..13);
        assert_eq!(with_neighbours(b"abc", &(0..3)), 0..3);
        assert_eq!(with_neighbours(b" abc ", &(1..4)), 1..4);
    }

    #[test]
    fn secrets_and_what_looks_like_one_are_hidden() {
        let text = b"first\n\ta = \"one\" b = \"k7Qz9vT2mXw4pL8sD3\" c = two\x1b[0m\nlast";
        let shown = of(text, &(7..16), &(12..15), &[12..15, 46..49]);
        assert_eq!(
            shown,
            format!("a = \"{HIDDEN}\" b = \"{HIDDEN}\" c = {HIDDEN} [0m")
        );
        let shown = of(text, &(42..49), &(46..49), &[12..15, 46..49]);
        assert!(!shown.contains("one") && !shown.contains('\u{1b}') && !shown.contains("k7Q"));
    }

    #[test]
    fn a_secret_that_stands_twice_on_the_line_is_hidden_twice() {
        let text = b"login(\"u\", \"tulip7\") # tulip7, not tulip8";
        let shown = of(text, &(12..18), &(12..18), std::slice::from_ref(&(12..18)));
        assert_eq!(
            shown,
            format!("login(\"u\", \"{HIDDEN}\") # {HIDDEN}, not tulip8")
        );
    }

    #[test]
    fn a_secret_on_a_later_line_is_hidden_where_it_stands_on_the_first_too() {
        let text = b"login: tulip7\nword: tulip7 or so";
        let own = 20..26;
        let shown = of(text, &(0..26), &own, std::slice::from_ref(&own));
        assert_eq!(shown, format!("login: {HIDDEN}"));
    }

    #[test]
    fn a_secret_that_began_before_the_excerpt_stays_hidden() {
        let text = "s ".repeat(100) + " x = found";
        let shown = of(
            text.as_bytes(),
            &(205..210),
            &(205..210),
            &[0..199, 205..210],
        );
        assert_eq!(shown, format!("{HIDDEN}  x = {HIDDEN}"));
    }
}
