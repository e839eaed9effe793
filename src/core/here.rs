//! Where a person stands in the work tree, and so how a path is written in a command that they are
//! told to type. The one place that decides it.

use super::printable::argument;

/// A directory of the work tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Here {
    /// From the top of the work tree down.
    parts: Vec<Vec<u8>>,
}

impl Here {
    /// The directory at this path from the top of the work tree; empty: the top itself.
    #[must_use]
    pub fn at(directory: &[u8]) -> Self {
        Self {
            parts: parts(directory).map(<[u8]>::to_vec).collect(),
        }
    }

    /// A path from the top of the work tree as one word of a command typed here, safe to print. No
    /// option and no pathspec of git's (gitglossary, "pathspec") is made of it.
    #[must_use]
    pub fn argument(&self, path: &[u8]) -> String {
        let there: Vec<&[u8]> = parts(path).collect();
        let shared = there
            .iter()
            .zip(&self.parts)
            .take_while(|(a, b)| **a == b.as_slice())
            .count();
        let up = std::iter::repeat_n(&b".."[..], self.parts.len() - shared);
        let words: Vec<&[u8]> = up.chain(there[shared..].iter().copied()).collect();
        let relative = words.join(&b'/');
        match relative.first() {
            None => ".".to_owned(),
            Some(b'-' | b':') => argument(&[b"./", relative.as_slice()].concat()),
            Some(_) => argument(&relative),
        }
    }

    /// Several, with blanks between.
    #[must_use]
    pub fn arguments<P: AsRef<[u8]>>(&self, paths: impl IntoIterator<Item = P>) -> String {
        let words = paths.into_iter().map(|path| self.argument(path.as_ref()));
        words.collect::<Vec<_>>().join(" ")
    }
}

fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_seen_from_here() {
        for (here, path, word) in [
            ("", ".env", ".env"),
            ("", "api/.env", "api/.env"),
            ("api", "api/.env", ".env"),
            ("api/", "web/.env", "../web/.env"),
            ("api/v1", "api/.env", "../.env"),
            ("api/v1", "apis/.env", "../../apis/.env"),
            ("a b", "a b/c d/.env", "'c d/.env'"),
            ("api", "a b.env", "'../a b.env'"),
            ("api", "api", "."),
            ("", "-f.env", "./-f.env"),
            ("api", "api/:x.env", "./:x.env"),
            ("", "x\u{202e}.env", "$'x\\342\\200\\256.env'"),
        ] {
            let written = Here::at(here.as_bytes()).argument(path.as_bytes());
            assert_eq!(written, word, "{path} from {here:?}");
        }
        let both = Here::at(b"api").arguments(["api/a", "b c"]);
        assert_eq!(both, "a '../b c'");
    }
}
