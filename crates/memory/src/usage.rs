use crate::{memory::State, outbox::Kept};
use std::collections::{BTreeSet, HashMap};
use tidings_kernel::{ContactId, Currency, MessageId, Money, TenantId};
use tidings_messaging::{CapGuard, Message, Monthly, Tenant, Usage};
use time::OffsetDateTime;

impl State {
    /// When marketing that may have arrived was handed over after `since`, to the contact or to
    /// somebody who shares an address with it.
    pub(crate) fn marketing_sent(
        &self,
        tenant: TenantId,
        contact: ContactId,
        since: OffsetDateTime,
    ) -> Vec<OffsetDateTime> {
        let people = self
            .contacts
            .get(&(tenant, contact))
            .map_or_else(|| BTreeSet::from([contact]), |known| self.sharers(known));
        self.of_tenant(tenant)
            .filter(|kept| people.contains(&kept.message.contact))
            .flat_map(|kept| &kept.attempts)
            .filter(|tried| tried.is_marketing && tried.may_have_arrived())
            .map(|tried| tried.attempt.started_at)
            .filter(|at| *at > since)
            .collect()
    }

    /// Whether as many were handed over as a cap allows.
    pub(crate) fn is_used_up(&self, tenant: TenantId, cap: &CapGuard) -> bool {
        let sent = self.marketing_sent(tenant, cap.contact, cap.since);
        sent.len() >= usize::from(cap.most)
    }

    /// What the tenant has used up in the month; nothing is counted where nothing is limited.
    pub(crate) fn usage(&self, tenant: &Tenant, now: OffsetDateTime) -> Usage {
        let monthly = tenant.settings.monthly;
        if monthly.is_unlimited() {
            return Usage::default();
        }
        self.used.usage(tenant.id, &monthly, now)
    }

    fn of_tenant(&self, tenant: TenantId) -> impl Iterator<Item = &Kept> {
        let first = (tenant, MessageId::from_uuid(uuid::Uuid::nil()));
        self.messages
            .range(first..)
            .take_while(move |((owner, _), _)| *owner == tenant)
            .map(|(_, kept)| kept)
    }
}

/// What each tenant has used up, by calendar month: everything that was given a place in the queue, and
/// neither refused nor cancelled.
#[derive(Default)]
pub(crate) struct Counters(HashMap<(TenantId, OffsetDateTime), Used>);

/// What was used up in a month.
#[derive(Default)]
struct Used {
    messages: u64,
    cost_micros: HashMap<Currency, i64>,
}

impl Counters {
    pub(crate) fn count(&mut self, message: &Message) {
        let used = self.0.entry(month_of(message)).or_default();
        used.messages = used.messages.saturating_add(1);
        if let Some(cost) = message.cost_estimated {
            let sum = used.cost_micros.entry(cost.currency()).or_default();
            *sum = sum.saturating_add(cost.micros());
        }
    }

    /// Takes back what was counted for a message.
    pub(crate) fn give_back(&mut self, message: &Message) {
        let Some(used) = self.0.get_mut(&month_of(message)) else {
            return;
        };
        used.messages = used.messages.saturating_sub(1);
        if let Some(cost) = message.cost_estimated {
            let sum = used.cost_micros.entry(cost.currency()).or_default();
            *sum = sum.saturating_sub(cost.micros());
        }
    }

    /// Whether nothing is left of the message's month.
    pub(crate) fn is_over(&self, message: &Message, monthly: &Monthly) -> bool {
        let used = self.usage(message.tenant, monthly, message.created_at);
        let is_reached = |limit| used.messages >= limit;
        let is_spent = |budget: Money| used.cost_micros >= budget.micros();
        monthly.messages.is_some_and(is_reached) || monthly.budget.is_some_and(is_spent)
    }

    fn usage(&self, tenant: TenantId, monthly: &Monthly, now: OffsetDateTime) -> Usage {
        let Some(used) = self.0.get(&(tenant, Usage::month(now).start)) else {
            return Usage::default();
        };
        let spent = |budget: Money| used.cost_micros.get(&budget.currency()).copied();
        Usage {
            messages: used.messages,
            cost_micros: monthly.budget.and_then(spent).unwrap_or_default(),
        }
    }
}

fn month_of(message: &Message) -> (TenantId, OffsetDateTime) {
    (message.tenant, Usage::month(message.created_at).start)
}
