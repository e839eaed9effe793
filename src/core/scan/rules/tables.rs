//! The rules as data, by field.

use super::Rule;

mod generic;
mod git_hosts;

/// All tables.
pub const ALL: &[&[Rule]] = &[git_hosts::RULES, generic::RULES];
