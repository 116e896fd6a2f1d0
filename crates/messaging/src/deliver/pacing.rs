//! When what is ready may leave: limits of account, sender and pair, shared by all workers.

use super::{Delivering, Ready};
use crate::{
    Address, Held, PaceKey, People, ProviderAccount, Segments, Settlement, Slot, Wish,
    pulse::Known, ways::number_of,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use tidings_kernel::{Channel, SenderId, StoreError, TenantId};
use tidings_routing::Limit;
use time::{Duration, OffsetDateTime};

/// Whose limit would let it wait for longer than this takes another way, if there is one.
const OVERFLOW: Duration = Duration::MINUTE;
/// A person who has written within this time is not written to first.
const WINDOW: Duration = Duration::DAY;

/// What a worker has learned about senders that may not leave as fast as messages come.
#[derive(Debug, Default)]
pub struct Brakes(Mutex<HashMap<SenderId, Brake>>);

#[derive(Debug, Clone, Copy)]
struct Brake {
    /// Nothing is claimed for it before.
    until: OffsetDateTime,
    /// How many are worth claiming at once.
    room: u16,
}

impl Brakes {
    /// How many messages of a sender are worth claiming now.
    pub fn room(&self, sender: Option<SenderId>, now: OffsetDateTime) -> u16 {
        let brakes = self.lock();
        match sender.and_then(|sender| brakes.get(&sender)) {
            // What would wait for long may have another way.
            Some(brake) if brake.until > now + OVERFLOW => u16::MAX,
            Some(brake) if brake.until > now => 0,
            Some(brake) => brake.room,
            None => u16::MAX,
        }
    }

    /// Senders that let nothing leave for long, and until when.
    fn used_up(&self, now: OffsetDateTime) -> HashMap<SenderId, OffsetDateTime> {
        let brakes = self.lock();
        brakes
            .iter()
            .filter(|(_, brake)| brake.until > now + OVERFLOW)
            .map(|(sender, brake)| (*sender, brake.until))
            .collect()
    }

    /// Learns from a round: so many of a sender's left, and the first of the others may leave then.
    fn learn(&self, sender: SenderId, left: u16, next: Option<OffsetDateTime>) {
        let mut brakes = self.lock();
        match next {
            Some(until) => {
                let room = left.max(1);
                brakes.insert(sender, Brake { until, room });
            }
            // Faster than was thought.
            None => {
                if let Some(brake) = brakes.get_mut(&sender)
                    && left >= brake.room
                {
                    brake.room = brake.room.saturating_mul(2);
                    if brake.room > 1_000 {
                        brakes.remove(&sender);
                    }
                }
            }
        }
    }

    /// When the first sender that is braked now may be claimed for again.
    pub fn next(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let brakes = self.lock();
        let later = brakes.values().map(|brake| brake.until);
        later.filter(|until| *until > now).min()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SenderId, Brake>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Delivering {
    /// Gives each of those that may leave soon its slot, and settles the others: they wait, in their lanes.
    pub(super) async fn pace(
        &self,
        ready: Vec<Ready>,
        accounts: &[ProviderAccount],
        known: &HashMap<TenantId, Known>,
        now: OffsetDateTime,
    ) -> Result<(Vec<Ready>, Vec<(Held, Settlement)>), StoreError> {
        let mut wishes = Vec::new();
        let mut limited = Vec::new();
        for (place, one) in ready.iter().enumerate() {
            let (wish, has_pair) = self.wish(one, accounts, now);
            if !wish.limits.is_empty() || wish.people.is_some() {
                limited.push((place, has_pair));
                wishes.push(wish);
            }
        }
        let held = |one: &Ready| {
            let known = known.get(&one.start.held.tenant)?;
            let until = *known.held.get(&one.start.attempt.sender)?;
            (until > now).then_some(until)
        };
        if wishes.is_empty() && !ready.iter().any(|one| held(one).is_some()) {
            return Ok((ready, Vec::new()));
        }
        let latest = now + self.timing.pace_ahead;
        let slots = self.paces.reserve(&wishes, now, latest).await?;
        let slots = limited.into_iter().zip(slots);
        let mut slots: HashMap<usize, (bool, Slot)> = slots
            .map(|((place, has_pair), slot)| (place, (has_pair, slot)))
            .collect();
        let mut leaving = Vec::with_capacity(ready.len());
        let mut waiting = Vec::new();
        let mut learned: HashMap<SenderId, (u16, Option<OffsetDateTime>)> = HashMap::new();
        for (place, mut one) in ready.into_iter().enumerate() {
            let sender = one.start.attempt.sender;
            let slot = match held(&one) {
                Some(until) => Some((false, Slot::NotBefore(until))),
                None => slots.remove(&place),
            };
            let Some((has_pair, slot)) = slot else {
                leaving.push(one);
                continue;
            };
            let lesson = learned.entry(sender).or_default();
            match slot {
                Slot::At(at) => {
                    lesson.0 = lesson.0.saturating_add(1);
                    one.slot = Some(at);
                    leaving.push(one);
                }
                Slot::NotBefore(when) => {
                    // What waits for its pair does not hold up the sender's others.
                    let is_own = has_pair && when > latest + Duration::SECOND;
                    if !is_own {
                        lesson.1 = Some(lesson.1.map_or(when, |next| next.min(when)));
                    }
                    // In its lane it keeps its place in the order; alone it sleeps.
                    let due_at = if is_own { when } else { now };
                    waiting.push((one.start.held, Settlement::Released { due_at }));
                }
            }
        }
        for (sender, (left, next)) in learned {
            self.brakes.learn(sender, left, next);
        }
        Ok((leaving, waiting))
    }

    /// Senders that another way is taken for, and until when.
    pub(super) fn used_up(&self, now: OffsetDateTime) -> HashMap<SenderId, OffsetDateTime> {
        self.brakes.used_up(now)
    }

    /// The limits of one, and whether that of its pair is among them.
    fn wish(&self, one: &Ready, accounts: &[ProviderAccount], now: OffsetDateTime) -> (Wish, bool) {
        let attempt = &one.start.attempt;
        let message = &one.message;
        let account = accounts
            .iter()
            .find(|account| account.id == attempt.account);
        let sender = account.and_then(|account| {
            let mut senders = account.senders.iter();
            senders.find(|sender| sender.id == attempt.sender)
        });
        let provider = self.providers.get(&attempt.provider);
        let pace = provider
            .and_then(|provider| provider.descriptor().ability(message.channel()))
            .map(|ability| ability.pace);
        let key = |line: String| PaceKey {
            tenant: message.tenant(),
            account: attempt.account,
            line,
        };
        let mut limits = Vec::new();
        if let Some(account) = account {
            if let Some(most) = account.rate_per_second {
                limits.push((key("second".to_owned()), Limit::per_second(most)));
            }
            if let Some(most) = account.daily_limit {
                limits.push((key("day".to_owned()), Limit::per_day(most)));
            }
        }
        let own = sender.map(|sender| sender.limits).unwrap_or_default();
        let of_sender = |name: &str| format!("{} {name}", attempt.sender);
        let per_second = own.per_second.or(pace.and_then(|pace| pace.per_second));
        for (name, limit) in [
            ("second", per_second.map(Limit::per_second)),
            ("minute", own.per_minute.map(Limit::per_minute)),
            ("day", own.per_day.map(Limit::per_day)),
        ] {
            if let Some(limit) = limit {
                limits.push((key(of_sender(name)), limit));
            }
        }
        let pair = pace.and_then(|pace| pace.pair);
        if let Some(pair) = pair {
            let to = fingerprint(message.to());
            limits.push((key(of_sender(&format!("pair {to:016x}"))), pair));
        }
        let counts_people = message.channel() == Channel::Whatsapp
            && one.last_inbound.is_none_or(|at| at <= now - WINDOW);
        let people = own
            .people_per_day
            .filter(|_| counts_people)
            .map(|most| People {
                key: key(of_sender("people")),
                person: number_of(one.contact),
                most,
            });
        let counts_parts = pace.is_some_and(|pace| pace.counts_parts);
        let weight = if counts_parts && message.channel() == Channel::Sms {
            Segments::of(&message.content().text).count
        } else {
            1
        };
        let wish = Wish {
            limits,
            people,
            weight,
        };
        (wish, pair.is_some())
    }
}

/// Tells addresses apart and does not name them (FNV-1a, 64 bits).
fn fingerprint(address: &Address) -> u64 {
    let text = address.to_string();
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
