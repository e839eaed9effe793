//! Kinds of secrets that need code to find.

mod calls;
mod command_line;
mod connection;
mod files;
mod generic;
mod private_key;

pub use calls::call_argument;
pub use command_line::{
    chpasswd_list, curl_user, last_argument, mysql_password, option_password, piped_password,
    sshpass, user_comma_password, user_percent_password,
};
pub use connection::{connection_string, dsn_password, jdbc_password, url_password};
pub use files::{
    bare_key, docker_auth, kaggle_key, master_key, netrc_line, pgpass, sasl_passwords,
    second_of_two_lines, terraform_results, third_words,
};
pub use generic::{password, secret};
pub use private_key::{pem, putty};
