//! Merges as a careful person would do them, and the laws that hold for all.

mod forms;
mod laws;
mod table;

use std::sync::Arc;

use super::*;
use crate::core::file;
use crate::core::key::{MasterKey, SealKey};
use crate::core::policy::Policy;

fn key(byte: u8) -> Arc<SealKey> {
    Arc::new(SealKey::derive(MasterKey::from_bytes([byte; 32])))
}

fn ring(keys: &[u8]) -> Keyring {
    let mut ring = Keyring::new();
    for byte in keys {
        ring.add(key(*byte));
    }
    ring
}

/// Text sealed under the key made of `byte`.
fn seal(text: &[u8], byte: u8) -> Vec<u8> {
    let policy = Policy::default();
    file::seal(
        text,
        &SealWith::new(Some(&key(byte)), &ring(&[byte]), &policy),
    )
    .expect("seals")
}

fn open(text: &[u8], keys: &[u8]) -> Vec<u8> {
    file::open(text, &ring(keys), &Policy::default())
        .text
        .to_vec()
}

/// Merges texts that are given as they are, with the first of `keys` as the current one.
fn merge_raw(
    [base, ours, theirs]: [&[u8]; 3],
    keys: &[u8],
    markers: &Markers<'_>,
) -> Result<Merged, MergeError> {
    let current = keys.first().map(|byte| key(*byte));
    let policy = Policy::default();
    merge(
        &Sides { base, ours, theirs },
        &SealWith::new(current.as_deref(), &ring(keys), &policy),
        markers,
    )
}

/// Seals three plain texts, merges them without any key, and opens the result.
fn merge_plain(texts: [&[u8]; 3]) -> (Vec<u8>, usize) {
    let sealed = texts.map(|text| seal(text, 1));
    let merged = merge_raw(
        [&sealed[0], &sealed[1], &sealed[2]],
        &[],
        &Markers::default(),
    )
    .expect("merges");
    (open(&merged.text, &[1]), merged.conflicts)
}
