//! What `encrypt` and `decrypt` share: where content comes from, where it goes, which keys count.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::using::read_stdin;
use crate::core::printable::{printable, reason};
use crate::failure::Failure;
use crate::git::paths;
use crate::git::unfinished::Unfinished;
use crate::keys::{AtHand, Source, environment};
use crate::ui::Ui;
use crate::ui::signals::Held;

/// Where content comes from and where it goes.
#[derive(Debug, clap::Args)]
pub struct Ends {
    /// The file; standard input if not given, or `-`
    file: Option<PathBuf>,
    /// Where to write; `-` is standard output
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace the file itself
    #[arg(long, conflicts_with = "output", requires = "file")]
    in_place: bool,
    /// Overwrite an output that exists
    #[arg(long)]
    force: bool,
    /// Read the key from this file; it may hold several
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl Ends {
    /// The file to read; `None` for standard input.
    #[must_use]
    pub fn input(&self) -> Option<&Path> {
        let named = self.file.as_deref();
        named.filter(|file| *file != Path::new("-"))
    }

    /// Its name, safe to print.
    #[must_use]
    pub fn shown(&self) -> String {
        self.input().map_or("standard input".to_owned(), shown)
    }

    /// The whole input.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match self.input() {
            None => read_stdin(),
            Some(file) => match std::fs::read(file) {
                Ok(content) => Ok(Zeroizing::new(content)),
                Err(error) => Err(Failure::usage(format!(
                    "{}: {}",
                    shown(file),
                    reason(&error)
                ))),
            },
        }
    }

    /// Where to write; `None` for standard output. `usual` gives the output for an input where
    /// none was named.
    ///
    /// # Errors
    /// When that is not clear, or would overwrite a file.
    pub fn output(
        &self,
        usual: impl Fn(&Path) -> Option<PathBuf>,
    ) -> Result<Option<PathBuf>, Failure> {
        if let (true, Some(file)) = (self.in_place, self.input()) {
            // What a link points to is meant. With --force the link itself gives way: whoever made it
            // does not say where plain text goes.
            return Ok(Some(
                file.canonicalize().unwrap_or_else(|_| file.to_owned()),
            ));
        }
        let output = match (&self.output, self.input()) {
            (Some(output), _) if output == Path::new("-") => None,
            (Some(output), _) => Some(output.clone()),
            (None, None) => None,
            (None, Some(file)) => Some(usual(file).ok_or_else(|| {
                Failure::usage(format!("{}: where is the output to go?", shown(file)))
                    .hint("say so with --output or --in-place")
            })?),
        };
        if let Some(output) = &output
            && !self.force
            && output.symlink_metadata().is_ok()
        {
            return Err(exists(output));
        }
        Ok(output)
    }

    /// Writes the output all at once, readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be written; nothing of it is left then.
    pub fn write(&self, output: Option<&Path>, content: &[u8], ui: &Ui) -> Result<(), Failure> {
        let Some(output) = output else {
            if self.output.is_none() && content.contains(&0) && std::io::stdout().is_terminal() {
                return Err(
                    Failure::usage("this is no text, and standard output is a terminal")
                        .hint("name a file with --output; `--output -` writes it all the same"),
                );
            }
            ui.give(content)?;
            return Ok(());
        };
        let held = Held::new()?;
        let failed = |error: std::io::Error| {
            Failure::usage(format!("{}: {}", shown(output), reason(&error)))
        };
        let directory = match output.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        if !directory.is_dir() {
            let directory = shown(directory);
            return Err(Failure::usage(format!(
                "{directory}: there is no such directory"
            )));
        }
        let mut file = Unfinished::new_in(directory).map_err(failed)?;
        file.as_file().write_all(content).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        if let Some(signal) = held.came() {
            drop(file);
            std::process::exit(128 + signal);
        }
        match file.keep(output, self.force || self.in_place) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists(output)),
            Err(error) => Err(failed(error)),
        }
    }

    /// The keys in the file given, if one was.
    ///
    /// # Errors
    /// When it holds no key.
    pub fn given_keys(&self, ui: &Ui) -> Result<Option<AtHand>, Failure> {
        let Some(file) = &self.key_file else {
            return Ok(None);
        };
        if environment::is_key(&paths::to_bytes(file.as_os_str())) && !file.exists() {
            return Err(Failure::key_for_file());
        }
        let mut at_hand = AtHand::default();
        let source = Source::VariableFile("--key-file".to_owned(), file.clone());
        environment::take_file(&mut at_hand, source, file);
        let is_empty = at_hand.found.is_empty();
        for trouble in &at_hand.troubles {
            let trouble = printable(trouble.to_string().as_bytes());
            if is_empty {
                return Err(Failure::usage(trouble));
            }
            ui.warn(&trouble);
        }
        Ok(Some(at_hand))
    }
}

fn shown(path: &Path) -> String {
    printable(&paths::to_bytes(path.as_os_str()))
}

fn exists(path: &Path) -> Failure {
    Failure::usage(format!("{}: it exists already", shown(path)))
        .hint("overwrite it with --force, or name another file with --output")
}
