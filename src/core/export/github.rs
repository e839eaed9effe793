//! What a step of GitHub Actions appends to `$GITHUB_ENV`: `NAME<<END`, the value, `END`
//! (<https://github.com/actions/runner>, `SetEnvFileCommand`).

use super::{Line, Why, utf8, without_nul};
use crate::core::value::Variable;

pub(super) fn line(variable: &Variable, out: &mut Vec<u8>) -> Line {
    let value = utf8(without_nul(&variable.value)?)?;
    if is_reserved(&variable.name) {
        return Ok(Some(Why::Reserved));
    }
    let end = delimiter(value);
    out.extend_from_slice(format!("{}<<{end}\n", variable.name).as_bytes());
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(format!("\n{end}\n").as_bytes());
    Ok(None)
}

/// The first of `END`, `END_1`, … that the value does not hold, so that no value can end itself
/// and set a variable of its own.
fn delimiter(value: &str) -> String {
    let mut end = "END".to_owned();
    let mut tried = 0;
    while value.contains(&end) {
        tried += 1;
        end = format!("END_{tried}");
    }
    end
}

/// The runner keeps its own variables, and refuses `NODE_OPTIONS`.
fn is_reserved(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    upper == "NODE_OPTIONS" || upper.starts_with("GITHUB_") || upper.starts_with("RUNNER_")
}
