//! When each environment's key is to be replaced: the ledger, a policy and a date, put together.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::{Entry, Ledger};
use crate::core::environment::Environment;
use crate::core::key::KeyId;

/// How far a clock may be ahead of ours without a word.
const CLOCK_SLACK: TimeDelta = TimeDelta::minutes(5);

/// How often an environment's key is to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationPolicy {
    /// A key's life in days; none where no rotation is demanded.
    pub rotate_every_days: Option<u32>,
    /// So many days ahead a due date is spoken of.
    pub warn_before_days: u32,
}

/// How pressing a rotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not yet.
    Ok,
    /// Due within the days of warning, or today.
    Soon,
    /// The due date has passed.
    Overdue,
    /// No rotation is demanded.
    Unscheduled,
}

impl State {
    /// The word used in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Soon => "soon",
            Self::Overdue => "overdue",
            Self::Unscheduled => "unscheduled",
        }
    }
}

/// One environment's key and when it is to be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The environment.
    pub environment: Environment,
    /// Its current key; in a contested environment, that of the head with the lowest id.
    pub key_id: KeyId,
    /// Since when, as the ledger claims.
    pub since: DateTime<Utc>,
    /// The last day on which the key is not overdue.
    pub due: Option<NaiveDate>,
    /// Whole days since then; 0 for a time in the future.
    pub age_days: u32,
    /// Days until the due date; negative by how long it has passed.
    pub days_left: Option<i64>,
    /// How pressing it is.
    pub state: State,
    /// From how many days ahead it is spoken of.
    pub warn_before_days: u32,
    /// The latest time of an entry of the environment, if that is in the future: some clock, ours or
    /// its author's, is wrong, and ages can't be trusted.
    pub from_the_future: Option<DateTime<Utc>>,
    /// Something that never changes about the environment: the lowest id among its first entries.
    pub root: super::EntryId,
}

impl Due {
    /// By how many days the due date has passed; 0 if it has not.
    #[must_use]
    pub fn overdue_days(&self) -> u32 {
        let days = self.days_left.map_or(0, |left| left.min(0).unsigned_abs());
        u32::try_from(days).unwrap_or(u32::MAX)
    }
}

impl Ledger {
    /// The rotation dates of all environments, by name. The due date is the earlier of the one
    /// recorded with the key and the one that today's policy gives: neither an old promise nor a
    /// laxer policy puts a date off.
    #[must_use]
    pub fn due(
        &self,
        policy: impl Fn(&Environment) -> RotationPolicy,
        now: DateTime<Utc>,
    ) -> Vec<Due> {
        self.environments()
            .filter_map(|environment| {
                let lowest = || self.heads(environment).first().copied();
                let head = self.current(environment).ok().or_else(lowest)?;
                Some(self.due_of(head, policy(environment), now))
            })
            .collect()
    }

    fn due_of(&self, head: &Entry, policy: RotationPolicy, now: DateTime<Utc>) -> Due {
        let environment = &head.environment;
        let brought = self.brought_in(environment, head.key_id).unwrap_or(head);
        let by_policy = policy.rotate_every_days.and_then(|days| {
            brought
                .time
                .date_naive()
                .checked_add_days(Days::new(days.into()))
        });
        let due = brought.due.into_iter().chain(by_policy).min();
        let today = now.date_naive();
        let days_left = due.map(|due| due.signed_duration_since(today).num_days());
        let latest = self.entries_of(environment).map(|entry| entry.time).max();
        let root = self
            .entries_of(environment)
            .filter(|entry| entry.parents.is_empty())
            .map(|entry| entry.id)
            .min();
        Due {
            environment: environment.clone(),
            key_id: head.key_id,
            since: brought.time,
            due,
            age_days: u32::try_from((now - brought.time).num_days()).unwrap_or(0),
            days_left,
            state: state(days_left, policy.warn_before_days),
            warn_before_days: policy.warn_before_days,
            from_the_future: latest.filter(|latest| *latest > now + CLOCK_SLACK),
            root: root.unwrap_or(head.id),
        }
    }
}

fn state(days_left: Option<i64>, warn_before_days: u32) -> State {
    match days_left {
        None => State::Unscheduled,
        Some(left) if left < 0 => State::Overdue,
        Some(left) if left <= warn_before_days.into() => State::Soon,
        Some(_) => State::Ok,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ledger::samples::{chain, date, day, forged, key, meta, production};

    const QUARTERLY: RotationPolicy = RotationPolicy {
        rotate_every_days: Some(90),
        warn_before_days: 14,
    };

    fn due_on(ledger: &Ledger, policy: RotationPolicy, now: DateTime<Utc>) -> Due {
        ledger.due(|_| policy, now).remove(0)
    }

    #[test]
    fn a_key_turns_soon_and_then_overdue() {
        // The rotation was on 2 January 2026; 90 days later it is 2 April.
        let ledger = chain(&[1, 2]);
        for (on, state, left, overdue) in [
            (1, State::Ok, 90, 0),
            (76, State::Ok, 15, 0),
            (77, State::Soon, 14, 0),
            (91, State::Soon, 0, 0),
            (92, State::Overdue, -1, 1),
            (191, State::Overdue, -100, 100),
        ] {
            let due = due_on(&ledger, QUARTERLY, day(on));
            assert_eq!(due.due, Some(date("2026-04-02")));
            assert_eq!((due.state, due.days_left), (state, Some(left)), "day {on}");
            assert_eq!(due.overdue_days(), overdue);
            assert_eq!((due.key_id, due.since), (key(2).id(), day(1)));
            assert_eq!(i64::from(due.age_days), on - 1);
        }
    }

    #[test]
    fn the_earlier_of_the_recorded_date_and_the_policys_counts() {
        let free = RotationPolicy {
            rotate_every_days: None,
            ..QUARTERLY
        };
        for (recorded, policy, expected) in [
            (Some("2026-02-01"), QUARTERLY, Some("2026-02-01")),
            (Some("2030-01-01"), QUARTERLY, Some("2026-04-01")),
            (None, QUARTERLY, Some("2026-04-01")),
            (Some("2030-01-01"), free, Some("2030-01-01")),
            (None, free, None),
        ] {
            let mut meta = meta(0);
            meta.due = recorded.map(date);
            let entry = Ledger::default().create(&production(), &key(1), meta);
            let ledger = Ledger::default().with(entry.expect("creates"));
            let due = due_on(&ledger, policy, day(2));
            assert_eq!(due.due, expected.map(date));
            assert_eq!(due.state == State::Unscheduled, expected.is_none());
        }
    }

    #[test]
    fn an_entry_from_the_future_is_said() {
        let ledger = chain(&[1]);
        let slightly = day(0) - TimeDelta::minutes(5);
        assert_eq!(due_on(&ledger, QUARTERLY, slightly).from_the_future, None);
        let due = due_on(&ledger, QUARTERLY, day(-1));
        assert_eq!((due.from_the_future, due.age_days), (Some(day(0)), 0));
    }

    #[test]
    fn a_later_entry_under_the_same_key_does_not_make_the_key_younger() {
        let ledger = chain(&[1]);
        let granted = forged(&ledger.entries()[0], &[1], |entry| {
            entry.event = super::super::Event::Other("grant".to_owned());
            entry.parents = vec![ledger.entries()[0].id];
            entry.time = day(50);
        });
        let due = due_on(&ledger.with(granted), QUARTERLY, day(60));
        assert_eq!((due.since, due.age_days), (day(0), 60));
        assert_eq!(due.root, ledger.entries()[0].id);
    }
}
