//! How random a text looks: how many bits an ordinary reader of words and code would be surprised by,
//! letter for letter.
//!
//! Knows nothing of names or places; a rule decides what surprise is enough.

/// Bits of surprise at the second letter after the first, `a` to `z` both ways, measured over 74 MB
/// of source code and documentation (words counted by the square root of their frequency).
const LETTER_PAIRS: [&[u8; 26]; 26] = [
    b"85448759597353949343668769",
    b"36573779773369368479446389",
    b"37573773594467268453579979",
    b"46642668389567468446567879",
    b"47435568798453756334867579",
    b"47654369299366369445598969",
    b"57682764398564568346478887",
    b"28762888398657379454586968",
    b"56445549998442359543959695",
    b"37682668485877278845388889",
    b"46651667399665568634677979",
    b"37752689397377379755578949",
    b"25662779398657439746498989",
    b"48433538496686479733668979",
    b"66457569686442549344455899",
    b"38673785497478349354478969",
    b"66555869699566669657188999",
    b"38552669396655369544578959",
    b"58572864396667548642487958",
    b"38572694399667469345588759",
    b"54464569499443749333999799",
    b"37661577399557569656998699",
    b"38653794399563368346897899",
    b"47453586499667537652777669",
    b"66584678599543529634976987",
    b"47571777498667489858797965",
];

/// Bits at a letter that begins a word.
const WORD_START: f32 = 4.0;

/// What the bytes of a text are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// Length in bytes.
    pub length: usize,
    /// Lower-case letters.
    pub lower: usize,
    /// Upper-case letters.
    pub upper: usize,
    /// Digits.
    pub digits: usize,
    /// Everything else.
    pub other: usize,
    /// Different bytes.
    pub distinct: usize,
    /// Mean bits of surprise a byte: words about 4, camelCase identifiers 4 to 4.5, random letters
    /// and digits about 5.5, random hex 4.5.
    pub bits: f32,
}

impl Look {
    /// Looks at a text; time grows with its length.
    #[must_use]
    pub fn at(text: &[u8]) -> Self {
        let mut look = Self {
            length: text.len(),
            ..Self::default()
        };
        let mut seen = [false; 256];
        for byte in text {
            match byte {
                b'a'..=b'z' => look.lower += 1,
                b'A'..=b'Z' => look.upper += 1,
                b'0'..=b'9' => look.digits += 1,
                _ => look.other += 1,
            }
            seen[usize::from(*byte)] = true;
        }
        look.distinct = seen.iter().filter(|seen| **seen).count();
        look.bits = mean_surprise(text);
        look
    }

    /// How many of lower case, upper case, digits and others occur.
    #[must_use]
    pub fn classes(&self) -> usize {
        [self.lower, self.upper, self.digits, self.other]
            .iter()
            .filter(|count| **count > 0)
            .count()
    }

    /// Whether enough of the bytes differ for a secret: a quarter of them, ten at most, five at least.
    #[must_use]
    pub fn is_varied(&self) -> bool {
        self.distinct >= (self.length / 4).clamp(5, 10)
    }
}

/// Mean bits of surprise a byte; see [`Look::bits`].
#[must_use]
#[allow(clippy::cast_precision_loss)] // lengths are far below 2^23
pub fn mean_surprise(text: &[u8]) -> f32 {
    let sum: f32 = (0..text.len()).map(|at| surprise(text, at)).sum();
    sum / (text.len().max(1) as f32)
}

/// Whether a text looks like the output of a generator: varied, and more surprising than words, code
/// or paths. Shorter texts must surprise more.
#[must_use]
pub fn looks_random(text: &[u8]) -> bool {
    let look = Look::at(text);
    let enough = match look.length {
        0..=7 => return false,
        8..=11 => 5.0,
        12..=19 => 4.75,
        20..=31 => 4.6,
        _ => 4.45,
    };
    look.is_varied()
        && (look.bits >= enough || is_random_hex(text))
        && look.digits + look.other < look.length
        && (look.digits > 0 || is_wild(&look))
}

