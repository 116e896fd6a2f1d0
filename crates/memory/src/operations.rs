use crate::{Memory, memory::State, outbox::Place};
use async_trait::async_trait;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};
use tidings_kernel::{MessageId, StoreError, TenantId};
use tidings_messaging::{
    Ages, Class, Depth, InboxDepth, Lane, LaneId, LaneStats, Line, Months, Operations, OutcomeKind,
    QueueEntry, QueueStats, Status, Step, Stuck, Subject, Symptom, Tally, TenantDepth, TenantStats,
    Walk,
};
use time::OffsetDateTime;

/// What operators have set.
#[derive(Default)]
pub(crate) struct Controls {
    lanes: HashMap<LaneId, OffsetDateTime>,
    tenants: HashMap<TenantId, OffsetDateTime>,
    weights: HashMap<TenantId, u16>,
}

impl Controls {
    pub(crate) fn is_paused(&self, tenant: TenantId, lane: LaneId) -> bool {
        self.tenants.contains_key(&tenant) || self.lanes.contains_key(&lane)
    }

    pub(crate) fn weight(&self, tenant: TenantId) -> u16 {
        self.weights.get(&tenant).copied().unwrap_or(1)
    }
}

#[async_trait]
impl Operations for Memory {
    async fn stats(&self, now: OffsetDateTime, tenants: u16) -> Result<QueueStats, StoreError> {
        let state = self.lock();
        let mut deepest = state.tenant_depths(now);
        deepest.sort_by_key(|tenant| (Reverse(tenant.waiting.count), tenant.tenant));
        deepest.truncate(usize::from(tenants));
        let suspects = state.queue.values().filter(|place| place.is_suspect());
        let waiting = state
            .callbacks
            .values()
            .filter_map(crate::callbacks::Callback::waiting_since);
        Ok(QueueStats {
            classes: state.depths(now, None),
            tenants: deepest,
            unknown: state.unknown(None),
            suspects: tally(suspects.count()),
            dead_letters: state.dead(None),
            inbox: InboxDepth {
                waiting: tally(waiting.clone().count()),
                oldest: waiting.map(|(received_at, _)| received_at).min(),
            },
        })
    }

    async fn tenant_stats(
        &self,
        tenant: TenantId,
        now: OffsetDateTime,
    ) -> Result<Option<TenantStats>, StoreError> {
        let state = self.lock();
        Ok(state.tenants.contains_key(&tenant).then(|| TenantStats {
            classes: state.depths(now, Some(tenant)),
            paused_at: state.controls.tenants.get(&tenant).copied(),
            unknown: state.unknown(Some(tenant)),
            dead_letters: state.dead(Some(tenant)),
        }))
    }

    async fn lanes(&self, now: OffsetDateTime, most: u16) -> Result<Vec<LaneStats>, StoreError> {
        let state = self.lock();
        let mut lanes: Vec<LaneStats> = state
            .lanes
            .iter()
            .map(|((tenant, class, sender), id)| {
                let lane = Lane {
                    id: *id,
                    tenant: *tenant,
                    class: *class,
                    sender: *sender,
                    weight: state.controls.weight(*tenant),
                };
                state.lane_stats(lane, now)
            })
            .filter(|lane| {
                !lane.waiting.is_none() || !lane.held.is_none() || lane.paused_at.is_some()
            })
            .collect();
        lanes.sort_by_key(|it| (Reverse((it.waiting.count, it.held.count)), it.lane.id));
        lanes.truncate(usize::from(most));
        Ok(lanes)
    }

