use crate::{Memory, memory::State};
use async_trait::async_trait;
use std::collections::BTreeMap;
use tidings_kernel::{
    AccountId, Channel, ContactId, ConversationId, MessageId, StoreError, TenantId,
};
use tidings_messaging::{Direction, ReadReceipt, ReadReceipts};
use time::{Duration, OffsetDateTime};

/// Receipts by whom they are shown through, and when they are due.
pub(crate) type Due =
    BTreeMap<(TenantId, ConversationId, AccountId), (OffsetDateTime, ReadReceipt)>;

impl State {
    /// Notes what a contact is to be shown: that everything was read after one message and up to another.
    pub(crate) fn note_read(
        &mut self,
        (tenant, conversation, contact): (TenantId, ConversationId, ContactId),
        after: Option<MessageId>,
        up_to: Option<MessageId>,
        now: OffsetDateTime,
    ) {
        let is_new = |id| Some(id) > after && Some(id) <= up_to;
        let read: Vec<ReadReceipt> = self
            .messages_of(tenant, contact)
            .filter(|message| {
                message.direction == Direction::Inbound
                    && message.channel == Channel::Whatsapp
                    && is_new(message.id)
            })
            .filter_map(|message| {
                Some(ReadReceipt {
                    tenant,
                    conversation,
                    message: message.id,
                    account: message.account?,
                    provider_message_id: message.provider_message_id.clone()?,
                    read_at: now,
                    failures: 0,
                })
            })
            .collect();
        for receipt in read {
            let key = (tenant, conversation, receipt.account);
            let known = self.read_receipts.get(&key);
            if known.is_none_or(|(_, known)| known.message < receipt.message) {
                self.read_receipts.insert(key, (now, receipt));
            }
        }
    }
}

#[async_trait]
impl ReadReceipts for Memory {
    async fn take(
        &self,
        now: OffsetDateTime,
        lease: Duration,
        most: u16,
    ) -> Result<Vec<ReadReceipt>, StoreError> {
        let mut state = self.lock();
        let all = state.read_receipts.values_mut();
        let mut due: Vec<_> = all.filter(|(due_at, _)| *due_at <= now).collect();
        due.sort_by_key(|(due_at, receipt)| (*due_at, receipt.conversation, receipt.account));
        let taken = due.into_iter().take(most.into()).map(|(due_at, receipt)| {
            *due_at = now + lease;
            receipt.clone()
        });
        Ok(taken.collect())
    }

    async fn ended(
        &self,
        receipt: &ReadReceipt,
        again: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        let key = (receipt.tenant, receipt.conversation, receipt.account);
        let Some((due_at, known)) = state.read_receipts.get_mut(&key) else {
            return Ok(());
        };
        if known.message != receipt.message {
            return Ok(());
        }
        match again {
            Some(again) => {
                *due_at = again;
                known.failures = known.failures.saturating_add(1);
            }
            None => _ = state.read_receipts.remove(&key),
        }
        Ok(())
    }
}
