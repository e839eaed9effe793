//! Checksums and inner structure of formats that have them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What must hold of a secret beside its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Nothing.
    None,
    /// The six last characters are the CRC-32 of the others behind the first `_`, in base 62: GitHub
    /// since 2021, npm since 2021.
    Crc32Base62,
    /// A JSON Web Token (RFC 7519): its header is a JSON object with `alg`.
    Jwt,
    /// Base64 of `user:password`, both printable (RFC 7617).
    BasicPair,
    /// Base64 of a PEM private key.
    PemInBase64,
    /// At least one digit and one letter.
    Mixed,
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
            Self::Jwt => is_jwt(secret),
            Self::BasicPair => is_basic_pair(secret),
            Self::PemInBase64 => decodes_to_private_key(secret),
            Self::Meta => {
                let escapes = secret
                    .windows(2)
                    .filter(|p| p[0] == b'Z' && (b'A'..=b'D').contains(&p[1]));
                escapes.count() >= 3
            }
            Self::Mixed => any(u8::is_ascii_digit) && any(u8::is_ascii_alphabetic),
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

/// CRC-32 (ISO-HDLC) of a text, as six characters of base 62.
#[must_use]
pub fn crc32_base62(text: &[u8]) -> [u8; 6] {
    let mut crc = !0_u32;
    for byte in text {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    let mut rest = !crc;
    let mut out = [b'0'; 6];
    for digit in out.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    out
}

fn is_jwt(secret: &[u8]) -> bool {
    let mut parts = secret.split(|byte| *byte == b'.');
    let header = parts.next().and_then(|part| URL_SAFE.decode(part).ok());
    let header = header.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    header.is_some_and(|header| header.get("alg").is_some_and(|alg| alg != "none"))
}

fn is_basic_pair(secret: &[u8]) -> bool {
    let Ok(pair) = STANDARD.decode(secret).or_else(|_| URL_SAFE.decode(secret)) else {
        return false;
    };
    let Some(colon) = pair.iter().position(|byte| *byte == b':') else {
        return false;
    };
    let password = &pair[colon + 1..];
    password.len() >= 4
        && colon + 1 < pair.len()
        && pair.iter().all(|byte| (b' '..=b'~').contains(byte))
        && !super::placeholder::is_placeholder(password)
        && !super::password::is_word_for_nothing(password)
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
        assert!(!holds("no colon here"));
        assert!(!holds("ann:\u{7}\u{8}\u{7}\u{8}\u{7}"));
    }
}
