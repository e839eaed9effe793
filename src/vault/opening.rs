//! Opening the sealed files of the work tree, in this process: git would start a filter, and read and
//! write every file through it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use zeroize::Zeroizing;

use super::{Notice, OnDisk, Origin, Vault};
use crate::core::file;
use crate::git::GitError;
use crate::git::index::Entry;
use crate::git::work_tree::Replacing;
use crate::keys::store;

/// What came of opening files.
#[derive(Debug, Default)]
pub struct Opening {
    /// How many are open now that were not.
    pub opened: usize,
    /// Paths of files that stay sealed, in whole or in part.
    pub still: Vec<Vec<u8>>,
    /// Paths of sealed files that were left alone, for they have local changes.
    pub changed: Vec<Vec<u8>>,
}

impl Vault {
    /// Opens what is sealed on disk and unchanged; `say` is told what there is to say about a file.
    ///
    /// # Errors
    /// When git does not answer, its index is locked, or a file cannot be read or written. Every
    /// file is then as it was or open.
    pub fn open_files(
        &mut self,
        entries: Vec<Entry>,
        say: &mut dyn FnMut(&[u8], &[Notice]),
    ) -> Result<Opening, GitError> {
        let mut outcome = Opening::default();
        let mut writer = Writer::default();
        let surveyed = self.open_each(entries, &mut writer, &mut outcome, say);
        // Whatever happened, the index hears of the files that were replaced.
        let unknown = writer.finish()?;
        self.check_out_again(&unknown, false)?;
        let left_to_git = surveyed?;
        self.check_out_again(&left_to_git, false)?;
        for entry in left_to_git {
            if self.is_partly_sealed(&entry) {
                outcome.still.push(entry.path);
            } else {
                outcome.opened += 1;
            }
        }
        Ok(outcome)
    }

    /// Gives the files that git is to check out. A file that is byte for byte as it is staged was not
    /// converted either when it was written; of one that is sealed in part nobody knows.
    fn open_each(
        &mut self,
        entries: Vec<Entry>,
        writer: &mut Writer,
        outcome: &mut Opening,
        say: &mut dyn FnMut(&[u8], &[Notice]),
    ) -> Result<Vec<Entry>, GitError> {
        let mut left_to_git = Vec::new();
        for entry in entries {
            let sealed = self.repository.blob(&entry.id)?;
            match self.compare(&entry, &sealed)? {
                OnDisk::AsStaged if cfg!(unix) => {}
                // There git knows files by what we are not told.
                OnDisk::AsStaged => {
                    left_to_git.push(entry);
                    continue;
                }
                // Plain lines beside tokens, all of it staged: nothing is lost by opening it anew.
                OnDisk::Open if self.is_partly_sealed(&entry) => {
                    left_to_git.push(entry);
                    continue;
                }
                OnDisk::Changed | OnDisk::Untold if self.opens_to_what_is_staged(&entry)? => {
                    left_to_git.push(entry);
                    continue;
                }
                OnDisk::Changed | OnDisk::Untold if self.is_partly_sealed(&entry) => {
                    outcome.changed.push(entry.path);
                    continue;
                }
                _ => continue,
            }
            let origin = Origin {
                treeish: None,
                blob: Some(entry.id.clone()),
            };
            let smudged = self.check_out(&entry.path, sealed.clone(), &origin);
            say(&entry.path, &smudged.notices);
            if *smudged.content != sealed {
                outcome.opened += 1;
                writer.write(self, entry, smudged.content)?;
            } else if !file::key_ids(&sealed).is_empty() {
                outcome.still.push(entry.path);
            }
        }
        Ok(left_to_git)
    }

    /// Whether a file that is open in part holds what is staged: after a merge of two branches with
    /// keys of their own, git would seal its open half under another key than is staged.
    fn opens_to_what_is_staged(&mut self, entry: &Entry) -> Result<bool, GitError> {
        if !self.is_partly_sealed(entry) {
            return Ok(false);
        }
        let staged = self.repository.blob(&entry.id)?;
        let top = self.repository.work_tree().map(std::path::Path::to_owned);
        let file = top.map(|top| top.join(crate::git::paths::to_os(&entry.path)));
        let ours = file.and_then(|file| std::fs::read(file).ok());
        let mut open = |text| self.smudge(&entry.path, text, &Origin::default()).content;
        Ok(open(staged) == open(ours.unwrap_or_default()))
    }

    /// Whether a file on disk holds tokens.
    fn is_partly_sealed(&self, entry: &Entry) -> bool {
        let content = self.place(entry).and_then(|file| std::fs::read(file).ok());
        content.is_some_and(|content| !file::key_ids(&content).is_empty())
    }
}

/// Files to be written.
type Files = Vec<(Entry, Zeroizing<Vec<u8>>)>;

/// Writes files while the next ones are opened, on a thread of its own, started with the first.
#[derive(Default)]
struct Writer {
    thread: Option<(SyncSender<Files>, JoinHandle<Written>)>,
    waiting: Files,
    waiting_bytes: usize,
}

type Written = (Replacing, Result<(), GitError>);

/// So much is handed over at once: less would wake the thread for little.
const BATCH_BYTES: usize = 1 << 16;
const BATCH_FILES: usize = 32;

impl Writer {
    fn write(
        &mut self,
        vault: &Vault,
        entry: Entry,
        content: Zeroizing<Vec<u8>>,
    ) -> Result<(), GitError> {
        if self.thread.is_none() {
            let local = store::local_directory(&vault.repository);
            let replacing = Replacing::start(&vault.repository, local)?;
            let (sender, receiver) = sync_channel(1);
            let thread = std::thread::spawn(|| replace_all(replacing, receiver));
            self.thread = Some((sender, thread));
        }
        self.waiting_bytes += content.len();
        self.waiting.push((entry, content));
        if self.waiting_bytes >= BATCH_BYTES || self.waiting.len() >= BATCH_FILES {
            self.hand_over();
        }
        Ok(())
    }

    fn hand_over(&mut self) {
        self.waiting_bytes = 0;
        let files = std::mem::take(&mut self.waiting);
        if let Some((sender, _)) = &self.thread {
            // A thread that has gone tells why when it is asked, in the end.
            let _ = sender.send(files);
        }
    }

    /// Gives what git must check out after all.
    fn finish(mut self) -> Result<Vec<Entry>, GitError> {
        self.hand_over();
        let Some((sender, thread)) = self.thread else {
            return Ok(Vec::new());
        };
        drop(sender);
        match thread.join() {
            Ok((replacing, outcome)) => {
                let unknown = replacing.finish()?;
                outcome.map(|()| unknown)
            }
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

#[allow(clippy::needless_pass_by_value)] // Sending must fail once this has ended.
fn replace_all(mut replacing: Replacing, files: Receiver<Files>) -> Written {
    for (entry, content) in files.iter().flatten() {
        if let Err(error) = replacing.replace(entry, &content) {
            return (replacing, Err(error));
        }
    }
    (replacing, Ok(()))
}
