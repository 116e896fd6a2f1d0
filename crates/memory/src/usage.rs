use crate::{memory::State, outbox::Kept};
use std::collections::BTreeSet;
use tidings_kernel::{ContactId, MessageId, Money, TenantId};
use tidings_messaging::{CapGuard, Direction, Message, Status, Tenant, Usage};
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
        let month = Usage::month(now);
        let counted = self.of_tenant(tenant.id).map(|kept| &kept.message);
        let counted = counted.filter(|message| {
            message.direction == Direction::Outbound
                && is_used(message.status)
                && month.contains(&message.created_at)
        });
        let currency = monthly.budget.map(Money::currency);
        let cost = |message: &Message| {
            let cost = message.cost_estimated?;
            (Some(cost.currency()) == currency).then(|| cost.micros())
        };
        counted.fold(Usage::default(), |used, message| Usage {
            messages: used.messages.saturating_add(1),
            cost_micros: used
                .cost_micros
                .saturating_add(cost(message).unwrap_or_default()),
        })
    }

    fn of_tenant(&self, tenant: TenantId) -> impl Iterator<Item = &Kept> {
        let first = (tenant, MessageId::from_uuid(uuid::Uuid::nil()));
        self.messages
            .range(first..)
            .take_while(move |((owner, _), _)| *owner == tenant)
            .map(|(_, kept)| kept)
    }
}

/// Whether a message with this status counts as used up.
const fn is_used(status: Status) -> bool {
    match status {
        Status::Blocked | Status::Cancelled => false,
        Status::Accepted
        | Status::Deferred
        | Status::Queued
        | Status::Sending
        | Status::Sent
        | Status::Delivered
        | Status::Read
        | Status::Failed
        | Status::Expired
        | Status::Received => true,
    }
}
