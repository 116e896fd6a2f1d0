use crate::{Applicable, LawRule, Places, TenantChoice, compile::compile};
use std::sync::Arc;
use tidings_kernel::{Channel, Purpose};
use time::{Date, OffsetDateTime, Time};

/// What the rules demand of every kind of message to contacts in one set of places, at any time:
/// made once, then asked in some nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// When the demands change, sorted.
    changes: Vec<OffsetDateTime>,
    /// Before, between and after the changes.
    periods: Vec<Period>,
    /// Given for a question that has no answer in the table, which cannot be.
    nothing: Arc<Applicable>,
}

/// By place of the purpose and of the channel in their lists.
type Period = Vec<Vec<Arc<Applicable>>>;

impl Plan {
    pub(crate) fn new(rules: &[LawRule], places: &Places, choice: &TenantChoice) -> Self {
        let binding: Vec<&LawRule> = rules
            .iter()
            .filter(|rule| crate::compile::binds(rule, places))
            .collect();
        let mut changes: Vec<_> = binding.iter().flat_map(|rule| rule.changes()).collect();
        changes.sort_unstable();
        changes.dedup();
        let first = OffsetDateTime::new_utc(Date::MIN, Time::MIDNIGHT);
        let periods = std::iter::once(first)
            .chain(changes.iter().copied())
            .map(|from| {
                let by_channel = |purpose| {
                    Channel::ALL
                        .into_iter()
                        .map(|channel| {
                            Arc::new(compile(&binding, places, choice, purpose, channel, from))
                        })
                        .collect()
                };
                Purpose::ALL.into_iter().map(by_channel).collect()
            })
            .collect();
        Self {
            changes,
            periods,
            nothing: Arc::new(Applicable::nothing()),
        }
    }

    /// What is demanded of a message with this purpose by this channel at `at`.
    pub fn at(&self, purpose: Purpose, channel: Channel, at: OffsetDateTime) -> &Arc<Applicable> {
        let period = self.changes.partition_point(|change| *change <= at);
        self.periods
            .get(period)
            .and_then(|purposes| purposes.get(place_of_purpose(purpose)))
            .and_then(|channels| channels.get(place_of_channel(channel)))
            .unwrap_or(&self.nothing)
    }

    /// When the demands change: until the next of these an answer stays right.
    pub fn changes(&self) -> &[OffsetDateTime] {
        &self.changes
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
