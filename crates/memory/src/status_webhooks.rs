use crate::{Memory, memory::State};
use async_trait::async_trait;
use std::collections::{BTreeMap, VecDeque};
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{
    Message, Status, StatusWebhook, StatusWebhooks, TimelineEntry, WebhookShare,
};
use time::{Duration, OffsetDateTime};

/// What a message still has to tell, oldest first, and where.
pub(crate) struct Untold {
    url: String,
    count: i64,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    webhook: StatusWebhook,
    /// Not before this instant; `None` for at once.
    due_at: Option<OffsetDateTime>,
    held_until: Option<OffsetDateTime>,
}

impl Waiting {
    fn is_ready(&self, now: OffsetDateTime) -> bool {
        self.due_at.is_none_or(|due| due <= now) && self.held_until.is_none_or(|until| until <= now)
    }
}

impl Untold {
    pub(crate) const fn to(url: String) -> Self {
        Self {
            url,
            count: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Notes the latest entry of a timeline; that the message is being sent, with what follows it.
    pub(crate) fn note(&mut self, message: &Message, timeline: &[TimelineEntry]) {
        let Some((latest, before)) = timeline.split_last() else {
            return;
        };
        if latest.status == Status::Sending {
            return;
        }
        let sending = before
            .last()
            .filter(|entry| entry.status == Status::Sending);
        for entry in sending.into_iter().chain([latest]) {
            self.count += 1;
            self.waiting.push_back(Waiting {
                webhook: StatusWebhook {
                    tenant: message.tenant,
                    message: message.id,
                    number: self.count,
                    status: entry.status,
                    at: entry.at,
                    url: self.url.clone(),
                    failures: 0,
                },
                due_at: None,
                held_until: None,
            });
        }
    }
}

impl State {
    fn untold(&mut self, webhook: &StatusWebhook) -> Option<&mut Untold> {
        self.messages
            .get_mut(&(webhook.tenant, webhook.message))?
            .untold
            .as_mut()
    }
}

#[async_trait]
impl StatusWebhooks for Memory {
    async fn claim(
        &self,
        share: WebhookShare<'_>,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<StatusWebhook>, StoreError> {
        let mut state = self.lock();
        let mut taken = Vec::new();
        let mut counts: BTreeMap<TenantId, u16> = BTreeMap::new();
        let oldest = state
            .messages
            .values_mut()
            .filter_map(|kept| kept.untold.as_mut()?.waiting.front_mut());
        for waiting in oldest.filter(|waiting| waiting.is_ready(now)) {
            if taken.len() == usize::from(share.most) {
                break;
            }
            let tenant = waiting.webhook.tenant;
            let count = counts.entry(tenant).or_default();
            if share.except.contains(&tenant) || *count == share.per_tenant {
                continue;
            }
            *count += 1;
            waiting.held_until = Some(now + lease);
            taken.push(waiting.webhook.clone());
        }
        Ok(taken)
    }

    async fn finish(&self, webhook: &StatusWebhook) -> Result<(), StoreError> {
        if let Some(untold) = self.lock().untold(webhook) {
            untold
                .waiting
                .retain(|waiting| waiting.webhook.number != webhook.number);
        }
        Ok(())
    }

    async fn put_back(
        &self,
        webhook: &StatusWebhook,
        retry_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        let waiting = state
            .untold(webhook)
            .into_iter()
            .flat_map(|untold| untold.waiting.iter_mut())
            .find(|waiting| waiting.webhook.number == webhook.number);
        if let Some(waiting) = waiting {
            waiting.webhook.failures = webhook.failures.saturating_add(1);
            waiting.due_at = Some(retry_at);
            waiting.held_until = None;
        }
        Ok(())
    }

    async fn forget(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let mut forgotten = 0;
        for kept in state.messages.values_mut() {
            let Some(untold) = &mut kept.untold else {
                continue;
            };
            let count = untold.waiting.len();
            untold
                .waiting
                .retain(|waiting| waiting.webhook.at >= before);
            forgotten += (count - untold.waiting.len()) as u64;
        }
        Ok(forgotten)
    }
}
