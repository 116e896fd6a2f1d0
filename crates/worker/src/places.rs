//! Where calls are made: so many at once in all, and so many for each sender.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings_kernel::SenderId;
use tidings_messaging::Lane;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, futures::OwnedNotified};

/// A part of the places, or of a sender's calls, that is worth a round of claiming: one for each place that
/// falls free would cost more than the calls.
const WORTH_A_ROUND: u16 = 4;

/// The places of one or several loops.
#[derive(Clone)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    count: u16,
    senders: Arc<Senders>,
}

/// How many calls are under way for each sender.
struct Senders {
    busy: Mutex<HashMap<SenderId, u16>>,
    most: u16,
    /// Called when a sender that had no room has some again.
    room: Arc<Notify>,
}

/// A place for one call; free again when it is dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    occupied: Option<(Arc<Senders>, SenderId)>,
}

impl Places {
    pub(crate) fn new(places: u16, per_sender: u16) -> Self {
        Self {
            free: Arc::new(Semaphore::new(places.into())),
            count: places,
            senders: Arc::new(Senders {
                busy: Mutex::default(),
                most: per_sender.max(1),
                room: Arc::default(),
            }),
        }
    }

    /// Waits for free places, and takes up to `most` of them: for the first as long as it takes, and when
    /// they are few `linger` for more.
    pub(crate) async fn take(&self, most: u16, linger: Duration) -> Option<Vec<Place>> {
        // Closed never; then there would be no place.
        let first = self.free.clone().acquire_owned().await.ok()?;
        let mut places = vec![Place::new(first)];
        self.add_free(&mut places, most);
        if places.len() < usize::from(most.min(self.count) / WORTH_A_ROUND) {
            tokio::time::sleep(linger).await;
            self.add_free(&mut places, most);
        }
        Some(places)
    }

    fn add_free(&self, places: &mut Vec<Place>, most: u16) {
        while places.len() < most.into() {
            match self.free.clone().try_acquire_owned() {
                Ok(permit) => places.push(Place::new(permit)),
                Err(_none_free) => break,
            }
        }
    }

    /// How many calls more there may be for the sender of a lane; none until a part of its calls has ended
    /// that is worth a round.
    pub(crate) fn room(&self, lane: &Lane) -> u16 {
        let Some(sender) = lane.sender else {
            return self.senders.most;
        };
        let busy = self.senders.lock().get(&sender).copied().unwrap_or(0);
        let left = self.senders.most.saturating_sub(busy);
        if left < self.senders.worth() { 0 } else { left }
    }

    /// Ends when a sender has room again that had none, from this call on.
    pub(crate) fn room_again(&self) -> OwnedNotified {
        self.senders.room.clone().notified_owned()
    }

    /// Counts a place for a sender, until it is free again.
    pub(crate) fn occupy(&self, place: &mut Place, sender: SenderId) {
        let mut busy = self.senders.lock();
        let count = busy.entry(sender).or_default();
        *count = count.saturating_add(1);
        drop(busy);
        place.occupied = Some((self.senders.clone(), sender));
    }
}

impl Senders {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SenderId, u16>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room that is worth a round.
    fn worth(&self) -> u16 {
        (self.most / WORTH_A_ROUND).max(1)
    }

    /// A call of this sender has ended.
    fn leave(&self, sender: SenderId) {
        let mut busy = self.lock();
        let Some(count) = busy.get_mut(&sender) else {
            return;
        };
        *count = count.saturating_sub(1);
        let left = self.most.saturating_sub(*count);
        if *count == 0 {
            busy.remove(&sender);
        }
        drop(busy);
        if left == self.worth() {
            self.room.notify_waiters();
        }
    }
}

impl Place {
    const fn new(permit: OwnedSemaphorePermit) -> Self {
        Self {
            _permit: permit,
            occupied: None,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((senders, sender)) = self.occupied.take() {
            senders.leave(sender);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_conformance::fixtures;
    use tidings_kernel::TenantId;
    use tidings_messaging::{Class, LaneId};

    fn lane(sender: SenderId) -> Lane {
        Lane {
            id: LaneId(1),
            tenant: TenantId::from_uuid(fixtures::uuid(1, 1)),
            class: Class::Marketing,
            sender: Some(sender),
            weight: 1,
        }
    }

    #[tokio::test]
    async fn a_sender_has_room_again_when_its_calls_end() {
        let places = Places::new(10, 2);
        let slow = SenderId::from_uuid(fixtures::uuid(1, 7));
        let other = SenderId::from_uuid(fixtures::uuid(1, 8));
        let mut taken = places.take(3, Duration::ZERO).await.unwrap();
        for place in taken.iter_mut().take(2) {
            places.occupy(place, slow);
        }
        assert_eq!(places.room(&lane(slow)), 0);
        assert_eq!(places.room(&lane(other)), 2);
        taken.remove(0);
        assert_eq!(places.room(&lane(slow)), 1);
        drop(taken);
        assert_eq!(places.room(&lane(slow)), 2);
        assert_eq!(places.take(100, Duration::ZERO).await.unwrap().len(), 10);
        assert!(places.senders.lock().is_empty());
    }

    #[tokio::test]
    async fn room_is_given_again_when_it_is_worth_a_round() {
        let places = Places::new(10, 8);
        let sender = SenderId::from_uuid(fixtures::uuid(1, 7));
        let mut taken = places.take(8, Duration::ZERO).await.unwrap();
        for place in &mut taken {
            places.occupy(place, sender);
        }
        let again = places.room_again();
        taken.pop();
        assert_eq!(places.room(&lane(sender)), 0);
        taken.pop();
        assert_eq!(places.room(&lane(sender)), 2);
        again.await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_waits_for_others_for_a_moment() {
        let linger = Duration::from_millis(5);
        let places = Places::new(8, 8);
        let mut taken = places.take(8, linger).await.unwrap();
        taken.pop();
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { places.take(8, linger).await.unwrap().len() }
        });
        tokio::time::sleep(Duration::from_millis(1)).await;
        taken.truncate(4);
        assert_eq!(waiting.await.unwrap(), 4);
    }
}
