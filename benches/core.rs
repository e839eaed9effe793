//! What the core costs: `cargo bench --bench core`.
//!
//! The goal for the filter is under 0.1 ms of its own CPU for a file of 30 variables.
#![allow(missing_docs)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use git_seal::core::dotenv::Document;
use git_seal::core::file::{self, SealWith};
use git_seal::core::key::{Keyring, MasterKey, SealKey};
use git_seal::core::opaque;
use git_seal::core::policy::Policy;

/// A file as people have it: short and long values, quotes, comments, blank lines.
fn thirty_variables() -> String {
    let mut text = String::new();
    for number in 0..30 {
        match number % 5 {
            0 => writeln!(text, "\n# Service {number}\nSERVICE_{number}_HOST=db{number}.internal"),
            1 => writeln!(text, "SERVICE_{number}_PORT=54{number:02}"),
            2 => writeln!(text, "SERVICE_{number}_PASSWORD=\"correct horse battery {number}\""),
            3 => writeln!(text, "DATABASE_{number}_URL=postgres://app:hunter2@db{number}.internal:5432/app?sslmode=require"),
            _ => writeln!(text, "API_TOKEN_{number}=7f3a9c{number:02}d41e8b5560a2f4c7e91b3d8a6025f17c4e9b"),
        }
        .expect("memory");
    }
    text
}

fn key() -> Arc<SealKey> {
    Arc::new(SealKey::derive(MasterKey::from_bytes([7; 32])))
}

fn ring(key: &Arc<SealKey>) -> Keyring {
    let mut ring = Keyring::new();
    ring.add(Arc::clone(key));
    ring
}

fn dotenv(criterion: &mut Criterion) {
    let (key, policy) = (key(), Policy::default());
    let keyring = ring(&key);
    let with = SealWith::new(Some(&key), &keyring, &policy);
    let plain = thirty_variables();
    let sealed = file::seal(plain.as_bytes(), &with).expect("seals");
    let mut group = criterion.benchmark_group("30 variables");
    group.bench_function("split", |b| {
        b.iter(|| Document::split(black_box(plain.as_bytes())));
    });
    group.bench_function("seal", |b| {
        b.iter(|| file::seal(black_box(plain.as_bytes()), &with));
    });
    group.bench_function("seal again", |b| {
        b.iter(|| file::seal(black_box(&sealed), &with));
    });
    group.bench_function("open", |b| {
        b.iter(|| file::open(black_box(&sealed), &keyring, &policy));
    });
    group.finish();
}

fn keys(criterion: &mut Criterion) {
    criterion.bench_function("key derivation", |b| {
        b.iter_batched(
            || MasterKey::from_bytes([7; 32]),
            SealKey::derive,
            BatchSize::SmallInput,
        );
    });
}

fn opaque_file(criterion: &mut Criterion) {
    let key = key();
    let keyring = ring(&key);
    let plain: Vec<u8> = (0..=u8::MAX).cycle().take(1 << 20).collect();
    let policy = Policy::default();
    let with = SealWith::new(Some(&key), &keyring, &policy);
    let sealed = policy.suite.seal_file(&key, &plain);
    let mut group = criterion.benchmark_group("opaque 1 MiB");
    group.throughput(Throughput::Bytes(1 << 20));
    group.bench_function("seal", |b| {
        b.iter_batched_ref(
            || plain.clone(),
            |content| opaque::seal(content, &with),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("open", |b| {
        b.iter_batched_ref(
            || sealed.clone(),
            |content| opaque::open_in_place(content, &keyring),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, dotenv, keys, opaque_file);
criterion_main!(benches);
