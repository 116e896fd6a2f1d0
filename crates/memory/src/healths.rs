use crate::{Memory, memory::State};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use tidings_kernel::{AccountId, StoreError, TenantId};
use tidings_messaging::{
    AccountHealth, Checkup, Happening, HealthChange, HealthEvent, Healths, JUDGED_EVERY,
    LATEST_SPAN, VITALS_SPAN, Way,
};
use tidings_routing::{Calls, Circuit, Health, Vitals, WHOLE};
use time::OffsetDateTime;

/// How well ways work.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// What was seen when, by ways to destinations.
    seen: Vec<(OffsetDateTime, Way, Vitals)>,
    states: BTreeMap<Way, (Health, i64)>,
    /// When each tenant's ways were given to be judged.
    judged: BTreeMap<TenantId, OffsetDateTime>,
    events: Vec<(Way, HealthEvent)>,
}

impl Watched {
    fn checkups(&self, now: OffsetDateTime, is_wanted: impl Fn(TenantId) -> bool) -> Vec<Checkup> {
        let mut found: BTreeMap<Way, (Vitals, Calls)> = BTreeMap::new();
        for (way, (health, _)) in &self.states {
            if health.circuit != Circuit::Closed || health.weight < WHOLE {
                found.entry(*way).or_default();
            }
        }
        for (at, way, vitals) in &self.seen {
            let whole = Way {
                region: None,
                ..*way
            };
            let mut ways = vec![whole];
            ways.extend(way.region.map(|_| *way));
            for way in ways {
                let since = self.states.get(&way).map(|(health, _)| health.since);
                if *at > now - VITALS_SPAN && since.is_none_or(|since| *at >= since) {
                    let (recent, latest) = found.entry(way).or_default();
                    *recent = recent.plus(vitals);
                    if *at > now - LATEST_SPAN {
                        latest.answered += vitals.answered;
                        latest.faults += vitals.faults;
                    }
                }
            }
        }
        found
            .into_iter()
            .filter(|(way, _)| is_wanted(way.tenant))
            .map(|(way, (recent, latest))| {
                let state = self.states.get(&way);
                Checkup {
                    way,
                    health: state.map_or(Health::new(now), |(health, _)| *health),
                    version: state.map_or(0, |(_, version)| *version),
                    recent,
                    latest,
                }
            })
            .collect()
    }
}

#[async_trait]
impl Healths for Memory {
    async fn note(&self, seen: &[(Way, Vitals)], at: OffsetDateTime) -> Result<(), StoreError> {
        let mut state = self.lock();
        let seen = seen.iter().map(|(way, vitals)| (at, *way, *vitals));
        state.watched.seen.extend(seen);
        Ok(())
    }

    async fn of_tenants(
        &self,
        tenants: &[TenantId],
        now: OffsetDateTime,
    ) -> Result<Vec<Checkup>, StoreError> {
        let state = self.lock();
        Ok(state
            .watched
            .checkups(now, |tenant| tenants.contains(&tenant)))
    }

    async fn to_judge(&self, now: OffsetDateTime, most: u32) -> Result<Vec<Checkup>, StoreError> {
        let watched = &mut self.lock().watched;
        let mut checkups = watched.checkups(now, |_| true);
        let all: BTreeSet<TenantId> = checkups.iter().map(|it| it.way.tenant).collect();
        let mut tenants: Vec<(Option<OffsetDateTime>, TenantId)> = all
            .into_iter()
            .map(|tenant| (watched.judged.get(&tenant).copied(), tenant))
            .filter(|(judged, _)| judged.is_none_or(|at| at < now - JUDGED_EVERY))
            .collect();
        tenants.sort_unstable();
        tenants.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        let tenants: BTreeSet<TenantId> = tenants.into_iter().map(|(_, tenant)| tenant).collect();
        watched
            .judged
            .extend(tenants.iter().map(|tenant| (*tenant, now)));
        checkups.retain(|checkup| tenants.contains(&checkup.way.tenant));
        Ok(checkups)
    }

    async fn to_probe(&self, now: OffsetDateTime, most: u32) -> Result<Vec<Checkup>, StoreError> {
        let mut due = self.lock().watched.checkups(now, |_| true);
        due.retain(|it| it.health.probe_at().is_some_and(|at| at <= now));
        due.sort_by_key(|it| (it.health.probe_at(), it.way));
        due.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(due)
    }

    async fn change(&self, changes: &[HealthChange]) -> Result<Vec<bool>, StoreError> {
        let mut state = self.lock();
        let State {
            watched, outbox, ..
        } = &mut *state;
        let mut made = Vec::with_capacity(changes.len());
        for change in changes {
            let version = watched
                .states
                .get(&change.way)
                .map_or(0, |(_, version)| *version);
            let is_right = version == change.version;
            made.push(is_right);
            if !is_right {
                continue;
            }
            let state = (change.health, version + 1);
            watched.states.insert(change.way, state);
            if let Some(told) = AccountHealth::of(change) {
                let happening = Happening::AccountHealth(told);
                outbox.note(change.way.tenant, change.at, happening);
            }
            if let Some(reason) = &change.reason {
                let event = HealthEvent {
                    region: change.way.region,
                    state: change.health.circuit.as_str().to_owned(),
                    at: change.at,
                    reason: reason.clone(),
                };
                watched.events.push((change.way, event));
            }
        }
        Ok(made)
    }

    async fn history(
        &self,
        tenant: TenantId,
        account: AccountId,
        most: u32,
    ) -> Result<Vec<HealthEvent>, StoreError> {
        let state = self.lock();
        let own = state.watched.events.iter().rev();
        Ok(own
            .filter(|(way, _)| way.tenant == tenant && way.account == account)
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .map(|(_, event)| event.clone())
            .collect())
    }

    async fn forget(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let seen = &mut state.watched.seen;
        let before = seen.len();
        seen.retain(|(at, _, _)| *at > now - 2 * VITALS_SPAN);
        Ok((before - seen.len()) as u64)
    }
}
