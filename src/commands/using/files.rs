//! Which dotenv files are meant: those named, or those of an environment.

use std::path::{Path, PathBuf};

use super::Place;
use crate::core::environment::Environment;
use crate::core::printable::printable;
use crate::failure::Failure;
use crate::git::{GitError, paths};
use crate::vault::Vault;
use crate::vault::rules::{Format, Rules};

/// Which dotenv files a command uses.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// The files of this environment: `.env.ENV` here or in a directory above (`.env` for `default`),
    /// else those that .gitattributes gives to it
    #[arg(long, value_name = "ENV")]
    env: Option<Environment>,
    /// This file; may be given several times, and beside --env: the later wins
    #[arg(short, long, value_name = "FILE")]
    file: Vec<PathBuf>,
}

/// Which dotenv file a command changes.
#[derive(Debug, clap::Args)]
pub struct WhichOne {
    /// The file of this environment: `.env.ENV` here or in a directory above (`.env` for `default`),
    /// else the one that .gitattributes gives to it
    #[arg(long, value_name = "ENV")]
    env: Option<Environment>,
    /// This file, which need not exist yet
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// A file that is to be used.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// The environment to name where the file itself does not say.
    pub environment: Environment,
}

impl Which {
    /// The files, in the order in which they count.
    ///
    /// # Errors
    /// When an environment has no file, or it is not clear which.
    pub fn wishes(&self, place: &mut Place) -> Result<Vec<Wish>, Failure> {
        let environment = self.env.clone().unwrap_or_else(Environment::default_name);
        let mut files = Vec::new();
        if self.env.is_some() || self.file.is_empty() {
            files = files_of(place, &environment)?;
            if files.is_empty() {
                return Err(Failure::usage(format!(
                    "there is no {} here or above, and no other file of environment {environment}",
                    usual_name(&environment)
                ))
                .hint("name a file with --file"));
            }
        }
        files.extend(self.file.iter().cloned());
        let wish = |path| Wish {
            path,
            environment: environment.clone(),
        };
        Ok(files.into_iter().map(wish).collect())
    }
}

impl WhichOne {
    /// The file; it need not exist yet.
    ///
    /// # Errors
    /// When there are several.
    pub fn wish(&self, place: &mut Place) -> Result<Wish, Failure> {
        let environment = self.env.clone().unwrap_or_else(Environment::default_name);
        let mut files: Vec<PathBuf> = self.file.iter().cloned().collect();
        if files.is_empty() {
            files = files_of(place, &environment)?;
        }
        if files.len() > 1 {
            return Err(several(&environment, &files));
        }
        let path = files
            .pop()
            .unwrap_or_else(|| PathBuf::from(usual_name(&environment)));
        Ok(Wish { path, environment })
    }
}

fn usual_name(environment: &Environment) -> String {
    if environment.is_default() {
        ".env".to_owned()
    } else {
        format!(".env.{environment}")
    }
}

fn several(environment: &Environment, files: &[PathBuf]) -> Failure {
    let names: Vec<String> = files
        .iter()
        .map(|file| printable(&paths::to_bytes(file.as_os_str())))
        .collect();
    Failure::usage(format!(
        "environment {environment} has several files: {}",
        names.join(", ")
    ))
    .hint("say which with --file")
}

/// The files of an environment, as seen from the current directory.
fn files_of(place: &mut Place, environment: &Environment) -> Result<Vec<PathBuf>, Failure> {
    let here = std::env::current_dir()?;
    let name = usual_name(environment);
    let Some(vault) = place.vault_mut() else {
        return Ok(Some(PathBuf::from(&name))
            .into_iter()
            .filter(|file| file.exists())
            .collect());
    };
    let Some(top) = vault.repository().work_tree().map(Path::to_owned) else {
        return Ok(Vec::new());
    };
    let here = here.canonicalize().unwrap_or(here);
    let top = top.canonicalize().unwrap_or(top);
    let above: Vec<&Path> = here
        .ancestors()
        .take_while(|directory| directory.starts_with(&top))
        .collect();
    if let Some(file) = above
        .iter()
        .map(|directory| directory.join(&name))
        .find(|file| file.is_file())
    {
        return Ok(vec![file]);
    }
    let sealed: Vec<PathBuf> = sealed_for(vault, environment)?
        .iter()
        .map(|path| top.join(paths::to_os(path)))
        .collect();
    let in_directory = |directory: &Path| -> Vec<PathBuf> {
        let inside = sealed
            .iter()
            .filter(|file| file.parent() == Some(directory));
        inside.cloned().collect()
    };
    // Left out of the work tree by a sparse checkout.
    if let Some(file) = above
        .iter()
        .map(|directory| directory.join(&name))
        .find(|file| sealed.contains(file))
    {
        return Ok(vec![file]);
    }
    let near = above
        .iter()
        .map(|directory| in_directory(directory))
        .find(|files| !files.is_empty());
    let files = near.unwrap_or_else(|| sealed.clone());
    let parent = files.first().and_then(|file| file.parent());
    let is_clear = files.iter().all(|file| file.parent() == parent)
        // `.env.test` and `.env.local` are alternatives, not layers.
        && (!environment.is_default() || files.len() < 2);
    if is_clear {
        Ok(files)
    } else {
        Err(several(environment, &files))
    }
}

/// The dotenv files that git seals for an environment, in the order of their paths.
fn sealed_for(vault: &mut Vault, environment: &Environment) -> Result<Vec<Vec<u8>>, GitError> {
    let mut found = Vec::new();
    for entry in vault.repository().sealed_entries()? {
        if !entry.is_file() || entry.stage != 0 {
            continue;
        }
        if let Ok(rules) = Rules::of(vault.repository(), &entry.path)?
            && rules.format == Format::Dotenv
            && rules.environment == *environment
        {
            found.push(entry.path);
        }
    }
    Ok(found)
}
