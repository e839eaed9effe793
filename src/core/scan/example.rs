//! Examples from templates: `ghp_{b62:30}{crc}` becomes a made-up token of that form.
//!
//! So no source file holds anything that looks like a secret, and every example can be made anew.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::checks::{crc32_base36, crc32_base62, crc32_hex};

const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A text made from a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The text.
    pub text: String,
    /// The part between `⟦` and `⟧`, or all of it.
    pub secret: std::ops::Range<usize>,
}

/// Fills a template; equal seeds make equal texts. `{alphabet:count}` stands for so many characters:
/// `b62`, `b36`, `B36`, `b32`, `b58`, `b64`, `url`, `hex`, `HEX`, `d`, `l`, `u`, `pw`; `{crc}` for the
/// checksum of what stands behind the last `_`, `{crc36}` and `{crc16}` for those of GitLab and Grafana of
/// the whole word; `{uuid}`, `{jwt}`, `{basic}` for what they say;
/// `⟦` and `⟧` surround the secret. Other braces stand for themselves.
#[must_use]
pub fn fill(template: &str, seed: u64) -> Example {
    let mut random = Random(seed);
    let mut text = String::new();
    let (mut start, mut end) = (None, None);
    let mut rest = template;
    while let Some(character) = rest.chars().next() {
        let length = match character {
            '⟦' => {
                start = Some(text.len());
                character.len_utf8()
            }
            '⟧' => {
                end = Some(text.len());
                character.len_utf8()
            }
            '{' => random.fill_field(rest, &mut text),
            _ => {
                text.push(character);
                character.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    let secret = start.unwrap_or(0)..end.unwrap_or(text.len());
    Example { text, secret }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): enough for examples, nothing for keys.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn pick(&mut self, alphabet: &[u8]) -> char {
        let index = self.next() % alphabet.len() as u64;
        char::from(alphabet[usize::try_from(index).expect("an index into a short text")])
    }

    fn run(&mut self, alphabet: &str, count: usize) -> String {
        (0..count).map(|_| self.pick(alphabet.as_bytes())).collect()
    }

    /// Fills the field at the start of `rest`; says how long it was, 1 where there is none.
    fn fill_field(&mut self, rest: &str, out: &mut String) -> usize {
        let field = rest[1..].split_once('}').map(|(field, _)| field);
        let filled = field.and_then(|field| self.field(field, out));
        if let (Some(field), Some(text)) = (field, filled) {
            out.push_str(&text);
            field.len() + 2
        } else {
            out.push('{');
            1
        }
    }

    fn field(&mut self, field: &str, before: &str) -> Option<String> {
        let (name, count) = field.split_once(':').unwrap_or((field, "0"));
        let count = count.parse().ok()?;
        let alphabet = match name {
            "b62" => [DIGITS, UPPER, LOWER].concat(),
            "b36" => [DIGITS, LOWER].concat(),
            "B36" => [DIGITS, UPPER].concat(),
            "b32" => [UPPER, "234567"].concat(),
            "b58" => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".to_owned(),
            "b64" => [UPPER, LOWER, DIGITS, "+/"].concat(),
            "url" => [UPPER, LOWER, DIGITS, "-_"].concat(),
            "hex" => [DIGITS, "abcdef"].concat(),
            "HEX" => [DIGITS, "ABCDEF"].concat(),
            "d" => DIGITS.to_owned(),
            "l" => LOWER.to_owned(),
            "u" => UPPER.to_owned(),
            "pw" => [UPPER, LOWER, DIGITS, DIGITS, "!%*^~"].concat(),
            "crc" => {
                let body = before.rsplit('_').next().unwrap_or(before);
                return Some(
                    crc32_base62(body.as_bytes())
                        .map(char::from)
                        .iter()
                        .collect(),
                );
            }
            "crc36" | "crc16" => {
                let token = before
                    .split(char::is_whitespace)
                    .next_back()
                    .unwrap_or(before);
                return Some(if name == "crc36" {
                    crc32_base36(token.as_bytes())
                        .map(char::from)
                        .iter()
                        .collect()
                } else {
                    crc32_hex(token.trim_end_matches('_').as_bytes())
                });
            }
            "uuid" => {
                let parts = [8, 4, 4, 4, 12].map(|n| self.run("0123456789abcdef", n));
                return Some(parts.join("-"));
            }
            "jwt" => return Some(self.jwt()),
            "basic" => {
                let pair = format!("deploy:{}", self.run("ABCDEFghijkmnpqrs23456789", 16));
                return Some(STANDARD.encode(pair));
            }
            _ => return None,
        };
        Some(self.run(&alphabet, count))
    }

    fn jwt(&mut self) -> String {
        let alphabet = [UPPER, LOWER, DIGITS].concat();
        let subject = self.run(DIGITS, 10);
        let header = URL_SAFE_NO_PAD.encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
        let claims = URL_SAFE_NO_PAD.encode(format!("{{\"sub\":\"{subject}\",\"admin\":true}}"));
        format!("{header}.{claims}.{}", self.run(&alphabet, 43))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_the_same_way_every_time() {
        let example = fill("x=⟦ab_{d:5}⟧;{nope}{", 7);
        assert_eq!(example, fill("x=⟦ab_{d:5}⟧;{nope}{", 7));
        assert_ne!(example, fill("x=⟦ab_{d:5}⟧;{nope}{", 8));
        assert_eq!(example.secret, 2..10);
        assert!(example.text.starts_with("x=ab_") && example.text.ends_with(";{nope}{"));
    }
}