    async fn pause(&self, line: Line, now: OffsetDateTime) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let is_there = state.has(line);
        if is_there {
            match line {
                Line::Lane(number) => state.controls.lanes.entry(number).or_insert(now),
                Line::Tenant(tenant) => state.controls.tenants.entry(tenant).or_insert(now),
            };
        }
        Ok(is_there)
    }

    async fn resume(&self, line: Line) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let is_there = state.has(line);
        match line {
            Line::Lane(number) => state.controls.lanes.remove(&number),
            Line::Tenant(tenant) => state.controls.tenants.remove(&tenant),
        };
        drop(state);
        Self::notify(&self.work);
        Ok(is_there)
    }

    async fn set_weight(&self, tenant: TenantId, weight: u16) -> Result<bool, StoreError> {
        if !(1..=1_000).contains(&weight) {
            return Err(StoreError::inconsistent(format!("a weight of {weight}")));
        }
        let mut state = self.lock();
        let is_there = state.tenants.contains_key(&tenant);
        if is_there {
            state.controls.weights.insert(tenant, weight);
        }
        Ok(is_there)
    }

    async fn stuck(
        &self,
        ages: &Ages,
        now: OffsetDateTime,
        most: u16,
    ) -> Result<Vec<Stuck>, StoreError> {
        let state = self.lock();
        let mut stuck = state.stuck_lanes(ages, now);
        let callbacks = state.callbacks.values().filter_map(|it| {
            let (_, due_at) = it.waiting_since()?;
            (due_at.saturating_add(ages.callback) < now).then(|| Stuck {
                tenant: it.tenant(),
                subject: Subject::Callback(it.id()),
                symptom: Symptom::NotApplied,
                since: due_at,
            })
        });
        stuck.extend(callbacks);
        stuck.sort_by_key(|stuck| stuck.since);
        stuck.truncate(usize::from(most));
        Ok(stuck)
    }

    async fn walk(
        &self,
        after: Option<Step>,
        most: u16,
        before: OffsetDateTime,
    ) -> Result<Walk, StoreError> {
        let state = self.lock();
        let after = after.map(|step| (step.tenant, step.message));
        let part: Vec<(TenantId, MessageId)> = state
            .messages
            .keys()
            .filter(|key| after.is_none_or(|after| **key > after))
            .take(usize::from(most))
            .copied()
            .collect();
        let next = part.last().filter(|_| part.len() == usize::from(most));
        Ok(Walk {
            found: part
                .iter()
                .filter_map(|key| state.lost(*key))
                .filter(|stuck| stuck.since < before)
                .collect(),
            seen: u32::try_from(part.len()).unwrap_or(u32::MAX),
            next: next.map(|(tenant, message)| Step {
                tenant: *tenant,
                message: *message,
            }),
        })
    }

    async fn restore(&self, message: Step, now: OffsetDateTime) -> Result<bool, StoreError> {
        let key = (message.tenant, message.message);
        let is_restored = self.lock().restore(key, now);
        Self::notify(&self.work);
        Ok(is_restored)
    }

    async fn keep_months(
        &self,
        _: OffsetDateTime,
        _: u8,
        _: Option<u16>,
    ) -> Result<Months, StoreError> {
        Ok(Months::default())
    }
}

impl State {
    fn has(&self, line: Line) -> bool {
        match line {
            Line::Lane(number) => self.lanes.values().any(|id| *id == number),
            Line::Tenant(tenant) => self.tenants.contains_key(&tenant),
        }
    }

    /// The places of one tenant, or of all, with their owners; but for suspects.
    fn places(&self, tenant: Option<TenantId>) -> impl Iterator<Item = (TenantId, &Place)> {
        let places = self.queue.iter().map(|((owner, _), place)| (*owner, place));
        places.filter(move |(owner, place)| {
            !place.is_suspect() && tenant.is_none_or(|tenant| tenant == *owner)
        })
    }

    fn depths(&self, now: OffsetDateTime, tenant: Option<TenantId>) -> Vec<(Class, Depth)> {
        let depth = |class: Class| {
            let mut depth = Depth::default();
            let of_class = self.places(tenant);
            for (owner, place) in of_class.filter(|(_, place)| place.entry.class == class) {
                let one = Tally::exact(1);
                if place.is_held(now) {
                    depth.held += one;
                } else if !place.is_ready(now) {
                    depth.asleep += one;
                } else if self.controls.is_paused(owner, place.lane) {
                    depth.paused += one;
                } else {
                    depth.ready += one;
                    let due_at = place.entry.due_at;
                    depth.oldest = Some(depth.oldest.map_or(due_at, |oldest| oldest.min(due_at)));
                }
            }
            (class, depth)
        };
        Class::ALL.map(depth).to_vec()
    }

    fn tenant_depths(&self, now: OffsetDateTime) -> Vec<TenantDepth> {
        let mut depths: BTreeMap<TenantId, TenantDepth> = BTreeMap::new();
        for (tenant, place) in self.places(None).filter(|(_, place)| place.is_ready(now)) {
            let due_at = place.entry.due_at;
            let depth = depths.entry(tenant).or_insert(TenantDepth {
                tenant,
                waiting: Tally::default(),
                oldest: Some(due_at),
            });
            depth.waiting += Tally::exact(1);
            depth.oldest = depth.oldest.min(Some(due_at));
        }
        depths.into_values().collect()
    }

    fn lane_stats(&self, lane: Lane, now: OffsetDateTime) -> LaneStats {
        let places = || self.places(None).filter(|(_, place)| place.lane == lane.id);
        let waiting = places().filter(|(_, place)| place.is_ready(now)).count();
        let held = places().filter(|(_, place)| place.is_held(now)).count();
        LaneStats {
            lane,
            waiting: tally(waiting),
            held: tally(held),
            paused_at: self.controls.lanes.get(&lane.id).copied(),
            tenant_paused_at: self.controls.tenants.get(&lane.tenant).copied(),
        }
    }

    fn unknown(&self, tenant: Option<TenantId>) -> Tally {
        let kept = self.messages.iter().filter(|(key, kept)| {
            tenant.is_none_or(|tenant| tenant == key.0)
                && self.queue.contains_key(key)
                && kept.attempts.last().is_some_and(|tried| {
                    tried.attempt.outcome == Some(OutcomeKind::Unknown) && !tried.is_closed
                })
        });
        tally(kept.count())
    }

