//! Kinds of secrets that need code to find.

mod command_line;
mod connection;
mod files;
mod generic;
mod private_key;

pub use command_line::{curl_user, mysql_password, redis_password, sshpass, user_percent_password};
pub use connection::{connection_string, dsn_password, jdbc_password, url_password};
pub use files::{docker_auth, master_key, netrc_line, pgpass};
pub use generic::{password, secret};
pub use private_key::{pem, putty};