/// Letters only, of both cases: identifiers look like that, too, but surprise less.
fn is_wild(look: &Look) -> bool {
    let enough = if look.length >= 16 { 5.0 } else { 5.3 };
    look.length >= 10 && look.upper >= 2 && look.lower >= 2 && look.bits >= enough
}

/// Whether a text is random as a whole or in one of the parts that punctuation cuts it into.
#[must_use]
pub fn holds_random(text: &[u8]) -> bool {
    let is_random = |text: &[u8]| looks_random(text) || is_random_hex(text) || is_uuid(text);
    is_random(text)
        || text
            .split(|byte| !byte.is_ascii_alphanumeric())
            .any(is_random)
}

/// Whether a text is nothing but hex digits of one case, letters and figures well mixed.
#[must_use]
pub fn is_random_hex(text: &[u8]) -> bool {
    let look = Look::at(text);
    look.length >= 16
        && text.iter().all(u8::is_ascii_hexdigit)
        && (look.lower == 0 || look.upper == 0)
        && look.distinct >= (look.length / 4).clamp(6, 9)
        && look.digits * 10 >= look.length * 3
        && (look.lower + look.upper) * 10 >= look.length
}

/// Whether a text is a UUID (RFC 9562 section 4), in any case.
#[must_use]
pub fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        // `1234abcd-1234-abcd-1234-abcd1234adcd` is made up.
        && Look::at(text).distinct >= 10
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn surprise(text: &[u8], at: usize) -> f32 {
    let byte = text[at];
    let before = at.checked_sub(1).map(|before| text[before]);
    match byte {
        b'a'..=b'z' => match before {
            Some(letter) if letter.is_ascii_alphabetic() => {
                // `HTTPServer` is rare, `aBCd` rarer: a capital behind a capital starts no word.
                let odd = letter.is_ascii_uppercase()
                    && at >= 2
                    && text[at - 2].is_ascii_alphanumeric()
                    && !text[at - 2].is_ascii_lowercase();
                pair(letter, byte) + if odd { 1.5 } else { 0.0 }
            }
            Some(b'0'..=b'9') => 6.0,
            _ => WORD_START,
        },
        b'A'..=b'Z' => match before {
            Some(letter) if letter.is_ascii_uppercase() => pair(letter, byte),
            Some(letter) if letter.is_ascii_lowercase() => 5.5,
            Some(b'0'..=b'9') => 6.0,
            _ => WORD_START,
        },
        b'0'..=b'9' => match before {
            Some(digit @ b'0'..=b'9') if byte == digit || byte == digit + 1 => 1.5,
            Some(b'0'..=b'9') => 3.3,
            Some(letter) if letter.is_ascii_alphabetic() => 4.5,
            _ => 2.5,
        },
        b'_' | b'-' | b'.' | b'/' | b' ' | b':' | b',' | b'(' | b')' => 2.0,
        _ if before == Some(byte) => 1.0,
        _ => 5.5,
    }
}

fn pair(first: u8, second: u8) -> f32 {
    let index = |letter: u8| usize::from(letter.to_ascii_lowercase() - b'a');
    f32::from(LETTER_PAIRS[index(first)][index(second)] - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_texts_look_random_and_words_do_not() {
        for random in [
            "k7Qz9vT2mXw4",
            "hT8s0kQ2pLxV9dYb3Rw6",
            "9f86d081884c7d659a2feaa0c55ad015",
            "aZ3xQ9Lm2Vt7Kp0Rw5Yb8Nd4Hc6Jf1Gs",
        ] {
            assert!(looks_random(random.as_bytes()), "{random}");
        }
        for ordinary in [
            "",
            "password",
            "myDatabasePassword",
            "org.springframework.security.crypto",
            "https://example.org/docs/page2",
            "AuthenticationTokenProvider2",
            "1234567890123456",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
            "use-strict-transport-security-v2",
        ] {
            assert!(!looks_random(ordinary.as_bytes()), "{ordinary}");
        }
    }
}
