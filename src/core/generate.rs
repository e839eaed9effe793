//! Fresh random values, made from random bytes that the caller gives.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::hex;

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const MIN_CHARACTERS: usize = 8;
const MAX_CHARACTERS: usize = 4096;

/// What to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// So many of `A-Z`, `a-z`, `0-9`, about 5.95 bits each.
    Characters(usize),
    /// 32 bytes as 64 lower-case hex digits.
    Hex,
    /// 32 bytes as 44 characters of standard base64.
    Base64,
    /// A random UUID (RFC 9562, version 4).
    Uuid,
}

impl Default for Recipe {
    /// 32 characters: 190 bits.
    fn default() -> Self {
        Self::Characters(32)
    }
}

/// A text that names no recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use `hex`, `base64`, `uuid` or a number of characters from 8 to 4096")]
pub struct BadRecipe;

impl FromStr for Recipe {
    type Err = BadRecipe;

    fn from_str(text: &str) -> Result<Self, BadRecipe> {
        match text {
            "hex" => Ok(Self::Hex),
            "base64" => Ok(Self::Base64),
            "uuid" => Ok(Self::Uuid),
            _ => text
                .parse()
                .ok()
                .filter(|length| (MIN_CHARACTERS..=MAX_CHARACTERS).contains(length))
                .map(Self::Characters)
                .ok_or(BadRecipe),
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Characters(length) => write!(f, "{length}"),
            Self::Hex => f.write_str("hex"),
            Self::Base64 => f.write_str("base64"),
            Self::Uuid => f.write_str("uuid"),
        }
    }
}

/// Makes a value. `fill` fills a slice with random bytes; its errors are passed on.
///
/// # Errors
/// Only those of `fill`.
pub fn generate<E>(
    recipe: Recipe,
    mut fill: impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<Zeroizing<String>, E> {
    let mut bytes = Zeroizing::new([0; 32]);
    if let Recipe::Characters(length) = recipe {
        return characters(length, fill);
    }
    fill(&mut *bytes)?;
    Ok(Zeroizing::new(match recipe {
        Recipe::Base64 => STANDARD.encode(*bytes),
        Recipe::Uuid => uuid(&mut bytes),
        _ => hex::encode(&*bytes),
    }))
}

fn characters<E>(
    length: usize,
    mut fill: impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<Zeroizing<String>, E> {
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut bytes = Zeroizing::new([0; 64]);
    while text.len() < length {
        fill(&mut *bytes)?;
        // 248 is the largest multiple of 62 in a byte: beyond it some characters would come more
        // often than others.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let missing = length - text.len();
        text.extend(
            fair.take(missing)
                .map(|byte| char::from(ALPHANUMERIC[usize::from(byte % 62)])),
        );
    }
    Ok(text)
}

fn uuid(bytes: &mut [u8; 32]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = Zeroizing::new(hex::encode(&bytes[..16]));
    [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Gives the bytes 0, 1, 2, … 255, 0, …
    fn counting() -> impl FnMut(&mut [u8]) -> Result<(), Infallible> {
        let mut next = 0_u8;
        move |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(1);
            }
            Ok(())
        }
    }

    fn made(recipe: &str) -> String {
        let recipe = recipe.parse().expect("a recipe");
        generate(recipe, counting())
            .expect("never fails")
            .to_string()
    }

    #[test]
    fn each_recipe_has_its_shape() {
        assert_eq!(
            made("hex"),
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        );
        assert_eq!(
            made("base64"),
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        );
        assert_eq!(made("uuid"), "00010203-0405-4607-8809-0a0b0c0d0e0f");
        assert_eq!(made("8"), "ABCDEFGH");
        assert_eq!(made("4096").len(), 4096);
    }

    #[test]
    fn every_character_is_as_likely_as_every_other() {
        // 248 of all 256 bytes count, four for each of the 62 characters.
        let text = made("248");
        for character in ALPHANUMERIC {
            assert_eq!(text.bytes().filter(|byte| byte == character).count(), 4);
        }
    }

    #[test]
    fn recipes_are_read_and_written_alike_and_others_refused() {
        for text in ["hex", "base64", "uuid", "32"] {
            assert_eq!(text.parse::<Recipe>().expect("a recipe").to_string(), text);
        }
        for text in ["", "7", "4097", "-1", "HEX", "32 "] {
            assert_eq!(text.parse::<Recipe>(), Err(BadRecipe));
        }
    }

    #[test]
    fn a_failing_source_of_randomness_gives_no_value() {
        for recipe in [Recipe::Hex, Recipe::default()] {
            assert_eq!(generate(recipe, |_| Err("dry")), Err("dry"));
        }
    }
}
