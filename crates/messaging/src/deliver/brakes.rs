//! What a worker has learned about leaving at the right time.

use crate::{Class, Lane};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tidings_kernel::SenderId;
use time::{Duration, OffsetDateTime};

/// Whose limit would let it wait for longer than this takes another way, if there is one.
const OVERFLOW: Duration = Duration::MINUTE;
/// For so long it is believed that a limit is used up for long; then it is asked again, since somebody may have given
/// something back, or allowed more.
pub(crate) const BELIEVED: Duration = Duration::seconds(5);
/// A call that was late is prepared so much earlier at least.
const FIRST: Duration = Duration::milliseconds(50);

/// What a worker has learned about senders that may not leave as fast as messages come, and about how long it takes
/// to prepare what leaves at a slot.
#[derive(Debug, Default)]
pub struct Brakes(Mutex<Learned>);

/// What waits for one another at a sender. Marketing may have to be slower than everything else, which is not to wait
/// for it then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Track {
    pub(super) sender: SenderId,
    pub(super) is_marketing: bool,
}

impl Track {
    /// That of the messages of a class.
    pub(super) fn of(sender: SenderId, class: Class) -> Self {
        Self {
            sender,
            is_marketing: class == Class::Marketing,
        }
    }
}

#[derive(Debug, Default)]
struct Learned {
    tracks: HashMap<Track, Brake>,
    lead: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Brake {
    /// Nothing is claimed for it before.
    until: OffsetDateTime,
    /// How many are worth claiming at once.
    room: u16,
    /// Since when this is known.
    learned_at: OffsetDateTime,
}

impl Brakes {
    /// How many messages of a lane are worth claiming now, for its sender's sake.
    pub fn room(&self, lane: &Lane, now: OffsetDateTime) -> u16 {
        let learned = self.lock();
        let track = lane.sender.map(|sender| Track::of(sender, lane.class));
        match track.and_then(|track| learned.tracks.get(&track)) {
            // What would wait for long may have another way.
            Some(brake) if brake.until > now + OVERFLOW => u16::MAX,
            Some(brake) if brake.until > now => 0,
            Some(brake) => brake.room,
            None => u16::MAX,
        }
    }

    /// The tracks on which nothing leaves for long, and until when.
    pub(super) fn used_up(&self, now: OffsetDateTime) -> HashMap<Track, OffsetDateTime> {
        let learned = self.lock();
        let is_used_up = |brake: &Brake| {
            brake.until > now + OVERFLOW && now < brake.learned_at.saturating_add(BELIEVED)
        };
        learned
            .tracks
            .iter()
            .filter(|(_, brake)| is_used_up(brake))
            .map(|(track, brake)| (*track, brake.until))
            .collect()
    }

    /// Learns from a round: so many of a track's left, and the first of the others may leave then.
    pub(super) fn learn(
        &self,
        track: Track,
        left: u16,
        next: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) {
        let tracks = &mut self.lock().tracks;
        match next {
            Some(until) => {
                let brake = Brake {
                    until,
                    room: left.max(1),
                    learned_at: now,
                };
                tracks.insert(track, brake);
            }
            // Faster than was thought.
            None => {
                if let Some(brake) = tracks.get_mut(&track)
                    && left >= brake.room
                {
                    brake.room = brake.room.saturating_mul(2);
                    if brake.room > 1_000 {
                        tracks.remove(&track);
                    }
                }
            }
        }
    }

    /// When the first track that is braked now may be claimed for again.
    pub fn next(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let learned = self.lock();
        let later = learned.tracks.values().map(|brake| brake.until);
        later.filter(|until| *until > now).min()
    }

    /// How long before its slot a message is prepared: a slot that is over when its attempt is written would be
    /// missed, again and again.
    pub(super) fn lead(&self) -> Duration {
        self.lock().lead
    }

    /// What has a slot was prepared within this time. What took longer before is forgotten little by little.
    pub(super) fn prepared(&self, took: Duration, most: Duration) {
        let lead = &mut self.lock().lead;
        *lead = took.max(*lead - *lead / 16).clamp(Duration::ZERO, most);
    }

    /// A slot was over when its call should have been made.
    pub(super) fn missed(&self, most: Duration) {
        let lead = &mut self.lock().lead;
        let doubled: Duration = *lead * 2;
        *lead = doubled.max(FIRST).min(most);
    }

    fn lock(&self) -> MutexGuard<'_, Learned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LaneId;
    use tidings_kernel::TenantId;
    use time::macros::datetime;
    use uuid::Uuid;

    const NOON: OffsetDateTime = datetime!(2026-07-15 12:00 UTC);
    const MOST: Duration = Duration::seconds(5);

    fn track(class: Class) -> Track {
        Track::of(SenderId::from_uuid(Uuid::from_u128(1)), class)
    }

    fn lane(class: Class) -> Lane {
        Lane {
            id: LaneId(1),
            tenant: TenantId::from_uuid(Uuid::from_u128(2)),
            class,
            sender: Some(track(class).sender),
            weight: 1,
        }
    }

    #[test]
    fn who_is_late_begins_earlier_until_it_is_in_time() {
        let brakes = Brakes::default();
        assert_eq!(brakes.lead(), Duration::ZERO);
        for _ in 0..4 {
            brakes.missed(MOST);
        }
        assert_eq!(brakes.lead(), 8 * FIRST);
        for _ in 0..10 {
            brakes.missed(MOST);
        }
        assert_eq!(brakes.lead(), MOST);
        for _ in 0..200 {
            brakes.prepared(Duration::milliseconds(3), MOST);
        }
        assert!(brakes.lead() < Duration::milliseconds(4));
        brakes.prepared(2 * MOST, MOST);
        assert_eq!(brakes.lead(), MOST);
    }

    #[test]
    fn that_a_day_is_used_up_is_asked_again_after_a_while() {
        let brakes = Brakes::default();
        let (track, lane) = (track(Class::Reminder), lane(Class::Reminder));
        let until = NOON + Duration::DAY;
        brakes.learn(track, 0, Some(until), NOON);
        let at = |after: Duration| brakes.used_up(NOON + after).get(&track).copied();
        assert_eq!(at(Duration::ZERO), Some(until));
        assert_eq!(at(BELIEVED), None);
        assert_eq!(brakes.room(&lane, NOON + BELIEVED), u16::MAX);
    }

    #[test]
    fn what_is_not_marketing_does_not_wait_for_it() {
        let brakes = Brakes::default();
        let soon = NOON + Duration::SECOND;
        brakes.learn(track(Class::Marketing), 3, Some(soon), NOON);
        assert_eq!(brakes.room(&lane(Class::Marketing), NOON), 0);
        assert_eq!(brakes.room(&lane(Class::Marketing), soon), 3);
        assert_eq!(brakes.room(&lane(Class::Transactional), NOON), u16::MAX);
        brakes.learn(track(Class::Marketing), 0, Some(NOON + Duration::DAY), NOON);
        let is_marketing = |track: &Track| track.is_marketing;
        assert!(brakes.used_up(NOON).keys().all(is_marketing));
    }
}
