use crate::{
    memory::State,
    outbox::{Place, Source, Tried},
};
use std::collections::{BTreeMap, HashMap};
use tidings_kernel::{AttemptId, MessageId, Purpose, TenantId};
use tidings_messaging::{
    Claim, Class, Held, Lane, LaneId, OutcomeKind, QueueEntry, Ready, Share, Start, Status,
};
use time::{Duration, OffsetDateTime};

impl State {
    /// Puts a message into its lane.
    pub(crate) fn enqueue(&mut self, key: (TenantId, MessageId), entry: QueueEntry) {
        let of = (key.0, entry.class, entry.sender);
        let next = LaneId(i32::try_from(self.lanes.len()).unwrap_or(i32::MAX));
        let lane = *self.lanes.entry(of).or_insert(next);
        self.queue.insert(key, Place::new(entry, lane));
    }

    pub(crate) fn ready(&self, classes: &[Class], now: OffsetDateTime) -> Ready {
        let mut lanes = BTreeMap::new();
        let mut next_due: Option<OffsetDateTime> = None;
        for ((tenant, _), place) in &self.queue {
            let entry = place.entry;
            if !classes.contains(&entry.class) || place.is_held(now) {
                continue;
            }
            if entry.due_at > now {
                next_due = Some(next_due.map_or(entry.due_at, |next| next.min(entry.due_at)));
            } else if !place.is_suspect() && !self.controls.is_paused(*tenant, place.lane) {
                lanes.entry(place.lane).or_insert(Lane {
                    id: place.lane,
                    tenant: *tenant,
                    class: entry.class,
                    sender: entry.sender,
                    weight: self.controls.weight(*tenant),
                });
            }
        }
        Ready {
            lanes: lanes.into_values().collect(),
            next_due,
        }
    }

    pub(crate) fn claim(
        &mut self,
        shares: &[Share],
        now: OffsetDateTime,
        lease: Duration,
    ) -> Vec<Claim> {
        let mut left: HashMap<LaneId, u16> = HashMap::new();
        for share in shares {
            let most = left.entry(share.lane).or_default();
            *most = most.saturating_add(share.most);
        }
        let mut due: Vec<_> = self
            .queue
            .iter()
            .filter(|(_, place)| place.is_ready(now) && !place.is_suspect())
            .map(|((tenant, message), place)| {
                let entry = place.entry;
                let order = (entry.class.rank(), entry.priority, entry.due_at, *message);
                (order, *tenant, place.lane)
            })
            .collect();
        due.sort_unstable();
        let mut claims = Vec::new();
        for ((_, _, _, message), tenant, lane) in due {
            let Some(left) = left.get_mut(&lane).filter(|left| **left > 0) else {
                continue;
            };
            if let Some(claim) = self.hold((tenant, message), now, lease) {
                *left -= 1;
                claims.push(claim);
            }
        }
        claims
    }

    pub(crate) fn claim_suspect(&mut self, now: OffsetDateTime, lease: Duration) -> Option<Claim> {
        let mut suspects: Vec<_> = self
            .queue
            .iter()
            .filter(|(_, place)| place.is_suspect() && place.is_ready(now))
            .filter(|(key, place)| !self.controls.is_paused(key.0, place.lane))
            .map(|(key, place)| {
                let free_since = place.held_until.unwrap_or(place.entry.due_at);
                ((place.entry.class.rank(), free_since, key.1), *key)
            })
            .collect();
        suspects.sort_unstable();
        // One that turns out to be sent leaves the queue, and the next one has its turn.
        suspects
            .into_iter()
            .find_map(|(_, key)| self.hold(key, now, lease))
    }

