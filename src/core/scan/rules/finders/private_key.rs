//! Private keys in armour: PEM (RFC 7468), `OpenSSH`, PGP (RFC 9580), SSH2 (RFC 4716), `PuTTY`.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use crate::core::scan::filler::is_filler;
use crate::core::scan::random::Look;
use crate::core::scan::rules::Span;
use crate::core::scan::scene::Scene;

/// A key of 16,384 bits with headers fits.
const LONGEST: usize = 15 << 10;
const LONGEST_LABEL: usize = 48;
/// Base64 characters of the smallest private keys (Ed25519 in PKCS #8 has 64).
const SHORTEST_BODY: usize = 40;

/// Characters of a line of armour, and some.
const ONE_LINE: usize = 100;

/// From `-----BEGIN … PRIVATE KEY` (at `at`) to its end line, or as far as the body goes. The body
/// may be indented, quoted line by line or have its line ends written as `\n`.
pub fn pem(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let text = &scene.text[at..scene.text.len().min(at + LONGEST)];
    let dashes = text.iter().take_while(|byte| **byte == b'-').count();
    let label_from =
        dashes + text[dashes..].iter().take_while(|b| **b == b' ').count() + b"BEGIN ".len();
    let label = text.get(label_from..text.len().min(label_from + LONGEST_LABEL))?;
    let label = &label[..memmem::find(label, b"--")?];
    let is_private = memmem::find(label, b"PRIVATE KEY").is_some();
    let is_label = label
        .iter()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b' ');
    if !is_private || !is_label {
        return None;
    }
    let body_from = label_from + label.len();
    let body_from = body_from + text[body_from..].iter().take_while(|b| **b == b'-').count();
    // No body holds four dashes: they begin its end line, or another key where that is missing.
    let dashes = memmem::find(&text[body_from..], b"----").map(|at| body_from + at);
    let body_to = dashes.unwrap_or(text.len());
    let end =
        dashes.filter(|at| memmem::find(&text[*at..text.len().min(at + 12)], b"END ").is_some());
    let written = &text[body_from..body_to];
    let body = body(written);
    // Where code stands between the lines, not all of the body is read.
    let is_whole = end.is_some() && !written.iter().any(is_code);
    if !is_key_material(&body) || (is_whole && is_cut(&body)) {
        return None;
    }
    let to = end.map_or(body_to, |end| end_line(text, end));
    Some(Span::bare(at..at + to))
}

/// Where the end line that begins at `from` is over: behind its second dashes.
fn end_line(text: &[u8], from: usize) -> usize {
    let dashes = |at: usize| text[at..].iter().take_while(|byte| **byte == b'-').count();
    let label = from + dashes(from);
    let reach = text.len().min(label + LONGEST_LABEL + 8);
    let behind = memmem::find(&text[label..reach], b"--").map_or(label, |at| label + at);
    behind + dashes(behind)
}

/// From `PuTTY-User-Key-File-…` (at `at`) to its last line.
pub fn putty(scene: &Scene<'_>, at: usize) -> Option<Span> {
    const BEGIN: &[u8] = b"PuTTY-User-Key-File-";
    let text = &scene.text[at..scene.text.len().min(at + LONGEST)];
    let next = memmem::find(&text[BEGIN.len()..], BEGIN);
    let text = &text[..next.map_or(text.len(), |next| BEGIN.len() + next)];
    let private = memmem::find(text, b"Private-Lines:")?;
    let mac =
        memmem::find(&text[private..], b"Private-MAC:").map_or(text.len(), |mac| private + mac);
    let is_key = is_key_material(&body(&text[private + b"Private-Lines:".len()..mac]));
    is_key.then(|| Span::bare(at..at + mac))
}

/// The base64 of a body, without headers, line ends and quotes.
fn body(text: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    // What follows is code, no key: `"-----BEGIN PRIVATE KEY-----");`.
    let text = &text[..text.iter().position(is_code).unwrap_or(text.len())];
    for line in lines(text) {
        let line = &text[line];
        // `Proc-Type: 4,ENCRYPTED`, `Version: …`, `Comment: …`.
        if !line.contains(&b':') {
            body.extend(
                line.iter()
                    .filter(|b| b.is_ascii_alphanumeric() || b"+/".contains(b)),
            );
        }
    }
    body
}

fn is_code(byte: &u8) -> bool {
    b"(){}[];&|!?%@~^$".contains(byte)
}

fn lines(text: &[u8]) -> Vec<Range<usize>> {
    let (mut lines, mut from, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let length = match text[at] {
            b'\n' | b'\r' => 1,
            b'\\' if matches!(text.get(at + 1), Some(b'n' | b'r')) => 2,
            _ => 0,
        };
        if length > 0 {
            lines.push(from..at);
            from = at + length;
        }
        at += length.max(1);
    }
    lines.push(from..text.len());
    lines
}

/// Whether a body of one line says by its first bytes that it is longer (DER, X.690: a sequence and its
/// length in two bytes), as in documents that leave the rest of a key out.
fn is_cut(body: &[u8]) -> bool {
    let start = body.get(..8).and_then(|start| STANDARD.decode(start).ok());
    match start.as_deref() {
        Some([0x30, 0x82, high, low, ..]) => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            body.len() <= ONE_LINE && length > 2 * ONE_LINE
        }
        _ => false,
    }
}

fn is_key_material(body: &[u8]) -> bool {
    let start = &body[..body.len().min(400)];
    let look = Look::at(start);
    body.len() >= SHORTEST_BODY
        && look.distinct >= 16
        && look.upper > 0
        && look.lower > 0
        && !(body.len() < 200 && is_filler(body))
}
