//! Whether content is binary, as git judges it.

/// How many bytes git looks at (`xdiff-interface.c`, `FIRST_FEW_BYTES`).
const LOOKED_AT: usize = 8000;

/// Whether there is a NUL among the first 8,000 bytes.
#[must_use]
pub fn is_binary(start: &[u8]) -> bool {
    memchr::memchr(0, &start[..start.len().min(LOOKED_AT)]).is_some()
}
