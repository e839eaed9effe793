//! A value as people may see it (DESIGN section 8).

/// What stands for a hidden value: always the same, nothing of the value or its length.
pub const HIDDEN: &str = "••••••••";

/// Below this many characters no edges are shown: they would be more than a third.
const EDGES_FROM: usize = 24;
const EDGE: usize = 4;

/// How much of a value shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Nothing.
    #[default]
    Hidden,
    /// The first and the last four characters, where at least 24 make that at most a third.
    Edges,
    /// The scheme, host, port and path of a URL; the label of a PEM block; nothing of anything else.
    Shape,
}

/// The value, masked: one line, without control characters.
#[must_use]
pub fn mask(value: &[u8], style: Style) -> String {
    let shown = match style {
        Style::Hidden => None,
        Style::Edges => edges(value),
        Style::Shape => url(value).or_else(|| pem(value)),
    };
    shown.unwrap_or_else(|| HIDDEN.to_owned())
}

fn edges(value: &[u8]) -> Option<String> {
    let text: Vec<char> = std::str::from_utf8(value).ok()?.chars().collect();
    let is_shown = text.len() >= EDGES_FROM && !text.iter().any(|c| c.is_control());
    let side = |characters: &[char]| characters.iter().collect::<String>();
    is_shown.then(|| {
        let first = side(&text[..EDGE]);
        let last = side(&text[text.len() - EDGE..]);
        format!("{first}{HIDDEN}{last}")
    })
}

fn url(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.:".contains(c));
    // A secret in disguise: with anything strange in it, nothing is taken for host or path.
    let is_plain = rest
        .chars()
        .all(|c| c.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(c));
    if !is_scheme || !is_plain {
        return None;
    }
    // The last `@` of all: a password may hold an unescaped `/`, `?` or `#`.
    let (user, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => (format!("{HIDDEN}@"), rest),
        None => (String::new(), rest),
    };
    let end = rest.find(['?', '#', ';']).unwrap_or(rest.len());
    let (place, query) = rest.split_at(end);
    let query = query
        .chars()
        .next()
        .map_or(String::new(), |mark| format!("{mark}{HIDDEN}"));
    Some(format!("{scheme}://{user}{place}{query}"))
}

fn pem(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?.trim_start();
    let label = text.strip_prefix("-----BEGIN ")?.split_once("-----")?.0;
    let is_label = (1..=64).contains(&label.len())
        && label
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ');
    is_label.then(|| format!("-----BEGIN {label}----- {HIDDEN}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(value: &str) -> String {
        mask(value.as_bytes(), Style::Shape).replace(HIDDEN, "*")
    }

    #[test]
    fn hidden_says_nothing() {
        assert_eq!(mask(b"", Style::Hidden), mask(&[b'x'; 99], Style::Hidden));
    }

    #[test]
    fn edges_show_only_of_long_values() {
        let mask = |value: &str| mask(value.as_bytes(), Style::Edges).replace(HIDDEN, "*");
        assert_eq!(mask("abcdefghijklmnopqrstuvw"), "*");
        assert_eq!(mask("abcdefghijklmnopqrstuvwx"), "abcd*uvwx");
        assert_eq!(mask("abcdefghijkl\nnopqrstuvwx"), "*");
    }

    #[test]
    fn shapes_hide_user_info_and_query() {
        for (value, expected) in [
            (
                "postgres://u:pw@db:5432/app?sslmode=x",
                "postgres://*@db:5432/app?*",
            ),
            ("https://example.org/a/b", "https://example.org/a/b"),
            ("redis://:a/b@h/0", "redis://*@h/0"),
            ("jdbc:mysql://h/db;password=x", "jdbc:mysql://h/db;*"),
            (
                "-----BEGIN EC PRIVATE KEY-----\nabc",
                "-----BEGIN EC PRIVATE KEY----- *",
            ),
            ("-----BEGIN secret-----", "*"),
            ("p4$$://w0rd", "*"),
            ("hunter2", "*"),
        ] {
            assert_eq!(shape(value), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn user_info_and_query_never_show(
            user in "[a-z]{3}[A-Z]{3}", password in "[A-Z]{3}[a-zA-Z0-9:/?#@!]{1,20}",
            query in "[A-Z]{4}[a-z0-9=&]{1,20}",
        ) {
            let url = format!("https://{user}:{password}@host.example/path?{query}");
            let shown = mask(url.as_bytes(), Style::Shape);
            prop_assert!(shown.starts_with("https://") && shown.contains("host.example/path"));
            prop_assert!(!shown.contains(&user) && !shown.contains(&query));
            prop_assert!(!shown.contains(&password));
        }

        #[test]
        fn a_mask_is_one_line(value: Vec<u8>) {
            for style in [Style::Hidden, Style::Edges, Style::Shape] {
                prop_assert!(!mask(&value, style).chars().any(char::is_control));
            }
        }
    }
}
