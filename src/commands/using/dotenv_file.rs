//! One dotenv file, as it is stored and as it reads.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{Place, Wish, at};
use crate::core::environment::Environment;
use crate::core::form::Form;
use crate::core::printable::printable;
use crate::failure::{Failure, Outcome, ways_to_give};
use crate::git::paths;
use crate::git::staging;
use crate::keys::store::write_private;
use crate::ui::Ui;
use crate::ui::messages::Notices;
use crate::vault::Notice;

/// A dotenv file, opened in memory.
pub struct DotenvFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its path in the repository, if it lies in one.
    pub repository_path: Option<Vec<u8>>,
    /// The environment to name where nothing else says.
    pub environment: Environment,
    /// Its bytes as found.
    pub stored: Zeroizing<Vec<u8>>,
    /// Its text, opened as far as possible.
    pub text: Zeroizing<Vec<u8>>,
    /// Whether it was in sealed form.
    pub was_sealed: bool,
    /// What there is to say about it.
    pub notices: Vec<Notice>,
}

impl DotenvFile {
    /// A file with nothing in it, yet.
    #[must_use]
    pub fn unread(wish: &Wish, repository_path: Option<Vec<u8>>) -> Self {
        Self {
            path: wish.path.clone(),
            repository_path,
            environment: wish.environment.clone(),
            stored: Zeroizing::default(),
            text: Zeroizing::default(),
            was_sealed: false,
            notices: Vec::new(),
        }
    }

    /// Its path in the repository, else the one given.
    #[must_use]
    pub fn name(&self) -> Vec<u8> {
        self.repository_path
            .clone()
            .unwrap_or_else(|| paths::to_bytes(self.path.as_os_str()).into_owned())
    }

    /// Its name, safe to print.
    #[must_use]
    pub fn shown(&self) -> String {
        printable(&self.name())
    }

    /// Refuses a file of which anything stays sealed.
    ///
    /// # Errors
    /// By the worst of what stands in the way.
    pub fn refuse_sealed(&self, place: &Place, ui: &Ui) -> Result<(), Failure> {
        let failures = self
            .notices
            .iter()
            .filter_map(|notice| self.failure(notice));
        let worst = failures.reduce(|worst, next| {
            if worst.kind.worse(next.kind) == worst.kind {
                worst
            } else {
                next
            }
        });
        let Some(failure) = worst else {
            return Ok(());
        };
        Notices::new(ui).troubles(place.troubles());
        Err(failure)
    }

    fn failure(&self, notice: &Notice) -> Option<Failure> {
        let shown = self.shown();
        let damaged = |place: &Option<_>, what: &str| {
            let place = place
                .as_ref()
                .map_or(shown.clone(), |place| at(self, place));
            Failure::new(Outcome::NotAuthentic, format!("{place}: {what}"))
                .hint("restore it from history, or write the plain value")
        };
        Some(match notice {
            Notice::Plain(_) => return None,
            Notice::KeyAbsent {
                key, environment, ..
            } => {
                let id = key.map(|id| format!(" {}", id.short())).unwrap_or_default();
                Failure::new(
                    Outcome::NoKey,
                    format!("{shown}: key{id} of environment {environment} is not at hand"),
                )
                .hint(ways_to_give(environment))
            }
            Notice::NotAuthentic(place) => damaged(place, "the sealed value does not authenticate"),
            Notice::Malformed(place) => {
                damaged(place, "this starts like a sealed value and is none")
            }
            Notice::Failed(why) => Failure::new(
                Outcome::Unknown,
                format!("{shown}: {}", printable(why.as_bytes())),
            ),
        })
    }

    /// Refuses plain values in a sealed file, or in a file whose staged form is sealed: whoever
    /// wrote them did not have the key.
    ///
    /// # Errors
    /// When there is one that the policy does not clear.
    pub fn refuse_plain(&self, place: &mut Place) -> Result<(), Failure> {
        let mut plain: Vec<String> = Vec::new();
        for notice in &self.notices {
            if let Notice::Plain(file_place) = notice {
                plain.extend(file_place.name.clone());
            }
        }
        if !self.was_sealed
            && let Some(staged) = place.staged(self.repository_path.as_deref())?
        {
            let (_, policy) = place.policy_of(self)?;
            let form = Form::of_dotenv(&staged, &policy);
            if form.tokens > 0 {
                plain.extend(form.plain.into_iter().filter_map(|place| place.name));
            }
        }
        if plain.is_empty() {
            return Ok(());
        }
        plain.dedup();
        let names: Vec<String> = plain
            .iter()
            .map(|name| printable(name.as_bytes()))
            .collect();
        Err(Failure::new(
            Outcome::NotAuthentic,
            format!(
                "{}: plain values in a sealed file, by someone without the key: {}",
                self.shown(),
                names.join(", ")
            ),
        )
        .hint("look at them; `git add` seals them, --allow-plain takes them as they are"))
    }

    /// Replaces the file on disk, all at once: sealed if it was sealed, else in plain text. Mode
    /// and, where it is a link, the link stay; a new file is private, and told of.
    ///
    /// # Errors
    /// When the text cannot be sealed or the file not written; the old file is then as it was.
    pub fn replace(&self, place: &mut Place, text: &[u8], ui: &Ui) -> Result<(), Failure> {
        let target = self
            .path
            .canonicalize()
            .unwrap_or_else(|_| self.path.clone());
        // A bare name has the empty path as its parent, where no temporary file can be.
        let target = std::path::absolute(target)?;
        let sealed = if self.was_sealed {
            Some(place.seal(self, text)?)
        } else {
            None
        };
        let is_exposed = place.commits_plain(self)?;
        let content = sealed.as_deref().unwrap_or(text);
        if target.exists() {
            staging::write_whole(&target, content)?;
        } else {
            if let Some(directory) = target.parent().filter(|directory| !directory.is_dir()) {
                let directory = printable(&paths::to_bytes(directory.as_os_str()));
                return Err(Failure::usage(format!(
                    "{directory}: there is no such directory"
                )));
            }
            write_private(&target, content)?;
            let sealed = place
                .sealed_for(self)?
                .map_or(String::new(), |environment| {
                    format!(", which git seals for environment {environment}")
                });
            ui.note(&format!("{}: a new file{sealed}", self.shown()));
        }
        if is_exposed {
            ui.warn(&format!(
                "{}: git would commit this file in plain text",
                self.shown()
            ));
            ui.hint("seal it: `git seal track FILE`; or ignore it");
        }
        Ok(())
    }
}