    fn dead(&self, tenant: Option<TenantId>) -> Tally {
        let kept = self.messages.iter().filter(|(key, kept)| {
            tenant.is_none_or(|tenant| tenant == key.0) && kept.message.status == Status::Failed
        });
        tally(kept.count())
    }

    /// The oldest of each lane and priority that is too old, and of those that are worked on alone each.
    fn stuck_lanes(&self, ages: &Ages, now: OffsetDateTime) -> Vec<Stuck> {
        let mut fronts: BTreeMap<(LaneId, u8, Option<MessageId>), Stuck> = BTreeMap::new();
        for ((tenant, message), place) in &self.queue {
            let entry = place.entry;
            if !place.is_ready(now) || self.controls.is_paused(*tenant, place.lane) {
                continue;
            }
            let (symptom, since, may_last) = match place.held_until {
                Some(until) => (Symptom::HoldRanOut, until, ages.hold),
                None => (Symptom::NotClaimed, entry.due_at, ages.ready(entry.class)),
            };
            if since.saturating_add(may_last) < now {
                let alone = place.is_suspect().then_some(*message);
                let stuck = Stuck {
                    tenant: *tenant,
                    subject: Subject::Message(*message),
                    symptom,
                    since,
                };
                let front = fronts.entry((place.lane, entry.priority, alone));
                let front = front.or_insert(stuck);
                if since < front.since {
                    *front = stuck;
                }
            }
        }
        fronts.into_values().collect()
    }

    /// Whether nothing is left that would move a message on.
    fn lost(&self, key: (TenantId, MessageId)) -> Option<Stuck> {
        let kept = self.messages.get(&key)?;
        if self.queue.contains_key(&key) {
            return None;
        }
        let open = kept.attempts.iter().map(|tried| &tried.attempt);
        let open = open
            .filter(|attempt| attempt.outcome.is_none())
            .map(|it| it.started_at);
        let (symptom, since) = if kept.message.status.needs_place() {
            (Symptom::NoPlace, kept.message.status_at)
        } else {
            (Symptom::LeftOpen, open.min()?)
        };
        Some(Stuck {
            tenant: key.0,
            subject: Subject::Message(key.1),
            symptom,
            since,
        })
    }

    fn restore(&mut self, key: (TenantId, MessageId), now: OffsetDateTime) -> bool {
        let Some(kept) = self.messages.get(&key) else {
            return false;
        };
        if !kept.message.status.needs_place() || self.queue.contains_key(&key) {
            return false;
        }
        let rejected = kept
            .attempts
            .iter()
            .filter(|tried| tried.attempt.outcome == Some(OutcomeKind::Rejected));
        let failures = u32::try_from(rejected.count()).unwrap_or(u32::MAX);
        let entry = QueueEntry {
            class: Class::of(kept.message.purpose),
            priority: kept.message.priority,
            due_at: kept.message.send_at.unwrap_or(now),
            sender: kept.message.sender,
        };
        self.enqueue(key, entry);
        if let Some(place) = self.queue.get_mut(&key) {
            place.failures = failures;
        }
        true
    }
}

fn tally(count: usize) -> Tally {
    Tally::exact(count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_conformance::fixtures::{NOW, contact, message, tenant, uuid};
    use tidings_kernel::ContactId;
    use tidings_messaging::{
        Tenants,
        watch::{Repair, Watching},
    };
    use time::Duration;

    #[tokio::test]
    async fn a_message_that_lost_its_place_gets_it_again() {
        let memory = std::sync::Arc::new(Memory::new());
        let tenant = tenant(TenantId::from_uuid(uuid(1, 1)));
        memory.put(&tenant).await.unwrap();
        let person = contact(tenant.id, ContactId::from_uuid(uuid(1, 2)), 1);
        let lost = message(&person, MessageId::from_uuid(uuid(1, 3)), "Hello");
        let key = (lost.tenant, lost.id);
        let kept = crate::outbox::Kept::new(lost, Vec::new(), memory.lock().outbox.clone());
        memory.lock().messages.insert(key, kept);
        let clock = std::sync::Arc::new(crate::ManualClock::at(NOW));
        let watching = Watching {
            operations: memory.clone(),
            clock: clock.clone(),
            ages: Ages::default(),
        };
        let walk = async |repair| watching.walk(None, 10, repair).await.unwrap();
        assert_eq!(walk(Repair::Yes).await.restored, [], "it may be on its way");
        clock.advance(Duration::HOUR);
        let seen = walk(Repair::No).await;
        assert_eq!(seen.left[0].symptom, Symptom::NoPlace);
        let restored = walk(Repair::Yes).await.restored;
        assert_eq!((restored[0].tenant, restored[0].message), key);
        assert!(memory.lock().queue.contains_key(&key));
        let step = restored[0];
        assert!(!memory.restore(step, NOW).await.unwrap(), "once is enough");
    }
}
