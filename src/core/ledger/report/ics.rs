//! Rotation dates as a calendar to subscribe to: iCalendar, RFC 5545.

use chrono::{DateTime, Days, Utc};

use crate::core::ledger::Due;

/// A line has at most 75 octets, its end not counted (RFC 5545 section 3.1).
const LINE_OCTETS: usize = 75;

/// One all-day event per environment that has a due date, on that date. The UID stays the same over
/// rotations, so that a subscribed calendar moves the event instead of adding another.
#[must_use]
pub fn calendar(dues: &[Due], now: DateTime<Utc>) -> String {
    let mut out = String::new();
    for text in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//git-seal//rotation//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:git-seal key rotation",
    ] {
        line(&mut out, text);
    }
    for due in dues {
        event(&mut out, due, now);
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn event(out: &mut String, due: &Due, now: DateTime<Utc>) {
    let Some(date) = due.due else { return };
    let Some(next) = date.checked_add_days(Days::new(1)) else {
        return;
    };
    let summary = format!("Rotate the git-seal key of {}", due.environment);
    let description = format!(
        "The key {} of the environment {} is in use since {}. Last day before it is overdue: {date}.\n\
         git seal rotate --env {}",
        due.key_id,
        due.environment,
        due.since.format("%Y-%m-%d"),
        due.environment,
    );
    line(out, "BEGIN:VEVENT");
    line(
        out,
        &format!("UID:{}-{}@git-seal", due.environment, due.root.short()),
    );
    line(out, &format!("DTSTAMP:{}", now.format("%Y%m%dT%H%M%SZ")));
    line(
        out,
        &format!("DTSTART;VALUE=DATE:{}", date.format("%Y%m%d")),
    );
    line(out, &format!("DTEND;VALUE=DATE:{}", next.format("%Y%m%d")));
    line(out, &format!("SUMMARY:{}", escaped(&summary)));
    line(out, &format!("DESCRIPTION:{}", escaped(&description)));
    line(out, "TRANSP:TRANSPARENT");
    if due.warn_before_days > 0 {
        line(out, "BEGIN:VALARM");
        line(out, "ACTION:DISPLAY");
        line(out, &format!("DESCRIPTION:{}", escaped(&summary)));
        line(out, &format!("TRIGGER:-P{}D", due.warn_before_days));
        line(out, "END:VALARM");
    }
    line(out, "END:VEVENT");
}

/// TEXT values (RFC 5545 section 3.3.11); other control characters are not allowed in any.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    out
}

/// Adds a content line, folded so that no character is cut in two.
fn line(out: &mut String, text: &str) {
    let mut room = LINE_OCTETS;
    for character in text.chars() {
        if character.len_utf8() > room {
            out.push_str("\r\n ");
            room = LINE_OCTETS - 1;
        }
        out.push(character);
        room -= character.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ledger::samples::{chain, day};
    use crate::core::ledger::{Ledger, RotationPolicy};
    use proptest::prelude::*;

    fn calendar_of(ledger: &Ledger) -> String {
        let policy = RotationPolicy {
            rotate_every_days: Some(90),
            warn_before_days: 14,
        };
        calendar(&ledger.due(|_| policy, day(3)), day(3))
    }

    #[test]
    fn a_rotation_moves_the_event_and_keeps_its_uid() {
        let before = calendar_of(&chain(&[1]));
        let after = calendar_of(&chain(&[1, 2]));
        let field = |text: &str, name: &str| {
            let found = text.lines().find(|line| line.starts_with(name));
            found.expect("the field is there").to_owned()
        };
        assert_eq!(field(&before, "UID:"), field(&after, "UID:"));
        assert_eq!(field(&before, "DTSTART"), "DTSTART;VALUE=DATE:20260401");
        assert_eq!(field(&after, "DTSTART"), "DTSTART;VALUE=DATE:20260402");
        assert_eq!(field(&after, "DTEND"), "DTEND;VALUE=DATE:20260403");
        assert_eq!(field(&after, "TRIGGER"), "TRIGGER:-P14D");
        assert_eq!(after.matches("BEGIN:VEVENT").count(), 1);
    }

    #[test]
    fn what_separates_values_is_escaped() {
        assert_eq!(escaped("a,b;c\\d\ne\r\u{1b}[m"), "a\\,b\\;c\\\\d\\ne[m");
    }

    proptest! {
        #[test]
        fn folding_keeps_lines_short_and_loses_nothing(text in "[^\\x00-\\x1f]{0,300}") {
            let mut out = String::new();
            line(&mut out, &text);
            for part in out.split("\r\n") {
                prop_assert!(part.len() <= LINE_OCTETS);
            }
            let unfolded = out.replace("\r\n ", "");
            prop_assert_eq!(unfolded.strip_suffix("\r\n"), Some(text.as_str()));
        }
    }
}
