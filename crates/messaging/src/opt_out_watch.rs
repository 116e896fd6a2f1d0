use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};
use tidings_consent::{Breaker, OptOutSource, Ruling, Thresholds};
use tidings_kernel::{ContactId, TenantId};
use time::{Duration, OffsetDateTime};

/// Watches the opt-outs that providers report by a code, so that one code that is read wrongly does not
/// opt out a whole list: past the threshold they are held for a person and not recorded.
///
/// What is held is not lost: the messages have failed with the provider's code, which says who it was.
/// It keeps its counts in the process, one for each tenant and code; a restart releases what it holds.
pub struct OptOutWatch {
    thresholds: Thresholds,
    breakers: Mutex<BTreeMap<(TenantId, String), Breaker>>,
    /// When the first of the latest answers to a contact was given, and how many there were since.
    answers: Mutex<BTreeMap<(TenantId, ContactId), (OffsetDateTime, u8)>>,
}

/// How many answers to HELP one contact gets in [`ANSWERS_IN`]. A person asks once or twice; two systems
/// that answer each other would never end.
const ANSWERS: u8 = 5;
const ANSWERS_IN: Duration = Duration::HOUR;

/// How many tenants and codes are watched at most; beyond that opt-outs are recorded unwatched.
const WATCHED: usize = 10_000;

impl OptOutWatch {
    /// A watch that has seen nothing.
    pub const fn new(thresholds: Thresholds) -> Self {
        Self {
            thresholds,
            breakers: Mutex::new(BTreeMap::new()),
            answers: Mutex::new(BTreeMap::new()),
        }
    }

    /// Whether a contact that asks for help is answered once more: up to five times in an hour, so that two
    /// systems that answer each other come to an end.
    #[must_use]
    pub fn may_answer(&self, tenant: TenantId, contact: ContactId, now: OffsetDateTime) -> bool {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= WATCHED {
            answers.retain(|_, (since, _)| now - *since < ANSWERS_IN);
        }
        let (since, count) = answers.entry((tenant, contact)).or_insert((now, 0));
        if now - *since >= ANSWERS_IN {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= ANSWERS
    }

    /// Notes that a provider took a message of the tenant.
    pub fn note_send(&self, tenant: TenantId, now: OffsetDateTime) {
        let first = (tenant, String::new());
        let mut breakers = self.lock();
        let own = breakers.range_mut(first..);
        for (_, breaker) in own.take_while(|((of, _), _)| *of == tenant) {
            breaker.note_sends(1, now);
        }
    }

    /// Whether an opt-out that a provider reports by `code` is recorded, or held for a person.
    #[must_use]
    pub fn ask(&self, tenant: TenantId, code: &str, now: OffsetDateTime) -> Ruling {
        let key = (tenant, code.to_owned());
        let mut breakers = self.lock();
        if breakers.len() >= WATCHED && !breakers.contains_key(&key) {
            return Ruling::Apply;
        }
        let ruling = breakers
            .entry(key)
            .or_insert_with(|| Breaker::new(self.thresholds))
            .ask(OptOutSource::Provider, now);
        if let Ruling::Hold { opt_outs, most } = ruling {
            tracing::error!(%tenant, code, opt_outs, most,
                "too many opt-outs by one code of a provider: they are held until somebody has looked");
        }
        ruling
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(TenantId, String), Breaker>> {
        // Counts that a panic left halfway are still counts.
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for OptOutWatch {
    fn default() -> Self {
        Self::new(Thresholds::default())
    }
}

impl fmt::Debug for OptOutWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OptOutWatch").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;
    use uuid::Uuid;

    const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

    fn tenant(number: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn one_wrong_code_does_not_opt_out_a_whole_list() {
        let watch = OptOutWatch::default();
        let applied = (0..500)
            .filter(|_| watch.ask(tenant(1), "30999", NOW) == Ruling::Apply)
            .count();
        assert_eq!(applied, 20);
        assert_eq!(watch.ask(tenant(1), "21610", NOW), Ruling::Apply);
        assert_eq!(watch.ask(tenant(2), "30999", NOW), Ruling::Apply);
    }

    #[test]
    fn two_systems_that_answer_each_other_come_to_an_end() {
        let watch = OptOutWatch::default();
        let contact = ContactId::from_uuid(Uuid::from_u128(7));
        let asks = |seconds| watch.may_answer(tenant(1), contact, NOW + Duration::seconds(seconds));
        assert_eq!((0..100).filter(|second| asks(*second)).count(), 5);
        assert!(!asks(3_599) && asks(3_600));
        assert!(watch.may_answer(tenant(2), contact, NOW));
    }

    #[test]
    fn a_large_list_may_have_more_of_them() {
        let watch = OptOutWatch::default();
        assert_eq!(watch.ask(tenant(1), "21610", NOW), Ruling::Apply);
        for _ in 0..5_000 {
            watch.note_send(tenant(1), NOW);
        }
        let applied = (0..200)
            .filter(|_| watch.ask(tenant(1), "21610", NOW) == Ruling::Apply)
            .count();
        assert_eq!(applied, 99);
    }
}
