use crate::{Applicable, LawRule, Places, TenantChoice, compile};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};
use tidings_kernel::{Channel, Purpose};
use time::{Date, OffsetDateTime, Time};

/// What the rules demand of every kind of message to contacts in one set of places, at any time. Each
/// answer is worked out when it is first asked for; from then on it takes some nanoseconds.
pub struct Plan {
    /// Those that bind.
    rules: Vec<Arc<LawRule>>,
    places: Places,
    choice: TenantChoice,
    /// When the demands change, sorted.
    changes: Vec<OffsetDateTime>,
    /// By period between changes, purpose and channel.
    answers: Vec<OnceLock<Arc<Applicable>>>,
}

impl Plan {
    pub(crate) fn new(all: &[Arc<LawRule>], places: &Places, choice: &TenantChoice) -> Self {
        let rules: Vec<_> = all
            .iter()
            .filter(|rule| compile::binds(rule, places))
            .cloned()
            .collect();
        let mut changes: Vec<_> = rules.iter().flat_map(|rule| rule.changes()).collect();
        changes.sort_unstable();
        changes.dedup();
        let kinds = Purpose::ALL.len() * Channel::ALL.len();
        let mut answers = Vec::new();
        answers.resize_with((changes.len() + 1) * kinds, OnceLock::new);
        Self {
            rules,
            places: places.clone(),
            choice: choice.clone(),
            changes,
            answers,
        }
    }

    /// What is demanded of a message with this purpose by this channel at `at`.
    pub fn at(&self, purpose: Purpose, channel: Channel, at: OffsetDateTime) -> Arc<Applicable> {
        let period = self.changes.partition_point(|change| *change <= at);
        let purposes = period * Purpose::ALL.len() + place_of_purpose(purpose);
        let place = purposes * Channel::ALL.len() + place_of_channel(channel);
        // Nothing changes within a period, so its first instant answers for all of it.
        let from = period
            .checked_sub(1)
            .and_then(|before| self.changes.get(before).copied())
            .unwrap_or(OffsetDateTime::new_utc(Date::MIN, Time::MIDNIGHT));
        let work_out = || {
            Arc::new(compile::compile(
                &self.rules,
                &self.places,
                &self.choice,
                purpose,
                channel,
                from,
            ))
        };
        match self.answers.get(place) {
            Some(answer) => Arc::clone(answer.get_or_init(work_out)),
            None => work_out(),
        }
    }

    /// When the demands change: until the next of these an answer stays right.
    pub fn changes(&self) -> &[OffsetDateTime] {
        &self.changes
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("places", &self.places)
            .field("choice", &self.choice)
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

fn place_of_purpose(purpose: Purpose) -> usize {
    match purpose {
        Purpose::Transactional => 0,
        Purpose::Reminder => 1,
        Purpose::Conversational => 2,
        Purpose::Marketing => 3,
        Purpose::Authentication => 4,
        Purpose::Emergency => 5,
        Purpose::OptOutConfirmation => 6,
        Purpose::DoubleOptIn => 7,
    }
}

fn place_of_channel(channel: Channel) -> usize {
    match channel {
        Channel::Sms => 0,
        Channel::Whatsapp => 1,
        Channel::Email => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_message_has_its_place_in_the_table() {
        for (place, purpose) in Purpose::ALL.into_iter().enumerate() {
            assert_eq!(place_of_purpose(purpose), place);
        }
        for (place, channel) in Channel::ALL.into_iter().enumerate() {
            assert_eq!(place_of_channel(channel), place);
        }
    }
}
