//! What `.gitattributes` says of a path: its environment, its format, and whether git will convert
//! its line ends.

use crate::core::environment::{BadEnvironment, Environment};
use crate::git::attributes::{Attribute, AttributesFrom};
use crate::git::{GitError, Repository};

/// The attributes that matter here, in the order in which they are asked for.
const NAMES: [&str; 8] = [
    "filter",
    "seal-env",
    "seal-format",
    "text",
    "eol",
    "crlf",
    "working-tree-encoding",
    "ident",
];

/// The form in which a file is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Line by line, names readable.
    Dotenv,
    /// As a whole.
    Opaque,
}

impl Format {
    /// The word used in attributes and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dotenv => "dotenv",
            Self::Opaque => "opaque",
        }
    }
}

/// What the attribute `filter` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `filter=seal`.
    Ours,
    /// Nothing.
    Unspecified,
    /// `-filter`, or another filter: somebody's decision.
    Other,
}

/// What git does with CR LF when a file is added (gitattributes, "End-of-line conversion").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnds {
    /// Always turned into LF.
    Normalised,
    /// Left alone, whatever the configuration.
    Kept,
    /// `text=auto`, or no attribute and so up to `core.autocrlf`.
    Auto(AutoLineEnds),
}

/// Who asks for automatic conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoLineEnds {
    /// The attribute `text=auto`.
    Attribute,
    /// Perhaps `core.autocrlf`.
    Configuration,
}

/// How a path is to be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether git hands the path to our filter.
    pub filter: Filter,
    /// Whose key seals it.
    pub environment: Environment,
    /// In which form.
    pub format: Format,
    /// What git will do with its line ends.
    pub line_ends: LineEnds,
}

/// Attributes under which a file cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRules {
    /// `seal-env` is no environment.
    #[error("attribute seal-env: {0}")]
    Environment(#[from] BadEnvironment),
    /// `seal-env` or `seal-format` without a value.
    #[error("attribute {0} needs a value, as in `{0}={1}`")]
    NeedsValue(&'static str, &'static str),
    /// `seal-format` is neither `dotenv` nor `opaque`.
    #[error("attribute seal-format: {0:?} is no format: use `opaque`, or leave it out for dotenv")]
    Format(String),
    /// Git would convert line ends inside the ciphertext.
    #[error(
        "it is sealed as an opaque file, and its attributes let git convert line ends inside the ciphertext"
    )]
    OpaqueText,
    /// Git would change the ciphertext in another way.
    #[error("its attribute {0} would change the sealed form")]
    Rewritten(&'static str),
}

impl Rules {
    /// Asks git for the attributes of a path as the work tree has them.
    ///
    /// # Errors
    /// The outer one when git does not answer, the inner one when the path cannot be sealed so.
    pub fn of(repository: &Repository, path: &[u8]) -> Result<Result<Self, BadRules>, GitError> {
        Self::from(repository, &AttributesFrom::WorkTree, path)
    }

    /// Lets git get ready to be asked for the staged attributes, where it has to be.
    pub fn prepare(repository: &Repository) {
        repository.prepare_attributes(&AttributesFrom::Index, &NAMES);
    }

    /// Says which paths will be asked for: git answers ahead, where it has to be asked.
    pub fn expect<'a>(
        repository: &Repository,
        from: &AttributesFrom,
        paths: impl IntoIterator<Item = &'a [u8]>,
    ) {
        repository.prepare_attributes(from, &NAMES);
        repository.expect_attributes(from, &NAMES, paths);
    }

    /// Asks git for the attributes of a path.
    ///
    /// # Errors
    /// The outer one when git does not answer, the inner one when the path cannot be sealed so.
    pub fn from(
        repository: &Repository,
        from: &AttributesFrom,
        path: &[u8],
    ) -> Result<Result<Self, BadRules>, GitError> {
        Self::of_attributes(&repository.attributes(from, path, &NAMES)?)
    }

    /// Asks git for the attributes of many paths in the work tree.
    ///
    /// # Errors
    /// As [`Rules::from`], for each.
    pub fn of_all(
        repository: &Repository,
        paths: &[&[u8]],
    ) -> Result<Vec<Result<Self, BadRules>>, GitError> {
        let all = repository.attributes_of_all(&AttributesFrom::WorkTree, paths, &NAMES)?;
        all.iter()
            .map(|attributes| Self::of_attributes(attributes))
            .collect()
    }

    fn of_attributes(attributes: &[Attribute]) -> Result<Result<Self, BadRules>, GitError> {
        Ok(match attributes {
            [filter, env, format, text, eol, crlf, encoding, ident] => {
                Self::read(filter, env, format, [text, eol, crlf], encoding, ident)
            }
            _ => return Err(GitError::Nonsense("check-attr")),
        })
    }

    fn read(
        filter: &Attribute,
        env: &Attribute,
        format: &Attribute,
        line_ends: [&Attribute; 3],
        encoding: &Attribute,
        ident: &Attribute,
    ) -> Result<Self, BadRules> {
        let filter = match filter {
            Attribute::Value(name) if name == "seal" => Filter::Ours,
            Attribute::Unspecified => Filter::Unspecified,
            _ => Filter::Other,
        };
        let line_ends = line_ends_of(line_ends);
        match Self::read_form(env, format, line_ends, encoding, ident) {
            Ok((environment, format)) => Ok(Self {
                filter,
                environment,
                format,
                line_ends,
            }),
            Err(error) if filter == Filter::Ours => Err(error),
            // A file that is not sealed may have any encoding.
            Err(_) => Ok(Self {
                filter,
                environment: Environment::default_name(),
                format: Format::Dotenv,
                line_ends,
            }),
        }
    }

    fn read_form(
        env: &Attribute,
        format: &Attribute,
        line_ends: LineEnds,
        encoding: &Attribute,
        ident: &Attribute,
    ) -> Result<(Environment, Format), BadRules> {
        let environment = match env {
            Attribute::Unspecified => Environment::default_name(),
            Attribute::Value(name) => name.parse()?,
            _ => return Err(BadRules::NeedsValue("seal-env", "production")),
        };
        let format = match format {
            Attribute::Unspecified => Format::Dotenv,
            Attribute::Value(word) if word == "dotenv" => Format::Dotenv,
            Attribute::Value(word) if word == "opaque" => Format::Opaque,
            Attribute::Value(word) => return Err(BadRules::Format(word.clone())),
            _ => return Err(BadRules::NeedsValue("seal-format", "opaque")),
        };
        let utf8 = encoding
            .value()
            .is_none_or(|name| name.eq_ignore_ascii_case("utf-8"));
        if !utf8 {
            return Err(BadRules::Rewritten("working-tree-encoding"));
        }
        if format == Format::Opaque {
            if line_ends == LineEnds::Normalised {
                return Err(BadRules::OpaqueText);
            }
            if *ident == Attribute::Set {
                return Err(BadRules::Rewritten("ident"));
            }
        }
        Ok((environment, format))
    }
}

