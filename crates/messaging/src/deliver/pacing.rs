//! When what is ready may leave: limits of account, sender and pair, shared by all workers.

use super::{
    Delivering, Ready,
    brakes::{BELIEVED, Track},
};
use crate::{
    Address, Class, Held, PaceKey, People, ProviderAccount, Segments, Sender, Settlement, Slot,
    Wish, pulse::Known, ways::number_of,
};
use std::{cmp::Reverse, collections::HashMap};
use tidings_kernel::{Channel, Purpose, StoreError, TenantId};
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

/// Whether the others of its track have to wait for what a message waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// They do.
    Never,
    /// Where it is its pair that it waits for, they do not.
    ByPair,
    /// They do not: it alone has to be slower.
    Always,
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
            let (wish, apart) = self.wish(one, accounts, now);
            // Who has to wait anyway must not use anything up.
            if held(one).is_none() && (!wish.limits.is_empty() || wish.people.is_some()) {
                limited.push((place, apart));
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
        let mut slots: HashMap<usize, (Apart, Slot, Option<Wish>)> = slots
            .map(|((place, apart), (slot, wish))| (place, (apart, slot, Some(wish))))
            .collect();
        let mut leaving = Vec::with_capacity(ready.len());
        let mut waiting = Vec::new();
        let mut learned: HashMap<Track, (u16, Option<OffsetDateTime>)> = HashMap::new();
        for (place, mut one) in ready.into_iter().enumerate() {
            let track = Track::of(one.start.attempt.sender, one.class);
            let slot = match held(&one) {
                Some(until) => Some((Apart::Never, Slot::NotBefore(until), None)),
                None => slots.remove(&place),
            };
            let Some((apart, slot, wish)) = slot else {
                leaving.push(one);
                continue;
            };
            let lesson = learned.entry(track).or_default();
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
                    // What waits alone does not hold up the others.
                    let is_own = match apart {
                        Apart::Never => false,
                        Apart::ByPair => when > latest + Duration::SECOND,
                        Apart::Always => true,
                    };
                    if !is_own {
                        lesson.1 = Some(lesson.1.map_or(when, |next| next.min(when)));
                    }
                    // In its lane it keeps its place in the order; alone it sleeps.
                    let due_at = if is_own { when } else { now };
                    waiting.push((one.start.held, Settlement::Released { due_at }));
                }
            }
        }
        for (track, (left, next)) in learned {
            self.brakes.learn(track, left, next, now);
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

    /// The tracks that another way is taken for, and until when.
    pub(super) fn used_up(&self, now: OffsetDateTime) -> HashMap<Track, OffsetDateTime> {
        self.brakes.used_up(now)
    }

    /// The limits of one, and who waits with it.
    fn wish(
        &self,
        one: &Ready,
        accounts: &[ProviderAccount],
        now: OffsetDateTime,
    ) -> (Wish, Apart) {
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
        let own = sender.map(|sender| sender.limits).unwrap_or_default();
        let of_sender = |name: &str| format!("{} {name}", attempt.sender);
        let per_second = own.per_second.or(pace.and_then(|pace| pace.per_second));
        let of_all = account.and_then(|account| account.rate_per_second);
        let of_day = account.and_then(|account| account.daily_limit);
        let mut limits: Vec<(PaceKey, Limit)> = [
            ("second".to_owned(), of_all.map(Limit::per_second)),
            ("day".to_owned(), of_day.map(Limit::per_day)),
            (of_sender("second"), per_second.map(Limit::per_second)),
            (of_sender("minute"), own.per_minute.map(Limit::per_minute)),
            (of_sender("day"), own.per_day.map(Limit::per_day)),
        ]
        .into_iter()
        .filter_map(|(line, limit)| Some((key(line), limit?)))
        .collect();
        let slowed = sender.and_then(|sender| slowed_to(one, sender));
        limits.extend(slowed.map_or_else(Vec::new, |percent| slower(&limits, percent)));
        let pair = pace.and_then(|pace| pace.pair);
        if let Some(pair) = pair {
            let to = fingerprint(message.to());
            limits.push((key(of_sender(&format!("pair {to:016x}"))), pair));
        }
        let counts_people = message.channel() == Channel::Whatsapp
            && one.last_inbound.is_none_or(|at| at <= now - WINDOW);
        let people = sender
            .and_then(Sender::people_per_day)
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
        let apart = match (slowed, pair) {
            // It turned out to be marketing only after it had been put among others.
            (Some(_), _) if one.class != Class::Marketing => Apart::Always,
            (_, Some(_)) => Apart::ByPair,
            (_, None) => Apart::Never,
        };
        (wish, apart)
    }
}

/// To how many percent of its sender's pace a message is slowed, if it is.
fn slowed_to(one: &Ready, sender: &Sender) -> Option<u8> {
    if one.message.channel() != Channel::Whatsapp {
        return None;
    }
    let purpose = if one.start.is_marketing() {
        Purpose::Marketing
    } else {
        one.message.purpose()
    };
    sender.standing.slows(purpose, one.medium_percent)
}

/// A part of each limit, in lines of its own, so that nothing else waits for what it leaves unused.
fn slower(limits: &[(PaceKey, Limit)], percent: u8) -> Vec<(PaceKey, Limit)> {
    let part = |(whole, limit): &(PaceKey, Limit)| {
        let key = PaceKey {
            line: format!("marketing {}", whole.line),
            ..whole.clone()
        };
        (key, limit.slowed(percent))
    };
    limits.iter().map(part).collect()
}

/// Tells addresses apart and does not name them (FNV-1a, 64 bits).
fn fingerprint(address: &Address) -> u64 {
    let text = address.to_string();
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
