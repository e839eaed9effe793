//! What is said about files that were opened: once where once is enough.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Ui;
use crate::core::environment::Environment;
use crate::core::file::Place;
use crate::core::key::KeyId;
use crate::core::printable::printable;
use crate::failure::ways_to_give;
use crate::keys::SourceTrouble;
use crate::vault::Notice;

/// Says things on standard error, and remembers which hints were given.
pub struct Notices<'a> {
    ui: &'a Ui,
    hinted: BTreeSet<(Environment, Option<KeyId>)>,
    /// How many of the sources' troubles were told.
    told: usize,
}

impl<'a> Notices<'a> {
    /// Nothing said yet.
    #[must_use]
    pub fn new(ui: &'a Ui) -> Self {
        Self {
            ui,
            hinted: BTreeSet::new(),
            told: 0,
        }
    }

    /// Warns of sources of keys that are not as they should be, each once: the list grows, as key
    /// commands are asked late.
    pub fn troubles(&mut self, troubles: &[SourceTrouble]) {
        for trouble in troubles.iter().skip(self.told) {
            self.ui.warn(&printable(trouble.to_string().as_bytes()));
        }
        self.told = troubles.len();
    }

    /// Says what there is to say about one file.
    pub fn about(&mut self, path: &[u8], notices: &[Notice]) {
        let path = printable(path);
        for notice in notices {
            match notice {
                Notice::KeyAbsent { key, environment, since, has_others } => self.key_absent(*key, environment, *since, *has_others),
                Notice::NotAuthentic(None) => self.ui.error(&format!(
                    "{path}: the sealed file does not authenticate and stays sealed: it was changed",
                )),
                Notice::NotAuthentic(place) => self.ui.error(&format!(
                    "{}: the sealed value does not authenticate and stays sealed: it was changed, or moved from another variable",
                    at(&path, place.as_ref()),
                )),
                Notice::Malformed(place) => self
                    .ui
                    .error(&format!("{}: a damaged sealed value stays as it is", at(&path, place.as_ref()))),
                Notice::Plain(place) => self.ui.warn(&format!(
                    "{}: this was committed in plain text by someone without the key; `git add` seals it, but history keeps it",
                    at(&path, Some(place)),
                )),
                Notice::Failed(why) => self.ui.error(&format!("{path}: stays sealed: {}", printable(why.as_bytes()))),
            }
        }
    }

    /// One hint per key and command, however many files it leaves sealed.
    fn key_absent(
        &mut self,
        key: Option<KeyId>,
        environment: &Environment,
        since: Option<DateTime<Utc>>,
        has_others: bool,
    ) {
        if !self.hinted.insert((environment.clone(), key)) {
            return;
        }
        let id = key.map(|id| format!(" {}", id.short())).unwrap_or_default();
        let since = since
            .map(|time| format!(", in use since {},", time.format("%Y-%m-%d")))
            .unwrap_or_default();
        let others = if has_others {
            ", only other keys are"
        } else {
            ""
        };
        self.ui.hint(&format!(
            "files of environment {environment} stay sealed: key{id}{since} is not at hand{others}; {}",
            ways_to_give(environment)
        ));
    }
}

fn at(path: &str, place: Option<&Place>) -> String {
    match place {
        None => path.to_owned(),
        Some(Place { line, name: None }) => format!("{path}: line {line}"),
        Some(Place {
            line,
            name: Some(name),
        }) => format!("{path}: line {line} ({})", printable(name.as_bytes())),
    }
}