/// The rules of git's `convert.c`: `text`, else its old name `crlf`; `eol` alone implies `text`.
fn line_ends_of([text, eol, crlf]: [&Attribute; 3]) -> LineEnds {
    let text = if *text == Attribute::Unspecified {
        crlf
    } else {
        text
    };
    let has_eol = matches!(eol.value(), Some("lf" | "crlf"));
    match text {
        Attribute::Set => LineEnds::Normalised,
        Attribute::Unset => LineEnds::Kept,
        Attribute::Value(word) if word == "auto" => LineEnds::Auto(AutoLineEnds::Attribute),
        Attribute::Value(word) if word == "input" => LineEnds::Normalised,
        _ if has_eol => LineEnds::Normalised,
        _ => LineEnds::Auto(AutoLineEnds::Configuration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Attribute::{Set, Unset, Unspecified};

    fn value(text: &str) -> Attribute {
        Attribute::Value(text.to_owned())
    }

    fn rules(
        env: &Attribute,
        format: &Attribute,
        ends: [&Attribute; 3],
    ) -> Result<Rules, BadRules> {
        Rules::read(
            &value("seal"),
            env,
            format,
            ends,
            &Unspecified,
            &Unspecified,
        )
    }

    const NO_ENDS: [&Attribute; 3] = [&Unspecified, &Unspecified, &Unspecified];

    #[test]
    fn a_bare_line_means_dotenv_of_the_default_environment() {
        let rules = rules(&Unspecified, &Unspecified, NO_ENDS).expect("good");
        assert!(rules.filter == Filter::Ours && rules.environment.is_default());
        assert_eq!(rules.format, Format::Dotenv);
        assert_eq!(rules.line_ends, LineEnds::Auto(AutoLineEnds::Configuration));
    }

    #[test]
    fn wrong_attributes_are_refused_by_name() {
        assert!(matches!(
            rules(&Set, &Unspecified, NO_ENDS),
            Err(BadRules::NeedsValue("seal-env", _))
        ));
        assert!(matches!(
            rules(&value("A"), &Unspecified, NO_ENDS),
            Err(BadRules::Environment(_))
        ));
        assert_eq!(
            rules(&Unspecified, &value("x"), NO_ENDS),
            Err(BadRules::Format("x".into()))
        );
    }

    #[test]
    fn files_that_are_not_sealed_may_have_any_attributes() {
        let utf16 = value("UTF-16");
        let read = |filter| {
            Rules::read(filter, &Set, &value("x"), NO_ENDS, &utf16, &Set).map(|rules| rules.filter)
        };
        assert_eq!(read(&Unspecified), Ok(Filter::Unspecified));
        assert_eq!(read(&Unset), Ok(Filter::Other));
        assert!(read(&value("seal")).is_err());
    }

    #[test]
    fn opaque_files_refuse_line_end_conversion() {
        let opaque = value("opaque");
        for ends in [
            [&Set, &Unspecified, &Unspecified],
            [&Unspecified, &value("lf"), &Unspecified],
            [&Unspecified, &Unspecified, &Set],
        ] {
            assert_eq!(
                rules(&Unspecified, &opaque, ends),
                Err(BadRules::OpaqueText)
            );
        }
        for ends in [
            [&Unset, &value("lf"), &Unspecified],
            [&value("auto"), &Unspecified, &Unspecified],
            NO_ENDS,
        ] {
            assert!(rules(&Unspecified, &opaque, ends).is_ok());
        }
        let ident = Rules::read(
            &value("seal"),
            &Unspecified,
            &opaque,
            NO_ENDS,
            &Unspecified,
            &Set,
        );
        assert_eq!(ident, Err(BadRules::Rewritten("ident")));
    }
}
