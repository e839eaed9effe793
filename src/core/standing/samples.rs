//! Standings for tests.

use super::{EnvironmentStanding, FileStanding, KeyUse, OnDisk, Report};
use crate::core::environment::Environment;
use crate::core::form::Form;
use crate::core::here::Here;
use crate::core::key::KeyId;
use crate::core::ledger::samples::{chain, day, key};
use crate::core::ledger::{Due, RotationPolicy};

/// The id of a sample key.
pub fn id(number: u32) -> KeyId {
    key(number).id()
}

/// A use of a sample key.
pub fn key_use(number: u32, status: &'static str, at_hand: bool) -> KeyUse {
    KeyUse {
        id: id(number),
        status,
        at_hand,
    }
}

/// A file that is sealed in `HEAD` and in the index, and open in the work tree.
pub fn file(path: &str) -> FileStanding {
    let sealed = Form {
        tokens: 2,
        keys: [id(7)].into(),
        ..Form::default()
    };
    FileStanding {
        environment: Some(Environment::default_name()),
        head: Some(sealed.clone()),
        index: Some(sealed),
        on_disk: OnDisk::Open,
        keys: vec![key_use(7, "current", true)],
        ..FileStanding::new(path.as_bytes())
    }
}

/// A date for rotation, `days` after the key came.
pub fn due(days: i64) -> Due {
    let policy = RotationPolicy {
        rotate_every_days: Some(90),
        warn_before_days: 14,
    };
    let mut due = chain(&[1]).due(|_| policy, day(days)).remove(0);
    due.environment = Environment::default_name();
    due
}

/// A healthy repository with one file.
pub fn healthy() -> Report {
    Report {
        here: Here::default(),
        is_initialised: true,
        is_shared: true,
        files: vec![file(".env")],
        environments: vec![EnvironmentStanding {
            environment: Environment::default_name(),
            due: due(1),
            sources: vec!["this clone's store (default)".to_owned()],
            has_second_home: true,
        }],
        problems: Vec::new(),
    }
}
