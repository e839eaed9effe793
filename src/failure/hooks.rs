//! What people read when hooks cannot be installed or taken out.

use std::io::ErrorKind;

use super::Failure;
use crate::git::GitError;
use crate::git::hooks::HooksError;

impl From<HooksError> for Failure {
    fn from(error: HooksError) -> Self {
        let message = error.to_string();
        match error {
            HooksError::Git(GitError::File(_, error))
                if matches!(
                    error.kind(),
                    ErrorKind::PermissionDenied
                        | ErrorKind::ReadOnlyFilesystem
                        | ErrorKind::NotADirectory
                ) =>
            {
                Self::usage(format!("cannot write the hook: {message}"))
                    .hint("make that directory writable, then run: git seal install --hooks")
            }
            HooksError::Git(error) => Self::from(error),
            HooksError::Off(_) => Self::usage(message)
                .hint("to have hooks again: git config --unset-all core.hooksPath"),
            HooksError::TwoEarlier(_) => {
                Self::usage(message).hint("remove or rename one of the two, then run this again")
            }
        }
    }
}
