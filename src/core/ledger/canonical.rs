//! The one spelling of a JSON value: RFC 8785 (JCS), restricted to integers that every JSON reader
//! holds exactly. No blanks, keys sorted by their UTF-16 code units, the shortest escapes.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The largest integer that a double holds exactly: `2^53 - 1` (RFC 7493 section 2.2).
const MAX_EXACT: u64 = (1 << 53) - 1;

/// A number that is no integer, or larger than `2^53 - 1` either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number that is no integer of at most 2^53 - 1")]
pub struct BadNumber;

/// The canonical text of an object.
///
/// # Errors
/// When it holds a number that is no exact integer.
pub fn object(map: &Map<String, Value>) -> Result<String, BadNumber> {
    let mut out = String::with_capacity(1024);
    write_object(&mut out, map)?;
    Ok(out)
}

fn write_object(out: &mut String, map: &Map<String, Value>) -> Result<(), BadNumber> {
    let mut fields: Vec<_> = map.iter().collect();
    fields.sort_by(|(a, _), (b, _)| compare(a, b));
    out.push('{');
    for (at, (name, value)) in fields.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(out, name);
        out.push(':');
        write_value(out, value)?;
    }
    out.push('}');
    Ok(())
}

/// RFC 8785 section 3.2.3. Code points sort differently beyond the basic plane.
fn compare(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        a.cmp(b)
    } else {
        a.encode_utf16().cmp(b.encode_utf16())
    }
}

fn write_value(out: &mut String, value: &Value) -> Result<(), BadNumber> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            let exact = number
                .as_i64()
                .filter(|number| number.unsigned_abs() <= MAX_EXACT);
            write!(out, "{}", exact.ok_or(BadNumber)?).expect("writing to a String succeeds");
        }
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(out, item)?;
            }
            out.push(']');
        }
        Value::Object(map) => write_object(out, map)?,
    }
    Ok(())
}

/// RFC 8785 section 3.2.2.2: only `"`, `\` and U+0000 to U+001F are escaped.
fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_escaped) {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0x08 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            0x0c => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            control => write!(out, "\\u{control:04x}").expect("writing to a String succeeds"),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

fn is_escaped(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Result<String, BadNumber> {
        object(&serde_json::from_str(text).expect("JSON"))
    }

    #[test]
    fn the_sorting_example_of_rfc_8785_comes_out_right() {
        let text = r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
        assert_eq!(
            canonical(text).expect("integers"),
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}"
        );
    }

    #[test]
    fn escapes_are_the_shortest() {
        let text = r#"{"a" : "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/\b\f\u007f"}"#;
        assert_eq!(
            canonical(text).expect("no numbers"),
            "{\"a\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\f\u{7f}\"}"
        );
    }

    #[test]
    fn numbers_that_a_double_may_change_are_refused() {
        for bad in [
            "1.0",
            "1e2",
            "-0",
            "0.1",
            "9007199254740992",
            "-9007199254740992",
            "1e400",
            "99999999999999999999",
        ] {
            let text = format!("{{\"n\":[{bad}]}}");
            let refused = serde_json::from_str(&text).map_or(true, |map| object(&map).is_err());
            assert!(refused, "{bad}");
        }
        let kept = r#"{"n":[-9007199254740991,0,9007199254740991,null,true,false,{},[]]}"#;
        assert_eq!(canonical(kept).as_deref(), Ok(kept));
    }
}
