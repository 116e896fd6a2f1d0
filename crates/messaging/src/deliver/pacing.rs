//! When what is ready may leave: limits of account, sender and pair, shared by all workers.

use super::{Delivering, Ready, brakes::BELIEVED};
use crate::{
    Address, Held, PaceKey, People, ProviderAccount, Segments, Settlement, Slot, Wish,
    pulse::Known, ways::number_of,
};
use std::{cmp::Reverse, collections::HashMap};
use tidings_kernel::{Channel, SenderId, StoreError, TenantId};
use tidings_routing::Limit;
use time::{Duration, OffsetDateTime};

/// A person who has written within this time is not written to first.
const WINDOW: Duration = Duration::DAY;

/// A slot that was given to a message, and what it had wished for.
#[derive(Clone)]
pub(super) struct Reserved {
    pub(super) wish: Box<Wish>,
    pub(super) at: OffsetDateTime,
}

impl Delivering {
    /// Gives each of those that may leave soon its slot, and settles the others: they wait, in their lanes. The first
    /// slots are as long after `now` as it takes to prepare what leaves at them.
    pub(super) async fn pace(
        &self,
        ready: Vec<Ready>,
        accounts: &[ProviderAccount],
        known: &HashMap<TenantId, Known>,
        now: OffsetDateTime,
    ) -> Result<(Vec<Ready>, Vec<(Held, Settlement)>), StoreError> {
        let held = |one: &Ready| {
            let known = known.get(&one.start.held.tenant)?;
            let until = *known.held.get(&one.start.attempt.sender)?;
            (until > now).then_some(until)
        };
        let mut wishes = Vec::new();
        let mut limited = Vec::new();
        for (place, one) in ready.iter().enumerate() {
            let (wish, has_pair) = self.wish(one, accounts, now);
            // Who has to wait anyway must not use anything up.
            if held(one).is_none() && (!wish.limits.is_empty() || wish.people.is_some()) {
                limited.push((place, has_pair));
                wishes.push(wish);
            }
        }
        if wishes.is_empty() && !ready.iter().any(|one| held(one).is_some()) {
            return Ok((ready, Vec::new()));
        }
        let first = now + self.brakes.lead();
        let latest = first + self.timing.pace_ahead;
        let slots = self.paces.reserve(&wishes, first, latest).await?;
        let slots = limited.into_iter().zip(slots.into_iter().zip(wishes));
        let mut slots: HashMap<usize, (bool, Slot, Option<Wish>)> = slots
            .map(|((place, has_pair), (slot, wish))| (place, (has_pair, slot, Some(wish))))
            .collect();
        let mut leaving = Vec::with_capacity(ready.len());
        let mut waiting = Vec::new();
        let mut learned: HashMap<SenderId, (u16, Option<OffsetDateTime>)> = HashMap::new();
        for (place, mut one) in ready.into_iter().enumerate() {
            let sender = one.start.attempt.sender;
            let slot = match held(&one) {
                Some(until) => Some((false, Slot::NotBefore(until), None)),
                None => slots.remove(&place),
            };
            let Some((has_pair, slot, wish)) = slot else {
                leaving.push(one);
                continue;
            };
            let lesson = learned.entry(sender).or_default();
            match slot {
                Slot::At(at) => {
                    lesson.0 = lesson.0.saturating_add(1);
                    one.slot = wish.map(|wish| Reserved {
                        wish: Box::new(wish),
                        at,
                    });
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
            self.brakes.learn(sender, left, next, now);
        }
        Ok((leaving, waiting))
    }

    /// Gives back slots that nothing leaves at. Messages that have been waiting since a limit was used up may look
    /// again, as many as there are, once every worker has forgotten that it was. A store that fails here costs the
    /// slots.
    pub(super) async fn give_back(&self, unused: impl IntoIterator<Item = Reserved>) {
        let mut unused: Vec<(Wish, OffsetDateTime)> = unused
            .into_iter()
            .map(|reserved| (*reserved.wish, reserved.at))
            .collect();
        if unused.is_empty() {
            return;
        }
        unused.sort_by_key(|(_, at)| Reverse(*at));
        let mut freed: HashMap<TenantId, u32> = HashMap::new();
        for (wish, _) in &unused {
            let mut limits = wish.limits.iter();
            if let Some((key, _)) = limits.find(|(_, it)| matches!(it, Limit::Window { .. })) {
                *freed.entry(key.tenant).or_default() += 1;
            }
        }
        let at = self.clock.now() + BELIEVED;
        let given = async {
            self.paces.give_back(&unused).await?;
            for (tenant, count) in freed {
                self.dispatch.wake(tenant, at, count).await?;
            }
            Ok::<(), StoreError>(())
        };
        if let Err(error) = given.await {
            tracing::warn!(
                slots = unused.len(),
                error = &error as &dyn std::error::Error,
                "slots that were not used were not given back"
            );
        }
    }

    /// How long before its slot a message is prepared at most: what it holds must not run out meanwhile.
    pub(super) fn longest_lead(&self) -> Duration {
        self.timing.lease / 8
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
