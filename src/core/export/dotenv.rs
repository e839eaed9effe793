//! Lines that dotenv readers agree on; see [`crate::core::quote`].

use super::{Line, Why};
use crate::core::quote::{Unwritable, quote};
use crate::core::value::Variable;

pub(super) fn line(variable: &Variable, out: &mut Vec<u8>) -> Line {
    let quoted = quote(&variable.value).map_err(|Unwritable| Why::Nul)?;
    out.extend_from_slice(variable.name.as_bytes());
    out.push(b'=');
    out.extend_from_slice(quoted.text());
    out.push(b'\n');
    Ok(quoted.doubt.map(Why::Doubt))
}
