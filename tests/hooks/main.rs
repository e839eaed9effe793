//! The hooks in real repositories: installed by the real binary, run by the real git.
#![cfg(unix)]

mod layouts;
mod managers;
mod running;
mod sandbox;
mod undoing;
