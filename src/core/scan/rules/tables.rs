//! The rules as data, by field.
//!
//! A rule's patterns are facts about a format, taken from its provider's documentation; its examples
//! are templates ([`crate::core::scan::example`]), so that nothing here looks like a secret.

use super::Rule;

/// Names a provider and what to do there about a secret that is out.
macro_rules! provider {
    ($id:ident, $name:literal, $advice:literal) => {
        const $id: Provider = Provider {
            name: $name,
            advice: $advice,
        };
    };
}

mod ai;
mod build;
mod cloud;
mod git_hosts;
mod messages;
mod money;
mod plain;
mod platforms;
mod services;
mod watching;

/// A field and its rules.
pub struct Table {
    /// What the rules are about.
    pub title: &'static str,
    /// The rules.
    pub rules: &'static [Rule],
}

/// All tables.
#[rustfmt::skip]
pub const ALL: &[Table] = &[
    Table { title: "Open standards, passwords, names", rules: plain::RULES },
    Table { title: "Clouds", rules: cloud::RULES },
    Table { title: "Git hosts", rules: git_hosts::RULES },
    Table { title: "Builds and package registries", rules: build::RULES },
    Table { title: "Platforms, databases, infrastructure", rules: platforms::RULES },
    Table { title: "Payment and trade", rules: money::RULES },
    Table { title: "Mail and chat", rules: messages::RULES },
    Table { title: "Machine learning", rules: ai::RULES },
    Table { title: "Monitoring and analytics", rules: watching::RULES },
    Table { title: "Other services", rules: services::RULES },
];
