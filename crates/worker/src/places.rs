//! Where calls are made: so many at once in all, and so many for each sender.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tidings_kernel::SenderId;
use tidings_messaging::Lane;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of one or several loops.
#[derive(Clone)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    senders: Senders,
    per_sender: u16,
}

/// How many calls are under way for each sender.
type Senders = Arc<Mutex<HashMap<SenderId, u16>>>;

/// A place for one call; free again when it is dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    occupied: Option<(Senders, SenderId)>,
}

impl Places {
    pub(crate) fn new(places: u16, per_sender: u16) -> Self {
        Self {
            free: Arc::new(Semaphore::new(places.into())),
            senders: Senders::default(),
            per_sender: per_sender.max(1),
        }
    }

    /// Waits for a free place, and takes up to `most` of them.
    pub(crate) async fn take(&self, most: u16) -> Option<Vec<Place>> {
        // Closed never; then there would be no place.
        let first = self.free.clone().acquire_owned().await.ok()?;
        let mut places = vec![Place::new(first)];
        while places.len() < most.into() {
            match self.free.clone().try_acquire_owned() {
                Ok(permit) => places.push(Place::new(permit)),
                Err(_none_free) => break,
            }
        }
        Some(places)
    }

    /// How many calls more there may be for the sender of a lane.
    pub(crate) fn room(&self, lane: &Lane) -> u16 {
        let Some(sender) = lane.sender else {
            return self.per_sender;
        };
        let senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        let busy = senders.get(&sender).copied().unwrap_or(0);
        self.per_sender.saturating_sub(busy)
    }

    /// Counts a place for a sender, until it is free again.
    pub(crate) fn occupy(&self, place: &mut Place, sender: SenderId) {
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        let busy = senders.entry(sender).or_default();
        *busy = busy.saturating_add(1);
        drop(senders);
        place.occupied = Some((self.senders.clone(), sender));
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
        let Some((senders, sender)) = self.occupied.take() else {
            return;
        };
        let mut senders = senders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(busy) = senders.get_mut(&sender) {
            *busy = busy.saturating_sub(1);
            if *busy == 0 {
                senders.remove(&sender);
            }
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
        let mut taken = places.take(3).await.unwrap();
        for place in taken.iter_mut().take(2) {
            places.occupy(place, slow);
        }
        assert_eq!(places.room(&lane(slow)), 0);
        assert_eq!(places.room(&lane(other)), 2);
        taken.remove(0);
        assert_eq!(places.room(&lane(slow)), 1);
        drop(taken);
        assert_eq!(places.room(&lane(slow)), 2);
        assert_eq!(places.take(100).await.unwrap().len(), 10);
        assert!(places.senders.lock().unwrap().is_empty());
    }
}
