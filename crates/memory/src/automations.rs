use crate::{Memory, memory::State};
use async_trait::async_trait;
use tidings_conversations::{
    AutomationStore, Automations, ConversationStatus, MOST_LABELS, Sorting, Unheard,
};
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{Direction, Message};
use time::{Duration, OffsetDateTime};

impl State {
    /// Puts a message from a contact down for the tenant's automations, if there are any.
    pub(crate) fn note_unheard(&mut self, message: &Message) {
        let (tenant, conversation) = (message.tenant, message.conversation());
        let is_active = self
            .automations
            .get(&tenant)
            .is_some_and(|automations| !automations.is_empty());
        let thread = self.conversations.get(&(tenant, conversation));
        let is_blocked = thread.is_some_and(|thread| thread.status == ConversationStatus::Blocked);
        if is_active && !is_blocked && message.direction == Direction::Inbound {
            let unheard = Unheard {
                tenant,
                conversation,
                message: message.id,
                failures: 0,
            };
            self.unheard
                .insert((tenant, message.id), (message.created_at, unheard));
        }
    }

    fn finish_unheard(&mut self, unheard: &Unheard, sorting: &Sorting, now: OffsetDateTime) {
        let key = (unheard.tenant, unheard.message);
        if self.unheard.remove(&key).is_none() {
            return;
        }
        let last = self.last_from_contact(unheard.tenant, unheard.conversation);
        let Some(thread) = self
            .conversations
            .get_mut(&(unheard.tenant, unheard.conversation))
        else {
            return;
        };
        if last == Some(unheard.message) {
            thread.intent = sorting.intent;
        }
        for label in &sorting.labels {
            if !thread.labels.contains(label) && thread.labels.len() < MOST_LABELS {
                thread.labels.push(label.clone());
            }
        }
        if thread.assignee.is_none() {
            thread.assignee.clone_from(&sorting.assignee);
        }
        let parts = sorting.parts();
        self.tell(unheard.tenant, unheard.conversation, parts, now);
    }
}

#[async_trait]
impl AutomationStore for Memory {
    async fn automations(&self, tenant: TenantId) -> Result<Automations, StoreError> {
        let state = self.lock();
        Ok(state.automations.get(&tenant).cloned().unwrap_or_default())
    }

    async fn set_automations(
        &self,
        tenant: TenantId,
        automations: &Automations,
        _: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.lock().automations.insert(tenant, automations.clone());
        Ok(())
    }

    async fn claim_unheard(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Unheard>, StoreError> {
        let mut state = self.lock();
        let mut due: Vec<_> = state
            .unheard
            .values_mut()
            .filter(|(due_at, _)| *due_at <= now)
            .collect();
        due.sort_by_key(|(due_at, unheard)| (*due_at, unheard.message));
        due.truncate(usize::from(limit));
        Ok(due
            .into_iter()
            .map(|(due_at, unheard)| {
                let claimed = *unheard;
                *due_at = now + lease;
                unheard.failures += 1;
                claimed
            })
            .collect())
    }

    async fn finish_unheard(
        &self,
        unheard: &Unheard,
        sorting: &Sorting,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.lock().finish_unheard(unheard, sorting, now);
        Ok(())
    }
}
