//! Seeing changes without seeing values.