    fn hold(
        &mut self,
        key: (TenantId, MessageId),
        now: OffsetDateTime,
        lease: Duration,
    ) -> Option<Claim> {
        let kept = self.messages.get_mut(&key)?;
        // Its worker lost the hold and told of the acceptance afterwards: there is nothing left to do.
        if kept.message.status == Status::Sending && kept.is_accepted() {
            kept.turn(Status::Sent, now, Source::Worker);
            self.queue.remove(&key);
            return None;
        }
        let place = self.queue.get_mut(&key)?;
        self.fence += 1;
        place.fence = self.fence;
        if place.held_until.is_some() {
            place.crashes = place.crashes.saturating_add(1);
        }
        place.held_until = Some(now.saturating_add(lease));
        let open_attempt = kept.open().map(|tried| {
            tried.attempt.outcome.get_or_insert(OutcomeKind::Unknown);
            tried.attempt.clone()
        });
        Some(Claim {
            held: Held {
                tenant: key.0,
                message: key.1,
                fence: place.fence,
            },
            lane: place.lane,
            class: place.entry.class,
            message: kept.message.clone(),
            failures: place.failures,
            crashes: place.crashes,
            exhausted: place.exhausted.clone(),
            open_attempt,
        })
    }

    /// Has messages that wait for a way become due.
    pub(crate) fn wake(&mut self, tenant: TenantId, at: OffsetDateTime, most: u32) -> u64 {
        let mut stranded: Vec<&mut Place> = self
            .queue
            .iter_mut()
            .filter(|((of, _), place)| {
                let is_asleep = place.held_until.is_none() && place.entry.due_at > at;
                *of == tenant && place.is_stranded && is_asleep
            })
            .map(|(_, place)| place)
            .collect();
        stranded.sort_by_key(|place| place.entry.due_at);
        stranded.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        for place in &mut stranded {
            place.entry.due_at = at;
        }
        stranded.len() as u64
    }

    /// The provider's ids of other attempts through the same account to the same address, begun in the
    /// day before this one or later.
    pub(crate) fn siblings(&self, tenant: TenantId, attempt: AttemptId) -> Vec<String> {
        let key = self.attempts.get(&attempt).filter(|key| key.0 == tenant);
        let Some(kept) = key.and_then(|key| self.messages.get(key)) else {
            return Vec::new();
        };
        let Some(tried) = kept
            .attempts
            .iter()
            .find(|tried| tried.attempt.id == attempt)
        else {
            return Vec::new();
        };
        let since = tried.attempt.started_at - Duration::DAY;
        let address = &kept.message.contact_address;
        let theirs = self.messages.values().filter(|other| {
            other.message.tenant == tenant && other.message.contact_address == *address
        });
        theirs
            .flat_map(|other| &other.attempts)
            .map(|other| &other.attempt)
            .filter(|other| other.id != attempt && other.account == tried.attempt.account)
            .filter(|other| other.started_at >= since)
            .filter_map(|other| other.provider_message_id.clone())
            .collect()
    }

    pub(crate) fn begin(&mut self, start: &Start) -> Option<AttemptId> {
        let Start {
            held,
            attempt,
            decision,
            caps,
        } = start;
        let key = (held.tenant, held.message);
        let is_used_up = caps.iter().any(|cap| self.is_used_up(held.tenant, cap));
        let is_held = self
            .queue
            .get(&key)
            .is_some_and(|place| place.fence == held.fence);
        let kept = self.messages.get_mut(&key)?;
        let is_new = !self.attempts.contains_key(&attempt.id);
        if is_used_up || !is_held || !is_new || !kept.message.status.is_waiting() {
            return None;
        }
        kept.attempts.push(Tried {
            attempt: attempt.clone(),
            fence: held.fence,
            is_marketing: start.is_marketing() || kept.message.purpose == Purpose::Marketing,
            ask_at: None,
            asked: 0,
            is_closed: false,
        });
        kept.decisions.push(decision.clone());
        kept.message.from = Some(attempt.sender_address.clone());
        kept.turn(Status::Sending, attempt.started_at, Source::Worker);
        self.attempts.insert(attempt.id, key);
        Some(attempt.id)
    }
}
