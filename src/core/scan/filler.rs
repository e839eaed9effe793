//! Texts that fill the place of a secret: words for it, and what nobody's generator makes.

use memchr::memmem;

/// Words of placeholders, long enough not to turn up in random text.
const WORDS: [&[u8]; 32] = [
    b"example",
    b"placeholder",
    b"changeme",
    b"change-me",
    b"change_me",
    b"redacted",
    b"replace",
    b"insert",
    b"dummy",
    b"sample",
    b"xxxxx",
    b"*****",
    b"..",
    b"\xe2\x80\xa6",
    b"-----",
    b"_____",
    b"#####",
    b"your-",
    b"your_",
    b"yourpass",
    b"yoursec",
    b"yourtok",
    b"yourkey",
    b"todo-",
    b"fixme",
    b"notreal",
    b"not-a-real",
    b"not_a_real",
    b"foobar",
    b"fake-",
    b"fake_",
    b"mock_",
];

/// Whether a value fills a place: a word for it, one character many times, or the alphabet.
#[must_use]
pub fn is_filler(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    WORDS
        .iter()
        .any(|word| memmem::find(&lower, word).is_some())
        || has_long_run(&lower)
        || is_repeated(&lower)
        || is_doubled(&lower)
}

/// The same eight bytes or more, two to four times and nothing else.
fn is_repeated(text: &[u8]) -> bool {
    (2..=4).any(|times| {
        let length = text.len() / times;
        length >= 8
            && text.len().is_multiple_of(times)
            && text.chunks(length).all(|part| *part == text[..length])
    })
}

/// Every byte twice: `11223344aabbccdd`.
fn is_doubled(text: &[u8]) -> bool {
    text.len() >= 16
        && text.len().is_multiple_of(2)
        && text.chunks(2).all(|pair| pair[0] == pair[1])
}

/// Whether a text is what fingers type that rest on the keyboard: `askfjh234as9sd8`. Nine of ten of its
/// letters lie in the middle row, which holds a third of random ones.
#[must_use]
pub fn is_typed_at_random(text: &[u8]) -> bool {
    let letters = || text.iter().filter(|byte| byte.is_ascii_alphabetic());
    let at_rest = letters().filter(|letter| b"asdfghjkl".contains(letter));
    let (all, at_rest) = (letters().count(), at_rest.count());
    let is_most = at_rest * 10 + 5 >= all * 9 || (all >= 12 && at_rest * 20 >= all * 17);
    all >= 6 && is_most && !text.iter().all(u8::is_ascii_hexdigit)
}

/// Six equal bytes in a row, or eight that count upwards or downwards.
fn has_long_run(text: &[u8]) -> bool {
    let (mut equal, mut rising, mut falling) = (1, 1, 1);
    text.windows(2).any(|pair| {
        let step = i16::from(pair[1]) - i16::from(pair[0]);
        let wraps = pair == b"90";
        equal = if step == 0 { equal + 1 } else { 1 };
        rising = if step == 1 || wraps { rising + 1 } else { 1 };
        falling = if step == -1 { falling + 1 } else { 1 };
        equal >= 6 || rising >= 7 || falling >= 7
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fills_a_place_is_told_from_what_is_random() {
        for filler in [
            "changeme",
            "xxxxxxxxxxxx",
            "11223344556677889900aabbccddeeff11223344",
        ] {
            assert!(is_filler(filler.as_bytes()), "{filler}");
        }
        for typed in [
            "askfjh234as9sd8",
            "sdf0o9823sjdfsdf",
            "lsdajfh923874",
            "asdha9dhjasd",
            "2kjshdfp92i34asdasd",
        ] {
            assert!(is_typed_at_random(typed.as_bytes()), "{typed}");
        }
        for random in [
            "k7Qz9vT2mXw4pL8sD3",
            "9f86d081884c7d659a2feaa0c55ad015",
            "adfadfadfadf1234",
            "gk2s9",
        ] {
            assert!(!is_filler(random.as_bytes()), "{random}");
            assert!(!is_typed_at_random(random.as_bytes()), "{random}");
        }
    }
}
