use crate::Memory;
use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};
use tidings_kernel::{SenderId, StoreError, TenantId};
use tidings_messaging::{Hold, PaceKey, Paces, People, Slot, Wish};
use tidings_routing::{Limit, Pace, reserve};
use time::{Duration, OffsetDateTime};

/// What has left under limits.
#[derive(Debug, Default)]
pub(crate) struct Left {
    paces: HashMap<PaceKey, (Limit, Pace)>,
    people: HashMap<PaceKey, BTreeMap<u64, OffsetDateTime>>,
    holds: BTreeMap<(TenantId, SenderId), Hold>,
}

impl Left {
    fn grant(&mut self, wish: &Wish, now: OffsetDateTime, latest: OffsetDateTime) -> Slot {
        if let Some(people) = &wish.people
            && let Err(when) = self.admits(people, now)
        {
            return Slot::NotBefore(when);
        }
        let mut own: Vec<(PaceKey, (Limit, Pace))> = wish
            .limits
            .iter()
            .map(|(key, limit)| {
                let pace = self.paces.remove(key).map(|(_, pace)| pace);
                (key.clone(), (*limit, pace.unwrap_or_default()))
            })
            .collect();
        let mut paces: Vec<(Limit, &mut Pace)> = own
            .iter_mut()
            .map(|(_, (limit, pace))| (*limit, pace))
            .collect();
        let reserved = reserve(&mut paces, wish.weight, now, latest);
        self.paces.extend(own);
        match reserved {
            Ok(at) => {
                if let Some(people) = &wish.people {
                    let known = self.people.entry(people.key.clone()).or_default();
                    known.entry(people.person).or_insert(at);
                }
                Slot::At(at)
            }
            Err(when) => Slot::NotBefore(when),
        }
    }

    fn admits(&mut self, people: &People, now: OffsetDateTime) -> Result<(), OffsetDateTime> {
        let known = self.people.entry(people.key.clone()).or_default();
        known.retain(|_, at| *at > now - Duration::DAY);
        let is_full = known.len() >= usize::try_from(people.most).unwrap_or(usize::MAX);
        if !is_full || known.contains_key(&people.person) {
            return Ok(());
        }
        let first = known.values().min().copied().unwrap_or(now);
        Err(first + Duration::DAY)
    }
}

#[async_trait]
impl Paces for Memory {
    async fn reserve(
        &self,
        wishes: &[Wish],
        now: OffsetDateTime,
        latest: OffsetDateTime,
    ) -> Result<Vec<Slot>, StoreError> {
        let mut state = self.lock();
        let left = &mut state.left;
        Ok(wishes
            .iter()
            .map(|wish| left.grant(wish, now, latest))
            .collect())
    }

    async fn give_back(&self, unused: &[(Wish, OffsetDateTime)]) -> Result<(), StoreError> {
        let mut state = self.lock();
        for (wish, at) in unused {
            for (key, limit) in &wish.limits {
                if let Some((_, pace)) = state.left.paces.get_mut(key) {
                    pace.give_back(*limit, wish.weight, *at);
                }
            }
        }
        Ok(())
    }

    async fn hold(&self, hold: &Hold) -> Result<(), StoreError> {
        let mut state = self.lock();
        let kept = state
            .left
            .holds
            .entry((hold.tenant, hold.sender))
            .or_insert(*hold);
        kept.until = kept.until.max(hold.until);
        Ok(())
    }

    async fn held(
        &self,
        tenants: &[TenantId],
        now: OffsetDateTime,
    ) -> Result<Vec<Hold>, StoreError> {
        let state = self.lock();
        let holds = state.left.holds.values().copied();
        Ok(holds
            .filter(|hold| tenants.contains(&hold.tenant) && hold.until > now)
            .collect())
    }

    async fn forget(&self, now: OffsetDateTime, _: u32) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let left = &mut state.left;
        let before = left.paces.len();
        left.paces.retain(|_, (limit, pace)| {
            pace.forget_at(*limit)
                .is_some_and(|forget_at| forget_at >= now)
        });
        left.holds.retain(|_, hold| hold.until >= now);
        Ok((before - left.paces.len()) as u64)
    }
}
