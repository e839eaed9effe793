//! Checksums and inner structure of formats that have them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::plain::Plain;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What must hold of a secret beside its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Nothing.
    None,
    /// The six last characters are the CRC-32 of the others behind the first `_`, in base 62: GitHub
    /// since 2021, npm since 2021, Vercel since 2026.
    Crc32Base62,
    /// The seven last characters are the CRC-32 of all others, in base 36: GitLab's routable tokens.
    Crc32Base36,
    /// Behind the last `_` stands the CRC-32 of what is before it, little-endian, in hexadecimal
    /// digits: Grafana.
    Crc32Hex,
    /// A JSON Web Token (RFC 7519) that a service may have issued.
    Jwt,
    /// Base64 of `user:password`, both printable (RFC 7617).
    BasicPair,
    /// Base64 of a PEM private key.
    PemInBase64,
    /// At least one digit and one letter.
    Mixed,
    /// Mixed, and no JSON Web Token, which has a rule of its own.
    Bearer,
    /// Mixed or random, and no password that keeps nobody out.
    Password,
    /// At least one digit, one lower-case and one upper-case letter.
    MixedCase,
    /// Base64 whose `+`, `/` and `=` were written as `ZA` to `ZD`, as Meta does.
    Meta,
    /// A pattern that may match up to 8 KB; nothing else.
    Long,
}

impl Check {
    /// Whether it holds.
    #[must_use]
    pub fn holds(self, secret: &[u8]) -> bool {
        let any = |is: fn(&u8) -> bool| secret.iter().any(is);
        match self {
            Self::None | Self::Long => true,
            Self::Crc32Base62 => has_crc32(secret),
            Self::Crc32Base36 => secret
                .split_last_chunk::<7>()
                .is_some_and(|(body, crc)| crc32_base36(body) == *crc),
            Self::Crc32Hex => memchr::memrchr(b'_', secret)
                .is_some_and(|at| crc32_hex(&secret[..at]).as_bytes() == &secret[at + 1..]),
            Self::Jwt => super::web_token::is_web_token(secret),
            Self::BasicPair => is_basic_pair(secret),
            Self::PemInBase64 => decodes_to_private_key(secret),
            Self::Meta => {
                let escapes = secret
                    .windows(2)
                    .filter(|p| p[0] == b'Z' && (b'A'..=b'D').contains(&p[1]));
                escapes.count() >= 3
            }
            Self::Mixed => any(u8::is_ascii_digit) && any(u8::is_ascii_alphabetic),
            Self::Bearer => {
                Self::Mixed.holds(secret) && !super::web_token::begins_like_web_token(secret)
            }
            Self::Password => {
                (Self::Mixed.holds(secret) || super::random::looks_random(secret))
                    && !super::password::is_word_for_nothing(secret)
                    && !super::password::names_itself(secret)
            }
            Self::MixedCase => {
                any(u8::is_ascii_digit)
                    && any(u8::is_ascii_lowercase)
                    && any(u8::is_ascii_uppercase)
            }
        }
    }

    pub(super) fn needs_long_window(self) -> bool {
        matches!(self, Self::Jwt | Self::PemInBase64 | Self::Long)
    }
}

fn has_crc32(secret: &[u8]) -> bool {
    let Some(from) = secret.iter().position(|byte| *byte == b'_') else {
        return false;
    };
    let body = &secret[from + 1..];
    body.len() > 6 && crc32_base62(&body[..body.len() - 6]) == body[body.len() - 6..]
}

/// CRC-32 (ISO-HDLC) of a text.
fn crc32(text: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in text {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

fn in_digits<const LENGTH: usize>(mut rest: u32, digits: &[u8]) -> [u8; LENGTH] {
    let mut out = [b'0'; LENGTH];
    for digit in out.iter_mut().rev() {
        *digit = digits[rest as usize % digits.len()];
        rest /= u32::try_from(digits.len()).expect("some dozen digits");
    }
    out
}

/// CRC-32 of a text, as six characters of base 62.
#[must_use]
pub fn crc32_base62(text: &[u8]) -> [u8; 6] {
    in_digits(crc32(text), BASE62)
}

/// CRC-32 of a text, as seven characters of base 36.
#[must_use]
pub fn crc32_base36(text: &[u8]) -> [u8; 7] {
    in_digits(crc32(text), BASE36)
}

/// CRC-32 of a text, its lowest byte first, in hexadecimal digits.
#[must_use]
pub fn crc32_hex(text: &[u8]) -> String {
    crate::core::hex::encode(&crc32(text).to_le_bytes())
}

fn is_basic_pair(secret: &[u8]) -> bool {
    basic_password(secret).is_some_and(|password| {
        // `beep:boop`.
        let is_word = password.len() < 10 && password.iter().all(u8::is_ascii_lowercase);
        password.len() >= 4
            && !is_word
            && !super::placeholder::is_placeholder(&password)
            && !super::password::is_word_for_nothing(&password)
    })
}

/// The password of a pair in base64 (RFC 7617), where all of it can be printed.
pub(super) fn basic_password(secret: &[u8]) -> Option<Plain> {
    let pair = STANDARD.decode(secret).or_else(|_| URL_SAFE.decode(secret));
    let pair = Plain::new(pair.ok()?);
    let colon = pair.iter().position(|byte| *byte == b':')?;
    let is_text = pair.iter().all(|byte| (b' '..=b'~').contains(byte));
    is_text.then(|| Plain::from(&pair[colon + 1..]))
}

fn decodes_to_private_key(secret: &[u8]) -> bool {
    let start = &secret[..secret.len().min(80) & !3];
    STANDARD
        .decode(start)
        .is_ok_and(|text| memchr::memmem::find(&text, b"PRIVATE KEY").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn githubs_own_example_has_the_right_checksum() {
        // The body published with the format; in two pieces, so that no scanner stumbles here.
        assert_eq!(&crc32_base62(b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"), b"0mLq17");
        let token = ["ghp", "_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
        assert!(Check::Crc32Base62.holds(token.as_bytes()));
        assert!(!Check::Crc32Base62.holds(token.replace('Q', "R").as_bytes()));
    }

    #[test]
    fn other_checksums_are_as_published() {
        // Made up; the sums are of Python's zlib.
        let token = ["glpat", "-kT4vQ8mTzlu2xLp9RwYb7NcJ5dHs.01.0r", "1h1z6zw"].concat();
        assert!(Check::Crc32Base36.holds(token.as_bytes()));
        assert!(!Check::Crc32Base36.holds(token.replace("zlu", "zlv").as_bytes()));
        let token = ["glsa", "_Zk4vQ8mT2xLp9RwYb7NcJ5dHs3FgzGKq", "_4e024243"].concat();
        assert!(Check::Crc32Hex.holds(token.as_bytes()));
        assert!(!Check::Crc32Hex.holds(token.replace("zGK", "zGL").as_bytes()));
    }

    #[test]
    fn pairs_need_a_printable_password_that_says_something() {
        let holds = |pair: &str| {
            Check::BasicPair.holds(
                base64::engine::general_purpose::STANDARD
                    .encode(pair)
                    .as_bytes(),
            )
        };
        assert!(holds("ann:k7Qz9vT2"));
        assert!(!holds("ann:"));
        assert!(!holds("ann:password"));
        assert!(!holds("beep:boop"));
        assert!(!holds("no colon here"));
        assert!(!holds("ann:\u{7}\u{8}\u{7}\u{8}\u{7}"));
    }
}
