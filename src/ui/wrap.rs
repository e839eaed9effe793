//! Long sentences on a terminal, broken between words.

use console::measure_text_width;

use super::pager;

/// A sentence in lines as wide as the terminal, those after the first with `indent` in front. Where
/// there is no terminal it stays one line. Not for what is to be pasted.
#[must_use]
pub fn sentence(text: &str, indent: &str) -> String {
    if pager::is_terminal() {
        hanging(text, pager::width(), indent)
    } else {
        text.to_owned()
    }
}

fn hanging(text: &str, width: usize, indent: &str) -> String {
    let words = text.trim_start();
    let (first, _) = text.split_at(text.len() - words.len());
    let columns = width.saturating_sub(first.len().max(indent.len())).max(1);
    let lines = lines(words, columns);
    format!("{first}{}", lines.join(&format!("\n{indent}")))
}

/// Lines of at most so many columns; a longer word is cut.
#[must_use]
pub fn lines(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word;
        loop {
            let line = lines.last_mut().expect("it starts with one");
            let used = measure_text_width(line);
            let gap = usize::from(used > 0);
            if used + gap + measure_text_width(word) <= columns {
                line.push_str(&" ".repeat(gap));
                line.push_str(word);
                break;
            }
            if used > 0 {
                lines.push(String::new());
                continue;
            }
            let cut = word
                .char_indices()
                .nth(columns)
                .map_or(word.len(), |(at, _)| at);
            line.push_str(&word[..cut]);
            word = &word[cut..];
            lines.push(String::new());
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_longer_ones_cut() {
        assert_eq!(lines("a bc def g", 4), ["a bc", "def", "g"]);
        assert_eq!(lines("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(lines("", 4), [""; 0]);
        assert_eq!(lines("äöü  ß", 3), ["äöü", "ß"]);
    }

    #[test]
    fn later_lines_hang() {
        for (text, shown) in [
            ("", ""),
            ("a bc def", "a bc\n def"),
            ("   a b cd", "   a b\n cd"),
            ("\u{1b}[31mone\u{1b}[0m b", "\u{1b}[31mone\u{1b}[0m b"),
        ] {
            assert_eq!(hanging(text, 6, " "), shown, "{text:?}");
        }
    }
}
