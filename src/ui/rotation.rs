//! Words and colours for rotation dates.

use console::Style;

use crate::core::ledger::{Due, State};

/// When the key is to be replaced, in words.
#[must_use]
pub fn due_text(due: &Due) -> String {
    let text = match (due.state, due.due) {
        (State::Unscheduled, _) | (_, None) => "no rotation demanded".to_owned(),
        (State::Overdue, Some(date)) => {
            format!(
                "overdue by {} since {date}",
                days(due.overdue_days().into())
            )
        }
        (_, Some(date)) => match due.days_left {
            Some(0) => "due today".to_owned(),
            left => format!("due {date}, in {}", days(left.unwrap_or(0))),
        },
    };
    match due.from_the_future {
        None => text,
        Some(time) => format!(
            "{text}; an entry is dated {}: a clock is wrong, this one or its author's",
            time.format("%Y-%m-%d %H:%M UTC")
        ),
    }
}

/// Red where overdue, yellow where soon.
#[must_use]
pub fn due_style(due: &Due) -> Style {
    match due.state {
        State::Overdue => Style::new().red().bold(),
        State::Soon => Style::new().yellow(),
        _ if due.from_the_future.is_some() => Style::new().yellow(),
        _ => Style::new(),
    }
}

/// A number of days.
#[must_use]
pub fn days(number: i64) -> String {
    counted(number, "day")
}

/// A number of things.
#[must_use]
pub fn counted(number: impl Into<i64>, thing: &str) -> String {
    let number = number.into();
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
